//! Fulfillment: what was shipped of an order, in how many parcels, and what has arrived.
//!
//! The order counts pieces, and the parcels are rows of their own. What the order says of its fulfillment is computed from the
//! counts and never stored: docs/decisions/0082-fulfillment-is-counted-in-pieces.md.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::timeline::Details;
use super::{Change, Order, OrderStatus};
use crate::events::{OrderDelivered, OrderEvent, OrderShipped};
use crate::refusals;
use crate::words::document::DocumentNumber;
use crate::words::goods::{Quantity, Sku};
use crate::words::id::{OrderId, ShipmentId};
use crate::words::line::{Line, Lines};
use crate::words::setting::Label;
use crate::words::shipment::{ShippedLine, TrackingNumber, TrackingUrl};
use crate::words::{present, removable};

/// How far the pieces of a line have come. A line of which nothing was shipped has none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LineProgress {
    /// The line's SKU.
    pub sku: Sku,
    /// Pieces that were shipped.
    pub shipped: u32,
    /// Pieces that have arrived, of those that were shipped.
    #[serde(default)]
    pub delivered: u32,
    /// Pieces that are not delivered: the staff have cancelled them.
    #[serde(default, skip_serializing_if = "is_none")]
    pub cancelled: u32,
    /// What a newer version counts.
    #[serde(flatten)]
    #[cfg_attr(feature = "schema", schemars(skip))]
    pub(super) later: Map<String, Value>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_none(count: &u32) -> bool {
    *count == 0
}

/// How far an order has come on its way to the customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum FulfillmentStatus {
    /// Nothing was shipped.
    Unfulfilled,
    /// Some pieces were shipped, and others not.
    PartiallyShipped,
    /// All pieces were shipped.
    Shipped,
    /// All pieces were shipped, and some have arrived.
    PartiallyDelivered,
    /// All pieces have arrived.
    Delivered,
}

/// What the staff have to do for an order.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, strum::Display, strum::EnumString,
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Queue {
    /// Pieces are to be shipped.
    ToShip,
    /// The pieces that are left to ship have gone to other orders, after others were shipped.
    PaymentProblem,
    /// Goods come back, or are to be decided about.
    Return,
    /// The customer claims money back through their bank, which has not decided.
    Disputed,
}

/// What is known of a parcel when it is handed over to the carrier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Parcel {
    /// What is in it; everything that is left, if it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines: Option<Lines>,
    /// The carrier, for people.
    pub carrier: Label,
    /// The carrier's number for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking_number: Option<TrackingNumber>,
    /// The carrier's page about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking_url: Option<TrackingUrl>,
    /// Whether it is shipped although the customer claims the money back through their bank.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub although_disputed: bool,
}

/// A parcel on its way to the customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Shipment {
    /// Its id.
    pub shipment_id: ShipmentId,
    /// The order.
    pub order_id: OrderId,
    /// What is in it.
    pub lines: Vec<ShippedLine>,
    /// The carrier, for people.
    pub carrier: Label,
    /// The carrier's number for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking_number: Option<TrackingNumber>,
    /// The carrier's page about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking_url: Option<TrackingUrl>,
    /// When it was handed over to the carrier.
    pub shipped_at: Timestamp,
    /// When it arrived, once that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered_at: Option<Timestamp>,
    /// The number of its invoice. Parcels of earlier versions have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invoice_number: Option<DocumentNumber>,
}

/// What the staff learn of a parcel afterwards.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ShipmentEdit {
    /// The carrier.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub carrier: Option<Label>,
    /// The carrier's number; `null` removes it.
    #[serde(default, deserialize_with = "removable", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<TrackingNumber>"))]
    pub tracking_number: Option<Option<TrackingNumber>>,
    /// The carrier's page; `null` removes it.
    #[serde(default, deserialize_with = "removable", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<TrackingUrl>"))]
    pub tracking_url: Option<Option<TrackingUrl>>,
    /// When it arrived. A wrong time can be corrected, and a parcel that has arrived stays so.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub delivered_at: Option<Timestamp>,
}

refusals! {
    /// Why a parcel was not shipped or not changed.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub enum FulfillmentRefusal {
        /// The order is not paid, or it has ended.
        #[error("only a paid order that has not ended is shipped")]
        NotConfirmed => Conflict, "order_not_confirmed", "Read the order to see how far it is.";
        /// The customer claims the money back through their bank.
        #[error("the payment is disputed: the customer claims the money back through their bank")]
        Disputed => Conflict, "payment_disputed", "Wait for the end of the dispute, or send `although_disputed` to ship all the same.";
        /// Money of the order could not be captured, and will not be.
        #[error("money of the order could not be captured, so nothing more of it is shipped")]
        CaptureFailed => Conflict, "capture_failed", "Cancel what is not shipped. The customer can order it again.";
        /// All pieces of the order were shipped.
        #[error("nothing of the order is left to ship")]
        NothingLeft => Conflict, "nothing_left", "Read the order's shipments.";
        /// More pieces than are left, or a SKU that was not ordered.
        #[error("of {sku}, {left} can be shipped")]
        QuantityExceedsOrder {
            /// The SKU.
            sku: Sku,
            /// How many pieces of it are left to ship.
            left: u32,
        } => Invalid, "quantity_exceeds_order", "Ship at most what is left: the quantity of the line minus its `shipped` in the order's `progress`.";
        /// The order has no such shipment.
        #[error("shipment not found")]
        ShipmentNotFound => NotFound, "shipment_not_found", "Check the id.";
        /// A parcel that arrived before it was shipped, or in the future.
        #[error("a shipment arrives after it was shipped, and not in the future")]
        DeliveryOutOfRange => Invalid, "delivered_at_out_of_range", "Check the time and its offset from UTC.";
    }
}

