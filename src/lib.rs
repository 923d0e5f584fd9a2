//! Loads large spreadsheets into the Feishu / Lark Open Platform, truthfully.

pub mod batching;
pub mod control;
pub mod deliver;
pub mod document;
pub mod endpoint;
pub mod error;
pub mod event;
pub mod input;
pub mod job;
pub mod mapping;
pub mod model;
pub mod prepare;
pub mod sandbox;
pub mod store;
pub mod transport;
