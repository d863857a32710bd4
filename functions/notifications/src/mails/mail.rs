//! Maps events to mails and their content.

use domain::events::{
    EndCause, Event, LinkPurpose, LinkRequested, NotHandled, OrderEvent, OrderSummary, PaymentEvent,
    PaymentFailed, ProductEvent, UserEvent,
};
use domain::payments::DeclineReason;
use domain::words::id::{LinkTokenId, OrderId, ProductId, UserId};
use domain::words::line::PricedLine;
use domain::words::money::Money;
use domain::words::person::Role;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantArray};

/// A kind of mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, VariantArray, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Kind {
    /// The account was created, and its address is to be confirmed.
    Welcome,
    /// Somebody asked for a link to choose a new password, or tried to register the address again.
    ResetPassword,
    /// An account is to have this address, which is to be confirmed.
    ConfirmEmail,
    /// The account no longer has this address.
    EmailChanged,
    /// The account has a new password.
    PasswordChanged,
    /// Somebody is invited to work in the shop.
    Invitation,
    /// An account has other roles.
    RolesChanged,
    /// Signing in to the account requires a second factor.
    SecondFactorAdded,
    /// Signing in to the account requires a second factor no longer.
    SecondFactorRemoved,
    /// The account is to be erased.
    ErasureRequested,
    /// The order is received; payment is due.
    OrderReceived,
    /// The order is paid.
    OrderConfirmed,
    /// The order was cancelled.
    OrderCancelled,
    /// The order was not paid in time.
    OrderExpired,
    /// The order was paid, but its stock had gone to other orders.
    OrderOutOfStock,
    /// The customer has to confirm the payment.
    PaymentActionRequired,
    /// The payment was declined.
    PaymentFailed,
    /// Money was refunded.
    RefundSucceeded,
    /// Money could not be refunded.
    RefundFailed,
    /// What the customer waits for is in stock again.
    BackInStock,
}

impl Kind {
    /// Returns the name of its templates.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// Returns how far the order of a mail of this kind has come; `None` if its mails are in no order.
    fn stage(self) -> Option<u8> {
        match self {
            Self::Welcome
            | Self::ResetPassword
            | Self::ConfirmEmail
            | Self::EmailChanged
            | Self::PasswordChanged
            | Self::Invitation
            | Self::RolesChanged
            | Self::SecondFactorAdded
            | Self::SecondFactorRemoved
            | Self::ErasureRequested
            | Self::RefundSucceeded
            | Self::RefundFailed
            | Self::BackInStock => None,
            Self::OrderReceived => Some(0),
            Self::PaymentActionRequired | Self::PaymentFailed => Some(1),
            Self::OrderConfirmed => Some(2),
            Self::OrderCancelled | Self::OrderExpired | Self::OrderOutOfStock => Some(3),
        }
    }

    /// Returns whether it is sent even to those who have reported a mail as unwanted: because it concerns the security of
    /// their account, or because a seller owes it to the buyer. That is the receipt of an order (Directive 2000/31/EC Art.
    /// 11), its confirmation (Directive 2011/83/EU Art. 8(7)), its end without one, and the return of the money (Art. 13).
    #[must_use]
    pub fn is_required(self) -> bool {
        match self {
            Self::ResetPassword
            | Self::ConfirmEmail
            | Self::EmailChanged
            | Self::PasswordChanged
            | Self::RolesChanged
            | Self::SecondFactorAdded
            | Self::SecondFactorRemoved
            | Self::ErasureRequested
            | Self::OrderReceived
            | Self::OrderConfirmed
            | Self::OrderCancelled
            | Self::OrderExpired
            | Self::OrderOutOfStock
            | Self::PaymentFailed
            | Self::RefundSucceeded
            | Self::RefundFailed => true,
            // Strangers can cause the first by registering the address. The second reminds of a payment that is not owed yet.
            Self::Welcome | Self::PaymentActionRequired => false,
            // Nobody who has reported the shop's mails has to work in it.
            Self::Invitation => false,
            Self::BackInStock => false,
        }
    }

    /// Returns whether it is sent only to an address whose owner has confirmed it. A stranger may have registered any other, and could
    /// have mails sent there.
    #[must_use]
    pub fn needs_confirmed_address(self) -> bool {
        self == Self::BackInStock
    }

    /// Returns whether a mail of this kind would contradict one of kind `other` that the customer has already got about
    /// the same order: one of a later stage, or the same end of the order.
    #[must_use]
    pub fn is_overtaken_by(self, other: Self) -> bool {
        match (self.stage(), other.stage()) {
            (Some(own), Some(other_stage)) => own < other_stage || (self == other && own >= 2),
            _ => false,
        }
    }
}

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
            Self::Account {} | Self::Roles { .. } | Self::Erasure { .. } | Self::Product { .. } => None,
            Self::Order { order_id, .. }
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
            // They are to have mails before they are sent to this service.
            Event::Order(OrderEvent::CancelledAfterPayment(_) | OrderEvent::ReturnReceived(_)) => {
                return Err(event.not_handled());
            }
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
            OrderEvent::Cancelled(order) => Some(Self::of_order(Kind::OrderCancelled, order)),
            OrderEvent::Expired(order) => Some(Self::of_order(Kind::OrderExpired, order)),
            OrderEvent::OutOfStock(order) => Some(Self::of_order(Kind::OrderOutOfStock, order)),
            // Internal to the services: the end of the order had its own mail, and the refund that follows has one.
            // A paid order that requests its stock again is still confirmed.
            OrderEvent::RefundRequested(_)
            | OrderEvent::RefundGranted(_)
            | OrderEvent::StockRequested(_)
            | OrderEvent::Reowned(_) => None,
            OrderEvent::CancelledAfterPayment(_) | OrderEvent::ReturnReceived(_) => None,
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
            // The customer has got the money through their bank.
            PaymentEvent::RefundFailed(refund) if !refund.is_owed() => None,
            PaymentEvent::RefundFailed(refund) => {
                Some(Self::of_payment(Kind::RefundFailed, refund.user_id, refund.order_id, refund.amount))
            }
            // The confirmation of the order follows and has its own mail. The customer who pays again knows it.
            PaymentEvent::Captured(_) | PaymentEvent::Retried(_) | PaymentEvent::GatewayReported(_) => None,
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
        };
        Self { kind, user_id: order.user_id, link: None, content }
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
        // A notice has nothing to open, so nobody requests one.
        LinkPurpose::Notice | LinkPurpose::Unknown => {
            Err(Event::from(UserEvent::LinkRequested(requested.clone())).not_handled())
        }
    }
}
