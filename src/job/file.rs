//! The job file as written: its keys, and one sentence on each, which editors show.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use toml::{Spanned, Value};

use super::schema;
use crate::document::Entries;
use crate::model::InputFormat;

/// Which endpoint, which input, how rows become items, and the values shared by all calls.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Job file of feishu-bulk")]
pub(super) struct JobFile {
    /// The name of an endpoint of the catalogue, or the path of an endpoint file, ending in .toml.
    #[schemars(with = "String")]
    pub(super) endpoint: Spanned<String>,
    /// Where the rows come from.
    #[serde(default)]
    pub(super) input: InputFile,
    /// Values shared by all items of a call, by the names that `feishu-bulk endpoints NAME` lists.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, schema::RequestValue>")]
    pub(super) request: Entries<Spanned<Value>>,
    /// Where the fields of an item come from; a column of the same name maps by itself.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, schema::ItemValue>")]
    pub(super) item: Entries<Spanned<Value>>,
    /// Words that stand for ids, by the name under which [item] and [request] use them.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, LookupFile>")]
    pub(super) lookup: Entries<LookupFile>,
    /// When to stop.
    #[serde(default)]
    pub(super) limits: LimitsFile,
    /// What is done before anything is sent.
    #[serde(default)]
    pub(super) before: BeforeFile,
}

#[derive(Deserialize, Default, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct BeforeFile {
    /// Reads what the platform holds and keeps it in the run's store, so that `undo` can put it back.
    #[serde(default)]
    pub(super) keep: bool,
    /// Looks up groups, people, shifts, records, rules and plans; rows that name any that is not there are rejected.
    #[serde(default)]
    pub(super) preflight: bool,
}

#[derive(Deserialize, Default, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct InputFile {
    /// The input file, relative to the job file; --input overrides it.
    pub(super) file: Option<String>,
    /// The format of the file; found by its content when left out.
    #[schemars(with = "Option<String>", extend("enum" = InputFormat::ALL))]
    pub(super) format: Option<Spanned<String>>,
    /// The encoding of the file, such as gb18030 or utf-8; detected when left out.
    pub(super) encoding: Option<String>,
    /// What parts the cells of CSV; a comma when left out.
    #[schemars(with = "Option<String>", extend("enum" = [",", ";", "|", "\t"]))]
    pub(super) delimiter: Option<Spanned<String>>,
    /// Columns that are not sent, only repeated in the reports.
    #[serde(default)]
    pub(super) ignore: Vec<String>,
    /// The sheet of a workbook; found when only one is visible, only one has the columns, or only one is of the month.
    pub(super) sheet: Option<String>,
    /// Several sheets that are read as one input: "*" for every visible one that has the columns, or a list of names.
    #[schemars(with = "Option<schema::Sheets>")]
    pub(super) sheets: Option<Spanned<Value>>,
    /// Rows of the header: 1, or 2 whose titles are joined by a slash; lines above it are left alone.
    #[schemars(with = "Option<u8>", range(min = 1, max = 2))]
    pub(super) header_rows: Option<Spanned<usize>>,
    /// What is done to cells before they are looked at; all of it is counted.
    #[serde(default)]
    pub(super) tidy: TidyFile,
    /// Each day's cell of a row is an item of its own.
    pub(super) unpivot: Option<UnpivotFile>,
}

#[derive(Deserialize, Default, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TidyFile {
    /// Drops white space at both ends of a cell.
    #[serde(default)]
    pub(super) trim: bool,
    /// Turns full-width digits into ordinary ones.
    #[serde(default)]
    pub(super) digits: bool,
    /// Words that stand for an empty cell.
    #[serde(default)]
    pub(super) empty: Vec<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UnpivotFile {
    /// How days are titled where that is unusual, such as 第{day}天.
    #[schemars(with = "Option<String>")]
    pub(super) pattern: Option<Spanned<String>>,
    /// The month, yyyyMM; --set month= overrides it, and titles or the sheet's name may give it.
    #[schemars(with = "Option<String>")]
    pub(super) month: Option<Spanned<String>>,
    /// The day on which the period begins: 26 for the 26th of the month before to the 25th.
    #[schemars(with = "Option<u8>", range(min = 1, max = 28))]
    pub(super) first_day: Option<Spanned<i64>>,
    /// Words of a cell that leave the day as it is.
    #[serde(default)]
    pub(super) leave: Vec<String>,
    /// A day of rest.
    pub(super) rest: Option<MarkFile>,
    /// A day that is cleared.
    pub(super) clear: Option<MarkFile>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MarkFile {
    /// The words of a cell; "" is a blank one.
    pub(super) words: Vec<String>,
    /// The constants they stand for, by the fields of an item.
    #[schemars(with = "BTreeMap<String, schema::Constant>")]
    pub(super) item: Entries<Spanned<Value>>,
}

#[derive(Deserialize, Default, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LookupFile {
    /// Who says what words stand for: "tenant" asks the platform, for the lookups people, shifts, groups and codes.
    #[schemars(with = "Option<String>", extend("enum" = ["tenant"]))]
    pub(super) from: Option<Spanned<String>>,
    /// What stands in for the platform's answer where it was never asked: in a check offline, and with --sandbox.
    #[schemars(with = "Option<RehearsalFile>")]
    pub(super) rehearsal: Option<RehearsalFile>,
    /// Words, and what each stands for.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    pub(super) words: Entries<String>,
    /// A file with more of them: CSV, JSONL or a workbook, relative to the job file.
    #[schemars(with = "Option<String>")]
    pub(super) file: Option<Spanned<String>>,
    /// The sheet of that workbook.
    pub(super) sheet: Option<String>,
    /// Columns of the file that hold words; each of them finds the row.
    #[serde(default)]
    pub(super) keys: Vec<String>,
    /// The column of the file that holds what they stand for.
    pub(super) value: Option<String>,
}

#[derive(Deserialize, Default, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RehearsalFile {
    /// Words, and what each stands for.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    pub(super) words: Entries<String>,
    /// A file with more of them, relative to the job file.
    #[schemars(with = "Option<String>")]
    pub(super) file: Option<Spanned<String>>,
    /// The sheet of that workbook.
    pub(super) sheet: Option<String>,
    /// Columns of the file that hold words.
    #[serde(default)]
    pub(super) keys: Vec<String>,
    /// The column of the file that holds what they stand for.
    pub(super) value: Option<String>,
}

#[derive(Deserialize, Default, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::struct_field_names,
    reason = "the names are the keys of the file"
)]
pub(super) struct LimitsFile {
    /// A number of rows or a share of them, such as "10%": more rejected, and nothing is sent.
    #[schemars(with = "Option<schema::Limit>")]
    pub(super) max_rejected: Option<Spanned<Value>>,
    /// A number of items or a share of those sent: more failed or unconfirmed, and the run halts.
    #[schemars(with = "Option<schema::Limit>")]
    pub(super) max_failed: Option<Spanned<Value>>,
    /// Most calls of a run, isolating calls and resends included; before one more, the run halts.
    #[schemars(with = "Option<u64>", range(min = 1))]
    pub(super) max_calls: Option<Spanned<u64>>,
    /// How long calls may fail whatever they carry, such as "90s", "15m" or "2h", before the run halts.
    #[schemars(with = "Option<String>", regex(pattern = "^[0-9]+[smh]$"))]
    pub(super) max_outage: Option<Spanned<String>>,
    /// Most items of a call, up to the limit of the endpoint.
    #[schemars(with = "Option<usize>")]
    pub(super) max_items: Option<Spanned<usize>>,
}
