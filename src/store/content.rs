//! What a batch is made of, as the store keeps it: packed, compressed, sealed.
//!
//! The items of a batch repeat each other's names and dates, so they shrink to a fifth, and writing them costs less with the
//! compression than without. The seal is over what is stored: damage is found before anything is made of it.

use rusqlite::{Connection, Row, params};

use super::StoreError;
use super::seal::{seal, verify};
use crate::model::{Packed, Place};

/// Stores what a batch is made of.
pub(super) fn add_content(
    connection: &Connection,
    batch: i64,
    places: &[Place],
    bodies: &Packed,
    sources: &Packed,
) -> Result<(), StoreError> {
    let places = pack_places(places);
    let (bodies, sources) = (compressed(bodies), compressed(sources));
    connection
        .prepare_cached(
            "INSERT INTO content (batch, sources_seal, places, sources, bodies_seal, bodies) VALUES (?, ?, ?, ?, ?, ?)",
        )?
        .execute(params![batch, seal(&[&places, &sources]), places, sources, seal(&[&bodies]), bodies])?;
    Ok(())
}

/// The items' JSON. The columns are `bodies_seal, bodies`, from this one on.
pub(super) fn bodies(row: &Row<'_>, first: usize) -> Result<Packed, StoreError> {
    let bodies = blob(row, first + 1)?;
    verify(row.get(first)?, &[bodies])?;
    decompressed(bodies)
}

/// Where the items come from, and their rows as read. The columns are `sources_seal, places, sources`, from this one on.
pub(super) fn sources(row: &Row<'_>, first: usize) -> Result<(Vec<Place>, Packed), StoreError> {
    let (places, sources) = (blob(row, first + 1)?, blob(row, first + 2)?);
    verify(row.get(first)?, &[places, sources])?;
    Ok((unpack_places(places), decompressed(sources)?))
}

/// Every batch has what it is made of, and an envelope: readers join them from the left, so that one that is gone shows.
fn blob<'a>(row: &'a Row<'_>, column: usize) -> Result<&'a [u8], StoreError> {
    let blob = row.get_ref(column)?.as_blob();
    blob.map_err(|_| StoreError("it is damaged: a part of a batch is missing".to_owned()))
}

fn compressed(strings: &Packed) -> Vec<u8> {
    lz4_flex::block::compress_prepend_size(strings.as_bytes())
}

fn decompressed(bytes: &[u8]) -> Result<Packed, StoreError> {
    let strings = lz4_flex::block::decompress_size_prepended(bytes);
    let strings =
        strings.map_err(|_| StoreError("it is damaged: a batch cannot be read".to_owned()))?;
    Ok(Packed::new(strings))
}

fn pack_places(places: &[Place]) -> Vec<u8> {
    places
        .iter()
        .flat_map(|place| place.number().to_le_bytes())
        .collect()
}

fn unpack_places(bytes: &[u8]) -> Vec<Place> {
    let (places, _) = bytes.as_chunks::<8>();
    places
        .iter()
        .map(|place| Place::from_number(u64::from_le_bytes(*place)))
        .collect()
}
