//! What a mail says: the variables of its template.

use domain::events::{CancelledLine, EndCause, OrderState, OrderSummary};
use domain::payments::DeclineReason;
use domain::words::goods::Sku;
use domain::words::id::{OrderId, ProductId, UserId};
use domain::words::line::{Line as OrderedLine, PricedLine};
use domain::words::money::Money;
use domain::words::person::Role;
use domain::words::setting::Label;
use domain::words::shipment::{ShippedLine, TrackingNumber, TrackingUrl};
use jiff::Timestamp;
use serde::Serialize;

/// The variables of a mail's template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Content {
    /// No variables.
    Account {},
    /// The roles of an account.
    Roles {
        /// The account.
        account: UserId,
        /// Its roles.
        roles: Vec<Role>,
    },
    /// The end of an account.
    Erasure {
        /// When the account will be erased.
        erases_at: Timestamp,
    },
    /// What is ordered.
    Order(Ordered),
    /// What is ordered, and how far it is.
    OrderAgain {
        /// What is ordered.
        #[serde(flatten)]
        ordered: Ordered,
        /// How far it is.
        state: OrderState,
    },
    /// A parcel.
    Parcel {
        /// The order.
        order_id: OrderId,
        /// Its number, for people, if it has one.
        number: Option<String>,
        /// What is in it.
        lines: Vec<ShippedLine>,
        /// The carrier.
        carrier: Label,
        /// The carrier's number for it.
        tracking_number: Option<TrackingNumber>,
        /// The carrier's page about it.
        tracking_url: Option<TrackingUrl>,
        /// Whether nothing of the order is left to ship.
        complete: bool,
    },
    /// Pieces that are not delivered.
    Lines {
        /// The order.
        order_id: OrderId,
        /// Its number, for people, if it has one.
        number: Option<String>,
        /// What is not delivered.
        lines: Vec<ShippedLine>,
        /// What is paid back, if money was left to pay back.
        refund: Option<Money>,
        /// What was reserved and is not charged.
        not_charged: Option<Money>,
    },
    /// What the staff tell the customer.
    Note {
        /// The order.
        order_id: OrderId,
        /// Its number, for people, if it has one.
        number: Option<String>,
        /// The lines of the text.
        paragraphs: Vec<String>,
    },
    /// Goods that are sent back, or may be.
    Return {
        /// The order.
        order_id: OrderId,
        /// Its number, for people, if it has one.
        number: Option<String>,
        /// What is sent back.
        lines: Vec<ShippedLine>,
        /// Whether the staff have nothing to decide.
        is_decided: bool,
        /// By when it is to be sent, if it is.
        send_by: Option<Timestamp>,
        /// By when the money is paid back, if that is known.
        refund_due_at: Option<Timestamp>,
    },
    /// Goods that came back.
    Returned {
        /// The order.
        order_id: OrderId,
        /// Its number, for people, if it has one.
        number: Option<String>,
        /// What is paid back, if money was left to pay back.
        refund: Option<Money>,
    },
    /// A withdrawal that was declared without signing in.
    Statement {
        /// What was stated as the order's number.
        number: String,
        /// What it is from; from the whole contract, if it is empty.
        lines: Vec<OrderedLine>,
        /// Whether the order is known.
        is_assigned: bool,
    },
    /// A link to an order.
    OrderLink {
        /// The order's number, or its id.
        number: String,
    },
    /// An amount that was paid or refunded.
    Payment {
        /// The order.
        order_id: OrderId,
        /// The amount.
        amount: Money,
    },
    /// A product of the catalogue.
    Product {
        /// The product.
        product_id: ProductId,
        /// Its title and the variant's.
        title: String,
    },
    /// A SKU that runs low.
    LowStock {
        /// The SKU.
        sku: Sku,
        /// Pieces left.
        available: u64,
    },
    /// A payment that its customer disputes.
    Disputed {
        /// The order.
        order_id: OrderId,
        /// The disputed amount.
        amount: Money,
        /// Until when the shop can answer, if it can.
        due_by: Option<Timestamp>,
    },
    /// A payment that was declined.
    Declined {
        /// The order.
        order_id: OrderId,
        /// The amount.
        amount: Money,
        /// The reason.
        reason: DeclineReason,
    },
}

