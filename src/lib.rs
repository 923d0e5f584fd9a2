//! Loads large spreadsheets into the Feishu / Lark Open Platform, truthfully.

pub mod control;
pub mod document;
pub mod endpoint;
pub mod error;
pub mod event;
pub mod model;
