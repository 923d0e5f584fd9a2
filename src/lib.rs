//! Loads large spreadsheets into the Feishu / Lark Open Platform, truthfully.

pub mod batching;
pub mod cli;
pub mod conclusion;
pub mod console;
pub mod control;
pub mod deliver;
pub mod document;
pub mod endpoint;
pub mod error;
pub mod event;
pub mod input;
pub mod job;
pub mod log;
pub mod mapping;
pub mod model;
pub mod prepare;
pub mod report;
pub mod run;
pub mod sandbox;
pub mod store;
pub mod transport;
