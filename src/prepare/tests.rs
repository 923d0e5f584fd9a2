//! Preparing against a model written a second time: each row is staged once or rejected once, and what repeats or contradicts is
//! found whatever the order.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::error::Exit;
use crate::event::Silent;
use crate::input::Input;
use crate::job;
use crate::run::prepare_run;
use crate::store::RunFolder;

/// The columns of a row: who, day, shift, whether it clears, and two values shared by its call. Only the last is no part of the
/// item's key.
type Cells = [&'static str; 6];

const HEADER: Cells = [
    "user_id",
    "day_no",
    "shift_id",
    "is_clear_schedule",
    "kind",
    "operator",
];

const JOB: &str = r#"
endpoint = "attendance.user_daily_shifts.batch_create"
[request]
employee_type = { column = "kind" }
operator_id   = { column = "operator" }
[item]
group_id = "g1"
month    = "202611"
[limits]
max_items = 3
"#;

/// A batch as was handed out it.
struct Batch {
    envelope: Vec<String>,
    records: Vec<u64>,
    sources: Vec<Vec<u8>>,
}

/// Everything was handed out.
#[derive(Default)]
struct Kept {
    batches: Vec<Batch>,
    rejections: BTreeMap<u64, String>,
    restarts: usize,
}

impl Kept {
    #[expect(clippy::unnecessary_wraps, reason = "as it is called")]
    fn take(&mut self, staged: Staged<'_>) -> Result<(), Refusal> {
        match staged {
            Staged::Row(..) => {}
            Staged::Batch(filled) => self.batches.push(Batch {
                envelope: filled.envelope.clone(),
                records: filled.places.iter().map(|place| place.record()).collect(),
                sources: filled.sources.iter().map(<[u8]>::to_vec).collect(),
            }),
            Staged::Rejection(_, row, rejection) => {
                let sentence = rejection.sentence().to_string();
                let before = self.rejections.insert(row.record, sentence);
                assert_eq!(before, None, "record {} was rejected twice", row.record);
            }
            Staged::Restart => {
                *self = Self {
                    restarts: self.restarts + 1,
                    ..Self::default()
                };
            }
        }
        Ok(())
    }
}

struct Bench {
    folder: TempDir,
    job: Job,
}

impl Bench {
    fn new(job: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("job.toml");
        fs::write(&path, job).unwrap();
        let job = job::load(&path, &[]).unwrap_or_else(|refusal| panic!("{refusal}"));
        Self { folder, job }
    }

    fn prepare(&self, text: &str) -> (Plan, Kept) {
        let path = self.folder.path().join("input.csv");
        fs::write(&path, text).unwrap();
        let mut kept = Kept::default();
        let plan = prepare(
            &self.job,
            &InputFile::new(&path, &Origin::own()),
            &mut |staged| kept.take(staged),
            &Control::default(),
            &Silent,
        );
        (plan.unwrap_or_else(|refusal| panic!("{refusal}")), kept)
    }
}

fn csv(rows: &[Cells]) -> String {
    let lines = std::iter::once(&HEADER).chain(rows);
    lines
        .flat_map(|cells| [cells.join(","), "\n".to_owned()])
        .collect()
}

/// Whether a row is an item at all.
fn is_item([user, day, shift, clear, kind, operator]: &Cells) -> bool {
    !user.is_empty()
        && ["1", "01", "2"].contains(day)
        && !shift.is_empty()
        && ["", "true", "false"].contains(clear)
        && ["employee_id", "employee_no"].contains(kind)
        && *operator != "1E5"
}

/// What tells an item apart, and all that it says.
fn key_and_content(cells: &Cells) -> ([String; 3], [String; 3]) {
    let [user, day, shift, clear, kind, operator] = cells.map(str::to_owned);
    let day = day.trim_start_matches('0').to_owned();
    ([user, day, kind], [shift, clear, operator])
}

fn rows() -> impl Strategy<Value = Vec<Cells>> {
    let row = (
        prop_oneof![5 => Just("u1"), 5 => Just("u2"), 1 => Just("")],
        prop_oneof![4 => Just("1"), 2 => Just("01"), 4 => Just("2"), 1 => Just("31")],
        prop_oneof![8 => Just("s1"), 2 => Just("s2")],
        prop_oneof![8 => Just(""), 1 => Just("true"), 1 => Just("maybe")],
        prop_oneof![5 => Just("employee_id"), 5 => Just("employee_no"), 1 => Just("x")],
        prop_oneof![8 => Just(""), 2 => Just("o1"), 1 => Just("1E5")],
    );
    let cells = row.prop_map(|(user, day, shift, clear, kind, operator)| {
        [user, day, shift, clear, kind, operator]
    });
    proptest::collection::vec(cells, 1..20)
}

proptest! {
    #[test]
    fn each_row_is_staged_once_or_rejected_once_and_for_the_right_reason(rows in rows()) {
        let bench = Bench::new(JOB);
        let (plan, kept) = bench.prepare(&csv(&rows));

        // The model: rows by key; of a group that agrees the first is sent, of one that does not, none.
        let mut groups: BTreeMap<[String; 3], Vec<(u64, [String; 3])>> = BTreeMap::new();
        for (record, cells) in (1..).zip(&rows).filter(|(_, cells)| is_item(cells)) {
            let (key, content) = key_and_content(cells);
            groups.entry(key).or_default().push((record, content));
        }
        let mut sent = BTreeSet::new();
        for group in groups.values() {
            let (first, content) = &group[0];
            let agrees = group.iter().all(|(_, other)| other == content);
            if agrees {
                sent.insert(*first);
            }
            for (record, own) in group.iter().filter(|(record, _)| !agrees || record != first) {
                let said = kept.rejections.get(record).map(String::as_str).unwrap_or_default();
                if agrees {
                    prop_assert_eq!(said, format!("repeats record {first}"));
                } else {
                    let rivals = group.iter().filter(|(_, other)| other != own);
                    let named = rivals.clone().any(|(rival, _)| said == format!("conflicts with record {rival}"));
                    prop_assert!(named, "record {}: {}", record, said);
                }
            }
        }

        // Conservation: what the model sends is staged, everything else is rejected, nothing is both.
        let staged: Vec<u64> = kept.batches.iter().flat_map(|batch| batch.records.clone()).collect();
        prop_assert_eq!(staged.len(), sent.len());
        prop_assert_eq!(staged.iter().copied().collect::<BTreeSet<u64>>(), sent.clone());
        let rejected: BTreeSet<u64> = kept.rejections.keys().copied().collect();
        let all: BTreeSet<u64> = (1..=rows.len() as u64).collect();
        prop_assert_eq!(all.difference(&sent).copied().collect::<BTreeSet<u64>>(), rejected.clone());

        // Batches: within the limit, in order, one envelope each.
        for Batch { envelope, records, sources } in &kept.batches {
            prop_assert!((1..=3).contains(&records.len()) && records.is_sorted());
            for (record, source) in records.iter().zip(sources) {
                let cells = rows[usize::try_from(*record).unwrap() - 1];
                let json = |cell: &str| if cell.is_empty() { String::new() } else { format!("\"{cell}\"") };
                prop_assert_eq!(envelope, &vec![json(cells[4]), json(cells[5])]);
                prop_assert_eq!(source, &cells.join(",").into_bytes());
            }
        }

        // The plan says the same in numbers.
        let clears = sent.iter().filter(|record| rows[usize::try_from(**record).unwrap() - 1][3] == "true").count();
        let numbers = (plan.rows, plan.items, plan.rejected, plan.batches, plan.destructive.items);
        let counted = [rows.len(), sent.len(), rejected.len(), kept.batches.len(), clears].map(|count| count as u64);
        prop_assert_eq!(numbers, counted.into());
        prop_assert_eq!(plan.kinds.iter().map(|(_, count)| count).sum::<u64>(), plan.rejected);
    }
}

#[test]
fn what_a_person_corrected_is_checked_as_if_the_file_said_so() {
    let bench = Bench::new(JOB);
    let path = bench.folder.path().join("input.csv");
    let row = |day| ["u1", day, "s1", "", "employee_id", ""];
    fs::write(&path, csv(&[row("32"), row("2"), row("3")])).unwrap();
    let origin = Origin::own();
    let check = |corrections: &Corrections| {
        let file = InputFile {
            corrections,
            ..InputFile::new(&path, &origin)
        };
        let mut kept = Kept::default();
        let control = Control::default();
        let plan = prepare(
            &bench.job,
            &file,
            &mut |staged| kept.take(staged),
            &control,
            &Silent,
        )
        .unwrap();
        (plan, kept)
    };
    let mut corrections = Corrections::default();
    assert_eq!(check(&corrections).0.rejected, 1);
    corrections.set(1, 1, Some("1".to_owned()));
    corrections.leave_out(3, true);
    let (plan, kept) = check(&corrections);
    assert_eq!((plan.items, plan.rejected, plan.rows_rejected), (2, 1, 0));
    assert_eq!(kept.batches[0].sources[0], b"u1,1,s1,,employee_id,");
    assert!(
        kept.rejections[&3].contains("left out"),
        "{:?}",
        kept.rejections
    );
    // Two rows that a correction makes the same are found as others are.
    corrections.set(2, 1, Some("1".to_owned()));
    assert_eq!(check(&corrections).0.rejected, 2);
}

#[test]
fn a_run_that_would_send_anything_but_what_was_shown_is_refused() {
    let bench = Bench::new(JOB);
    let (path, origin) = (bench.folder.path().join("input.csv"), Origin::own());
    let runs = bench.folder.path().join("runs");
    let row = |day| ["u1", day, "s1", "", "employee_id", ""];
    fs::write(&path, csv(&[row("1"), row("1"), row("3")])).unwrap();
    let file = InputFile::new(&path, &origin);
    let control = Control::default();
    let mut seen = SentDigest::default();
    let mut take = |staged: Staged<'_>| {
        match staged {
            Staged::Batch(filled) => seen.add(&filled),
            Staged::Restart => seen = SentDigest::default(),
            Staged::Row(..) | Staged::Rejection(..) => {}
        }
        Ok(())
    };
    prepare(&bench.job, &file, &mut take, &control, &Silent).unwrap();
    let shown = seen.finish();
    let prepared = |run: &str| {
        let folder = RunFolder::create(&runs, run).unwrap();
        prepare_run(folder, &bench.job, &file, Some(&shown), &control, &Silent)
    };
    assert_eq!(prepared("same").unwrap().brief.items, 2);
    // As many items, one of another day.
    fs::write(&path, csv(&[row("1"), row("1"), row("4")])).unwrap();
    let refusal = prepared("other").map(|_| ()).unwrap_err();
    assert_eq!(refusal.rule, "run.not-as-shown");
    assert!(
        !runs.join("other").exists(),
        "the refused run left a folder"
    );
}

