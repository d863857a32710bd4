//! Which event makes which mail, and what it says.

use domain::event::{Event, OrderSummary, PaymentFailed};
use domain::id::{OrderId, UserId};
use domain::money::Money;
use domain::stock::PricedLine;
use serde::{Deserialize, Serialize};

/// The kinds of mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The account is there.
    Welcome,
    /// The order is received; payment is due.
    OrderReceived,
    /// The order is paid.
    OrderConfirmed,
    /// The order was given up.
    OrderCancelled,
    /// The order was not paid in time.
    OrderExpired,
    /// The order was paid, and there was nothing left to deliver.
    OrderOutOfStock,
    /// The payment waits for the customer's confirmation.
    PaymentActionRequired,
    /// The payment was declined.
    PaymentFailed,
    /// Money was given back.
    RefundSucceeded,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Welcome,
        Self::OrderReceived,
        Self::OrderConfirmed,
        Self::OrderCancelled,
        Self::OrderExpired,
        Self::OrderOutOfStock,
        Self::PaymentActionRequired,
        Self::PaymentFailed,
        Self::RefundSucceeded,
    ];

    /// The subject line: nothing that a customer has typed gets into a header.
    #[must_use]
    pub fn subject(self) -> &'static str {
        match self {
            Self::Welcome => "Welcome to Bodega",
            Self::OrderReceived => "We have received your order",
            Self::OrderConfirmed => "Your order is confirmed",
            Self::OrderCancelled => "Your order is cancelled",
            Self::OrderExpired => "Your order has expired",
            Self::OrderOutOfStock => "We cannot deliver your order",
            Self::PaymentActionRequired => "Please confirm your payment",
            Self::PaymentFailed => "Your payment did not go through",
            Self::RefundSucceeded => "Your refund is on its way",
        }
    }
}

/// A mail to be written to a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// What kind of mail.
    pub kind: Kind,
    /// To whom.
    pub user_id: UserId,
    /// What it says.
    pub content: Content,
}

/// What a mail says besides its template's own words. Amounts are texts already, as [`Money`] writes them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Content {
    /// Nothing.
    Account {},
    /// What was ordered.
    Order {
        /// The order.
        order_id: OrderId,
        /// What was ordered.
        lines: Vec<Line>,
        /// The price of it all.
        total: String,
        /// The tax that the total contains.
        tax: String,
    },
    /// Money of an order.
    Payment {
        /// The order.
        order_id: OrderId,
        /// How much.
        amount: String,
    },
    /// Why money of an order was not taken.
    Declined {
        /// The order.
        order_id: OrderId,
        /// How much.
        amount: String,
        /// Why, as a sentence.
        reason: &'static str,
    },
}

/// A line of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    title: String,
    quantity: u32,
    total: String,
}

impl Mail {
    /// The mail that an event makes, if it makes one.
    #[must_use]
    pub fn about(event: &Event) -> Option<Self> {
        match event {
            Event::UserRegistered(user) => {
                Some(Self { kind: Kind::Welcome, user_id: user.user_id, content: Content::Account {} })
            }
            Event::OrderPlaced(placed) => Some(Self::of_order(Kind::OrderReceived, &placed.order)),
            Event::OrderConfirmed(order) => Some(Self::of_order(Kind::OrderConfirmed, order)),
            Event::OrderCancelled(order) => Some(Self::of_order(Kind::OrderCancelled, order)),
            Event::OrderExpired(order) => Some(Self::of_order(Kind::OrderExpired, order)),
            Event::OrderOutOfStock(order) => Some(Self::of_order(Kind::OrderOutOfStock, order)),
            Event::PaymentActionRequired(payment) => Some(Self::of_payment(
                Kind::PaymentActionRequired,
                payment.user_id,
                payment.order_id,
                payment.amount,
            )),
            Event::PaymentFailed(payment) => Some(Self::of_decline(payment)),
            Event::RefundSucceeded(refund) => {
                Some(Self::of_payment(Kind::RefundSucceeded, refund.user_id, refund.order_id, refund.amount))
            }
            // The confirmation of the order, which follows it, is what the customer waits for.
            Event::PaymentCaptured(_) => None,
            // For whoever keeps the stock, and nobody has asked to be told yet.
            Event::StockLow(_) => None,
            // Between the services: the order's end, which follows it, has a mail.
            Event::ReservationExpired(_) | Event::ReservationLost(_) => None,
            // Between the services: the order's end had a mail, and the refund that follows has one.
            Event::RefundRequested(_) => None,
        }
    }

    fn of_order(kind: Kind, order: &OrderSummary) -> Self {
        let content = Content::Order {
            order_id: order.order_id,
            lines: order.lines.iter().map(Line::from).collect(),
            total: order.total.to_string(),
            tax: order.tax.to_string(),
        };
        Self { kind, user_id: order.user_id, content }
    }

    fn of_payment(kind: Kind, user_id: UserId, order_id: OrderId, amount: Money) -> Self {
        Self { kind, user_id, content: Content::Payment { order_id, amount: amount.to_string() } }
    }

    fn of_decline(failed: &PaymentFailed) -> Self {
        let payment = &failed.outcome;
        let content = Content::Declined {
            order_id: payment.order_id,
            amount: payment.amount.to_string(),
            reason: reason(&failed.decline_code),
        };
        Self { kind: Kind::PaymentFailed, user_id: payment.user_id, content }
    }
}

impl From<&PricedLine> for Line {
    fn from(line: &PricedLine) -> Self {
        Self {
            title: line.title.to_string(),
            quantity: line.quantity.into_inner(),
            total: line.total.to_string(),
        }
    }
}

/// Why, in words of ours: a gateway's codes are for programs, and some of them (`stolen_card`) not for the customer.
fn reason(decline_code: &str) -> &'static str {
    match decline_code {
        "insufficient_funds" => "There was not enough money available.",
        "expired_card" => "The card has expired.",
        "resource_missing" => "The payment method is no longer known.",
        _ => "Your bank declined it without giving a reason.",
    }
}
