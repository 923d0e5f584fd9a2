//! How far a run is.

use super::words::words;
use crate::text::Text;

words! {
    /// The states of `contract.md`, and the one of a run that is not at its end.
    RunState {
        /// Each item has an outcome.
        Finished = "finished",
        /// It stopped by itself.
        Halted = "halted",
        /// It was stopped, or its process was killed.
        Interrupted = "interrupted",
        /// A process works on it. Never stored.
        Running = "running",
    }
}

impl RunState {
    /// The state for people.
    #[must_use]
    pub fn in_words(self) -> Text {
        match self {
            Self::Finished => text!("finished"),
            Self::Halted => text!("halted"),
            Self::Interrupted => text!("interrupted"),
            Self::Running => text!("running"),
        }
    }
}
