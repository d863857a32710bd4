//! The resource `/stock`: counters that many customers move at the same time, and their adjustments by hand.

pub mod adjust_stock;
pub mod rows;

pub use adjust_stock::adjust_stock;
