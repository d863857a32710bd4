//! Disputes, from the gateway's report to the ledger.

mod find_disputes;
mod look_up;
