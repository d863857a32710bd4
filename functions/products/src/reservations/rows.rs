//! Rows of the products table for reservations.
//!
//! | row | pk | sk | gsi3 (held reservations by the end of their hold) |
//! |---|---|---|---|
//! | reservation | `RESERVATION#<order>` | `RESERVATION` | `HELD#<shard>` / `<held_until>#<order>` |

use std::collections::BTreeMap;

use domain::stock::{self, Command, Reservation, ReservationStatus, Stock};
use domain::words::id::OrderId;
use store::{Change, DueIndex, Item, Joint, Key, Row, Stored};

use crate::stock::MAX_ROWS;
use crate::stock::rows::{counted, counted_at_price};

/// Index of held reservations by the end of their hold.
pub const HELD: DueIndex = DueIndex::new(3, "HELD");

/// The reservation of an order.
#[derive(Debug)]
pub struct ReservationRow;

impl Row for ReservationRow {
    type Value = Reservation;
    const KIND: &'static str = "reservation";

    fn key(reservation: &Reservation) -> Key {
        key(reservation.order_id)
    }

    fn place(reservation: &Reservation, item: Item) -> Item {
        if reservation.status == ReservationStatus::Held {
            HELD.enter(item, &reservation.order_id.to_string(), reservation.held_until)
        } else {
            item
        }
    }

    fn is_understood(reservation: &Reservation) -> bool {
        reservation.is_understood()
    }
}

/// Returns the key of an order's reservation.
#[must_use]
pub fn key(id: OrderId) -> Key {
    Key::new(format!("RESERVATION#{id}"), "RESERVATION")
}

/// Creates a reservation, which takes its pieces at the prices in `read`.
pub fn hold<E>(held: stock::Change, read: &[Stock]) -> Change<ReservationRow, E> {
    let moved = held.movements.iter().fold(Change::to(held.reservation), |change, movement| {
        let item = read.iter().map(|stock| &stock.item).find(|item| item.sku == movement.sku);
        change.update(item.map_or_else(|| counted(movement), |item| counted_at_price(item, movement)))
    });
    moved.emit(held.events)
}

/// Settles the reservations that are still held, each by its command: in one transaction, or one per shard.
pub fn settle_together(
    found: &[Stored<Reservation>],
    commands: &BTreeMap<OrderId, Command<'_>>,
) -> Vec<Joint<ReservationRow>> {
    let reservations = found.iter().filter_map(|row| Some((&row.value, *commands.get(&row.value.order_id)?)));
    let before = |after: &Reservation| found.iter().find(|row| row.value.order_id == after.order_id).cloned();
    let joint = |settled: stock::Settled| {
        let rows = settled.reservations.into_iter().filter_map(|after| Some((before(&after)?, after)));
        Joint { rows: rows.collect(), updates: settled.movements.iter().map(counted).collect() }
    };
    stock::settle_together(reservations, MAX_ROWS).into_iter().map(joint).collect()
}

/// Settles a reservation. Held pieces are in stock unless the stock is inconsistent, which is the error `mistake`.
/// Without `mistake`, the pieces come from available stock, and may go to other orders in the meantime.
pub fn settle<E>(change: stock::Change, mistake: Option<impl Fn() -> E>) -> Change<ReservationRow, E> {
    let moved = change.movements.iter().fold(Change::to(change.reservation), |to, movement| match &mistake {
        Some(mistake) => to.update_or(counted(movement), mistake()),
        None => to.update(counted(movement)),
    });
    moved.emit(change.events)
}
