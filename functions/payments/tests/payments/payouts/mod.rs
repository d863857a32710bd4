//! `reconcile-payouts`.

mod reconcile_payouts;
