//! Random schedules: faults by chance, kills, interruptions and resumes at any moment, until the run is finished. The same seed
//! gives the same schedule.
//!
//! A kill drops everything the client has under way, as the end of its process does; what it had ordered of the run store before
//! is written. Kills of a real process are in `sigkill`.

use std::ops::AddAssign;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use feishu_bulk::conclusion::Ended;
use feishu_bulk::control::Control;
use feishu_bulk::event::{Event, Observer};
use feishu_bulk::model::RunState;
use feishu_bulk::sandbox::{
    Apply, CodeEdit, End, Endpoint, Fault, FaultPlan, Garble, Harm, Length, ListEdit, When,
};
use tokio::sync::Notify;

use super::clock::fast;
use super::draw::Draw;
use super::trial::{BATCH, Trial, mark};
use crate::support::Method;

/// Schedules per method in the everyday suite.
const EVERYDAY: u64 = 30;
/// Starts after which a run must be finished: more than there are stops and faults that halt.
const STARTS_MAX: u32 = 40;

/// What the schedules met; a suite that meets nothing proves nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Met {
    kills: u64,
    interruptions: u64,
    halts: u64,
    /// Batches that were in flight when a start ended.
    in_flight: u64,
    /// Calls without an answer that settles them.
    ambiguous: u64,
    /// Parts of batches that were refused as a whole.
    parts: u64,
    throttles: u64,
    unconfirmed: u64,
}

impl AddAssign for Met {
    fn add_assign(&mut self, other: Self) {
        self.kills += other.kills;
        self.interruptions += other.interruptions;
        self.halts += other.halts;
        self.in_flight += other.in_flight;
        self.ambiguous += other.ambiguous;
        self.parts += other.parts;
        self.throttles += other.throttles;
        self.unconfirmed += other.unconfirmed;
    }
}

/// Counts what happens, and says when it is time to stop.
struct Watch {
    batches: i64,
    met: Mutex<Met>,
    events_left: AtomicU64,
    stop: Notify,
}

