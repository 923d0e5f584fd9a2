//! What reading back found, in a store with verdicts of every kind.

use std::path::PathBuf;

use tempfile::TempDir;

use super::*;
use crate::batching::Filled;
use crate::endpoint::catalogue;
use crate::model::{CallEnd, CallResult, Place, Reason, Settled};
use crate::store::{Facts, Fate, Journal, LineOutcome, NewStore, ReadBack};
use crate::text::Language;

/// Outcome, rule, evidence and what is there.
type Shown = (Outcome, String, Option<(Evidence, String)>);

/// Four items answered `S F U U`, and four of which nobody saw the end.
struct Store {
    folder: TempDir,
}

impl Store {
    fn new() -> Self {
        let store = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        let endpoint = catalogue::endpoint(catalogue::names().next().unwrap()).unwrap();
        let mut staging = NewStore::create(&store.path()).unwrap();
        for first in [1, 5] {
            let mut filled = Filled {
                envelope: vec!["\"a\"".to_owned(), "\"b\"".to_owned()],
                ..Filled::default()
            };
            for record in first..first + 4 {
                filled.places.push(Place::row(record));
                filled.bodies.push(format!("\"{record}\"").as_bytes());
                filled.sources.push(record.to_string().as_bytes());
            }
            staging
                .add_batch(&endpoint, &filled, Fate::NotSent)
                .unwrap();
        }
        staging
            .finish(&Facts {
                read: 8,
                ..Facts::default()
            })
            .unwrap();
        store.answer();
        store
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("run.db")
    }

    fn answer(&self) {
        let journal = Journal::open(&self.path()).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let because = |words: &'static str| {
            Some(Reason {
                code: Some(7),
                text: Text::plain(words),
            })
        };
        let open = || Some((Outcome::Unconfirmed, because("nothing clear was said")));
        let settled = Settled {
            outcomes: vec![
                Some((Outcome::Succeeded, None)),
                Some((Outcome::Failed, because("refused"))),
                open(),
                open(),
            ],
            children: Vec::new(),
            ambiguous: false,
        };
        let end = CallEnd {
            result: CallResult::Read,
            may_be_applied: true,
            status: Some(200),
            code: Some(0),
            message: String::new(),
            log_id: Some("log".to_owned()),
        };
        runtime.block_on(async {
            let (call, _) = journal.intend(BatchId(1)).await.unwrap();
            let settled = journal.settle(BatchId(1), Some((call, end)), settled);
            settled.await.unwrap();
            journal.intend(BatchId(2)).await.unwrap();
        });
    }

    fn ledger(&self) -> Ledger {
        Ledger::open(&self.path()).unwrap()
    }

    fn find(&self, found: &[(i64, usize, Evidence, Option<&str>)]) {
        let found: Vec<Found> = found
            .iter()
            .map(|(batch, position, evidence, there)| Found {
                batch: BatchId(*batch),
                position: *position,
                evidence: *evidence,
                there: there.map(Text::of),
                read_at_ms: 1_800_000_000_000,
            })
            .collect();
        let mut writer = EvidenceWriter::open(&self.path()).unwrap();
        writer.write(ReadMoment::After, &found).unwrap();
    }

    /// What is shown of each record.
    fn lines(&self) -> Vec<Shown> {
        let mut lines = Vec::new();
        self.ledger()
            .each_line(|line| {
                let LineOutcome {
                    outcome,
                    rule,
                    read_back,
                    ..
                } = line.outcome;
                let found =
                    read_back.map(|ReadBack { evidence, there }| (evidence, there.to_owned()));
                lines.push((outcome, rule.to_owned(), found));
                Ok::<(), StoreError>(())
            })
            .unwrap();
        lines
    }

    fn connection(&self) -> Connection {
        Connection::open(self.path()).unwrap()
    }
}

