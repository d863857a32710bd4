//! Measures the time from the POST of an order to its confirmation mail, with every function warm.

use std::time::{Duration, Instant};

use super::table::markdown;
use super::visitor::{Visitor, text};
use super::{Error, settle};
use dev::seed::{ADMIN, CUSTOMER, first_order};
use engines::aws::Mail;
use runtime::cloud::Cloud;
use runtime::host::median;
use serde_json::json;

/// Far longer than a confirmation takes.
const DEADLINE: Duration = Duration::from_secs(30);

pub(super) struct Orders {
    answered: Vec<Duration>,
    confirmed: Vec<Duration>,
}

/// Places `orders` orders, each when the shop is at rest after the previous one.
pub(super) async fn measure(cloud: &Cloud, orders: usize) -> Result<Orders, Error> {
    deliver(cloud, orders).await?;
    let customer = Visitor::signed_in(cloud, &CUSTOMER).await?;
    let mut measured = Orders { answered: Vec::new(), confirmed: Vec::new() };
    for number in 0..orders {
        let mut mails = cloud.endpoint().mailbox().subscribe();
        let seen = confirmations(&*mails.borrow_and_update());
        let posted = Instant::now();
        let order =
            customer.post("/orders", Some(&format!("timed-{number}")), &first_order("pm_card_visa")).await?;
        measured.answered.push(posted.elapsed());
        let confirmed = mails.wait_for(|mails| confirmations(mails) > seen);
        tokio::time::timeout(DEADLINE, confirmed).await.map_err(|_| "no confirmation mail")??;
        measured.confirmed.push(posted.elapsed());
        settle(cloud).await?;
        let order = customer.get(&format!("/orders/{}", text(&order, "order_id")?)).await?;
        if order["status"] != "confirmed" {
            return Err(format!("the order is not confirmed: {order}").into());
        }
    }
    Ok(measured)
}

/// Adds to the stock what the orders take from it, since the seed has enough for a few dozen.
async fn deliver(cloud: &Cloud, orders: usize) -> Result<(), Error> {
    let admin = Visitor::signed_in(cloud, &ADMIN).await?;
    let order = first_order("pm_card_visa");
    for line in order["lines"].as_array().into_iter().flatten() {
        let pieces = line["quantity"].as_u64().unwrap_or_default() * u64::try_from(orders)?;
        let delivery = json!({ "delta": pieces, "reason": "delivery" });
        let sku = text(line, "sku")?;
        let path = format!("/stock/{sku}/adjustments");
        admin.post(&path, Some(&format!("timed-{sku}")), &delivery).await?;
    }
    settle(cloud).await
}

/// Counts confirmation mails. No other customer orders meanwhile.
fn confirmations<'a>(mails: impl IntoIterator<Item = &'a Mail>) -> usize {
    mails.into_iter().filter(|mail| mail.subject.contains("confirmed")).count()
}

impl Orders {
    pub(super) fn markdown(&self) -> String {
        let row = |what: &str, took: &[Duration]| {
            let figures = [took.iter().min().copied(), median(took), took.iter().max().copied()];
            let figures =
                figures.map(|took| format!("{:.0}", took.unwrap_or_default().as_secs_f64() * 1_000.0));
            [what.to_owned()].into_iter().chain(figures).collect()
        };
        let rows =
            [row("POST to its reply", &self.answered), row("POST to the confirmation mail", &self.confirmed)];
        let orders = self.confirmed.len();
        let table = markdown(&["", "min, ms", "median, ms", "max, ms"], &rows);
        format!("{orders} orders, one after another, with every function warm.\n\n{table}")
    }
}
