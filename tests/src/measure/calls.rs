//! Measures what one call of each operation uses. Every function has its own credentials, so the endpoint's meter can
//! tell them apart.

mod carts;
mod guests;
mod keeping;
mod paying;
mod people;
mod settings;
mod shipping;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::table::{markdown, units};
use super::visitor::{Visitor, text};
use super::{Error, settle};
use crate::shop::token_in;
use dev::seed::{ADMIN, CUSTOMER, first_order};
use engines::aws::{Reading, Service, Usage};
use runtime::cloud::Cloud;

/// The measured calls.
#[derive(Default)]
pub(super) struct Calls {
    rows: Vec<Row>,
    order: Option<Step>,
}

/// One operation's usage in one step.
struct Row {
    operation: String,
    what: String,
    invocations: usize,
    usage: BTreeMap<String, Usage>,
}

/// Everything that one step caused.
struct Step {
    reading: Reading,
    invocations: BTreeMap<String, usize>,
    mails: usize,
}

/// Makes the calls one by one, each when the shop is at rest after the previous one.
pub(super) async fn measure(cloud: &Cloud) -> Result<Calls, Error> {
    // The calls that a function makes when it starts are not the operation's.
    cloud.host().warm(cloud.host().operations().collect::<Vec<_>>()).await;
    let mut recorder = Recorder { cloud, calls: Calls::default() };
    recorder.accounts().await?;
    recorder.staff().await?;
    recorder.catalogue().await?;
    recorder.settings().await?;
    let customer = Visitor::signed_in(cloud, &CUSTOMER).await?;
    recorder.a_paid_order(&customer).await?;
    recorder.paying(&customer).await?;
    recorder.orders_that_end(&customer).await?;
    recorder.carts(&customer).await?;
    recorder.guests().await?;
    recorder.nothing_to_do().await?;
    Ok(recorder.calls)
}

struct Recorder<'a> {
    cloud: &'a Cloud,
    calls: Calls,
}

