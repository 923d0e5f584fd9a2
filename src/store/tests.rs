//! The run store against a model that keeps a plain list: whatever was put in, each record comes out once, in order, as it was.

use std::collections::BTreeMap;
use std::path::Path;

use proptest::prelude::*;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::*;
use crate::batching::Filled;
use crate::endpoint::{Endpoint, catalogue};
use crate::model::{
    BatchId, CallEnd, CallResult, Head, Item, Lines, Outcome, Packed, Place, Reason, Rejection,
    Rule, Settled, SheetPart, Sheets, Tally,
};
use crate::text::Language;

/// What becomes of a batch after it was stored.
#[derive(Debug, Clone)]
enum Fate {
    NotSent,
    /// Sent, and the process was killed.
    Killed,
    /// Sent, and the connection broke; nothing settled it.
    Cut,
    /// Sent and throttled; not sent again.
    Throttled,
    /// An outcome per item; `None` moves the item to a batch of its own with the fate of `children`.
    Settled {
        letters: Vec<Option<Outcome>>,
        children: Box<Fate>,
    },
}

/// A row of the input: rejected, or an item under one of a few envelopes.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Rejected,
    Item { envelope: u8 },
}

fn fates(depth: u32) -> BoxedStrategy<Fate> {
    let simple = prop_oneof![
        Just(Fate::NotSent),
        Just(Fate::Killed),
        Just(Fate::Cut),
        Just(Fate::Throttled)
    ];
    let letter = prop_oneof![
        4 => Just(Some(Outcome::Succeeded)),
        2 => Just(Some(Outcome::Failed)),
        1 => Just(Some(Outcome::Unconfirmed)),
        u32::from(depth > 0) => Just(None),
    ];
    let children = if depth > 0 {
        fates(depth - 1)
    } else {
        Just(Fate::NotSent).boxed()
    };
    let settled =
        (proptest::collection::vec(letter, 4), children).prop_map(|(letters, children)| {
            Fate::Settled {
                letters,
                children: Box::new(children),
            }
        });
    prop_oneof![2 => simple, 3 => settled].boxed()
}

/// Items by record; the truth that the store is compared with.
type Model = BTreeMap<u64, Outcome>;

struct Bench {
    folder: TempDir,
    runtime: Runtime,
    endpoint: Endpoint,
}

