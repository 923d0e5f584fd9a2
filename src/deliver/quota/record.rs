//! A schedule as numbers, for the file that the processes of a machine share.
//!
//! The head holds everything but the send times, with a sum over it; the send times follow as a ring, so that a call changes one of
//! them. What cannot be read is never taken for an empty schedule. Times are nanoseconds on the file's own clock.

use std::time::Duration;

use super::pace::Learned;
use super::schedule::Schedule;
use crate::machine::HEAD;

/// The clock of a file: the wall clock, which all processes see alike, but one that never goes back. When the wall clock is set
/// back, it goes on from where it was; when it is set forward, windows look free that are not, and the platform's refusals tell.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct FileClock {
    /// What is added to the wall clock.
    ahead: Duration,
    seen: Duration,
}

impl FileClock {
    /// Now.
    pub(super) fn now(&mut self, wall: Duration) -> Duration {
        self.ahead += self.seen.saturating_sub(wall + self.ahead);
        self.seen = wall + self.ahead;
        self.seen
    }
}

/// What a file said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FileContent {
    /// Nothing: it is new.
    New,
    /// A schedule.
    Schedule,
    /// Something else.
    Unreadable,
}

/// Takes over what the numbers say. Where they say nothing or cannot be read, clock and schedule stay as they are.
pub(super) fn read(numbers: &[u64], clock: &mut FileClock, schedule: &mut Schedule) -> FileContent {
    if numbers.is_empty() {
        return FileContent::New;
    }
    let Some((head, ring)) = numbers.split_first_chunk::<HEAD>() else {
        return FileContent::Unreadable;
    };
    let [
        format,
        sum,
        ahead,
        seen,
        due,
        paused_until,
        taken,
        capacity,
        learned @ ..,
    ] = *head;
    if format != FORMAT || sum != sum_of(head) || ring.len() as u64 != capacity {
        return FileContent::Unreadable;
    }
    clock.ahead = Duration::from_nanos(ahead);
    clock.seen = Duration::from_nanos(seen);
    schedule.due = Duration::from_nanos(due);
    schedule.paused_until = Duration::from_nanos(paused_until);
    schedule.taken = taken;
    let kept = taken.min(capacity).min(schedule.sent_max as u64);
    // One process takes a slot at most a second ahead; a damaged number must not hold anybody up for longer.
    let latest = clock.seen + Duration::from_secs(1);
    schedule.sent = (taken - kept..taken)
        .filter_map(|number| ring.get(place(number, capacity)))
        .map(|nanos| Duration::from_nanos(*nanos).min(latest))
        .collect();
    if let Some(pace) = &mut schedule.pace {
        let [
            reserve,
            level,
            active,
            refusals,
            first_refused,
            changed,
            stopped,
            _,
        ] = learned;
        pace.adopt(Learned {
            reserve: Duration::from_nanos(reserve),
            level: f64::from_bits(level),
            active: Duration::from_nanos(active),
            refusals: f64::from_bits(refusals),
            first_refused: Duration::from_nanos(first_refused),
            changed: Duration::from_nanos(changed),
            stopped: Duration::from_nanos(stopped),
        });
    }
    FileContent::Schedule
}

/// Writes clock and schedule into the numbers. Send times of a schedule with larger windows stay where they are.
pub(super) fn write(numbers: &mut Vec<u64>, clock: FileClock, schedule: &Schedule) {
    let Some(learned) = schedule.pace.as_ref().map(|pace| pace.learned) else {
        return;
    };
    let wanted = HEAD + schedule.sent_max;
    if numbers.len() < wanted {
        // The places of all send times change with the size of the ring.
        numbers.clear();
        numbers.resize(wanted, 0);
    }
    let capacity = (numbers.len() - HEAD) as u64;
    let Some((head, ring)) = numbers.split_first_chunk_mut::<HEAD>() else {
        return;
    };
    let first = schedule.taken.saturating_sub(schedule.sent.len() as u64);
    for (number, sent) in (first..).zip(&schedule.sent) {
        if let Some(place) = ring.get_mut(place(number, capacity)) {
            *place = nanos(*sent);
        }
    }
    let mut written = [
        FORMAT,
        0,
        nanos(clock.ahead),
        nanos(clock.seen),
        nanos(schedule.due),
        nanos(schedule.paused_until),
        schedule.taken,
        capacity,
        nanos(learned.reserve),
        learned.level.to_bits(),
        nanos(learned.active),
        learned.refusals.to_bits(),
        nanos(learned.first_refused),
        nanos(learned.changed),
        nanos(learned.stopped),
        0,
    ];
    let sum = sum_of(&written);
    let [_, place, ..] = &mut written;
    *place = sum;
    *head = written;
}

/// Where a send time is kept.
fn place(number: u64, capacity: u64) -> usize {
    usize::try_from(number % capacity.max(1)).unwrap_or(usize::MAX)
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// A sum over the head without the place of the sum (FNV-1a over whole numbers).
fn sum_of(head: &[u64; HEAD]) -> u64 {
    let numbers = head
        .iter()
        .enumerate()
        .filter(|(place, _)| *place != SUM_PLACE);
    numbers.fold(0xcbf2_9ce4_8422_2325, |sum, (_, number)| {
        (sum ^ number).wrapping_mul(0x0100_0000_01b3)
    })
}

const SUM_PLACE: usize = 1;

/// The first number of a file in this format.
const FORMAT: u64 = u64::from_le_bytes(*b"fbquota1");
