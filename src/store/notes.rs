//! What a run notes of itself while it works: rows of `meta`, each under the name of its field. Only what is given is written.
//!
//! A row that cannot be read is damage, and refused: none is taken for one that was never written.

use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{StoreError, schema};
use crate::model::RunState;

/// The notes. An empty row is one that was taken back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Notes {
    /// How it ended last. A run without one was killed before it could note its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<RunState>,
    /// Why it halted; empty where it did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub halt: Option<String>,
    /// When it ended last, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<String>,
    /// How long it was worked on, by all starts that have ended.
    #[serde(with = "number", skip_serializing_if = "Option::is_none")]
    pub elapsed_ms: Option<u64>,
    /// When the start began that has not ended, in milliseconds since 1970; 0 where it has.
    #[serde(
        rename = "sitting_began_ms",
        with = "number",
        skip_serializing_if = "Option::is_none"
    )]
    pub start_began_ms: Option<u64>,
    /// Until when the platform asked to wait, in milliseconds since 1970.
    #[serde(with = "number", skip_serializing_if = "Option::is_none")]
    pub paused_until_ms: Option<u64>,
    /// `--max-calls`, where a resume gave it.
    #[serde(with = "number", skip_serializing_if = "Option::is_none")]
    pub max_calls: Option<u64>,
    /// Calls that only read, made to see what the platform holds.
    #[serde(with = "number", skip_serializing_if = "Option::is_none")]
    pub read_back_calls: Option<u64>,
    /// When the verification began that has not ended, in milliseconds since 1970; 0 where it has.
    #[serde(with = "number", skip_serializing_if = "Option::is_none")]
    pub read_back_began_ms: Option<u64>,
}

impl Notes {
    pub(super) fn read(connection: &Connection) -> Result<Self, StoreError> {
        // What the run is has its own reader, and may be long.
        let query = "SELECT name, value FROM meta WHERE value <> '' AND name <> ?";
        let mut rows = connection.prepare(query)?;
        let rows = rows.query_map([schema::FACTS], |row| {
            Ok((row.get(0)?, Value::String(row.get(1)?)))
        })?;
        let rows: Map<String, Value> = rows.collect::<Result<_, _>>()?;
        serde_json::from_value(rows.into()).map_err(|error| {
            StoreError(format!("it is damaged: its notes cannot be read: {error}"))
        })
    }

    pub(super) fn write(&self, connection: &Connection) -> Result<(), StoreError> {
        let rows = serde_json::to_value(self).map_err(|error| StoreError(error.to_string()))?;
        for (name, value) in rows.as_object().into_iter().flatten() {
            write_row(connection, name, value.as_str().unwrap_or_default())?;
        }
        Ok(())
    }
}

/// Writes a row of `meta`, whether or not there is one.
pub(super) fn write_row(
    connection: &Connection,
    name: &str,
    value: &str,
) -> Result<(), StoreError> {
    connection
        .prepare_cached("INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value")?
        .execute(params![name, value])?;
    Ok(())
}

/// Rows are texts.
mod number {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    #[expect(clippy::ref_option, reason = "what serde gives")]
    pub(super) fn serialize<S: Serializer>(number: &Option<u64>, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&number.unwrap_or_default())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map(Some).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store(rows: &[(&str, &str)]) -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        let table = "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT";
        connection.execute_batch(table).unwrap();
        for (name, value) in rows {
            write_row(&connection, name, value).unwrap();
        }
        connection
    }

    #[test]
    fn the_rows_of_stores_in_use_are_read() {
        let connection = store(&[
            ("facts", "{\"run\":\"r\"}"),
            ("sitting", "{\"is_open\":true}"),
            ("state", "halted"),
            ("halt", "12"),
            ("elapsed_ms", "5000"),
            ("finished_at", "2026-11-22T00:00:00Z"),
            ("sitting_began_ms", ""),
            ("paused_until_ms", "1700000000000"),
            ("max_calls", "7"),
            ("read_back_calls", "3"),
            ("read_back_began_ms", "1700000000000"),
        ]);
        let notes = Notes::read(&connection).unwrap();
        let of_then = Notes {
            state: Some(RunState::Halted),
            halt: Some("12".to_owned()),
            finished_at: Some("2026-11-22T00:00:00Z".to_owned()),
            elapsed_ms: Some(5000),
            start_began_ms: None,
            paused_until_ms: Some(1_700_000_000_000),
            max_calls: Some(7),
            read_back_calls: Some(3),
            read_back_began_ms: Some(1_700_000_000_000),
        };
        assert_eq!(notes, of_then);
        let other = store(&[]);
        notes.write(&other).unwrap();
        assert_eq!(Notes::read(&other).unwrap(), notes);
    }

    #[test]
    fn only_what_is_given_is_written_and_what_is_empty_is_taken_back() {
        let connection = store(&[("halt", "no scope"), ("max_calls", "7")]);
        let ended = Notes {
            state: Some(RunState::Finished),
            halt: Some(String::new()),
            ..Notes::default()
        };
        ended.write(&connection).unwrap();
        let notes = Notes::read(&connection).unwrap();
        assert_eq!((notes.halt, notes.max_calls), (None, Some(7)));
        assert_eq!(notes.state, Some(RunState::Finished));
    }

    #[test]
    fn a_row_that_cannot_be_read_is_damage() {
        for row in [
            ("state", "finishd"),
            ("elapsed_ms", "soon"),
            ("max_calls", "-1"),
        ] {
            let error = Notes::read(&store(&[row])).unwrap_err();
            assert!(error.0.starts_with("it is damaged"), "{row:?}: {error}");
        }
    }
}