impl Bench {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            runtime: tokio::runtime::Builder::new_current_thread()
                .build()
                .unwrap(),
            endpoint: catalogue::endpoint(catalogue::names().next().unwrap()).unwrap(),
        }
    }

    fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("run.db")
    }

    /// Stores rows in batches of at most `items_max`, as prepare does; returns the records of each batch.
    fn stage(&self, rows: &[Kind], items_max: usize) -> Vec<Vec<u64>> {
        let mut new_store = NewStore::create(&self.path()).unwrap();
        let mut open: BTreeMap<u8, Filled> = BTreeMap::new();
        let mut batches = Vec::new();
        let mut read = 0;
        for kind in rows {
            read += 1;
            match kind {
                Kind::Rejected => {
                    let rejection = Rejection::cell("id", "1E5", Rule::new("row.test", "is no id"));
                    new_store
                        .add_rejection(Place::row(read), &rejection, source(read).as_bytes(), "")
                        .unwrap();
                }
                Kind::Item { envelope } => {
                    let filled = open.entry(*envelope).or_default();
                    filled.envelope = vec![format!("\"{envelope}\""), "\"user\"".to_owned()];
                    filled.places.push(Place::row(read));
                    filled.bodies.push(format!("\"{read}\"").as_bytes());
                    filled.sources.push(source(read).as_bytes());
                    if filled.places.len() == items_max {
                        batches.push(open.remove(envelope).unwrap());
                    }
                }
            }
        }
        batches.extend(open.into_values());
        for filled in &batches {
            new_store
                .add_batch(&self.endpoint, filled, crate::store::Fate::NotSent)
                .unwrap();
        }
        new_store
            .finish(&Facts {
                read,
                ..Facts::default()
            })
            .unwrap();
        let records = |filled: Filled| filled.places.into_iter().map(Place::record).collect();
        batches.into_iter().map(records).collect()
    }

    /// Writes what became of a batch, and notes it in the model.
    fn happen(
        &self,
        journal: &Journal,
        batch: BatchId,
        records: &[u64],
        fate: &Fate,
        model: &mut Model,
    ) {
        let mut all = |outcome| model.extend(records.iter().map(|record| (*record, outcome)));
        let intend = || self.runtime.block_on(journal.intend(batch)).unwrap().0;
        match fate {
            Fate::NotSent => all(Outcome::Pending),
            Fate::Killed => {
                intend();
                all(Outcome::Unconfirmed);
            }
            Fate::Cut => {
                self.runtime
                    .block_on(journal.end(intend(), end(CallResult::Again, true)))
                    .unwrap();
                all(Outcome::Unconfirmed);
            }
            Fate::Throttled => {
                self.runtime
                    .block_on(journal.end(intend(), end(CallResult::Wait, false)))
                    .unwrap();
                all(Outcome::Pending);
            }
            Fate::Settled { letters, children } => {
                let outcomes: Vec<Option<Outcome>> =
                    letters.iter().copied().take(records.len()).collect();
                let moved: Vec<usize> = (0..outcomes.len())
                    .filter(|at| outcomes[*at].is_none())
                    .collect();
                let call = intend();
                let settled = Settled {
                    outcomes: outcomes
                        .iter()
                        .map(|outcome| outcome.map(explained))
                        .collect(),
                    children: moved.iter().map(|at| vec![*at]).collect(),
                    ambiguous: false,
                };
                let settling =
                    journal.settle(batch, Some((call, end(CallResult::Read, false))), settled);
                let made = self.runtime.block_on(settling).unwrap();
                for (record, outcome) in records.iter().zip(&outcomes) {
                    if let Some(outcome) = outcome {
                        model.insert(*record, *outcome);
                    }
                }
                assert_eq!(made.len(), moved.len());
                for (child, at) in made.into_iter().zip(moved) {
                    self.happen(journal, child, &records[at..=at], children, model);
                }
            }
        }
    }
}

fn source(record: u64) -> String {
    format!("row {record},\"a,b\"")
}

fn end(result: CallResult, may_be_applied: bool) -> CallEnd {
    CallEnd {
        result,
        may_be_applied,
        status: Some(200),
        code: Some(0),
        message: "what the platform said".to_owned(),
        log_id: Some("log".to_owned()),
    }
}

fn explained(outcome: Outcome) -> (Outcome, Option<Reason>) {
    let reason = Reason {
        code: Some(1_220_004),
        text: "because".into(),
    };
    (outcome, (outcome != Outcome::Succeeded).then_some(reason))
}

fn lines(path: &Path) -> Vec<(u64, Outcome, String)> {
    let mut lines = Vec::new();
    let ledger = Ledger::open(path).unwrap();
    ledger
        .each_line(|line| {
            let source = String::from_utf8(line.source.to_vec()).unwrap();
            assert_eq!(
                line.outcome.outcome == Outcome::Succeeded,
                line.outcome.reason.is_empty()
            );
            lines.push((line.place.record(), line.outcome.outcome, source));
            Ok::<_, StoreError>(())
        })
        .unwrap();
    lines
}

