//! The item reports against readers that are not ours: every line reads again as what was put in, whatever it is.

use std::fs;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::batching::Filled;
use crate::endpoint::catalogue;
use crate::model::{
    BatchId, CallEnd, CallResult, Evidence, InputFormat, Outcome, Place, ReadMoment, Reason,
    Rejection, Rule, Settled,
};
use crate::shown::for_spreadsheet;
use crate::store::{EvidenceWriter, Facts, Fate, Found, Journal, Ledger, NewStore};

/// One item: its row as read, and the platform's words if it failed.
#[derive(Debug, Clone)]
struct Given {
    source: Vec<u8>,
    failed: Option<Reason>,
}

/// Both reports of a run with one batch of these items, settled under `log_id`.
fn written(facts: &Facts, given: &[Given], log_id: &str) -> (TempDir, String, String) {
    let runs = tempfile::tempdir().unwrap();
    let folder = RunFolder::create(runs.path(), "run").unwrap();
    let mut new_store = NewStore::create(&folder.store()).unwrap();
    let mut filled = Filled {
        places: (1..)
            .zip(given)
            .map(|(record, _)| Place::row(record))
            .collect(),
        ..Filled::default()
    };
    for item in given {
        filled.bodies.push(b"1");
        filled.sources.push(&item.source);
    }
    let endpoint = catalogue::endpoint(catalogue::names().next().unwrap()).unwrap();
    new_store
        .add_batch(&endpoint, &filled, Fate::NotSent)
        .unwrap();
    new_store.finish(facts).unwrap();
    let journal = Journal::open(&folder.store()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let (call, _) = runtime.block_on(journal.intend(BatchId(1))).unwrap();
    let end = CallEnd {
        result: CallResult::Read,
        may_be_applied: false,
        status: Some(200),
        code: Some(0),
        message: String::new(),
        log_id: Some(log_id.to_owned()),
    };
    let outcome = |item: &Given| {
        Some(match &item.failed {
            None => (Outcome::Succeeded, None),
            Some(reason) => (Outcome::Failed, Some(reason.clone())),
        })
    };
    let settled = Settled {
        outcomes: given.iter().map(outcome).collect(),
        children: Vec::new(),
        ambiguous: false,
    };
    runtime
        .block_on(journal.settle(BatchId(1), Some((call, end)), settled))
        .unwrap();
    drop(journal);
    let ledger = Ledger::open(&folder.store()).unwrap();
    let written = write_items(&folder, &ledger, facts).unwrap();
    let failed = given.iter().filter(|item| item.failed.is_some()).count() as u64;
    let counts = (written.succeeded, written.unsuccessful);
    assert_eq!(counts, (given.len() as u64 - failed, failed));
    let read = |name: &str| {
        fs::read_to_string(folder.path().join(format!("{name}.{}", facts.format))).unwrap()
    };
    let (success, failure) = (read("success"), read("failure"));
    (runs, success, failure)
}

fn facts(format: InputFormat, header: &str, delimiter: u8, read: usize) -> Facts {
    Facts {
        format,
        header: header.to_owned(),
        delimiter,
        read: read as u64,
        ..Facts::default()
    }
}

fn failed(source: &str, text: &str) -> Given {
    Given {
        source: source.as_bytes().to_vec(),
        failed: Some(Reason {
            code: Some(-7),
            text: text.into(),
        }),
    }
}

fn csv_records(text: &str, delimiter: u8) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .from_reader(text.strip_prefix('\u{feff}').unwrap().as_bytes());
    let records = reader.records().map(Result::unwrap);
    records
        .map(|record| record.iter().map(str::to_owned).collect())
        .collect()
}

