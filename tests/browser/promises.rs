//! The promises of the page, each a test.

use std::collections::BTreeSet;
use std::fs;

use base64::Engine as _;
use feishu_bulk::sandbox::{Endpoint, SandboxOptions};
use serde_json::json;

use crate::driver::{Browser, key};
use crate::program::{Desk, sample};
use crate::steps::{
    and_checked, check, checked, choose, count, drop_file, ended, focus_grid, next, outcome, send,
    to_problem, upload,
};

/// Each promise and its test.
pub(crate) const ALL: &[(&str, fn())] = &[
    (
        "a_dropped_roster_is_corrected_in_place_and_what_is_sent_is_what_was_shown",
        dropped_roster,
    ),
    (
        "the_suggestion_corrects_all_equal_cells_and_undo_brings_them_back",
        suggestion,
    ),
    (
        "the_failure_workbook_that_is_dropped_again_sends_only_the_rest",
        failure_workbook,
    ),
    (
        "the_month_that_a_file_does_not_say_is_asked_for_and_a_wrong_one_is_refused",
        month,
    ),
    (
        "a_destructive_job_needs_its_number_in_rehearsal_too",
        number,
    ),
    ("a_refresh_and_a_second_tab_show_the_same_run", second_tab),
    ("seven_tabs_of_a_run_still_load", seven_tabs),
    ("a_run_ends_though_its_page_was_closed", page_closed),
    (
        "a_program_killed_while_sending_is_resumed_and_sends_nothing_settled_again",
        killed,
    ),
    (
        "of_two_tabs_that_correct_a_cell_the_second_is_told",
        two_tabs,
    ),
    ("no_payload_of_a_list_becomes_a_node_or_a_formula", payloads),
    (
        "the_keyboard_alone_leads_from_the_file_to_the_result",
        keyboard,
    ),
    (
        "a_block_pasted_from_a_spreadsheet_is_one_step_and_a_row_left_out_is_not_sent",
        paste_and_leave_out,
    ),
    (
        "a_sheet_of_many_columns_shows_those_in_view_and_focus_reaches_all",
        many_columns,
    ),
    (
        "the_report_prints_on_a4_and_the_browser_finds_no_fault_in_it",
        report,
    ),
    ("no_request_leaves_for_anywhere_but_our_port", requests),
];

const ROSTER_JOB: &str = "shift-roster";
const PUNCHES_JOB: &str = "delete-punches";

/// A refused write is said in the console by the browser itself.
const CONFLICT: &str = "409";

fn roster_text() -> String {
    fs::read_to_string(sample("shift-roster.csv")).unwrap()
}

/// A list of so many punches.
fn punches(count: u64) -> String {
    let lines = (0..count).map(|at| format!("{}\n", 6_709_359_319_445_100_000_u64 + at));
    format!("record_id\n{}", lines.collect::<String>())
}

/// Starts a run of so many punches, and leaves it while it sends.
fn start_run(browser: &Browser, desk: &Desk, items: u64) {
    check(
        browser,
        &desk.file("punches.csv", &punches(items)),
        PUNCHES_JOB,
    );
    next(browser);
    browser.type_into("#typed", &items.to_string());
    browser.click("#confirm");
    browser.wait("document.getElementById('live')?.dataset.phase === 'sending'");
}

fn no_console(browser: &Browser, expected: &[&str]) {
    assert_eq!(browser.console(expected), Vec::<String>::new());
}

fn dropped_roster() {
    let desk = Desk::live(SandboxOptions::default());
    let program = desk.start();
    let browser = Browser::start("zh-CN");
    program.enter(&browser);
    drop_file(
        &browser,
        "9月排班.xlsx",
        &fs::read(sample("shift-roster.xlsx")).unwrap(),
    );
    choose(&browser, ROSTER_JOB);
    checked(&browser);
    // The platform says before anything is sent that one person is not in the group of the row.
    assert_eq!(
        (count(&browser, "items"), count(&browser, "rejected")),
        (1048, 123)
    );
    focus_grid(&browser);
    assert_eq!(
        browser.text("#address"),
        "九月!C5",
        "the person's number stays in view, not the store"
    );
    to_problem(&browser, "早般");
    assert_eq!(browser.text("#address"), "九月!M9");
    and_checked(&browser, || browser.keys(&[key::F2, "早班", key::ENTER]));
    assert_eq!(
        (count(&browser, "items"), count(&browser, "rejected")),
        (1049, 122)
    );
    assert_eq!(browser.text("#address"), "九月!M10", "Enter goes down");
    next(&browser);
    assert!(browser.words().contains("1,049"));
    send(&browser);
    let record = desk.platform().record();
    let shifts = record
        .calls
        .iter()
        .filter(|call| call.endpoint == Endpoint::Shifts);
    let sent: BTreeSet<&String> = shifts.flat_map(|call| &call.keys).collect();
    assert_eq!(sent.len(), 1049);
    let settled: u64 = ["succeeded", "failed", "unconfirmed"]
        .map(|name| outcome(&browser, name))
        .iter()
        .sum();
    assert_eq!((settled, outcome(&browser, "rejected")), (1049, 122));
    assert_eq!(record.objections, Vec::<String>::new());
    no_console(&browser, &[]);
}

