//! Two versions side by side, as during a deployment and after a rollback: rows and messages of a newer version, which
//! has more fields and more states, pass through the operations of this one.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::words::id::OrderId;
use engines::aws::Service;
use engines::iam::Grant;
use serde_json::{Map, Value, json};
use tests::{Books, Customer, Shop};

/// The services that keep an order's rows.
const SERVICES: [&str; 5] = ["users", "products", "orders", "payments", "notifications"];

/// Interval between two looks at a queue while nothing happens.
const POLL_INTERVAL: Duration = Duration::from_millis(200);

/// A row's service and key.
type Place = (&'static str, String, String);

/// The rows that the newer version has written, with the JSON pointers of its fields.
#[derive(Default)]
struct Newer(BTreeMap<Place, Vec<String>>);

impl Newer {
    /// Adds a field to every object in every row, as the newer version would when it writes the row.
    async fn write_all(&mut self, shop: &Shop) {
        for service in SERVICES {
            for row in all_rows(shop, service).await {
                let mut objects = Vec::new();
                find_objects(&row, &Path::default(), &mut objects);
                if add_fields(shop, service, &row, &objects).await {
                    let pointers = objects.into_iter().map(|path| format!("{}/future", path.pointer));
                    self.0.insert(place(service, &row), pointers.collect());
                }
            }
        }
    }

    /// Returns the fields that are gone from rows that still exist.
    async fn lost(&self, shop: &Shop) -> Vec<String> {
        let mut lost = Vec::new();
        for service in SERVICES {
            for row in all_rows(shop, service).await {
                let pointers = self.0.get(&place(service, &row)).into_iter().flatten();
                let gone = pointers.filter(|pointer| row.pointer(pointer) != Some(&json!({ "N": "1" })));
                lost.extend(gone.map(|pointer| format!("{service} {} {pointer}", row["pk"]["S"])));
            }
        }
        lost
    }

    /// Returns how many rows were rewritten whose key has this prefix.
    fn count(&self, service: &str, prefix: &str) -> usize {
        self.0.keys().filter(|(of, pk, _)| *of == service && pk.starts_with(prefix)).count()
    }
}

/// The place of an object in a row: as a pointer into DynamoDB's JSON, and as the beginning of a document path.
#[derive(Default, Clone)]
struct Path {
    pointer: String,
    document: String,
    names: Map<String, Value>,
}

impl Path {
    fn field(&self, name: &str) -> Self {
        let mut path = self.clone();
        let placeholder = format!("#{}", name.replace(|letter: char| !letter.is_alphanumeric(), "_"));
        path.document = format!("{}{placeholder}", path.document);
        path.names.insert(placeholder, name.into());
        path.pointer = format!("{}/{}", path.pointer, name.replace('~', "~0").replace('/', "~1"));
        path
    }

    fn entry(&self, index: usize) -> Self {
        let (pointer, document) =
            (format!("{}/L/{index}", self.pointer), format!("{}[{index}]", self.document));
        Self { pointer, document, names: self.names.clone() }
    }

    fn object(&self) -> Self {
        let (pointer, document) = (format!("{}/M", self.pointer), format!("{}.", self.document));
        Self { pointer, document, names: self.names.clone() }
    }
}

/// Finds the row itself and every map in it.
fn find_objects(attributes: &Value, at: &Path, found: &mut Vec<Path>) {
    found.push(at.clone());
    for (name, value) in attributes.as_object().into_iter().flatten() {
        find_within(value, &at.field(name), found);
    }
}

fn find_within(value: &Value, at: &Path, found: &mut Vec<Path>) {
    if let Some(map) = value.get("M") {
        find_objects(map, &at.object(), found);
    }
    for (index, entry) in value.get("L").and_then(Value::as_array).into_iter().flatten().enumerate() {
        find_within(entry, &at.entry(index), found);
    }
}

/// Updates the row in place, because this version may write it at the same time; returns whether it still exists.
async fn add_fields(shop: &Shop, service: &str, row: &Value, objects: &[Path]) -> bool {
    let fields = objects.iter().map(|path| format!("{}#future = :one", path.document));
    let mut names = Map::from_iter([("#future".to_owned(), "future".into())]);
    names.extend(objects.iter().flat_map(|path| path.names.clone()));
    // As every replacement of a row does.
    let version = if row["version"].is_null() { "" } else { " ADD version :one" };
    let request = json!({
        "TableName": table(shop, service),
        "Key": { "pk": row["pk"], "sk": row["sk"] },
        "UpdateExpression": format!("SET {}{version}", fields.collect::<Vec<_>>().join(", ")),
        "ConditionExpression": "attribute_exists(pk)",
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": { ":one": { "N": "1" } },
    });
    match shop.cloud().endpoint().call(Service::DynamoDb, "UpdateItem", &request).await {
        Ok(_) => true,
        Err(error) if error.to_string().contains("ConditionalCheckFailed") => false,
        Err(error) => panic!("{service} {row}: {error}"),
    }
}

fn place(service: &'static str, row: &Value) -> Place {
    let key = |name: &str| row[name]["S"].as_str().expect("a key").to_owned();
    (service, key("pk"), key("sk"))
}

fn table<'a>(shop: &'a Shop, service: &str) -> &'a str {
    let mut tables = shop.cloud().deployment().tables.iter();
    &tables.find(|table| table.service == service).expect("the service has a table").name
}

