//! Maps events to mails and their content.

use domain::events::{
    ConfirmationRequested, EndCause, Event, LinesCancelled, LinkPurpose, LinkRequested, NotHandled,
    OrderCancelled, OrderEvent, OrderNoted, OrderShipped, OrderState, OrderSummary, PaymentEvent,
    PaymentFailed, ProductEvent, ReturnDecided, ReturnReceived, ReturnRequested, StatementReceived,
    UserEvent,
};
use domain::payments::DeclineReason;
use domain::words::id::{LinkTokenId, OrderId, ProductId, UserId};
use domain::words::line::{Line as OrderedLine, PricedLine};
use domain::words::money::Money;
use domain::words::person::Role;
use domain::words::setting::Label;
use domain::words::shipment::{ShippedLine, TrackingNumber, TrackingUrl};
use jiff::Timestamp;
use serde::Serialize;

pub use super::kind::Kind;

/// A mail to a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// The kind of mail.
    pub kind: Kind,
    /// The recipient.
    pub user_id: UserId,
    /// What the mail is about, if the user service keeps it apart from the account: a link, and the address that it is for.
    pub link: Option<LinkTokenId>,
    /// The variables of its template.
    pub content: Content,
}

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
    /// What was ordered.
    Order {
        /// The order.
        order_id: OrderId,
        /// Its number, for people, if it has one.
        number: Option<String>,
        /// What was ordered.
        lines: Vec<Line>,
        /// The price of shipping, if the order is shipped for one.
        shipping: Option<Money>,
        /// The price of the whole order.
        total: Money,
        /// The tax that the total contains.
        tax: Money,
        /// Whether the money is authorised, and captured parcel by parcel.
        is_authorized: bool,
        /// Whether it was cancelled because its authorisation was about to end.
        has_lapsed: bool,
    },
    /// What was ordered, and how far it is.
    OrderAgain {
        /// The order.
        order_id: OrderId,
        /// Its number, for people, if it has one.
        number: Option<String>,
        /// What was ordered.
        lines: Vec<Line>,
        /// The price of shipping, if the order is shipped for one.
        shipping: Option<Money>,
        /// The price of the whole order.
        total: Money,
        /// The tax that the total contains.
        tax: Money,
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
            | Self::Product { .. } => None,
            Self::Order { order_id, .. }
            | Self::OrderAgain { order_id, .. }
            | Self::Parcel { order_id, .. }
            | Self::Lines { order_id, .. }
            | Self::Note { order_id, .. }
            | Self::Return { order_id, .. }
            | Self::Returned { order_id, .. }
            | Self::Payment { order_id, .. }
            | Self::Declined { order_id, .. } => Some(*order_id),
        }
    }
}

impl Mail {
    /// Returns the mail for an event, or `None` if the event has no mail.
    ///
    /// # Errors
    /// If this version does not know the event.
    pub fn about(event: &Event) -> Result<Option<Self>, NotHandled> {
        Ok(match event {
            Event::User(event) => Self::about_user(event)?,
            Event::Order(event) => Self::about_order(event),
            Event::Payment(event) => Self::about_payment(event),
            // Low stock concerns the shop's staff. The end of a reservation is internal to the services: the end of the
            // order, which follows it, has its own mail.
            Event::Product(ProductEvent::StockAnnounced(announced)) => Some(Self {
                kind: Kind::BackInStock,
                user_id: announced.user_id,
                link: None,
                content: Content::Product {
                    product_id: announced.product_id,
                    title: announced.title.to_string(),
                },
            }),
            Event::Product(
                ProductEvent::StockLow(_)
                | ProductEvent::ReservationExpired(_)
                | ProductEvent::ReservationLost(_),
            ) => None,
            Event::Staff(_) | Event::Unknown(_) => return Err(event.not_handled()),
        })
    }

    fn about_user(event: &UserEvent) -> Result<Option<Self>, NotHandled> {
        let of_account = |kind, user_id, link| Self { kind, user_id, link, content: Content::Account {} };
        Ok(Some(match event {
            UserEvent::Registered(user) => of_account(Kind::Welcome, user.user_id, user.token_id),
            UserEvent::PasswordChanged(user) => of_account(Kind::PasswordChanged, user.user_id, None),
            UserEvent::SecondFactorChanged(user) => {
                let kind = if user.is_required { Kind::SecondFactorAdded } else { Kind::SecondFactorRemoved };
                of_account(kind, user.user_id, None)
            }
            UserEvent::RolesChanged(changed) => Self {
                kind: Kind::RolesChanged,
                user_id: changed.user_id,
                link: None,
                content: Content::Roles { account: changed.account, roles: changed.roles.clone() },
            },
            UserEvent::EmailChanged(user) => {
                of_account(Kind::EmailChanged, user.user_id, Some(user.token_id))
            }
            UserEvent::LinkRequested(link) => of_account(of_link(link)?, link.user_id, Some(link.token_id)),
            UserEvent::ErasureRequested(request) => Self {
                kind: Kind::ErasureRequested,
                user_id: request.user_id,
                link: None,
                content: Content::Erasure { erases_at: request.erases_at },
            },
            UserEvent::Merged(_) | UserEvent::Erased(_) => return Ok(None),
        }))
    }

