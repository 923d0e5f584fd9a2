//! A first walk over a sheet: what must be known before its first row is read, and that calamine will read each cell of it right.
//!
//! Keeps this: rows and cells stand in order, each once, and no value is written in a way that calamine would pass over in silence.
//! Memory is bounded by the merged regions and by the stretches of formulas without a value. Rows are counted from 1, columns from 0.

use std::borrow::Cow;

use quick_xml::events::{BytesStart, Event};

use crate::error::Refusal;
use crate::model::letters;

use super::container::{Bounds, Container, attributes, unsound};
use super::region::{Region, Stretches, cell_place};
use super::texts::Parts;

/// The most rows of a sheet, and the most columns, as in Excel.
const ROWS_MAX: u32 = 1_048_576;
pub(super) const COLUMNS_MAX: u32 = 16_384;

/// How deep the formula, the value and the text of a cell stand.
const CELL_PART_DEPTH: usize = 5;

/// The most merged regions. A sheet that is a table has a few in its header.
const MERGED_MAX: usize = 100_000;

/// The most stretches of formulas without a value. Formulas stand in whole columns, and each column is one stretch.
const STRETCHES_MAX: usize = 100_000;

/// What the first walk found.
#[derive(Debug, Default, Clone)]
pub(super) struct Scan {
    /// Cells with a value or a formula.
    pub(super) cells: u64,
    /// The last row with such a cell; 0 when there is none.
    pub(super) last_row: u32,
    /// Hidden rows with such a cell.
    pub(super) hidden_rows: u64,
    /// Hidden columns, as first and last.
    pub(super) hidden_columns: Vec<(u32, u32)>,
    /// Formulas with the value last computed.
    pub(super) formulas: u64,
    /// Formulas that were never computed.
    pub(super) never_computed: Stretches,
    /// Merged regions of more than one cell, by their first rows.
    pub(super) merged: Vec<Region>,
}

impl Scan {
    /// Walks all of a sheet.
    pub(super) fn of(container: &mut Container, part: &str) -> Result<Self, Refusal> {
        if !container.holds(part) {
            let why = format!("its part `{part}` is missing");
            return Err(unsound(container.name(), why));
        }
        let mut walk = Walk::default();
        container.walk(part, Bounds::default(), |depth, event| {
            walk.see(depth, event)
        })?;
        let mut scan = walk.scan;
        scan.merged.sort_unstable_by_key(|region| region.rows);
        Ok(scan)
    }
}

/// Where the walk is.
#[derive(Debug, Default)]
struct Walk {
    scan: Scan,
    stage: Stage,
    /// The row, its number from 1; 0 before the first.
    row: u32,
    row_is_hidden: bool,
    row_has_cells: bool,
    /// The column after the last cell of the row.
    next_column: u32,
    cell: CellSeen,
}

/// How far the sheet is walked.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Stage {
    #[default]
    Before,
    Rows,
    After,
}

/// What was seen of a cell so far.
#[derive(Debug, Default)]
struct CellSeen {
    column: u32,
    kind: Kind,
    inside: Option<Inside>,
    /// Its last element: they have an order, and calamine believes the last.
    last: Option<Inside>,
    has_formula: bool,
    has_value: bool,
    /// Whether there is anything in its `v`, be it read or not.
    has_plain_value: bool,
    pieces: u32,
    parts: Parts,
}

/// The type of a cell, as far as its value must be looked at.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A number, a truth value or an error: plain characters only.
    #[default]
    Plain,
    /// The place of a shared text.
    Shared,
    /// The text that a formula gave, or a day in ISO 8601.
    Written,
    /// A text in the cell itself.
    Inline,
}

/// The elements of a cell, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Inside {
    Formula,
    Value,
    Text,
}

impl Walk {
    fn see(&mut self, depth: usize, event: &Event<'_>) -> Result<(), String> {
        let leaves_text = depth == CELL_PART_DEPTH && matches!(event, Event::End(_));
        if self.cell.inside == Some(Inside::Text) && !leaves_text {
            return self.in_text(depth, event);
        }
        match event {
            Event::Start(element) => self.start(depth, element),
            Event::End(_) => self.end(depth),
            Event::Text(text) => self.text(text),
            Event::CData(_) | Event::Comment(_) | Event::PI(_) | Event::Decl(_) => {
                self.marked_up(false)
            }
            Event::GeneralRef(_) => self.marked_up(true),
            Event::Empty(_) | Event::DocType(_) | Event::Eof => Ok(()),
        }
    }

