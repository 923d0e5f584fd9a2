//! What the platform is asked before anything is sent, and what becomes of its answers.

use std::fs;
use std::path::PathBuf;

use feishu_bulk::sandbox::{
    APP_ID, APP_SECRET, Change, Endpoint, GROUP_NOT_SCHEDULABLE, GROUP_UNKNOWN, PLAN_INACTIVE,
    PLAN_OF_FIVE_DIMENSIONS, SHIFT_DEFAULT, SHIFT_UNKNOWN, Sandbox, SandboxOptions,
};
use tokio::runtime::Runtime;

use crate::support::bench::program;

const GROUP: &str = "6737202939523236110";
const OTHER_GROUP: &str = "6737202939523236111";
const SHIFT: &str = "6753520403404030215";

const SHIFTS: &str = r#"
endpoint = "attendance.user_daily_shifts.batch_create"
[request]
employee_type = "employee_id"
operator_id = "dd31248a"
"#;
const PUNCHES: &str = "endpoint = \"attendance.user_flows.batch_del\"\n";
const RECORDS: &str = r#"
endpoint = "apaas.records.batch_delete"
[request]
namespace = "package_test__c"
object_api_name = "book"
"#;
const PLAN_ROWS: &str = r#"
endpoint = "corehr.workforce_plan_detail_row.batchDelete"
[request]
workforce_plan_id = "PLAN"
[item]
dimensions = { columns = ["department", "employee_type", "location", "cost_center", "job_family"], key = "dimension_key", value = "dimension_value" }
"#;
const ARCHIVE: &str = r#"
endpoint = "attendance.archive_rule.upload_report"
[request]
employee_type = "employee_id"
month = "202610"
operator_id = "dd31248a"
archive_rule_id = "RULE"
[item]
field_datas = { columns = "*", key = "code", value = "value" }
"#;

/// A platform, a job and its rows.
struct Company {
    folder: tempfile::TempDir,
    sandbox: Sandbox,
    _runtime: Runtime,
}

struct Ended {
    exit: i32,
    stdout: String,
    stderr: String,
}

impl Company {
    fn new(job: &str, rows: &str) -> Self {
        let runtime = Runtime::new().unwrap();
        let sandbox = runtime
            .block_on(Sandbox::start(SandboxOptions::default()))
            .unwrap();
        let company = Self {
            folder: tempfile::TempDir::new().unwrap(),
            sandbox,
            _runtime: runtime,
        };
        fs::write(company.path("job.toml"), job).unwrap();
        fs::write(company.path("rows.csv"), rows).unwrap();
        company
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
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

    fn runs(&self) -> Ended {
        self.says(&["run", "job.toml", "rows.csv", "--preflight", "--yes"])
    }

    /// Lines of the failure report of the last run.
    fn failures(&self) -> Vec<String> {
        let runs = fs::read_dir(self.path("runs")).unwrap();
        let folders = runs
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.is_dir());
        let report = folders
            .map(|folder| folder.join("failure.csv"))
            .find(|path| path.exists());
        let text = fs::read_to_string(report.unwrap()).unwrap();
        text.lines().skip(1).map(str::to_owned).collect()
    }

    /// Calls that the sandbox answered, but for those of tokens.
    fn calls(&self) -> usize {
        let record = self.sandbox.record();
        let calls = record.calls.iter();
        calls
            .filter(|call| call.endpoint != Endpoint::Token)
            .count()
    }

    /// Days that were written.
    fn days(&self) -> Vec<String> {
        let applied = self.sandbox.record().applied;
        applied
            .shifts
            .keys()
            .map(|key| format!("{} {}", key.user_id, key.day_no))
            .collect()
    }
}

fn shifts(rows: &[(&str, &str, &str, u32)]) -> String {
    let rows = rows
        .iter()
        .map(|(person, group, shift, day)| format!("{person},{group},{shift},202609,{day},\n"));
    let rows: String = rows.collect();
    format!("user_id,group_id,shift_id,month,day_no,is_clear_schedule\n{rows}")
}

