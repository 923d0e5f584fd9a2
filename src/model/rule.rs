//! The rules that rows, cells and files break: each has a stable name, and words that may change.

/// A rule, by which scripts and people know why something was not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Its stable name, such as `row.required`.
    pub name: &'static str,
    /// What is wrong, in words that do not depend on the row: "is required and empty".
    pub words: &'static str,
}

impl Rule {
    /// A number of which a spreadsheet dropped digits, whether it shows so or they were filled up with zeros.
    pub const DIGITS_LOST: Self = Self::new(
        "row.digits-lost",
        "is a number with 16 or more digits, of which a spreadsheet keeps only 15; format the column as text and paste the ids again",
    );

    /// A rule by its name and its words.
    #[must_use]
    pub const fn new(name: &'static str, words: &'static str) -> Self {
        Self { name, words }
    }
}

/// A cell that is part of merged cells: a sheet holds their value once.
pub const MERGED: Rule = Rule::new(
    "row.merged",
    "is part of merged cells; unmerge them and fill each cell",
);

/// A line that has the very cells of the header.
pub const REPEATS_HEADER: Rule = Rule::new("row.repeated-header", "the line repeats the header");
