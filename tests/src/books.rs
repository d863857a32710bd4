//! The shop's books: the state of all services and of the payment gateway, and the invariants that it must satisfy.

mod after_sale;
mod reading;

use std::collections::{BTreeMap, BTreeSet};

use domain::events::ReturnedLine;
use domain::invoices::{Invoice, Numbering};
use domain::orders::disputed::DisputeStatus as OrderDisputeStatus;
use domain::orders::fulfillment::Shipment;
use domain::orders::refunds::RefundStatus;
use domain::orders::standing::{DECLINES_COUNT_FOR, MAX_UNPAID, Standing};
use domain::orders::timeline::Entry;
use domain::orders::{Order, OrderStatus, PaymentStatus};
use domain::payments::ledger::{Account, Posting, balance};
use domain::payments::{Dispute, DisputeStatus, Payment, RefundStatus as PaymentRefundStatus};
use domain::promotions::{Promotion, Uses};
use domain::stock::{Reservation, ReservationStatus, Stock};
use domain::words::id::{DisputeId, OrderId, PaymentId, UserId};
use domain::words::locale::Language;
use domain::words::money::Money;
use engines::aws::QueueDepth;
use notifications::mails::mail::Kind;
use notifications::mails::render::Templates;
use serde_json::Value;
use stripe::Intent;

/// What is said of a service that lacks what an event tells. While the event's message is a dead letter, that is as it should be.
pub(crate) const UNHEARD: &str = "has not heard";

/// The whole state of a shop at rest.
#[derive(Default)]
pub struct Books {
    orders: Vec<Order>,
    parcels: BTreeMap<OrderId, Vec<Shipment>>,
    entries: BTreeMap<OrderId, Vec<Entry>>,
    documents: BTreeMap<OrderId, Vec<Invoice>>,
    numberings: Vec<Numbering>,
    standings: Vec<Standing>,
    promotions: Vec<Promotion>,
    uses: Vec<Uses>,
    payments: BTreeMap<PaymentId, Payment>,
    postings: BTreeMap<PaymentId, Vec<Posting>>,
    reservations: BTreeMap<OrderId, Reservation>,
    stock: Vec<Stock>,
    /// The rows of mails that were not sent, or not only sent: most are, and nothing is asked of them.
    unusual_mails: Vec<Value>,
    waiting: Vec<String>,
    intents: Vec<Intent>,
    queues: Vec<QueueDepth>,
}

impl Books {
    /// Returns the invoices and credit notes.
    pub fn documents(&self) -> impl Iterator<Item = &Invoice> {
        self.documents.values().flatten()
    }

    /// Returns the orders.
    #[must_use]
    pub fn orders(&self) -> &[Order] {
        &self.orders
    }

    /// Returns an order.
    #[must_use]
    pub fn order(&self, id: OrderId) -> Option<&Order> {
        self.orders.iter().find(|order| order.order_id == id)
    }

    /// Returns a payment.
    #[must_use]
    pub fn payment(&self, id: PaymentId) -> Option<&Payment> {
        self.payments.get(&id)
    }

    /// Returns the postings of a payment.
    #[must_use]
    pub fn postings(&self, id: PaymentId) -> &[Posting] {
        self.postings.get(&id).map(Vec::as_slice).unwrap_or_default()
    }

    /// Returns the reservation of an order.
    #[must_use]
    pub fn reservation(&self, id: OrderId) -> Option<&Reservation> {
        self.reservations.get(&id)
    }

    /// Returns the subjects of the mails about an order that were not sent, because a later one was sent before.
    #[must_use]
    pub fn overtaken(&self, order: OrderId) -> Vec<String> {
        let is_of = |row: &&Value| row["order_id"]["S"] == order.to_string();
        let overtaken = self.unusual_mails.iter().filter(|row| row["status"]["S"] == "overtaken");
        let kinds =
            overtaken.filter(is_of).map(|row| serde_json::from_value::<Kind>(row["kind"]["S"].clone()));
        let templates = Templates::new("");
        kinds.flatten().map(|kind| templates.subject(kind, Language::En).expect("a subject")).collect()
    }

