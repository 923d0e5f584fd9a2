//! Which cells of a row are part of merged cells: a sheet holds the value of such a region once, and nobody can tell for which rows.

use std::collections::VecDeque;

use super::lines::Line;
use super::region::Region;

/// The merged regions among the rows, met row by row.
#[derive(Debug, Default)]
pub(super) struct Merged {
    /// Those still to come, by their first rows.
    ahead: VecDeque<Region>,
    /// Those that reach into the row, by their columns, each with the text of its first cell.
    here: Vec<(Region, String)>,
}

impl Merged {
    /// The regions that reach below the header and hold one of the input's `own` columns. `regions` stand in the order of their
    /// first rows.
    pub(super) fn among_rows(regions: &[Region], last_head_row: u32, own: &[usize]) -> Self {
        let is_own = |region: &&Region| {
            let (first, last) = region.columns;
            let at = own.partition_point(|column| *column < first as usize);
            own.get(at).is_some_and(|column| *column <= last as usize)
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

    /// Goes on to a row. Regions that overlap are refused by their names: no spreadsheet has such.
    pub(super) fn go_to(&mut self, line: &Line) -> Result<(), String> {
        self.here.retain(|(region, _)| region.rows.1 >= line.row);
        while let Some(region) = self.ahead.pop_front_if(|region| region.rows.0 <= line.row) {
            if region.rows.1 >= line.row {
                self.enter(region, line)?;
            }
        }
        Ok(())
    }

    fn enter(&mut self, region: Region, line: &Line) -> Result<(), String> {
        let at = self.after(region.columns.1);
        let before = at.checked_sub(1).and_then(|before| self.here.get(before));
        if let Some((before, _)) = before.filter(|(before, _)| before.columns.1 >= region.columns.0)
        {
            return Err(format!("the merged regions {before} and {region} overlap"));
        }
        let is_first =
            |column: usize| region.rows.0 == line.row && region.columns.0 as usize == column;
        let first = line.cells().find(|(column, ..)| is_first(*column));
        let text = first.map_or("", |(_, _, text)| text);
        self.here.insert(at, (region, text.to_owned()));
        Ok(())
    }

    /// The text of the first cell of the region that a column of the row is part of.
    pub(super) fn text_at(&self, column: usize) -> Option<&str> {
        let column = u32::try_from(column).ok()?;
        let at = self.after(column).checked_sub(1)?;
        let (region, text) = self.here.get(at)?;
        (column <= region.columns.1).then_some(text)
    }

    /// The place behind the regions that begin at a column or before it.
    fn after(&self, column: u32) -> usize {
        self.here
            .partition_point(|(region, _)| region.columns.0 <= column)
    }
}
