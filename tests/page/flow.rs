//! From the upload to the result, as a browser asks for it: what was shown is what is sent, and nothing that was typed is lost.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use feishu_bulk::error::Exit;
use feishu_bulk::sandbox::{APP_ID, APP_SECRET, Endpoint, Sandbox, SandboxOptions};
use feishu_bulk::store::{Face, Ledger};
use serde_json::{Value, json};

use super::site::{Browser, Site};
use crate::support::bench::PACKAGE;

fn roster() -> Vec<u8> {
    fs::read(Path::new(PACKAGE).join("samples/shift-roster.xlsx")).unwrap()
}

/// Uploads the sample roster and has it checked by its job.
fn checked(browser: &Browser<'_>) -> (String, Value) {
    let draft = browser.upload("9月排班.xlsx", &roster());
    let chosen = browser.post(
        &format!("{draft}job"),
        &json!({ "job": "shift-roster", "given": {} }),
    );
    assert_eq!(chosen.status, 200, "{}", chosen.text());
    let state = browser.checked(&draft);
    (draft, state)
}

fn number(state: &Value, name: &str) -> u64 {
    let text = state[name].as_str().unwrap_or_else(|| panic!("{state}"));
    text.replace(',', "").parse().unwrap()
}

/// The first cell of a check for which another word is suggested: record, column, word.
fn suggested(browser: &Browser<'_>, draft: &str) -> (u64, u64, String) {
    let rows = browser
        .get(&format!("{draft}rows?first=0&count=200&only=any"))
        .json();
    for row in rows["rows"].as_array().unwrap() {
        for mark in row["marks"].as_array().unwrap() {
            if let Some(word) = mark["suggestion"].as_str() {
                let record = row["record"].as_u64().unwrap();
                return (record, mark["column"].as_u64().unwrap(), word.to_owned());
            }
        }
    }
    panic!("nothing is suggested: {rows}");
}

#[test]
fn a_roster_is_checked_corrected_rehearsed_and_its_result_shown() {
    let site = Site::open();
    let browser = site.enter();
    let (draft, state) = checked(&browser);
    let (items, rejected) = (number(&state, "items"), number(&state, "rejected"));
    assert!(items > 1_000 && rejected > 0, "{state}");

    let (record, column, word) = suggested(&browser, &draft);
    let correction = json!({ "check": state["check"], "cells": [[record, column, word]] });
    let answer = browser.post(&format!("{draft}cells"), &correction);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let state = browser.checked(&draft);
    assert_eq!(number(&state, "items"), items + 1);

    // What was based on the check before changes nothing, and says which one counts.
    let stale = browser.post(&format!("{draft}cells"), &correction);
    assert_eq!(
        (stale.status, &stale.json()["check"]),
        (409, &state["check"])
    );

    browser.post(&format!("{draft}undo"), &json!({ "check": state["check"] }));
    let state = browser.checked(&draft);
    assert_eq!(number(&state, "items"), items);
    browser.post(&format!("{draft}redo"), &json!({ "check": state["check"] }));
    let state = browser.checked(&draft);
    assert_eq!(number(&state, "items"), items + 1);

    let out = json!({ "check": state["check"], "leave_out": [1] });
    browser.post(&format!("{draft}cells"), &out);
    let state = browser.checked(&draft);
    let sent = number(&state, "items");
    assert!(sent < items, "{state}");

    let confirm = browser.get(&format!("{draft}send"));
    assert_eq!(confirm.status, 200, "{}", confirm.text());
    let send = json!({ "check": state["check"], "typed": null, "to": "rehearsal" });
    let answer = browser.post(&format!("{draft}send"), &send);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let run = answer.json()["to"].as_str().unwrap().to_owned();
    browser.ended(&run);

    let result = browser.get(&run);
    assert_eq!(result.status, 200, "{}", result.text());
    let rows = browser.get(&format!("{run}rows?first=0&count=2")).json();
    assert!(
        rows["rows"][1]["outcomes"].as_str().unwrap().contains('s'),
        "{rows}"
    );
    for (file, kind) in [
        ("failure.xlsx", "attachment"),
        ("summary.json", "attachment"),
    ] {
        let answer = browser.get(&format!("{run}files/{file}"));
        assert!(
            answer
                .header("content-disposition")
                .unwrap()
                .starts_with(kind)
        );
    }
    assert_eq!(browser.get(&format!("{run}files/run.db")).status, 404);
    assert_eq!(browser.get(&format!("{run}files/..%2Frun.db")).status, 404);

    // The run says who sent it and what was corrected; what was rehearsed can still be sent.
    let id = run.trim_end_matches('/').rsplit('/').next().unwrap();
    let ledger = Ledger::look(&site.runs().join(id).join("run.db")).unwrap();
    let facts = ledger.facts().unwrap();
    assert_eq!(
        (facts.audit.face, facts.input.file.as_str()),
        (Face::Page, "9月排班.xlsx")
    );
    assert_eq!(facts.audit.corrections.len(), 1);
    assert_eq!(
        (&*facts.audit.corrections[0].new, &*facts.audit.left_out),
        (&*word, &[1][..])
    );
    assert!(facts.platform.sandbox);
    assert_eq!(
        ledger.tally().unwrap().succeeded + ledger.tally().unwrap().failed,
        sent
    );
    assert_eq!(browser.get(&draft).status, 200);
}

