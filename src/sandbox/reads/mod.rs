//! Endpoints that only read: they answer from the platform's state and change nothing.
//!
//! Pages: `catalogue.md` 0.2 and part A.

pub(super) mod archive;
pub(super) mod days;
pub(super) mod groups;
mod pages;
pub(super) mod people;
pub(super) mod plan_rows;
pub(super) mod punches;
pub(super) mod records;
pub(super) mod shifts;

pub(super) use pages::REPEATED_TOKEN;
