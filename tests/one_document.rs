//! With `--json`, standard output is one JSON document and nothing else.

use serde_json::Value;

use crate::support::{Bench, Table};

#[test]
fn the_document_of_a_run_is_its_summary_file() {
    let ran = Bench::new("delete-punches")
        .argument("--json")
        .run()
        .checked();
    assert_eq!(ran.said.json(), ran.summary());
    let keys: Vec<String> = ran.summary().as_object().unwrap().keys().cloned().collect();
    let expected = [
        "calls",
        "elapsed_seconds",
        "endpoint",
        "files",
        "finished_at",
        "format",
        "halt",
        "input",
        "items",
        "job",
        "language",
        "parent",
        "platform",
        "quota_floor_seconds",
        "reasons",
        "request",
        "run",
        "started_at",
        "state",
    ];
    assert_eq!(keys, expected);
}

#[test]
fn without_it_a_run_prints_nothing_on_standard_output() {
    assert_eq!(Bench::new("delete-punches").run().checked().said.stdout, "");
}

#[test]
fn runs_give_the_list_of_summaries_and_each_of_them() {
    let bench = Bench::new("delete-records").rows(&Table::new(&["id"]).row(["1801"]));
    assert_eq!(
        bench.feishu(&["runs", "--json"]).json(),
        Value::Array(Vec::new())
    );
    let ran = bench.run().checked();
    let list = bench.feishu(&["runs", "--json"]);
    assert_eq!(
        (list.exit, list.json()),
        (0, Value::Array(vec![ran.summary()]))
    );
    let run = ran.summary()["run"].as_str().unwrap().to_owned();
    for word in ["last", &run, &run[..run.len() - 2]] {
        let one = bench.feishu(&["runs", word, "--json"]);
        assert_eq!((one.exit, one.json()), (0, ran.summary()), "{word}");
    }
}

/// The one document of a command that is refused, and its exit code.
fn refused(bench: &Bench, arguments: &[&str]) -> (i32, Value) {
    let said = bench.feishu(arguments);
    let mut document = said.json();
    assert_eq!(document["format"], 1);
    let error = document["error"].take();
    let keys: Vec<&String> = error.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["hint", "rule", "what", "where"]);
    (said.exit, error)
}

#[test]
fn a_refused_run_prints_its_refusal() {
    let ran = Bench::new("delete-records")
        .argument("--json")
        .without_yes()
        .run();
    ran.refused();
    let error = &ran.said.json()["error"];
    assert_eq!(error["rule"], "run.not-confirmed");
    let place = error["where"].as_str().unwrap();
    assert!(place.ends_with("\nnothing was sent"), "{place}");
    let what = error["what"].as_str().unwrap();
    assert!(ran.said.stderr.contains(&format!("error: {what}\n")));
    let hint = error["hint"].as_str().unwrap();
    assert!(ran.said.stderr.ends_with(&format!("hint: {hint}\n")));
}

#[test]
fn every_command_that_gives_a_document_gives_one_when_it_is_refused() {
    let bench = Bench::new("delete-records");
    let job = bench.job_file();
    for (arguments, rule) in [
        (vec!["check", "jobs/none.toml", "--json"], "definition.read"),
        (
            vec!["check", &job, "--input", "none.csv", "--json"],
            "file.missing",
        ),
        (
            vec!["run", &job, "--quota", "fast", "--json"],
            "command.quota",
        ),
        (vec!["resume", "none", "--json"], "run.unknown"),
        (vec!["rerun", "none", "--json"], "run.unknown"),
        (vec!["runs", "none", "--json"], "run.unknown"),
    ] {
        let (exit, error) = refused(&bench, &arguments);
        assert_eq!((exit, &error["rule"]), (2, &rule.into()), "{arguments:?}");
    }
    // Nothing helps against a store that is no store.
    std::fs::create_dir_all(bench.path("runs/2026")).unwrap();
    std::fs::write(bench.path("runs/2026/run.db"), "damaged").unwrap();
    let (_, error) = refused(&bench, &["resume", "2026", "--json"]);
    assert!(error["rule"].as_str().unwrap().starts_with("store."));
}

