//! Columns that say once more whom a row is about: a name beside a number. They are not sent, but must not contradict what is.
//!
//! A column of ids that was sorted alone gives every row somebody else's id, and only the name beside it still knows.

use crate::endpoint::Shape;
use crate::job::{Job, Source};
use crate::lookup::{Lookups, contradict};
use crate::model::{Cell, Columns, Rejection, Row, Rule};

/// The rule that a name beside another one's id breaks.
pub const CONTRADICTS: Rule = Rule::new("row.name-contradicts", "contradicts the id of its row");

/// Titles of what a table and a sheet may well say differently of the same person: remarks and running numbers.
const OF_THE_FILE: &[&str] = &[
    "备注", "说明", "序号", "编号", "remark", "remarks", "note", "no", "no.",
];

/// A column whose words are looked up, and the columns that must agree with what the lookup's file says of them.
#[derive(Debug)]
pub(super) struct Witness {
    /// Position of the column of words.
    column: usize,
    lookup: usize,
    /// Positions of columns, each with its place among the titles of the lookup.
    beside: Vec<(usize, usize)>,
}

/// Which columns of an input tell of whom a row is, besides those that are sent. Only ids that tell items apart count: of whom else
/// a row speaks, such as who changes a schedule, its name does not say.
pub(super) fn bind(job: &Job, lookups: &Lookups, columns: &Columns) -> Vec<Witness> {
    let items = &job.endpoint.items;
    let is_key = |name: &String| match items.shape {
        Shape::Value(_) => true,
        Shape::Object(_) => items.key.contains(name),
    };
    let sources = items.shape.fields().iter().zip(&job.item);
    let keys: Vec<(usize, usize)> = sources
        .filter(|(field, _)| is_key(&field.name))
        .filter_map(|(_, source)| looked_up(source, columns))
        .collect();
    let titles = |at: usize| lookups.0.get(at).map_or(&[][..], |lookup| lookup.titles());
    // Of two ids in a row nobody knows whose name it is.
    let is_of_one = |title: &String| {
        let of = keys.iter().filter(|(_, at)| titles(*at).contains(title));
        of.count() == 1
    };
    // Offices space a title of two characters out: `姓 名`.
    let ignored = |title: &str| {
        let is_it = |name: &String| job.input.ignore.contains(name) && plain(name) == plain(title);
        columns.names().iter().position(is_it)
    };
    let is_of_the_file = |title: &String| {
        let title = title.to_lowercase();
        OF_THE_FILE.contains(&title.as_str())
    };
    keys.iter()
        .map(|(column, at)| Witness {
            column: *column,
            lookup: *at,
            beside: titles(*at)
                .iter()
                .enumerate()
                .filter(|(_, title)| !is_of_the_file(title) && is_of_one(title))
                .filter_map(|(place, title)| Some((ignored(title)?, place)))
                .collect(),
        })
        .filter(|witness| !witness.beside.is_empty())
        .collect()
}

/// A title without the spaces in it.
fn plain(title: &str) -> String {
    title.chars().filter(|c| !c.is_whitespace()).collect()
}

/// The column and the lookup of a source that has both.
fn looked_up(source: &Source, columns: &Columns) -> Option<(usize, usize)> {
    match source {
        Source::Column {
            name,
            lookup: Some(lookup),
            ..
        } => Some((columns.position(name)?, *lookup)),
        Source::Column { lookup: None, .. }
        | Source::Cell { .. }
        | Source::Constant(_)
        | Source::Fold { .. }
        | Source::Nowhere => None,
    }
}

impl Witness {
    /// What contradicts the id of a row, if anything does. A word that is not known is somebody else's business.
    pub(super) fn contradiction(
        &self,
        lookups: &Lookups,
        columns: &Columns,
        row: &Row,
    ) -> Option<Rejection> {
        let lookup = lookups.0.get(self.lookup)?;
        let word = text(row, self.column)?;
        let texts = lookup.texts(word)?;
        let (column, said, known) = self.beside.iter().find_map(|(column, place)| {
            let (said, known) = (text(row, *column)?, texts.get(*place)?);
            contradict(said, known).then_some((*column, said, known))
        })?;
        let name = |column: usize| columns.names().get(column).map_or("", String::as_str);
        let id = name(self.column);
        Some(
            Rejection::cell(name(column), said, CONTRADICTS)
                .worded(text!("contradicts {id}", id))
                .detail(text!(
                    "{id} `{word}` is `{known}` in the lookup `{lookup}`",
                    id,
                    word,
                    known,
                    lookup = lookup.name()
                )),
        )
    }
}

fn text(row: &Row, column: usize) -> Option<&str> {
    match row.cell(column) {
        Cell::Text(text) | Cell::Number(text) => Some(text),
        Cell::Absent | Cell::Date(_) | Cell::Unusable(..) | Cell::Bool(_) | Cell::Nested(_) => None,
    }
}
