//! How a run is asked to stop: by the user, or by itself because of something every further call would meet.
//!
//! The first reason stays. Stopping is in order: no further call is made, calls in flight end and are recorded. Only a second
//! interruption ends them too.

use tokio::sync::watch;

use crate::error::Refusal;

/// Whether and how the run was asked to stop.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum StopRequest {
    /// Nothing.
    #[default]
    None,
    /// Make no further call, because the user said so.
    Interrupt,
    /// Stop at once, also the calls in flight, because the user said so twice.
    Abort,
    /// Make no further call, because of this.
    Halt(Refusal),
}

/// The request, shared by all who work on a run.
#[derive(Debug, Clone)]
pub struct Control {
    request: watch::Sender<StopRequest>,
}

impl Default for Control {
    fn default() -> Self {
        Self {
            request: watch::Sender::new(StopRequest::None),
        }
    }
}

impl Control {
    /// The user asked to stop; the second time, at once.
    pub fn interrupt(&self) {
        self.request.send_modify(|request| {
            *request = match request {
                StopRequest::None => StopRequest::Interrupt,
                StopRequest::Interrupt | StopRequest::Abort | StopRequest::Halt(_) => {
                    StopRequest::Abort
                }
            };
        });
    }

    /// Every further call would be in vain.
    pub fn halt(&self, why: Refusal) {
        self.request.send_if_modified(|request| {
            let first = *request == StopRequest::None;
            if first {
                *request = StopRequest::Halt(why);
            }
            first
        });
    }

    /// What was asked so far.
    #[must_use]
    pub fn stop_request(&self) -> StopRequest {
        self.request.borrow().clone()
    }

    /// Whether no further call may be made.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        *self.request.borrow() != StopRequest::None
    }

    /// Waits until no further call may be made.
    pub async fn stopping(&self) {
        self.until(|request| *request != StopRequest::None).await;
    }

    /// Waits until the calls in flight must end too.
    pub async fn aborted(&self) {
        self.until(|request| *request == StopRequest::Abort).await;
    }

    async fn until(&self, reached: impl FnMut(&StopRequest) -> bool) {
        // The sender lives as long as this value, so waiting cannot fail.
        let _ = self.request.subscribe().wait_for(reached).await;
    }
}
