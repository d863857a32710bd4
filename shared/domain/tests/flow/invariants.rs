//! The invariants of the shop: those that hold at every moment, and those that hold at rest.

use std::collections::BTreeMap;

use domain::events::{Event, OrderEvent, PaymentEvent, ProductEvent, Queue, ReturnedLine};
use domain::invoices::InvoiceKind;
use domain::orders::returns::ReturnState;
use domain::orders::{self, Order, OrderStatus, PaymentStatus};
use domain::payments::ledger::{Account, balance};
use domain::payments::{self, CaptureStatus, Payment, RefundStatus};
use domain::stock::{ReservationStatus, Returned};
use domain::words::goods::Sku;
use domain::words::id::{AttemptId, CaptureId, OrderId};

use crate::world::World;

impl World {
    /// Checks what holds at every moment.
    pub fn check(&self) {
        for stock in &self.stock {
            assert!(stock.balances(), "{stock:?}");
            let item = stock.total();
            assert_eq!(item.reserved, self.pieces(&item.sku, ReservationStatus::Held), "{item:?}");
            assert_eq!(item.sold, self.pieces(&item.sku, ReservationStatus::Committed), "{item:?}");
        }
        for order in self.orders.values() {
            let (taken, back) = (self.gateway.taken(order.order_id), self.gateway.refunded(order.order_id));
            let is_whole = taken.is_empty() || taken == [order.total.amount()];
            let is_in_parts = order.capturing.is_some() && taken.iter().sum::<i64>() <= order.owed().amount();
            assert!(is_whole || is_in_parts, "{taken:?} was captured for {order:?}");
            assert!(back <= taken.iter().sum(), "{back} of {taken:?} was refunded");
            self.check_documents(order);
        }
        for payment in self.payments.values() {
            self.check_books(payment);
        }
        self.check_published();
    }

    /// What an order's invoices less its credit notes say is never more than what the shop keeps, and exactly that once all was shipped.
    fn check_documents(&self, order: &Order) {
        let documents = self.documents_of(order.order_id);
        let sum = |kind| {
            let of_kind = documents.iter().filter(|document| document.content.kind == kind);
            of_kind.map(|document| document.content.total.amount()).sum::<i64>()
        };
        let documented = sum(InvoiceKind::Invoice) - sum(InvoiceKind::CreditNote);
        // While parcels are captured one by one, what is captured, or is about to be, is what they are invoiced with.
        let requested = order.capturing.as_ref().map(|capturing| capturing.requested);
        let is_charged = order.is_charged_whole();
        let charged = requested.filter(|_| !is_charged).unwrap_or(order.owed());
        // What a document has taken off stays off: a refund that comes back is to be paid again.
        let most_refunded = self.most_refunded.get(&order.order_id).copied().unwrap_or_default();
        let documented_as_kept = charged.amount() - most_refunded;
        let is_exact = documented == documented_as_kept;
        assert!(is_charged || is_exact, "{documented} is not {documented_as_kept}: {order:?} {documents:?}");
        // What is to be paid back for cancelled pieces, which no document has.
        let is_owed = order.progress.iter().any(|line| line.cancelled > 0)
            && order.refunds.iter().any(|refund| refund.status != orders::refunds::RefundStatus::Succeeded);
        let is_whole = order.has_shipped() && order.queue().is_none() && !is_owed;
        assert!(documented <= documented_as_kept, "{documented} of {documented_as_kept}: {documents:?}");
        assert!(!is_whole || is_exact, "{documented} is not {documented_as_kept}: {documents:?}");
        assert_eq!(order.has_shipped(), !documents.is_empty(), "{documents:?}");
    }

