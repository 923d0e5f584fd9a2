//! What the environment changes about a bench.

use std::env;
use std::num::ParseIntError;

/// A number of the environment.
pub(crate) fn setting(name: &str, otherwise: u32) -> Result<u32, ParseIntError> {
    env::var(name).map_or(Ok(otherwise), |text| text.parse())
}
