//! An input as a test writes it down: named columns, rows of texts, and now and then a line that is no row.
//!
//! The same table is written as CSV or as JSONL, so that both formats are held to the same promises.

use serde_json::{Map, Value};

/// Columns whose cells are numbers or truth values in JSONL; a cell that is neither stays text.
const TYPED_COLUMNS: &[&str] = &["month", "day_no", "is_clear_schedule"];

/// A table to be written as an input file.
#[derive(Debug, Clone, Default)]
pub(crate) struct Table {
    columns: Vec<String>,
    lines: Vec<Line>,
}

#[derive(Debug, Clone)]
enum Line {
    Row(Vec<String>),
    /// Written as it stands.
    Raw {
        csv: String,
        jsonl: String,
    },
}

/// How a table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Format {
    #[default]
    Csv,
    Jsonl,
}

impl Format {
    pub(crate) fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
        }
    }
}

impl Table {
    pub(crate) fn new(columns: &[&str]) -> Self {
        Self {
            columns: columns.iter().map(|&name| name.to_owned()).collect(),
            lines: Vec::new(),
        }
    }

    /// Adds a row.
    pub(crate) fn row<T: ToString>(mut self, cells: impl IntoIterator<Item = T>) -> Self {
        let cells: Vec<String> = cells.into_iter().map(|cell| cell.to_string()).collect();
        assert_eq!(
            cells.len(),
            self.columns.len(),
            "a row has a cell for each column"
        );
        self.lines.push(Line::Row(cells));
        self
    }

    /// Changes one cell.
    pub(crate) fn set(mut self, record: usize, column: &str, value: &str) -> Self {
        let position = self.position(column);
        match &mut self.lines[record - 1] {
            Line::Row(cells) => value.clone_into(&mut cells[position]),
            Line::Raw { .. } => panic!("record {record} is no row"),
        }
        self
    }

    /// Makes record `to` the same as record `from`.
    pub(crate) fn copy(mut self, from: usize, to: usize) -> Self {
        self.lines[to - 1] = self.lines[from - 1].clone();
        self
    }

    /// Makes a record something that cannot be read as a row.
    pub(crate) fn unreadable(mut self, record: usize, csv: &str, jsonl: &str) -> Self {
        self.lines[record - 1] = Line::Raw {
            csv: csv.to_owned(),
            jsonl: jsonl.to_owned(),
        };
        self
    }

    /// The file's text.
    pub(crate) fn write(&self, format: Format) -> String {
        match format {
            Format::Csv => self.csv(),
            Format::Jsonl => self.jsonl(),
        }
    }

    fn position(&self, column: &str) -> usize {
        let known = self.columns.iter().position(|name| name == column);
        known.unwrap_or_else(|| panic!("there is no column {column}"))
    }

    fn csv(&self) -> String {
        let mut text = csv_line(&self.columns);
        for line in &self.lines {
            match line {
                Line::Row(cells) => text.push_str(&csv_line(cells)),
                Line::Raw { csv, .. } => text.extend([csv, "\n"]),
            }
        }
        text
    }

    fn jsonl(&self) -> String {
        let mut text = String::new();
        for line in &self.lines {
            match line {
                Line::Row(cells) => text.push_str(&self.object(cells).to_string()),
                Line::Raw { jsonl, .. } => text.push_str(jsonl),
            }
            text.push('\n');
        }
        text
    }

    /// An empty cell is a key left out.
    fn object(&self, cells: &[String]) -> Value {
        let mut object = Map::new();
        for (name, cell) in self.columns.iter().zip(cells) {
            if cell.is_empty() {
                continue;
            }
            let typed = TYPED_COLUMNS.contains(&name.as_str());
            let value = match serde_json::from_str(cell) {
                Ok(value @ (Value::Number(_) | Value::Bool(_))) if typed => value,
                _ => Value::String(cell.clone()),
            };
            object.insert(name.clone(), value);
        }
        Value::Object(object)
    }
}

fn csv_line(cells: &[String]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(cells).unwrap();
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}
