//! Backlogs: what an outage leaves behind is worked off in minutes.

use std::time::{Duration, Instant};

use domain::words::id::{EventId, OrderId};
use engines::aws::Service;
use engines::iam::Grant;
use futures::StreamExt;
use futures::stream;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::{Books, Shop};

/// The time in which all orders that are due at once expire.
const TO_EXPIRE: Duration = Duration::from_secs(300);

/// The time in which the events that an outage has left are sent.
const TO_SEND: Duration = Duration::from_secs(180);

/// DynamoDB's limit for one `BatchWriteItem`.
const BATCH: usize = 25;

/// Writes rows as they are.
async fn put_all(shop: &Shop, service: &str, rows: Vec<Value>) {
    let mut tables = shop.cloud().deployment().tables.iter();
    let table = &tables.find(|table| table.service == service).expect("the service has a table").name;
    let write = async |rows: Vec<Value>| {
        let puts: Vec<Value> = rows.into_iter().map(|row| json!({ "PutRequest": { "Item": row } })).collect();
        let request = json!({ "RequestItems": { table.as_str(): puts } });
        shop.cloud()
            .endpoint()
            .call(Service::DynamoDb, "BatchWriteItem", &request)
            .await
            .expect("the rows are written");
    };
    stream::iter(rows).chunks(BATCH).for_each(write).await;
}

/// Returns a row of another order, with the order's id replaced everywhere in it.
fn of_order(row: &Value, from: OrderId, to: OrderId) -> Value {
    let text = row.to_string().replace(&from.to_string(), &to.to_string());
    let mut row: Value = serde_json::from_str(&text).expect("JSON");
    let shard = to.to_string().bytes().last().unwrap_or_default() % 4;
    for index in ["gsi2pk", "gsi3pk"] {
        if let Some(partition) = row[index]["S"].as_str().and_then(|name| name.split_once('#')) {
            row[index] = json!({ "S": format!("{}#{shard}", partition.0) });
        }
    }
    row
}

/// Withholds permissions of a function until they are given back.
fn withhold(shop: &Shop, function: &str, action: &str) -> Vec<Grant> {
    let policies = shop.cloud().policies();
    let is_it = |grant: &Grant| grant.function == function && grant.action == action;
    let grants: Vec<Grant> = policies.granted().into_iter().filter(is_it).collect();
    grants.iter().for_each(|grant| policies.withhold(grant));
    grants
}

/// Lets `count` orders be due at once, and measures how long it takes until none is.
///
/// # Panics
/// Panics if it takes more than five minutes, or if an order does not expire.
pub async fn orders_due_at_once(count: usize) {
    let shop = Shop::open().await;
    let ada = shop.customer("Ada Lovelace").await;
    let order = ada.order_and_settle("pm_card_authenticationRequired").await;
    let first: OrderId = order["order_id"].as_str().expect("an id").parse().expect("an order's id");
    let held_until: Timestamp = order["held_until"].as_str().expect("a time").parse().expect("RFC 3339");
    let row = shop.rows("orders", "order").await.remove(0);
    // Orders expire, and what follows from it waits.
    let paused = withhold(&shop, "orders.relay-events", "dynamodb:GetRecords");
    let other = |_| of_order(&row, first, OrderId::from_parts(1, rand::random()));
    put_all(&shop, "orders", (1..count).map(other).collect()).await;

    let began = Instant::now();
    let mut runs = 0;
    while is_open(&shop).await {
        shop.run_schedule("expire-orders", held_until + SignedDuration::from_mins(1)).await;
        runs += 1;
        assert!(began.elapsed() < TO_EXPIRE, "orders are open after {runs} runs");
    }
    let took = began.elapsed();
    println!("{count} orders expired in {runs} runs and {:.1} s", took.as_secs_f64());
    let books = Books::of(&shop).await;
    assert_eq!(books.orders().len(), count);
    assert!(books.orders().iter().all(|order| !order.is_open()));
    assert_eq!(shop.measured("expire-orders", "OrdersStuck").iter().max(), Some(&0));
    // Ages are counted in whole seconds.
    assert!(matches!(shop.measured("expire-orders", "OrdersOverdue").first(), Some(59..=60)));
    drop((ada, paused));
    shop.abandon().await;
}