    /// Checks what holds at rest.
    pub fn check_at_rest(&self) {
        assert!(self.stock.iter().all(|stock| stock.total().reserved == 0), "{:?}", self.stock);
        for (order_id, reservation) in &self.reservations {
            let is_sold = reservation.status == ReservationStatus::Committed;
            // Whoever packed a parcel has found pieces that the counts did not know of.
            let is_found = reservation.status == ReservationStatus::Lost && self.has_shipped(*order_id);
            assert_eq!(is_sold || is_found, self.is_confirmed(*order_id), "{reservation:?}");
        }
        for order in self.orders.values() {
            self.check_ended(order);
            self.check_money(order);
            self.check_returned(order);
        }
        let for_mail: Vec<_> =
            self.messages.iter().filter(|message| message.queue == Queue::NotificationRequests).collect();
        assert_eq!(self.mails.len(), for_mail.len(), "one notification per event");
    }

    /// The ledger agrees with the payment, whose balance is the price less its refunds.
    fn check_books(&self, payment: &Payment) {
        let held = payment.captured.minus(payment.refunded).expect("no more refunded than captured");
        let captures = payment.captures.iter().filter(|capture| capture.status == CaptureStatus::Captured);
        let parts = captures.map(|capture| capture.amount.amount()).sum::<i64>();
        let is_paid = payment.captured.is_zero()
            || payment.captured == payment.amount
            || payment.capture.is_on_shipment() && payment.captured.amount() == parts;
        let done = payment.refunds.iter().filter(|refund| refund.status == RefundStatus::Succeeded);
        let back = done.map(|refund| refund.amount.amount()).sum::<i64>();
        assert!(is_paid && payment.refunded.amount() == back, "{payment:?}");
        let postings = self.postings.get(&payment.payment_id).map(Vec::as_slice).unwrap_or_default();
        assert!(postings.iter().all(|posting| posting.balances() == Ok(true)));
        let of = |account| balance(account, postings);
        let taken = payment
            .disputes
            .iter()
            .map(|dispute| dispute.withdrawn.amount() - dispute.reinstated.amount() + dispute.fee.amount());
        let there = held.amount() - taken.sum::<i64>();
        assert_eq!(of(Account::GatewayReceivable), i128::from(there), "{payment:?}");
        assert_eq!(of(Account::DisputeLosses), i128::from(payment.lost().amount()), "{payment:?}");
        assert_eq!(of(Account::DisputedFunds) != 0, payment.is_disputed(), "{payment:?}");
        assert_eq!(of(Account::CustomerOrders), -i128::from(held.amount()), "{payment:?}");
    }

    /// No event of an order is published twice.
    fn check_published(&self) {
        let mut published = BTreeMap::new();
        for event in &self.published {
            let Some(order) = order_of(event) else { continue };
            let kinds: &mut Vec<_> = published.entry(order).or_default();
            // Asked for each hour until it is heard of, and told twice.
            if let Event::Order(OrderEvent::RefundRequested(_) | OrderEvent::CancelledAfterPayment(_))
            | Event::Payment(PaymentEvent::AuthorizationEnding(_)) = event
            {
                continue;
            }
            // The answer to the last of these.
            if let Event::Order(OrderEvent::CaptureRequested(request)) = event
                && request.capture_id == CaptureId::of_the_rest(order)
            {
                continue;
            }
            // An attempt is declined, asks its customer, or follows another, once each. There are several parcels and refunds.
            let what = (event.name(), attempt_of(event), part_of(event));
            assert!(!kinds.contains(&what), "published twice: {event:?}");
            kinds.push(what);
        }
    }

