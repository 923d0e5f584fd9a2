//! How a run is asked to stop: by the user, or by itself because of something every further call would meet.
//!
//! The first reason stays. Stopping is in order: no further call is made, calls in flight end and are recorded. Only a second
//! interruption ends them too.

use tokio::sync::watch;

use crate::error::Refusal;

/// What the run was asked to do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Order {
    /// Nothing.
    #[default]
    GoOn,
    /// Make no further call, because the user said so.
    Interrupt,
    /// Stop at once, also the calls in flight, because the user said so twice.
    Abort,
    /// Make no further call, because of this.
    Halt(Refusal),
}

/// The order, shared by all who work on a run.
#[derive(Debug, Clone)]
pub struct Control {
    order: watch::Sender<Order>,
}

impl Default for Control {
    fn default() -> Self {
        Self {
            order: watch::Sender::new(Order::GoOn),
        }
    }
}

impl Control {
    /// The user asked to stop; the second time, at once.
    pub fn interrupt(&self) {
        self.order.send_modify(|order| {
            *order = match order {
                Order::GoOn => Order::Interrupt,
                Order::Interrupt | Order::Abort | Order::Halt(_) => Order::Abort,
            };
        });
    }

    /// Every further call would be in vain.
    pub fn halt(&self, why: Refusal) {
        self.order.send_if_modified(|order| {
            let first = *order == Order::GoOn;
            if first {
                *order = Order::Halt(why);
            }
            first
        });
    }

    /// The order as it is now.
    #[must_use]
    pub fn order(&self) -> Order {
        self.order.borrow().clone()
    }

    /// Whether no further call may be made.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        *self.order.borrow() != Order::GoOn
    }

    /// Waits until no further call may be made.
    pub async fn stopping(&self) {
        self.until(|order| *order != Order::GoOn).await;
    }

    /// Waits until the calls in flight must end too.
    pub async fn aborted(&self) {
        self.until(|order| *order == Order::Abort).await;
    }

    async fn until(&self, reached: impl FnMut(&Order) -> bool) {
        // The sender lives as long as this value, so waiting cannot fail.
        let _ = self.order.subscribe().wait_for(reached).await;
    }
}