fn suggestion() {
    let desk = Desk::rehearsal();
    let program = desk.start();
    let browser = Browser::start("zh-CN");
    program.enter(&browser);
    let file = desk.file("roster.csv", &roster_text().replacen("早班", "早般", 5));
    check(&browser, &file, ROSTER_JOB);
    let before = (count(&browser, "items"), count(&browser, "rejected"));
    to_problem(&browser, "早般");
    assert!(
        browser.text("#equal-label").contains('5'),
        "{}",
        browser.text("#equal-label")
    );
    and_checked(&browser, || browser.chord(&[key::ALT, key::ENTER]));
    assert_eq!(
        (count(&browser, "items"), count(&browser, "rejected")),
        (before.0 + 6, before.1 - 6)
    );
    and_checked(&browser, || browser.chord(&[key::CONTROL, "z"]));
    assert_eq!(
        (count(&browser, "items"), count(&browser, "rejected")),
        before
    );
    and_checked(&browser, || browser.click("#redo"));
    assert_eq!(count(&browser, "items"), before.0 + 6);
    no_console(&browser, &[]);
}

fn failure_workbook() {
    let desk = Desk::rehearsal();
    let program = desk.start();
    let browser = Browser::start("en-US");
    program.enter(&browser);
    check(&browser, &sample("shift-roster.xlsx"), ROSTER_JOB);
    next(&browser);
    send(&browser);
    let failed = outcome(&browser, "failed") + outcome(&browser, "unconfirmed");
    let encoded = browser.run_until_done(
        "fetch('files/failure.xlsx').then((answer) => answer.blob()).then((blob) => {
           const reader = new FileReader();
           reader.onload = () => done(reader.result.split(',')[1]);
           reader.readAsDataURL(blob);
         })",
    );
    let workbook = base64::engine::general_purpose::STANDARD
        .decode(encoded.as_str().unwrap())
        .unwrap();
    let file = desk.path("failure.xlsx");
    fs::write(&file, workbook).unwrap();
    browser.go("../../");
    check(&browser, &file, ROSTER_JOB);
    assert_eq!(
        (count(&browser, "items"), count(&browser, "rejected")),
        (failed, 93)
    );
    to_problem(&browser, "早般");
    and_checked(&browser, || browser.keys(&["早班", key::ENTER]));
    next(&browser);
    send(&browser);
    assert_eq!(
        outcome(&browser, "succeeded")
            + outcome(&browser, "failed")
            + outcome(&browser, "unconfirmed"),
        failed + 1
    );
    no_console(&browser, &[]);
}

fn month() {
    let desk = Desk::rehearsal();
    let program = desk.start();
    let browser = Browser::start("zh-CN");
    program.enter(&browser);
    let text = roster_text()
        .replacen("2026年9月 门店排班表", "门店排班表", 1)
        .replacen("制表日期: 2026-08-28", "", 1);
    upload(&browser, &desk.file("roster.csv", &text));
    choose(&browser, ROSTER_JOB);
    browser.wait("document.getElementById('month') !== null");
    assert_eq!(
        browser.run("return document.getElementById('joined').value"),
        "202612",
        "the next month is proposed"
    );
    browser.run("document.getElementById('month').value = '08'; document.getElementById('month').dispatchEvent(new Event('change', { bubbles: true }))");
    browser.click("form button.main");
    browser.wait("document.querySelector('#refused.problem, #refused .problem, main > .panel.problem:not([hidden]), [data-month]') !== null");
    assert!(
        browser
            .run("return document.querySelector('#go:not([hidden])')")
            .is_null(),
        "nothing can be sent of August"
    );
    no_console(&browser, &["422", "400", CONFLICT]);
}

