//! What every test needs: the bench to run on, the checker, and the platform written down a second time.

pub(crate) mod bench;
pub(crate) mod checker;
pub(crate) mod files;
pub(crate) mod office;
pub(crate) mod platform;
pub(crate) mod ran;
pub(crate) mod sheet;
pub(crate) mod table;
pub(crate) mod terminal;

pub(crate) use bench::Bench;
pub(crate) use platform::Method;
pub(crate) use ran::{Items, Ran};
pub(crate) use table::{Format, Table};
