//! The template workbook: a sheet to fill, with an example row, and a sheet that explains its columns.
//!
//! Every column to fill is formatted as text, because a spreadsheet keeps 15 digits of a number and an id may have 19.

use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};

use crate::endpoint::Endpoint;
use crate::error::Refusal;

use super::columns::{Column, columns};
use super::value::{necessity, rule};
use super::{FIELDS_SHEET, ROWS_SHEET};

/// The built-in number format of text, `@`.
pub(super) const TEXT_FORMAT: u8 = 49;

/// Narrowest and widest column of the sheet to fill, in characters.
const WIDTHS: (usize, usize) = (12, 40);

/// The titles of the explaining sheet, and how wide its columns are, in characters.
const EXPLAINED: [(&str, f64); 4] = [
    ("column", 28.0),
    ("required", 24.0),
    ("what may be written", 48.0),
    ("what it is", 72.0),
];

/// The bytes of the template workbook (.xlsx).
pub fn workbook(endpoint: &Endpoint) -> Result<Vec<u8>, Refusal> {
    let columns = columns(endpoint);
    let mut workbook = Workbook::new();
    rows(workbook.add_worksheet(), &columns)
        .and_then(|()| fields(workbook.add_worksheet(), &columns))
        .and_then(|()| workbook.save_to_buffer())
        .map_err(|error| cannot_be_made(&error))
}

pub(super) fn cannot_be_made(error: &XlsxError) -> Refusal {
    Refusal::new("program.workbook", text!("the workbook could not be made"))
        .because(error.to_string())
}

fn rows(sheet: &mut Worksheet, columns: &[Column<'_>]) -> Result<(), XlsxError> {
    let text = Format::new().set_num_format_index(TEXT_FORMAT);
    let header = text.clone().set_bold();
    sheet.set_name(ROWS_SHEET)?.set_freeze_panes(1, 0)?;
    for (position, column) in (0..).zip(columns) {
        let chars = column.title.len().max(column.example.len()) + 2;
        let width = u32::try_from(chars.clamp(WIDTHS.0, WIDTHS.1)).unwrap_or_default();
        sheet
            .set_column_format(position, &text)?
            .set_column_width(position, width)?
            .write_string_with_format(0, position, &column.title, &header)?
            .write_string_with_format(1, position, &column.example, &text)?;
    }
    Ok(())
}

fn fields(sheet: &mut Worksheet, columns: &[Column<'_>]) -> Result<(), XlsxError> {
    let header = Format::new().set_bold();
    let wrapped = Format::new().set_text_wrap();
    sheet.set_name(FIELDS_SHEET)?.set_freeze_panes(1, 0)?;
    for (position, (title, width)) in (0..).zip(EXPLAINED) {
        sheet
            .set_column_width(position, width)?
            .write_string_with_format(0, position, title, &header)?;
    }
    for (line, column) in (1..).zip(columns) {
        for (position, text) in (0..).zip(explanation(column)) {
            sheet.write_string_with_format(line, position, text, &wrapped)?;
        }
    }
    Ok(())
}

fn explanation(column: &Column<'_>) -> [String; EXPLAINED.len()] {
    let (required, what) = match column.fold {
        None => (
            necessity(column.field).to_owned(),
            column.field.about.clone().unwrap_or_default(),
        ),
        Some(fold) => (
            match fold.entries {
                (0, _) => "optional".to_owned(),
                (1, _) if !fold.list.required => "optional".to_owned(),
                (min, _) => format!("at least {min} of `{}`", fold.list.name),
            },
            format!(
                "one entry of `{}`: its `{}` is the title of the column, its `{}` the cell; an empty cell leaves the entry out{}",
                fold.list.name,
                fold.key.name,
                fold.value.name,
                if fold.names().is_empty() {
                    format!(
                        ". Rename the column to the {} to send, and add as many as you need",
                        fold.key.name
                    )
                } else {
                    String::new()
                }
            ),
        ),
    };
    [
        column.title.clone(),
        required,
        rule(&column.field.kind),
        what,
    ]
}
