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

#[test]
fn a_refused_run_prints_no_document() {
    let ran = Bench::new("delete-records")
        .argument("--json")
        .without_yes()
        .run();
    ran.refused();
    assert_eq!(ran.said.stdout, "");
}
