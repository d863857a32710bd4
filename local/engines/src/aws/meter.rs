//! Counts AWS calls by caller: requests, errors, and DynamoDB's read and write units.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::call::Principal;

/// One caller's usage of one action.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Usage {
    /// Requests made.
    pub calls: u64,
    /// Requests that were rejected or failed.
    pub errors: u64,
    /// DynamoDB read capacity units consumed.
    pub read_units: f64,
    /// DynamoDB write capacity units consumed.
    pub write_units: f64,
}

impl Usage {
    /// Adds another usage.
    pub fn add(&mut self, other: &Self) {
        self.calls += other.calls;
        self.errors += other.errors;
        self.read_units += other.read_units;
        self.write_units += other.write_units;
    }
}

/// Counts calls as they are answered. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Meter(Arc<Mutex<Reading>>);

impl Meter {
    /// Everything counted so far.
    #[must_use]
    pub fn read(&self) -> Reading {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Resets all counts and returns the previous ones.
    pub fn reset(&self) -> Reading {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn record(&self, principal: &Principal, action: &str, usage: &Usage) {
        let mut reading = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let actions = reading.by_principal.entry(principal.clone()).or_default();
        actions.entry(action.to_owned()).or_default().add(usage);
    }
}

/// The counts of a [`Meter`] at one moment.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reading {
    /// Usage by caller, then by IAM action (`dynamodb:PutItem`).
    pub by_principal: BTreeMap<Principal, BTreeMap<String, Usage>>,
}

impl Reading {
    /// One operation's usage, by IAM action.
    #[must_use]
    pub fn of(&self, operation: &str) -> BTreeMap<String, Usage> {
        let principal = Principal::Function(operation.to_owned());
        self.by_principal.get(&principal).cloned().unwrap_or_default()
    }

    /// One operation's total usage.
    #[must_use]
    pub fn total(&self, operation: &str) -> Usage {
        let mut total = Usage::default();
        for usage in self.of(operation).values() {
            total.add(usage);
        }
        total
    }

    /// The total usage of all functions, for IAM actions that start with `prefix` (`sqs:`; empty matches all).
    #[must_use]
    pub fn functions(&self, prefix: &str) -> Usage {
        self.all(|principal| matches!(principal, Principal::Function(_)), prefix)
    }

    /// The total usage of all functions' event sources, likewise.
    #[must_use]
    pub fn event_sources(&self, prefix: &str) -> Usage {
        self.all(|principal| matches!(principal, Principal::EventSource(_)), prefix)
    }

    fn all(&self, of: impl Fn(&Principal) -> bool, prefix: &str) -> Usage {
        let mut total = Usage::default();
        let actions =
            self.by_principal.iter().filter(|(principal, _)| of(principal)).flat_map(|(_, all)| all);
        for (_, usage) in actions.filter(|(action, _)| action.starts_with(prefix)) {
            total.add(usage);
        }
        total
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_and_their_event_sources_are_metered_separately() {
        let meter = Meter::default();
        let call = Usage { calls: 1, ..Usage::default() };
        let name = || "process-payment".to_owned();
        for principal in [Principal::Function(name()), Principal::EventSource(name()), Principal::Cloud] {
            meter.record(&principal, "sqs:DeleteMessageBatch", &call);
        }
        meter.record(&Principal::EventSource(name()), "sqs:ReceiveMessage", &call);
        let reading = meter.read();
        assert_eq!(reading.functions("sqs:").calls, 1);
        assert_eq!(reading.event_sources("sqs:").calls, 2);
        assert_eq!(reading.event_sources("sqs:DeleteMessageBatch").calls, 1);
    }
}