#[test]
fn a_person_in_another_group_is_rejected_and_the_others_are_sent() {
    let rows = [
        ("cc623b11", GROUP, SHIFT, 1),
        ("6a99b4cf", GROUP, SHIFT, 1),
        ("6a99b4cf", GROUP, SHIFT, 2),
        ("08d12e8d", OTHER_GROUP, "0", 1),
    ];
    let company = Company::new(SHIFTS, &shifts(&rows));
    for (user_id, group) in [("6a99b4cf", OTHER_GROUP), ("08d12e8d", OTHER_GROUP)] {
        company.sandbox.change(Change::Move {
            user_id: user_id.to_owned(),
            group_id: Some(group.to_owned()),
        });
    }
    let ran = company.runs();
    assert_eq!(ran.exit, 1, "{}", ran.stderr);
    assert_eq!(company.days(), ["08d12e8d 1", "cc623b11 1"]);
    let failures = company.failures();
    assert_eq!(failures.len(), 2, "{failures:?}");
    for line in failures {
        assert!(line.starts_with("6a99b4cf,"), "{line}");
        assert!(line.contains("preflight.not-in-group"), "{line}");
        let detail = format!("(group {GROUP}, but in {OTHER_GROUP})");
        assert!(line.contains(&detail), "{line}");
    }
}

#[test]
fn groups_without_schedules_and_groups_and_shifts_that_are_not_there_are_found_by_a_check() {
    let rows = [
        ("cc623b11", GROUP, SHIFT, 1),
        ("cc623b11", GROUP_NOT_SCHEDULABLE, SHIFT, 2),
        ("cc623b11", GROUP_UNKNOWN, SHIFT, 3),
        ("cc623b11", GROUP, SHIFT_UNKNOWN, 4),
        ("cc623b11", GROUP, "9", 5),
        ("cc623b11", GROUP, "0", 6),
    ];
    // A day that is cleared needs no shift.
    let cleared = format!("cc623b11,{GROUP},{SHIFT_DEFAULT},202609,7,true\n");
    let company = Company::new(SHIFTS, &(shifts(&rows) + &cleared));
    let checked = company.says(&["check", "job.toml", "rows.csv", "--online"]);
    assert_eq!(checked.exit, 1, "{}{}", checked.stdout, checked.stderr);
    let shown = &checked.stdout;
    assert!(shown.contains("3 to send, 4 rejected"), "{shown}");
    for words in [
        "an attendance group without schedules: its days cannot be scheduled (its group_type is 0, not 2)",
        &format!(
            "group_id `{GROUP_UNKNOWN}`: is an attendance group that the platform does not have"
        ),
        &format!("shift_id `{SHIFT_UNKNOWN}`: is a shift that the platform does not have"),
        "shift_id `9`: is the default shift, which cannot be scheduled",
        "no read tells",
    ] {
        assert!(shown.contains(words), "{words}\n{shown}");
    }
    // Three groups, the people of one in a page, the shifts in one.
    assert!(
        shown.contains("was asked before anything is sent: 5 calls"),
        "{shown}"
    );
    assert_eq!(company.calls(), 5);
    // Offline nothing of it is known, and nothing is asked.
    let offline = company.says(&["check", "job.toml", "rows.csv"]);
    assert_eq!(offline.exit, 0, "{}", offline.stdout);
    assert_eq!(company.calls(), 5);
}

#[test]
fn the_type_of_a_group_is_the_one_it_has_now() {
    let company = Company::new(SHIFTS, &shifts(&[("cc623b11", GROUP, SHIFT, 1)]));
    company.sandbox.change(Change::GroupType {
        group_id: GROUP.to_owned(),
        group_type: 0,
    });
    let ran = company.runs();
    assert_eq!(ran.exit, 1, "{}", ran.stderr);
    assert!(company.days().is_empty());
    assert!(company.failures()[0].contains("preflight.group-type"));
}