/// Returns whether the index of open orders has an entry.
async fn is_open(shop: &Shop) -> bool {
    let mut tables = shop.cloud().deployment().tables.iter();
    let table = &tables.find(|table| table.service == "orders").expect("the service has a table").name;
    for shard in 0..4 {
        let request = json!({
            "TableName": table, "IndexName": "gsi2", "Limit": 1, "Select": "COUNT",
            "KeyConditionExpression": "gsi2pk = :open",
            "ExpressionAttributeValues": { ":open": { "S": format!("OPEN#{shard}") } },
        });
        let found = shop.cloud().endpoint().call(Service::DynamoDb, "Query", &request).await;
        if found.expect("the index is read")["Count"] != 0 {
            return true;
        }
    }
    false
}

/// Leaves `count` events in the outbox of orders, among them those of paid orders, because its relay cannot reach a
/// queue for ten minutes. Measures how long it takes afterwards until all are sent.
///
/// # Panics
/// Panics if it takes more than three minutes, or if a paid order expires.
pub async fn events_left_by_an_outage(count: usize) {
    let shop = Shop::open().await;
    let ada = shop.customer("Ada Lovelace").await;
    shop.settle().await;
    let unreachable = withhold(&shop, "orders.relay-events", "sqs:SendMessage");
    let mut orders = Vec::new();
    for number in 0..3 {
        let placed = ada.order(&format!("order-{number}"), "pm_card_visa").await;
        assert_eq!(placed.status, 201, "{placed:?}");
        orders.push(placed.body);
    }
    let waiting = shop.rows("orders", "outbox").await;
    assert_eq!(waiting.len(), orders.len(), "the placed orders are not sent");
    put_all(&shop, "orders", (waiting.len()..count).map(|_| another_event(&waiting[0])).collect()).await;

    let ended = Timestamp::now() + SignedDuration::from_mins(10);
    shop.run_schedule("orders.relay-events", ended).await;
    let stuck = shop.measured("orders.relay-events", "OutboxStuck");
    assert!(stuck.last().is_some_and(|stuck| *stuck > 0), "the outage shows: {stuck:?}");
    unreachable.iter().for_each(|grant| shop.cloud().policies().give_back(grant));
    let (began, mut runs) = (Instant::now(), 0);
    while !shop.rows("orders", "outbox").await.is_empty() {
        shop.run_schedule("orders.relay-events", ended).await;
        runs += 1;
        assert!(began.elapsed() < TO_SEND, "events are left after {runs} runs");
    }
    println!("{count} events sent in {runs} runs and {:.1} s", began.elapsed().as_secs_f64());

    shop.settle().await;
    let held_until: Timestamp = orders[0]["held_until"].as_str().expect("a time").parse().expect("RFC 3339");
    shop.run_schedule("expire-orders", held_until + SignedDuration::from_mins(1)).await;
    shop.settle().await;
    for order in &orders {
        let path = format!("/orders/{}", order["order_id"].as_str().expect("an id"));
        assert_eq!(ada.get(&path).await.body["status"], "confirmed", "paid, although its events were late");
    }
    drop(ada);
    shop.close().await;
}

/// Returns an event that notifications receives and about which it sends no mail.
fn another_event(like: &Value) -> Value {
    let id = EventId::from_parts(
        u64::try_from(Timestamp::now().as_millisecond()).unwrap_or_default(),
        rand::random(),
    );
    let shard = id.to_string().bytes().last().unwrap_or_default() % 8;
    // A row leaves out how an envelope begins.
    let rest = like["envelope"]["S"].as_str().expect("an envelope");
    let mut envelope: Value = serde_json::from_str(&format!("{{{rest}")).expect("JSON");
    envelope["specversion"] = json!("1.0");
    envelope["id"] = json!(id);
    envelope["type"] = json!("bodega.refund.requested.v1");
    envelope["data"] = envelope["data"]["order"].take();
    json!({
        "pk": { "S": format!("OUTBOX#{shard}") },
        "sk": { "S": id },
        "row": { "S": "outbox" },
        "queues": { "S": "N" },
        "envelope": { "S": envelope.to_string() },
    })
}
