//! The life cycle of an order: `awaiting_payment → confirmed`, or `cancelled`, `expired`.
//!
//! An order is open while it can be paid, and only then holds stock. A declined one, `payment_failed`, is open as well: its
//! customer may pay with another payment method until its hold ends
//! (docs/decisions/0070-a-declined-order-stays-open.md).

pub mod cancelling;
pub mod capturing;
mod command;
mod confirming;
mod customer_command;
pub mod disputed;
mod ending;
mod erasure;
pub mod fulfillment;
pub(crate) mod pieces;
mod placing;
pub mod refunds;
pub mod returns;
pub mod standing;
pub mod timeline;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::carts::CartNote;
use crate::events::{OrderEvent, OrderReowned, OrderSummary};
use crate::promotions::Redemption;
use crate::quote::{Discount, QuotedShipping, TaxLine};
use crate::refusals;
use crate::words::attempt::{first, is_first};
use crate::words::hold::is_too_late_to_pay;
use crate::words::id::{OrderId, PaymentId, UserId};
use crate::words::line::PricedLine;
use crate::words::money::Money;
use crate::words::person::Address;
use crate::words::setting::Label;

pub use crate::words::order_number::{DeclaredNumber, InvalidDeclaredNumber, InvalidNumber, OrderNumber};
use capturing::Capturing;
pub use command::Command;
pub use customer_command::CustomerCommand;
pub use disputed::{DisputeNews, OrderDispute, PaymentState};
pub use ending::REFUND_REQUEST;
use fulfillment::LineProgress;
pub use placing::{Checkout, Terms};
use refunds::{OrderRefund, RefundStatus};
use returns::OrderReturn;
use timeline::Details;

/// The status of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum OrderStatus {
    /// Stock is held; no payment outcome is known yet.
    AwaitingPayment,
    /// The payment was declined. Stock is held, and the customer can pay with another payment method.
    PaymentFailed,
    /// Paid, or authorised to be captured parcel by parcel.
    Confirmed,
    /// Cancelled by the customer, or because its stock is gone.
    Cancelled,
    /// Not paid in time.
    Expired,
    /// A status of a newer version.
    #[serde(other)]
    #[cfg_attr(feature = "schema", schemars(skip))]
    Unknown,
}

/// The status of an order's payment. Separate from [`OrderStatus`], since money can move after an order has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "OrderPaymentStatus"))]
#[serde(rename_all = "snake_case")]
pub enum PaymentStatus {
    /// No outcome is known yet.
    Pending,
    /// The customer has to confirm with their bank.
    ActionRequired,
    /// Declined.
    Failed,
    /// Authorised, and captured parcel by parcel. A part of it may be captured.
    Authorized,
    /// Captured.
    Captured,
    /// Refunded.
    Refunded,
    /// The refund could not be delivered. The customer is still owed the money.
    RefundFailed,
    /// A status of a newer version.
    #[serde(other)]
    #[cfg_attr(feature = "schema", schemars(skip))]
    Unknown,
}

/// The outcome of a payment event for an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaymentNews {
    /// Attempted again, with another payment method.
    Retried,
    /// The customer has to confirm with their bank.
    ActionRequired,
    /// Authorised, and captured parcel by parcel.
    Authorized,
    /// Captured.
    Captured,
    /// Declined.
    Failed,
    /// Refunded.
    Refunded,
    /// The refund could not be delivered.
    RefundFailed,
}

