//! Places in a sheet: cells and regions of them. Rows count from 1, columns from 0.

use std::fmt;

use crate::model::letters;

/// A rectangle of cells, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::input) struct Region {
    pub(in crate::input) rows: (u32, u32),
    pub(in crate::input) columns: (u32, u32),
}

impl Region {
    /// Reads `A1` or `A1:B2`.
    pub(in crate::input) fn read(text: &str) -> Result<Self, String> {
        let (first, last) = text.split_once(':').unwrap_or((text, text));
        let (first, last) = (cell_place(first)?, cell_place(last)?);
        if first.0 > last.0 || first.1 > last.1 {
            return Err(format!("the region `{text}` ends before it begins"));
        }
        Ok(Self {
            rows: (first.0, last.0),
            columns: (first.1, last.1),
        })
    }

    /// Whether it is one cell only.
    pub(in crate::input) fn is_single(&self) -> bool {
        self.rows.0 == self.rows.1 && self.columns.0 == self.columns.1
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, last) = (self.columns.0 as usize, self.columns.1 as usize);
        let (top, bottom) = self.rows;
        write!(f, "{}{top}:{}{bottom}", letters(first), letters(last))
    }
}

/// The row and the column of a cell named as in `AB12`.
pub(super) fn cell_place(text: &str) -> Result<(u32, u32), String> {
    place(text).ok_or_else(|| format!("`{text}` is no cell"))
}

fn place(text: &str) -> Option<(u32, u32)> {
    let (letters, digits) = text.split_at(text.find(|c: char| c.is_ascii_digit())?);
    let is_name = letters.bytes().all(|byte| byte.is_ascii_alphabetic())
        && digits.bytes().all(|byte| byte.is_ascii_digit());
    // Three letters and seven digits name the last cell of a sheet.
    if !is_name || !(1..=3).contains(&letters.len()) || digits.len() > 7 {
        return None;
    }
    let letters = letters.bytes().map(|letter| letter.to_ascii_uppercase());
    let column = letters.fold(0, |column, letter| {
        column * 26 + u32::from(letter - b'A') + 1
    });
    let row = digits.parse().ok().filter(|row| *row > 0)?;
    Some((row, column - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_and_regions_are_read_as_a_spreadsheet_names_them() {
        assert_eq!(cell_place("A1"), Ok((1, 0)));
        assert_eq!(cell_place("XFD1048576"), Ok((1_048_576, 16_383)));
        for odd in [
            "", "A", "1", "A0", "1A", "A1B", "ÄB1", "AAAA1", "A-1", "$A$1",
        ] {
            assert!(cell_place(odd).is_err(), "{odd}");
        }
        let region = Region::read("C5:D9").unwrap();
        assert_eq!((region.rows, region.columns), ((5, 9), (2, 3)));
        assert_eq!(region.to_string(), "C5:D9");
        assert!(Region::read("C5").unwrap().is_single());
        assert!(Region::read("C5:B9").is_err());
    }
}
