//! The XML of a sheet: its cells in their order, which columns and rows are hidden, which cells are merged.
//!
//! Keeps this: rows and cells come in order, each once. Rows are counted from 1, columns from 0.

use quick_xml::events::{BytesStart, Event};

use crate::error::Refusal;
use crate::model::letters;

use super::container::{BYTES_MAX, Container, attribute, unsound};
use super::package::is_true;
use super::region::{Region, cell_place};
use super::texts::{RichText, push, unescaped};

/// The most rows of a sheet, and the most columns, as in Excel.
const ROWS_MAX: u32 = 1_048_576;
const COLUMNS_MAX: u32 = 16_384;

/// The most merged regions, and the most hidden columns that are written one by one: they are kept in memory.
const REGIONS_MAX: usize = 100_000;

/// What stands in a sheet.
pub(super) enum Seen<'c> {
    /// A cell with a value or a formula.
    Cell(&'c Written),
    /// The first and the last of hidden columns.
    HiddenColumns(u32, u32),
    Merged(Region),
}

/// A cell as it is written.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub(super) row: u32,
    pub(super) row_is_hidden: bool,
    pub(super) column: u32,
    pub(super) kind: Type,
    /// The number of its style.
    pub(super) style: usize,
    pub(super) value: String,
    pub(super) has_formula: bool,
    /// Whether a value is written, be it empty.
    has_value: bool,
}

/// What the value of a cell is.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    /// A number, as is usual where nothing is said.
    #[default]
    Untyped,
    Number,
    Bool,
    Error,
    /// A day in ISO 8601.
    Day,
    /// The number of a shared text.
    Shared,
    Text,
}

impl Written {
    /// Whether it is a formula without a value. One that gives an empty text has a value.
    pub(super) fn is_never_computed(&self) -> bool {
        let has_value = self.has_value && self.kind == Type::Text;
        self.has_formula && !has_value && self.value.trim().is_empty()
    }
}