/// An order. Its lines and address are copies made when it was placed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Order {
    /// Its id.
    pub order_id: OrderId,
    /// Its number, for people. Orders of earlier versions have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<OrderNumber>,
    /// The customer.
    pub user_id: UserId,
    /// The payment's id in the payment service; the payment may not exist yet.
    pub payment_id: PaymentId,
    /// The order's status.
    pub status: OrderStatus,
    /// The payment's status.
    pub payment_status: PaymentStatus,
    /// The latest attempt to pay, from 1. It is left out for the first.
    #[serde(default = "first", skip_serializing_if = "is_first")]
    pub payment_attempt: u32,
    /// What was ordered.
    pub lines: Vec<PricedLine>,
    /// The price of the whole order, tax included.
    pub total: Money,
    /// The tax that the total contains.
    pub tax: Money,
    /// What promotions took off.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub discounts: Vec<Discount>,
    /// Shipping, if the order is shipped for a price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipping: Option<QuotedShipping>,
    /// The tax by jurisdiction and rate.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tax_lines: Vec<TaxLine>,
    /// Whether the tax was added to the prices, which do not contain it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub tax_added: bool,
    /// The delivery address.
    pub shipping_address: Address,
    /// The address on the invoice, if it is another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub billing_address: Option<Address>,
    /// What the customer wanted to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<CartNote>,
    /// The terms that the customer accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms_version: Option<Label>,
    /// How far its money is captured, if that is done parcel by parcel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capturing: Option<Capturing>,
    /// How far each line has come, of which anything was shipped.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub progress: Vec<LineProgress>,
    /// When the last pieces that were left to ship were cancelled; none if they were shipped. Earlier versions have not recorded it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rest_cancelled_at: Option<Timestamp>,
    /// When its stock turned out to have gone to other orders, after a part of it had been shipped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stock_lost_at: Option<Timestamp>,
    /// What was refunded of it, or is to be.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refunds: Vec<OrderRefund>,
    /// What its customer sends back of it, or has sent back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub returns: Vec<OrderReturn>,
    /// Whether the product service is told once more that it was cancelled after payment, so that its pieces are not sold for ever.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[cfg_attr(feature = "schema", schemars(skip))]
    pub tells_again: bool,
    /// The codes that it uses up. If it ends unpaid, they can be used again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redemptions: Vec<Redemption>,
    /// What its customer has claimed back through their bank.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub disputes: Vec<OrderDispute>,
    /// When the mail about it was asked for once more, within the last day.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(skip))]
    pub mailed_at: Vec<Timestamp>,
    /// When it was placed.
    pub placed_at: Timestamp,
    /// When it was paid, all of it. Orders that earlier versions confirmed do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid_at: Option<Timestamp>,
    /// The payment deadline.
    pub held_until: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

refusals! {
    /// Why an order was not placed, shown or cancelled.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub enum OrderRefusal {
        /// The order does not exist, or it is another customer's.
        #[error("order not found")]
        NotFound => NotFound, "order_not_found", "Check the id.";
        /// The order is paid, and the shop does not let customers cancel paid orders.
        #[error("the order is paid and can no longer be cancelled")]
        AlreadyPaid => Conflict, "order_already_paid", "Return the goods instead.";
        /// A part of the order is on its way, so it requires a return instead of a cancellation.
        #[error("a part of the order was shipped, so it can no longer be cancelled")]
        Shipped => Conflict, "order_shipped", "Return the goods instead.";
        /// The order has ended.
        #[error("the order has ended")]
        Ended => Conflict, "order_ended", "Read the order to see how it ended.";
        /// The hold on its stock ended before the order was placed.
        #[error("the reservation of this order has ended; place a new order")]
        HoldEnded => Conflict, "reservation_ended", "Place a new order, with a new Idempotency-Key.";
        /// A guest has not said where mails about the order are to be sent.
        #[error("an order without an account needs a name and an e-mail address")]
        ContactNeeded => Invalid, "contact_needed", "Send `contact`.";
        /// The lines' sum is out of range.
        #[error("the order's total is out of range")]
        TotalOutOfRange => Invalid, "amount_out_of_range", "Split the order.";
        /// The customer has as many unpaid orders as one customer may have: 3, or fewer after declined payments.
        #[error("too many unpaid orders; pay or cancel one of them first")]
        TooManyOpenOrders => TooMany, "too_many_open_orders",
            "Pay or cancel an unpaid order, or wait until one expires; then send the same request again.";
        /// The mail about the order was asked for three times within a day.
        #[error("the mail about the order was sent again three times within a day")]
        TooManyMails => TooMany, "too_many_mails", "Look into the mailbox, also among unwanted mails, or try again tomorrow.";
        /// Five of the customer's payments were declined within 24 hours.
        #[error("too many declined payments; try again tomorrow")]
        TooManyDeclines => TooMany, "too_many_declines",
            "Do not try further payment methods. Ordering is possible again 24 hours after the first of the declined payments.";
        /// The customer was a guest, and their orders are an account's by now.
        #[error("the guest has become a customer with an account; sign in")]
        GuestMerged => Conflict, "guest_merged", "Sign in, and look at `GET /orders` before ordering again: what the guest has ordered is there.";
    }
}

