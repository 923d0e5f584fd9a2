//! The JSON Schema of a job file, and the shapes of its values, which the endpoint decides only when a job is read.

#![expect(dead_code, reason = "only the shape of these types is used")]

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde_json::Value;

use super::file::JobFile;
use crate::document::schema::json_schema;

/// The JSON Schema of job files.
#[must_use]
pub fn schema() -> Value {
    json_schema::<JobFile>()
}

/// A constant.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(super) enum Constant {
    Text(String),
    Number(i64),
    Flag(bool),
}

/// A constant, or the column that gives the value.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(super) enum RequestValue {
    Text(String),
    Number(i64),
    Flag(bool),
    Column(Column),
}

/// A constant, the column that gives the value, a cell of a roster, or the columns that are folded into a list.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(super) enum ItemValue {
    Text(String),
    Number(i64),
    Flag(bool),
    Column(Column),
    Cell(Cell),
    Fold(Fold),
}

/// The cell of a column.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(
    clippy::struct_field_names,
    reason = "the names are the keys of the file"
)]
pub(super) struct Column {
    /// The title of the column.
    column: String,
    /// The part of the date that the column holds.
    #[schemars(extend("enum" = ["month", "day", "date"]))]
    part: Option<String>,
    /// The lookup that says what its words stand for.
    lookup: Option<String>,
}

/// A cell of a roster: what it says, or the month, the day or the date of its column.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Cell {
    /// Which of these.
    #[schemars(extend("enum" = ["value", "month", "day", "date"]))]
    cell: String,
    /// The name of the [lookup] table that says what the word in the cell stands for.
    lookup: Option<String>,
}

/// Columns that become the entries of a list; an empty cell leaves its entry out.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Fold {
    /// Which columns.
    columns: Columns,
    /// The entry's field that takes the column's name.
    key: String,
    /// The entry's field that takes the cell.
    value: String,
    /// The lookup that says what the titles stand for.
    lookup: Option<String>,
}

/// `"*"` for every column that nothing else uses, a list of titles, or a table from each title to the name it is sent under.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(super) enum Columns {
    Others(#[schemars(extend("enum" = ["*"]))] String),
    Titles(Vec<String>),
    Names(BTreeMap<String, String>),
}

/// `"*"` for every visible sheet that has the columns, or a list of names.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(super) enum Sheets {
    All(#[schemars(extend("enum" = ["*"]))] String),
    Names(Vec<String>),
}

/// A number such as 20, or a share such as "10%".
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(super) enum Limit {
    Number(u64),
    Share(#[schemars(regex(pattern = "%$"))] String),
}
