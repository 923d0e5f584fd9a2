//! What people see of the page: each screen is a function from plain values to markup.
//!
//! A screen knows no store, no request and no clock: it is handed what it shows, with the words of others already in the language of
//! the session. Its own words are said here.

pub(crate) mod ask;
pub(crate) mod check;
pub(crate) mod choose;
pub(crate) mod confirm;
pub(crate) mod counts;
pub(crate) mod ends;
pub(crate) mod frame;
pub(crate) mod grid;
pub(crate) mod help;
pub(crate) mod history;
pub(crate) mod home;
pub(crate) mod live;
pub(crate) mod result;
pub(crate) mod settings;
#[cfg(test)]
mod tests;