/// The result of a decision about a parcel: what the parcel is afterwards, and the order's change, if it changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dispatch {
    /// The parcel.
    pub shipment: Shipment,
    /// The order's change.
    pub change: Option<Change>,
    /// The event that has its money captured, if that is done parcel by parcel.
    pub also: Option<OrderEvent>,
}

impl Order {
    /// Ships a parcel.
    ///
    /// # Errors
    /// If the order is not paid or has ended; if the parcel holds more than is left to ship.
    pub fn ship(
        &self,
        shipment_id: ShipmentId,
        parcel: &Parcel,
        now: Timestamp,
    ) -> Result<Dispatch, FulfillmentRefusal> {
        if self.status != OrderStatus::Confirmed {
            return Err(FulfillmentRefusal::NotConfirmed);
        }
        if self.is_disputed() && !parcel.although_disputed {
            return Err(FulfillmentRefusal::Disputed);
        }
        if self.has_failed_capture() {
            return Err(FulfillmentRefusal::CaptureFailed);
        }
        let lines = self.taken(parcel)?;
        let mut order = Self { updated_at: now, ..self.clone() };
        for line in &lines {
            order.progress_of(&line.sku).shipped += line.quantity.into_inner();
        }
        let Parcel { carrier, tracking_number, tracking_url, .. } = parcel.clone();
        let event = OrderEvent::Shipped(OrderShipped {
            order_id: self.order_id,
            user_id: self.user_id,
            number: self.number.as_ref().map(ToString::to_string),
            shipment_id,
            lines: lines.clone(),
            carrier: carrier.clone(),
            tracking_number: tracking_number.clone(),
            tracking_url: tracking_url.clone(),
            complete: !order.has_left_to_ship(),
        });
        let order_id = self.order_id;
        let (shipped_at, delivered_at, invoice_number) = (now, None, None);
        let details =
            Details { shipment_id: Some(shipment_id), carrier: Some(carrier.clone()), ..Details::default() };
        let shipment = Shipment {
            shipment_id,
            order_id,
            lines,
            carrier,
            tracking_number,
            tracking_url,
            shipped_at,
            delivered_at,
            invoice_number,
        };
        let change = Some(Change { event: Some(event), details, ..order.into() });
        Ok(Dispatch { shipment, change, also: None })
    }

    /// Changes what is known of a parcel. Returns `None` if that is known already.
    ///
    /// # Errors
    /// If it would have arrived before it was shipped, or in the future.
    pub fn edit_shipment(
        &self,
        shipment: &Shipment,
        edit: &ShipmentEdit,
        now: Timestamp,
    ) -> Result<Option<Dispatch>, FulfillmentRefusal> {
        let edited = edit.of(shipment);
        if edited.delivered_at.is_some_and(|at| at < shipment.shipped_at || at > now) {
            return Err(FulfillmentRefusal::DeliveryOutOfRange);
        }
        if edited == *shipment {
            return Ok(None);
        }
        let has_arrived = shipment.delivered_at.is_none() && edited.delivered_at.is_some();
        let change = has_arrived.then(|| self.deliver(shipment, now));
        Ok(Some(Dispatch { shipment: edited, change, also: None }))
    }

    fn deliver(&self, shipment: &Shipment, now: Timestamp) -> Change {
        let mut order = Self { updated_at: now, ..self.clone() };
        for line in &shipment.lines {
            order.progress_of(&line.sku).delivered += line.quantity.into_inner();
        }
        let is_complete = order.fulfillment_status() == FulfillmentStatus::Delivered;
        let event = is_complete.then(|| {
            OrderEvent::Delivered(OrderDelivered {
                order_id: self.order_id,
                user_id: self.user_id,
                number: self.number.as_ref().map(ToString::to_string),
            })
        });
        let details = Details { shipment_id: Some(shipment.shipment_id), ..Details::default() };
        Change { event, details, ..order.into() }
    }

    /// Returns how far the order has come on its way to the customer.
    #[must_use]
    pub fn fulfillment_status(&self) -> FulfillmentStatus {
        let count =
            |of: fn(&LineProgress) -> u32| self.progress.iter().map(|line| u64::from(of(line))).sum::<u64>();
        let (shipped, delivered) = (count(|line| line.shipped), count(|line| line.delivered));
        let ordered = self.pieces_to_deliver();
        match (shipped, delivered) {
            (0, _) => FulfillmentStatus::Unfulfilled,
            (shipped, _) if shipped < ordered => FulfillmentStatus::PartiallyShipped,
            (_, 0) => FulfillmentStatus::Shipped,
            (_, delivered) if delivered < ordered => FulfillmentStatus::PartiallyDelivered,
            _ => FulfillmentStatus::Delivered,
        }
    }

