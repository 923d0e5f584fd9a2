//! The names of the columns, of whatever file: what is wrong with those of the user's own, and how the file is refused for it.
//!
//! Knows nothing of how the names are written; the reader of each format adds what only its files can have.

use std::collections::HashMap;

use super::finding::shown;
use super::heading::{SideBySide, looks_like_value};
use crate::error::Refusal;
use crate::text::Text;

/// What is wrong with the names of a header.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NameFault {
    /// NUL characters.
    Nul,
    /// U+FFFD.
    LostCharacter,
    /// Two columns of one name.
    Twice {
        name: String,
        /// The columns, as messages call them.
        columns: (String, String),
        /// What the names that stand twice show together.
        beside: Option<SideBySide>,
    },
    /// Columns of a report only.
    NoneOwn,
    /// Numbers and dates only: the header is missing.
    Values { names: String },
}

/// Whether a header, or a name in it, holds a character that no name may hold.
pub(super) fn check_characters(text: &str) -> Result<(), NameFault> {
    if text.contains('\0') {
        return Err(NameFault::Nul);
    }
    if text.contains(char::REPLACEMENT_CHARACTER) {
        return Err(NameFault::LostCharacter);
    }
    Ok(())
}

/// Checks the names of the input's own columns, each with its position; `called` says how messages call a position.
pub(super) fn check<'n>(
    own: impl Iterator<Item = (usize, &'n str)> + Clone,
    called: impl Fn(usize) -> String,
) -> Result<(), NameFault> {
    let mut seen = HashMap::new();
    for (position, name) in own.clone() {
        check_characters(name)?;
        if let Some(first) = seen.insert(name, position) {
            return Err(NameFault::Twice {
                name: name.to_owned(),
                columns: (called(first), called(position)),
                beside: SideBySide::of(own.map(|(_, name)| name)),
            });
        }
    }
    if seen.is_empty() {
        return Err(NameFault::NoneOwn);
    }
    let names: Vec<&str> = own.map(|(_, name)| name).collect();
    if names.iter().all(|name| looks_like_value(name)) {
        return Err(NameFault::Values {
            names: names.join(", "),
        });
    }
    Ok(())
}

impl NameFault {
    /// The refusal of the file. `place` is where its header stands.
    pub(super) fn refuse(self, place: &str) -> Refusal {
        let refuse = |rule, what: Text| Refusal::new(rule, text!("{place}: {what}", place, what));
        match self {
            Self::Nul => refuse("file.header-nul", text!("the header holds NUL characters"))
                .because(text!("no report with such a name could be read again"))
                .hint(text!(
                    "correct the name of the column, or export the table again"
                )),
            Self::LostCharacter => refuse(
                "file.header-lost-character",
                text!("the header holds U+FFFD"),
            )
            .because(text!(
                "it stands for a character lost in an earlier conversion"
            ))
            .hint(text!(
                "correct the name of the column, or export the table again"
            )),
            Self::Twice {
                name,
                columns: (first, second),
                beside,
            } => {
                let name = shown(&name);
                let what = text!(
                    "columns {first} and {second} are both named `{name}`",
                    first,
                    second,
                    name
                );
                if let Some(beside) = beside {
                    return beside.refuse(place, what);
                }
                refuse("file.column-twice", what)
                    .because(text!("nobody can tell which of them is meant"))
                    .hint(text!("rename or delete one of them"))
            }
            Self::NoneOwn => refuse("file.columns-ours", text!("every column begins with `_`"))
                .because(text!(
                    "such columns are the report's own and are ignored when read"
                ))
                .hint(text!("name the columns as the job does")),
            Self::Values { names } => refuse(
                "file.header-missing",
                text!("the first line holds values, not the names of the columns"),
            )
            .because(text!("it reads: {names}", names = shown(&names)))
            .hint(text!(
                "put a line with the names of the columns before the first row"
            )),
        }
    }
}