fn tally(succeeded: u64, failed: u64, unconfirmed: u64) -> Tally {
    Tally {
        read: 8,
        succeeded,
        failed,
        unconfirmed,
        ..Tally::default()
    }
}

#[test]
fn a_store_that_was_never_read_back_has_neither_evidence_nor_a_table_for_it() {
    let store = Store::new();
    let ledger = store.ledger();
    assert!(!ledger.has_evidence_table().unwrap());
    assert!(!ledger.has_evidence().unwrap());
    assert_eq!(ledger.evidence_counts().unwrap(), None);
    assert_eq!(ledger.read_back_at_ms().unwrap(), None);
    assert_eq!(ledger.tally().unwrap(), tally(1, 1, 6));
    assert!(store.lines().iter().all(|(_, _, found)| found.is_none()));
}

#[test]
fn what_is_found_settles_what_a_reply_left_open_and_rewrites_no_verdict() {
    let store = Store::new();
    let other = r#"{"shift_id":"9"}"#;
    store.find(&[
        (1, 0, Evidence::Absent, None),
        (1, 1, Evidence::AsSent, None),
        (1, 2, Evidence::AsSent, None),
        (1, 3, Evidence::Other, Some(other)),
        (2, 0, Evidence::AsSent, None),
        (2, 1, Evidence::Absent, None),
        (2, 2, Evidence::Unreadable, Some("no answer came")),
    ]);
    let ledger = store.ledger();
    assert_eq!(ledger.tally().unwrap(), tally(3, 3, 2));
    let counts = EvidenceCounts {
        as_sent: 3,
        other: 1,
        absent: 2,
        unreadable: 1,
        not_asked: 1,
    };
    assert_eq!(ledger.evidence_counts().unwrap(), Some(counts));
    let plain = |outcome, rule: &str, evidence, there: &str| {
        (outcome, rule.to_owned(), Some((evidence, there.to_owned())))
    };
    assert_eq!(
        store.lines(),
        [
            plain(Outcome::Succeeded, "", Evidence::Absent, ""),
            plain(Outcome::Failed, "platform.refused", Evidence::AsSent, ""),
            plain(Outcome::Succeeded, "", Evidence::AsSent, ""),
            plain(Outcome::Failed, "verify.other", Evidence::Other, other),
            plain(Outcome::Succeeded, "", Evidence::AsSent, ""),
            plain(Outcome::Failed, "verify.not-there", Evidence::Absent, ""),
            plain(
                Outcome::Unconfirmed,
                "platform.unconfirmed",
                Evidence::Unreadable,
                "no answer came"
            ),
            (
                Outcome::Unconfirmed,
                "platform.unconfirmed".to_owned(),
                None
            ),
        ]
    );
    let reasons = ledger.reasons(10).unwrap();
    let reasons: Vec<_> = reasons
        .iter()
        .map(|reason| (reason.outcome, reason.items, reason.reason.to_string()))
        .collect();
    assert_eq!(
        reasons,
        [
            (Outcome::Failed, 1, "refused".to_owned()),
            (
                Outcome::Failed,
                1,
                failure(Evidence::Other, None).1.to_string()
            ),
            (
                Outcome::Failed,
                1,
                failure(Evidence::Absent, None).1.to_string()
            ),
        ]
    );
    let mut again = Vec::new();
    ledger
        .each_unsuccessful(|item| {
            again.push((item.place.record(), item.outcome));
            Ok::<(), StoreError>(())
        })
        .unwrap();
    assert_eq!(again, [(2, Outcome::Failed), (4, Outcome::Failed)]);
    drop(ledger);
    let verdicts: String = store
        .connection()
        .query_row("SELECT outcomes FROM batch WHERE id = 1", [], |row| {
            row.get(0)
        })
        .unwrap();
    assert_eq!(verdicts, "SFUU");
}