async fn all_rows(shop: &Shop, service: &str) -> Vec<Value> {
    let request = json!({ "TableName": table(shop, service) });
    let page = shop.cloud().endpoint().call(Service::DynamoDb, "Scan", &request).await;
    let mut page = page.expect("the table is read");
    assert_eq!(page["LastEvaluatedKey"], Value::Null, "the table fits in a page");
    match page["Items"].take() {
        Value::Array(rows) => rows,
        other => panic!("no items: {other}"),
    }
}

async fn put(shop: &Shop, service: &str, row: &Value) {
    let request = json!({ "TableName": table(shop, service), "Item": row });
    shop.cloud().endpoint().call(Service::DynamoDb, "PutItem", &request).await.expect("the row is written");
}

/// Adds a field to every object in the messages that wait in a queue, as a newer version would when it sends them.
async fn resend_newer(shop: &Shop, queue: &str) {
    let call = async |action: &str, mut request: Value| {
        request["QueueUrl"] = shop.cloud().endpoint().queue_url(&shop.queue(queue)).into();
        shop.cloud().endpoint().call(Service::Sqs, action, &request).await.expect("the queue answers")
    };
    let received = call("ReceiveMessage", json!({ "MaxNumberOfMessages": 10 })).await;
    let messages = received["Messages"].as_array().expect("messages wait").clone();
    assert!(!messages.is_empty(), "messages wait in {queue}");
    for message in messages {
        let envelope: Value = serde_json::from_str(message["Body"].as_str().expect("a body")).expect("JSON");
        call("SendMessage", json!({ "MessageBody": with_fields(envelope).to_string() })).await;
        call("DeleteMessage", json!({ "ReceiptHandle": message["ReceiptHandle"] })).await;
    }
}

fn with_fields(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields = fields.into_iter().map(|(name, value)| (name, with_fields(value)));
            fields.chain([("future".to_owned(), 1.into())]).collect::<Map<_, _>>().into()
        }
        Value::Array(entries) => entries.into_iter().map(with_fields).collect(),
        other => other,
    }
}

/// Waits until everything else is done while a consumer is paused: its queue holds `waiting` messages.
async fn until_only_waiting(shop: &Shop, queue: &str, waiting: u64) {
    let mut changes = shop.cloud().endpoint().activity().subscribe();
    let queue = shop.queue(queue);
    let arrived = async {
        loop {
            let depths = shop.cloud().endpoint().queue_depths().await.expect("the queues are counted");
            if depths.iter().any(|depth| depth.name == queue && depth.total() == waiting) {
                return;
            }
            if tokio::time::timeout(POLL_INTERVAL, changes.changed()).await.is_ok_and(|cloud| cloud.is_err())
            {
                panic!("the cloud has stopped");
            }
        }
    };
    let arrived = tokio::time::timeout(Duration::from_secs(60), arrived).await;
    arrived.unwrap_or_else(|_| panic!("{queue} does not hold {waiting} messages"));
}

async fn place_order(customer: &Customer<'_>, key: &str, card: &str) -> OrderId {
    let placed = customer.order(key, card).await;
    assert_eq!(placed.status, 201, "{placed:?}");
    serde_json::from_value(placed.body["order_id"].clone()).expect("an id")
}

async fn cancel(customer: &Customer<'_>, order: OrderId) {
    let cancelled = customer.post(&format!("/orders/{order}/cancellation"), "cancel", &json!({})).await;
    assert_eq!(cancelled.status, 200, "{cancelled:?}");
}

