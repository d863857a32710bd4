//! How long a customer waits: from the POST of an order to its confirmation mail, everything warm.

use std::time::{Duration, Instant};

use super::table::markdown;
use super::visitor::{Visitor, text};
use super::{Error, settle};
use dev::seed::{CUSTOMER, first_order};
use engines::aws::Mail;
use runtime::cloud::Cloud;
use runtime::host::median;

/// Far longer than it takes.
const WITHIN: Duration = Duration::from_secs(30);

pub(super) struct Orders {
    answered: Vec<Duration>,
    confirmed: Vec<Duration>,
}

/// Places so many orders, each after the one before has come to rest.
pub(super) async fn measure(cloud: &Cloud, orders: usize) -> Result<Orders, Error> {
    let customer = Visitor::signed_in(cloud, &CUSTOMER).await?;
    let mut measured = Orders { answered: Vec::new(), confirmed: Vec::new() };
    for number in 0..orders {
        let mut mails = cloud.endpoint().mailbox().subscribe();
        let seen = confirmations(&mails.borrow_and_update());
        let posted = Instant::now();
        let order =
            customer.post("/orders", Some(&format!("timed-{number}")), &first_order("pm_card_visa")).await?;
        measured.answered.push(posted.elapsed());
        let confirmed = mails.wait_for(|mails| confirmations(mails) > seen);
        tokio::time::timeout(WITHIN, confirmed).await.map_err(|_| "no confirmation mail")??;
        measured.confirmed.push(posted.elapsed());
        settle(cloud).await?;
        let order = customer.get(&format!("/orders/{}", text(&order, "order_id")?)).await?;
        if order["status"] != "confirmed" {
            return Err(format!("the order is not confirmed: {order}").into());
        }
    }
    Ok(measured)
}

/// Nobody else orders anything meanwhile.
fn confirmations(mails: &[Mail]) -> usize {
    mails.iter().filter(|mail| mail.subject.contains("confirmed")).count()
}

impl Orders {
    pub(super) fn markdown(&self) -> String {
        let row = |what: &str, took: &[Duration]| {
            let figures = [took.iter().min().copied(), median(took), took.iter().max().copied()];
            let figures =
                figures.map(|took| format!("{:.0}", took.unwrap_or_default().as_secs_f64() * 1_000.0));
            [what.to_owned()].into_iter().chain(figures).collect()
        };
        let rows = [
            row("POST to its answer", &self.answered),
            row("POST to the confirmation mail", &self.confirmed),
        ];
        let orders = self.confirmed.len();
        let table = markdown(&["", "least, ms", "median, ms", "most, ms"], &rows);
        format!("{orders} orders, one after the other, every function warm.\n\n{table}")
    }
}