proptest! {
    // Each case writes a real store to the disk.
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn each_record_comes_out_once_in_order_with_its_own_outcome(
        rows in proptest::collection::vec(
            prop_oneof![1 => Just(Kind::Rejected), 4 => (0..3_u8).prop_map(|envelope| Kind::Item { envelope })],
            1..20,
        ),
        items_max in 1..5_usize,
        fates in proptest::collection::vec(fates(2), 20),
    ) {
        let bench = Bench::new();
        let batches = bench.stage(&rows, items_max);
        let mut model = Model::new();
        for (record, kind) in (1..).zip(&rows) {
            if matches!(kind, Kind::Rejected) {
                model.insert(record, Outcome::Rejected);
            }
        }
        let journal = Journal::open(&bench.path()).unwrap();
        for ((id, records), fate) in (1..).zip(&batches).zip(&fates) {
            bench.happen(&journal, BatchId(id), records, fate, &mut model);
        }
        drop(journal);

        let expected: Vec<_> = model.iter().map(|(record, outcome)| (*record, *outcome, source(*record))).collect();
        prop_assert_eq!(lines(&bench.path()), expected);

        let mut tally = Tally { read: rows.len() as u64, ..Tally::default() };
        for outcome in model.values() {
            tally.add(*outcome, 1);
        }
        let ledger = Ledger::open(&bench.path()).unwrap();
        prop_assert_eq!(ledger.tally().unwrap(), tally);
        prop_assert!(tally.adds_up());
        let (_, unsettled) = ledger.unsettled().unwrap();
        let in_flight: u64 = ledger.in_flight().unwrap().iter().map(|batch| batch.items).sum();
        prop_assert_eq!(unsettled - in_flight, tally.pending);

        let calls = ledger.calls().unwrap();
        for most in [1, 2, 120] {
            let timeline = ledger.timeline(most).unwrap();
            prop_assert_eq!(timeline.is_some(), calls.sent > 0);
            let stretches = timeline.map(|timeline| timeline.stretches).unwrap_or_default();
            prop_assert!(stretches.len() <= most as usize);
            let sum = |number: fn(&Stretch) -> u64| stretches.iter().map(number).sum::<u64>();
            prop_assert_eq!(sum(|stretch| stretch.calls), calls.sent);
            prop_assert_eq!(sum(|stretch| stretch.throttled), calls.throttled);
            prop_assert_eq!(sum(|stretch| stretch.items), tally.read - tally.rejected - unsettled);
        }
    }

    #[test]
    fn what_is_left_to_send_comes_out_as_it_was_staged(
        envelopes in proptest::collection::vec(0..3_u8, 1..20),
        items_max in 1..5_usize,
    ) {
        let bench = Bench::new();
        let rows: Vec<Kind> = envelopes.iter().map(|envelope| Kind::Item { envelope: *envelope }).collect();
        let staged = bench.stage(&rows, items_max);
        let ledger = Ledger::open(&bench.path()).unwrap();
        let mut after = BatchId(0);
        let mut found = Vec::new();
        // In small bites, as the delivery reads.
        while let Some((batch, ambiguous)) = ledger.next_unsettled(after, BatchId(i64::MAX), 1).unwrap().pop() {
            prop_assert!(!ambiguous);
            for item in &batch.items {
                let at = usize::try_from(record_of(item)).unwrap() - 1;
                let namespace = format!("\"{}\"", envelopes[at]);
                prop_assert_eq!(batch.envelope.get("namespace"), Some(namespace.as_str()));
                prop_assert_eq!(batch.envelope.get("object_api_name"), Some("\"user\""));
            }
            after = batch.id;
            found.push(batch.items.iter().map(record_of).collect::<Vec<_>>());
        }
        prop_assert_eq!(found, staged);
    }
}

/// The record an item was made from: it is all that its body says.
fn record_of(item: &Item) -> u64 {
    let body = str::from_utf8(&item.body).unwrap();
    body.trim_matches('"').parse().unwrap()
}

/// A store with one batch of two items.
fn two_items() -> Bench {
    let bench = Bench::new();
    bench.stage(&[Kind::Item { envelope: 0 }; 2], 5);
    bench
}

#[test]
fn a_store_that_was_not_finished_is_no_run() {
    let bench = Bench::new();
    drop(NewStore::create(&bench.path()).unwrap());
    let refusal = Ledger::open(&bench.path()).unwrap_err();
    assert!(
        refusal
            .what
            .to_string()
            .contains("was stopped while its input was checked"),
        "{refusal}"
    );
    assert_eq!(refusal.exit, Exit::Refused);
}

