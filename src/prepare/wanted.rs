//! The words of an input that a lookup is asked for: read before the check, so that the platform can be asked for them at once.

use std::collections::BTreeSet;
use std::path::Path;

use super::options;
use crate::error::Refusal;
use crate::input::{Input, Reading};
use crate::job::{Job, Tidy};
use crate::mapping::Tidier;
use crate::model::{Cell, Row};

/// The distinct texts of the columns of these names. What cannot be read is passed over: the check says why.
pub fn words_in(job: &Job, path: &Path, names: &[&str]) -> Result<BTreeSet<String>, Refusal> {
    let mut words = BTreeSet::new();
    let mut input = Input::open(path, &options(job))?;
    let trim = Tidy {
        empty: Vec::new(),
        ..job.input.tidy.clone()
    };
    let mut tidier = Tidier::new(&trim);
    let mut row = Row::default();
    loop {
        let reading = input.read(&mut row)?;
        if matches!(reading, Reading::End) {
            return Ok(words);
        }
        if !matches!(reading, Reading::Row) {
            continue;
        }
        let columns = names
            .iter()
            .filter_map(|name| input.columns().position(name));
        let columns: Vec<usize> = columns.collect();
        tidier.tidy(&mut row, &columns);
        for column in columns {
            if let Cell::Text(word) | Cell::Number(word) = row.cell(column)
                && !word.is_empty()
            {
                words.insert(word.to_owned());
            }
        }
    }
}
