//! Pieces that come back after they were sold: of a cancelled order all at once, of a shipped one as customers send them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::reservation::{Change, Reservation, ReservationStatus};
use super::spread::{Part, parts_of, signed};
use super::{Movement, Within, added_up};
use crate::events::{LinesCancelled, ReturnReceived, ReturnedLine};
use crate::words::goods::Sku;
use crate::words::id::{OrderId, ReturnId};
use crate::words::shipment::ShippedLine;

/// Pieces that a customer has sent back, or that the order does not deliver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Returned {
    /// The return, or the cancellation.
    pub return_id: ReturnId,
    /// What came back.
    pub lines: Vec<ReturnedLine>,
}

/// Pieces are said to have come back that are not sold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotSold {
    /// None of the order's pieces are sold, or not yet.
    #[error("the pieces of {0} are not sold")]
    Order(OrderId),
    /// The order has fewer pieces of the SKU that have not come back.
    #[error("more pieces of {1} came back than {0} has")]
    Pieces(OrderId, Sku),
}

impl Reservation {
    /// Makes all pieces available again because the paid order was cancelled; `None` if they have been already, or are lost. Nothing
    /// is sold to the order from then on, whichever event arrives late.
    #[must_use]
    pub fn take_back(&self) -> Option<Change> {
        let taken_back = Self { status: ReservationStatus::TakenBack, ..self.clone() };
        match self.status {
            ReservationStatus::TakenBack | ReservationStatus::Lost | ReservationStatus::Unknown => None,
            ReservationStatus::Held => Some(taken_back.settle(|pieces, still| Movement {
                reserved: -pieces,
                available: pieces,
                ..still
            })),
            ReservationStatus::Released => {
                Some(Change { reservation: taken_back, movements: Vec::new(), events: Vec::new() })
            }
            ReservationStatus::Committed => {
                let movements = Sold::of(self).restock_all();
                Some(Change { reservation: taken_back, movements, events: Vec::new() })
            }
        }
    }

    /// Counts pieces that came back: some are sold again, others never will be. `None` if the return is counted already, and for
    /// an order whose pieces went to others: whoever packed it has found pieces that the counts do not know, and counts them again
    /// by hand.
    ///
    /// # Errors
    /// If the order's pieces are not sold (the message that they are may still be on its way), or more came back than were sold.
    pub fn receive(&self, received: &ReturnReceived) -> Result<Option<Change>, NotSold> {
        self.come_back(received.return_id, &received.lines)
    }

    /// Makes pieces available again that the order does not deliver. `None` if that was counted already, or all pieces of the order are
    /// back or lost.
    ///
    /// # Errors
    /// If the order's pieces are not sold (the message that they are may still be on its way), or fewer are.
    pub fn call_off(&self, cancelled: &LinesCancelled) -> Result<Option<Change>, NotSold> {
        // The whole order was cancelled since, and its message was faster.
        if self.status == ReservationStatus::TakenBack {
            return Ok(None);
        }
        let restocked = |line: &ShippedLine| ReturnedLine {
            sku: line.sku.clone(),
            restock: line.quantity.into_inner(),
            write_off: 0,
        };
        let lines: Vec<ReturnedLine> = cancelled.lines.iter().map(restocked).collect();
        self.come_back(ReturnId::of_cancellation(cancelled.cancellation_id), &lines)
    }

    fn come_back(&self, return_id: ReturnId, lines: &[ReturnedLine]) -> Result<Option<Change>, NotSold> {
        if self.returned.iter().any(|returned| returned.return_id == return_id) {
            return Ok(None);
        }
        if self.status == ReservationStatus::Lost {
            return Ok(None);
        }
        if self.status != ReservationStatus::Committed {
            return Err(NotSold::Order(self.order_id));
        }
        let mut sold = Sold::of(self);
        let mut movements = Vec::new();
        for ReturnedLine { sku, restock, write_off } in lines {
            let too_many = || NotSold::Pieces(self.order_id, sku.clone());
            let again = sold.take(sku, (*restock).into()).ok_or_else(too_many)?;
            movements.extend(again.into_iter().map(|part| restocked(sku, part)));
            let gone = sold.take(sku, (*write_off).into()).ok_or_else(too_many)?;
            movements.extend(gone.into_iter().map(|part| written_off(sku, part)));
        }
        let mut reservation = self.clone();
        reservation.returned.push(Returned { return_id, lines: lines.to_vec() });
        Ok(Some(Change { reservation, movements: added_up(movements), events: Vec::new() }))
    }
}

/// The sold pieces of an order, in the rows that count them, less those that came back.
struct Sold(BTreeMap<Sku, Vec<Part>>);

impl Sold {
    fn of(reservation: &Reservation) -> Self {
        let parts = |line| parts_of(line, &reservation.taken_from);
        let mut sold = Self(reservation.lines.iter().map(|line| (line.sku.clone(), parts(line))).collect());
        for line in reservation.returned.iter().flat_map(|returned| &returned.lines) {
            // Each was counted when it came back, so they are there.
            sold.take(&line.sku, line.pieces());
        }
        sold
    }

    fn restock_all(self) -> Vec<Movement> {
        let left = self
            .0
            .into_iter()
            .flat_map(|(sku, parts)| parts.into_iter().map(move |part| (sku.clone(), part)));
        left.filter(|(_, part)| part.pieces > 0).map(|(sku, part)| restocked(&sku, part)).collect()
    }

    /// Takes pieces from the first rows that have some; `None` if all together have too few.
    fn take(&mut self, sku: &Sku, pieces: u64) -> Option<Vec<Part>> {
        let parts = self.0.get_mut(sku)?;
        let mut left = pieces;
        let mut taken = Vec::new();
        for part in parts.iter_mut() {
            let pieces = part.pieces.min(left);
            part.pieces -= pieces;
            left -= pieces;
            if pieces > 0 {
                taken.push(Part { pieces, ..*part });
            }
        }
        (left == 0).then_some(taken)
    }
}

fn restocked(sku: &Sku, Part { shard, pieces }: Part) -> Movement {
    let pieces = signed(pieces);
    Movement { sold: -pieces, available: pieces, ..Movement::none(sku.clone(), shard, Within::ANY) }
}

fn written_off(sku: &Sku, Part { shard, pieces }: Part) -> Movement {
    let pieces = signed(pieces);
    Movement { sold: -pieces, received: -pieces, ..Movement::none(sku.clone(), shard, Within::ANY) }
}