#[test]
fn what_was_staged_before_a_restart_is_forgotten() {
    let bench = Bench::new();
    let mut new_store = NewStore::create(&bench.path()).unwrap();
    let filled = Filled {
        envelope: vec!["\"a\"".to_owned(), "\"b\"".to_owned()],
        places: vec![Place::row(1)],
        bodies: packed("1"),
        sources: packed("1"),
    };
    new_store
        .add_batch(&bench.endpoint, &filled, crate::store::Fate::NotSent)
        .unwrap();
    new_store
        .add_rejection(
            Place::row(2),
            &Rejection::row(Rule::new("row.test", "no")),
            b"2",
            "",
        )
        .unwrap();
    new_store.restart().unwrap();
    new_store
        .add_batch(&bench.endpoint, &filled, crate::store::Fate::NotSent)
        .unwrap();
    new_store
        .finish(&Facts {
            read: 1,
            ..Facts::default()
        })
        .unwrap();
    let expected = [(1, Outcome::Pending, "1".to_owned())];
    assert_eq!(lines(&bench.path()), expected);
    let batches = Ledger::open(&bench.path())
        .unwrap()
        .next_unsettled(BatchId(0), BatchId(i64::MAX), 9)
        .unwrap();
    assert_eq!(batches[0].0.envelope.get("namespace"), Some("\"a\""));
}

fn packed(text: &str) -> Packed {
    let mut packed = Packed::default();
    packed.push(text.as_bytes());
    packed
}

#[test]
fn facts_come_back_as_they_were_given() {
    let bench = Bench::new();
    let facts = Facts {
        run: "20261101-080000-abcd".to_owned(),
        language: "zh".to_owned(),
        parent: Some("20261031-080000-abcd".to_owned()),
        job: "班次".to_owned(),
        job_path: "jobs/班次.toml".to_owned(),
        job_text: "endpoint = \"…\"\n".to_owned(),
        endpoint: "a.b".to_owned(),
        endpoint_path: "a.b.toml".to_owned(),
        endpoint_text: "title = \"…\"\n".to_owned(),
        format: InputFormat::Csv,
        header: "\"a;b\";姓名".to_owned(),
        delimiter: b';',
        head: Head {
            sheet: Some("九月".to_owned()),
            positions: vec![0, 2],
            ..Head::default()
        },
        sheets: Sheets(vec![SheetPart {
            first_record: 3,
            head: Head::default(),
        }]),
        days: vec![(1, "20261101".to_owned())],
        lines: Lines::default(),
        key_columns: vec![0],
        group_column: Some(1),
        input: InputFacts {
            file: "班次.csv".to_owned(),
            bytes: 7,
            sheet: Some("九月".to_owned()),
            ..InputFacts::default()
        },
        request: [("month".to_owned(), "202611".to_owned())].into(),
        is_undo: false,
        typed: Typed {
            changes_only: true,
            keep_before: true,
            set: vec![("month".to_owned(), "202611".to_owned())],
            sheet: None,
        },
        quota: Some("100/1s".to_owned()),
        read: 7,
        platform: Platform {
            host: "open.feishu.cn".to_owned(),
            app: Some("cli_1".to_owned()),
            sandbox: false,
        },
        started_at: "2026-11-01T08:00:00Z".to_owned(),
        failed_max: "50 %".to_owned(),
        calls_max: None,
        outage_seconds: None,
        audit: Audit {
            face: Face::Page,
            user: Some("hr".to_owned()),
            corrections: vec![Correction {
                record: 3,
                old: "早般".to_owned(),
                new: "早班".to_owned(),
                ..Correction::default()
            }],
            left_out: vec![4],
            ..Audit::default()
        },
    };
    NewStore::create(&bench.path())
        .unwrap()
        .finish(&facts)
        .unwrap();
    assert_eq!(Ledger::open(&bench.path()).unwrap().facts().unwrap(), facts);
}

#[cfg(unix)]
#[test]
fn a_store_that_cannot_be_opened_is_not_called_damaged() {
    let folder = tempfile::tempdir().unwrap();
    // SQLite opens no path of more than 512 bytes.
    let deep = folder
        .path()
        .join("d".repeat(200))
        .join("d".repeat(200))
        .join("d".repeat(200));
    std::fs::create_dir_all(&deep).unwrap();
    let path = deep.join("run.db");
    std::fs::write(&path, "").unwrap();
    let refusal = Ledger::open(&path).unwrap_err();
    assert!(
        refusal.what.to_string().contains("could not be opened"),
        "{refusal}"
    );
    assert!(!refusal.to_string().contains("damaged"), "{refusal}");
}

