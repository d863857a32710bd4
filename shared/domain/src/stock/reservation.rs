//! Reservations: stock held for an order until the order is paid or ends.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::spread::{Part, parts_of, signed};
use super::{Command, Movement, NotSold, Returned, Stock, StockRefusal, Within, added_up};
use crate::events::{ProductEvent, ReservationExpired, ReservationLost};
use crate::words::charge::ChargeRule;
use crate::words::goods::Sku;
use crate::words::hold::{GRACE, HOLD};
use crate::words::id::OrderId;
use crate::words::line::{Line, Lines, PricedLine};
use crate::words::money::{Currency, Money};

/// The status of a reservation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ReservationStatus {
    /// The pieces are reserved.
    Held,
    /// The pieces are sold.
    Committed,
    /// The pieces are available again.
    Released,
    /// The pieces were released and went to other orders before the order was paid.
    Lost,
    /// The order was cancelled after it was paid: the pieces are available again.
    TakenBack,
    /// A status of a newer version.
    #[serde(other)]
    #[cfg_attr(feature = "schema", schemars(skip))]
    Unknown,
}

/// The price at which a customer was offered a SKU.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ExpectedPrice {
    /// The SKU.
    pub sku: Sku,
    /// The price of one piece, tax included.
    pub unit_price: Money,
}

/// The stock held for one order: all lines or none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Reservation {
    /// The order. It is also the key: one order has one reservation.
    pub order_id: OrderId,
    /// The reserved lines with their prices.
    pub lines: Vec<PricedLine>,
    /// The reservation's status.
    pub status: ReservationStatus,
    /// The payment deadline.
    pub held_until: Timestamp,
    /// The shards that pieces were taken from. The others are from the SKUs' own rows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taken_from: Vec<TakenFrom>,
    /// What came back of it, in the order of its arrival.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub returned: Vec<Returned>,
}

/// Pieces that were taken from a shard, and go back to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TakenFrom {
    /// The SKU.
    pub sku: Sku,
    /// The shard's number.
    pub shard: u8,
    /// How many.
    pub pieces: u64,
}

/// The result of a decision: the reservation's new state, the movement of each SKU's counters, and the events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The new state.
    pub reservation: Reservation,
    /// The movements of the counters, one per line and row.
    pub movements: Vec<Movement>,
    /// The events to publish.
    pub events: Vec<ProductEvent>,
}

impl Reservation {
    /// Prices `lines` from the stock items found (in any order) and reserves them for `order_id`.
    ///
    /// # Errors
    /// If a SKU is unknown, not for sale, priced in another currency, or has too few pieces available.
    pub fn hold(
        order_id: OrderId,
        lines: &Lines,
        currency: Currency,
        stock: &[Stock],
        now: Timestamp,
    ) -> Result<Change, StockRefusal> {
        let rule = ChargeRule::of(currency).map_err(|_| StockRefusal::CurrencyNotCharged { currency })?;
        let lines: Vec<PricedLine> =
            lines.as_slice().iter().map(|line| price(line, rule, stock, now)).collect::<Result<_, _>>()?;
        // Stock is not held for an order that could never be paid.
        let total = Money::sum(lines.iter().map(|line| line.total));
        let is_charged = total.is_ok_and(|total| total.is_some_and(|total| rule.check(total).is_ok()));
        if !is_charged {
            return Err(StockRefusal::TotalOutOfRange(rule));
        }
        let (status, held_until) = (ReservationStatus::Held, now + HOLD);
        let (taken_from, returned) = (Vec::new(), Vec::new());
        let held = Self { order_id, lines, status, held_until, taken_from, returned };
        held.take(stock, |pieces, still| Movement { available: -pieces, reserved: pieces, ..still })
    }

    /// Checks the prices of the lines against what the caller expects. SKUs without an expected price are not compared.
    ///
    /// # Errors
    /// If the price of a line differs.
    pub fn check_prices(&self, expected: &[ExpectedPrice]) -> Result<(), StockRefusal> {
        let differs = |line: &&PricedLine| {
            expected.iter().any(|price| price.sku == line.sku && price.unit_price != line.unit_price)
        };
        match self.lines.iter().find(differs) {
            Some(line) => Err(StockRefusal::PriceChanged(line.sku.clone())),
            None => Ok(()),
        }
    }

