//! Workbooks as tests write them and as somebody else's program reads them: `rust_xlsxwriter` and `calamine`, nothing of ours.

use std::fs::File;
use std::io::{BufReader, Read as _};
use std::path::Path;

use calamine::{Data, Reader as _, Xlsx, open_workbook};
use rust_xlsxwriter::{ExcelDateTime, Format, FormatAlign, Formula, Workbook, Worksheet};

/// What is put into one cell.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Put {
    Nothing,
    Text(String),
    Number(f64),
    /// A cell of the type date.
    Date(u16, u8, u8),
    /// A cell of the type date, of which the month is shown: `2026年9月`.
    Month(u16, u8),
    /// A number shown with as many digits as its format has zeros.
    Padded(f64, &'static str),
    /// A formula, and the value last computed.
    Formula(&'static str, &'static str),
}

impl From<&str> for Put {
    fn from(text: &str) -> Self {
        if text.is_empty() {
            Self::Nothing
        } else {
            Self::Text(text.to_owned())
        }
    }
}

impl From<String> for Put {
    fn from(text: String) -> Self {
        text.as_str().into()
    }
}

impl From<f64> for Put {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<u32> for Put {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}

/// One row of a sheet, from texts, numbers and [`Put`]s: `cells!["007", 1, Put::Nothing]`.
macro_rules! cells {
    ($($cell:expr),* $(,)?) => { vec![$($crate::support::sheet::Put::from($cell)),*] };
}
pub(crate) use cells;

/// One sheet of a workbook.
#[derive(Debug, Clone)]
pub(crate) struct Sheet {
    name: String,
    rows: Vec<Vec<Put>>,
    merged: Vec<(u32, u16, u32, u16)>,
    hidden_rows: Vec<u32>,
}

impl Sheet {
    pub(crate) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            rows: Vec::new(),
            merged: Vec::new(),
            hidden_rows: Vec::new(),
        }
    }

    /// Adds a row.
    pub(crate) fn row<T: Into<Put>>(mut self, cells: impl IntoIterator<Item = T>) -> Self {
        self.rows.push(cells.into_iter().map(Into::into).collect());
        self
    }

    /// Merges cells, from row and column to row and column, counted from 0; the first keeps its text.
    pub(crate) fn merged(mut self, first: (u32, u16), last: (u32, u16)) -> Self {
        self.merged.push((first.0, first.1, last.0, last.1));
        self
    }

    /// Hides a row, counted from 0.
    pub(crate) fn hidden(mut self, row: u32) -> Self {
        self.hidden_rows.push(row);
        self
    }

    fn write(&self, sheet: &mut Worksheet) {
        sheet.set_name(&self.name).unwrap();
        let text = Format::new().set_num_format("@");
        let date = Format::new().set_num_format("yyyy/m/d");
        let middle = text.clone().set_align(FormatAlign::Center);
        for (top, left, bottom, right) in &self.merged {
            sheet
                .merge_range(*top, *left, *bottom, *right, "", &middle)
                .unwrap();
        }
        for (row, cells) in (0..).zip(&self.rows) {
            for (column, cell) in (0..).zip(cells) {
                match cell {
                    Put::Nothing => continue,
                    Put::Text(cell) => sheet.write_string_with_format(row, column, cell, &text),
                    Put::Number(number) => sheet.write_number(row, column, *number),
                    Put::Date(year, month, day) => {
                        let day = ExcelDateTime::from_ymd(*year, *month, *day).unwrap();
                        sheet.write_datetime_with_format(row, column, day, &date)
                    }
                    Put::Month(year, month) => {
                        let day = ExcelDateTime::from_ymd(*year, *month, 1).unwrap();
                        let shown = Format::new().set_num_format("yyyy\"年\"m\"月\";@");
                        sheet.write_datetime_with_format(row, column, day, &shown)
                    }
                    Put::Padded(number, zeros) => {
                        let zeros = Format::new().set_num_format(*zeros);
                        sheet.write_number_with_format(row, column, *number, &zeros)
                    }
                    Put::Formula(formula, value) => {
                        let formula = Formula::new(formula).set_result(*value);
                        sheet.write_formula(row, column, formula)
                    }
                }
                .unwrap();
            }
        }
        for row in &self.hidden_rows {
            sheet.set_row_hidden(*row).unwrap();
        }
    }
}

/// Writes a workbook of these sheets.
pub(crate) fn save(path: &Path, sheets: &[Sheet]) {
    let mut workbook = Workbook::new();
    for sheet in sheets {
        sheet.write(workbook.add_worksheet());
    }
    workbook.save(path).unwrap();
}

/// The texts of a sheet, from its first row and column on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Grid {
    pub(crate) sheet: String,
    pub(crate) rows: Vec<Vec<String>>,
}

impl Grid {
    /// Reads the first sheet of a failure report, of which every cell is a text; the other, hidden one names the run.
    pub(crate) fn of_texts(path: &Path) -> Self {
        let [grid] = Self::all_of_texts(path).try_into().unwrap();
        grid
    }

    /// Reads each sheet of a workbook of which every cell is a text.
    pub(crate) fn all_of_texts(path: &Path) -> Vec<Self> {
        let mut workbook: Xlsx<_> = open_workbook(path).unwrap();
        let mut sheets = workbook.sheet_names();
        // The last sheet of a failure report is hidden, and names the run.
        sheets.pop_if(|sheet| sheet == "_run");
        let grids = sheets.into_iter();
        grids
            .map(|sheet| Self::read(&mut workbook, sheet, path))
            .collect()
    }

    fn read(workbook: &mut Xlsx<BufReader<File>>, sheet: String, path: &Path) -> Self {
        let formulas = workbook.worksheet_formula(&sheet).unwrap();
        assert!(formulas.is_empty(), "formulas: {formulas:?}");
        let cells = workbook.worksheet_range(&sheet).unwrap();
        let (last_row, last_column) = cells.end().unwrap();
        let text = |row, column| match cells.get_value((row, column)) {
            None | Some(Data::Empty) => String::new(),
            Some(Data::String(text)) => text.clone(),
            Some(other) => panic!("{other:?} at {row}, {column} of {}", path.display()),
        };
        let line = |row| (0..=last_column).map(|at| text(row, at)).collect();
        Self {
            sheet,
            rows: (0..=last_row).map(line).collect(),
        }
    }

    /// Writes it back as a workbook of texts.
    pub(crate) fn save(&self, path: &Path) {
        Self::save_all(std::slice::from_ref(self), path);
    }

    /// Writes several back as the sheets of one workbook.
    pub(crate) fn save_all(grids: &[Self], path: &Path) {
        let sheet = |grid: &Self| {
            let rows = grid.rows.iter();
            rows.fold(Sheet::new(&grid.sheet), |sheet, row| {
                sheet.row(row.iter().map(String::as_str))
            })
        };
        let sheets: Vec<Sheet> = grids.iter().map(sheet).collect();
        save(path, &sheets);
    }

    /// Where a title stands in the line of the header, counted from 0.
    pub(crate) fn column(&self, header: usize, title: &str) -> usize {
        let found = self.rows[header].iter().position(|cell| cell == title);
        found.unwrap_or_else(|| panic!("no column {title} in {:?}", self.rows[header]))
    }
}

/// One part of a workbook, as it stands in the package.
pub(crate) fn part(path: &Path, name: &str) -> String {
    let mut package = zip::ZipArchive::new(File::open(path).unwrap()).unwrap();
    let mut text = String::new();
    let mut part = package.by_name(name).unwrap();
    part.read_to_string(&mut text).unwrap();
    text
}