#[test]
fn a_store_of_another_format_or_of_another_program_is_not_guessed_at() {
    let bench = two_items();
    let change = |pragma: &str| {
        let connection = rusqlite::Connection::open(bench.path()).unwrap();
        connection
            .execute_batch(&format!("PRAGMA {pragma}"))
            .unwrap();
        Ledger::open(&bench.path()).unwrap_err().to_string()
    };
    assert!(change("user_version = 1").contains("has format 1; this program reads format 5"));
    assert!(change("application_id = 1").contains("carries no mark of a run store"));
    std::fs::write(bench.path(), "not a database").unwrap();
    let refusal = Ledger::open(&bench.path()).unwrap_err();
    assert!(
        refusal
            .what
            .to_string()
            .contains("is not a run store, or it is damaged"),
        "{refusal}"
    );
}

#[test]
fn a_batch_of_which_a_part_is_gone_is_damage_and_not_one_batch_less() {
    for part in ["envelope", "content"] {
        let bench = two_items();
        let connection = rusqlite::Connection::open(bench.path()).unwrap();
        connection
            .execute_batch(&format!("PRAGMA foreign_keys = OFF; DELETE FROM {part}"))
            .unwrap();
        let ledger = Ledger::open(&bench.path()).unwrap();
        let last = ledger.last_batch().unwrap();
        let next = ledger.next_unsettled(BatchId(0), last, 10);
        let lines = ledger.each_line(|_| Ok::<(), StoreError>(()));
        assert!(next.is_err() || lines.is_err(), "{part}");
    }
}

#[test]
fn a_letter_that_was_not_counted_is_damage_and_not_another_outcome() {
    let bench = two_items();
    let journal = Journal::open(&bench.path()).unwrap();
    let settled = Settled {
        outcomes: vec![
            Some(explained(Outcome::Failed)),
            Some(explained(Outcome::Succeeded)),
        ],
        ..Settled::default()
    };
    let settle = journal.settle(BatchId(1), None, settled);
    bench.runtime.block_on(settle).unwrap();
    drop(journal);
    let connection = rusqlite::Connection::open(bench.path()).unwrap();
    connection
        .execute_batch("PRAGMA ignore_check_constraints = ON")
        .unwrap();
    for changed in [
        "outcomes = 'GS'",
        "outcomes = 'SS'",
        "outcomes = 'UF'",
        "outcomes = NULL",
        "outcomes = 'FS', state = 18",
    ] {
        let change = format!("UPDATE batch SET {changed}");
        connection.execute_batch(&change).unwrap();
        let ledger = Ledger::open(&bench.path()).unwrap();
        let lines = ledger.each_line(|_| Ok::<(), StoreError>(()));
        let unsuccessful = ledger.each_unsuccessful(|_| Ok::<(), StoreError>(()));
        let is_damage = |result: Result<(), StoreError>| {
            result.is_err_and(|error| error.0.contains("are not those that were counted"))
        };
        assert!(is_damage(lines), "{changed}");
        assert!(is_damage(unsuccessful), "{changed}");
    }
}

#[test]
fn a_batch_is_settled_once_and_then_never_sent() {
    let bench = two_items();
    let journal = Journal::open(&bench.path()).unwrap();
    let settle = |outcomes| {
        let settled = Settled {
            outcomes,
            children: Vec::new(),
            ambiguous: false,
        };
        bench
            .runtime
            .block_on(journal.settle(BatchId(1), None, settled))
    };
    settle(vec![Some(explained(Outcome::Succeeded)); 2]).unwrap();
    let again = settle(vec![Some(explained(Outcome::Failed)); 2]).unwrap_err();
    assert!(again.to_string().contains("settled twice"), "{again}");
    drop(journal);
    assert!(
        lines(&bench.path())
            .iter()
            .all(|(_, outcome, _)| *outcome == Outcome::Succeeded)
    );
    let journal = Journal::open(&bench.path()).unwrap();
    let sent = bench
        .runtime
        .block_on(journal.intend(BatchId(1)))
        .unwrap_err();
    assert!(
        sent.to_string().contains("batch 1 cannot be sent"),
        "{sent}"
    );
}

