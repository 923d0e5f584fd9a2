//! What the words of a roster stand for, asked of the platform: people, groups and shifts by what HR calls them.

use std::fs;
use std::path::PathBuf;

use feishu_bulk::sandbox::{APP_ID, APP_SECRET, Change, Endpoint, Person, Sandbox, SandboxOptions};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::support::bench::program;

/// A roster of three days, a job that asks the platform, and a platform.
struct Company {
    folder: tempfile::TempDir,
    sandbox: Sandbox,
    _runtime: Runtime,
}

const JOB: &str = r#"
endpoint = "attendance.user_daily_shifts.batch_create"
[input]
file = "roster.csv"
ignore = ["姓名"]
[input.unpivot]
month = "202609"
[input.unpivot.rest]
words = ["休"]
item = { shift_id = "0" }
[request]
employee_type = "employee_id"
operator_id = "dd31248a"
[item]
user_id = { column = "工号", lookup = "people" }
group_id = { column = "网点", lookup = "groups" }
shift_id = { cell = "value", lookup = "shifts" }
month = { cell = "month" }
day_no = { cell = "day" }
[lookup.people]
from = "tenant"
keys = ["工号"]
[lookup.groups]
from = "tenant"
[lookup.shifts]
from = "tenant"
"#;

const ROSTER: &str =
    "工号,姓名,网点,1日,2日,3日\n0007,赵春晓,静安店,早班,休,晚班\n0020,钱谷雨,静安店,中班,,休\n";

struct Ended {
    exit: i32,
    stdout: String,
    stderr: String,
}