#[test]
fn a_command_line_that_cannot_be_understood_gives_a_document_too() {
    let bench = Bench::new("delete-records");
    let (exit, error) = refused(&bench, &["run", "a.toml", "--sandbx", "--json"]);
    assert_eq!((exit, &error["rule"]), (2, &"command.usage".into()));
    assert_eq!(error["what"], "unexpected argument '--sandbx' found");
    assert_eq!(error["hint"], "a similar argument exists: '--sandbox'");
    assert!(
        error["where"]
            .as_str()
            .unwrap()
            .contains("Usage: feishu-bulk run")
    );
    let (_, error) = refused(&bench, &["--json"]);
    assert_eq!(error["rule"], "command.usage");
    let help = bench.feishu(&["run", "--json", "--help"]);
    assert!(help.stdout.starts_with("Check every row"));
    assert_eq!((help.exit, help.stderr.as_str()), (0, ""));
}

#[test]
fn a_plan_that_would_not_run_says_why_in_its_document() {
    let table = (0..30).fold(Table::new(&["id"]), |table, _| table.row(["1E5"]));
    let bench = Bench::new("delete-records").rows(&table);
    let said = bench.feishu(&["check", &bench.job_file(), "--input", "input.csv", "--json"]);
    assert_eq!(said.exit, 2);
    let plan = said.json();
    assert_eq!(plan["error"]["rule"], "file.max-rejected");
    assert_eq!(plan["rejected"], 30);
    assert_eq!(plan["would_run"], false);
}

/// Every line on standard error as the JSON it is.
fn lines(stderr: &str) -> Vec<Value> {
    let line = |line: &str| {
        let parsed: Value = serde_json::from_str(line)
            .unwrap_or_else(|error| panic!("{error} in {line} of {stderr}"));
        let level = parsed["level"].as_str().unwrap();
        assert!(["ERROR", "WARN", "INFO", "DEBUG", "TRACE"].contains(&level));
        assert!(parsed["message"].is_string(), "{line}");
        parsed
    };
    stderr.lines().map(line).collect()
}

#[test]
fn with_log_format_json_every_line_on_standard_error_is_json() {
    let bench = Bench::new("shift-schedule");
    let job = bench.job_file();
    let arguments = ["run", &job, "--sandbox", "--log-format", "json"];
    let logged = [&arguments[..], &["--log-level", "debug"]].concat();
    for (arguments, exit) in [
        (&arguments[..], 1),
        (&logged, 1),
        (&["runs", "none", "--log-format", "json"], 2),
        (&["run", "--log-format=json", "--colour"], 2),
        (
            &["run", &job, "--input", "none.csv", "--log-format", "json"],
            2,
        ),
    ] {
        let said = bench.feishu(arguments);
        assert_eq!(said.exit, exit, "{}", said.stderr);
        let lines = lines(&said.stderr);
        if exit == 1 {
            let with = |level: &str, text: &str| {
                lines.iter().any(|line| {
                    line["level"] == level && line["message"].as_str().unwrap().contains(text)
                })
            };
            assert!(with("WARN", "7 of 366 rows are rejected"), "{lines:?}");
            assert!(with("INFO", "items succeeded in"), "{lines:?}");
        } else {
            let [line] = lines.try_into().unwrap();
            assert_eq!(line["level"], "ERROR");
            assert!(line["rule"].is_string() && line["hint"].is_string());
        }
    }
    // A file that somebody should know something about.
    let text = "record_id\n\n6709359\n";
    let bench = Bench::new("delete-punches")
        .job(|job| job.replace("ignore", "# ignore"))
        .file("blank.csv", text.as_bytes(), text.to_owned())
        .argument("--log-format")
        .argument("json");
    let lines = lines(&bench.run().said.stderr);
    assert!(
        lines.iter().any(|line| line["rule"] == "file.blank-lines"),
        "{lines:?}"
    );
}

#[test]
fn a_halt_keeps_its_rule_in_json_lines() {
    let ran = Bench::new("archive-report")
        .set("operator_id", "forbidden")
        .argument("--log-format")
        .argument("json")
        .run();
    assert_eq!(ran.said.exit, 3);
    let lines = lines(&ran.said.stderr);
    let halts: Vec<&Value> = lines
        .iter()
        .filter(|line| line["level"] == "ERROR")
        .collect();
    assert_eq!(halts.len(), 1, "{lines:?}");
    assert!(halts[0]["rule"].is_string() && halts[0]["where"].is_string());
}