    /// Returns whether this version knows the reservation's status.
    #[must_use]
    pub fn is_understood(&self) -> bool {
        self.status != ReservationStatus::Unknown
    }

    /// Applies the command of a consumed event; `None` if it changes nothing. `stock` is required if
    /// [`takes_stock`](Self::takes_stock) returns `true`.
    ///
    /// # Errors
    /// If pieces come back that are not sold.
    pub fn apply(&self, command: Command<'_>, stock: &[Stock]) -> Result<Option<Change>, NotSold> {
        match command {
            Command::Commit(_) => Ok(self.commit(stock)),
            Command::Release(_) => Ok(self.release()),
            Command::TakeBack(_) => Ok(self.take_back()),
            Command::Receive(returned) => self.receive(returned),
            Command::CallOff(cancelled) => self.call_off(cancelled),
        }
    }

    /// Returns whether `command` takes pieces from available stock: after a release they may have gone to other orders.
    #[must_use]
    pub fn takes_stock(&self, command: Command<'_>) -> bool {
        matches!(command, Command::Commit(_)) && self.status == ReservationStatus::Released
    }

    /// Returns the existing reservation to a retried request with the same lines.
    ///
    /// # Errors
    /// If the lines or the currency differ, or the reservation has ended.
    pub fn repeat(self, lines: &Lines, currency: Currency) -> Result<Self, StockRefusal> {
        let same = self.lines.len() == lines.as_slice().len()
            && self
                .lines
                .iter()
                .zip(lines.as_slice())
                .all(|(a, b)| a.sku == b.sku && a.quantity == b.quantity);
        if !same {
            return Err(StockRefusal::DifferentLines);
        }
        self.lines.iter().try_for_each(|line| expect_currency(&line.sku, line.unit_price, currency))?;
        match self.status {
            ReservationStatus::Released
            | ReservationStatus::Lost
            | ReservationStatus::TakenBack
            | ReservationStatus::Unknown => Err(StockRefusal::Ended),
            ReservationStatus::Held | ReservationStatus::Committed => Ok(self),
        }
    }

    /// Marks the pieces as sold because the order is paid; `None` if already settled. After a release the pieces are
    /// taken from available stock. If other orders have them, the reservation is lost, and an event is published.
    /// `stock` is needed only in that case.
    #[must_use]
    pub fn commit(&self, stock: &[Stock]) -> Option<Change> {
        let to = |status| Self { status, ..self.clone() };
        match self.status {
            ReservationStatus::Committed
            | ReservationStatus::Lost
            | ReservationStatus::TakenBack
            | ReservationStatus::Unknown => None,
            ReservationStatus::Held => {
                Some(to(ReservationStatus::Committed).settle(|pieces, still| Movement {
                    reserved: -pieces,
                    sold: pieces,
                    ..still
                }))
            }
            ReservationStatus::Released => {
                let sold = to(ReservationStatus::Committed).take(stock, |pieces, still| Movement {
                    available: -pieces,
                    sold: pieces,
                    ..still
                });
                Some(sold.unwrap_or_else(|_| {
                    let event = ProductEvent::ReservationLost(ReservationLost { order_id: self.order_id });
                    let reservation = to(ReservationStatus::Lost);
                    Change { reservation, movements: Vec::new(), events: vec![event] }
                }))
            }
        }
    }

    /// Releases the pieces because the order ended unpaid; `None` if there is nothing to release.
    #[must_use]
    pub fn release(&self) -> Option<Change> {
        (self.status == ReservationStatus::Held).then(|| {
            let released = Self { status: ReservationStatus::Released, ..self.clone() };
            released.settle(|pieces, still| Movement { reserved: -pieces, available: pieces, ..still })
        })
    }

    /// Releases a reservation that was not settled in time, and publishes an event. Returns `None` before that time.
    #[must_use]
    pub fn expire(&self, now: Timestamp) -> Option<Change> {
        if now < self.held_until + GRACE {
            return None;
        }
        let event = ProductEvent::ReservationExpired(ReservationExpired { order_id: self.order_id });
        self.release().map(|released| Change { events: vec![event], ..released })
    }

