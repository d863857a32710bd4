//! Rows of the orders table for returns.
//!
//! | row | pk | sk | gsi2 |
//! |---|---|---|---|
//! | return | `RETURN#<return>` | `RETURN` | |
//! | statement | `RETURN#<statement>` | `STATEMENT` | `QUEUE#return` / `<due_at>#<statement>` while it waits for the staff |
//!
//! A return itself is in its order. A statement is a declaration that became no return.

use domain::orders::fulfillment::Queue;
use domain::orders::returns::WithdrawalStatement;
use domain::words::id::{OrderId, ReturnId};
use serde::{Deserialize, Serialize};
use store::{Item, Key, Row};

use crate::orders::rows::in_queue;

/// Leads from a return to its order.
#[derive(Debug)]
pub struct ReturnRow;

/// A return, and the order that it is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownReturn {
    /// The return.
    pub return_id: ReturnId,
    /// The order.
    pub order_id: OrderId,
}

impl Row for ReturnRow {
    type Value = KnownReturn;
    const KIND: &'static str = "return";

    fn key(known: &KnownReturn) -> Key {
        return_key(known.return_id)
    }
}

/// Returns the key of a return.
#[must_use]
pub fn return_key(return_id: ReturnId) -> Key {
    Key::new(format!("RETURN#{return_id}"), "RETURN")
}

/// A declaration of a withdrawal that became no return.
#[derive(Debug)]
pub struct StatementRow;

impl Row for StatementRow {
    type Value = WithdrawalStatement;
    const KIND: &'static str = "statement";

    fn key(statement: &WithdrawalStatement) -> Key {
        statement_key(statement.statement_id)
    }

    fn place(statement: &WithdrawalStatement, item: Item) -> Item {
        match statement.kept_until() {
            Some(until) => item.expires(until),
            None => {
                let due = format!("{:.3}#{}", statement.due_at, statement.statement_id);
                item.indexed(2, in_queue(Queue::Return), due)
            }
        }
    }
}

/// Returns the key of a statement.
#[must_use]
pub fn statement_key(statement_id: ReturnId) -> Key {
    Key::new(format!("RETURN#{statement_id}"), "STATEMENT")
}