/// What is ordered, and what was taken off it since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ordered {
    order_id: OrderId,
    number: Option<String>,
    /// What is still ordered.
    lines: Vec<Line>,
    /// What was cancelled of it.
    cancelled: Vec<Line>,
    shipping: Option<Money>,
    /// The price of the whole order, as it was placed.
    total: Money,
    tax: Money,
    /// What was authorised for cancelled pieces, and is not charged.
    not_charged: Option<Money>,
    /// What was refunded, or is being refunded.
    refunds: Option<Money>,
    /// The total less both, if there is either.
    remaining: Option<Money>,
    /// Whether the money is authorised, and captured parcel by parcel.
    is_authorized: bool,
    /// Whether it was cancelled because its authorisation was about to end.
    has_lapsed: bool,
}

/// A line of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    title: String,
    quantity: u32,
    total: Money,
}

impl Content {
    /// Returns the order that the mail is about.
    #[must_use]
    pub fn order_id(&self) -> Option<OrderId> {
        match self {
            Self::Account {}
            | Self::Roles { .. }
            | Self::Erasure { .. }
            | Self::Statement { .. }
            | Self::OrderLink { .. }
            | Self::LowStock { .. }
            | Self::Product { .. } => None,
            Self::Order(ordered) | Self::OrderAgain { ordered, .. } => Some(ordered.order_id),
            Self::Parcel { order_id, .. }
            | Self::Lines { order_id, .. }
            | Self::Note { order_id, .. }
            | Self::Return { order_id, .. }
            | Self::Returned { order_id, .. }
            | Self::Payment { order_id, .. }
            | Self::Disputed { order_id, .. }
            | Self::Declined { order_id, .. } => Some(*order_id),
        }
    }
}

impl From<&OrderSummary> for Ordered {
    fn from(order: &OrderSummary) -> Self {
        let taken_off = order.reduction.iter().flat_map(|reduction| &reduction.cancelled);
        let (mut lines, mut cancelled) = (Vec::new(), Vec::new());
        for line in &order.lines {
            let (kept, gone) = Line::parts(line, taken_off.clone().find(|gone| gone.sku == line.sku));
            lines.extend(kept);
            cancelled.extend(gone);
        }
        let refunds = order.reduction.as_ref().and_then(|reduction| reduction.refunds);
        let not_charged = order.reduction.as_ref().and_then(|reduction| reduction.not_captured);
        let less = Money::sum(not_charged.into_iter().chain(refunds)).ok().flatten();
        Self {
            order_id: order.order_id,
            number: order.number.clone(),
            lines,
            cancelled,
            shipping: order.shipping,
            total: order.total,
            tax: order.tax,
            not_charged,
            refunds,
            remaining: less.and_then(|less| order.total.minus(less).ok()),
            is_authorized: order.is_authorized,
            has_lapsed: order.cause == Some(EndCause::AuthorizationEnded),
        }
    }
}

impl Line {
    /// Returns what is still ordered of a line, and what was cancelled of it.
    fn parts(line: &PricedLine, cancelled: Option<&CancelledLine>) -> (Option<Self>, Option<Self>) {
        let part = |quantity, total| Self { title: line.title.to_string(), quantity, total };
        let whole = line.quantity.into_inner();
        let Some(cancelled) = cancelled else { return (Some(part(whole, line.total)), None) };
        let gone = cancelled.quantity.into_inner();
        let left = whole.saturating_sub(gone);
        let price = line.total.minus(cancelled.total).unwrap_or(line.total.nothing_of());
        ((left > 0).then(|| part(left, price)), Some(part(gone, cancelled.total)))
    }
}