impl Watch {
    fn met(&self) -> std::sync::MutexGuard<'_, Met> {
        self.met.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Watch {
    fn see(&self, event: &Event) {
        if let Event::Paused { .. } = event {
            self.met().throttles += 1;
        }
        if let Event::CallSent { batch, .. } = event
            && batch.0 > self.batches
        {
            self.met().parts += 1;
        }
        let left = self.events_left.load(Ordering::Relaxed);
        self.events_left
            .store(left.saturating_sub(1), Ordering::Relaxed);
        if left == 1 {
            self.stop.notify_one();
        }
    }
}

/// How a start is stopped.
#[derive(Debug, Clone, Copy)]
enum Stop {
    Kill,
    Interrupt,
    /// Twice.
    Abort,
    Never,
}

fn fault(draw: &mut Draw, method: Method, items: u64) -> (When, Fault) {
    let item = usize::try_from(1 + draw.below(items)).unwrap();
    let apply = draw.one_of(&[Apply::All, Apply::Nothing, Apply::Half]);
    let cut = |length, end| {
        Fault::new(Harm::Cut {
            bytes: None,
            length,
            end,
        })
    };
    let fault = match draw.below(16) {
        0 => Fault::reset().apply(apply),
        1 => cut(Length::Told, End::Close),
        2 => cut(Length::Chunked, End::Reset),
        3 => Fault::new(Harm::Hang).apply(apply),
        4 => Fault::new(Harm::Hang).apply(Apply::Late(Duration::from_secs(draw.below(400)))),
        5 => Fault::answer(500, 1_225_000, "system error").apply(apply),
        6 => Fault::throttle(Some("2")),
        7 => Fault::throttle(None),
        8 => Fault::answer(400, 7_654_321, "something new"),
        9 => Fault::answer(400, 1_225_000, "the shift is broken"),
        10 => Fault::answer(400, 99_991_672, "Access denied"),
        11 => Fault::new(Harm::ExpireTokens),
        12 => Fault::new(Harm::Code(CodeEdit::Text)),
        13 => Fault::new(Harm::Garble(Garble::Tail)),
        14 => Fault::new(Harm::List(
            draw.one_of(&[ListEdit::Omit, ListEdit::Reorder]),
        )),
        _ => Fault::late(Duration::from_millis(draw.below(40_000))),
    };
    let when = match draw.below(4) {
        0 => When::item(mark(method, item)),
        1 => When::chance(0.3),
        2 => When::call(1 + draw.below(12)),
        _ => When::attempt(1 + draw.below(2)),
    };
    (when.times(1 + draw.below(6)), fault)
}

/// One schedule to its end; what it met, and what the checker found wrong.
async fn play(method: Method, seed: u64) -> (Met, Vec<String>) {
    let mut draw = Draw(seed);
    let items = (5 + draw.below(8)) * BATCH as u64 - draw.below(BATCH as u64);
    let mut plan = FaultPlan::new();
    for _ in 0..draw.below(4) {
        let (when, fault) = fault(&mut draw, method, items);
        plan = plan.on(when, fault);
    }
    if draw.below(8) == 0 {
        let token = When::call(1).at(Endpoint::Token);
        plan = plan.on(token, Fault::answer(500, 1_500, "internal error"));
    }
    let watch = Arc::new(Watch {
        batches: i64::try_from(items.div_ceil(BATCH as u64)).unwrap(),
        met: Mutex::default(),
        events_left: AtomicU64::new(0),
        stop: Notify::new(),
    });
    let mut trial = Trial::new(method, usize::try_from(items).unwrap(), plan).await;
    trial.observer = Arc::clone(&watch) as Arc<dyn Observer>;
    let mut complaints = Vec::new();
    for start in 0..STARTS_MAX {
        let stop = match draw.below(6) {
            _ if start > 6 => Stop::Never,
            0 | 1 => Stop::Kill,
            2 => Stop::Interrupt,
            3 => Stop::Abort,
            _ => Stop::Never,
        };
        let ended = sit(&trial, &watch, start, stop, draw.below(40)).await;
        // The tasks of a client that was killed go when the runtime next comes round to them.
        while Arc::strong_count(&watch) > 2 {
            tokio::task::yield_now().await;
        }
        watch.met().in_flight += trial.open().in_flight().unwrap().len() as u64;
        let Some(ended) = ended else {
            watch.met().kills += 1;
            continue;
        };
        // The threads of a client that was killed here hold the store a little longer; a process that is gone holds nothing.
        let log = trial.run_folder().join("run.db-wal");
        for _ in 0..10_000 {
            if watch.met().kills == 0 || !log.exists() {
                break;
            }
            std::thread::yield_now();
        }
        complaints.extend(trial.complaints(&ended));
        match ended.state {
            RunState::Finished => {
                let calls = trial.record().calls;
                let broken = calls.iter().filter(|call| call.status.is_none()).count();
                let mut met = watch.met();
                met.ambiguous += broken as u64;
                met.unconfirmed += ended.tally.unconfirmed;
                return (*met, complaints);
            }
            RunState::Halted => watch.met().halts += 1,
            RunState::Interrupted | RunState::Running => watch.met().interruptions += 1,
        }
    }
    complaints.push(format!("not finished after {STARTS_MAX} starts"));
    let met = *watch.met();
    (met, complaints)
}

/// The run, or its resumption, until it ends or is stopped after so many events. None: it was killed.
async fn sit(trial: &Trial, watch: &Watch, start: u32, stop: Stop, events: u64) -> Option<Ended> {
    let control = Control::default();
    let due = match stop {
        Stop::Never => 0,
        Stop::Kill | Stop::Interrupt | Stop::Abort => events + 1,
    };
    watch.events_left.store(due, Ordering::Relaxed);
    let work = async {
        if start == 0 {
            trial.run(&control).await
        } else {
            trial.resume(&control).await
        }
    };
    tokio::pin!(work);
    tokio::select! {
        biased;
        ended = &mut work => return Some(ended),
        () = watch.stop.notified(), if !matches!(stop, Stop::Never) => {}
    }
    match stop {
        Stop::Kill | Stop::Never => return None,
        Stop::Interrupt => control.interrupt(),
        Stop::Abort => {
            control.interrupt();
            control.interrupt();
        }
    }
    Some(work.await)
}

/// Plays so many schedules from this seed on.
fn schedules(method: Method, first: u64, count: u64) -> Met {
    let mut met = Met::default();
    for seed in first..first + count {
        let (more, complaints) = fast(play(method, seed));
        assert!(
            complaints.is_empty(),
            "seed {seed} of {method:?}: {complaints:#?}"
        );
        met += more;
    }
    met
}

/// Each of the windows that matter was hit.
fn not_in_vain(met: Met) {
    let Met {
        kills,
        interruptions,
        halts,
        in_flight,
        ambiguous,
        parts,
        throttles,
        unconfirmed,
    } = met;
    let all = [
        kills,
        interruptions,
        halts,
        in_flight,
        ambiguous,
        parts,
        throttles,
        unconfirmed,
    ];
    assert!(all.iter().all(|count| *count > 0), "{met:?}");
}

macro_rules! everyday {
    ($($name:ident: $method:ident, $first:literal;)*) => {$(
        #[test]
        fn $name() {
            not_in_vain(schedules(Method::$method, $first, EVERYDAY));
        }
    )*};
}

everyday! {
    punches_survive_random_schedules: Punches, 10_000;
    shifts_survive_random_schedules: Shifts, 20_000;
    records_survive_random_schedules: Records, 30_000;
    plan_rows_survive_random_schedules: PlanRows, 40_030;
    archive_reports_survive_random_schedules: Archive, 50_000;
}

#[test]
#[ignore = "plays 5,000 schedules, FEISHU_CAMPAIGN=n otherwise: cargo test --release --test promises -- --ignored campaign_schedules --nocapture"]
fn campaign_schedules() {
    let count = super::campaign_count(5_000);
    let each = u64::from(count) / Method::ALL.len() as u64;
    let mut met = Met::default();
    for (place, method) in (1..).zip(Method::ALL) {
        met += schedules(method, place * 1_000_000, each);
    }
    println!("{count} schedules over the five jobs: {met:?}; no complaint of the checker");
    not_in_vain(met);
}