#[test]
fn the_platforms_words_are_no_formula_and_no_escape_sequence_in_a_spreadsheet() {
    let words = [
        "=cmd|' /C calc'!A0",
        "+1",
        "-1",
        "@SUM(A1)",
        "\u{1b}[2J",
        "a\nb,\"c\"",
    ];
    let given: Vec<Given> = words.iter().map(|words| failed("1", words)).collect();
    let (_runs, _, failure) = written(
        &facts(InputFormat::Csv, "id", b',', given.len()),
        &given,
        "=1+1",
    );
    let reasons: Vec<String> = csv_records(&failure, b',')
        .iter()
        .skip(1)
        .map(|cells| cells[4].clone())
        .collect();
    assert_eq!(
        reasons,
        [
            "'=cmd|' /C calc'!A0",
            "'+1",
            "'-1",
            "'@SUM(A1)",
            "\\u{1b}[2J",
            "a b,\"c\""
        ]
    );
    assert!(
        csv_records(&failure, b',')
            .iter()
            .skip(1)
            .all(|cells| cells[5] == "'=1+1")
    );
}

#[test]
fn the_platforms_words_are_harmless_in_a_terminal_that_shows_jsonl() {
    let given = [failed("{\"id\":\"1\"}", "gone\u{1b}[2J\u{202e}\u{9b}2J\n")];
    let (_runs, _, failure) = written(&facts(InputFormat::Jsonl, "", b',', 1), &given, "log\u{9b}");
    let dangerous = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}');
    assert!(!failure.contains(dangerous), "{failure:?}");
    assert_eq!(failure.lines().count(), 1);
}

#[test]
fn a_code_that_is_negative_is_a_number_and_not_a_formula() {
    let (_runs, _, failure) = written(
        &facts(InputFormat::Csv, "id", b',', 1),
        &[failed("1", "no")],
        "",
    );
    assert_eq!(
        csv_records(&failure, b',')[1],
        [
            "1",
            "1",
            "failed",
            "-7",
            "no",
            "",
            "1",
            "platform.refused",
            ""
        ]
    );
}

#[test]
fn the_reports_keep_the_delimiter_of_the_input() {
    let (_runs, _, failure) = written(
        &facts(InputFormat::Csv, "a;b", b';', 1),
        &[failed("1;\"2;3\"", "x;y")],
        "",
    );
    let expected = [
        vec![
            "a",
            "b",
            "_record",
            "_outcome",
            "_code",
            "_reason",
            "_log_id",
            "_attempts",
            "_rule",
            "_run",
        ],
        vec![
            "1",
            "2;3",
            "1",
            "failed",
            "-7",
            "x;y",
            "",
            "1",
            "platform.refused",
            "",
        ],
    ];
    assert_eq!(csv_records(&failure, b';'), expected);
}

