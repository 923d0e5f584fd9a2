//! Which sheets of a workbook are asked for, and how one of several is known to be the one of a month.

use crate::model::Head;
use crate::roster::SheetMonth;

/// Several sheets that are read as one input, one after the other in the order of the workbook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SheetList {
    /// Every visible sheet that holds the table.
    All,
    /// Those of these names.
    Named(Vec<String>),
}

/// How it is known of which month a sheet is.
#[derive(Debug, Clone, Copy)]
pub struct MonthRule {
    /// The month that is wanted, where the job or `--set month=` says it.
    pub wanted: Option<SheetMonth>,
    /// First day of the period that a month stands for.
    pub first_day: i8,
    /// What the name of a sheet, the lines above its header and the header say of its month.
    pub said: fn(&Head, i8) -> Option<SheetMonth>,
}
