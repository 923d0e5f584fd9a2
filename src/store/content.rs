//! What a batch is made of, as the store keeps it: packed, compressed, with a checksum.
//!
//! The items of a batch repeat each other's names and dates, so they shrink to a fifth, and writing them costs less with the
//! compression than without. The checksum is over what is stored: damage is found before anything is made of it.

use std::fmt;

use lz4_flex::block::{CompressTable, compress_into_with_table, get_maximum_output_size};
use rusqlite::{Connection, Row, params};

use super::StoreError;
use super::checksum::{checksum, verify};
use crate::model::{Packed, Place};

/// Bytes of the length before what is compressed.
const LENGTH_BYTES: usize = 4;

/// Stores what batches are made of. Its buffers serve one batch after the other.
#[derive(Default)]
pub(super) struct Packer {
    table: CompressTable,
    places: Vec<u8>,
    bodies: Vec<u8>,
    sources: Vec<u8>,
}

impl fmt::Debug for Packer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Packer")
    }
}

impl Packer {
    /// Stores what a batch is made of.
    pub(super) fn add_content(
        &mut self,
        connection: &Connection,
        batch: i64,
        places: &[Place],
        bodies: &Packed,
        sources: &Packed,
    ) -> Result<(), StoreError> {
        self.places.clear();
        let numbers = places.iter().map(|place| place.number());
        self.places.extend(numbers.flat_map(u64::to_le_bytes));
        let places = self.places.as_slice();
        let bodies = compressed(bodies, &mut self.bodies, &mut self.table)?;
        let sources = compressed(sources, &mut self.sources, &mut self.table)?;
        connection
            .prepare_cached(
                "INSERT INTO content (batch, sources_seal, places, sources, bodies_seal, bodies) VALUES (?, ?, ?, ?, ?, ?)",
            )?
            .execute(params![batch, checksum(&[places, sources]), places, sources, checksum(&[bodies]), bodies])?;
        Ok(())
    }
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

/// Compresses into `out`, with the length before it; gives the part of `out` that was written.
fn compressed<'a>(
    strings: &Packed,
    out: &'a mut Vec<u8>,
    table: &mut CompressTable,
) -> Result<&'a [u8], StoreError> {
    let strings = strings.as_bytes();
    let too_long = || StoreError("a batch is too long to be kept".to_owned());
    let length = u32::try_from(strings.len()).map_err(|_| too_long())?;
    let needed = LENGTH_BYTES + get_maximum_output_size(strings.len());
    if out.len() < needed {
        out.resize(needed, 0);
    }
    let (before, rest) = out
        .split_first_chunk_mut::<LENGTH_BYTES>()
        .ok_or_else(too_long)?;
    *before = length.to_le_bytes();
    let written = compress_into_with_table(strings, rest, table).map_err(|_| too_long())?;
    out.get(..LENGTH_BYTES + written).ok_or_else(too_long)
}

fn decompressed(bytes: &[u8]) -> Result<Packed, StoreError> {
    let strings = lz4_flex::block::decompress_size_prepended(bytes);
    let strings =
        strings.map_err(|_| StoreError("it is damaged: a batch cannot be read".to_owned()))?;
    Ok(Packed::new(strings))
}

fn unpack_places(bytes: &[u8]) -> Vec<Place> {
    let (places, _) = bytes.as_chunks::<8>();
    places
        .iter()
        .map(|place| Place::from_number(u64::from_le_bytes(*place)))
        .collect()
}