    fn about_order(event: &OrderEvent) -> Option<Self> {
        match event {
            OrderEvent::Placed(placed) => Some(Self::of_order(Kind::OrderReceived, &placed.order)),
            OrderEvent::Confirmed(order) => Some(Self::of_order(Kind::OrderConfirmed, order)),
            // The decline has its own mail.
            OrderEvent::Cancelled(order) if order.cause == Some(EndCause::PaymentDeclined) => None,
            OrderEvent::Cancelled(order) | OrderEvent::CancelledAfterPayment(OrderCancelled { order }) => {
                Some(Self::of_order(Kind::OrderCancelled, order))
            }
            OrderEvent::Expired(order) => Some(Self::of_order(Kind::OrderExpired, order)),
            OrderEvent::OutOfStock(order) => Some(Self::of_order(Kind::OrderOutOfStock, order)),
            // Internal to the services: the end of the order had its own mail, and the refund that follows has one.
            // A paid order that requests its stock again is still confirmed.
            OrderEvent::RefundRequested(_)
            | OrderEvent::RefundGranted(_)
            | OrderEvent::CaptureRequested(_)
            | OrderEvent::StockRequested(_)
            | OrderEvent::Reowned(_) => None,
            OrderEvent::Shipped(parcel) => Some(Self::of_parcel(parcel)),
            // The customer has it in their hands.
            OrderEvent::Delivered(_) => None,
            OrderEvent::ReturnRequested(requested) => Some(Self::of_request(requested)),
            OrderEvent::LinesCancelled(cancelled) => Some(Self::of_cancelled(cancelled)),
            OrderEvent::ConfirmationRequested(requested) => Some(Self::of_order_again(requested)),
            OrderEvent::Noted(note) => Some(Self::of_note(note)),
            OrderEvent::ReturnDecided(decided) => Some(Self::of_verdict(decided)),
            OrderEvent::ReturnReceived(returned) => Some(Self::of_return(returned)),
            OrderEvent::StatementReceived(statement) => Some(Self::of_statement(statement)),
            OrderEvent::LinkRequested(link) => Some(Self {
                kind: Kind::OrderLink,
                user_id: link.user_id,
                link: Some(link.token_id),
                content: Content::OrderLink { number: link.number.clone() },
            }),
        }
    }

    fn about_payment(event: &PaymentEvent) -> Option<Self> {
        match event {
            PaymentEvent::ActionRequired(payment) => Some(Self::of_payment(
                Kind::PaymentActionRequired,
                payment.user_id,
                payment.order_id,
                payment.amount,
            )),
            PaymentEvent::Failed(payment) => Some(Self::of_decline(payment)),
            PaymentEvent::RefundSucceeded(refund) => {
                Some(Self::of_payment(Kind::RefundSucceeded, refund.user_id, refund.order_id, refund.amount))
            }
            // The money comes with the rest of the order's, or the customer has got it through their bank.
            PaymentEvent::RefundFailed(refund) if !refund.is_owed() => None,
            PaymentEvent::RefundFailed(refund) => {
                Some(Self::of_payment(Kind::RefundFailed, refund.user_id, refund.order_id, refund.amount))
            }
            // The confirmation of the order follows and has its own mail. The customer who pays again knows it.
            PaymentEvent::Captured(_) | PaymentEvent::Retried(_) | PaymentEvent::GatewayReported(_) => None,
            // The mail of the parcel has it, or that of the order's end; a capture that fails concerns the staff, whom an alarm tells.
            PaymentEvent::Authorized(_)
            | PaymentEvent::PartCaptured(_)
            | PaymentEvent::CaptureFailed(_)
            | PaymentEvent::AuthorizationEnding(_) => None,
            // Disputes concern the shop's staff, whom an alarm tells. The customer began them.
            PaymentEvent::DisputeReported(_)
            | PaymentEvent::DisputeOpened(_)
            | PaymentEvent::DisputeClosed(_) => None,
        }
    }

    fn of_order(kind: Kind, order: &OrderSummary) -> Self {
        let content = Content::Order {
            order_id: order.order_id,
            number: order.number.clone(),
            shipping: order.shipping,
            lines: order.lines.iter().map(Line::from).collect(),
            total: order.total,
            tax: order.tax,
            is_authorized: order.is_authorized,
            has_lapsed: order.cause == Some(EndCause::AuthorizationEnded),
        };
        Self { kind, user_id: order.user_id, link: None, content }
    }