impl Recorder<'_> {
    /// Measures `work` and everything that it causes, and records the usage of these operations.
    async fn step<T>(
        &mut self,
        what: &str,
        operations: &[&str],
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<(T, Step), Error> {
        settle(self.cloud).await?;
        let (since, mails) = (Timestamp::now(), self.cloud.endpoint().mailbox().all().len());
        self.cloud.endpoint().meter().reset();
        let done = work.await.map_err(|error| format!("{what}: {error}"))?;
        settle(self.cloud).await?;
        let reading = self.cloud.endpoint().meter().read();
        let mut invocations = BTreeMap::new();
        for invoked in self.cloud.invocations().since(since) {
            if let Some(error) = invoked.error {
                return Err(format!("{what}: {} failed: {error}", invoked.operation).into());
            }
            *invocations.entry(invoked.operation).or_default() += 1;
        }
        for operation in operations {
            let invocations = invocations.get(*operation).copied();
            let invocations = invocations.ok_or_else(|| format!("{what}: {operation} did not run"))?;
            let (operation, usage) = ((*operation).to_owned(), reading.of(operation));
            self.calls.rows.push(Row { operation, what: what.to_owned(), invocations, usage });
        }
        let mails = self.cloud.endpoint().mailbox().all().len() - mails;
        Ok((done, Step { reading, invocations, mails }))
    }

    /// Returns the token of the newest link to a page that was mailed to an address.
    fn link_token(&self, to: &str, page: &str) -> Result<String, Error> {
        let mut mails = self.cloud.endpoint().mailbox().to(to).into_iter().rev();
        let token = mails.find_map(|mail| token_in(mail.text.as_deref()?, page));
        Ok(token.ok_or_else(|| format!("no link to {page} was mailed to {to}"))?)
    }

    async fn catalogue(&mut self) -> Result<(), Error> {
        let admin = Visitor::signed_in(self.cloud, &ADMIN).await?;
        let product = json!({
            "title": "A measured product",
            "description": "Made to be counted.",
            "slug": "a-measured-product",
            "category": "coffee",
            "status": "active",
            "variants": [{
                "sku": "MEASURED-1",
                "title": "One",
                "price": { "amount": 100, "currency": "EUR" },
                "tax_rate": 1000,
            }],
        });
        let create = admin.post("/products", None, &product);
        let (product, _) = self.step("one variant", &["create-product"], create).await?;
        let delivery = json!({ "delta": 10, "reason": "delivery" });
        let adjust = admin.post("/stock/MEASURED-1/adjustments", Some("delivery"), &delivery);
        self.step("a delivery", &["adjust-stock"], adjust).await?;
        let by_id = format!("/products/{}", text(&product, "product_id")?);
        self.step("by id", &["get-product"], admin.get(&by_id)).await?;
        self.step("by slug", &["get-product"], admin.get("/products/a-measured-product")).await?;
        let (found, _) = self.step("newest", &["list-products"], admin.get("/products")).await?;
        self.rename_last(&format!("newest {}", items(&found)));
        let category = admin.get("/products?category=coffee");
        let (found, _) = self.step("a category", &["list-products"], category).await?;
        self.rename_last(&format!("{} of a category", items(&found)));
        self.keeping(&admin, &text(&product, "product_id")?).await
    }

    async fn a_paid_order(&mut self, customer: &Visitor<'_>) -> Result<(), Error> {
        let all = [
            "place-order",
            "reserve-stock",
            "orders.relay-events",
            "process-payment",
            "payments.relay-events",
            "apply-payment-event",
            "settle-reservation",
            "send-notification",
        ];
        let what = "an order of two lines, paid";
        let (body, key) = (first_order("pm_card_visa"), Some("measured"));
        let (order, step) = self.step(what, &all, customer.post("/orders", key, &body)).await?;
        self.calls.order = Some(step);
        let again = customer.post("/orders", key, &body);
        self.step("the same request again", &["place-order"], again).await?;
        let order = text(&order, "order_id")?;
        let path = format!("/orders/{order}");
        self.step("by id", &["get-order"], customer.get(&path)).await?;
        let path = format!("{path}?expand=user");
        self.step("with its customer", &["get-order", "get-contact"], customer.get(&path)).await?;
        let (found, _) = self.step("newest", &["list-orders"], customer.get("/orders")).await?;
        self.rename_last(&format!("newest {}", items(&found)));
        let path = format!("/payments/{}", self.payment_of(&order).await?);
        self.step("by id", &["get-payment"], customer.get(&path)).await?;
        self.shipping(customer, &order).await
    }

    async fn orders_that_end(&mut self, customer: &Visitor<'_>) -> Result<(), Error> {
        // The bank asks the customer to confirm, so the order stays open.
        let open = async |recorder: &mut Self, key: &str, all: &[&str]| {
            let order = first_order("pm_card_authenticationRequired");
            let order = customer.post("/orders", Some(key), &order);
            Ok::<_, Error>(recorder.step("an order, to be confirmed", all, order).await?.0)
        };
        let order = open(self, "to-cancel", &["place-order"]).await?;
        let path = format!("/orders/{}/cancellation", text(&order, "order_id")?);
        let body = json!({});
        let cancel = customer.post(&path, None, &body);
        let all = [
            "cancel-order",
            "orders.relay-events",
            "settle-reservation",
            "process-payment",
            "send-notification",
        ];
        self.step("an unpaid order is cancelled", &all, cancel).await?;

        let order = open(self, "to-expire", &[]).await?;
        let held_until: Timestamp = text(&order, "held_until")?.parse()?;
        let what = "one order's hold has ended";
        // Schedules have a resolution of one second.
        let run = run_schedule(self.cloud, "expire-orders", held_until + SignedDuration::from_secs(1));
        self.step(what, &["expire-orders"], run).await?;

        let order = open(self, "to-let-go", &[]).await?;
        let held_until: Timestamp = text(&order, "held_until")?.parse()?;
        let what = "one reservation has ended";
        // Products releases a reservation by itself half an hour after orders should have settled it.
        let run = run_schedule(self.cloud, "expire-reservations", held_until + SignedDuration::from_mins(31));
        self.step(what, &["expire-reservations", "products.relay-events", "apply-payment-event"], run)
            .await?;
        Ok(())
    }

    /// Measures schedules with nothing to do.
    async fn nothing_to_do(&mut self) -> Result<(), Error> {
        self.search().await?;
        let scheduled: Vec<String> = self.cloud.sources().scheduled().map(str::to_owned).collect();
        for operation in scheduled {
            let run = run_schedule(self.cloud, &operation, Timestamp::now());
            self.step("scheduled, nothing due", &[&operation], run).await?;
        }
        Ok(())
    }

    /// Indexes what has changed, as of a time at which all of it has settled, and searches it.
    async fn search(&mut self) -> Result<(), Error> {
        let settled = Timestamp::now() + SignedDuration::from_mins(1);
        let run = run_schedule(self.cloud, "index-catalogue", settled);
        self.step("the catalogue has changed", &["index-catalogue"], run).await?;
        let customer = Visitor::signed_in(self.cloud, &CUSTOMER).await?;
        self.step("one word", &["search-products"], customer.get("/search?q=espreso")).await?;
        Ok(())
    }

    fn rename_last(&mut self, what: &str) {
        if let Some(row) = self.calls.rows.last_mut() {
            what.clone_into(&mut row.what);
        }
    }

    /// Returns the id of an order's payment, from the table: an order does not name its payment.
    async fn payment_of(&self, order_id: &str) -> Result<String, Error> {
        let mut tables = self.cloud.deployment().tables.iter();
        let table = tables.find(|table| table.service == "payments").ok_or("payments has no table")?;
        let request = json!({
            "TableName": table.name,
            "FilterExpression": "order_id = :order_id AND attribute_exists(payment_id)",
            "ExpressionAttributeValues": { ":order_id": { "S": order_id } },
        });
        let found = self.cloud.endpoint().call(Service::DynamoDb, "Scan", &request).await?;
        text(&found["Items"][0]["payment_id"], "S")
    }
}

