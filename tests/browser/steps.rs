//! What a person does on the page, a step each: every step ends when the page shows what it led to.

use std::path::Path;

use serde_json::{Value, json};

use crate::driver::{Browser, key};

/// The grid has its rows and knows where its problems are.
const GRID_IS_THERE: &str = "document.querySelector('sheet-grid td[data-column]') && document.querySelector('#reasons button')";

/// Chooses a file as the button does, and a job where the page asks for one, until its check is shown.
pub(crate) fn check(browser: &Browser, file: &Path, job: &str) {
    upload(browser, file);
    choose(browser, job);
    checked(browser);
}

/// Gives the file to the page.
pub(crate) fn upload(browser: &Browser, file: &Path) {
    browser.wait("document.getElementById('file') !== null");
    browser.type_into("#file", file.to_str().unwrap());
    browser.wait("location.pathname.includes('/drafts/')");
}

/// Drops a file of this name and text on the page.
pub(crate) fn drop_file(browser: &Browser, name: &str, bytes: &[u8]) {
    let bytes = Value::from(bytes);
    let name = json!(name);
    browser.run(&format!(
        "const data = new DataTransfer();
         data.items.add(new File([new Uint8Array({bytes})], {name}));
         for (const kind of ['dragover', 'drop']) {{
           document.getElementById('drop').dispatchEvent(new DragEvent(kind, {{ dataTransfer: data, bubbles: true, cancelable: true }}));
         }}"
    ));
    browser.wait("location.pathname.includes('/drafts/')");
}

/// Chooses the job where the page asks for one.
pub(crate) fn choose(browser: &Browser, job: &str) {
    let asks = browser.wait(
        "document.querySelector('input[name=job][type=radio]') ? 'job' : document.querySelector('sheet-grid, #state, [data-month], main .panel.problem:not([hidden])') ? 'nothing' : null",
    );
    if asks == "job" {
        browser.click(&format!("input[name=job][value={job:?}]"));
        browser.click("form button.main");
    }
}

/// The check of the file has ended and its sheet is there.
pub(crate) fn checked(browser: &Browser) {
    browser.wait(GRID_IS_THERE);
    browser.wait("document.getElementById('state').getAttribute('aria-busy') === 'false'");
}

/// Does something that leads to a new check, and waits until the grid shows it.
pub(crate) fn and_checked(browser: &Browser, act: impl FnOnce()) {
    let before = browser.run("return document.querySelector('sheet-grid').dataset.check");
    act();
    browser.wait(&format!(
        "document.querySelector('sheet-grid').dataset.check !== {before}"
    ));
    browser.wait("document.querySelector('sheet-grid [aria-busy=true]') === null");
}

/// Puts the first problem whose cell has this text in focus, by going from problem to problem.
pub(crate) fn to_problem(browser: &Browser, text: &str) {
    focus_grid(browser);
    for _ in 0..200 {
        if browser.text("#value") == text {
            return;
        }
        let here = browser.text("#address");
        browser.keys(&[key::F8]);
        browser.wait(&format!(
            "document.getElementById('address').textContent !== {here:?}"
        ));
    }
    panic!("no problem has the text {text}");
}

/// Puts the cell that was in focus last, or the first one, in focus.
pub(crate) fn focus_grid(browser: &Browser) {
    browser.wait("document.querySelector('sheet-grid td[tabindex=\"0\"]') !== null");
    browser.run("document.querySelector('sheet-grid td[tabindex=\"0\"]').focus()");
}

/// A number of the check, as the page shows it.
pub(crate) fn count(browser: &Browser, name: &str) -> u64 {
    let text = browser.text(&format!("#state [data-state={name}]"));
    text.replace(',', "")
        .parse()
        .unwrap_or_else(|_| panic!("{name} is {text:?}"))
}

/// Goes to the confirm screen.
pub(crate) fn next(browser: &Browser) {
    browser.click("#go");
    browser.wait("document.getElementById('confirm') !== null");
}

/// Sends, and waits for the end of the run.
pub(crate) fn send(browser: &Browser) {
    browser.click("#confirm");
    ended(browser);
}

/// The run has ended.
pub(crate) fn ended(browser: &Browser) {
    browser.wait("document.querySelector('[data-phase=ended]') !== null");
}

/// How many items of the run have an outcome.
pub(crate) fn outcome(browser: &Browser, name: &str) -> u64 {
    browser
        .text(&format!("[data-count={name}]"))
        .replace(',', "")
        .parse()
        .unwrap()
}
