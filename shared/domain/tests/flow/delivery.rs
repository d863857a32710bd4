//! Delivery of messages, schedules, and operations under way.

use domain::events::{Event, OrderEvent, Queue};
use domain::orders::{PaymentStatus, REFUND_REQUEST};
use domain::payments::{CAPTURED_AHEAD, REFUND_LOOK_UP};
use domain::words::hold::{GRACE, HOLD};
use domain::words::id::PaymentId;
use jiff::SignedDuration;

use crate::gateway::{AUTHORIZED_FOR, Card};
use crate::invariants::order_of;
use crate::paying::Fault;
use crate::step::Schedule;
use crate::world::{Message, Running, World};

impl World {
    /// Delivers a message to its consumer.
    pub fn deliver(&mut self, index: usize) {
        let message = self.messages[index].clone();
        let handled = match message.queue {
            Queue::OrderEvents => self.apply_payment_event(&message),
            Queue::StockCommands => self.settle_reservation(&message),
            Queue::CustomerEvents => self.apply_customer_event(&message),
            Queue::NotificationRequests | Queue::AccountMails => self.send_notification(&message),
            // Nothing that the staff do is written again for being recorded.
            Queue::AuditEvents => Ok(()),
            // Done only when the gateway has answered.
            Queue::PaymentCommands => {
                self.messages[index].failure = self.begin_to_pay(index).err();
                return;
            }
        };
        self.messages[index].done |= handled.is_ok();
        self.messages[index].failure = handled.err();
    }

    /// Delivers one of the messages that are done, or are not.
    pub fn deliver_one(&mut self, pick: usize, done: bool) {
        let found: Vec<usize> =
            (0..self.messages.len()).filter(|index| self.messages[*index].done == done).collect();
        if !found.is_empty() {
            self.deliver(found[pick % found.len()]);
        }
    }

    /// Performs the next step of an operation under way.
    pub fn proceed(&mut self, index: usize, fault: Fault) {
        match self.running.remove(index) {
            Running::Placing { number, held, started } => self.place(number, held, started),
            Running::Paying(paying) => {
                let paying = self.pay(*paying, fault);
                self.running.extend(paying.map(|paying| Running::Paying(Box::new(paying))));
            }
        }
    }

    pub fn fire(&mut self, schedule: Schedule) {
        match schedule {
            Schedule::ExpireOrders => self.expire_orders(),
            Schedule::ExpireReservations => self.expire_reservations(),
            Schedule::ReconcilePayments => self.reconcile_payments(),
        }
    }

    /// Drops a message to the payment service after its first try, which has recorded its request. So the schedule can
    /// complete it. No schedule knows that an order has another owner, so that message is not dropped here.
    pub fn bury(&mut self, pick: usize) {
        let is_known = |message: &&mut Message| {
            let order = order_of(&message.event);
            let payment = order.and_then(|order| self.payments.get(&PaymentId::of(order)));
            let is_placed = matches!(message.event, Event::Order(OrderEvent::Placed(_)));
            let is_reowned = matches!(message.event, Event::Order(OrderEvent::Reowned(_)));
            payment.is_some_and(|payment| is_placed || (payment.cancel_requested && !is_reowned))
        };
        let tried = self.messages.iter_mut().filter(|message| message.queue == Queue::PaymentCommands);
        let mut tried: Vec<&mut Message> = tried.filter(is_known).collect();
        if !tried.is_empty() {
            let pick = pick % tried.len();
            tried[pick].done = true;
        }
    }

    /// Loses a message that notifies another service of an order's end. If the order knew of the payment when it ended, and that
    /// it had captured nothing, only that message can end it, so it is not lost here.
    pub fn lose(&mut self, pick: usize) {
        let can_be_missed = |message: &Message| match &message.event {
            Event::Order(OrderEvent::Cancelled(order)) | Event::Order(OrderEvent::Expired(order)) => {
                let is_known = self.orders[&order.order_id].payment_status != PaymentStatus::Pending;
                let can_pay =
                    matches!(self.card(order.order_id), Card::Good | Card::SlowToRefund | Card::CapturedOnce);
                message.queue == Queue::PaymentCommands && can_pay && !is_known
            }
            Event::Order(OrderEvent::CancelledAfterPayment(cancelled))
                if message.queue == Queue::StockCommands =>
            {
                self.orders[&cancelled.order.order_id].tells_again
            }
            Event::Order(OrderEvent::CancelledAfterPayment(_) | OrderEvent::OutOfStock(_)) => {
                message.queue == Queue::PaymentCommands
            }
            _ => false,
        };
        let found: Vec<usize> =
            (0..self.messages.len()).filter(|index| can_be_missed(&self.messages[*index])).collect();
        if !found.is_empty() {
            self.messages[found[pick % found.len()]].done = true;
        }
    }

    /// Completes operations under way and delivers all messages, and the messages that these cause, except those of one
    /// queue.
    pub fn let_all_but(&mut self, queue: Queue) {
        for _ in 0..4 {
            self.finish_running();
            self.deliver_pending(|message| message.queue != queue);
        }
    }

    /// Completes everything: operations under way, messages, schedules, holds.
    pub fn come_to_rest(&mut self) {
        // Banks decide some day, and the shop asks for disputes each hour.
        for order in self.orders.keys().copied().collect::<Vec<_>>() {
            self.gateway.bank_decides(order, false);
        }
        self.deliver_all();
        let short =
            [HOLD, GRACE, SignedDuration::from_mins(1), REFUND_REQUEST, REFUND_REQUEST, REFUND_LOOK_UP];
        // What is authorised ends, and whatever follows from that.
        for pause in short.into_iter().chain([AUTHORIZED_FOR - CAPTURED_AHEAD]).chain(short) {
            self.wait(pause);
            self.fire(Schedule::ExpireOrders);
            self.fire(Schedule::ExpireReservations);
            self.fire(Schedule::ReconcilePayments);
            for order in self.orders.keys().copied().collect::<Vec<_>>() {
                while self.hear_of_dispute(order) || self.hear_of_returned_refund(order) {}
            }
            self.deliver_all();
        }
    }

    pub fn finish_running(&mut self) {
        while !self.running.is_empty() {
            self.proceed(0, Fault::None);
        }
    }

    fn deliver_all(&mut self) {
        self.finish_running();
        // More often than any message is tried.
        for _ in 0..8 {
            if !self.deliver_pending(|_| true) {
                return;
            }
        }
        let stuck = self.messages.iter().find(|message| !message.done);
        panic!("redelivered indefinitely: {stuck:?}");
    }

    /// Delivers the pending messages; returns whether there were any.
    fn deliver_pending(&mut self, wanted: impl Fn(&Message) -> bool) -> bool {
        let is_pending = |index: &usize| !self.messages[*index].done && wanted(&self.messages[*index]);
        let pending: Vec<usize> = (0..self.messages.len()).filter(is_pending).collect();
        for index in &pending {
            self.deliver(*index);
            self.finish_running();
        }
        !pending.is_empty()
    }

    /// `send-notification`: once per event, including redeliveries.
    fn send_notification(&mut self, message: &Message) -> Result<(), String> {
        if self.mails.iter().all(|(id, _)| *id != message.id) {
            self.mails.push((message.id, message.event.clone()));
        }
        Ok(())
    }
}
