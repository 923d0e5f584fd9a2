//! What reading back found of an item: a fact beside the verdict of the reply, which is never rewritten.

use super::Outcome;
use super::words::words;

words! {
    /// The words of `contract.md`. An item that was not read back has none of them.
    Evidence {
        /// The platform holds what was sent. Of a deletion: it is gone.
        AsSent = "as-sent",
        /// The platform holds something else. Of a deletion: it is still there.
        Other = "other",
        /// The platform holds nothing for it.
        Absent = "absent",
        /// No read says what is there.
        Unreadable = "unreadable",
    }
}

/// When the platform was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReadMoment {
    /// Before the item was sent.
    Before,
    /// After it was sent.
    After,
}

/// Items that were sent, by what was found of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct EvidenceCounts {
    /// As sent.
    pub as_sent: u64,
    /// Something else is there.
    pub other: u64,
    /// Nothing is there.
    pub absent: u64,
    /// It cannot be read.
    pub unreadable: u64,
    /// They were sent, and not read back.
    pub not_asked: u64,
}

impl Evidence {
    /// What an unconfirmed item is by it.
    #[must_use]
    pub fn settles(self) -> Option<Outcome> {
        match self {
            Self::AsSent => Some(Outcome::Succeeded),
            Self::Other | Self::Absent => Some(Outcome::Failed),
            Self::Unreadable => None,
        }
    }
}

impl EvidenceCounts {
    /// Counts an item.
    pub fn add(&mut self, evidence: Evidence) {
        match evidence {
            Evidence::AsSent => self.as_sent += 1,
            Evidence::Other => self.other += 1,
            Evidence::Absent => self.absent += 1,
            Evidence::Unreadable => self.unreadable += 1,
        }
    }

    /// Items that were read back, with or without a result.
    #[must_use]
    pub fn asked(&self) -> u64 {
        self.as_sent + self.other + self.absent + self.unreadable
    }

    /// Whether every item that was sent is there as it was sent.
    #[must_use]
    pub fn all_as_sent(&self) -> bool {
        self.asked() + self.not_asked == self.as_sent
    }
}
