//! A run survives anything: the platform's bad minutes, kills, resumes, a broken store. Every case ends in the checker.
//!
//! Client and sandbox share one runtime whose clock runs fast, so that delays of minutes cost milliseconds and no test sleeps.

mod clock;
mod fault_matrix;
mod guilty_rows;
mod trial;
