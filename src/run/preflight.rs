//! Between the check of an input and its sending: what the platform says of it beforehand.
//!
//! The input is read once more for it. What is wrong in it is no business of this: the check says it.

use std::path::Path;
use std::sync::Arc;

use super::Destination;
use crate::batching::Filled;
use crate::control::Control;
use crate::error::Refusal;
use crate::event::{Observer, Silent};
use crate::job::Job;
use crate::mapping::Corrections;
use crate::model::{Envelope, Notice};
use crate::origin::Origin;
use crate::prepare::{InputFile, Staged, prepare};
use crate::tenant::preflight::{Kept, Preflighted, Questions, ask};
use crate::transport::{Mint, Transport};

/// Asks the platform about the items of an input that could be sent.
pub async fn preflight<T: Transport + Mint>(
    job: &Job,
    file: &InputFile<'_>,
    (destination, kept): (&Destination<T>, &Kept),
    control: &Control,
    observer: Arc<dyn Observer>,
) -> Result<Preflighted, Refusal> {
    let Some(none) = Questions::of(&job.endpoint) else {
        let what = text!(
            "{endpoint} does not say what can be asked of the platform before its items are sent",
            endpoint = job.endpoint.name.clone()
        );
        return Ok(Preflighted {
            notices: vec![Notice::new("preflight.not-said", what)],
            ..Preflighted::default()
        });
    };
    let mut questions = none.clone();
    let mut take = |staged: Staged<'_>| {
        match staged {
            Staged::Batch(filled) => add(&mut questions, job, filled),
            Staged::Restart => questions = none.clone(),
            Staged::Row(..) | Staged::Rejection(..) => {}
        }
        Ok(())
    };
    match prepare(job, file, &mut take, control, &Silent) {
        Ok(plan) if plan.refused.is_none() && plan.items > 0 => {}
        Ok(_) | Err(_) => return Ok(Preflighted::default()),
    }
    let tenant = destination.tenant(control, observer);
    ask(&questions, &tenant, kept).await
}

/// The same of an input as a check finds it: its values may come from the run that it belongs to.
pub async fn preflight_of_check<T: Transport + Mint>(
    job: &Job,
    (input, corrections): (&Path, &Corrections),
    runs: &Path,
    platform: (&Destination<T>, &Kept),
    control: &Control,
) -> Result<Preflighted, Refusal> {
    let origin = Origin::of(input, job, runs)?;
    let mut job = job.clone();
    origin.settle(&mut job)?;
    let file = InputFile {
        corrections,
        ..InputFile::new(input, &origin)
    };
    preflight(&job, &file, platform, control, Arc::new(Silent)).await
}

fn add(questions: &mut Questions, job: &Job, filled: Filled) {
    let names = job.endpoint.request.iter().map(|value| &value.field.name);
    let values = names.cloned().zip(filled.envelope);
    let values = values.filter(|(_, json)| !json.is_empty());
    let envelope = Arc::new(Envelope {
        values: values.collect(),
    });
    for body in filled.bodies.iter() {
        questions.add(&envelope, body);
    }
}
