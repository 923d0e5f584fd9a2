//! What stands around the rows of a table: what is needed to lay it out again as it was, and to find a cell in it.

use super::Columns;

/// The part of a sheet, or of a CSV file, that is not rows.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Head {
    /// Name of the sheet; none for text files.
    pub sheet: Option<String>,
    /// The lines above the header, each with its cells from the first column on.
    pub above: Vec<Vec<String>>,
    /// The lines of the header, one or two, each with its cells from the first column on, as they stand in the file.
    pub header: Vec<Vec<String>>,
    /// A line of weekdays under the header, with its cells from the first column on; none where there is no such line.
    pub weekdays: Option<Vec<String>>,
    /// Where the input's own columns stand in the file, from 0, in the order of [`Columns`].
    pub positions: Vec<usize>,
    /// The column in which days stand below each other, where the header that was looked for has days and this one has none.
    #[serde(skip)]
    pub days_down: Option<usize>,
}

impl Head {
    /// Whether the table is a failure report that is read again: what succeeded is not in it, or blank.
    #[must_use]
    pub fn is_of_failures(&self) -> bool {
        let mut titles = self.header.iter().flatten();
        titles.any(|title| title == super::report_column::OUTCOME)
    }

    /// The place of a cell as a spreadsheet names it, such as `九月!F20`. `line` counts from 1, and so does a sheet.
    #[must_use]
    pub fn address(&self, columns: &Columns, column: &str, line: u64) -> Option<String> {
        let cell = self.cell(columns.position(column)?, line)?;
        Some(format!("{}!{cell}", self.sheet.as_ref()?))
    }

    /// The place of a cell within its sheet, such as `F20`; none in a text file. `column` is its position among the input's own.
    #[must_use]
    pub fn cell(&self, column: usize, line: u64) -> Option<String> {
        self.sheet.as_ref()?;
        let position = self.positions.get(column)?;
        Some(format!("{}{line}", letters(*position)))
    }
}

/// The letters of a spreadsheet's column, counted from 0: `A`, `Z`, `AA`.
#[must_use]
pub fn letters(position: usize) -> String {
    let mut text = Vec::new();
    let mut rest = position + 1;
    while rest > 0 {
        let digit = u8::try_from((rest - 1) % 26).unwrap_or_default();
        text.push(char::from(b'A' + digit));
        rest = (rest - 1) / 26;
    }
    text.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_named_as_a_spreadsheet_names_it() {
        assert_eq!(
            [0, 25, 26, 51, 52, 701, 702, 16_383].map(letters),
            ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA", "XFD"]
        );
        let head = Head {
            sheet: Some("九月".into()),
            positions: vec![0, 2, 5],
            ..Head::default()
        };
        let columns = Columns::new(vec!["工号".into(), "姓名".into(), "1".into()]);
        assert_eq!(head.address(&columns, "1", 20).unwrap(), "九月!F20");
        assert_eq!(head.address(&columns, "2", 20), None);
    }
}