fn number() {
    let desk = Desk::rehearsal();
    let program = desk.start();
    let browser = Browser::start("en-US");
    program.enter(&browser);
    check(&browser, &sample("delete-punches.csv"), PUNCHES_JOB);
    next(&browser);
    let is_disabled = || browser.run("return document.getElementById('confirm').disabled");
    assert_eq!(is_disabled(), true);
    browser.type_into("#typed", "33");
    assert_eq!(is_disabled(), true);
    browser.keys(&[key::ENTER]);
    assert!(
        browser.address().ends_with("/send"),
        "Enter in the field sends nothing"
    );
    browser.run("document.getElementById('typed').value = ''");
    browser.type_into("#typed", "34");
    assert_eq!(is_disabled(), false);
    send(&browser);
    no_console(&browser, &[]);
}

fn second_tab() {
    let desk = Desk::live(SandboxOptions::default());
    let program = desk.start();
    let browser = Browser::start("en-US");
    program.enter(&browser);
    start_run(&browser, &desk, 300);
    let run = browser.address();
    browser.open(&run);
    browser.wait("document.querySelector('[data-phase]') !== null");
    let first = browser.this_tab();
    browser.tab(&run);
    browser.wait("document.querySelector('[data-phase]') !== null");
    ended(&browser);
    let second = outcome(&browser, "succeeded");
    browser.to_tab(&first);
    ended(&browser);
    assert_eq!((outcome(&browser, "succeeded"), second), (300, 300));
    no_console(&browser, &[]);
}

fn seven_tabs() {
    let desk = Desk::live(SandboxOptions::default());
    let program = desk.start();
    let browser = Browser::start("en-US");
    program.enter(&browser);
    start_run(&browser, &desk, 600);
    let run = browser.address();
    for _ in 0..7 {
        browser.tab(&run);
        browser.wait("document.querySelector('[data-phase]') !== null");
    }
    assert!(
        desk.platform().record().applied.punches_deleted.len() < 600,
        "it was over before all tabs were open"
    );
    no_console(&browser, &[]);
}

fn page_closed() {
    let desk = Desk::live(SandboxOptions::default());
    let program = desk.start();
    let browser = Browser::start("en-US");
    program.enter(&browser);
    let home = browser.address();
    start_run(&browser, &desk, 100);
    let run = browser.address();
    let page = browser.this_tab();
    let empty = browser.tab("about:blank");
    browser.to_tab(&page);
    browser.close_tab();
    browser.to_tab(&empty);
    browser.open(&home);
    browser.wait("document.querySelector('main') !== null");
    browser.open(&run);
    ended(&browser);
    assert_eq!(outcome(&browser, "succeeded"), 100);
    assert_eq!(desk.platform().record().applied.punches_deleted.len(), 100);
}

fn killed() {
    let desk = Desk::live(SandboxOptions::default());
    let program = desk.start();
    let browser = Browser::start("en-US");
    program.enter(&browser);
    start_run(&browser, &desk, 400);
    browser.wait("Number(document.querySelector('[data-count=succeeded]').textContent) >= 50");
    let settled: u64 = outcome(&browser, "succeeded");
    program.kill();
    let before = desk.platform().record();
    let program = desk.start();
    program.enter(&browser);
    browser.click("button[data-post$='/resume']");
    browser.wait("location.pathname.includes('/runs/')");
    ended(&browser);
    // What came of a call that was out when the program died may stay unknown; but nothing is left to send.
    assert_eq!(outcome(&browser, "pending"), 0);
    assert!(outcome(&browser, "succeeded") >= settled);
    let after = desk.platform().record();
    let keys = |calls: &[feishu_bulk::sandbox::CallRecord]| -> Vec<String> {
        calls
            .iter()
            .filter(|call| call.endpoint == Endpoint::Punches)
            .flat_map(|call| call.keys.clone())
            .collect()
    };
    let first: BTreeSet<String> = keys(&before.calls).into_iter().collect();
    let again = keys(&after.calls[before.calls.len()..]);
    let twice = again.iter().filter(|key| first.contains(*key)).count();
    // What was shown as settled is never sent again; what was out at that moment may be.
    assert!(
        first.len() - twice >= usize::try_from(settled).unwrap(),
        "{twice} of {} were sent twice",
        first.len()
    );
    assert_eq!(after.applied.punches_deleted.len(), 400);
}

