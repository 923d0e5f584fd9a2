//! Loads large spreadsheets into the Feishu / Lark Open Platform, truthfully.
//!
//! A row travels through three stations. [`prepare`] reads the file, maps each row to an item and stages batches in the run
//! store; nothing is sent before every row was checked. [`deliver`] turns batches into calls and replies into outcomes, with the
//! intent durable before the first byte leaves and the outcome durable before it is counted. [`report`] projects the store into
//! files. [`run`] is the line through all three; `check` is the first alone, `resume` the last two.
//!
//! Who may know whom: each group imports only from itself and from those above it.
//!
//! - words: [`model`], [`text`], [`error`], [`event`], [`progress`], [`control`], [`wall_clock`], [`document`], [`command_line`], [`numbers`], [`shown`],
//!   [`full_width`]; of them only
//!   `document` reads a file, only `wall_clock` reads the clock, and only `control` can be waited for
//! - pure steps: [`endpoint`], [`job`], [`roster`], [`lookup`], [`mapping`], [`batching`], [`present`]
//! - the outside world: [`input`], [`machine`], [`store`], [`transport`], [`sandbox`] (which knows none of the pure steps: it is a judge)
//! - the work: [`origin`], [`prepare`], [`deliver`], [`tenant`], [`reading`], [`report`], [`conclusion`], [`run`], [`rerun`], [`plan`], [`verify`], [`undo`], [`template`]
//! - faces: [`console`], [`log`], [`target`], [`shipped`], [`page`], [`cli`]

#[macro_use]
pub mod text;

pub mod batching;
pub mod cli;
pub mod command_line;
pub mod conclusion;
pub mod console;
pub mod control;
pub mod deliver;
pub mod document;
pub mod endpoint;
pub mod error;
pub mod event;
pub mod full_width;
pub mod input;
pub mod job;
pub mod log;
pub mod lookup;
pub mod machine;
pub mod mapping;
pub mod model;
pub mod numbers;
pub mod origin;
pub mod page;
pub mod plan;
pub mod prepare;
pub mod present;
pub mod progress;
pub mod reading;
pub mod report;
pub mod rerun;
pub mod roster;
pub mod run;
pub mod sandbox;
pub mod shipped;
pub mod shown;
pub mod store;
pub mod target;
pub mod template;
pub mod tenant;
pub mod transport;
pub mod undo;
pub mod verify;
pub mod wall_clock;
