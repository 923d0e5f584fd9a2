//! Every screen, as people see it who need it to be readable: both languages, light and dark, narrow, without colours.
//!
//! axe-core is not part of the project: `AXE_JS` says where it is, and it must when a browser is required. With `SCREENS` a picture
//! of each screen is written there, for people to look at.

use std::path::Path;

use base64::Engine as _;

use crate::driver::Browser;
use crate::program::{Desk, sample};
use crate::steps::{check, ended, next, send, upload};

/// Each promise and its test.
pub(crate) const ALL: &[(&str, fn())] = &[
    (
        "every_screen_in_chinese_reads_in_both_palettes_narrow_and_without_colours",
        in_chinese,
    ),
    (
        "every_screen_in_english_reads_in_both_palettes_narrow_and_without_colours",
        in_english,
    ),
];

fn in_chinese() {
    all_screens("zh-CN");
}

fn in_english() {
    all_screens("en-US");
}

fn all_screens(language: &str) {
    let axe = std::env::var("AXE_JS")
        .ok()
        .map(|path| std::fs::read_to_string(path).unwrap());
    assert!(
        axe.is_some() || std::env::var(crate::REQUIRED).is_err(),
        "AXE_JS has to say where axe.min.js is"
    );
    let desk = Desk::rehearsal();
    let program = desk.start();
    let browser = Browser::start(language);
    let look = |name: &str| {
        look(
            &browser,
            axe.as_deref(),
            &format!("{name}-{}", &language[..2]),
        )
    };
    program.enter(&browser);
    look("import");
    upload(&browser, &desk.file("no-table.csv", "a\n"));
    browser.wait("document.querySelector('h1') !== null");
    look("question");
    browser.go("../../");
    check(&browser, &sample("shift-roster.xlsx"), "shift-roster");
    look("check");
    next(&browser);
    look("confirm");
    send(&browser);
    look("result");
    browser.go("../../");
    check(&browser, &sample("delete-punches.csv"), "delete-punches");
    next(&browser);
    look("confirm-number");
    browser.type_into("#typed", "34");
    browser.click("#confirm");
    ended(&browser);
    for (name, path) in [
        ("history", "../"),
        ("settings", "../settings/"),
        ("help", "../help/"),
    ] {
        browser.go(path);
        browser.wait("document.querySelector('h1') !== null");
        look(name);
    }
    assert_eq!(browser.console(&[]), Vec::<String>::new());
}

fn look(browser: &Browser, axe: Option<&str>, name: &str) {
    for palette in ["light", "dark"] {
        browser.prefers(&[("prefers-color-scheme", palette)]);
        accessible(browser, axe, &format!("{name} in {palette}"));
        picture(browser, &format!("{name}-{palette}"));
    }
    browser.prefers(&[("forced-colors", "active")]);
    picture(browser, &format!("{name}-forced-colours"));
    browser.prefers(&[]);
    browser.size(320, 700);
    // The grid scrolls in itself; nothing else is wider than the window.
    let wide = browser.run(
        "return [...document.querySelectorAll('body *')].filter((one) => !one.closest('sheet-grid') && !one.closest('.spoken, .skip')
           && one.getBoundingClientRect().right > 321).map((one) => one.outerHTML.slice(0, 80))",
    );
    assert_eq!(
        wide,
        serde_json::json!([]),
        "{name} is wider than 320 pixels"
    );
    picture(browser, &format!("{name}-narrow"));
    browser.devtools(
        "Emulation.clearDeviceMetricsOverride",
        &serde_json::json!({}),
    );
}

/// axe-core runs under our Content-Security-Policy: as a script of the driver, not of the page.
fn accessible(browser: &Browser, axe: Option<&str>, name: &str) {
    let Some(axe) = axe else { return };
    browser.run(axe);
    let faults = browser.run_until_done(
        "axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }).then((found) =>
           done(found.violations.map((fault) => `${fault.id}: ${fault.nodes[0].html} ${fault.nodes[0].failureSummary}`)))",
    );
    assert_eq!(faults, serde_json::json!([]), "{name}");
}

fn picture(browser: &Browser, name: &str) {
    let Some(folder) = std::env::var_os("SCREENS") else {
        return;
    };
    let png = base64::engine::general_purpose::STANDARD
        .decode(browser.picture())
        .unwrap();
    std::fs::write(Path::new(&folder).join(format!("{name}.png")), png).unwrap();
}