    fn check_ended(&self, order: &Order) {
        let was_published = |is: fn(&Event) -> bool| {
            self.published.iter().any(|event| order_of(event) == Some(order.order_id) && is(event))
        };
        let confirmed = was_published(|event| matches!(event, Event::Order(OrderEvent::Confirmed(_))));
        let cancelled = was_published(|event| matches!(event, Event::Order(OrderEvent::Cancelled(_))));
        let cancelled_paid =
            was_published(|event| matches!(event, Event::Order(OrderEvent::CancelledAfterPayment(_))));
        assert!(!cancelled_paid || order.status == OrderStatus::Cancelled, "{order:?}");
        let shipped = was_published(|event| matches!(event, Event::Order(OrderEvent::Shipped(_))));
        assert_eq!(shipped, order.has_shipped(), "{order:?}");
        let expired = was_published(|event| matches!(event, Event::Order(OrderEvent::Expired(_))));
        let out_of_stock = was_published(|event| matches!(event, Event::Order(OrderEvent::OutOfStock(_))));
        let refund_requested =
            was_published(|event| matches!(event, Event::Order(OrderEvent::RefundRequested(_))));
        let stock_requested =
            was_published(|event| matches!(event, Event::Order(OrderEvent::StockRequested(_))));
        assert!(!stock_requested || confirmed, "stock requested for {order:?}");
        assert!(!refund_requested || order.status != OrderStatus::Confirmed, "a refund of {order:?}");
        let expected = match order.status {
            OrderStatus::Confirmed => (true, false, false, false),
            OrderStatus::Cancelled if cancelled_paid => (true, false, false, false),
            OrderStatus::Cancelled if confirmed => (true, false, false, true),
            OrderStatus::Cancelled => (false, true, false, false),
            OrderStatus::Expired => (false, false, true, false),
            OrderStatus::AwaitingPayment | OrderStatus::PaymentFailed | OrderStatus::Unknown => {
                panic!("{order:?} has not ended")
            }
        };
        assert_eq!((confirmed, cancelled, expired, out_of_stock), expected, "events of {order:?}");
    }

    /// What the order says came back, the stock has counted, unless the order's pieces were never counted as sold.
    fn check_returned(&self, order: &Order) {
        let reservation = &self.reservations[&order.order_id];
        let is_return =
            |back: &&Returned| order.returns.iter().any(|known| known.return_id == back.return_id);
        let (returned, cancelled): (Vec<_>, Vec<_>) = reservation.returned.iter().partition(is_return);
        if reservation.status == ReservationStatus::Committed {
            for line in &order.lines {
                let of_line =
                    cancelled.iter().flat_map(|back| &back.lines).filter(|back| back.sku == line.sku);
                let counted = order.progress.iter().find(|counted| counted.sku == line.sku);
                let counted = counted.map_or(0, |counted| u64::from(counted.cancelled));
                assert_eq!(of_line.map(ReturnedLine::pieces).sum::<u64>(), counted, "{order:?}");
            }
        }
        let counted: Vec<_> = returned.iter().map(|back| (back.return_id, &back.lines)).collect();
        let received = order.returns.iter().filter(|returned| returned.status == ReturnState::Received);
        let received = received.map(|returned| (returned.return_id, &returned.received));
        let is_lost = reservation.status == ReservationStatus::Lost;
        let received: BTreeMap<_, _> = received.filter(|_| !is_lost).collect();
        assert_eq!(counted.len(), received.len(), "{order:?}");
        assert_eq!(counted.into_iter().collect::<BTreeMap<_, _>>(), received, "{order:?}");
        for line in &order.lines {
            let of_line = received.values().copied().flatten().filter(|back| back.sku == line.sku);
            let shipped = order.progress.iter().find(|counted| counted.sku == line.sku);
            let shipped = shipped.map_or(0, |counted| u64::from(counted.shipped));
            assert!(of_line.map(ReturnedLine::pieces).sum::<u64>() <= shipped, "{order:?}");
        }
    }

