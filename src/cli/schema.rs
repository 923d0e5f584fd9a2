//! `schema`: what may stand in the files that people write, for editors.

use super::args::{SchemaCommand, SchemaOf};
use super::print_json;
use crate::endpoint;
use crate::error::{Exit, Refusal};
use crate::job;

pub(super) fn execute(command: &SchemaCommand) -> Result<Exit, Refusal> {
    print_json(&match command.files {
        SchemaOf::Job => job::schema(),
        SchemaOf::Endpoint => endpoint::schema(),
        SchemaOf::Read => endpoint::read_schema(),
    })?;
    Ok(Exit::Success)
}
