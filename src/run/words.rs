//! Before an input is checked: what the job's words stand for, where the platform says it.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use super::Destination;
use crate::control::Control;
use crate::error::Refusal;
use crate::event::Observer;
use crate::job::Job;
use crate::lookup::several;
use crate::model::Notice;
use crate::prepare::words_in;
use crate::tenant::words::{self, Ask};
use crate::transport::{Mint, Transport};

/// Takes what the platform said before, or what stands in for it in a rehearsal.
pub fn take_known_words(job: &mut Job) -> Result<Vec<Notice>, Refusal> {
    if !words::is_needed(job) {
        return Ok(Vec::new());
    }
    let cache = words::cache_of(job);
    words::take_known(job, &cache)
}

/// What is asked about.
#[derive(Debug)]
pub struct WordsAsked<'a> {
    /// The input.
    pub input: &'a Path,
    /// Words that a person put in the place of others.
    pub corrected: BTreeSet<String>,
    /// How much of it.
    pub ask: Ask,
}

/// Whether the platform is asked for any word of the job.
#[must_use]
pub fn has_words_to_ask(job: &Job) -> bool {
    words::is_needed(job)
}

/// Asks the platform what the words of the job stand for, and those of the input.
pub async fn ask_words<T: Transport + Mint>(
    job: &mut Job,
    asked: &WordsAsked<'_>,
    destination: &Destination<T>,
    control: &Control,
    observer: Arc<dyn Observer>,
) -> Result<Vec<Notice>, Refusal> {
    if !words::is_needed(job) {
        return Ok(Vec::new());
    }
    let cache = words::cache_of(job);
    let tenant = destination.tenant(control, observer);
    let of_input = |job: &Job, lookup| {
        let mut found = words_in(job, asked.input, &words::columns_asked(job, lookup))?;
        found.extend(asked.corrected.iter().cloned());
        // Two people in one cell are rejected, and told as two people where each of them is known.
        let parts: Vec<String> = found
            .iter()
            .flat_map(|word| several(word))
            .map(str::to_owned)
            .collect();
        found.extend(parts);
        Ok(found)
    };
    words::ask(job, &tenant, &cache, asked.ask, of_input).await
}
