//! The texts of a store in either language: for an English text its pattern and values, where it has a pattern.
//!
//! A help and no truth: a store of before there was this table, or a text that is not in it, is shown in English.

use std::borrow::Cow;

use rusqlite::{Connection, OptionalExtension as _, params};

use super::StoreError;
use crate::text::{Language, Text};

/// The table, which stores of before do not have.
pub(super) const TABLE: &str = "
CREATE TABLE IF NOT EXISTS said (
    text TEXT PRIMARY KEY,
    said TEXT NOT NULL
) STRICT, WITHOUT ROWID;
";

/// Keeps a text under its English words.
pub(super) fn keep(connection: &Connection, words: &str, text: &Text) -> Result<(), StoreError> {
    if let Some(said) = text.stored() {
        connection
            .prepare_cached("INSERT OR IGNORE INTO said (text, said) VALUES (?, ?)")?
            .execute(params![words, said])?;
    }
    Ok(())
}

/// The text of English words.
pub(super) fn text(connection: &Connection, words: &str) -> Text {
    let stored = connection
        .prepare_cached("SELECT said FROM said WHERE text = ?")
        .and_then(|mut statement| {
            let said = statement.query_row([words], |row| row.get::<_, String>(0));
            said.optional()
        });
    // A store of before has no such table.
    let said = stored.ok().flatten();
    said.and_then(|said| Text::from_stored(&said))
        .unwrap_or_else(|| Text::of(words))
}

/// English words in another language.
pub(super) fn in_language<'w>(
    connection: &Connection,
    words: &'w str,
    language: Language,
) -> Cow<'w, str> {
    match language {
        Language::English => Cow::Borrowed(words),
        Language::Chinese if words.is_empty() => Cow::Borrowed(words),
        Language::Chinese => Cow::Owned(text(connection, words).in_language(language)),
    }
}