#[test]
fn what_was_typed_is_there_again_after_a_restart() {
    let site = Site::open();
    let browser = site.enter();
    let (draft, state) = checked(&browser);
    let (record, column, word) = suggested(&browser, &draft);
    let correction = json!({ "check": state["check"], "cells": [[record, column, word]] });
    browser.post(&format!("{draft}cells"), &correction);
    // As after a kill: nothing is closed, and the folder is read by another program.
    let copy = tempfile::tempdir().unwrap();
    let from = site.runs().join(".drafts/1");
    let to = copy.path().join("runs/.drafts/1");
    fs::create_dir_all(&to).unwrap();
    for name in ["input", "draft.json"] {
        fs::copy(from.join(name), to.join(name)).unwrap();
    }
    let again = Site::in_folder(copy, &[]);
    let browser = again.enter();
    let draft = "drafts/1/";
    assert_eq!(browser.get(draft).status, 200);
    let state = browser.checked(draft);
    assert!(
        state["corrected"].as_str().unwrap().starts_with("1 cell"),
        "{state}"
    );
    assert_eq!(state["can_undo"], true);
}

#[test]
fn a_live_send_goes_where_the_environment_says_and_is_not_offered_again() {
    let sandbox = tokio::runtime::Runtime::new().unwrap();
    let platform = sandbox
        .block_on(Sandbox::start(SandboxOptions::default()))
        .unwrap();
    let base_url = platform.base_url();
    let site = Site::with(&[
        ("FEISHU_BASE_URL", &base_url),
        ("FEISHU_APP_ID", APP_ID),
        ("FEISHU_APP_SECRET", APP_SECRET),
        ("USER", "hr"),
    ]);
    let browser = site.enter();
    let csv = fs::read(Path::new(PACKAGE).join("samples/delete-punches.csv")).unwrap();
    let draft = browser.upload("punches.csv", &csv);
    browser.post(&format!("{draft}job"), &json!({ "job": "delete-punches" }));
    let state = browser.checked(&draft);
    let items = number(&state, "items");

    // What cannot be undone is confirmed by its number, and by no other.
    for typed in [json!(null), json!(items + 1)] {
        let send = json!({ "check": state["check"], "typed": typed, "to": "platform" });
        let answer = browser.post(&format!("{draft}send"), &send);
        assert_eq!(answer.status, 422, "{}", answer.text());
    }
    let record = platform.record();
    assert!(
        record
            .calls
            .iter()
            .all(|call| call.endpoint != Endpoint::Punches),
        "something was sent before it was confirmed"
    );
    let send = json!({ "check": state["check"], "typed": items, "to": "platform" });
    let answer = browser.post(&format!("{draft}send"), &send);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let run = answer.json()["to"].as_str().unwrap().to_owned();
    browser.ended(&run);
    let id = run.trim_end_matches('/').rsplit('/').next().unwrap();
    let facts = Ledger::look(&site.runs().join(id).join("run.db"))
        .unwrap()
        .facts()
        .unwrap();
    assert_eq!(facts.audit.confirmed, Some(items.to_string()));
    assert_eq!(facts.audit.user.as_deref(), Some("hr"));
    assert!(!facts.platform.sandbox);
    assert_eq!(browser.get(&draft).status, 404);
    // Runs that were sent to the platform stay.
    let delete = browser.post(&format!("{run}delete"), &json!({}));
    assert_eq!(delete.status, 422, "{}", delete.text());
}

