//! What became of one order, everywhere: to be compared with what became of another.

use std::collections::BTreeMap;

use domain::orders::{OrderStatus, PaymentStatus};
use domain::payments;
use domain::payments::ledger::{Account, Posting, balance};
use domain::stock::ReservationStatus;
use domain::words::id::OrderId;

use crate::books::Books;
use crate::customer::Customer;

/// What became of an order, without ids, times and the history of how it came about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Story {
    /// Where the order is, and its money as it knows.
    pub order: (OrderStatus, PaymentStatus),
    /// Where the payment is, what was taken and what was given back, in minor units.
    pub payment: Option<(payments::PaymentStatus, i64, i64)>,
    /// How many postings there are, and what they leave.
    pub ledger: (usize, i128),
    /// Where its pieces are.
    pub reservation: Option<ReservationStatus>,
    /// The subjects of the customer's mails, each once.
    pub mails: Vec<String>,
}

impl Story {
    /// Reads an order's story, and which mails came more than once.
    ///
    /// # Errors
    /// There is no such order.
    pub fn of(books: &Books, customer: &Customer<'_>, id: OrderId) -> Result<(Self, Vec<String>), String> {
        let order = books.order(id).ok_or_else(|| format!("there is no order {id}"))?;
        let mut mails: BTreeMap<String, usize> = BTreeMap::new();
        for mail in customer.shop().mails(&customer.email) {
            if mail.text.is_some_and(|text| text.contains(&id.to_string())) {
                *mails.entry(mail.subject).or_default() += 1;
            }
        }
        let twice = mails.iter().filter(|(_, count)| **count > 1).map(|(subject, _)| subject.clone());
        let twice = twice.collect();
        let postings = books.postings(order.payment_id);
        let story = Self {
            order: (order.status, order.payment_status),
            payment: books
                .payment(order.payment_id)
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