    /// The gateway, the payment service and the order agree on the money.
    fn check_money(&self, order: &Order) {
        // What could not be captured, nobody has.
        let has_failed = order.capturing.as_ref().is_some_and(|capturing| capturing.has_failed);
        assert!(!has_failed || self.gateway.has_lapsed(order.order_id), "nothing has lapsed: {order:?}");
        let price = if has_failed { order.captured() } else { order.owed() }.amount();
        let (taken, back) = (self.gateway.taken(order.order_id), self.gateway.refunded(order.order_id));
        // What the customer got through their bank is not owed to them any more.
        let lost = self.gateway.with_the_bank(order.order_id);
        let held = taken.iter().sum::<i64>() - back;
        let paid_back = order.refunded().expect("no more than the price").amount();
        assert_eq!(paid_back, back, "refunded for {order:?}");
        let due = match order.status {
            OrderStatus::Confirmed => price - back,
            // What came back, and was not refunded again, is to be paid in another way, unless the bank has paid it.
            _ if order.payment_status == PaymentStatus::RefundFailed => {
                let returned = self.gateway.returned(order.order_id);
                assert!(
                    held >= lost && held <= lost + returned,
                    "{held} is held, and nobody owes it: {order:?}"
                );
                held
            }
            _ => lost,
        };
        assert_eq!((order.lost().amount(), order.is_disputed()), (lost, false), "{order:?}");
        assert!(back + lost <= taken.iter().sum(), "{back} was refunded and {lost} lost: {order:?}");
        assert_eq!(held, due, "held by the gateway for {order:?}");
        let payment = &self.payments[&order.payment_id];
        assert_eq!(payment.user_id, order.user_id, "{payment:?} is another customer's than {order:?}");
        assert_eq!(payment.captured.amount() - payment.refunded.amount(), held, "{payment:?}");
        assert_eq!(payment.captured.amount(), taken.iter().sum::<i64>(), "{payment:?}");
        assert_eq!(payment.due(), None, "{payment:?}");
        let known = match (payment.status, taken.is_empty()) {
            (payments::PaymentStatus::Captured, false) => match order.payment_status {
                PaymentStatus::Captured => !has_failed,
                PaymentStatus::Authorized => has_failed,
                // A refund has come back, and the bank has paid the customer.
                PaymentStatus::RefundFailed => held == lost,
                _ => false,
            },
            (payments::PaymentStatus::RefundFailed, false) => {
                order.payment_status == PaymentStatus::RefundFailed && held > lost
            }
            (payments::PaymentStatus::Refunded, false) => order.payment_status == PaymentStatus::Refunded,
            (payments::PaymentStatus::Voided, true) => {
                !matches!(order.payment_status, PaymentStatus::Captured | PaymentStatus::Refunded)
            }
            _ => false,
        };
        assert!(known, "{order:?} disagrees with {payment:?}");
    }

    fn pieces(&self, sku: &Sku, status: ReservationStatus) -> u64 {
        let reservations = self.reservations.values().filter(|reservation| reservation.status == status);
        let (mut pieces, mut back) = (0, 0);
        for reservation in reservations {
            let lines = reservation.lines.iter().filter(|line| line.sku == *sku);
            pieces += lines.map(|line| u64::from(line.quantity.into_inner())).sum::<u64>();
            let lines = reservation.returned.iter().flat_map(|returned| &returned.lines);
            back += lines.filter(|line| line.sku == *sku).map(ReturnedLine::pieces).sum::<u64>();
        }
        pieces - back
    }
}

/// Returns the attempt of an event, of which there may be several.
fn attempt_of(event: &Event) -> Option<AttemptId> {
    match event {
        Event::Payment(PaymentEvent::ActionRequired(payment) | PaymentEvent::Retried(payment)) => {
            Some(payment.attempt_id)
        }
        Event::Payment(PaymentEvent::Failed(payment)) => Some(payment.outcome.attempt_id),
        _ => None,
    }
}

/// Returns the parcel or the refund of an event, of which there may be several.
fn part_of(event: &Event) -> Option<String> {
    match event {
        Event::Order(OrderEvent::Shipped(parcel)) => Some(parcel.shipment_id.to_string()),
        Event::Order(OrderEvent::RefundGranted(refund)) => Some(refund.refund_id.to_string()),
        Event::Order(OrderEvent::CaptureRequested(request)) => Some(request.capture_id.to_string()),
        Event::Payment(PaymentEvent::PartCaptured(capture)) => Some(capture.capture_id.to_string()),
        Event::Payment(PaymentEvent::CaptureFailed(capture)) => Some(capture.capture_id.to_string()),
        Event::Order(OrderEvent::LinesCancelled(cancelled)) => Some(cancelled.cancellation_id.to_string()),
        Event::Order(OrderEvent::ReturnRequested(returned)) => Some(returned.return_id.to_string()),
        Event::Order(OrderEvent::ReturnDecided(returned)) => Some(returned.return_id.to_string()),
        Event::Order(OrderEvent::ReturnReceived(returned)) => Some(returned.return_id.to_string()),
        Event::Payment(PaymentEvent::RefundSucceeded(refund)) => Some(refund.refund_id.to_string()),
        Event::Payment(PaymentEvent::RefundFailed(refund)) => Some(refund.refund_id.to_string()),
        _ => None,
    }
}

