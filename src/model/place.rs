//! Where in the input an item comes from.

/// The record an item comes from and, when each cell of a row is an item of its own, the column. Places are ordered as the input is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place(u64);

/// Bits that hold the column: a sheet has at most 16,384.
const COLUMN_BITS: u32 = 16;

impl Place {
    /// A whole record, by its 1-based number.
    #[must_use]
    pub fn row(record: u64) -> Self {
        Self(record << COLUMN_BITS)
    }

    /// One cell of a record: the position of its column among the input's own, from 0.
    #[must_use]
    pub fn cell(record: u64, column: usize) -> Self {
        let column = u16::try_from(column + 1).unwrap_or(u16::MAX);
        Self(record << COLUMN_BITS | u64::from(column))
    }

    /// The record's number.
    #[must_use]
    pub fn record(self) -> u64 {
        self.0 >> COLUMN_BITS
    }

    /// The column, where the item is one cell.
    #[must_use]
    pub fn column(self) -> Option<usize> {
        let column = self.0 & ((1 << COLUMN_BITS) - 1);
        usize::try_from(column).ok()?.checked_sub(1)
    }

    /// As the run store keeps it.
    #[must_use]
    pub fn number(self) -> u64 {
        self.0
    }

    /// From the run store.
    #[must_use]
    pub fn from_number(number: u64) -> Self {
        Self(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_ordered_by_record_and_then_by_column() {
        let places = [
            Place::row(1),
            Place::cell(1, 0),
            Place::cell(1, 16_383),
            Place::row(2),
        ];
        assert!(places.is_sorted());
        assert_eq!(places.map(Place::record), [1, 1, 1, 2]);
        assert_eq!(
            places.map(Place::column),
            [None, Some(0), Some(16_383), None]
        );
        assert_eq!(Place::from_number(places[2].number()), places[2]);
    }
}