#[test]
fn why_something_cannot_be_read_is_shown_in_both_languages() {
    let store = Store::new();
    let why = failure(Evidence::Absent, None).0;
    let mut writer = EvidenceWriter::open(&store.path()).unwrap();
    let found = Found {
        batch: BatchId(1),
        position: 0,
        evidence: Evidence::Unreadable,
        there: Some(why.clone()),
        read_at_ms: 1,
    };
    writer.write(ReadMoment::After, &[found]).unwrap();
    let mut shown = Vec::new();
    store
        .ledger()
        .each_line_in(Language::Chinese, |line| {
            shown.extend(line.outcome.read_back.map(|found| found.there.to_owned()));
            Ok::<(), StoreError>(())
        })
        .unwrap();
    assert_eq!(shown, [why.in_language(Language::Chinese)]);
    assert_ne!(shown, [why.to_string()]);
}

#[test]
fn a_row_that_was_damaged_is_refused() {
    for (column, value) in [
        ("word", "'absent'"),
        ("there", "'x'"),
        ("there", "''"),
        ("read_at", "1"),
        ("position", "1"),
        ("batch", "2"),
        ("seal", "1"),
    ] {
        let store = Store::new();
        store.find(&[(1, 2, Evidence::AsSent, None)]);
        assert_eq!(store.lines().len(), 8);
        let damage = format!("UPDATE evidence SET {column} = {value}");
        assert_eq!(store.connection().execute(&damage, []).unwrap(), 1);
        let lines = store.ledger().each_line(|_| Ok::<(), StoreError>(()));
        assert!(lines.is_err(), "{column}");
        assert!(store.ledger().evidence_counts().is_err(), "{column}");
    }
}

#[test]
fn a_batch_that_is_sent_again_keeps_nothing_of_what_was_found_before() {
    let store = Store::new();
    store.find(&[
        (1, 2, Evidence::AsSent, None),
        (2, 0, Evidence::Absent, None),
    ]);
    assert_eq!(store.ledger().tally().unwrap(), tally(2, 2, 4));
    let writer = EvidenceWriter::open(&store.path()).unwrap();
    writer.forget_unsettled().unwrap();
    assert_eq!(store.ledger().tally().unwrap(), tally(2, 1, 5));
}

#[test]
fn what_was_sent_comes_batch_by_batch_without_what_was_read_back_since() {
    let store = Store::new();
    let ledger = store.ledger();
    let positions = |after, items_max, since| {
        let sent = ledger.next_sent(BatchId(after), items_max, since).unwrap();
        let positions = |sent: Sent| sent.items.into_iter().map(|(at, _)| at).collect();
        sent.into_iter()
            .map(|sent| (sent.batch.0, positions(sent)))
            .collect::<Vec<(i64, Vec<usize>)>>()
    };
    let all = vec![0, 1, 2, 3];
    assert_eq!(positions(0, 1, 0), [(1, all.clone())]);
    assert_eq!(positions(0, 5, 0), [(1, all.clone()), (2, all.clone())]);
    assert_eq!(positions(1, 5, 0), [(2, all.clone())]);
    store.find(&[
        (1, 1, Evidence::AsSent, None),
        (1, 3, Evidence::Unreadable, None),
    ]);
    let found_at = 1_800_000_000_000;
    assert_eq!(positions(0, 1, found_at), [(1, vec![0, 2])]);
    assert_eq!(positions(0, 1, found_at + 1), [(1, all)]);
}

#[test]
fn what_was_found_before_sending_settles_nothing() {
    let store = Store::new();
    let mut writer = EvidenceWriter::open(&store.path()).unwrap();
    let found = Found {
        batch: BatchId(1),
        position: 2,
        evidence: Evidence::AsSent,
        there: None,
        read_at_ms: 1,
    };
    writer.write(ReadMoment::Before, &[found]).unwrap();
    assert_eq!(store.ledger().tally().unwrap(), tally(1, 1, 6));
    assert!(!store.ledger().has_evidence().unwrap());
}
