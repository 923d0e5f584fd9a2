//! The wall clock: for people, and the only clock that two processes share. Nothing is timed with it but what they share.

use std::time::{Duration, SystemTime};

/// Now, RFC 3339 in UTC, to the second.
#[must_use]
pub fn text() -> String {
    let now = jiff::Timestamp::now();
    now.round(jiff::Unit::Second).unwrap_or(now).to_string()
}

/// The time of day so long from now, in UTC, for somebody who waits.
#[must_use]
pub fn time_in(wait: Duration) -> String {
    let then = jiff::Timestamp::now()
        .checked_add(wait)
        .unwrap_or(jiff::Timestamp::MAX);
    then.strftime("%H:%M:%S UTC").to_string()
}

/// Today, in UTC.
#[must_use]
pub fn today() -> jiff::civil::Date {
    jiff::Timestamp::now()
        .to_zoned(jiff::tz::TimeZone::UTC)
        .date()
}

/// The time of day where the program runs, to the second.
#[must_use]
pub fn time_of_day() -> String {
    jiff::Zoned::now().strftime("%H:%M:%S").to_string()
}

/// A moment in milliseconds since 1970, as RFC 3339 to the second.
#[must_use]
pub fn at(ms: u64) -> String {
    let seconds = i64::try_from(ms / 1000).unwrap_or(i64::MAX);
    let at = jiff::Timestamp::from_second(seconds).unwrap_or_default();
    at.to_string()
}

/// Now, in milliseconds since 1970.
#[must_use]
pub fn now_ms() -> u64 {
    u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap_or_default()
}

/// Now, since 1970.
#[must_use]
pub fn now() -> Duration {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
}
