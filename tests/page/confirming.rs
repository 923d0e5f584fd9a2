//! What is confirmed before it is done: a number where something is destroyed or may have been sent, as on the command line.

use std::fs;
use std::path::Path;

use feishu_bulk::sandbox::{APP_ID, APP_SECRET, Fault, FaultPlan, Sandbox, SandboxOptions, When};
use feishu_bulk::store::Ledger;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::site::{Browser, Site};

/// A platform that `live` goes to.
struct Platform {
    runtime: Runtime,
    sandbox: Sandbox,
}

impl Platform {
    fn start(faults: FaultPlan) -> Self {
        let runtime = Runtime::new().unwrap();
        let options = SandboxOptions {
            faults,
            ..SandboxOptions::default()
        };
        let sandbox = runtime.block_on(Sandbox::start(options)).unwrap();
        Self { runtime, sandbox }
    }

    fn site(&self, folder: TempDir) -> Site {
        let base_url = self.sandbox.base_url();
        let environment = [
            ("FEISHU_BASE_URL", base_url.as_str()),
            ("FEISHU_APP_ID", APP_ID),
            ("FEISHU_APP_SECRET", APP_SECRET),
        ];
        Site::in_folder(folder, &environment)
    }

    fn deleted(&self) -> usize {
        self.sandbox.record().applied.punches_deleted.len()
    }
}

/// Sends so many punches to the platform; returns the address of the run, which works.
fn send(browser: &Browser<'_>, items: u64) -> String {
    let rows: Vec<String> = (0..items).map(|row| format!("{:019}\n", row + 1)).collect();
    let csv = format!("record_id\n{}", rows.concat());
    let draft = browser.upload("punches.csv", csv.as_bytes());
    browser.post(&format!("{draft}job"), &json!({ "job": "delete-punches" }));
    let state = browser.checked(&draft);
    let send = json!({ "check": state["check"], "typed": items, "to": "platform" });
    let answer = browser.post(&format!("{draft}send"), &send);
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["to"].as_str().unwrap().to_owned()
}

fn id(run: &str) -> &str {
    run.trim_end_matches('/').rsplit('/').next().unwrap()
}

/// Asks for something that is to be confirmed; returns the rule, what is asked for, and the number that the refusal names.
fn asked(browser: &Browser<'_>, path: &str, body: &Value) -> (String, String, u64) {
    let answer = browser.post(path, body);
    assert_eq!(answer.status, 422, "{}", answer.text());
    let error = &answer.json()["error"];
    let text = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
    let number = text("hint").trim_start_matches("type ").replace(',', "");
    (
        text("rule"),
        text("asks"),
        number.parse().unwrap_or_default(),
    )
}

#[test]
fn what_destroys_is_sent_again_when_its_number_was_typed() {
    let refused = When::item("0000000000000000001").times(1);
    let platform = Platform::start(
        FaultPlan::new().on(refused, Fault::answer(400, 7_654_321, "no such thing")),
    );
    let site = platform.site(tempfile::tempdir().unwrap());
    let browser = site.enter();
    let run = send(&browser, 1);
    browser.ended(&run);
    assert_eq!(platform.deleted(), 0);
    let rerun = format!("{run}rerun");
    for typed in [Value::Null, json!(2)] {
        let refused = asked(&browser, &rerun, &json!({ "typed": typed }));
        let expected = ("page.number".to_owned(), "typed".to_owned(), 1);
        assert_eq!(refused, expected);
    }
    assert_eq!(platform.deleted(), 0);
    let runs = || fs::read_dir(site.runs()).unwrap().count();
    let before = runs();
    let answer = browser.post(&rerun, &json!({ "typed": 1 }));
    assert_eq!(answer.status, 200, "{}", answer.text());
    let again = answer.json()["to"].as_str().unwrap().to_owned();
    browser.ended(&again);
    assert_eq!((platform.deleted(), runs()), (1, before + 1));
    let ledger = Ledger::look(&site.runs().join(id(&again)).join("run.db")).unwrap();
    let confirmed = ledger.facts().unwrap().audit.confirmed;
    assert_eq!(confirmed, Some("1".to_owned()));
}

/// The runs as they are at this moment, in a folder of their own: as a backup that was made while one was sent.
fn copied(runs: &Path, run: &str) -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    let to = copy.path().join("runs").join(run);
    fs::create_dir_all(&to).unwrap();
    for file in fs::read_dir(runs.join(run)).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
    copy
}

#[test]
fn a_run_in_doubt_names_what_may_have_been_sent_and_goes_on_when_its_number_was_typed() {
    let platform = Platform::start(FaultPlan::new());
    let site = platform.site(tempfile::tempdir().unwrap());
    let browser = site.enter();
    let run = send(&browser, 150);
    while platform.deleted() < 30 {
        std::thread::yield_now();
    }
    let copy = copied(&site.runs(), id(&run));
    browser.post(&format!("{run}stop"), &json!({ "at_once": true }));
    browser.ended(&run);
    let before = platform.deleted();
    let second = platform.site(copy);
    let browser = second.enter();
    let resume = format!("{}runs/{}/resume", browser.top, id(&run));
    let (rule, asks, items) = asked(&browser, &resume, &json!({}));
    assert_eq!(
        (rule.as_str(), asks.as_str()),
        ("run.perhaps-sent", "typed")
    );
    assert!((1..=150).contains(&items), "{items}");
    asked(&browser, &resume, &json!({ "typed": items + 1 }));
    assert_eq!(platform.deleted(), before, "sent before it was confirmed");
    let answer = browser.post(&resume, &json!({ "typed": items }));
    assert_eq!(answer.status, 200, "{}", answer.text());
    browser.ended(&format!("{}runs/{}/", browser.top, id(&run)));
    assert_eq!(platform.deleted(), 150);
    drop(platform.runtime);
}
