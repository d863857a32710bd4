//! Mails to the staff: what somebody has to do, with a link to the page of the console where it is done.

use domain::events::{Event, OrderEvent, PaymentEvent, ProductEvent};

use super::mail::{Content, Kind, Mail};
use super::recipient::Recipient;

impl Mail {
    /// Returns the staff's mail for an event, or `None` if there is nothing for them to do.
    pub(super) fn to_staff(event: &Event) -> Option<Self> {
        let (kind, content) = match event {
            Event::Order(event) => of_order(event)?,
            Event::Payment(event) => of_payment(event)?,
            Event::Product(ProductEvent::StockLow(low)) => {
                (Kind::StaffLowStock, Content::LowStock { sku: low.sku.clone(), available: low.available })
            }
            Event::Product(
                ProductEvent::StockAnnounced(_)
                | ProductEvent::ReservationExpired(_)
                | ProductEvent::ReservationLost(_),
            )
            | Event::User(_)
            | Event::Staff(_)
            | Event::Unknown(_) => return None,
        };
        Some(Self { kind, to: Recipient::Staff, link: None, content })
    }
}

fn of_order(event: &OrderEvent) -> Option<(Kind, Content)> {
    Some(match event {
        // Until it is paid, there is nothing to pack.
        OrderEvent::Confirmed(order) => (Kind::StaffNewOrder, Content::Order(order.into())),
        OrderEvent::StatementReceived(statement) => {
            let (number, lines) = (statement.number.clone(), statement.lines.clone());
            let is_assigned = statement.is_assigned;
            (Kind::StaffWithdrawal, Content::Statement { number, lines, is_assigned })
        }
        OrderEvent::Placed(_)
        | OrderEvent::Cancelled(_)
        | OrderEvent::CancelledAfterPayment(_)
        | OrderEvent::Expired(_)
        | OrderEvent::OutOfStock(_)
        | OrderEvent::RefundRequested(_)
        | OrderEvent::RefundGranted(_)
        | OrderEvent::StockRequested(_)
        | OrderEvent::Reowned(_)
        | OrderEvent::Shipped(_)
        | OrderEvent::Delivered(_)
        | OrderEvent::ReturnRequested(_)
        | OrderEvent::ReturnDecided(_)
        | OrderEvent::ReturnReceived(_)
        | OrderEvent::LinesCancelled(_)
        | OrderEvent::ConfirmationRequested(_)
        | OrderEvent::Noted(_)
        | OrderEvent::LinkRequested(_) => return None,
    })
}

fn of_payment(event: &PaymentEvent) -> Option<(Kind, Content)> {
    Some(match event {
        PaymentEvent::DisputeOpened(dispute) => {
            let (order_id, amount, due_by) = (dispute.order_id, dispute.amount, dispute.due_by);
            (Kind::StaffDispute, Content::Disputed { order_id, amount, due_by })
        }
        PaymentEvent::RefundFailed(refund) if refund.is_owed() => {
            let (order_id, amount) = (refund.order_id, refund.amount);
            (Kind::StaffRefundFailed, Content::Payment { order_id, amount })
        }
        PaymentEvent::RefundFailed(_)
        | PaymentEvent::RefundSucceeded(_)
        | PaymentEvent::ActionRequired(_)
        | PaymentEvent::Captured(_)
        | PaymentEvent::Failed(_)
        | PaymentEvent::Retried(_)
        | PaymentEvent::GatewayReported(_)
        | PaymentEvent::DisputeReported(_)
        | PaymentEvent::DisputeClosed(_) => return None,
    })
}
