//! DynamoDB as Bodega uses it: one table a service, typed rows, transactions that carry their events.
//!
//! - [`Table`] reads rows and commits transactions.
//! - [`Transaction`] gathers what changes together: rows with their conditions, events for the [`outbox`], the
//!   [`inbox`]'s mark against duplicates, the [`idempotency`] record of a request.
//! - [`Cursor`] is where a list goes on.

mod cursor;
mod error;
pub mod idempotency;
pub mod inbox;
mod item;
pub mod outbox;
mod query;
mod table;
mod transaction;

pub use cursor::Cursor;
pub use error::Error;
pub use item::{Item, Key};
pub use query::{Index, Page, Query};
pub use table::{Attempt, Stored, Table, until_committed};
pub use transaction::{Outcome, Transaction, Update};