    /// Returns the violated invariants, one line each. They hold once the shop is at rest and every hold has ended.
    #[must_use]
    pub fn violations(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        wrong.extend(self.waiting.iter().map(|event| format!("an event is still in the outbox: {event}")));
        // A failure queue names records that a stream stopped retrying. Their events are in the outbox, or were sent
        // since.
        let queues = self.queues.iter().filter(|queue| !queue.name.ends_with("outbox-failures"));
        let left = queues.filter(|queue| queue.total() > 0);
        wrong.extend(left.map(|queue| format!("{} messages are in {}", queue.total(), queue.name)));
        self.orders.iter().for_each(|order| self.check_order(order, &mut wrong));
        wrong.extend(self.wrong_parcels());
        wrong.extend(self.wrong_timelines());
        wrong.extend(self.wrong_documents());
        wrong.extend(self.wrong_returns());
        wrong.extend(self.wrong_stock());
        wrong.extend(self.wrong_money());
        wrong.extend(self.wrong_standings());
        wrong.extend(self.wrong_codes());
        // The key of a notification is the event and the recipient, so duplicates cannot exist.
        let done = ["sent", "overtaken", "suppressed", "bounced", "complained"];
        let is_done = |row: &&Value| row["status"]["S"].as_str().is_some_and(|status| done.contains(&status));
        let unsent = self.unusual_mails.iter().filter(|row| !is_done(row));
        wrong.extend(unsent.map(|row| format!("a notification is not sent: {row}")));
        wrong
    }

    /// An order has ended. If it is confirmed, its price less its refunds is held and its pieces are sold; otherwise neither is.
    fn check_order(&self, order: &Order, wrong: &mut Vec<String>) {
        let id = order.order_id;
        if order.is_open() {
            wrong.push(format!("{id} has not ended: {:?}", order.status));
        }
        let confirmed = order.status == OrderStatus::Confirmed;
        let back = order.refunded().map_or(0, Money::amount);
        let payment = self.payments.get(&order.payment_id);
        // What a bank has taken for the customer of an ended order is not owed to them any more.
        let lost = payment.map_or(0, |payment| payment.lost().amount());
        let paid_back = payment.map_or(0, |payment| payment.refunded.amount());
        let due = if confirmed { order.captured().amount() - paid_back } else { lost };
        let held = payment.map_or(0, held);
        let granted = order.refunds.iter().filter(|refund| refund.status != RefundStatus::Failed);
        let granted = granted.map(|refund| refund.amount.amount()).sum::<i64>();
        if confirmed && paid_back > granted {
            wrong.push(format!("{id} has {granted} of refunds, and its payment {paid_back}"));
        }
        for refund in order.refunds.iter().filter(|refund| refund.status == RefundStatus::Requested) {
            let there = payment
                .and_then(|payment| payment.refunds.iter().find(|there| there.refund_id == refund.refund_id));
            // The gateway may take days, and pays nothing back while the payment is disputed.
            let has_taken_on = there.is_some_and(|there| there.status == PaymentRefundStatus::TakenOn);
            if !has_taken_on && payment.is_none_or(|payment| !payment.is_disputed()) {
                wrong.push(format!(
                    "{id} {UNHEARD} what became of its refund {}: {there:?}",
                    refund.refund_id
                ));
            }
        }
        if paid_back != back {
            wrong.push(format!("{id} {UNHEARD} that {paid_back} was refunded, but of {back}"));
        }
        let captured = payment.map_or(0, |payment| payment.captured.amount());
        if held != due && order.capturing.is_some() && captured > order.captured().amount() {
            wrong.push(format!("{id} {UNHEARD} that {captured} was captured, but of {:?}", order.capturing));
        } else if held != due {
            wrong.push(format!("{id} is {:?} and holds {held}, not {due}", order.status));
        }
        let (in_orders, in_payments) = (disputes_of(order), payment.map(disputes_at).unwrap_or_default());
        if in_orders != in_payments {
            let is_behind = in_orders.keys().all(|dispute| in_payments.contains_key(dispute));
            let how = if is_behind { UNHEARD } else { "is wrong" };
            wrong.push(format!("{id} {how} that its disputes are {in_payments:?}: {in_orders:?}"));
        }
        let pieces = self.reservations.get(&id).map(|reservation| reservation.status);
        let is_settled = match pieces {
            Some(ReservationStatus::Committed) => confirmed,
            Some(ReservationStatus::Released | ReservationStatus::Lost | ReservationStatus::TakenBack) => {
                !confirmed
            }
            Some(ReservationStatus::Held | ReservationStatus::Unknown) | None => false,
        };
        if !is_settled {
            wrong.push(format!("{id} is {:?} and its reservation is {pieces:?}", order.status));
        }
    }