#[test]
fn after_one_failed_write_nothing_more_is_accepted() {
    let bench = two_items();
    let journal = Journal::open(&bench.path()).unwrap();
    bench
        .runtime
        .block_on(journal.intend(BatchId(99)))
        .unwrap_err();
    let next = bench
        .runtime
        .block_on(journal.intend(BatchId(1)))
        .unwrap_err();
    assert!(next.to_string().contains("batch 99"), "{next}");
    drop(journal);
    assert!(
        lines(&bench.path())
            .iter()
            .all(|(_, outcome, _)| *outcome == Outcome::Pending)
    );
}

#[test]
fn fewer_outcomes_than_items_are_not_a_settlement() {
    let bench = two_items();
    let journal = Journal::open(&bench.path()).unwrap();
    let settled = Settled {
        outcomes: vec![Some(explained(Outcome::Succeeded))],
        children: Vec::new(),
        ambiguous: false,
    };
    assert!(
        bench
            .runtime
            .block_on(journal.settle(BatchId(1), None, settled))
            .is_err()
    );
    drop(journal);
    assert!(
        lines(&bench.path())
            .iter()
            .all(|(_, outcome, _)| *outcome == Outcome::Pending)
    );
}

#[test]
fn calls_are_counted_and_withdrawn_ones_are_not() {
    let bench = two_items();
    let journal = Journal::open(&bench.path()).unwrap();
    let call = |result| {
        let (call, attempt) = bench.runtime.block_on(journal.intend(BatchId(1))).unwrap();
        bench
            .runtime
            .block_on(journal.end(call, end(result, false)))
            .unwrap();
        attempt
    };
    // Neither a throttled call uses up an attempt, nor one that was withdrawn or reached nobody.
    assert_eq!(
        [
            CallResult::Wait,
            CallResult::Withdrawn,
            CallResult::Unsent,
            CallResult::Again,
            CallResult::Again
        ]
        .map(call),
        [1, 1, 1, 1, 2]
    );
    drop(journal);
    assert_eq!(
        Ledger::open(&bench.path()).unwrap().calls().unwrap(),
        Calls {
            sent: 3,
            resent: 2,
            throttled: 1,
            isolating: 0,
        }
    );
}

#[test]
fn calls_of_a_process_that_is_gone_are_named_and_counted_before_and_after_they_are_closed() {
    let bench = Bench::new();
    bench.stage(&[Kind::Item { envelope: 0 }; 5], 1);
    let journal = Journal::open(&bench.path()).unwrap();
    let (first, second, third) = bench.runtime.block_on(async {
        tokio::join!(
            journal.intend(BatchId(1)),
            journal.intend(BatchId(2)),
            journal.intend(BatchId(3))
        )
    });
    let (first, second, _) = (first.unwrap().0, second.unwrap().0, third.unwrap().0);
    bench.runtime.block_on(async {
        let succeeded = Settled {
            outcomes: vec![Some(explained(Outcome::Succeeded))],
            ..Settled::default()
        };
        let read = Some((second, end(CallResult::Read, false)));
        journal.settle(BatchId(2), read, succeeded).await.unwrap();
        journal
            .end(first, end(CallResult::Again, true))
            .await
            .unwrap();
        journal.intend(BatchId(1)).await.unwrap();
    });
    drop(journal);
    let look = || {
        let ledger = Ledger::open(&bench.path()).unwrap();
        let in_flight = ledger.in_flight().unwrap();
        let named: Vec<i64> = in_flight.iter().map(|batch| batch.batch.0).collect();
        let mut said = Vec::new();
        ledger
            .each_line(|line| {
                let LineOutcome {
                    outcome,
                    reason,
                    attempts,
                    ..
                } = line.outcome;
                said.push((outcome, reason.to_owned(), attempts));
                Ok::<_, StoreError>(())
            })
            .unwrap();
        (named, ledger.calls().unwrap(), said)
    };
    let (named, calls, said) = look();
    assert_eq!(named, [1, 3]);
    assert_eq!((calls.sent, calls.resent), (4, 1));
    let lost = "sent, and the run stopped before an answer came".to_owned();
    let pending = "not sent: the run stopped before".to_owned();
    assert_eq!(
        said,
        [
            (Outcome::Unconfirmed, lost.clone(), 2),
            (Outcome::Succeeded, String::new(), 1),
            (Outcome::Unconfirmed, lost, 1),
            (Outcome::Pending, pending.clone(), 0),
            (Outcome::Pending, pending, 0),
        ]
    );
    let journal = Journal::open(&bench.path()).unwrap();
    bench.runtime.block_on(journal.reclaim()).unwrap();
    assert_eq!(look(), (named, calls, said));
    let (_, attempt) = bench.runtime.block_on(journal.intend(BatchId(1))).unwrap();
    assert_eq!(attempt, 3);
}