#[test]
fn a_file_is_known_to_be_a_jobs_by_the_columns_that_the_job_uses() {
    let bench = Bench::new(JOB);
    let path = bench.folder.path().join("input.csv");
    fs::write(&path, csv(&[])).unwrap();
    assert_eq!(
        columns_used(&bench.job, &path),
        Ok(HEADER.map(str::to_owned).to_vec())
    );
    fs::write(&path, "user_id,name\nu1,n\n").unwrap();
    let refusal = columns_used(&bench.job, &path).unwrap_err();
    assert!(refusal.to_string().contains("day_no"), "{refusal}");
}

#[test]
fn the_input_is_read_again_only_when_something_repeats() {
    let bench = Bench::new(JOB);
    let row = |day| ["u1", day, "s1", "", "employee_id", ""];
    assert_eq!(bench.prepare(&csv(&[row("1"), row("2")])).1.restarts, 0);
    assert_eq!(bench.prepare(&csv(&[row("1"), row("01")])).1.restarts, 1);
}

#[test]
fn a_key_in_two_kinds_of_ids_is_two_items() {
    let bench = Bench::new(JOB);
    let row = |kind| ["u1", "1", "s1", "", kind, ""];
    let (plan, _) = bench.prepare(&csv(&[row("employee_id"), row("employee_no")]));
    assert_eq!((plan.items, plan.rejected, plan.batches), (2, 0, 2));
}

