//! The local page: what the commands give, in a browser of this machine.
//!
//! It parses what the browser sends, asks the work and shows what it returns; nothing is decided here that the command line would
//! decide otherwise. It knows no endpoint by name.

pub mod view;