/// Returns the order of an event.
pub fn order_of(event: &Event) -> Option<OrderId> {
    match event {
        Event::Order(OrderEvent::Placed(placed)) => Some(placed.order.order_id),
        Event::Order(OrderEvent::Confirmed(order))
        | Event::Order(OrderEvent::Cancelled(order))
        | Event::Order(OrderEvent::Expired(order))
        | Event::Order(OrderEvent::OutOfStock(order))
        | Event::Order(OrderEvent::RefundRequested(order))
        | Event::Order(OrderEvent::StockRequested(order)) => Some(order.order_id),
        Event::Order(OrderEvent::CancelledAfterPayment(cancelled)) => Some(cancelled.order.order_id),
        Event::Order(OrderEvent::ReturnReceived(returned)) => Some(returned.order_id),
        Event::Order(OrderEvent::LinesCancelled(cancelled)) => Some(cancelled.order_id),
        Event::Order(OrderEvent::ReturnRequested(returned)) => Some(returned.order_id),
        Event::Order(OrderEvent::ReturnDecided(returned)) => Some(returned.order_id),
        Event::Order(OrderEvent::Noted(note)) => Some(note.order_id),
        Event::Order(OrderEvent::ConfirmationRequested(requested)) => Some(requested.order.order_id),
        Event::Order(OrderEvent::Shipped(parcel)) => Some(parcel.order_id),
        Event::Order(OrderEvent::Delivered(order)) => Some(order.order_id),
        Event::Order(OrderEvent::Reowned(order)) => Some(order.order_id),
        Event::Order(OrderEvent::RefundGranted(refund)) => Some(refund.order_id),
        Event::Order(OrderEvent::CaptureRequested(request)) => Some(request.order_id),
        Event::Payment(PaymentEvent::PartCaptured(capture)) => Some(capture.order_id),
        Event::Payment(PaymentEvent::CaptureFailed(capture)) => Some(capture.order_id),
        Event::Payment(PaymentEvent::Authorized(payment) | PaymentEvent::AuthorizationEnding(payment)) => {
            Some(payment.order_id)
        }
        Event::Payment(PaymentEvent::ActionRequired(payment))
        | Event::Payment(PaymentEvent::Captured(payment))
        | Event::Payment(PaymentEvent::Retried(payment)) => Some(payment.order_id),
        Event::Payment(PaymentEvent::Failed(payment)) => Some(payment.outcome.order_id),
        Event::Payment(PaymentEvent::RefundSucceeded(refund)) => Some(refund.order_id),
        Event::Payment(PaymentEvent::RefundFailed(refund)) => Some(refund.order_id),
        Event::Payment(PaymentEvent::DisputeOpened(dispute)) => Some(dispute.order_id),
        Event::Payment(PaymentEvent::DisputeClosed(dispute)) => Some(dispute.order_id),
        Event::Product(ProductEvent::ReservationExpired(reservation)) => Some(reservation.order_id),
        Event::Product(ProductEvent::ReservationLost(reservation)) => Some(reservation.order_id),
        Event::User(_)
        | Event::Order(OrderEvent::StatementReceived(_) | OrderEvent::LinkRequested(_))
        | Event::Payment(PaymentEvent::GatewayReported(_) | PaymentEvent::DisputeReported(_))
        | Event::Product(ProductEvent::StockLow(_) | ProductEvent::StockAnnounced(_))
        | Event::Staff(_)
        | Event::Unknown(_) => None,
    }
}
