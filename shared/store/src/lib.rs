//! DynamoDB as Bodega uses it: one table per service, typed rows, transactions that include their events.
//!
//! - [`Table`] reads rows, as [`Stored`], and lists, as pages of a [`Query`].
//! - Writes are one of three verbs: [`Table::create`], [`At::change`], [`At::consume`]. They write a [`Change`] of a
//!   [`Row`], caused by a [`Trigger`].
//! - [`DueIndex`] finds due rows; the relay reads [`outbox`].

mod backlog;
mod carry;
mod change;
mod cursor;
mod due;
mod error;
mod idempotency;
mod inbox;
mod item;
pub mod outbox;
mod patience;
mod query;
mod row;
mod stored;
mod table;
mod together;
mod transaction;
mod verbs;

pub use backlog::Backlog;
pub use change::Change;
pub use cursor::Cursor;
pub use due::{Counted, DueIndex, DueRow, DueRows, Entry};
pub use error::Error;
pub use idempotency::Claim;
pub use item::{Item, Key};
pub use patience::Patience;
pub use query::{Index, Page, Query};
pub use row::Row;
pub use stored::Stored;
pub use table::Table;
pub use together::{All, Joined, Joint};
pub use transaction::{Committed, Transaction, Update};
pub use verbs::{At, Decision, Done, Outcome, Trigger};
