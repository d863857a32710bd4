//! What the services tell each other: CloudEvents 1.0 envelopes around versioned, typed data.
//!
//! Events name ids and what an order was made of, never an e-mail address or a name: who sends a mail asks the user
//! service for the address, at the moment of sending.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{AttemptId, EventId, OrderId, PaymentId, RefundId, UserId};
use crate::money::Money;
use crate::order::PaymentMethod;
use crate::product::Sku;
use crate::stock::PricedLine;

/// An event in its envelope (CloudEvents 1.0, JSON format, with the Distributed Tracing extension's `traceparent`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// CloudEvents' version: always `1.0`.
    pub specversion: SpecVersion,
    /// The event's id; what a consumer recognises a duplicate by.
    pub id: EventId,
    /// The service it comes from: `/bodega/orders`.
    pub source: String,
    /// What it is about: an order's, a user's, a sku's id.
    pub subject: String,
    /// When it happened.
    pub time: Timestamp,
    /// The form of the data: always JSON.
    pub datacontenttype: ContentType,
    /// W3C Trace Context of the request that caused it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    /// The id of the first request of the chain of causes.
    pub correlationid: String,
    /// `type` and `data`.
    #[serde(flatten)]
    pub event: Event,
}

/// CloudEvents' version.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SpecVersion {
    /// 1.0.
    #[default]
    #[serde(rename = "1.0")]
    V1,
}

/// The form of the data.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ContentType {
    /// JSON.
    #[default]
    #[serde(rename = "application/json")]
    Json,
}

/// The queues that link the services; each has one consumer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Queue {
    /// To payments: orders to charge, void or refund.
    PaymentCommands,
    /// To products: reservations to commit or release.
    StockCommands,
    /// To orders: what became of payments and reservations.
    OrderEvents,
    /// To notifications: what customers are told of.
    NotificationRequests,
}

impl Queue {
    /// All of them.
    pub const ALL: [Self; 4] =
        [Self::PaymentCommands, Self::StockCommands, Self::OrderEvents, Self::NotificationRequests];

    /// The environment variable that holds the queue's URL, where a function may send to it.
    #[must_use]
    pub fn variable(self) -> &'static str {
        match self {
            Self::PaymentCommands => "PAYMENT_COMMANDS_QUEUE_URL",
            Self::StockCommands => "STOCK_COMMANDS_QUEUE_URL",
            Self::OrderEvents => "ORDER_EVENTS_QUEUE_URL",
            Self::NotificationRequests => "NOTIFICATION_REQUESTS_QUEUE_URL",
        }
    }
}

/// Everything that happens. A type's meaning never changes: a new meaning is a new version beside the old one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
pub enum Event {
    /// An account was made.
    #[serde(rename = "bodega.user.registered.v1")]
    UserRegistered(UserRegistered),
    /// A customer ordered; stock is held and payment is due.
    #[serde(rename = "bodega.order.placed.v1")]
    OrderPlaced(OrderPlaced),
    /// The order is paid.
    #[serde(rename = "bodega.order.confirmed.v1")]
    OrderConfirmed(OrderSummary),
    /// The customer gave the order up before it was paid.
    #[serde(rename = "bodega.order.cancelled.v1")]
    OrderCancelled(OrderSummary),
    /// The order was not paid in time.
    #[serde(rename = "bodega.order.expired.v1")]
    OrderExpired(OrderSummary),
    /// The paid order cannot be delivered: its stock was let go before its payment was heard of, and has gone to others. Its
    /// money goes back.
    #[serde(rename = "bodega.order.out_of_stock.v1")]
    OrderOutOfStock(OrderSummary),
    /// Money was taken for an order that had ended before it was heard of. It goes back; the order's end was told already.
    #[serde(rename = "bodega.refund.requested.v1")]
    RefundRequested(OrderSummary),
    /// The customer has to confirm the payment with their bank.
    #[serde(rename = "bodega.payment.action_required.v1")]
    PaymentActionRequired(PaymentOutcome),
    /// The money was taken.
    #[serde(rename = "bodega.payment.captured.v1")]
    PaymentCaptured(PaymentOutcome),
    /// The attempt was declined.
    #[serde(rename = "bodega.payment.failed.v1")]
    PaymentFailed(PaymentFailed),
    /// Captured money was given back.
    #[serde(rename = "bodega.refund.succeeded.v1")]
    RefundSucceeded(RefundSucceeded),
    /// A sku runs out.
    #[serde(rename = "bodega.stock.low.v1")]
    StockLow(StockLow),
    /// Stock that was held for an order has been let go.
    #[serde(rename = "bodega.reservation.expired.v1")]
    ReservationExpired(ReservationExpired),
    /// An order was confirmed after its stock had been let go, and others have it.
    #[serde(rename = "bodega.reservation.lost.v1")]
    ReservationLost(ReservationLost),
}