#[test]
fn our_members_are_added_to_the_object_as_it_stands() {
    for (source, expected) in [
        ("{}", r#"{"_record":1,"_log_id":"log"}"#),
        ("{ }", r#"{ "_record":1,"_log_id":"log"}"#),
        (
            r#"{"id": 1.0e2 }"#,
            r#"{"id": 1.0e2,"_record":1,"_log_id":"log"}"#,
        ),
        (
            r#"{"a":{"b":"}"}}"#,
            r#"{"a":{"b":"}"},"_record":1,"_log_id":"log"}"#,
        ),
    ] {
        let given = Given {
            source: source.as_bytes().to_vec(),
            failed: None,
        };
        let (_runs, success, _) = written(&facts(InputFormat::Jsonl, "", b',', 1), &[given], "log");
        let text = success.strip_suffix('\n').unwrap();
        assert!(
            serde_json::from_str::<serde_json::Value>(text).is_ok(),
            "{text}"
        );
        let same = |text: &str| text.replace("{ \"", "{\"");
        assert_eq!(same(text), same(expected));
    }
}

#[test]
fn reports_take_the_place_of_older_ones_and_leave_no_temporary_file() {
    let runs = tempfile::tempdir().unwrap();
    let folder = RunFolder::create(runs.path(), "run").unwrap();
    fs::write(folder.path().join("failure.csv"), "old").unwrap();
    fs::write(
        folder.path().join(".failure.csv.new"),
        "left by a kill, and longer than what is written now",
    )
    .unwrap();
    let facts = facts(InputFormat::Csv, "id", b',', 1);
    let mut new_store = NewStore::create(&folder.store()).unwrap();
    new_store
        .add_rejection(
            Place::row(1),
            &Rejection::row(Rule::new("row.test", "is no row")),
            b"1E5",
            "",
        )
        .unwrap();
    new_store.finish(&facts).unwrap();
    write_items(&folder, &Ledger::open(&folder.store()).unwrap(), &facts).unwrap();
    let failure = fs::read_to_string(folder.path().join("failure.csv")).unwrap();
    assert_eq!(
        failure,
        "\u{feff}id,_record,_outcome,_code,_reason,_log_id,_attempts,_rule,_run\n1E5,1,rejected,,is no row,,0,row.test,\n"
    );
    assert!(!folder.path().join(".failure.csv.new").exists());
}

fn cells() -> impl Strategy<Value = Vec<Vec<String>>> {
    let cell = prop_oneof![".{0,6}", "[a,;\"\r\n=_ ]{0,4}"];
    proptest::collection::vec(proptest::collection::vec(cell, 3), 1..8)
}

proptest! {
    // Each case writes a real store to the disk.
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn cells_and_reasons_of_any_text_read_again_from_csv(
        rows in cells(),
        reasons in proptest::collection::vec(".{0,12}", 8),
    ) {
        let mut given = Vec::new();
        for (cells, text) in rows.iter().zip(&reasons) {
            let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
            writer.write_record(cells).unwrap();
            let mut source = writer.into_inner().unwrap();
            source.pop();
            let source = String::from_utf8(source).unwrap();
            given.push(failed(&source, text));
        }
        let (_runs, success, failure) = written(&facts(InputFormat::Csv, "a,b,c", b',', given.len()), &given, "");
        prop_assert_eq!(success.lines().count(), 1);
        let read = csv_records(&failure, b',');
        prop_assert_eq!(read.len(), rows.len() + 1);
        for ((line, cells), text) in read.iter().skip(1).zip(&rows).zip(&reasons) {
            prop_assert_eq!(&line[..3], &cells[..]);
            prop_assert_eq!(&line[6], &for_spreadsheet(text));
        }
    }
}

#[test]
fn the_reports_of_a_run_that_was_read_back_say_beside_each_outcome_what_was_found() {
    let given = [
        Given {
            source: b"1".to_vec(),
            failed: None,
        },
        failed("2", "refused"),
    ];
    let facts = facts(InputFormat::Csv, "id", b',', given.len());
    let (runs, success, failure) = written(&facts, &given, "log");
    assert!(!success.contains("_evidence") && !failure.contains("_evidence"));
    let store = runs.path().join("run/run.db");
    let found = |position, evidence, there: &str| Found {
        batch: BatchId(1),
        position,
        evidence,
        there: (!there.is_empty()).then(|| there.to_owned().into()),
        read_at_ms: 1_800_000_000_000,
    };
    let found = [
        found(0, Evidence::Other, r#"{"shift_id":"=1"}"#),
        found(1, Evidence::Absent, ""),
    ];
    let mut writer = EvidenceWriter::open(&store).unwrap();
    writer.write(ReadMoment::After, &found).unwrap();
    drop(writer);
    let folder = RunFolder::open(runs.path(), "run").unwrap();
    write_items(&folder, &Ledger::open(&store).unwrap(), &facts).unwrap();
    let read = |name: &str| {
        let text = fs::read_to_string(folder.path().join(name)).unwrap();
        csv_records(&text, b',')
    };
    assert_eq!(
        read("success.csv"),
        [
            vec!["id", "_record", "_evidence", "_there", "_log_id"],
            vec!["1", "1", "other", r#"{"shift_id":"=1"}"#, "log"],
        ]
    );
    let failure = read("failure.csv");
    assert_eq!(
        failure[0][..5],
        ["id", "_record", "_outcome", "_evidence", "_there"]
    );
    assert_eq!(failure[1][..5], ["2", "2", "failed", "absent", ""]);
}
