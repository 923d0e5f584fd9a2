//! An Excel workbook (.xlsx) as the sheets it holds, and a sheet as lines of cells, streamed.
//!
//! Keeps this: no value is given that a sheet does not hold, and none that it holds is passed over. A sheet is walked once to know
//! what is around its cells, and then read line by line. Knows nothing of headers and rows, nor which sheet is meant.

mod cells;
mod container;
mod format;
mod lines;
mod package;
mod region;
mod texts;
mod worksheet;

#[cfg(test)]
mod tests;

pub(super) use cells::Kind;
pub(super) use container::{Container, unsound};
pub(super) use lines::{Feed, Line, Stream};
pub(super) use package::{Package, Sheet};
pub(super) use region::Region;
pub(super) use worksheet::Scan;
