//! The order service's operations, as in `functions/orders`.

use std::collections::btree_map::Entry;

use domain::events::{ReturnedLine, UserEvent, UserMerged};
use domain::invoices::{Draft, Invoice, Numbering, year_of};
use domain::orders::cancelling::{CancelLines, Cancelling};
use domain::orders::fulfillment::{Dispatch, Parcel};
use domain::orders::refunds::{RefundRequest, RefundStatus};
use domain::orders::returns::{Confirmed, Receipt, ReturnKind, ReturnRequest, Returning, Verdict};
use domain::orders::timeline::Actor;
use domain::orders::{Change, Command, CustomerCommand, Order, OrderStatus, PaymentStatus};
use domain::settings::{Policy, Settings};
use domain::stock::Reservation;
use domain::words::goods::Quantity;
use domain::words::id::{CancellationId, OrderId, RefundId, ReturnId, ShipmentId};
use domain::words::line::Line;
use domain::words::money::{Currency, Money};
use domain::words::setting::{Label, Note};
use jiff::Timestamp;

use crate::world::{Message, Running, World, account, order_id, user};

impl World {
    /// `place-order`, up to the product service's answer.
    pub fn begin_to_place(&mut self, number: usize) {
        if self.orders.contains_key(&order_id(number)) {
            return;
        }
        if let Ok(held) = self.reserve(number) {
            self.running.push(Running::Placing { number, held, started: self.now });
        }
    }

    /// `place-order`, from there on.
    pub fn place(&mut self, number: usize, held: Reservation, started: Timestamp) {
        let Ok((order, event)) = Order::place(self.checkout(number), held, started) else { return };
        // A duplicate of the request may have been faster.
        if let Entry::Vacant(place) = self.orders.entry(order.order_id) {
            place.insert(order);
            self.publish([event]);
        }
    }

    /// `cancel-order`, in a shop that lets customers cancel paid orders or in one that does not.
    pub fn cancel_order(&mut self, number: usize, may_be_paid: bool) {
        let Some(order) = self.orders.get(&order_id(number)) else { return };
        let cancelled =
            if may_be_paid { order.cancel_even_if_paid(self.now) } else { order.cancel(self.now) };
        if let Ok(Some(change)) = cancelled {
            self.change_order(change, None);
        }
    }

    /// `create-shipment`, for one piece.
    pub fn ship_one(&mut self, number: usize) {
        let Some(order) = self.orders.get(&order_id(number)) else { return };
        let Some(line) = order.lines.iter().find(|line| order.left_to_ship(&line.sku) > 0) else { return };
        let line = Line { sku: line.sku.clone(), quantity: Quantity::try_new(1).unwrap() };
        let parcel = Parcel {
            lines: Some(vec![line].try_into().unwrap()),
            carrier: Label::try_new("A carrier").unwrap(),
            tracking_number: None,
            tracking_url: None,
            although_disputed: false,
        };
        let shipment_id = ShipmentId::from_parts(0, self.published.len() as u128);
        if let Ok(shipped) = order.ship(shipment_id, &parcel, self.now) {
            let past = self.documents_of(order.order_id);
            let draft = Draft::of_shipment(order, &shipped.shipment, &past).unwrap();
            let Dispatch { change, also, .. } = shipped.invoiced(draft.total);
            self.issue(draft);
            self.change_order(change.unwrap(), None);
            self.publish(also);
        }
    }

    /// `cancel-lines`, of one piece.
    pub fn cancel_one(&mut self, number: usize) {
        let Some(order) = self.orders.get(&order_id(number)) else { return };
        let Some(line) = order.lines.iter().find(|line| order.left_to_ship(&line.sku) > 0) else { return };
        let line = Line { sku: line.sku.clone(), quantity: Quantity::try_new(1).unwrap() };
        let request = CancelLines {
            lines: vec![line].try_into().unwrap(),
            reason: Note::try_new("It is broken.").unwrap(),
        };
        let id = CancellationId::from_parts(0, self.published.len() as u128);
        if let Ok(Cancelling { change, also, .. }) = order.cancel_lines(id, &request, self.now) {
            self.change_order(change, None);
            self.publish(also);
        }
    }

    /// `refund-order`: of a piece, or of an amount.
    pub fn grant_refund(&mut self, number: usize, is_of_a_piece: bool) {
        let Some(order) = self.orders.get(&order_id(number)) else { return };
        let line = Line { sku: order.lines[0].sku.clone(), quantity: Quantity::try_new(1).unwrap() };
        let request = RefundRequest {
            lines: is_of_a_piece.then(|| vec![line].try_into().unwrap()),
            shipping: false,
            amount: (!is_of_a_piece).then(|| Money::new(700, Currency::EUR).unwrap()),
            reason: Note::try_new("It was chipped.").unwrap(),
            preview: false,
        };
        let refund_id = RefundId::from_parts(0, self.published.len() as u128);
        if let Ok((Some(change), _)) = order.grant_refund(refund_id, &request, None, self.now) {
            self.change_order(change, None);
        }
    }

