//! The payment of one order: attempts, outcomes, refunds and the ledger.