#[test]
fn a_run_is_found_by_its_id_by_its_beginning_and_as_the_last_one() {
    let runs = tempfile::tempdir().unwrap();
    for run in ["20261101-a", "20261102-b", "20261102-c"] {
        let folder = RunFolder::create(runs.path(), run).unwrap();
        NewStore::create(&folder.store())
            .unwrap()
            .finish(&Facts::default())
            .unwrap();
    }
    std::fs::create_dir(runs.path().join("20261103-no-run")).unwrap();
    let find = |word: &str| find(runs.path(), word);
    assert_eq!(find("last").unwrap(), "20261102-c");
    assert_eq!(find("20261101").unwrap(), "20261101-a");
    assert_eq!(find("20261102-b").unwrap(), "20261102-b");
    assert!(
        find("20261102")
            .unwrap_err()
            .what
            .to_string()
            .contains("several runs")
    );
    for unknown in ["", "2025", "20261103"] {
        assert!(
            find(unknown)
                .unwrap_err()
                .what
                .to_string()
                .contains("there is no run"),
            "{unknown}"
        );
    }
}

#[test]
fn a_run_is_locked_until_its_folder_is_dropped() {
    let runs = tempfile::tempdir().unwrap();
    let folder = RunFolder::create(runs.path(), "20261101-a").unwrap();
    let second = RunFolder::open(runs.path(), "20261101-a").unwrap_err();
    assert!(
        second
            .what
            .to_string()
            .contains("is being worked on by another process"),
        "{second}"
    );
    drop(folder);
    RunFolder::open(runs.path(), "20261101-a").unwrap();
}

#[cfg(unix)]
#[test]
fn a_file_of_the_run_is_never_written_through_what_was_put_in_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let elsewhere = folder.path().join("elsewhere");
    std::fs::write(&elsewhere, "precious").unwrap();
    for fresh in [false, true] {
        let path = folder.path().join("run.log");
        std::os::unix::fs::symlink(&elsewhere, &path).unwrap();
        let mut file = super::folder::private_file(&path, fresh).unwrap();
        std::io::Write::write_all(&mut file, b"ours").unwrap();
        assert_eq!(std::fs::read_to_string(&elsewhere).unwrap(), "precious");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "ours");
        // What is ours is opened again as it is, or begun anew.
        drop(super::folder::private_file(&path, fresh).unwrap());
        let kept = if fresh { "" } else { "ours" };
        assert_eq!(std::fs::read_to_string(&path).unwrap(), kept);
        std::fs::remove_file(&path).unwrap();
        // A pipe would wait for its reader.
        let made = std::process::Command::new("mkfifo").arg(&path).status();
        assert!(made.unwrap().success());
        drop(super::folder::private_file(&path, fresh).unwrap());
        assert!(std::fs::symlink_metadata(&path).unwrap().is_file());
        std::fs::remove_file(&path).unwrap();
    }
}