async fn state(customer: &Customer<'_>, order: OrderId) -> (Value, Value) {
    let order = customer.get(&format!("/orders/{order}")).await;
    assert_eq!(order.status, 200, "{order:?}");
    (order.body["status"].clone(), order.body["payment_status"].clone())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fields_of_a_newer_version_survive_orders_that_are_paid_cancelled_and_refunded() {
    let shop = Shop::open().await;
    let (ada, bob, eve) =
        (shop.customer("Ada").await, shop.customer("Bob").await, shop.customer("Eve").await);
    shop.settle().await;
    let mut newer = Newer::default();
    newer.write_all(&shop).await;

    // Ada's order waits for its payment, Bob's for his bank's confirmation, and Eve's for the news that it is paid.
    let payments = shop.pause_consumer("process-payment");
    let cancelled = place_order(&bob, "bob", "pm_card_authenticationRequired").await;
    until_only_waiting(&shop, "-payment-commands", 1).await;
    newer.write_all(&shop).await;
    resend_newer(&shop, "-payment-commands").await;
    shop.resume_consumer(&payments);
    shop.settle().await;
    let news = shop.pause_consumer("apply-payment-event");
    let refunded = place_order(&eve, "eve", "pm_card_visa").await;
    shop.until_charged(refunded).await.expect("the card is charged");
    until_only_waiting(&shop, "-order-events", 1).await;
    let payments = shop.pause_consumer("process-payment");
    let paid = place_order(&ada, "ada", "pm_card_visa").await;
    until_only_waiting(&shop, "-payment-commands", 1).await;
    newer.write_all(&shop).await;
    for (rows, service, prefix) in [
        (3, "orders", "ORDER#"),
        (2, "payments", "PAYMENT#"),
        (3, "products", "RESERVATION#"),
        (1, "products", "STOCK#"),
        (1, "products", "PRODUCT#"),
    ] {
        assert!(newer.count(service, prefix) >= rows, "{service} {prefix}: {}", newer.count(service, prefix));
    }

    cancel(&bob, cancelled).await;
    cancel(&eve, refunded).await;
    until_only_waiting(&shop, "-payment-commands", 3).await;
    for queue in ["-payment-commands", "-order-events"] {
        resend_newer(&shop, queue).await;
    }
    shop.resume_consumer(&payments);
    shop.resume_consumer(&news);
    shop.settle().await;

    assert_eq!(state(&ada, paid).await, (json!("confirmed"), json!("captured")));
    assert_eq!(state(&bob, cancelled).await, (json!("cancelled"), json!("action_required")));
    assert_eq!(state(&eve, refunded).await, (json!("cancelled"), json!("refunded")));
    assert_eq!(newer.lost(&shop).await, Vec::<String>::new(), "the newer version still finds all its fields");
    assert_eq!(Books::of(&shop).await.violations(), Vec::<String>::new());
    drop((ada, bob, eve));
    shop.close().await;
}

/// A row in a state that this version does not know, and what must not change it.
struct Unknown {
    service: &'static str,
    kind: &'static str,
    /// Consumes the message that would change the row.
    consumer: &'static str,
    queue: &'static str,
}

const UNKNOWN: [Unknown; 3] = [
    Unknown { service: "orders", kind: "order", consumer: "apply-payment-event", queue: "order-events" },
    Unknown { service: "payments", kind: "payment", consumer: "process-payment", queue: "payment-commands" },
    Unknown {
        service: "products",
        kind: "reservation",
        consumer: "settle-reservation",
        queue: "stock-commands",
    },
];

impl Unknown {
    async fn row(&self, shop: &Shop) -> Value {
        let mut rows = shop.rows(self.service, self.kind).await;
        assert_eq!(rows.len(), 1, "{}", self.kind);
        rows.remove(0)
    }
}

/// Brings a new order to the point where the consumer has one message to handle, and pauses the consumer.
async fn order_before(shop: &Shop, customer: &Customer<'_>, consumer: &str) -> (OrderId, Vec<Grant>) {
    if consumer != "process-payment" {
        let paused = shop.pause_consumer(consumer);
        return (place_order(customer, "the-order", "pm_card_visa").await, paused);
    }
    // The payment exists once the bank has asked for confirmation; then the order is cancelled.
    let order = place_order(customer, "the-order", "pm_card_authenticationRequired").await;
    shop.settle().await;
    let paused = shop.pause_consumer(consumer);
    cancel(customer, order).await;
    (order, paused)
}

async fn assert_a_row_in_an_unknown_state_waits_for_its_version(unknown: &Unknown) {
    let shop = Shop::open().await;
    let ada = shop.customer("Ada").await;
    let (order, paused) = order_before(&shop, &ada, unknown.consumer).await;
    until_only_waiting(&shop, &format!("-{}", unknown.queue), 1).await;
    let known = unknown.row(&shop).await;
    let mut later = known.clone();
    later["status"] = json!({ "S": "of_a_newer_version" });
    put(&shop, unknown.service, &later).await;

    shop.resume_consumer(&paused);
    shop.settle().await;
    assert_eq!(unknown.row(&shop).await, later, "{} is left unchanged", unknown.kind);
    if unknown.kind == "order" {
        let cancelled = ada.post(&format!("/orders/{order}/cancellation"), "cancel", &json!({})).await;
        assert_eq!(cancelled.problem(), "503 temporarily_unavailable");
    }
    // The newer version brings the row to a state that this one knows, and the message is redriven.
    put(&shop, unknown.service, &known).await;
    let dead_letters = shop.queue(&format!("{}-dead-letters", unknown.queue));
    assert_eq!(shop.cloud().endpoint().redrive(&dead_letters).await.expect("it is moved"), 1);
    shop.settle().await;
    let expected = if unknown.kind == "payment" { "cancelled" } else { "confirmed" };
    assert_eq!(state(&ada, order).await.0, expected, "{}", unknown.kind);
    assert_eq!(Books::of(&shop).await.violations(), Vec::<String>::new(), "{}", unknown.kind);
    drop(ada);
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_in_a_state_of_a_newer_version_waits_for_that_version() {
    for unknown in &UNKNOWN {
        assert_a_row_in_an_unknown_state_waits_for_its_version(unknown).await;
    }
}