fn two_tabs() {
    let desk = Desk::rehearsal();
    let program = desk.start();
    let browser = Browser::start("en-US");
    program.enter(&browser);
    check(&browser, &sample("shift-roster.csv"), ROSTER_JOB);
    let draft = browser.address();
    let first = browser.this_tab();
    let second = browser.tab(&draft);
    checked(&browser);
    browser.to_tab(&first);
    focus_grid(&browser);
    and_checked(&browser, || browser.keys(&[key::F8, key::DELETE]));
    browser.to_tab(&second);
    focus_grid(&browser);
    browser.keys(&[key::F8, "x", key::ENTER]);
    browser.wait("document.getElementById('problem').hidden === false");
    let (here, there) = (browser.text("#state"), {
        browser.to_tab(&first);
        browser.text("#state")
    });
    assert_eq!(here, there, "the second tab shows what is");
    no_console(&browser, &[CONFLICT]);
}

fn payloads() {
    const PAYLOADS: [&str; 5] = [
        "<img src=x onerror=document.title=1>",
        "=HYPERLINK(\"evil\")",
        "</script><script>document.title=1</script>",
        "javascript:document.title=1",
        "\u{202e}gnp.exe",
    ];
    let desk = Desk::rehearsal();
    let program = desk.start();
    let browser = Browser::start("en-US");
    program.enter(&browser);
    let mut text = roster_text();
    // As shifts they are unknown, and so part of a reason.
    for payload in PAYLOADS {
        let quoted = format!("\"{}\"", payload.replace('"', "\"\""));
        text = text.replacen(",早班,", &format!(",{quoted},"), 2);
    }
    let file = desk.file(
        "<b>x<b>.csv",
        &text.replacen("门店排班表", "<b>门店排班表</b>", 1),
    );
    check(&browser, &file, ROSTER_JOB);
    for script in ["img", "script:not([src])", "h1 b, strong b, td b"] {
        let found = browser.run(&format!(
            "return document.querySelectorAll({script:?}).length"
        ));
        assert_eq!(found, 0, "{script}");
    }
    let title = browser.run("return document.title");
    assert!(title.as_str().unwrap().len() > 1);
    to_problem(&browser, PAYLOADS[0]);
    assert!(browser.words().contains(PAYLOADS[0]), "it is shown as text");
    no_console(&browser, &[]);
}

fn keyboard() {
    let desk = Desk::rehearsal();
    let program = desk.start();
    let browser = Browser::start("en-US");
    program.enter(&browser);
    // A file dialog cannot be driven; everything after it is keys.
    check(&browser, &sample("shift-roster.xlsx"), ROSTER_JOB);
    tab_to(&browser, "document.activeElement.matches('sheet-grid td')");
    browser.chord(&[key::CONTROL, key::END]);
    browser.chord(&[key::CONTROL, key::HOME]);
    browser.keys(&[key::END, key::LEFT, key::DOWN, key::RIGHT, key::HOME]);
    assert!(browser.text("#address").starts_with("九月!A"));
    to_problem(&browser, "早般");
    let before = count(&browser, "items");
    browser.keys(&[key::F2, "x", key::ESCAPE]);
    assert_eq!(
        browser.text("#value"),
        "早般",
        "Escape leaves the cell as it was"
    );
    and_checked(&browser, || browser.chord(&[key::ALT, key::ENTER]));
    assert_eq!(count(&browser, "items"), before + 1);
    assert_eq!(
        browser.run("return document.activeElement.matches('sheet-grid td')"),
        true,
        "focus stays in the grid"
    );
    tab_to(&browser, "document.activeElement.id === 'go'");
    browser.keys(&[key::ENTER]);
    browser.wait("document.getElementById('confirm') !== null");
    tab_to(&browser, "document.activeElement.id === 'confirm'");
    browser.keys(&[key::ENTER]);
    ended(&browser);
    no_console(&browser, &[]);
}

/// Presses Tab until an expression of the page holds.
fn tab_to(browser: &Browser, expression: &str) {
    for _ in 0..80 {
        browser.keys(&[key::TAB]);
        if browser.run(&format!("return {expression}")) == true {
            return;
        }
    }
    panic!("Tab never leads to {expression}");
}

