//! The files of a run as somebody else's program would read them: with the `csv` and `serde_json` crates and nothing of ours.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// One record of an input, or one line of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Record {
    /// The user's own cells: the text of a CSV cell, the raw JSON of a member.
    pub(crate) own: BTreeMap<String, String>,
    /// The cells whose names begin with `_`.
    pub(crate) ours: BTreeMap<String, String>,
    /// False for a record that has not as many cells as the header, or is no object, or has a key twice.
    pub(crate) readable: bool,
    /// The line as it stands; of JSONL only.
    pub(crate) line: String,
}

/// All records of a file, and its header where it has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Records {
    pub(crate) header: Vec<String>,
    pub(crate) records: Vec<Record>,
}

/// Reads a file's text; by its look it is CSV or JSONL.
pub(crate) fn read(text: &str, jsonl: bool) -> Result<Records, String> {
    if jsonl {
        Ok(read_jsonl(text))
    } else {
        read_csv(text)
    }
}

/// The text of a cell, whichever format it came from.
pub(crate) fn plain(cell: &str, jsonl: bool) -> String {
    if !jsonl {
        return cell.to_owned();
    }
    match serde_json::from_str(cell) {
        Ok(serde_json::Value::String(text)) => text,
        Ok(serde_json::Value::Null) => String::new(),
        _ => cell.to_owned(),
    }
}

fn read_csv(text: &str) -> Result<Records, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .from_reader(text.as_bytes());
    let header: Vec<String> = reader
        .headers()
        .map_err(|error| error.to_string())?
        .iter()
        .map(str::to_owned)
        .collect();
    let mut records = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| error.to_string())?;
        // A line of delimiters is a blank line, unless it has quotes; those the crate does not show, so tests avoid them.
        if record
            .iter()
            .all(|cell| cell.trim_matches([' ', '\t']).is_empty())
            && record.len() > 1
        {
            continue;
        }
        let cells = header.iter().zip(&record);
        let (ours, own) = cells
            .map(|(name, cell)| (name.clone(), cell.to_owned()))
            .partition(|(name, _)| name.starts_with('_'));
        records.push(Record {
            own,
            ours,
            readable: record.len() == header.len(),
            line: String::new(),
        });
    }
    Ok(Records { header, records })
}

fn read_jsonl(text: &str) -> Records {
    let mut records = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let members = serde_json::from_str::<Members>(line).map(|members| members.0);
        let count = members.as_ref().ok().map(Vec::len);
        let (ours, own): (BTreeMap<_, _>, BTreeMap<_, _>) = members
            .unwrap_or_default()
            .into_iter()
            .partition(|(name, _)| name.starts_with('_'));
        records.push(Record {
            readable: count == Some(ours.len() + own.len()),
            line: line.to_owned(),
            own,
            ours,
        });
    }
    Records {
        header: Vec::new(),
        records,
    }
}

/// The members of an object in their order, each with its raw JSON; a key that is there twice is there twice.
struct Members(Vec<(String, String)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, Box<RawValue>>()? {
                    members.push((name, value.get().to_owned()));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Reader)
    }
}