/// The result of a decision: the order's new state and the event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The new state.
    pub order: Order,
    /// The event to publish, if any.
    pub event: Option<OrderEvent>,
    /// Codes that the order does not use up any more.
    pub given_back: Vec<Redemption>,
    /// What the timeline tells of it beyond what the order shows.
    pub details: Details,
}

impl From<Order> for Change {
    fn from(order: Order) -> Self {
        Self { order, event: None, given_back: Vec::new(), details: Details::default() }
    }
}

impl Order {
    /// Makes a guest's order an account's. Returns `None` if it is not the guest's, so any delivery but the first changes
    /// nothing. Whether it is paid and how it ends does not depend on whose it is.
    #[must_use]
    pub fn reown(&self, from: UserId, into: UserId, now: Timestamp) -> Option<Change> {
        (self.user_id == from && from != into).then(|| {
            let order = Self { user_id: into, updated_at: now, ..self.clone() };
            let event = OrderEvent::Reowned(OrderReowned { order_id: self.order_id, user_id: into });
            Change { event: Some(event), ..order.into() }
        })
    }

    /// Applies what a payment event tells of an attempt. Returns `None` for a duplicate or outdated event, so events may
    /// arrive in any order and any number of times: only a capture or an authorisation counts whichever attempt it is of. A decline leaves
    /// the order open for another attempt. Either of them more than [`LATE_PAYMENT`](crate::words::hold::LATE_PAYMENT) after the end
    /// of the hold expires the order, and the money is refunded or released. So it is after the order has ended.
    #[must_use]
    pub fn apply_payment(&self, news: PaymentNews, attempt: u32, now: Timestamp) -> Option<Change> {
        use OrderStatus::{AwaitingPayment, Cancelled, Confirmed, Expired, PaymentFailed};
        let payment_status = self.payment_after(news, attempt)?;
        let payment_attempt = self.payment_attempt.max(attempt);
        let capturing = self.capturing_after(news);
        let order = Self { payment_status, payment_attempt, capturing, updated_at: now, ..self.clone() };
        match (self.status, news) {
            (AwaitingPayment | PaymentFailed, PaymentNews::Captured | PaymentNews::Authorized)
                if is_too_late_to_pay(self.held_until, now) =>
            {
                Some(order.end(Expired, OrderEvent::Expired, now))
            }
            (AwaitingPayment | PaymentFailed, PaymentNews::Captured) => {
                let paid = Self { paid_at: Some(now), ..order };
                Some(paid.end(Confirmed, OrderEvent::Confirmed, now))
            }
            (AwaitingPayment | PaymentFailed, PaymentNews::Authorized) => {
                Some(order.end(Confirmed, OrderEvent::Confirmed, now))
            }
            (AwaitingPayment | PaymentFailed, PaymentNews::Failed) => {
                Some(Self { status: PaymentFailed, ..order }.into())
            }
            (AwaitingPayment | PaymentFailed, PaymentNews::Retried | PaymentNews::ActionRequired) => {
                Some(Self { status: AwaitingPayment, ..order }.into())
            }
            // The payment service may not have received the order's end. Either is applied once, so the refund is requested
            // once. Of what is only authorised, nothing is to be refunded, and it is released.
            (Cancelled | Expired, PaymentNews::Captured | PaymentNews::Authorized) => {
                let event = Some(OrderEvent::RefundRequested(order.summary()));
                Some(Change { event, ..order.into() })
            }
            // Somebody has captured by hand what was authorised.
            (Confirmed, PaymentNews::Captured) => {
                Some(Self { paid_at: order.paid_at.or(Some(now)), ..order }.into())
            }
            _ => Some(order.into()),
        }
    }

