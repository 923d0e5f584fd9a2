//! Several sheets of a workbook that were read as one input, one after the other: which record stands in which of them.

use super::Head;

/// The sheets in their order. Empty where only one was read, or a file without sheets.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Sheets(pub Vec<SheetPart>);

/// One of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SheetPart {
    /// The number of its first record; of a sheet without rows, the next sheet's.
    pub first_record: u64,
    /// What stands around its rows.
    pub head: Head,
}

impl Sheets {
    /// What stands around a record; `only` where a single sheet was read.
    #[must_use]
    pub fn head<'a>(&'a self, only: &'a Head, record: u64) -> &'a Head {
        let part = self.position(record).and_then(|at| self.0.get(at));
        part.map_or(only, |part| &part.head)
    }

    /// The place among the sheets of the one that holds a record.
    #[must_use]
    pub fn position(&self, record: u64) -> Option<usize> {
        let after = self.0.partition_point(|part| part.first_record <= record);
        after.checked_sub(1)
    }

    /// The names of the sheets.
    #[must_use]
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        let parts = self.0.iter();
        parts.map(|part| part.head.sheet.as_deref().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheets(parts: &[(u64, &str)]) -> Sheets {
        let part = |(first_record, name): &(u64, &str)| SheetPart {
            first_record: *first_record,
            head: Head {
                sheet: Some((*name).to_owned()),
                ..Head::default()
            },
        };
        Sheets(parts.iter().map(part).collect())
    }

    #[test]
    fn a_record_stands_in_the_last_sheet_that_begins_before_it_and_never_in_one_without_rows() {
        let only = Head::default();
        let sheets = sheets(&[(1, "内科"), (3, "空"), (3, "外科"), (6, "末")]);
        let name = |record| sheets.head(&only, record).sheet.clone().unwrap();
        assert_eq!(
            [1, 2, 3, 5].map(name),
            ["内科", "内科", "外科", "外科"].map(str::to_owned)
        );
        assert_eq!(Sheets::default().head(&only, 7).sheet, None);
    }
}
