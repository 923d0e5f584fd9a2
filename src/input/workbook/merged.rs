//! Which cells of a row are part of merged cells: a sheet holds the value of such a region once, and nobody can tell for which rows.

use std::collections::VecDeque;

use super::lines::Line;
use super::region::Region;

/// The merged regions among the rows, met row by row.
#[derive(Debug, Default)]
pub(super) struct Merged {
    /// Those still to come, by their first rows.
    ahead: VecDeque<Region>,
    /// Those that reach into the row, each with the text of its first cell.
    here: Vec<(Region, String)>,
}

impl Merged {
    /// The regions that reach below the header of `header_rows` and hold one of the input's own columns. `regions` stand in the
    /// order of their first rows.
    pub(super) fn among_rows(regions: &[Region], last_head_row: u32, own: &[usize]) -> Self {
        let is_own = |region: &&Region| {
            let (first, last) = region.columns;
            own.iter()
                .any(|column| (first as usize..=last as usize).contains(column))
        };
        let reaching = regions
            .iter()
            .filter(|region| region.rows.1 > last_head_row);
        Self {
            ahead: reaching.filter(is_own).copied().collect(),
            here: Vec::new(),
        }
    }

    /// Those that were not met yet.
    pub(super) fn ahead(&self) -> impl ExactSizeIterator<Item = &Region> {
        self.ahead.iter()
    }

    /// Goes on to a row.
    pub(super) fn go_to(&mut self, line: &Line) {
        self.here.retain(|(region, _)| region.rows.1 >= line.row);
        while let Some(region) = self.ahead.pop_front_if(|region| region.rows.0 <= line.row) {
            if region.rows.1 < line.row {
                continue;
            }
            let is_first =
                |column: usize| region.rows.0 == line.row && region.columns.0 as usize == column;
            let first = line.cells().find(|(column, ..)| is_first(*column));
            let text = first.map_or("", |(_, _, text)| text);
            self.here.push((region, text.to_owned()));
        }
    }

    /// The text of the first cell of the region that a column of the row is part of.
    pub(super) fn text_at(&self, column: usize) -> Option<&str> {
        let holds = |region: &Region| {
            (region.columns.0 as usize..=region.columns.1 as usize).contains(&column)
        };
        let found = self.here.iter().find(|(region, _)| holds(region));
        found.map(|(_, text)| text.as_str())
    }
}