    /// Returns the payment's status after an event; `None` if the event tells nothing new.
    fn payment_after(&self, news: PaymentNews, attempt: u32) -> Option<PaymentStatus> {
        use PaymentStatus::{ActionRequired, Authorized, Captured, Failed, Pending, RefundFailed, Refunded};
        let is_earlier = attempt < self.payment_attempt;
        // Nothing is known yet of a later attempt, whatever became of this one.
        let known = match self.payment_status {
            ActionRequired | Failed if attempt > self.payment_attempt => Pending,
            known => known,
        };
        match (known, news) {
            (Refunded, _) => None,
            (_, PaymentNews::Refunded) => Some(Refunded),
            (RefundFailed, _) => None,
            (_, PaymentNews::RefundFailed) => Some(RefundFailed),
            (Captured, _) => None,
            (_, PaymentNews::Captured) => Some(Captured),
            (Authorized, _) => None,
            (_, PaymentNews::Authorized) => Some(Authorized),
            (Pending | ActionRequired, PaymentNews::Failed) if !is_earlier => Some(Failed),
            (Pending, PaymentNews::ActionRequired) if !is_earlier => Some(ActionRequired),
            (Pending, PaymentNews::Retried) if attempt > self.payment_attempt => Some(Pending),
            _ => None,
        }
    }

    /// Returns the order as it was when placed: the reply to the request that placed it and to every retry.
    #[must_use]
    pub fn as_placed(self) -> Self {
        Self {
            status: OrderStatus::AwaitingPayment,
            payment_status: PaymentStatus::Pending,
            payment_attempt: first(),
            capturing: None,
            progress: Vec::new(),
            rest_cancelled_at: None,
            stock_lost_at: None,
            refunds: Vec::new(),
            returns: Vec::new(),
            tells_again: false,
            disputes: Vec::new(),
            mailed_at: Vec::new(),
            paid_at: None,
            updated_at: self.placed_at,
            ..self
        }
    }

    /// Applies the command of a consumed event; `None` if it changes nothing.
    #[must_use]
    pub fn apply(&self, command: &Command, now: Timestamp) -> Option<Change> {
        match command {
            Command::ApplyPayment { news, attempt, .. } => self.apply_payment(*news, *attempt, now),
            Command::SettleRefund { refund_id, amount, outcome, .. } => {
                self.refund_settled(*refund_id, *amount, *outcome, now)
            }
            Command::ApplyCapture(news) => self.apply_capture(news, now),
            Command::EndAuthorization(_) => self.end_authorization(now),
            Command::ApplyDispute(news) => self.apply_dispute(news, now),
            Command::ReservationExpired(_) => self.reservation_expired(now),
            Command::ReservationLost(_) => self.reservation_lost(now),
        }
    }

    /// Returns whether this version knows the order's statuses.
    #[must_use]
    pub fn is_understood(&self) -> bool {
        self.status != OrderStatus::Unknown
            && self.payment_status != PaymentStatus::Unknown
            && self.refunds.iter().all(|refund| refund.status != RefundStatus::Unknown)
            && self.knows_its_disputes()
            && self.knows_its_returns()
    }

    /// Returns whether the order holds stock and can still be paid.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self.status, OrderStatus::AwaitingPayment | OrderStatus::PaymentFailed)
    }

    /// Returns the order's data for other services.
    #[must_use]
    pub fn summary(&self) -> OrderSummary {
        OrderSummary {
            order_id: self.order_id,
            user_id: self.user_id,
            lines: self.lines.clone(),
            total: self.total,
            tax: self.tax,
            cause: None,
            number: self.number.as_ref().map(ToString::to_string),
            shipping: self.shipping.as_ref().map(|shipping| shipping.total),
            reduction: self.reduction(),
            is_authorized: self.payment_status == PaymentStatus::Authorized,
        }
    }
}

#[cfg(test)]
mod tests;