    /// `request-return`, of a piece or of everything.
    pub fn request_return(&mut self, number: usize, is_withdrawal: bool, is_whole: bool) {
        let Some(order) = self.orders.get(&order_id(number)) else { return };
        let line = order.lines.iter().find(|line| order.left_to_return(&line.sku) > 0);
        let line = line
            .filter(|_| !is_whole)
            .map(|line| Line { sku: line.sku.clone(), quantity: Quantity::try_new(1).unwrap() });
        let request = ReturnRequest {
            kind: if is_withdrawal { ReturnKind::Withdrawal } else { ReturnKind::Defect },
            lines: line.map(|line| vec![line].try_into().unwrap()),
            note: None,
            confirm: Confirmed,
        };
        let return_id = ReturnId::from_parts(0, self.published.len() as u128);
        let window = order.return_window([], &Policy::default());
        if let Ok(returning) = order.request_return(return_id, &request, window, self.now) {
            self.change_return(returning);
        }
    }

    /// `decide-return` and `receive-return`, of the first return that waits: all of it comes back, one piece of a line is lost.
    pub fn receive_return(&mut self, number: usize, is_accepted: bool) {
        let Some(order) = self.orders.get(&order_id(number)) else { return };
        let Some(open) = order.returns.iter().find(|returned| returned.is_open()) else { return };
        let verdict = Verdict { accepted: is_accepted, reason: None };
        if let Ok(returning) = order.decide_return(open.return_id, &verdict, self.now)
            && returning.change.is_some()
        {
            return self.change_return(returning);
        }
        let lines = open.lines.iter().map(|line| ReturnedLine {
            sku: line.sku.clone(),
            restock: line.quantity.into_inner() - 1,
            write_off: 1,
        });
        let receipt = Receipt { lines: lines.collect::<Vec<_>>().try_into().unwrap(), deduction: None };
        let (staff, now) = (user(9), self.now);
        if let Ok(returning) = order.receive_return(open.return_id, &receipt, staff, None, now) {
            self.change_return(returning);
        }
    }

    fn change_return(&mut self, Returning { change, also, .. }: Returning) {
        if let Some(change) = change {
            self.change_order(change, None);
            self.publish(also);
        }
    }

    /// `expire-orders`.
    pub fn expire_orders(&mut self) {
        let due: Vec<Change> = self.orders.values().filter_map(|order| order.when_due(self.now)).collect();
        for change in due {
            self.change_order(change, None);
        }
    }

    /// `apply-payment-event`.
    pub fn apply_payment_event(&mut self, message: &Message) -> Result<(), String> {
        let command = Command::try_from(&message.event).map_err(|error| error.to_string())?;
        let order_id = command.order_id();
        let Some(order) = self.orders.get(&order_id) else {
            let is_no_news = matches!(command, Command::ReservationExpired(_));
            return if is_no_news { Ok(()) } else { Err(format!("the order {order_id} does not exist")) };
        };
        if let Some(change) = order.apply(&command, self.now) {
            // In the transaction of the change, which a mark prevents.
            if let (Command::SettleRefund { refund_id, .. }, false) = (&command, self.is_marked(message)) {
                let past = self.documents_of(order_id);
                let draft = Draft::of_refund(&change.order, *refund_id, &past).unwrap();
                draft.into_iter().for_each(|draft| self.issue(draft));
            }
            self.change_order(change, Some(message));
        }
        Ok(())
    }

    /// The user service finds out that a guest is the owner of an account.
    pub fn merge_guest(&mut self, number: usize) {
        self.publish([UserEvent::Merged(UserMerged { from: user(number), into: account(number) })]);
    }

    /// `apply-customer-event`, which leaves no mark.
    pub fn apply_customer_event(&mut self, message: &Message) -> Result<(), String> {
        let command = CustomerCommand::try_from(&message.event).map_err(|error| error.to_string())?;
        let changed = self.orders.values().filter_map(|order| match command {
            CustomerCommand::Merge { from, into } => order.reown(from, into, self.now),
            CustomerCommand::Erase(customer) => order.erase_customer(customer, self.now),
        });
        for change in changed.collect::<Vec<_>>() {
            self.change_order(change, None);
        }
        Ok(())
    }

