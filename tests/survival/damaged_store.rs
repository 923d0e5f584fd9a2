//! A run store that was cut off or has a bit turned over: it is refused, or what it says of the items and what it would still send
//! is what it was, but that an item not sent may be taken for one whose fate is unknown.

use std::fs;
use std::path::Path;

use feishu_bulk::control::Control;
use feishu_bulk::error::Refusal;
use feishu_bulk::model::{BatchId, Evidence, Outcome, ReadMoment};
use feishu_bulk::run::Opened;
use feishu_bulk::sandbox::{Fault, FaultPlan, When};
use feishu_bulk::store::{EvidenceWriter, Found, StoreError};

use super::clock::fast;
use super::trial::{RUN, Trial, in_memory, mark};
use crate::support::Method;

/// One byte in so many is damaged; a prime, so that all fields of all pages have their turn.
const STEP: usize = 53;

/// What a store says: of each record what became of it, and what is still to be sent, with what stands beside it.
type Says = (Vec<(u64, Outcome)>, Vec<(Vec<u8>, String)>);

/// What `report` and `resume` would go by.
fn says(runs: &Path) -> Result<Says, Refusal> {
    let opened = Opened::open(runs, RUN)?;
    let ledger = opened.ledger();
    let mut lines = Vec::new();
    ledger.each_line(|line| {
        lines.push((line.place.record(), line.outcome.outcome));
        Ok::<(), StoreError>(())
    })?;
    let tally = ledger.tally()?;
    let of = |outcome| lines.iter().filter(|line| line.1 == outcome).count() as u64;
    let told = [Outcome::Succeeded, Outcome::Failed, Outcome::Unconfirmed].map(of);
    // What `report` asks before it is believed.
    if !tally.adds_up()
        || told[0] != tally.succeeded
        || lines.len() as u64 - told[0] != tally.unsuccessful()
    {
        return Err(Refusal::new("run.broken", "the reports do not add up"));
    }
    let last = ledger.last_batch()?;
    let mut unsent = Vec::new();
    for (batch, _) in ledger.next_unsettled(BatchId(0), last, 1_000)? {
        let mut shared = batch.envelope.values.clone();
        shared.sort();
        let shared = format!("{shared:?}");
        let items = batch.items.into_iter();
        unsent.extend(items.map(|item| (item.body.to_vec(), shared.clone())));
    }
    Ok((lines, unsent))
}

/// A store with items of every outcome, and what it says.
fn sound() -> (Vec<u8>, Says) {
    fast(async {
        let at = |number| When::item(mark(Method::Shifts, number));
        let plan = FaultPlan::new()
            .on(at(2), Fault::answer(400, 7_654_321, "no such thing"))
            .on(at(6), Fault::answer(500, 1_227_000, "service error"))
            .on(
                at(14).times(1),
                Fault::answer(400, 1_220_006, "no permission")
                    .delay(std::time::Duration::from_secs(20)),
            );
        let trial = Trial::new(Method::Shifts, 24, plan).await;
        let ended = trial.run(&Control::default()).await;
        assert_eq!((ended.tally.failed, ended.tally.unconfirmed), (1, 4));
        assert_eq!(ended.tally.pending, 4);
        let store = trial.run_folder().join("run.db");
        read_back(&store);
        let bytes = fs::read(&store).unwrap();
        let says = says(trial.run_folder().parent().unwrap()).unwrap();
        let settled: Vec<Outcome> = says.0[4..8].iter().map(|line| line.1).collect();
        let open = Outcome::Unconfirmed;
        assert_eq!(settled, [Outcome::Succeeded, Outcome::Failed, open, open]);
        (bytes, says)
    })
}

/// The batch of the four unconfirmed items, and the records of those of which reading back found what became of them.
const UNCONFIRMED: (BatchId, [u64; 2]) = (BatchId(2), [5, 6]);

/// Settles two of the unconfirmed items by what is found: one is there, and one is not.
fn read_back(store: &Path) {
    let found = |position, evidence, there: &str| Found {
        batch: UNCONFIRMED.0,
        position,
        evidence,
        there: (!there.is_empty()).then(|| there.to_owned().into()),
        read_at_ms: 1_800_000_000_000,
    };
    let found = [
        found(0, Evidence::AsSent, ""),
        found(1, Evidence::Other, r#"{"shift_id":"s2"}"#),
        found(2, Evidence::Unreadable, "no answer came"),
    ];
    let mut writer = EvidenceWriter::open(store).unwrap();
    writer.write(ReadMoment::After, &found).unwrap();
}

/// Whether it says the same; an item that was not sent may be said to have been sent perhaps, and one of which reading back found
/// what became of it to be unconfirmed, which is more careful.
fn is_as_careful(said: &Says, sound: &Says) -> bool {
    let same = |(said, was): (&(u64, Outcome), &(u64, Outcome))| {
        let is_open = said.0 == was.0 && said.1 == Outcome::Unconfirmed;
        said == was || is_open && (was.1 == Outcome::Pending || UNCONFIRMED.1.contains(&was.0))
    };
    said.1 == sound.1 && said.0.len() == sound.0.len() && said.0.iter().zip(&sound.0).all(same)
}

/// Looks at a damaged store in a folder of its own; whether it was refused.
fn refused(bytes: &[u8], sound: &Says, what: &str) -> Result<bool, String> {
    let runs = in_memory();
    let folder = runs.path().join(RUN);
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("run.db"), bytes).unwrap();
    match says(runs.path()) {
        Err(_) => Ok(true),
        Ok(said) if is_as_careful(&said, sound) => Ok(false),
        Ok(said) => {
            let differing = said.0.iter().zip(&sound.0).find(|(said, was)| said != was);
            Err(format!(
                "{what}: {differing:?}, unsent differ: {}",
                said.1 != sound.1
            ))
        }
    }
}

#[test]
fn a_store_that_was_cut_off_is_refused() {
    let (bytes, sound) = sound();
    let lengths = (0..bytes.len()).step_by(509).chain([1, 3, 100]);
    for length in lengths {
        let refused = refused(&bytes[..length], &sound, "cut");
        assert_eq!(refused, Ok(true), "cut to {length} bytes");
    }
    assert_eq!(refused(&vec![0; bytes.len()], &sound, "zero"), Ok(true));
}

/// Turns over one bit of one byte in so many; returns how many were tried and how many noticed.
fn turn_over(step: usize) -> (usize, u32) {
    let (bytes, sound) = sound();
    let mut noticed = 0;
    for at in (0..bytes.len()).step_by(step) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1 << (at % 8);
        let refused = refused(&damaged, &sound, &format!("byte {at}"));
        noticed += u32::from(refused.unwrap_or_else(|why| panic!("{why}")));
    }
    (bytes.len().div_ceil(step), noticed)
}

#[test]
fn a_bit_turned_over_is_noticed_or_changes_nothing() {
    let (_, noticed) = turn_over(STEP);
    assert!(noticed > 50, "only {noticed} were noticed");
}

#[test]
#[ignore = "every byte of a store: cargo test --release --test promises -- --ignored campaign_damage --nocapture"]
fn campaign_damage() {
    let (tried, noticed) = turn_over(1);
    println!(
        "{tried} bytes damaged one by one: {noticed} noticed, the others change no outcome and nothing still to be sent"
    );
}