#[test]
fn what_the_platform_does_not_have_is_marked_before_it_is_sent_and_asked_for_once() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let platform = runtime
        .block_on(Sandbox::start(SandboxOptions::default()))
        .unwrap();
    let base_url = platform.base_url();
    let site = Site::with(&[
        ("FEISHU_BASE_URL", &base_url),
        ("FEISHU_APP_ID", APP_ID),
        ("FEISHU_APP_SECRET", APP_SECRET),
    ]);
    let reads = || {
        let calls = platform.record().calls;
        let reads = calls
            .iter()
            .filter(|call| call.endpoint == Endpoint::PunchOne);
        reads.count()
    };
    let browser = site.enter();
    let draft = browser.upload("punches.csv", b"record_id\n7001\n4041\n4042\n");
    browser.post(&format!("{draft}job"), &json!({ "job": "delete-punches" }));
    let state = browser.checked(&draft);
    let counts = (number(&state, "items"), number(&state, "rejected"));
    assert_eq!((counts, reads()), ((1, 2), 3), "{state}");
    let rows = browser.get(&format!("{draft}rows?first=0&count=5")).json();
    assert!(rows["rows"][1]["marks"][0].is_object(), "{rows}");

    // A correction asks for what is new: an answer of a moment ago holds.
    let correction = json!({ "check": state["check"], "cells": [[2, 0, "7002"]] });
    browser.post(&format!("{draft}cells"), &correction);
    let state = browser.checked(&draft);
    let counts = (number(&state, "items"), number(&state, "rejected"));
    assert_eq!(counts, (2, 1), "{state}");
    // What the platform does not have may be there now.
    assert_eq!(reads(), 5);

    let send = json!({ "check": state["check"], "typed": 2, "to": "platform" });
    let answer = browser.post(&format!("{draft}send"), &send);
    assert_eq!(answer.status, 200, "{}", answer.text());
    browser.ended(answer.json()["to"].as_str().unwrap());
    let deleted = platform.record().applied.punches_deleted;
    assert_eq!(deleted.len(), 2, "{deleted:?}");
}

#[test]
fn a_run_that_was_stopped_is_resumed_and_its_failure_file_is_known_again() {
    let site = Site::open();
    let browser = site.enter();
    // Ten calls of ten a second: long enough to be stopped before its end.
    let mut csv = "record_id\n".to_owned();
    for row in 0..20_000 {
        writeln!(csv, "{row:019}").unwrap();
    }
    let draft = browser.upload("punches.csv", csv.as_bytes());
    browser.post(&format!("{draft}job"), &json!({ "job": "delete-punches" }));
    let state = browser.checked(&draft);
    let items = number(&state, "items");
    let send = json!({ "check": state["check"], "typed": items, "to": "rehearsal" });
    let answer = browser.post(&format!("{draft}send"), &send);
    let run = answer.json()["to"].as_str().unwrap().to_owned();
    for resumed in [false, true] {
        if resumed {
            let again = browser.post(&format!("{run}resume"), &json!({}));
            assert_eq!(again.status, 200, "{}", again.text());
        }
        assert_eq!(browser.get(&format!("{run}progress")).status, 200);
        let stop = browser.post(&format!("{run}stop"), &json!({ "at_once": true }));
        assert_eq!(stop.status, 200, "{}", stop.text());
        browser.ended(&run);
    }
    let id = run
        .trim_end_matches('/')
        .rsplit('/')
        .next()
        .unwrap()
        .to_owned();
    let ledger = Ledger::look(&site.runs().join(&id).join("run.db")).unwrap();
    let tally = ledger.tally().unwrap();
    assert!(tally.pending > 0 && tally.adds_up(), "{tally:?}");
    assert!(
        browser.get("").text().contains(&id),
        "it is not offered to be resumed"
    );

    let failure = fs::read(site.runs().join(&id).join("failure.csv")).unwrap();
    let draft = browser.upload("failure.csv", &failure);
    let page = browser.get(&draft).text();
    assert!(page.contains("delete-punches"), "{page}");
    let deleted = browser.post(&format!("{run}delete"), &json!({}));
    assert_eq!(deleted.status, 200, "{}", deleted.text());
    assert!(!site.runs().join(&id).exists());
}

