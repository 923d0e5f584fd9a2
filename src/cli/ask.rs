//! What `run` asks the platform before it checks its input: what words stand for, and whether what the rows name is there.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use tokio::runtime::Runtime;

use super::args::RunCommand;
use super::run::Faces;
use crate::control::Control;
use crate::error::Refusal;
use crate::event::Observer;
use crate::job::Job;
use crate::model::Notice;
use crate::origin::Origin;
use crate::prepare::InputFile;
use crate::run::{Ask, WordsAsked, ask_words, preflight, take_known_words};
use crate::store::RunFolder;
use crate::target::Target;
use crate::tenant::preflight::{Kept, Preflighted};

/// Who asks, and whom.
pub(super) struct Asking<'a> {
    pub(super) command: &'a RunCommand,
    pub(super) origin: &'a Origin,
    pub(super) target: &'a Target,
    pub(super) runner: (&'a Runtime, &'a Control),
    pub(super) faces: &'a Arc<Faces>,
}

impl Asking<'_> {
    /// Gives the job its words, and says what was found against the input. The run's folder is discarded where the run is refused.
    pub(super) fn ask(
        &self,
        job: &mut Job,
        input: &Path,
        folder: RunFolder,
    ) -> Result<(RunFolder, Preflighted), Refusal> {
        match self.words_and_findings(job, input) {
            Ok(said) => Ok((folder, said)),
            Err(refusal) => {
                self.faces.console.close();
                folder.discard();
                Err(refusal)
            }
        }
    }

    fn words_and_findings(&self, job: &mut Job, input: &Path) -> Result<Preflighted, Refusal> {
        let observer = || -> Arc<dyn Observer> { Arc::clone(self.faces) as Arc<dyn Observer> };
        let (runtime, control) = self.runner;
        let (refresh, runner) = (self.command.refresh, self.runner);
        let mut notices = known_words(job, input, self.target, refresh, runner, observer())?;
        let mut said = Preflighted::default();
        if self.is_preflight(job) {
            let file = InputFile::new(input, self.origin);
            let kept = Kept::default();
            let platform = (&self.target.destination, &kept);
            said = runtime.block_on(preflight(job, &file, platform, control, observer()))?;
        }
        notices.append(&mut said.notices);
        said.notices = notices;
        Ok(said)
    }

    /// A rehearsal does not look up what the job only says for runs. What was found wrong once is looked up again, so that a failure
    /// report that is run unchanged sends none of it.
    fn is_preflight(&self, job: &Job) -> bool {
        let by_job = job.has_preflight && !self.command.sandbox;
        self.command.preflight || by_job || self.origin.was_found_wrong()
    }
}

/// What the job's words stand for: the platform is asked, but in a rehearsal.
pub(super) fn known_words(
    job: &mut Job,
    input: &Path,
    target: &Target,
    refresh: bool,
    (runtime, control): (&Runtime, &Control),
    observer: Arc<dyn Observer>,
) -> Result<Vec<Notice>, Refusal> {
    if target.sandbox.is_some() {
        return take_known_words(job);
    }
    let asked = WordsAsked {
        input,
        corrected: BTreeSet::new(),
        ask: Ask::now(refresh),
    };
    let destination = &target.destination;
    runtime.block_on(ask_words(job, &asked, destination, control, observer))
}
