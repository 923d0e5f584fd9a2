//! A run survives anything: the platform's bad minutes, kills, resumes, a broken store. Every case ends in the checker.
//!
//! Client and sandbox share one runtime whose clock runs fast, so that delays of minutes cost milliseconds and no test sleeps.

mod clock;
mod damaged_store;
mod disk;
mod draw;
mod fault_matrix;
mod guilty_rows;
mod halts;
mod lost_log;
mod million;
mod reading_back;
mod resuming;
mod schedules;
mod sigkill;
mod store_operations;
mod storms;
mod trial;
mod undoing;
mod waits;

/// How long a campaign is: as the variable says, else as its own test does.
fn campaign_count(otherwise: u32) -> u32 {
    std::env::var("FEISHU_CAMPAIGN").map_or(otherwise, |count| count.parse().unwrap())
}
