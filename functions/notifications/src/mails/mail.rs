//! Maps events to mails and their content.

use domain::events::{
    ConfirmationRequested, EndCause, Event, LinesCancelled, LinkPurpose, LinkRequested, NotHandled,
    OrderCancelled, OrderEvent, OrderNoted, OrderShipped, OrderSummary, PaymentEvent, PaymentFailed,
    ProductEvent, ReturnDecided, ReturnReceived, ReturnRequested, StatementReceived, UserEvent,
};
use domain::payments::DeclineReason;
use domain::words::id::{LinkTokenId, OrderId, UserId};
use domain::words::money::Money;

pub use super::content::Content;
pub use super::kind::Kind;
use super::recipient::Recipient;

/// A mail to a user, or to the staff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// The kind of mail.
    pub kind: Kind,
    /// The recipient.
    pub to: Recipient,
    /// What the mail is about, if the user service keeps it apart from the account: a link, and the address that it is for.
    pub link: Option<LinkTokenId>,
    /// The variables of its template.
    pub content: Content,
}

impl Mail {
    /// Returns the mails for an event: to the customer, and to the staff. None if the event has no mail.
    ///
    /// # Errors
    /// If this version does not know the event.
    pub fn about(event: &Event) -> Result<Vec<Self>, NotHandled> {
        Ok(Self::to_user(event)?.into_iter().chain(Self::to_staff(event)).collect())
    }

    /// Returns the order among whose mails it has a turn, and with which it is recorded. The staff's mails are in no order.
    #[must_use]
    pub fn order_id(&self) -> Option<OrderId> {
        match self.to {
            Recipient::User(_) => self.content.order_id(),
            Recipient::Staff => None,
        }
    }

    fn to_user(event: &Event) -> Result<Option<Self>, NotHandled> {
        Ok(match event {
            Event::User(event) => Self::about_user(event)?,
            Event::Order(event) => Self::about_order(event),
            Event::Payment(event) => Self::about_payment(event),
            // The end of a reservation is internal to the services: the end of the order, which follows it, has its own mail.
            Event::Product(ProductEvent::StockAnnounced(announced)) => Some(Self {
                kind: Kind::BackInStock,
                to: Recipient::User(announced.user_id),
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
        let of_account = |kind, user_id, link| Self {
            kind,
            to: Recipient::User(user_id),
            link,
            content: Content::Account {},
        };
        Ok(Some(match event {
            UserEvent::Registered(user) => of_account(Kind::Welcome, user.user_id, user.token_id),
            UserEvent::PasswordChanged(user) => of_account(Kind::PasswordChanged, user.user_id, None),
            UserEvent::SecondFactorChanged(user) => {
                let kind = if user.is_required { Kind::SecondFactorAdded } else { Kind::SecondFactorRemoved };
                of_account(kind, user.user_id, None)
            }
            UserEvent::RolesChanged(changed) => Self {
                kind: Kind::RolesChanged,
                to: Recipient::User(changed.user_id),
                link: None,
                content: Content::Roles { account: changed.account, roles: changed.roles.clone() },
            },
            UserEvent::EmailChanged(user) => {
                of_account(Kind::EmailChanged, user.user_id, Some(user.token_id))
            }
            UserEvent::LinkRequested(link) => of_account(of_link(link)?, link.user_id, Some(link.token_id)),
            UserEvent::ErasureRequested(request) => Self {
                kind: Kind::ErasureRequested,
                to: Recipient::User(request.user_id),
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
                to: Recipient::User(link.user_id),
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
            // The customer began them.
            PaymentEvent::DisputeReported(_)
            | PaymentEvent::DisputeOpened(_)
            | PaymentEvent::DisputeClosed(_) => None,
        }
    }

    fn of_order(kind: Kind, order: &OrderSummary) -> Self {
        Self { kind, to: Recipient::User(order.user_id), link: None, content: Content::Order(order.into()) }
    }

    fn of_order_again(requested: &ConfirmationRequested) -> Self {
        let (order, state) = (&requested.order, requested.state);
        let content = Content::OrderAgain { ordered: order.into(), state };
        Self { kind: Kind::OrderAgain, to: Recipient::User(order.user_id), link: None, content }
    }

    fn of_parcel(parcel: &OrderShipped) -> Self {
        let OrderShipped { order_id, user_id, number, lines, complete, .. } = parcel.clone();
        let OrderShipped { carrier, tracking_number, tracking_url, .. } = parcel.clone();
        let content =
            Content::Parcel { order_id, number, lines, carrier, tracking_number, tracking_url, complete };
        Self { kind: Kind::OrderShipped, to: Recipient::User(user_id), link: None, content }
    }

    fn of_request(requested: &ReturnRequested) -> Self {
        let ReturnRequested { order_id, user_id, number, lines, is_decided, send_by, .. } = requested.clone();
        let refund_due_at = Some(requested.refund_due_at);
        let content = Content::Return { order_id, number, lines, is_decided, send_by, refund_due_at };
        Self { kind: Kind::ReturnAcknowledged, to: Recipient::User(user_id), link: None, content }
    }

    fn of_cancelled(cancelled: &LinesCancelled) -> Self {
        let LinesCancelled { order_id, user_id, number, lines, refund, not_captured, .. } = cancelled.clone();
        let content = Content::Lines { order_id, number, lines, refund, not_charged: not_captured };
        Self { kind: Kind::OrderLinesCancelled, to: Recipient::User(user_id), link: None, content }
    }

    fn of_note(note: &OrderNoted) -> Self {
        let OrderNoted { order_id, user_id, number, text } = note.clone();
        let paragraphs = text.as_ref().lines().map(str::trim).filter(|line| !line.is_empty());
        let paragraphs = paragraphs.map(ToOwned::to_owned).collect();
        let content = Content::Note { order_id, number, paragraphs };
        Self { kind: Kind::OrderNote, to: Recipient::User(user_id), link: None, content }
    }

    fn of_verdict(decided: &ReturnDecided) -> Self {
        let ReturnDecided { order_id, user_id, number, lines, accepted, send_by, .. } = decided.clone();
        let kind = if accepted { Kind::ReturnAccepted } else { Kind::ReturnRefused };
        let content =
            Content::Return { order_id, number, lines, is_decided: true, send_by, refund_due_at: None };
        Self { kind, to: Recipient::User(user_id), link: None, content }
    }

    fn of_return(returned: &ReturnReceived) -> Self {
        let ReturnReceived { order_id, user_id, number, refund, .. } = returned.clone();
        let content = Content::Returned { order_id, number, refund };
        Self { kind: Kind::ReturnReceived, to: Recipient::User(user_id), link: None, content }
    }

    fn of_statement(statement: &StatementReceived) -> Self {
        let StatementReceived { user_id, number, lines, is_assigned, .. } = statement.clone();
        let content = Content::Statement { number, lines, is_assigned };
        Self { kind: Kind::StatementReceived, to: Recipient::User(user_id), link: None, content }
    }

    fn of_payment(kind: Kind, user_id: UserId, order_id: OrderId, amount: Money) -> Self {
        Self {
            kind,
            to: Recipient::User(user_id),
            link: None,
            content: Content::Payment { order_id, amount },
        }
    }

    fn of_decline(failed: &PaymentFailed) -> Self {
        let payment = &failed.outcome;
        let content = Content::Declined {
            order_id: payment.order_id,
            amount: payment.amount,
            reason: DeclineReason::of(&failed.decline_code),
        };
        Self { kind: Kind::PaymentFailed, to: Recipient::User(payment.user_id), link: None, content }
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