#[test]
fn credentials_that_the_platform_takes_are_said_to_work_and_make_the_page_live() {
    let sandbox = tokio::runtime::Runtime::new().unwrap();
    let platform = sandbox
        .block_on(Sandbox::start(SandboxOptions::default()))
        .unwrap();
    let site = Site::open();
    let browser = site.enter();
    let to = browser.post("mode", &json!({ "mode": "live" })).json();
    assert!(to["to"].as_str().unwrap().ends_with("settings/"), "{to}");
    let typed =
        json!({ "app_id": APP_ID, "app_secret": APP_SECRET, "base_url": platform.base_url() });
    let tried = browser.post("settings/try", &typed);
    assert_eq!(tried.status, 200, "{}", tried.text());
    assert_eq!(
        browser.post("mode", &json!({ "mode": "live" })).json(),
        json!({})
    );
    assert!(browser.get("").text().contains(&format!("app {APP_ID}")));
    let wrong =
        json!({ "app_id": APP_ID, "app_secret": "x".repeat(32), "base_url": platform.base_url() });
    assert_eq!(browser.post("settings/try", &wrong).status, 422);
}

#[test]
fn quit_ends_the_program_and_its_address_is_gone() {
    let site = Site::open();
    let browser = site.enter();
    let address = site.runs().join(".page/address.json");
    assert!(address.exists());
    let quit = browser.post("quit", &json!({}));
    let end = quit.json()["to"].as_str().unwrap().to_owned();
    assert!(browser.get(&end).text().contains("The program has ended"));
    assert_eq!(site.exit(), Exit::Success);
    assert!(!address.exists());
}

#[test]
fn each_job_of_the_first_screen_has_a_blank_workbook_and_a_sample_that_is_only_rehearsed() {
    let site = Site::open();
    let browser = site.enter();
    let blank = browser.get("jobs/shift-roster/blank.xlsx");
    assert_eq!(blank.status, 200, "{}", blank.text());
    assert!(blank.body.starts_with(b"PK"));
    assert_eq!(browser.get("jobs/nothing/blank.xlsx").status, 404);
    let sample = browser.post("sample", &json!({ "job": "shift-roster" }));
    assert_eq!(sample.status, 201, "{}", sample.text());
    let draft = sample.json()["to"].as_str().unwrap().to_owned();
    let state = browser.checked(&draft);
    assert!(number(&state, "items") > 1_000, "{state}");
    let live = json!({ "check": state["check"], "typed": null, "to": "platform" });
    let answer = browser.post(&format!("{draft}send"), &live);
    assert_eq!(answer.json()["error"]["rule"], "page.sample");
    // Refused, it is still to be rehearsed.
    let rehearsal = json!({ "check": state["check"], "typed": null, "to": "rehearsal" });
    let answer = browser.post(&format!("{draft}send"), &rehearsal);
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[test]
fn two_tabs_that_send_at_once_make_one_run() {
    let site = Site::open();
    let browser = site.enter();
    let (draft, state) = checked(&browser);
    let send = json!({ "check": state["check"], "typed": null, "to": "rehearsal" });
    let send = || browser.post(&format!("{draft}send"), &send).status;
    let mut statuses = std::thread::scope(|scope| {
        let both = [scope.spawn(send), scope.spawn(send)];
        both.map(|tab| tab.join().unwrap())
    });
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
}

#[test]
fn a_file_without_its_month_asks_for_it_and_goes_on_with_the_answer() {
    let site = Site::open();
    let browser = site.enter();
    let csv = "工号,网点,1,2,3\n0182,静安店,早班,早班,早班\n";
    let draft = browser.upload("排班.csv", csv.as_bytes());
    browser.post(&format!("{draft}job"), &json!({ "job": "shift-roster" }));
    let asked = browser.get(&draft).text();
    assert!(asked.contains("given.set.month"), "{asked}");
    let given = json!({ "job": "shift-roster", "given": { "set": { "month": "202611" } } });
    browser.post(&format!("{draft}job"), &given);
    let state = browser.checked(&draft);
    assert_eq!(
        number(&state, "items") + number(&state, "rejected"),
        3,
        "{state}"
    );
}

#[test]
fn a_run_of_another_process_or_without_a_folder_is_no_run_of_ours() {
    let site = Site::open();
    let browser = site.enter();
    for path in [
        "runs/none/",
        "runs/..%2F..%2Fetc/",
        "runs/.drafts/",
        "drafts/7/",
        "drafts/-1/",
    ] {
        assert_eq!(browser.get(path).status, 404, "{path}");
    }
}