fn paste_and_leave_out() {
    let desk = Desk::rehearsal();
    let program = desk.start();
    let browser = Browser::start("zh-CN");
    program.enter(&browser);
    check(&browser, &sample("shift-roster.csv"), ROSTER_JOB);
    let before = (count(&browser, "items"), count(&browser, "rejected"));
    to_problem(&browser, "早般");
    let address = browser.text("#address");
    and_checked(&browser, || {
        browser.run(
            "const data = new DataTransfer();
             data.setData('text/plain', '早班\\t不对\\r\\n不对\\t早班\\r\\n');
             document.activeElement.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }))",
        );
    });
    assert_eq!(
        (count(&browser, "items"), count(&browser, "rejected")),
        (before.0 - 1, before.1 + 1)
    );
    assert_eq!(
        browser.text("#address"),
        address,
        "focus stays where the block begins"
    );
    and_checked(&browser, || browser.chord(&[key::CONTROL, "z"]));
    assert_eq!(
        (count(&browser, "items"), count(&browser, "rejected")),
        before
    );
    let is_left_out = "document.activeElement.parentElement.className";
    and_checked(&browser, || browser.click("#leave-out"));
    focus_grid(&browser);
    assert_eq!(browser.run(&format!("return {is_left_out}")), "left-out");
    assert!(count(&browser, "items") < before.0);
    and_checked(&browser, || browser.click("#leave-out"));
    assert_eq!(
        (count(&browser, "items"), count(&browser, "rejected")),
        before
    );
    no_console(&browser, &[]);
}

fn many_columns() {
    let desk = Desk::rehearsal();
    let program = desk.start();
    let browser = Browser::start("en-US");
    program.enter(&browser);
    let fields: Vec<String> = (0..200).map(|at| format!("field_{at}")).collect();
    let values = vec!["1"; fields.len()].join(",");
    let lines = (0..30).map(|at| format!("cc623b{at:02},20260901,20260930,{values}\n"));
    let header = format!("member_id,start_time,end_time,{}\n", fields.join(","));
    let text = header + lines.collect::<String>().as_str();
    check(&browser, &desk.file("archive.csv", &text), "archive-report");
    let shown = browser.run("return document.querySelectorAll('sheet-grid tbody tr:first-child td[data-column]').length");
    assert!(
        (5..80).contains(&shown.as_u64().unwrap()),
        "{shown} columns are there"
    );
    focus_grid(&browser);
    for (keys, text, column) in [(key::END, "1", "202"), (key::HOME, "cc623b00", "0")] {
        browser.keys(&[keys]);
        browser.wait(&format!(
            "document.activeElement.dataset.column === {column:?}"
        ));
        assert_eq!(browser.text("#value"), text);
        let is_in_view = browser.run(
            "const [cell, box] = [document.activeElement, document.querySelector('sheet-grid .box')].map((one) => one.getBoundingClientRect());
             return cell.left >= box.left && cell.right <= box.right",
        );
        assert_eq!(is_in_view, true, "the cell in focus is in view");
    }
    no_console(&browser, &[]);
}

fn report() {
    let desk = Desk::rehearsal();
    let program = desk.start();
    let browser = Browser::start("zh-CN");
    program.enter(&browser);
    check(&browser, &sample("shift-roster.xlsx"), ROSTER_JOB);
    next(&browser);
    send(&browser);
    browser.go("files/report.html");
    browser.wait("document.querySelector('main h1') !== null");
    let printed = browser.devtools(
        "Page.printToPDF",
        &json!({ "preferCSSPageSize": true, "printBackground": false }),
    );
    let pdf = base64::engine::general_purpose::STANDARD
        .decode(printed["data"].as_str().unwrap())
        .unwrap();
    let pdf = String::from_utf8_lossy(&pdf);
    let sheets = pdf.matches("/MediaBox").count();
    assert!(
        sheets > 0 && pdf.matches("/MediaBox [0 0 594.95996 841.91998]").count() == sheets,
        "every sheet is A4: {:?}",
        pdf.split("/MediaBox")
            .skip(1)
            .map(|rest| rest.chars().take(40).collect::<String>())
            .collect::<Vec<_>>()
    );
    no_console(&browser, &[]);
}

fn requests() {
    let desk = Desk::rehearsal();
    let program = desk.start();
    let browser = Browser::with_requests("en-US");
    program.enter(&browser);
    check(&browser, &sample("shift-roster.csv"), ROSTER_JOB);
    next(&browser);
    send(&browser);
    for place in ["../", "../../settings/", "../help/", "../"] {
        browser.go(place);
        browser.wait("document.querySelector('h1') !== null");
    }
    let ours = program.address.split("/enter").next().unwrap().to_owned();
    let requests = browser.requests();
    let strange: Vec<&String> = requests
        .iter()
        .filter(|address| !address.starts_with(&ours) && !address.starts_with("data:"))
        .collect();
    assert_eq!(strange, Vec::<&String>::new());
    assert!(
        requests.len() > 20,
        "only {} requests were seen",
        requests.len()
    );
}
