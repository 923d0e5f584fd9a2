//! What people see of the page: each screen is a function from plain values to markup.
//!
//! A screen knows no store, no request and no clock: it is handed what it shows.