    /// Returns violations of the stock's invariants: `available + reserved + sold = received` in every row, nothing is reserved
    /// any more, and the pieces sold are those of committed reservations.
    #[must_use]
    pub fn wrong_stock(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let orders: BTreeSet<OrderId> = self.orders.iter().map(|order| order.order_id).collect();
        let mut sold: BTreeMap<String, u64> = BTreeMap::new();
        for reservation in self.reservations.values() {
            match reservation.status {
                ReservationStatus::Committed => {
                    for line in &reservation.lines {
                        let came_back = reservation.returned.iter().flat_map(|returned| &returned.lines);
                        let came_back = came_back.filter(|back| back.sku == line.sku);
                        let came_back: u64 = came_back.map(ReturnedLine::pieces).sum();
                        *sold.entry(line.sku.to_string()).or_default() +=
                            u64::from(line.quantity.into_inner()) - came_back;
                    }
                }
                ReservationStatus::Held | ReservationStatus::Unknown => {
                    wrong.push(format!("{} is still reserved", reservation.order_id));
                }
                ReservationStatus::Released | ReservationStatus::Lost | ReservationStatus::TakenBack => {}
            }
            if reservation.status == ReservationStatus::Committed && !orders.contains(&reservation.order_id) {
                wrong.push(format!(
                    "the reservation of {} is committed, and the order does not exist",
                    reservation.order_id
                ));
            }
        }
        for stock in &self.stock {
            let total = stock.total();
            let expected = sold.get(&total.sku.to_string()).copied().unwrap_or_default();
            if !stock.balances() || total.reserved != 0 || total.sold != expected {
                wrong.push(format!("the stock of {} is {stock:?}, and {expected} are sold", total.sku));
            }
        }
        wrong
    }

    /// Returns violations of the limits per customer, which hold at any time: an open order has a slot, a customer has
    /// only so many slots, and a payment that was declined within a day is counted.
    #[must_use]
    pub fn wrong_standings(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let newest = self.orders.iter().map(|order| order.updated_at).max().unwrap_or_default();
        for order in &self.orders {
            // A guest's order that has become an account's is in the guest's standing.
            let of_owner = |standing: &&Standing| {
                standing.user_id == order.user_id || standing.merged_into == Some(order.user_id)
            };
            let standings = || self.standings.iter().filter(of_owner);
            let has_slot =
                standings().any(|standing| standing.slots.iter().any(|slot| slot.order_id == order.order_id));
            if order.is_open() && !has_slot {
                wrong.push(format!("{} is open and has no slot", order.order_id));
            }
            let is_counted = standings()
                .any(|standing| standing.declines.iter().any(|decline| decline.order_id == order.order_id));
            // The order was last changed when it was declined, or when it ended soon after.
            let counts = order.updated_at + DECLINES_COUNT_FOR > newest;
            if order.payment_status == PaymentStatus::Failed && counts && !is_counted {
                wrong.push(format!("the decline of {} is not counted", order.order_id));
            }
        }
        let full = self.standings.iter().filter(|standing| standing.slots.len() > MAX_UNPAID);
        wrong.extend(full.map(|standing| format!("{} has {} slots", standing.user_id, standing.slots.len())));
        wrong
    }