/// Walks all of a sheet.
pub(super) fn walk(
    container: &mut Container,
    part: &str,
    see: impl FnMut(Seen<'_>) -> Result<(), String>,
) -> Result<(), Refusal> {
    if !container.holds(part) {
        let why = format!("its part `{part}` is missing");
        return Err(unsound(container.name(), why));
    }
    let mut walk = Walk {
        see,
        section: Section::Other,
        cell: Written::default(),
        next_column: 0,
        inside: Inside::Nothing,
        rich: RichText::default(),
    };
    container.walk(part, BYTES_MAX, |depth, event| walk.event(depth, event))
}

/// Where the walk is.
struct Walk<F> {
    see: F,
    section: Section,
    /// The last cell; its row is the one that is walked.
    cell: Written,
    next_column: u32,
    inside: Inside,
    rich: RichText,
}

/// A part of a sheet.
#[derive(Clone, Copy)]
enum Section {
    Columns,
    Rows,
    Merged,
    Other,
}

/// A part of a cell.
#[derive(Clone, Copy)]
enum Inside {
    Nothing,
    Cell,
    Value,
    /// A text in the cell itself.
    Text,
}

impl<F: FnMut(Seen<'_>) -> Result<(), String>> Walk<F> {
    fn event(&mut self, depth: usize, event: &Event<'_>) -> Result<(), String> {
        match (self.inside, event) {
            (Inside::Nothing, Event::Start(element)) => self.start(depth, element),
            (Inside::Cell, Event::Start(element)) if depth == 5 => {
                match element.local_name().as_ref() {
                    "f" => self.cell.has_formula = true,
                    "v" if self.cell.has_value => return Err(self.odd("has two values")),
                    "v" => {
                        self.cell.has_value = true;
                        self.inside = Inside::Value;
                    }
                    "is" => self.inside = Inside::Text,
                    _ => {}
                }
                Ok(())
            }
            (Inside::Cell, Event::End(_)) if depth == 4 => self.cell_end(),
            (Inside::Value | Inside::Text, Event::End(_)) if depth == 5 => {
                self.inside = Inside::Cell;
                Ok(())
            }
            (Inside::Value, event) => push(event, &mut self.cell.value),
            (Inside::Text, event) => self.rich.see(event),
            (Inside::Nothing | Inside::Cell, _) => Ok(()),
        }
    }

    fn start(&mut self, depth: usize, element: &BytesStart<'_>) -> Result<(), String> {
        match (depth, self.section, element.local_name().as_ref()) {
            (1, _, "worksheet") => {}
            (1, _, name) => return Err(format!("it is no sheet of cells but a `{name}`")),
            (2, _, "cols") => self.section = Section::Columns,
            (2, _, "sheetData") => self.section = Section::Rows,
            (2, _, "mergeCells") => self.section = Section::Merged,
            (2, ..) => self.section = Section::Other,
            (3, Section::Columns, "col") if is_true(element, "hidden")? => {
                let number = |name| -> Result<Option<u32>, String> {
                    Ok(attribute(element, name)?.and_then(|number| number.parse().ok()))
                };
                if let (Some(min @ 1..), Some(max)) = (number("min")?, number("max")?) {
                    (self.see)(Seen::HiddenColumns(min - 1, max.min(COLUMNS_MAX) - 1))?;
                }
            }
            (3, Section::Rows, "row") => self.row(element)?,
            (4, Section::Rows, "c") => self.cell(element)?,
            (3, Section::Merged, "mergeCell") => {
                let region = Region::read(&attribute(element, "ref")?.unwrap_or_default())?;
                if !region.is_single() {
                    (self.see)(Seen::Merged(region))?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn row(&mut self, element: &BytesStart<'_>) -> Result<(), String> {
        let before = self.cell.row;
        let row = match attribute(element, "r")? {
            None => before + 1,
            Some(said) => {
                let row = said.parse().ok();
                row.ok_or_else(|| format!("a row is numbered `{said}`"))?
            }
        };
        if row <= before || row > ROWS_MAX {
            return Err(format!("row {row} stands behind row {before}"));
        }
        self.cell.row = row;
        self.cell.row_is_hidden = is_true(element, "hidden")?;
        self.next_column = 0;
        Ok(())
    }

    fn cell(&mut self, element: &BytesStart<'_>) -> Result<(), String> {
        let cell = &mut self.cell;
        let mut place = (cell.row, self.next_column);
        cell.value.clear();
        (cell.has_formula, cell.has_value) = (false, false);
        (cell.kind, cell.style) = (Type::Untyped, 0);
        for attribute in element.attributes().with_checks(false) {
            let attribute = attribute.map_err(|error| error.to_string())?;
            let value: &str = &attribute.value;
            match attribute.key.as_ref() {
                "r" => place = cell_place(value)?,
                "s" => cell.style = value.parse().unwrap_or(0),
                "t" => cell.kind = Type::of(value)?,
                _ => {}
            }
        }
        let (row, column) = place;
        if row != cell.row || column < self.next_column || column >= COLUMNS_MAX {
            let place = format!("{}{row}", letters(column as usize));
            let in_row = cell.row;
            return Err(format!(
                "cell {place} stands out of its place in row {in_row}"
            ));
        }
        cell.column = column;
        self.next_column = column + 1;
        self.inside = Inside::Cell;
        Ok(())
    }

    fn cell_end(&mut self) -> Result<(), String> {
        self.inside = Inside::Nothing;
        let text = self.rich.end();
        if !text.is_empty() {
            self.cell.kind = Type::Text;
            text.clone_into(&mut self.cell.value);
            self.rich = RichText::default();
        } else if self.cell.kind == Type::Text && self.cell.value.contains("_x") {
            self.cell.value = unescaped(&self.cell.value);
        }
        let cell = &self.cell;
        if cell.value.is_empty() && !cell.has_formula {
            return Ok(());
        }
        (self.see)(Seen::Cell(cell))
            .map_err(|how| if how.is_empty() { how } else { self.odd(&how) })
    }

    fn odd(&self, how: &str) -> String {
        let column = letters(self.cell.column as usize);
        format!("cell {column}{} {how}", self.cell.row)
    }
}

impl Type {
    fn of(said: &str) -> Result<Self, String> {
        Ok(match said {
            "n" => Self::Number,
            "b" => Self::Bool,
            "e" => Self::Error,
            "d" => Self::Day,
            "s" => Self::Shared,
            "str" | "inlineStr" | "is" => Self::Text,
            other => return Err(format!("a cell is of the unknown type `{other}`")),
        })
    }
}

/// What must be known of a sheet before its first row is read.
#[derive(Debug, Default, Clone)]
pub(in crate::input) struct Scan {
    /// The last row with a cell; 0 when there is none.
    pub(in crate::input) last_row: u32,
    /// Hidden rows with a cell.
    pub(in crate::input) hidden_rows: u64,
    /// Hidden columns, as first and last.
    pub(in crate::input) hidden_columns: Vec<(u32, u32)>,
    /// Formulas with the value last computed.
    pub(in crate::input) formulas: u64,
    /// Merged regions of more than one cell, by their first rows.
    pub(in crate::input) merged: Vec<Region>,
}

impl Scan {
    /// Walks all of a sheet.
    pub(in crate::input) fn of(container: &mut Container, part: &str) -> Result<Self, Refusal> {
        let mut scan = Self::default();
        walk(container, part, |seen| {
            match seen {
                Seen::Cell(cell) => {
                    let is_first = cell.row > scan.last_row;
                    scan.hidden_rows += u64::from(is_first && cell.row_is_hidden);
                    scan.last_row = cell.row;
                    scan.formulas += u64::from(cell.has_formula && !cell.is_never_computed());
                }
                Seen::HiddenColumns(first, last) => scan.hidden_columns.push((first, last)),
                Seen::Merged(region) => scan.merged.push(region),
            }
            if scan.merged.len().max(scan.hidden_columns.len()) > REGIONS_MAX {
                return Err(format!("it has more than {REGIONS_MAX} merged regions"));
            }
            Ok(())
        })?;
        scan.merged.sort_unstable_by_key(|region| region.rows);
        Ok(scan)
    }
}