    fn in_text(&mut self, depth: usize, event: &Event<'_>) -> Result<(), String> {
        self.cell.has_value |= matches!(
            event,
            Event::Text(_) | Event::CData(_) | Event::GeneralRef(_)
        );
        let seen = self.cell.parts.see(depth, event);
        seen.map_err(|how| self.odd(how))
    }

    fn start(&mut self, depth: usize, element: &BytesStart<'_>) -> Result<(), String> {
        let name = element.local_name();
        match (depth, name.as_ref(), self.stage) {
            (1, "worksheet", _) => {}
            (1, name, _) => return Err(format!("it is no sheet of cells but a `{name}`")),
            (_, "dimension", Stage::Before) => {
                let [said] = attributes(element, ["ref"])?;
                let said = said.unwrap_or_default();
                Region::read(&said)?;
            }
            (3, "col", Stage::Before) => self.column(element)?,
            (2, "sheetData", Stage::Before) => self.stage = Stage::Rows,
            (3, "row", Stage::Rows) => self.row(element)?,
            (4, "c", Stage::Rows) => self.cell(element)?,
            (CELL_PART_DEPTH, "f", Stage::Rows) => self.inside(Inside::Formula)?,
            (CELL_PART_DEPTH, "v", Stage::Rows) => self.inside(Inside::Value)?,
            (CELL_PART_DEPTH, "is", Stage::Rows) => self.inside(Inside::Text)?,
            (_, "sheetData", _) | (_, "row" | "c", Stage::Rows) => {
                let name = name.as_ref();
                return Err(format!("a `{name}` stands where none can be"));
            }
            (3, "mergeCell", Stage::After) => self.merged(element)?,
            _ if self.cell.inside == Some(Inside::Value) => {
                return Err(self.odd("has a value in pieces"));
            }
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self, depth: usize) -> Result<(), String> {
        match (depth, self.stage) {
            (2, Stage::Rows) => self.stage = Stage::After,
            (3, Stage::Rows) if self.row_has_cells => {
                self.scan.last_row = self.row;
                self.scan.hidden_rows += u64::from(self.row_is_hidden);
            }
            (4, Stage::Rows) => return self.cell_end(),
            (CELL_PART_DEPTH, Stage::Rows) => self.cell.inside = None,
            _ => {}
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), String> {
        if self.stage != Stage::Rows {
            return Ok(());
        }
        self.cell.has_plain_value |=
            self.cell.inside == Some(Inside::Value) && !text.trim().is_empty();
        match (self.cell.inside, self.cell.kind) {
            (Some(Inside::Value), Kind::Shared) => {
                if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
                    return Err(self.odd("names its text by something that is no number"));
                }
                self.piece()
            }
            (Some(Inside::Value), Kind::Plain | Kind::Written) => {
                self.cell.has_value |= !text.trim().is_empty();
                self.piece()
            }
            _ => Ok(()),
        }
    }

    /// What is not plain text: it is normal in texts, and calamine passes over it in values; only a written value may have
    /// references to characters.
    fn marked_up(&mut self, is_reference: bool) -> Result<(), String> {
        if self.stage != Stage::Rows {
            return Ok(());
        }
        match (self.cell.inside, self.cell.kind) {
            (Some(Inside::Value), kind) if kind != Kind::Written || !is_reference => {
                Err(self.odd("has a value in pieces"))
            }
            (Some(Inside::Value), _) => {
                self.cell.has_value = true;
                self.cell.has_plain_value = true;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// A plain value comes in one piece.
    fn piece(&mut self) -> Result<(), String> {
        self.cell.has_value |= self.cell.kind == Kind::Shared;
        self.cell.pieces += 1;
        if self.cell.pieces > 1 && self.cell.kind != Kind::Written {
            return Err(self.odd("has a value in pieces"));
        }
        Ok(())
    }

    fn column(&mut self, element: &BytesStart<'_>) -> Result<(), String> {
        let [min, max, hidden] = attributes(element, ["min", "max", "hidden"])?;
        if !is_true(hidden.as_deref()) {
            return Ok(());
        }
        let number = |value: Option<Cow<'_, str>>| {
            let number: Option<u32> = value.and_then(|value| value.parse().ok());
            let number = number.filter(|number| (1..=COLUMNS_MAX).contains(number));
            number.ok_or_else(|| "its columns are not counted right".to_owned())
        };
        let columns = (number(min)? - 1, number(max)? - 1);
        self.scan.hidden_columns.push(columns);
        Ok(())
    }

    fn row(&mut self, element: &BytesStart<'_>) -> Result<(), String> {
        let [row, hidden] = attributes(element, ["r", "hidden"])?;
        let row = match row {
            None => self.row + 1,
            Some(said) => {
                let row = said.parse().ok();
                row.ok_or_else(|| format!("a row is numbered `{said}`"))?
            }
        };
        if row <= self.row || row > ROWS_MAX {
            let before = self.row;
            return Err(format!("row {row} stands behind row {before}"));
        }
        self.row = row;
        self.row_is_hidden = is_true(hidden.as_deref());
        self.row_has_cells = false;
        self.next_column = 0;
        Ok(())
    }

    fn cell(&mut self, element: &BytesStart<'_>) -> Result<(), String> {
        // calamine counts the three to know when it has them all: one given twice would hide another.
        let [place, kind, _] = attributes(element, ["r", "t", "s"])?;
        let (row, column) = match place {
            None => (self.row, self.next_column),
            Some(said) => cell_place(&said)?,
        };
        if row != self.row || column < self.next_column || column >= COLUMNS_MAX {
            let cell = format!("{}{row}", letters(column as usize));
            let in_row = self.row;
            return Err(format!(
                "cell {cell} stands out of its place in row {in_row}"
            ));
        }
        self.next_column = column + 1;
        self.cell = CellSeen {
            column,
            kind: match kind.as_deref() {
                None | Some("n" | "b" | "e") => Kind::Plain,
                Some("s") => Kind::Shared,
                Some("str" | "d") => Kind::Written,
                Some("inlineStr" | "is") => Kind::Inline,
                Some(other) => return Err(format!("a cell is of the unknown type `{other}`")),
            },
            ..CellSeen::default()
        };
        Ok(())
    }

    fn inside(&mut self, inside: Inside) -> Result<(), String> {
        if self.cell.last.is_some_and(|last| last >= inside) {
            return Err(self.odd("has its parts in a wrong order"));
        }
        self.cell.last = Some(inside);
        self.cell.inside = Some(inside);
        self.cell.has_formula |= inside == Inside::Formula;
        if inside == Inside::Value && self.cell.kind == Kind::Written {
            // A formula may well give an empty text.
            self.cell.has_value |= self.cell.has_formula;
        }
        Ok(())
    }

    fn cell_end(&mut self) -> Result<(), String> {
        let cell = &self.cell;
        // calamine takes an `is` in any cell, and no `v` in one that is to have an `is`.
        let has_text = cell.last == Some(Inside::Text);
        if cell.has_plain_value && has_text != (cell.kind == Kind::Inline) {
            return Err(self.odd("has a value where it cannot be read"));
        }
        if !cell.has_value && !cell.has_formula {
            return Ok(());
        }
        self.scan.cells += 1;
        self.row_has_cells = true;
        if cell.has_formula && cell.has_value {
            self.scan.formulas += 1;
        } else if cell.has_formula {
            self.scan.never_computed.push(cell.column, self.row);
            if self.scan.never_computed.count() > STRETCHES_MAX {
                return Err("more of its formulas were never computed than can be remembered; open the workbook and save it".to_owned());
            }
        }
        Ok(())
    }

    fn merged(&mut self, element: &BytesStart<'_>) -> Result<(), String> {
        let [said] = attributes(element, ["ref"])?;
        let said = said.unwrap_or_default();
        let region = Region::read(&said)?;
        if region.is_single() {
            return Ok(());
        }
        if self.scan.merged.len() == MERGED_MAX {
            return Err(format!("it has more than {MERGED_MAX} merged regions"));
        }
        self.scan.merged.push(region);
        Ok(())
    }

    fn odd(&self, how: &str) -> String {
        let column = letters(self.cell.column as usize);
        format!("cell {column}{} {how}", self.row)
    }
}

fn is_true(said: Option<&str>) -> bool {
    matches!(said, Some("1" | "true"))
}