#[test]
fn an_interruption_while_checking_ends_it_with_nothing_sent() {
    let bench = Bench::new(JOB);
    let path = bench.folder.path().join("input.csv");
    fs::write(&path, csv(&[["u1", "1", "s1", "", "employee_id", ""]])).unwrap();
    let control = Control::default();
    control.interrupt();
    let refusal = prepare(
        &bench.job,
        &InputFile::new(&path, &Origin::own()),
        &mut |_| Ok(()),
        &control,
        &Silent,
    )
    .unwrap_err();
    assert_eq!(
        (refusal.exit, refusal.details),
        (Exit::Interrupted, vec![text!("nothing was sent")])
    );
}

#[test]
fn the_share_of_rejected_rows_decides_only_beyond_the_least() {
    let bench = Bench::new(JOB);
    let refused = |good: usize, bad: usize| {
        let rows = (0..good + bad).map(|row| {
            let day = if row < bad { "32" } else { "1" };
            format!("u{row},{day},s1,,employee_id,\n")
        });
        let text: String = std::iter::once(csv(&[])).chain(rows).collect();
        bench
            .prepare(&text)
            .0
            .refused
            .map(|refusal| refusal.what.to_string())
    };
    assert_eq!(refused(1, 20), None);
    assert_eq!(
        refused(1, 21),
        Some("21 of 22 rows are rejected; the job allows 20, so nothing was sent".to_owned())
    );
    assert_eq!(refused(270, 30), None);
    assert_eq!(
        refused(269, 31),
        Some("31 of 300 rows are rejected; the job allows 30, so nothing was sent".to_owned())
    );
}

