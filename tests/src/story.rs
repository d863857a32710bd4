//! The outcome of one order in all services, comparable with that of another.

use std::collections::BTreeMap;

use domain::orders::{OrderStatus, PaymentStatus};
use domain::payments;
use domain::payments::ledger::{Account, Posting, balance};
use domain::stock::ReservationStatus;
use domain::words::id::OrderId;

use crate::books::Books;
use crate::customer::Customer;

/// The outcome of an order, without ids, times and history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Story {
    /// Whether the order, and its payment if it has one, are the customer's.
    pub is_the_customers: bool,
    /// The order's status and its payment status.
    pub order: (OrderStatus, PaymentStatus),
    /// The payment's status, and the captured and refunded amounts in minor units.
    pub payment: Option<(payments::PaymentStatus, i64, i64)>,
    /// The number of postings, and their balance.
    pub ledger: (usize, i128),
    /// The status of the reservation.
    pub reservation: Option<ReservationStatus>,
    /// The distinct subjects of the mails about the order, to its customer and to the staff, including those that a later mail made
    /// superfluous: a message may be delayed behind later ones.
    pub mails: Vec<String>,
}

impl Story {
    /// Returns an order's story, and the subjects of mails that were sent more than once.
    ///
    /// # Errors
    /// Fails if the order does not exist.
    pub fn of(books: &Books, customer: &Customer<'_>, id: OrderId) -> Result<(Self, Vec<String>), String> {
        let order = books.order(id).ok_or_else(|| format!("the order {id} does not exist"))?;
        let mut mails: BTreeMap<String, usize> = BTreeMap::new();
        for subject in customer.mails_about(id).into_iter().chain(customer.staffs_mails_about(id)) {
            *mails.entry(subject).or_default() += 1;
        }
        // Each refund has a mail of its own, so has each dispute, and each parcel, of which no two have pieces of one SKU.
        let most = |subject: &str| match subject {
            "Your refund is on its way" | "A refund has failed" => order.refunds.len().max(1),
            "A customer disputes a payment" => order.disputes.len().max(1),
            "Your parcel is on its way" => order.progress.len().max(1),
            _ => 1,
        };
        let twice = mails.iter().filter(|(subject, count)| **count > most(subject));
        let twice = twice.map(|(subject, _)| subject.clone());
        let twice = twice.collect();
        for subject in books.overtaken(id) {
            mails.entry(subject).or_default();
        }
        let postings = books.postings(order.payment_id);
        let payment = books.payment(order.payment_id);
        let owners = payment.map(|payment| payment.user_id).into_iter().chain([order.user_id]);
        let story = Self {
            is_the_customers: owners.into_iter().all(|owner| owner.to_string() == customer.user_id),
            order: (order.status, order.payment_status),
            payment: payment
                .map(|payment| (payment.status, payment.captured.amount(), payment.refunded.amount())),
            ledger: (postings.len(), held(postings)),
            reservation: books.reservation(id).map(|reservation| reservation.status),
            mails: mails.into_keys().collect(),
        };
        Ok((story, twice))
    }
}

fn held(postings: &[Posting]) -> i128 {
    balance(Account::GatewayReceivable, postings)
}