    /// Returns the queue in which it waits for the staff, if it does. It is in one at a time, so that nobody packs what should wait:
    /// while a payment is disputed, nothing is sent or paid back, and what comes back is received before the rest is sent.
    #[must_use]
    pub fn queue(&self) -> Option<Queue> {
        if self.is_disputed() {
            return Some(Queue::Disputed);
        }
        if self.has_open_return() {
            return Some(Queue::Return);
        }
        let is_to_ship = self.status == OrderStatus::Confirmed && self.has_left_to_ship();
        let is_stopped = self.stock_lost_at.is_some() || self.has_failed_capture();
        is_to_ship.then_some(if is_stopped { Queue::PaymentProblem } else { Queue::ToShip })
    }

    /// Returns the time by which the orders of its queue sort: when the money of a return is due, or when the order was placed.
    #[must_use]
    pub fn queued_by(&self) -> Timestamp {
        let due = if self.queue() == Some(Queue::Return) { self.refund_due_at() } else { None };
        due.unwrap_or(self.placed_at)
    }

    /// Returns whether a parcel of it is on its way, or has arrived.
    #[must_use]
    pub fn has_shipped(&self) -> bool {
        self.progress.iter().any(|line| line.shipped > 0)
    }

    /// Returns how many pieces of a SKU are left to ship.
    #[must_use]
    pub fn left_to_ship(&self, sku: &Sku) -> u32 {
        let ordered =
            self.lines.iter().find(|line| line.sku == *sku).map_or(0, |line| line.quantity.into_inner());
        let gone = self.progress.iter().find(|line| line.sku == *sku);
        ordered.saturating_sub(gone.map_or(0, |line| line.shipped + line.cancelled))
    }

    /// Returns how many pieces its customer is to have in the end: what was ordered and not cancelled.
    pub(super) fn pieces_to_deliver(&self) -> u64 {
        let ordered = self.lines.iter().map(|line| u64::from(line.quantity.into_inner())).sum::<u64>();
        let cancelled = self.progress.iter().map(|line| u64::from(line.cancelled)).sum();
        ordered.saturating_sub(cancelled)
    }

    /// Returns whether pieces are left to ship.
    #[must_use]
    pub fn has_left_to_ship(&self) -> bool {
        self.lines.iter().any(|line| self.left_to_ship(&line.sku) > 0)
    }

    /// Returns whether some pieces were shipped, and others are left to ship.
    #[must_use]
    pub fn is_shipped_in_part(&self) -> bool {
        self.has_shipped() && self.has_left_to_ship()
    }

    /// Returns what a parcel takes of the order's lines.
    fn taken(&self, parcel: &Parcel) -> Result<Vec<ShippedLine>, FulfillmentRefusal> {
        if !self.has_left_to_ship() {
            return Err(FulfillmentRefusal::NothingLeft);
        }
        let Some(asked) = &parcel.lines else {
            let taken = self.lines.iter().filter_map(|line| {
                let quantity = Quantity::try_new(self.left_to_ship(&line.sku)).ok()?;
                Some(ShippedLine { sku: line.sku.clone(), title: line.title.clone(), quantity })
            });
            return Ok(taken.collect());
        };
        let take = |asked: &Line| {
            let (sku, quantity) = (asked.sku.clone(), asked.quantity);
            let left = self.left_to_ship(&sku);
            let line = self.lines.iter().find(|line| line.sku == sku && quantity.into_inner() <= left);
            match line {
                Some(line) => Ok(ShippedLine { sku, title: line.title.clone(), quantity }),
                None => Err(FulfillmentRefusal::QuantityExceedsOrder { sku, left }),
            }
        };
        asked.as_slice().iter().map(take).collect()
    }

    /// Returns how far a line has come, to be counted on.
    pub(super) fn progress_of(&mut self, sku: &Sku) -> &mut LineProgress {
        let at = self.progress.iter().position(|line| line.sku == *sku).unwrap_or_else(|| {
            let sku = sku.clone();
            self.progress.push(LineProgress {
                sku,
                shipped: 0,
                delivered: 0,
                cancelled: 0,
                later: Map::new(),
            });
            self.progress.len() - 1
        });
        &mut self.progress[at]
    }
}

impl ShipmentEdit {
    fn of(&self, shipment: &Shipment) -> Shipment {
        let Self { carrier, tracking_number, tracking_url, delivered_at } = self.clone();
        Shipment {
            carrier: carrier.unwrap_or_else(|| shipment.carrier.clone()),
            tracking_number: tracking_number.unwrap_or_else(|| shipment.tracking_number.clone()),
            tracking_url: tracking_url.unwrap_or_else(|| shipment.tracking_url.clone()),
            delivered_at: delivered_at.or(shipment.delivered_at),
            ..shipment.clone()
        }
    }
}