#[test]
fn a_file_that_changes_while_it_is_checked_is_refused() {
    /// Writes into the file it is told of.
    struct Meddler(std::path::PathBuf);
    impl Observer for Meddler {
        fn see(&self, event: &Event) {
            if matches!(event, Event::CheckProgress { .. }) {
                let mut text = fs::read_to_string(&self.0).unwrap();
                text.push_str("u2,2,s1,,employee_id,\n");
                fs::write(&self.0, text).unwrap();
            }
        }
    }
    let bench = Bench::new(JOB);
    let path = bench.folder.path().join("input.csv");
    fs::write(&path, csv(&[["u1", "1", "s1", "", "employee_id", ""]])).unwrap();
    let meddler = Meddler(path.clone());
    let result = prepare(
        &bench.job,
        &InputFile::new(&path, &Origin::own()),
        &mut |_| Ok(()),
        &Control::default(),
        &meddler,
    );
    assert!(
        result
            .unwrap_err()
            .what
            .to_string()
            .contains("changed while it was being checked")
    );
}

#[test]
fn the_header_of_a_report_begins_no_other_kind_of_file() {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("rows.csv");
    let header = |text: &str| {
        std::fs::write(&path, text).unwrap();
        let input = Input::open(&path, &InputOptions::default()).unwrap();
        (header(&input), input.columns().clone())
    };
    for name in ["{a", "<b", "sep=", "\u{feff}c", "\t[d"] {
        let (written, columns) = header(&format!("\"{name}\",x\n"));
        let report = [&b"\xEF\xBB\xBF"[..], &written, b",_record\n"].concat();
        let (_, again) = header(str::from_utf8(&report).unwrap());
        assert_eq!(again, columns, "{name}");
    }
    assert_eq!(header("\"user_id\",x y\n").0, b"user_id,x y");
}