#[test]
fn the_last_run_is_the_one_that_was_made_last_whatever_the_clock_said() {
    let runs = tempfile::tempdir().unwrap();
    let make = |run: &str| {
        let folder = RunFolder::create(runs.path(), run).unwrap();
        let new_store = NewStore::create(&folder.store()).unwrap();
        new_store.finish(&Facts::default()).unwrap();
    };
    // The clock ran ahead; then two begin in one second.
    let made = [
        "20270101-000000-aaaa",
        "20261101-000000-ffff",
        "20261101-000000-0000",
    ];
    for run in made {
        make(run);
    }
    assert_eq!(list(runs.path()).unwrap(), made);
    assert_eq!(find(runs.path(), "last").unwrap(), made[2]);
    std::fs::remove_dir_all(runs.path().join(made[2])).unwrap();
    assert_eq!(find(runs.path(), "last").unwrap(), made[1]);
    // Without the index the ids say what they can; from the next run on there is one again.
    std::fs::remove_file(runs.path().join(".index.jsonl")).unwrap();
    assert_eq!(find(runs.path(), "last").unwrap(), made[0]);
    make("20261102-000000-0000");
    assert_eq!(find(runs.path(), "last").unwrap(), "20261102-000000-0000");
}

#[test]
fn a_store_that_another_process_fills_is_called_so_and_not_damaged() {
    let bench = two_items();
    let other = rusqlite::Connection::open(bench.path()).unwrap();
    other
        .query_row("PRAGMA journal_mode = OFF", [], |_| Ok(()))
        .unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let refusal = Ledger::look(&bench.path()).unwrap_err();
    assert_eq!(refusal.rule, "store.busy");
    drop(other);
    assert!(Ledger::look(&bench.path()).is_ok());
}

#[test]
fn a_store_on_a_file_system_without_a_write_ahead_log_is_not_doubted() {
    let bench = two_items();
    let connection = rusqlite::Connection::open(bench.path()).unwrap();
    let mode = |mode: &str| {
        let query = format!("PRAGMA journal_mode{mode}");
        connection.query_row(&query, [], |row| row.get::<_, String>(0))
    };
    assert_eq!(mode(" = DELETE").unwrap(), "delete");
    begin_start(&bench.path(), false).unwrap();
    let journal = Journal::open(&bench.path()).unwrap();
    bench.runtime.block_on(journal.intend(BatchId(1))).unwrap();
    drop(journal);
    assert_eq!(mode("").unwrap(), "delete");
    let ledger = Ledger::open(&bench.path()).unwrap();
    assert_eq!(ledger.doubt(), None);
    let tally = ledger.tally().unwrap();
    assert_eq!((tally.unconfirmed, tally.pending), (2, 0));
}

/// The reasons of a store with one rejected row, in Chinese.
fn reasons_in_chinese(path: &Path) -> Vec<String> {
    let mut reasons = Vec::new();
    let ledger = Ledger::open(path).unwrap();
    ledger
        .each_line_in(Language::Chinese, |line| {
            reasons.push(line.outcome.reason.to_owned());
            Ok::<_, StoreError>(())
        })
        .unwrap();
    reasons
}

#[test]
fn a_reason_that_was_stored_in_english_is_shown_in_chinese_later() {
    let bench = Bench::new();
    let mut new_store = NewStore::create(&bench.path()).unwrap();
    let required = Rule::new("row.required", "is required and empty");
    let rejection = Rejection::cell("user_id", "", required);
    new_store
        .add_rejection(Place::row(1), &rejection, b"u1", "")
        .unwrap();
    new_store
        .finish(&Facts {
            read: 1,
            ..Facts::default()
        })
        .unwrap();
    let ledger = Ledger::open(&bench.path()).unwrap();
    let kinds = ledger.reasons(1).unwrap();
    assert_eq!(kinds[0].reason, "user_id: is required and empty");
    drop(ledger);
    assert_eq!(
        reasons_in_chinese(&bench.path()),
        ["user_id：必填，不能为空"]
    );
    // A store of before has its English words and no more.
    let connection = rusqlite::Connection::open(bench.path()).unwrap();
    connection.execute_batch("DROP TABLE said").unwrap();
    drop(connection);
    assert_eq!(
        reasons_in_chinese(&bench.path()),
        ["user_id: is required and empty"]
    );
}