    /// Returns violations of the limits of codes, which hold at any time: a code is used by the orders that use it, and by no more
    /// than may.
    #[must_use]
    pub fn wrong_codes(&self) -> Vec<String> {
        let is_used = |order: &&Order| order.is_open() || order.status == OrderStatus::Confirmed;
        let redemptions = || self.orders.iter().filter(is_used).flat_map(|order| &order.redemptions);
        let mut wrong = Vec::new();
        for Uses { code, user_id, used } in &self.uses {
            let of_user = |by: UserId| user_id.is_none_or(|user_id| user_id == by);
            let own =
                redemptions().filter(|redemption| redemption.code == *code && of_user(redemption.user_id));
            let (expected, promotion) =
                (own.count() as u64, self.promotions.iter().find(|promotion| promotion.code == *code));
            let limit = promotion.and_then(|promotion| match user_id {
                Some(_) => promotion.per_customer,
                None => promotion.limit,
            });
            if *used != expected || limit.is_some_and(|limit| *used > u64::from(limit.get())) {
                wrong.push(format!(
                    "{code} is used {used} times, by {expected} orders, of {limit:?}: {user_id:?}"
                ));
            }
        }
        wrong
    }

    /// Returns violations of the ledger's invariants: it balances, and agrees with the payments and with the gateway.
    #[must_use]
    pub fn wrong_money(&self) -> Vec<String> {
        let (mut wrong, mut booked) = (Vec::new(), 0);
        for (id, payment) in &self.payments {
            let postings = self.postings.get(id).map(Vec::as_slice).unwrap_or_default();
            let ledger = balance(Account::GatewayReceivable, postings);
            booked += ledger;
            let balanced = postings.iter().all(|posting| posting.balances() == Ok(true));
            let there = held(payment) - taken_by_disputes(payment);
            if !balanced || ledger != i128::from(there) {
                wrong.push(format!("the ledger has {ledger} for {id}, of which the gateway holds {there}"));
            }
            let (lost, booked_as_lost) = (payment.lost().amount(), balance(Account::DisputeLosses, postings));
            let waits = balance(Account::DisputedFunds, postings) != 0;
            if booked_as_lost != i128::from(lost) || waits != payment.is_disputed() {
                wrong.push(format!("the ledger has {booked_as_lost} as lost for {id}, which has lost {lost}; disputed: {waits}"));
            }
        }
        for id in self.postings.keys().filter(|id| !self.payments.contains_key(id)) {
            wrong.push(format!("the ledger has postings of {id}, which does not exist"));
        }
        let mut charges: BTreeMap<Option<&str>, usize> = BTreeMap::new();
        for intent in &self.intents {
            *charges.entry(intent.order_id()).or_default() += intent.successful_charges;
        }
        let twice = charges.into_iter().filter(|(_, count)| *count > 1);
        wrong.extend(twice.map(|(order, count)| format!("{order:?} was charged {count} times")));
        let at_gateway: i128 = self.intents.iter().map(|intent| i128::from(intent.held())).sum();
        if at_gateway != booked {
            wrong.push(format!("the gateway holds {at_gateway}, the ledger {booked}"));
        }
        wrong
    }
}

fn held(payment: &Payment) -> i64 {
    payment.captured.amount() - payment.refunded.amount()
}

/// What disputes have taken from the shop's balance at the gateway, fees included.
fn taken_by_disputes(payment: &Payment) -> i64 {
    let taken =
        |dispute: &Dispute| dispute.withdrawn.amount() - dispute.reinstated.amount() + dispute.fee.amount();
    payment.disputes.iter().map(taken).sum()
}

/// The disputes that an order knows.
fn disputes_of(order: &Order) -> BTreeMap<DisputeId, OrderDisputeStatus> {
    order.disputes.iter().map(|dispute| (dispute.dispute_id, dispute.status)).collect()
}

/// The disputes that a payment's order has to know. An inquiry is none.
fn disputes_at(payment: &Payment) -> BTreeMap<DisputeId, OrderDisputeStatus> {
    let status = |dispute: &Dispute| match dispute.status {
        DisputeStatus::Open => Some(OrderDisputeStatus::Open),
        DisputeStatus::Won => Some(OrderDisputeStatus::Won),
        DisputeStatus::Lost => Some(OrderDisputeStatus::Lost),
        DisputeStatus::Inquiry | DisputeStatus::InquiryClosed | DisputeStatus::Unknown => None,
    };
    let known = payment.disputes.iter();
    known.filter_map(|dispute| Some((dispute.dispute_id, status(dispute)?))).collect()
}