/// An account was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserRegistered {
    /// Whose.
    pub user_id: UserId,
}

/// An order, as other services need to know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderSummary {
    /// The order.
    pub order_id: OrderId,
    /// Whose it is.
    pub user_id: UserId,
    /// What was ordered.
    pub lines: Vec<PricedLine>,
    /// The price of it all, tax included.
    pub total: Money,
    /// The tax that the total contains.
    pub tax: Money,
}

/// A customer ordered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderPlaced {
    /// The order.
    pub order: OrderSummary,
    /// What to charge: the payment gateway's token.
    pub payment_method: PaymentMethod,
    /// Until when the stock is held.
    pub held_until: Timestamp,
}

/// What became of an attempt to charge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentOutcome {
    /// The payment.
    pub payment_id: PaymentId,
    /// The attempt.
    pub attempt_id: AttemptId,
    /// The order it is for.
    pub order_id: OrderId,
    /// Whose order.
    pub user_id: UserId,
    /// How much.
    pub amount: Money,
}

/// An attempt to charge was declined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentFailed {
    /// The attempt.
    #[serde(flatten)]
    pub outcome: PaymentOutcome,
    /// The decline code, in the payment gateway's words (`card_declined`).
    pub decline_code: String,
}

/// Captured money was given back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundSucceeded {
    /// The refund.
    pub refund_id: RefundId,
    /// Of which payment.
    pub payment_id: PaymentId,
    /// For which order.
    pub order_id: OrderId,
    /// Whose order.
    pub user_id: UserId,
    /// How much.
    pub amount: Money,
}

/// A sku runs out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockLow {
    /// The sku.
    pub sku: Sku,
    /// Pieces left.
    pub available: u64,
}

/// Stock that was held for an order has been let go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReservationExpired {
    /// The order.
    pub order_id: OrderId,
}

/// An order was confirmed after its stock had been let go, and others have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReservationLost {
    /// The order.
    pub order_id: OrderId,
}

impl Event {
    /// Where the event goes. The one place that says so.
    #[must_use]
    pub fn queues(&self) -> &'static [Queue] {
        use Queue::{NotificationRequests, OrderEvents, PaymentCommands, StockCommands};
        match self {
            Self::UserRegistered(_) | Self::StockLow(_) => &[NotificationRequests],
            Self::OrderPlaced(_) => &[PaymentCommands, NotificationRequests],
            Self::OrderConfirmed(_) => &[StockCommands, NotificationRequests],
            Self::OrderCancelled(_) | Self::OrderExpired(_) => {
                &[StockCommands, PaymentCommands, NotificationRequests]
            }
            // Its reservation is settled already: that is where this comes from.
            Self::OrderOutOfStock(_) => &[PaymentCommands, NotificationRequests],
            // The customer is told when the money is on its way back.
            Self::RefundRequested(_) => &[PaymentCommands],
            Self::PaymentActionRequired(_)
            | Self::PaymentCaptured(_)
            | Self::PaymentFailed(_)
            | Self::RefundSucceeded(_) => &[OrderEvents, NotificationRequests],
            Self::ReservationExpired(_) | Self::ReservationLost(_) => &[OrderEvents],
        }
    }

    /// The id of what it is about.
    #[must_use]
    pub fn subject(&self) -> String {
        match self {
            Self::UserRegistered(event) => event.user_id.to_string(),
            Self::OrderPlaced(event) => event.order.order_id.to_string(),
            Self::OrderConfirmed(event)
            | Self::OrderCancelled(event)
            | Self::OrderExpired(event)
            | Self::OrderOutOfStock(event)
            | Self::RefundRequested(event) => event.order_id.to_string(),
            Self::PaymentActionRequired(event) | Self::PaymentCaptured(event) => event.payment_id.to_string(),
            Self::PaymentFailed(event) => event.outcome.payment_id.to_string(),
            Self::RefundSucceeded(event) => event.refund_id.to_string(),
            Self::StockLow(event) => event.sku.to_string(),
            Self::ReservationExpired(event) => event.order_id.to_string(),
            Self::ReservationLost(event) => event.order_id.to_string(),
        }
    }

    /// The service that it comes from.
    #[must_use]
    pub fn source(&self) -> &'static str {
        match self {
            Self::UserRegistered(_) => "/bodega/users",
            Self::OrderPlaced(_)
            | Self::OrderConfirmed(_)
            | Self::OrderCancelled(_)
            | Self::OrderExpired(_)
            | Self::OrderOutOfStock(_)
            | Self::RefundRequested(_) => "/bodega/orders",
            Self::PaymentActionRequired(_)
            | Self::PaymentCaptured(_)
            | Self::PaymentFailed(_)
            | Self::RefundSucceeded(_) => "/bodega/payments",
            Self::StockLow(_) | Self::ReservationExpired(_) | Self::ReservationLost(_) => "/bodega/products",
        }
    }
}
