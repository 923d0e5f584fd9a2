//! Two processes that share a file: each gate of these tests is one.

use std::fs;

use proptest::prelude::*;
use tempfile::TempDir;

use super::platform::{Platform, Way};
use super::*;
use crate::event::{Event, Observer};

/// The rules of all notices that were given.
#[derive(Debug, Default)]
struct Noticed(Mutex<Vec<&'static str>>);

impl Noticed {
    fn rules(&self) -> Vec<&'static str> {
        self.0.lock().unwrap().clone()
    }
}

impl Observer for Noticed {
    fn see(&self, event: &Event) {
        if let Event::Noticed { notice } = event {
            self.0.lock().unwrap().push(notice.rule);
        }
    }
}

/// A machine, whose wall clock is tokio's.
struct Machine {
    folder: TempDir,
    zero: Instant,
    noticed: Arc<Noticed>,
}

impl Machine {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            zero: Instant::now(),
            noticed: Arc::default(),
        }
    }

    fn shared(&self) -> Shared {
        Shared::in_folder(self.folder.path(), "quota")
    }

    /// A process on this machine whose wall clock runs ahead by so much.
    fn process_ahead(&self, quota: &str, ahead: Duration) -> Arc<Gate> {
        let windows = windows(quota);
        let zero = self.zero;
        let wall = Box::new(move || Duration::from_hours(24) + ahead + zero.elapsed());
        let observer = Arc::clone(&self.noticed) as Arc<dyn Observer>;
        let own = Book::own(&windows, own_clock(&windows), Arc::clone(&observer));
        let book = Book::shared(&windows, &self.shared(), wall, observer);
        Arc::new(Gate::over(book, Some(own)))
    }

    fn process(&self, quota: &str) -> Arc<Gate> {
        self.process_ahead(quota, Duration::ZERO)
    }
}

async fn pass(gate: &Gate, calls: u32) -> Duration {
    let zero = Instant::now();
    for _ in 0..calls {
        gate.acquire().await;
    }
    zero.elapsed()
}

#[tokio::test(start_paused = true)]
async fn two_runs_share_the_quota_evenly_and_nothing_is_refused() {
    for (least, most, used) in [(1, 3, 0.97), (20, 80, 0.92)] {
        let machine = Machine::new();
        let platform = Platform::new("50/1s", Way::of_ms(least, most));
        let gates = [machine.process("50/1s"), machine.process("50/1s")];
        let mut callers = platform.send(&gates[0], "50/1s", 60);
        callers.extend(platform.send(&gates[1], "50/1s", 60));
        for caller in callers {
            caller.await.unwrap();
        }
        let arrived = platform.arrived();
        let rate = arrived.rate(0, 60) / 50.0;
        assert!(rate >= used, "{least} to {most} ms: {rate}");
        let refused = arrived.refused_per_mille(0, 60);
        assert!(refused <= 2.5, "{least} to {most} ms: {refused}");
    }
}

#[tokio::test(start_paused = true)]
async fn neither_of_two_runs_starves_and_the_windows_hold_for_both() {
    let machine = Machine::new();
    let both = "50/1s,1000/60s";
    let end = Duration::from_mins(3);
    let latency = Duration::from_millis(700);
    let one = tokio::spawn(sent_until(machine.process(both), 101, latency, end));
    let two = tokio::spawn(sent_until(machine.process(both), 101, latency, end));
    let (one, two) = (one.await.unwrap(), two.await.unwrap());
    let mut all = [one.clone(), two.clone()].concat();
    all.sort_unstable();
    assert_never_over(&all, &windows(both));
    assert!(all.len() >= 2_940, "{}", all.len());
    for alone in [one.len(), two.len()] {
        assert!(alone * 10 >= all.len() * 4, "{alone} of {}", all.len());
    }
}

