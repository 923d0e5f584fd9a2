//! When: which calls a rule of a fault plan meets.

use std::ops::{Range, RangeInclusive};
use std::time::Duration;

use crate::sandbox::json::Json;
use crate::sandbox::record::Arrival;
use crate::sandbox::routes::Endpoint;

/// Which calls a rule meets. Everything given must hold; nothing given holds always.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct When {
    /// Only this endpoint. Without one: every endpoint but the token.
    pub endpoint: Option<Endpoint>,
    /// Only these calls, counted from 1 for each endpoint by itself. Empty: all.
    pub calls: Vec<RangeInclusive<u64>>,
    /// Only each n-th call of its endpoint.
    pub every: Option<u64>,
    /// Only with this probability.
    pub chance: Option<f64>,
    /// Only calls whose body holds this value somewhere.
    pub item: Option<String>,
    /// Only calls of more items than this.
    pub items_over: Option<usize>,
    /// Only the n-th call with the same body, so that each batch meets the fault once.
    pub attempt: Option<u64>,
    /// Only calls that arrive this long after the first one of their endpoint, or later.
    pub from: Option<Duration>,
    /// Only calls that arrive earlier than this after the first one of their endpoint.
    pub until: Option<Duration>,
    /// At most so many times.
    pub times: Option<u64>,
}

impl When {
    /// Every call but the token's.
    #[must_use]
    pub fn always() -> Self {
        Self::default()
    }

    /// The n-th call of an endpoint.
    #[must_use]
    pub fn call(number: u64) -> Self {
        Self::calls(number..=number)
    }

    /// These calls of an endpoint.
    #[must_use]
    pub fn calls(numbers: RangeInclusive<u64>) -> Self {
        Self {
            calls: vec![numbers],
            ..Self::default()
        }
    }

    /// Each n-th call of an endpoint.
    #[must_use]
    pub fn every(number: u64) -> Self {
        Self {
            every: Some(number),
            ..Self::default()
        }
    }

    /// Calls by chance, from 0 to 1.
    #[must_use]
    pub fn chance(chance: f64) -> Self {
        Self {
            chance: Some(chance),
            ..Self::default()
        }
    }

    /// Calls whose body holds this value.
    #[must_use]
    pub fn item(value: impl Into<String>) -> Self {
        Self {
            item: Some(value.into()),
            ..Self::default()
        }
    }

    /// Calls of more items than this.
    #[must_use]
    pub fn items_over(count: usize) -> Self {
        Self {
            items_over: Some(count),
            ..Self::default()
        }
    }

    /// The n-th call with the same body.
    #[must_use]
    pub fn attempt(number: u64) -> Self {
        Self {
            attempt: Some(number),
            ..Self::default()
        }
    }

    /// Calls that arrive in this span since the first one of their endpoint.
    #[must_use]
    pub fn during(span: Range<Duration>) -> Self {
        Self {
            from: Some(span.start),
            until: Some(span.end),
            ..Self::default()
        }
    }

    /// Only at this endpoint.
    #[must_use]
    pub fn at(mut self, endpoint: Endpoint) -> Self {
        self.endpoint = Some(endpoint);
        self
    }

    /// At most so many times.
    #[must_use]
    pub fn times(mut self, times: u64) -> Self {
        self.times = Some(times);
        self
    }

    pub(super) fn meets(&self, met: &Met<'_>) -> bool {
        let number = met.arrival.endpoint_number;
        let endpoint = match self.endpoint {
            Some(endpoint) => endpoint == met.arrival.endpoint,
            None => met.arrival.endpoint != Endpoint::Token,
        };
        endpoint
            && (self.calls.is_empty() || self.calls.iter().any(|range| range.contains(&number)))
            && self.from.is_none_or(|from| met.arrival.since_first >= from)
            && self
                .until
                .is_none_or(|until| met.arrival.since_first < until)
            && self.attempt.is_none_or(|attempt| met.attempt == attempt)
            && self.every.is_none_or(|every| number.is_multiple_of(every))
            && self.items_over.is_none_or(|count| met.items > count)
            && self
                .item
                .as_ref()
                .is_none_or(|item| met.body.is_some_and(|body| body.contains(item)))
    }
}

/// A call as far as rules look at it.
pub(in crate::sandbox) struct Met<'a> {
    pub(in crate::sandbox) arrival: &'a Arrival,
    pub(in crate::sandbox) body: Option<&'a Json>,
    pub(in crate::sandbox) items: usize,
    /// Which call with this same body it is, from 1.
    pub(in crate::sandbox) attempt: u64,
}
