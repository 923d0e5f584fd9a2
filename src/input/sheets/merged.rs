//! Which cells of a row are part of merged cells: a sheet holds the value of such a region once, and nobody can tell for which rows.
//! Only where it is merged down a column that says so does it count for each of them.

use std::collections::VecDeque;

use crate::input::finding::Finding;
use crate::input::workbook::{Kind, Line, Region};
use crate::model::{Cell, MERGED};

/// How many merged regions are named.
const REGIONS_SHOWN: usize = 5;

/// The merged regions among the rows, met row by row.
#[derive(Debug, Default)]
pub(super) struct Merged {
    /// Those still to come, by their first rows.
    ahead: VecDeque<Region>,
    /// Those that reach into the row, by their columns.
    here: Vec<Part>,
    last_head_row: u32,
}

/// A region, as far as it reaches into a row.
#[derive(Debug)]
pub(super) struct Part {
    region: Region,
    kind: Kind,
    /// What its first cell holds.
    pub(super) text: String,
    /// Whether it is one column of rows, the first of which holds its value.
    is_down: bool,
}

impl Part {
    /// The cell of a row. With `fills`, one that is merged down counts for each of its rows.
    pub(super) fn cell(&self, fills: bool) -> Cell<'_> {
        if fills && self.is_down {
            self.kind.cell(&self.text)
        } else {
            Cell::Unusable(&self.text, MERGED)
        }
    }
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
            last_head_row,
        }
    }

    /// Those of one column that were not met yet.
    pub(super) fn down(&self, column: usize) -> impl Iterator<Item = &Region> {
        let ahead = self.ahead.iter();
        ahead.filter(move |region| self.is_down(region, column))
    }

    fn is_down(&self, region: &Region, column: usize) -> bool {
        let (first, last) = region.columns;
        first == last && first as usize == column && region.rows.0 > self.last_head_row
    }

    /// What is told of those that were not met yet, the regions merged down the columns that are `filled` left out.
    pub(super) fn finding(&self, filled: &[usize]) -> Option<Finding> {
        let is_filled = |region: &Region| {
            let mut columns = filled.iter();
            columns.any(|column| self.is_down(region, *column))
        };
        let told = || self.ahead.iter().filter(|region| !is_filled(region));
        let count = told().count();
        (count > 0).then(|| Finding::Merged {
            count,
            regions: told()
                .take(REGIONS_SHOWN)
                .map(ToString::to_string)
                .collect(),
        })
    }

    /// Goes on to a row. Regions that overlap are refused by their names: no spreadsheet has such.
    pub(super) fn go_to(&mut self, line: &Line) -> Result<(), String> {
        self.here.retain(|part| part.region.rows.1 >= line.row);
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
        if let Some(before) = before.filter(|part| part.region.columns.1 >= region.columns.0) {
            let before = before.region;
            return Err(format!("the merged regions {before} and {region} overlap"));
        }
        let is_first =
            |column: usize| region.rows.0 == line.row && region.columns.0 as usize == column;
        let first = line.cells().find(|(column, ..)| is_first(*column));
        let (kind, text) = first.map_or((Kind::Text, ""), |(_, kind, text)| (kind, text));
        let part = Part {
            region,
            kind,
            text: text.to_owned(),
            is_down: region.columns.0 == region.columns.1 && !kind.is_blank(text),
        };
        self.here.insert(at, part);
        Ok(())
    }

    /// The region that a column of the row is part of.
    pub(super) fn part_at(&self, column: usize) -> Option<&Part> {
        let column = u32::try_from(column).ok()?;
        let at = self.after(column).checked_sub(1)?;
        let part = self.here.get(at)?;
        (column <= part.region.columns.1).then_some(part)
    }

    /// The place behind the regions that begin at a column or before it.
    fn after(&self, column: u32) -> usize {
        self.here
            .partition_point(|part| part.region.columns.0 <= column)
    }
}