    /// Issues a document under the next number of its series.
    fn issue(&mut self, draft: Draft) {
        let (series, year) = (Settings::default().series_of(draft.kind), year_of(self.now));
        let same = |document: &&Invoice| {
            document.number.series() == series.as_ref() && document.number.year() == year
        };
        let last = self.documents.iter().filter(same).map(|document| document.number.place()).max();
        let numbering = Numbering { next: last.unwrap_or_default() + 1, ..Numbering::new(series, year) };
        self.documents.push(draft.issue(numbering.take().0, None, self.now));
    }

    pub fn documents_of(&self, order: OrderId) -> Vec<Invoice> {
        self.documents.iter().filter(|document| document.content.order_id == order).cloned().collect()
    }

    fn change_order(&mut self, change: Change, cause: Option<&Message>) {
        match cause {
            Some(message) if self.is_marked(message) => return,
            Some(message) => self.mark(message),
            None => {}
        }
        let before = &self.orders[&change.order.order_id];
        assert_goes_on(before, &change.order);
        assert_told(before, &change);
        let refunded = change.order.refunded().unwrap().amount();
        let most_refunded = self.most_refunded.entry(change.order.order_id).or_default();
        *most_refunded = refunded.max(*most_refunded);
        self.orders.insert(change.order.order_id, change.order);
        self.publish(change.event);
    }

    pub fn has_shipped(&self, order: OrderId) -> bool {
        self.orders.get(&order).is_some_and(Order::has_shipped)
    }

    pub fn is_confirmed(&self, order: OrderId) -> bool {
        self.orders.get(&order).is_some_and(|order| order.status == OrderStatus::Confirmed)
    }
}

/// Whatever changes of an order, its timeline tells: but for attempts to pay of which nothing has come, and what is erased.
fn assert_told(before: &Order, change: &Change) {
    let after = &change.order;
    let told =
        change.entries(before, Actor::System).len() + after.milestones().len() - before.milestones().len();
    let mut silent = Order {
        updated_at: before.updated_at,
        tells_again: before.tells_again,
        shipping_address: before.shipping_address.clone(),
        ..after.clone()
    };
    // What is to be captured, the parcel tells, or what is captured.
    if let (Some(before), Some(after)) = (&before.capturing, &mut silent.capturing) {
        after.requested = before.requested;
    }
    let has_ended = !after.is_open();
    match after.payment_status {
        PaymentStatus::Pending | PaymentStatus::ActionRequired => {
            silent.status = if has_ended { after.status } else { before.status };
            silent.payment_status = before.payment_status;
            silent.payment_attempt = before.payment_attempt;
        }
        PaymentStatus::Failed if has_ended => {
            silent.payment_status = before.payment_status;
            silent.payment_attempt = before.payment_attempt;
        }
        _ => {}
    }
    assert!(told > 0 || silent == *before, "{before:?} became {after:?}, and nothing is told");
}

/// An ended order stays ended, and the payment's progress never decreases.
fn assert_goes_on(before: &Order, after: &Order) {
    use OrderStatus::{AwaitingPayment, Cancelled, Confirmed, Expired, PaymentFailed};
    let goes_on = before.status == after.status
        || matches!(
            (before.status, after.status),
            (AwaitingPayment, PaymentFailed | Confirmed | Cancelled | Expired)
                | (PaymentFailed, AwaitingPayment | Confirmed | Cancelled | Expired)
                | (Confirmed, Cancelled)
        );
    assert!(goes_on, "{:?} became {:?}", before.status, after.status);
    let stays = before.status == after.status || !before.has_shipped();
    assert!(stays, "{before:?} was shipped, and became {after:?}");
    let known = |order: &Order| match order.payment_status {
        PaymentStatus::Pending => (0, order.payment_attempt, 0),
        PaymentStatus::ActionRequired => (0, order.payment_attempt, 1),
        PaymentStatus::Failed => (0, order.payment_attempt, 2),
        PaymentStatus::Authorized => (1, 0, 0),
        PaymentStatus::Captured => (2, 0, 0),
        PaymentStatus::RefundFailed => (3, 0, 0),
        PaymentStatus::Refunded => (4, 0, 0),
        PaymentStatus::Unknown => panic!("never written"),
    };
    let has_come_back = before.refunds.iter().zip(&after.refunds).any(|(before, after)| {
        (before.status, after.status) == (RefundStatus::Succeeded, RefundStatus::Failed)
    });
    let goes_back = has_come_back
        && matches!(after.payment_status, PaymentStatus::Captured | PaymentStatus::RefundFailed);
    assert!(goes_back || known(before) <= known(after), "{before:?} became {after:?}");
}