#[test]
fn a_missing_right_and_a_read_that_is_not_there_are_told_and_the_run_goes_on() {
    let rows = [
        ("cc623b11", OTHER_GROUP, SHIFT, 1),
        ("cc623b11", OTHER_GROUP, SHIFT, 2),
    ];
    let company = Company::new(SHIFTS, &shifts(&rows));
    company.sandbox.change(Change::ScopeMissing {
        endpoint: Endpoint::GroupUsers,
        scope: "attendance:rule:readonly".to_owned(),
    });
    company
        .sandbox
        .change(Change::NotThere(Endpoint::ShiftList));
    let ran = company.runs();
    assert_ne!(ran.exit, 2, "{}", ran.stderr);
    let words = [
        "not checked beforehand, who is in the attendance groups: ",
        "grant the app the scope `attendance:rule:readonly`",
        "not checked beforehand, which shifts there are: ",
    ];
    for words in words {
        assert!(ran.stderr.contains(words), "{words}\n{}", ran.stderr);
    }
    let sent = company.sandbox.record();
    let is_write = |endpoint| endpoint == Endpoint::Shifts;
    assert!(sent.calls.iter().any(|call| is_write(call.endpoint)));
}

#[test]
fn too_many_findings_stop_the_run_as_other_rejections_do() {
    let people: Vec<String> = (0..30).map(|person| format!("p{person}")).collect();
    let rows: Vec<_> = people
        .iter()
        .map(|person| (&**person, GROUP, SHIFT, 1))
        .collect();
    let company = Company::new(SHIFTS, &shifts(&rows));
    let ran = company.runs();
    assert_eq!(ran.exit, 2, "{}", ran.stderr);
    assert!(
        ran.stderr.contains("30 of 30 rows are rejected"),
        "{}",
        ran.stderr
    );
    assert!(company.days().is_empty());
}

#[test]
fn a_rehearsal_asks_only_when_the_command_says_so_and_a_run_when_the_job_does() {
    let job = format!("{SHIFTS}[before]\npreflight = true\n");
    let company = Company::new(&job, &shifts(&[("cc623b11", OTHER_GROUP, SHIFT, 1)]));
    let asked = "was asked before anything is sent";
    let rehearsed = company.says(&["run", "job.toml", "rows.csv", "--sandbox"]);
    assert!(!rehearsed.stderr.contains(asked), "{}", rehearsed.stderr);
    let rehearsed = company.says(&[
        "run",
        "job.toml",
        "rows.csv",
        "--sandbox",
        "--preflight",
        "--again",
    ]);
    assert!(rehearsed.stderr.contains(asked), "{}", rehearsed.stderr);
    assert_eq!(rehearsed.exit, 1, "{}", rehearsed.stderr);
    assert_eq!(company.calls(), 0);
    let ran = company.says(&["run", "job.toml", "rows.csv"]);
    assert!(ran.stderr.contains(asked), "{}", ran.stderr);
    assert!(company.days().is_empty());
}

#[test]
fn punches_and_records_that_are_not_there_are_not_sent() {
    for (job, column, endpoint) in [
        (PUNCHES, "record_id", Endpoint::Punches),
        (RECORDS, "id", Endpoint::Records),
    ] {
        let ids: Vec<String> = (1..=11).map(|id| format!("70{id:02}\n")).collect();
        let ids = ids.concat();
        let company = Company::new(job, &format!("{column}\n{ids}4041\n"));
        let ran = company.runs();
        assert_eq!(ran.exit, 1, "{}", ran.stderr);
        let failures = company.failures();
        assert_eq!(failures.len(), 1, "{failures:?}");
        assert!(failures[0].starts_with("4041,"), "{failures:?}");
        assert!(failures[0].contains("preflight.no-record"), "{failures:?}");
        // A punch is a call; ten records are one.
        let reads = if endpoint == Endpoint::Punches { 12 } else { 2 };
        let counted = format!("was asked before anything is sent: {reads} calls");
        assert!(ran.stderr.contains(&counted), "{}", ran.stderr);
        let record = company.sandbox.record();
        let sent = record.calls.iter().filter(|call| call.endpoint == endpoint);
        assert!(sent.clone().count() > 0);
    }
}