    fn of_order_again(requested: &ConfirmationRequested) -> Self {
        let (order, state) = (&requested.order, requested.state);
        let content = Content::OrderAgain {
            order_id: order.order_id,
            number: order.number.clone(),
            shipping: order.shipping,
            lines: order.lines.iter().map(Line::from).collect(),
            total: order.total,
            tax: order.tax,
            state,
        };
        Self { kind: Kind::OrderAgain, user_id: order.user_id, link: None, content }
    }

    fn of_parcel(parcel: &OrderShipped) -> Self {
        let OrderShipped { order_id, user_id, number, lines, complete, .. } = parcel.clone();
        let OrderShipped { carrier, tracking_number, tracking_url, .. } = parcel.clone();
        let content =
            Content::Parcel { order_id, number, lines, carrier, tracking_number, tracking_url, complete };
        Self { kind: Kind::OrderShipped, user_id, link: None, content }
    }

    fn of_request(requested: &ReturnRequested) -> Self {
        let ReturnRequested { order_id, user_id, number, lines, is_decided, send_by, .. } = requested.clone();
        let refund_due_at = Some(requested.refund_due_at);
        let content = Content::Return { order_id, number, lines, is_decided, send_by, refund_due_at };
        Self { kind: Kind::ReturnAcknowledged, user_id, link: None, content }
    }

    fn of_cancelled(cancelled: &LinesCancelled) -> Self {
        let LinesCancelled { order_id, user_id, number, lines, refund, .. } = cancelled.clone();
        let content = Content::Lines { order_id, number, lines, refund };
        Self { kind: Kind::OrderLinesCancelled, user_id, link: None, content }
    }

    fn of_note(note: &OrderNoted) -> Self {
        let OrderNoted { order_id, user_id, number, text } = note.clone();
        let paragraphs = text.as_ref().lines().map(str::trim).filter(|line| !line.is_empty());
        let paragraphs = paragraphs.map(ToOwned::to_owned).collect();
        let content = Content::Note { order_id, number, paragraphs };
        Self { kind: Kind::OrderNote, user_id, link: None, content }
    }

    fn of_verdict(decided: &ReturnDecided) -> Self {
        let ReturnDecided { order_id, user_id, number, lines, accepted, send_by, .. } = decided.clone();
        let kind = if accepted { Kind::ReturnAccepted } else { Kind::ReturnRefused };
        let content =
            Content::Return { order_id, number, lines, is_decided: true, send_by, refund_due_at: None };
        Self { kind, user_id, link: None, content }
    }

    fn of_return(returned: &ReturnReceived) -> Self {
        let ReturnReceived { order_id, user_id, number, refund, .. } = returned.clone();
        let content = Content::Returned { order_id, number, refund };
        Self { kind: Kind::ReturnReceived, user_id, link: None, content }
    }

    fn of_statement(statement: &StatementReceived) -> Self {
        let StatementReceived { user_id, number, lines, is_assigned, .. } = statement.clone();
        let content = Content::Statement { number, lines, is_assigned };
        Self { kind: Kind::StatementReceived, user_id, link: None, content }
    }

    fn of_payment(kind: Kind, user_id: UserId, order_id: OrderId, amount: Money) -> Self {
        Self { kind, user_id, link: None, content: Content::Payment { order_id, amount } }
    }

    fn of_decline(failed: &PaymentFailed) -> Self {
        let payment = &failed.outcome;
        let content = Content::Declined {
            order_id: payment.order_id,
            amount: payment.amount,
            reason: DeclineReason::of(&failed.decline_code),
        };
        Self { kind: Kind::PaymentFailed, user_id: payment.user_id, link: None, content }
    }
}

impl From<&PricedLine> for Line {
    fn from(line: &PricedLine) -> Self {
        Self { title: line.title.to_string(), quantity: line.quantity.into_inner(), total: line.total }
    }
}

/// Returns the kind of the mail that brings a link.
fn of_link(requested: &LinkRequested) -> Result<Kind, NotHandled> {
    match requested.purpose {
        LinkPurpose::ResetPassword => Ok(Kind::ResetPassword),
        LinkPurpose::ConfirmEmail => Ok(Kind::ConfirmEmail),
        LinkPurpose::Invitation => Ok(Kind::Invitation),
        // A notice has nothing to open, so nobody requests one. A link to an order is an event of the order.
        LinkPurpose::OrderLink | LinkPurpose::Notice | LinkPurpose::Unknown => {
            Err(Event::from(UserEvent::LinkRequested(requested.clone())).not_handled())
        }
    }
}
