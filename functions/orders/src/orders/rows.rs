//! Rows of the orders table.
//!
//! | row | pk | sk | gsi1 (a customer's orders) | gsi2 (orders for which the schedule or somebody of the staff has something to do) |
//! |---|---|---|---|---|
//! | order | `ORDER#<order>` | `ORDER` | `USER#<user>` / `<placed_at>#<order>` | `OPEN#<shard>` / `<due_at>#<order>`, or `QUEUE#<queue>` / `<placed_at>#<order>`, in the queue `return` / `<refund_due_at>#<order>` |
//! | number | `NUMBER#<number>` | `NUMBER` | `MONTH#<year>-<month>` / `<placed_at>#<order>` (all orders of a month) | |
//! | standing | `STANDING#<user>` | `STANDING` | | |

use domain::orders::fulfillment::Queue;
use domain::orders::standing::Standing;
use domain::orders::timeline::Actor;
use domain::orders::{self, Order, OrderNumber};
use domain::words::id::{OrderId, UserId};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use store::{Change, DueIndex, Item, Key, Row, Stored};

use crate::promotions::redeem::give_back;
use crate::timeline::tell;

/// Index of orders by when the schedule has something to do: open ones, and ended ones whose refund is not known of.
pub const OPEN: DueIndex = DueIndex::new(2, "OPEN");

/// An order.
#[derive(Debug)]
pub struct OrderRow;

impl Row for OrderRow {
    type Value = Order;
    const KIND: &'static str = "order";

    fn key(order: &Order) -> Key {
        key(order.order_id)
    }

    fn place(order: &Order, item: Item) -> Item {
        // Always with milliseconds, so that the strings sort chronologically.
        let placed = format!("{:.3}#{}", order.placed_at, order.order_id);
        let item = item.indexed(1, of_customer(order.user_id), placed);
        match (order.due_at(), order.queue()) {
            (Some(due), _) => OPEN.enter(item, &order.order_id.to_string(), due),
            (None, Some(queue)) => {
                item.indexed(2, in_queue(queue), format!("{:.3}#{}", order.queued_by(), order.order_id))
            }
            (None, None) => item,
        }
    }

    fn is_understood(order: &Order) -> bool {
        order.is_understood()
    }
}

/// The number of an order.
#[derive(Debug)]
pub struct NumberRow;

/// A number that is taken, and the order that has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenNumber {
    /// The number.
    pub number: OrderNumber,
    /// The order.
    pub order_id: OrderId,
    /// When it was placed.
    pub placed_at: Timestamp,
}

impl TakenNumber {
    /// Returns the number of an order; `None` for an order of an earlier version, which has none.
    pub(crate) fn of(order: &Order) -> Option<Self> {
        let (order_id, placed_at) = (order.order_id, order.placed_at);
        Some(Self { number: order.number.clone()?, order_id, placed_at })
    }
}

impl Row for NumberRow {
    type Value = TakenNumber;
    const KIND: &'static str = "order_number";

    fn key(taken: &TakenNumber) -> Key {
        number_key(&taken.number)
    }

    fn place(taken: &TakenNumber, item: Item) -> Item {
        let placed = format!("{:.3}#{}", taken.placed_at, taken.order_id);
        item.indexed(1, of_month(taken.placed_at.to_zoned(TimeZone::UTC).date()), placed)
    }
}

/// Returns the key of an order's number.
#[must_use]
pub fn number_key(number: &OrderNumber) -> Key {
    Key::new(format!("NUMBER#{number}"), "NUMBER")
}

/// Returns the index partition of the orders of a month, which sort by placement time.
#[must_use]
pub fn of_month(day: Date) -> String {
    format!("MONTH#{}", day.strftime("%Y-%m"))
}

/// A customer's slots for unpaid orders, and their declined payments.
#[derive(Debug)]
pub struct StandingRow;

impl Row for StandingRow {
    type Value = Standing;
    const KIND: &'static str = "standing";

    fn key(standing: &Standing) -> Key {
        standing_key(standing.user_id)
    }

    fn place(standing: &Standing, item: Item) -> Item {
        item.expires(standing.kept_until())
    }
}

/// Returns the key of a customer's standing.
#[must_use]
pub fn standing_key(user: UserId) -> Key {
    Key::new(format!("STANDING#{user}"), "STANDING")
}

/// Returns an order's key.
#[must_use]
pub fn key(id: OrderId) -> Key {
    Key::new(format!("ORDER#{id}"), "ORDER")
}

/// Returns the index partition of a customer's orders, which sort by placement time.
#[must_use]
pub fn of_customer(user: UserId) -> String {
    format!("USER#{user}")
}

/// Returns the index partition of the orders that wait for the staff in a queue, which sort by placement time, or by when
/// the money of a return is due.
#[must_use]
pub fn in_queue(queue: Queue) -> String {
    format!("QUEUE#{queue}")
}

/// Converts a decision about an order, as it was read, to the change of its row, with the entries of its timeline.
pub fn change<E>(before: &Stored<Order>, decided: orders::Change, by: Actor) -> Change<OrderRow, E> {
    let told = tell(Change::to(decided.order.clone()), before, &decided, by);
    give_back(told.emit(decided.event), &decided.given_back)
}