    /// Moves reserved pieces, in the rows that they were taken from, regardless of availability.
    pub(super) fn settle(self, movement: impl Fn(i64, Movement) -> Movement) -> Change {
        let parts = self.lines.iter().flat_map(|line| {
            parts_of(line, &self.taken_from).into_iter().map(move |part| (line.sku.clone(), part))
        });
        let movements = parts.map(|(sku, Part { shard, pieces })| {
            movement(signed(pieces), Movement::none(sku, shard, Within::ANY))
        });
        Change { movements: movements.collect(), reservation: self, events: Vec::new() }
    }

    /// Takes the pieces from available stock.
    fn take(
        self,
        stock: &[Stock],
        movement: impl Fn(i64, Movement) -> Movement,
    ) -> Result<Change, StockRefusal> {
        let (mut movements, mut events, mut taken_from) = (Vec::new(), Vec::new(), Vec::new());
        for line in &self.lines {
            let stock = stock.iter().find(|stock| stock.item.sku == line.sku);
            let (parts, taken) = stock
                .and_then(|stock| stock.take(self.order_id, u64::from(line.quantity.into_inner())))
                .ok_or_else(|| StockRefusal::OutOfStock(line.sku.clone()))?;
            for Part { shard, pieces } in parts {
                let still = Movement::none(line.sku.clone(), shard, taken.while_available);
                movements.push(movement(signed(pieces), Movement { low: taken.low, ..still }));
                taken_from.extend(shard.map(|shard| TakenFrom { sku: line.sku.clone(), shard, pieces }));
            }
            events.extend(taken.event);
        }
        Ok(Change { reservation: Self { taken_from, ..self }, movements, events })
    }
}

/// Several reservations that are settled together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settled {
    /// Their new states.
    pub reservations: Vec<Reservation>,
    /// The movements of the counters, one per row.
    pub movements: Vec<Movement>,
}

impl Settled {
    /// Returns how many rows this writes.
    #[must_use]
    pub fn writes(&self) -> usize {
        self.reservations.len() + self.movements.len()
    }

    fn with(&self, change: Change) -> Self {
        let mut settled = self.clone();
        settled.reservations.push(change.reservation);
        settled.movements = added_up(settled.movements.into_iter().chain(change.movements));
        settled
    }
}

/// Settles the reservations that are still held, each by its command, and adds up the movements of each row. The result
/// is that of settling them one after another, in any order.
///
/// Those of different shards are apart, since a transaction of many busy rows would hardly ever find all of them free. Leaves out
/// those that are settled already, and those with which a transaction would exceed `most` writes.
#[must_use]
pub fn settle_together<'a>(
    reservations: impl IntoIterator<Item = (&'a Reservation, Command<'a>)>,
    most: usize,
) -> Vec<Settled> {
    let held = reservations.into_iter().filter(|(found, _)| found.status == ReservationStatus::Held);
    let mut apart: BTreeMap<Option<(&Sku, u8)>, Settled> = BTreeMap::new();
    for (held, command) in held {
        let Ok(Some(change)) = held.apply(command, &[]) else { continue };
        let shard = held.taken_from.first().map(|taken| (&taken.sku, taken.shard));
        let settled = apart.entry(shard).or_default();
        let with = settled.with(change);
        if with.writes() <= most {
            *settled = with;
        }
    }
    apart.into_values().filter(|settled| !settled.reservations.is_empty()).collect()
}

fn price(line: &Line, rule: ChargeRule, stock: &[Stock], now: Timestamp) -> Result<PricedLine, StockRefusal> {
    let item = stock
        .iter()
        .map(|stock| &stock.item)
        .find(|item| item.sku == line.sku && item.for_sale)
        .ok_or_else(|| StockRefusal::UnknownSku(line.sku.clone()))?;
    expect_currency(&line.sku, item.price, rule.currency())?;
    let quantity = line.quantity.into_inner();
    let unit_price = item.unit_price(now);
    let total = unit_price.times(quantity).map_err(|_| StockRefusal::TotalOutOfRange(rule))?;
    Ok(PricedLine {
        sku: line.sku.clone(),
        title: item.title.clone(),
        quantity: line.quantity,
        unit_price,
        total,
        tax: total.tax_included(item.tax_rate),
        discount: None,
        tax_rate: None,
        goods: item.goods.clone(),
    })
}

fn expect_currency(sku: &Sku, price: Money, wanted: Currency) -> Result<(), StockRefusal> {
    let priced = price.currency();
    if priced == wanted {
        Ok(())
    } else {
        Err(StockRefusal::CurrencyMismatch { sku: sku.clone(), priced, wanted })
    }
}