#[test]
fn nothing_is_sent_to_an_archive_rule_that_is_not_there() {
    let rows = "member_id,start_time,end_time,f_note\ne100f479,20261001,20261031,x\n";
    let company = Company::new(&ARCHIVE.replace("RULE", "77"), rows);
    for arguments in [
        &["run", "job.toml", "rows.csv", "--preflight"][..],
        &["check", "job.toml", "rows.csv", "--online"],
    ] {
        let ended = company.says(arguments);
        assert_eq!(ended.exit, 2, "{}", ended.stderr);
        assert!(
            ended.stderr.contains("the platform has no archive rule 77"),
            "{}",
            ended.stderr
        );
        assert!(
            ended.stderr.contains("1 (月度考勤归档)"),
            "{}",
            ended.stderr
        );
    }
    let calls = company.sandbox.record().calls;
    assert!(calls.iter().all(|call| call.endpoint != Endpoint::Archive));
}

#[test]
fn a_code_that_the_report_does_not_have_is_named_by_its_column() {
    let rows = "member_id,start_time,end_time,f_note,f_bonus\n\
        e100f479,20261001,20261031,x,\n\
        d9201c56,20261001,20261031,x,3\n";
    let company = Company::new(&ARCHIVE.replace("RULE", "1"), rows);
    let checked = company.says(&["check", "job.toml", "rows.csv", "--online"]);
    assert_eq!(checked.exit, 1, "{}{}", checked.stdout, checked.stderr);
    let words = "f_bonus `f_bonus`: is a field code that the report does not have in this month";
    assert!(checked.stdout.contains(words), "{}", checked.stdout);
    assert!(
        checked.stdout.contains("1 to send, 1 rejected"),
        "{}",
        checked.stdout
    );
}

#[test]
fn a_plan_that_is_not_active_is_refused_and_rows_that_it_does_not_show_are_told() {
    let header = "department,employee_type,location,cost_center,job_family\n";
    let rows = format!("{header}71,72,73,74,75\n4041,72,73,74,75\n");
    for (plan, words) in [
        (PLAN_INACTIVE, "is not active"),
        ("77", "the platform shows no plan 77"),
    ] {
        let company = Company::new(&PLAN_ROWS.replace("PLAN", plan), &rows);
        let ran = company.runs();
        assert_eq!(ran.exit, 2, "{}", ran.stderr);
        assert!(ran.stderr.contains(words), "{}", ran.stderr);
        assert_eq!(company.calls(), 1);
    }
    let company = Company::new(&PLAN_ROWS.replace("PLAN", PLAN_OF_FIVE_DIMENSIONS), &rows);
    let checked = company.says(&["check", "job.toml", "rows.csv", "--online"]);
    assert_eq!(checked.exit, 0, "{}{}", checked.stdout, checked.stderr);
    let words = "of 1 item it could not be seen whether they are there";
    assert!(checked.stdout.contains(words), "{}", checked.stdout);
}