async fn run_schedule(cloud: &Cloud, operation: &str, time: Timestamp) -> Result<(), Error> {
    let answer = cloud.sources().trigger(operation, time).await?;
    match answer.function_error {
        None => Ok(()),
        Some(_) => Err(String::from_utf8_lossy(&answer.payload).into()),
    }
}

fn items(page: &Value) -> usize {
    page["items"].as_array().map_or(0, Vec::len)
}

impl Calls {
    /// Returns the table of all calls, sorted by operation, and lists the operations that were not called.
    pub(super) fn markdown(&self, cloud: &Cloud) -> String {
        let mut rows: Vec<&Row> = self.rows.iter().collect();
        rows.sort_by(|a, b| a.operation.cmp(&b.operation));
        let cells = rows.iter().map(|row| {
            let total = total(row.usage.values());
            vec![
                row.operation.clone(),
                row.what.clone(),
                row.invocations.to_string(),
                units(total.read_units),
                units(total.write_units),
                requests(&row.usage),
            ]
        });
        let heads = ["operation", "call", "invocations", "read units", "write units", "AWS requests"];
        let table = markdown(&heads, &cells.collect::<Vec<_>>());
        let called: BTreeSet<&str> = self.rows.iter().map(|row| row.operation.as_str()).collect();
        let left: Vec<&str> =
            cloud.host().operations().filter(|operation| !called.contains(operation)).collect();
        if left.is_empty() { table } else { format!("{table}\nNot called: {}.\n", left.join(", ")) }
    }

    /// Returns the table of everything that the paid order caused, by function and in total.
    pub(super) fn order_markdown(&self) -> String {
        let Some(order) = &self.order else { return String::new() };
        let row = |name: &str, invocations: String, usage: &BTreeMap<String, Usage>| {
            let of = |prefix: &str| {
                total(usage.iter().filter(|(action, _)| action.starts_with(prefix)).map(|(_, of)| of))
            };
            let dynamodb = of("dynamodb:");
            let mut cells = vec![name.to_owned(), invocations, dynamodb.calls.to_string()];
            cells.extend([units(dynamodb.read_units), units(dynamodb.write_units)]);
            cells.extend([of("sqs:").calls.to_string(), of("ses:").calls.to_string()]);
            cells
        };
        let mut all: BTreeMap<String, Usage> = BTreeMap::new();
        let mut rows = Vec::new();
        for (operation, invocations) in &order.invocations {
            let usage = order.reading.of(operation);
            rows.push(row(operation, invocations.to_string(), &usage));
            for (action, usage) in usage {
                let sum = all.entry(action).or_default();
                *sum = total([&*sum, &usage]);
            }
        }
        let invocations: usize = order.invocations.values().sum();
        rows.push(row("total", invocations.to_string(), &all));
        let heads = [
            "function",
            "invocations",
            "DynamoDB requests",
            "read units",
            "write units",
            "SQS requests",
            "SES requests",
        ];
        let batches = order.reading.event_sources("sqs:DeleteMessageBatch").calls;
        format!(
            "Two lines, paid, from `POST /orders` to rest: {} mails.\n\
             In addition, Lambda's pollers received and deleted {batches} batches (two SQS requests each).\n\n{}",
            order.mails,
            markdown(&heads, &rows)
        )
    }
}

fn total<'a>(usages: impl IntoIterator<Item = &'a Usage>) -> Usage {
    let mut total = Usage::default();
    for usage in usages {
        total.add(usage);
    }
    total
}

/// `GetItem, 2 PutItem`
fn requests(usage: &BTreeMap<String, Usage>) -> String {
    let each = usage.iter().map(|(action, usage)| {
        let action = action.split_once(':').map_or(action.as_str(), |(_, action)| action);
        if usage.calls == 1 { action.to_owned() } else { format!("{} {action}", usage.calls) }
    });
    let each: Vec<String> = each.collect();
    if each.is_empty() { "none".to_owned() } else { each.join(", ") }
}