impl Company {
    fn new() -> Self {
        let runtime = Runtime::new().unwrap();
        let sandbox = runtime
            .block_on(Sandbox::start(SandboxOptions::default()))
            .unwrap();
        let company = Self {
            folder: tempfile::TempDir::new().unwrap(),
            sandbox,
            _runtime: runtime,
        };
        company.write("job.toml", JOB);
        company.write("roster.csv", ROSTER);
        company
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn says(&self, arguments: &[&str]) -> Ended {
        let mut command = program(self.folder.path());
        command
            .env("FEISHU_BASE_URL", self.sandbox.base_url())
            .env("FEISHU_APP_ID", APP_ID)
            .env("FEISHU_APP_SECRET", APP_SECRET);
        let output = command.args(arguments).output().unwrap();
        Ended {
            exit: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// What the sandbox has for people's days: user, day, shift, group.
    fn days(&self) -> Vec<String> {
        let applied = self.sandbox.record().applied;
        let day = |(key, shift): (
            &feishu_bulk::sandbox::ShiftKey,
            &feishu_bulk::sandbox::Shift,
        )| {
            format!(
                "{} {} {} {}",
                key.user_id, key.day_no, shift.shift_id, shift.group_id
            )
        };
        applied.shifts.iter().map(day).collect()
    }

    fn calls(&self) -> usize {
        self.sandbox.record().calls.len()
    }
}

#[test]
fn a_run_asks_the_platform_who_and_what_is_meant_and_sends_its_ids() {
    let company = Company::new();
    let ran = company.says(&["run", "job.toml"]);
    assert_eq!(ran.exit, 0, "{}", ran.stderr);
    assert!(
        ran.stderr
            .contains("what the words of the job stand for was read from 127.0.0.1:"),
        "{}",
        ran.stderr
    );
    assert_eq!(
        company.days(),
        [
            "6a99b4cf 1 6753520403404030216 6737202939523236110",
            "6a99b4cf 3 0 6737202939523236110",
            "cc623b11 1 6753520403404030215 6737202939523236110",
            "cc623b11 2 0 6737202939523236110",
            "cc623b11 3 6753520403404030217 6737202939523236110",
        ]
    );
}

#[test]
fn a_check_offline_asks_for_an_online_one_first_and_knows_the_words_after_it() {
    let company = Company::new();
    let offline = company.says(&["check", "job.toml"]);
    assert_eq!(offline.exit, 2, "{}", offline.stdout);
    assert!(offline.stderr.contains("--online"), "{}", offline.stderr);
    assert_eq!(company.calls(), 0);
    let online = company.says(&["check", "job.toml", "--online"]);
    assert_eq!(online.exit, 0, "{}{}", online.stdout, online.stderr);
    let calls = company.calls();
    let offline = company.says(&["check", "job.toml", "--json"]);
    assert_eq!(offline.exit, 0, "{}", offline.stderr);
    assert!(
        offline.stdout.contains("\"lookup.known\""),
        "{}",
        offline.stdout
    );
    assert_eq!(company.calls(), calls);
    // Somebody who was not asked for is not said to be unknown.
    company.write("roster.csv", &ROSTER.replace("0020,钱谷雨", "0033,孙小满"));
    let corrected = company.says(&["check", "job.toml"]);
    assert_eq!(corrected.exit, 1, "{}", corrected.stderr);
    assert!(
        corrected
            .stdout
            .contains("`0033` was not asked of the platform yet"),
        "{}",
        corrected.stdout
    );
    let online = company.says(&["check", "job.toml", "--online"]);
    assert_eq!(online.exit, 0, "{}", online.stdout);
    // Only the owner of the file may read who works there.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let kept = fs::metadata(company.path(".job.tenant.json")).unwrap();
        assert_eq!(kept.permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn people_asked_for_within_a_week_are_not_asked_for_again_unless_refresh_says_so() {
    let company = Company::new();
    let asked = |arguments: &[&str]| {
        let before = company.calls();
        let checked = company.says(arguments);
        assert_eq!(checked.exit, 0, "{}", checked.stderr);
        // One of them is the token's.
        company.calls() - before - 1
    };
    assert_eq!(asked(&["check", "job.toml", "--online"]), 6);
    assert_eq!(asked(&["check", "job.toml", "--online"]), 5);
    assert_eq!(asked(&["check", "job.toml", "--online", "--refresh"]), 6);
    // An answer of more than a week ago is none.
    let kept = fs::read_to_string(company.path(".job.tenant.json")).unwrap();
    let mut kept: Value = serde_json::from_str(&kept).unwrap();
    let read_at = kept["read_at"].as_u64().unwrap();
    kept["read_at"] = (read_at - 8 * 24 * 3_600_000).into();
    company.write(".job.tenant.json", &kept.to_string());
    let offline = company.says(&["check", "job.toml"]);
    assert!(offline.stdout.contains("8 days ago"), "{}", offline.stdout);
    assert_eq!(asked(&["check", "job.toml", "--online"]), 6);
}

#[test]
fn a_name_that_several_people_have_is_named_with_all_of_them_and_none_is_chosen() {
    let company = Company::new();
    for (job_number, user_id) in [("9001", "n1"), ("9002", "n2"), ("9003", "n3")] {
        company.sandbox.change(Change::Hire(Person {
            job_number: job_number.to_owned(),
            name: "周同名".to_owned(),
            user_id: user_id.to_owned(),
            mobile: format!("+86138000{job_number}"),
            email: format!("{job_number}@example.com"),
            group_id: None,
        }));
    }
    let by_name = JOB
        .replace("ignore = [\"姓名\"]\n", "ignore = [\"工号\"]\n")
        .replace("column = \"工号\"", "column = \"姓名\"")
        .replace("keys = [\"工号\"]", "keys = [\"姓名\"]");
    company.write("job.toml", &by_name);
    company.write(
        "roster.csv",
        "工号,姓名,网点,1日\n0007,赵春晓,静安店,早班\n?,周同名,静安店,早班\n",
    );
    let checked = company.says(&["check", "job.toml", "--online"]);
    assert_eq!(checked.exit, 1, "{}", checked.stderr);
    for id in ["`n1` (9001)", "`n2` (9002)", "`n3` (9003)"] {
        assert!(checked.stdout.contains(id), "{id}: {}", checked.stdout);
    }
    assert!(
        checked.stdout.contains("1 to send, 1 rejected"),
        "{}",
        checked.stdout
    );
}

#[test]
fn a_name_that_two_shifts_bear_is_rejected_with_the_hours_of_both() {
    let company = Company::new();
    company.sandbox.change(Change::RenameShift {
        shift_id: "6753520403404030217".to_owned(),
        name: "早班".to_owned(),
    });
    let checked = company.says(&["check", "job.toml", "--online"]);
    assert_eq!(checked.exit, 1, "{}", checked.stderr);
    for id in ["`6753520403404030215` (", "`6753520403404030217` ("] {
        assert!(checked.stdout.contains(id), "{}", checked.stdout);
    }
}

#[test]
fn a_name_beside_an_id_that_is_anothers_is_found_out_by_the_platforms_names() {
    let company = Company::new();
    company.write("roster.csv", &ROSTER.replace("0007,赵春晓", "0007,钱谷雨"));
    let checked = company.says(&["check", "job.toml", "--online"]);
    assert_eq!(checked.exit, 1, "{}", checked.stderr);
    assert!(checked.stdout.contains("赵春晓"), "{}", checked.stdout);
}

#[test]
fn a_missing_right_is_named_and_nothing_is_sent() {
    let company = Company::new();
    company.sandbox.change(Change::ScopeMissing {
        endpoint: Endpoint::Employees,
        scope: "directory:employee:list".to_owned(),
    });
    let ran = company.says(&["run", "job.toml"]);
    assert_eq!(ran.exit, 2, "{}", ran.stderr);
    assert!(ran.stderr.contains("[lookup.people]"), "{}", ran.stderr);
    assert!(
        ran.stderr
            .contains("grant the app the scope `directory:employee:list`"),
        "{}",
        ran.stderr
    );
    assert!(company.days().is_empty());
    assert!(fs::read_dir(company.path("runs")).map_or(0, Iterator::count) <= 1);
}

#[test]
fn what_stands_in_for_the_platform_is_rehearsed_and_never_sent_to_it() {
    let company = Company::new();
    let made_up = [
        "[lookup.people.rehearsal]\nwords = { \"0007\" = \"made-up-1\", \"0020\" = \"made-up-2\" }\n",
        "[lookup.groups.rehearsal]\nwords = { \"静安店\" = \"g1\" }\n",
        "[lookup.shifts.rehearsal]\nwords = { \"早班\" = \"s1\", \"中班\" = \"s2\", \"晚班\" = \"s3\" }\n",
    ];
    company.write("job.toml", &format!("{JOB}{}", made_up.concat()));
    let checked = company.says(&["check", "job.toml"]);
    assert_eq!(checked.exit, 0, "{}", checked.stderr);
    assert!(checked.stdout.contains("made-up-1"), "{}", checked.stdout);
    assert!(
        checked
            .stdout
            .contains("the platform was never asked what people, groups, shifts stand for"),
        "{}",
        checked.stdout
    );
    let rehearsed = company.says(&["run", "job.toml", "--sandbox"]);
    assert_eq!(rehearsed.exit, 0, "{}", rehearsed.stderr);
    assert_eq!(company.calls(), 0);
    let ran = company.says(&["run", "job.toml"]);
    assert_eq!(ran.exit, 0, "{}", ran.stderr);
    assert!(company.days().iter().all(|day| !day.contains("made-up")));
    assert_eq!(company.days().len(), 5);
}