#[test]
fn each_cell_of_a_roster_is_rejected_by_itself_and_a_person_with_all_of_them() {
    let job = format!(
        "{SHIFTS}
[input]
ignore = [\"姓名\"]
[input.unpivot]
month = \"202609\"
[item]
user_id = {{ column = \"工号\" }}
group_id = {{ column = \"网点\", lookup = \"groups\" }}
shift_id = {{ cell = \"value\", lookup = \"shifts\" }}
month = {{ cell = \"month\" }}
day_no = {{ cell = \"day\" }}
[lookup.groups]
words = {{ \"静安店\" = \"{GROUP}\" }}
[lookup.shifts]
words = {{ \"早班\" = \"{SHIFT}\", \"旧班\" = \"{SHIFT_UNKNOWN}\", \"休\" = \"0\" }}
"
    );
    let rows = "工号,姓名,网点,1日,2日,3日\n\
        cc623b11,赵春晓,静安店,早班,旧班,休\n\
        nowhere,钱谷雨,静安店,早班,,休\n";
    let company = Company::new(&job, rows);
    let checked = company.says(&["check", "job.toml", "rows.csv", "--online"]);
    assert_eq!(checked.exit, 1, "{}{}", checked.stdout, checked.stderr);
    let shown = &checked.stdout;
    assert!(shown.contains("2 to send, 3 rejected"), "{shown}");
    for words in [
        "2日 `旧班`: is a shift that the platform does not have",
        "1 item: cell of a day: is a shift that the platform does not have",
        "工号 `nowhere`: is not in the attendance group that the row names",
        "2 items: 工号: is not in the attendance group that the row names",
    ] {
        assert!(shown.contains(words), "{words}\n{shown}");
    }
    let ran = company.runs();
    assert_eq!(ran.exit, 1, "{}", ran.stderr);
    assert_eq!(company.days(), ["cc623b11 1", "cc623b11 3"]);
    assert_eq!(company.failures().len(), 3);
}

#[test]
fn of_two_rows_that_contradict_each_other_none_is_sent_because_one_was_found_wrong() {
    let rows = [
        ("cc623b11", GROUP, SHIFT, 1),
        ("cc623b11", GROUP_UNKNOWN, SHIFT, 1),
        ("6a99b4cf", GROUP_UNKNOWN, SHIFT, 1),
    ];
    let company = Company::new(SHIFTS, &shifts(&rows));
    let ran = company.runs();
    assert_eq!(ran.exit, 1, "{}", ran.stderr);
    assert!(company.days().is_empty());
    let failures = company.failures();
    let conflicts = failures
        .iter()
        .filter(|line| line.contains("row.conflicts"));
    assert_eq!(conflicts.count(), 2, "{failures:?}");
}

#[test]
fn credentials_that_the_platform_refuses_are_no_finding_but_a_refusal() {
    let company = Company::new(PUNCHES, "record_id\n7001\n");
    let mut command = program(company.folder.path());
    command
        .env("FEISHU_BASE_URL", company.sandbox.base_url())
        .env("FEISHU_APP_ID", APP_ID)
        .env("FEISHU_APP_SECRET", "wrong");
    let output = command
        .args(["check", "job.toml", "rows.csv", "--online"])
        .output();
    assert_eq!(output.unwrap().status.code(), Some(2));
}

#[test]
fn a_failure_report_that_is_run_unchanged_is_looked_up_again_and_sends_nothing() {
    let rows = [
        ("cc623b11", GROUP, SHIFT, 1),
        ("6a99b4cf", OTHER_GROUP, SHIFT, 1),
    ];
    let company = Company::new(SHIFTS, &shifts(&rows));
    assert_eq!(company.runs().exit, 1);
    assert_eq!(company.days(), ["cc623b11 1"]);
    let runs = fs::read_dir(company.path("runs")).unwrap();
    let runs = runs
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir());
    let report = runs
        .map(|run| run.join("failure.csv"))
        .find(|path| path.exists());
    let report = report.unwrap().display().to_string();
    let again = company.says(&["run", "job.toml", &report]);
    assert_eq!(again.exit, 1, "{}", again.stderr);
    assert_eq!(company.days(), ["cc623b11 1"]);
    // What was wrong may be put right on the platform, not in the file.
    company.sandbox.change(Change::Move {
        user_id: "6a99b4cf".to_owned(),
        group_id: Some(OTHER_GROUP.to_owned()),
    });
    let again = company.says(&["run", "job.toml", &report, "--again"]);
    assert_eq!(again.exit, 0, "{}", again.stderr);
    assert_eq!(company.days(), ["6a99b4cf 1", "cc623b11 1"]);
}