#[tokio::test(start_paused = true)]
async fn a_killed_process_frees_nothing_early() {
    let machine = Machine::new();
    let killed = machine.process("50/1s,1000/60s");
    pass(&killed, 1_000).await;
    drop(killed);
    let waited = pass(&machine.process("50/1s,1000/60s"), 1).await;
    assert!(waited > Duration::from_secs(39), "{waited:?}");
    assert!(waited < Duration::from_secs(42), "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn a_run_that_goes_on_waits_for_what_was_sent_and_no_longer() {
    let machine = Machine::new();
    let both = "50/1s,1000/60s";
    pass(&machine.process(both), 10).await;
    let resumed = machine.process(both);
    resumed.assume_filled(Duration::ZERO);
    assert!(pass(&resumed, 100).await < Duration::from_secs(3));
    // Of a process on another machine nothing is known here.
    let elsewhere = Machine::new().process(both);
    elsewhere.assume_filled(Duration::from_secs(10));
    assert!(pass(&elsewhere, 1).await > Duration::from_secs(49));
}

#[tokio::test(start_paused = true)]
async fn pauses_and_what_was_learned_hold_for_all_and_for_the_next_run() {
    let machine = Machine::new();
    let [one, two] = [machine.process("50/1s"), machine.process("50/1s")];
    one.pause(Duration::from_secs(20));
    assert!(pass(&two, 1).await >= Duration::from_secs(20));
    let spacing = |gate: &Gate| {
        gate.book.with(|schedule, _| {
            let pace = schedule.pace.as_ref().unwrap();
            pace.spacing()
        })
    };
    let at_first = spacing(&two);
    let passed = two.acquire().await;
    two.throttled(passed, Duration::from_millis(1_500));
    let learned = spacing(&two);
    assert!(learned > at_first);
    drop((one, two));
    tokio::time::sleep(Duration::from_hours(6)).await;
    let next = machine.process("50/1s");
    assert_eq!(spacing(&next), learned);
    tokio::time::sleep(Duration::from_hours(7)).await;
    pass(&next, 1).await;
    assert_eq!(spacing(&next), at_first);
}

#[tokio::test(start_paused = true)]
async fn another_quota_for_the_same_method_counts_the_same_calls() {
    let machine = Machine::new();
    let [small, large] = [machine.process("5/1s"), machine.process("100/1s,1000/60s")];
    pass(&small, 5).await;
    pass(&large, 100).await;
    let waited = pass(&small, 1).await;
    assert!(waited >= Duration::from_millis(900), "{waited:?}");
    assert_eq!(machine.noticed.rules(), Vec::<&str>::new());
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_set_makes_nobody_wait_for_long() {
    let machine = Machine::new();
    let hour = Duration::from_hours(1);
    pass(&machine.process_ahead("50/1s", hour), 60).await;
    for ahead in [Duration::ZERO, hour * 10, hour] {
        let gate = machine.process_ahead("50/1s", ahead);
        let waited = pass(&gate, 60).await;
        let range = Duration::from_millis(900)..Duration::from_millis(2_500);
        assert!(range.contains(&waited), "{ahead:?}: {waited:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_file_that_cannot_be_read_counts_as_a_quota_used_up_and_is_begun_anew() {
    let machine = Machine::new();
    pass(&machine.process("50/1s,1000/60s"), 3).await;
    let path = machine.folder.path().join("quota");
    let good = fs::read(&path).unwrap();
    let mut flipped = good.clone();
    flipped[40] ^= 1;
    let halves: [&[u8]; 5] = [
        &good[..good.len() - 8],
        &good[..64],
        b"x",
        &flipped,
        &[0; 9_000],
    ];
    for (number, bytes) in halves.into_iter().enumerate() {
        fs::write(&path, bytes).unwrap();
        let waited = pass(&machine.process("50/1s,1000/60s"), 1).await;
        let minute = Duration::from_mins(1)..Duration::from_secs(62);
        assert!(minute.contains(&waited), "{number}: {waited:?}");
        assert_eq!(
            machine.noticed.rules(),
            vec!["quota.ledger-damaged"; number + 1]
        );
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_folder_the_process_keeps_the_quota_alone_and_says_so() {
    let machine = Machine::new();
    fs::write(machine.folder.path().join("file"), "").unwrap();
    let noticed = Arc::clone(&machine.noticed) as Arc<dyn Observer>;
    let shared = Shared::in_folder(&machine.folder.path().join("file"), "quota");
    let gate = Gate::open(&windows("50/1s"), Some(&shared), noticed);
    assert_eq!(machine.noticed.rules(), ["quota.not-shared"]);
    assert!(pass(&gate, 101).await >= Duration::from_secs(2));
    // A file that fails later: what was sent before still counts.
    let machine = Machine::new();
    let gate = machine.process("50/1s");
    pass(&gate, 50).await;
    fs::write(machine.folder.path().join("quota"), vec![0; 2 << 20]).unwrap();
    assert!(pass(&gate, 51).await >= Duration::from_secs(1));
    assert_eq!(machine.noticed.rules(), ["quota.not-shared"]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_anybody_panic_or_wait_longer_than_a_window(
        bytes in prop::collection::vec(any::<u8>(), 0..600),
        after in prop::collection::vec((0_usize..600, any::<u8>()), 0..4),
        anew in any::<bool>(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        let waited = runtime.block_on(async {
            let machine = Machine::new();
            let path = machine.folder.path().join("quota");
            pass(&machine.process("50/1s"), 2).await;
            let mut written = if anew { bytes } else { fs::read(&path).unwrap() };
            for (at, byte) in after {
                if let Some(place) = written.get_mut(at) {
                    *place = byte;
                }
            }
            fs::write(&path, written).unwrap();
            pass(&machine.process("50/1s"), 1).await
        });
        prop_assert!(waited <= Duration::from_millis(2_100), "{:?}", waited);
    }
}
