//! What functions log: one id connects a request with its mails, metrics have CloudWatch's format, and no line holds
//! personal data or credentials.

use std::collections::{BTreeMap, BTreeSet};

use dev::seed::first_order;
use engines::aws::Service;
use jiff::Timestamp;
use reqwest::Method;
use runtime::host::{LogLine, LogSource};
use serde_json::{Value, json};
use tests::{Customer, Shop};

const TRACE_ID: &str = "1-5759e988-bd862e3fe1be46a994272793";

/// Returns the functions' log lines. Each must be JSON and name its service and operation.
fn lines(shop: &Shop) -> Vec<Value> {
    let written = shop.log().into_iter().filter(|line| line.source == LogSource::Function);
    written.map(|line| decoded(&line)).collect()
}

fn decoded(line: &LogLine) -> Value {
    let fields: Value = serde_json::from_str(&line.line).unwrap_or_else(|error| panic!("{line:?}: {error}"));
    let (service, operation) = (text(&fields, "service"), text(&fields, "operation"));
    assert!(!service.is_empty(), "{line:?}");
    // If services share a binary, the laptop prefixes the function's name with its service.
    assert!([operation, &format!("{service}.{operation}")].contains(&&*line.operation), "{line:?}");
    // A line that a library writes while the function starts belongs to no invocation.
    if let Some(request_id) = &line.request_id {
        assert_eq!(text(&fields, "request_id"), request_id, "not Lambda's request id: {line:?}");
        assert!(fields["cold_start"].is_boolean(), "{line:?}");
    }
    let time = fields["timestamp"].as_str().map(str::parse::<Timestamp>);
    assert!(
        matches!(time, Some(Ok(_))) && fields["level"].is_string(),
        "without both, Lambda treats the line as INFO: {line:?}"
    );
    fields
}

fn text<'a>(line: &'a Value, name: &str) -> &'a str {
    line[name].as_str().unwrap_or_default()
}

/// Returns the invocations that have ended, and whether each was its process's first, whose report states an init
/// duration.
fn cold_starts(shop: &Shop) -> BTreeMap<String, bool> {
    let log = shop.log().into_iter();
    let reports = log.filter(|line| line.source == LogSource::Platform && line.line.starts_with("REPORT "));
    reports.filter_map(|line| Some((line.request_id?, line.line.contains("Init Duration")))).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cold_start_is_true_for_the_first_invocation_of_a_process() {
    let shop = Shop::open().await;
    shop.settle().await;
    let cold_starts = cold_starts(&shop);
    let mut seen = BTreeSet::new();
    for line in lines(&shop) {
        let Some(is_cold) = cold_starts.get(text(&line, "request_id")) else { continue };
        assert_eq!(line["cold_start"], *is_cold, "{line}");
        seen.insert(*is_cold);
    }
    assert_eq!(seen, [false, true].into(), "cold and warm invocations");
    shop.close().await;
}

async fn order_traced(customer: &Customer<'_>, key: &str) {
    let request = customer.request(Method::POST, "/orders").header("idempotency-key", key);
    let request =
        request.header("x-amzn-trace-id", format!("Root={TRACE_ID};Parent=53995c3f42cd8ad8;Sampled=1"));
    let placed = customer.shop().send(request.json(&first_order("pm_card_visa"))).await;
    assert_eq!(placed.status, 201, "{placed:?}");
    customer.shop().settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_correlation_id_connects_an_order_with_all_services_and_its_mail() {
    let shop = Shop::open().await;
    let (ada, eve) = (shop.customer("Ada Lovelace").await, shop.customer("Eve").await);
    shop.settle().await;
    order_traced(&ada, "ada's").await;
    let of_ada = lines(&shop).len();
    assert_eq!(eve.order("eve's", "pm_card_visa").await.status, 201);
    shop.settle().await;

    // From here on the test uses the log only.
    let lines = lines(&shop);
    let is_placed = |line: &&Value| text(line, "operation") == "place-order" && line["status"] == 201;
    let placed: Vec<&Value> = lines.iter().filter(is_placed).collect();
    let [of_ada_placed, of_eve_placed] = placed[..] else { panic!("two orders: {placed:#?}") };
    let id = text(of_ada_placed, "correlation_id");
    assert_ne!(id, text(of_eve_placed, "correlation_id"));
    let chain: Vec<&Value> = lines.iter().filter(|line| line["correlation_id"] == id).collect();
    let steps: BTreeSet<String> = chain.iter().map(|line| step(line)).collect();
    let expected = [
        "users authorize-request: authorised",
        "orders place-order: answered",
        "products reserve-stock: answered",
        "orders relay-events: sent bodega.order.placed.v1",
        "payments process-payment: handled bodega.order.placed.v1",
        "payments relay-events: sent bodega.payment.captured.v1",
        "orders apply-payment-event: handled bodega.payment.captured.v1",
        "orders relay-events: sent bodega.order.confirmed.v1",
        "products settle-reservation: handled bodega.order.confirmed.v1",
        "users get-contact: answered",
        "notifications send-notification: mail sent",
        "notifications send-notification: handled bodega.order.confirmed.v1",
    ];
    for step in expected {
        assert!(steps.contains(step), "{step} is not among {steps:#?}");
    }
    let services: BTreeSet<&str> = chain.iter().map(|line| text(line, "service")).collect();
    assert_eq!(services.len(), 5, "{services:?}");
    assert!(
        chain.iter().all(|line| line["trace_id"] == TRACE_ID),
        "all lines have the same trace: {chain:#?}"
    );
    assert!(
        lines[of_ada..].iter().all(|line| line["correlation_id"] != id),
        "another order has another correlation id"
    );

    let is_last = |line: &&&Value| text(line, "message") == "mail sent" && line["kind"] == "OrderConfirmed";
    let mail_id = text(chain.iter().find(is_last).expect("the confirmation is sent"), "message_id");
    let mails = shop.mails(&ada.email);
    let mail = mails.iter().find(|mail| mail.message_id == mail_id).expect("a mail with that message id");
    assert_eq!(mail.subject, "Your order is confirmed");
    let is_taken = |letter: &char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-');
    let tag: String = id.chars().filter(is_taken).collect();
    assert_eq!(mail.tags["correlation_id"], tag, "SES's message tag");
    shop.close().await;
}

/// Summarises a line: `orders relay-events: sent bodega.order.placed.v1`.
fn step(line: &Value) -> String {
    let step = format!("{} {}: {}", text(line, "service"), text(line, "operation"), text(line, "message"));
    format!("{step} {}", text(line, "event_type")).trim_end().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn published_metrics_conform_to_the_embedded_metric_format() {
    let shop = Shop::open().await;
    let ada = shop.customer("Ada Lovelace").await;
    let order = ada.order_and_settle("pm_card_visa").await;
    assert_eq!(ada.order("declined", "pm_card_visa_chargeDeclined").await.status, 201);
    shop.settle().await;
    let now: Timestamp = order["placed_at"].as_str().expect("a time").parse().expect("RFC 3339");
    // In a tenth minute, in which schedules also count what is set apart.
    let now = Timestamp::from_second(now.as_second() / 600 * 600).expect("a time");
    for schedule in
        ["expire-orders", "expire-reservations", "reconcile-payments", "index-catalogue", "rebalance-stock"]
    {
        shop.run_schedule(schedule, now).await;
    }
    for relay in
        ["users.relay-events", "products.relay-events", "orders.relay-events", "payments.relay-events"]
    {
        shop.run_schedule(relay, now).await;
    }
    shop.settle().await;

    let schema = include_str!("../fixtures/emf/schema.json");
    let schema: Value = serde_json::from_str(schema).expect("the schema is JSON");
    let schema = jsonschema::draft7::new(&schema).expect("the schema is valid");
    let mut published: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for line in lines(&shop).iter().filter(|line| line.get("_aws").is_some()) {
        if let Err(error) = schema.validate(line) {
            panic!("{error}: {line}");
        }
        let directive = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(
            (&directive["Namespace"], &directive["Dimensions"]),
            (&json!("Bodega"), &json!([["stage", "service"]]))
        );
        assert_eq!(line["stage"], "dev");
        let name = text(&directive["Metrics"][0], "Name");
        let value = line[name].as_u64().expect("a value");
        published.entry(format!("{} {name}", text(line, "service"))).or_default().push(value);
    }
    // The number of accounts that the seed creates, and so of welcome mails, is not part of this test.
    let mails = shop.cloud().endpoint().mailbox().all();
    // The same holds for products, which the seeded admin creates and stocks.
    let stocked =
        shop.rows("products", "product").await.len() + shop.rows("products", "adjustment").await.len();
    let skus = shop.rows("products", "stock").await.len() as u64;
    let expected = [
        ("notifications MailsSent", vec![1; mails.len()]),
        ("orders CaptureMismatch", vec![0]),
        ("orders OrdersConfirmed", vec![1]),
        ("orders OrdersOverdue", vec![0]),
        ("orders OrdersPlaced", vec![1, 1]),
        ("orders OrdersSetApart", vec![0]),
        ("orders OrdersStuck", vec![0]),
        ("orders OutboxAge", vec![0]),
        ("orders OutboxStuck", vec![0]),
        ("orders RefundsOverdue", vec![0]),
        ("payments OutboxAge", vec![0]),
        ("payments OutboxStuck", vec![0]),
        ("payments PaymentsCaptured", vec![1]),
        ("payments PaymentsDeclined", vec![1]),
        ("payments PaymentsOverdue", vec![0]),
        ("payments PaymentsSetApart", vec![0]),
        ("payments PaymentsUnknown", vec![0]),
        ("products AdminWrites", vec![1; stocked]),
        ("products OutboxAge", vec![0]),
        ("products OutboxStuck", vec![0]),
        ("products ReservationsOverdue", vec![0]),
        ("products ReservationsSetApart", vec![0]),
        ("products ReservationsStuck", vec![0]),
        ("products SearchIndexAge", vec![86_400]),
        ("products SearchRowsUnread", vec![0]),
        ("products SkusForSale", vec![skus]),
        ("products SkusSoldOut", vec![0]),
        // The seed signs in before it registers its two accounts.
        ("users LogInsRefused", vec![1, 1]),
        ("users OutboxAge", vec![0]),
        ("users OutboxStuck", vec![0]),
    ];
    assert_eq!(published, expected.map(|(name, values)| (name.to_owned(), values)).into());
    shop.close().await;
}

const EMAIL: &str = "marker.of.a.person+x7@leak.example";
const PASSWORD: &str = "Marker of a Pa55word, entered once";
const CARD: &str = "4000056655665556";
const TOKEN: &str = "eyJhbGciOiJFZERTQSJ9.bWFya2Vy.bWFya2VyLW9mLWEtdG9rZW4";

/// Sends valid and invalid requests with secrets in every field that takes text.
async fn send_requests_with_secrets(shop: &Shop) -> Customer<'_> {
    let client = shop.client();
    let account = json!({ "email": EMAIL, "name": "Marker Person", "password": PASSWORD });
    let with = |name: &str, value: Value| {
        let mut account = account.clone();
        account[name] = value;
        account
    };
    for (body, status) in [
        (with("password", json!("marker!")), 422),
        (with("card", json!(CARD)), 422),
        (with(EMAIL, json!(1)), 422),
        (account.clone(), 202),
        (account, 202),
    ] {
        let registered = shop.send(client.post(shop.at("/users")).json(&body)).await;
        assert_eq!(registered.status, status, "{registered:?}");
    }
    let cut_off = format!("{{\"email\":\"{EMAIL}\",\"password\":\"{PASSWORD}");
    let malformed = client.post(shop.at("/users")).header("content-type", "application/json").body(cut_off);
    assert_eq!(shop.send(malformed).await.status, 400);
    let wrong = json!({ "email": EMAIL, "password": format!("{PASSWORD}?") });
    assert_eq!(shop.send(client.post(shop.at("/sessions")).json(&wrong)).await.status, 401);
    let refresh = json!({ "refresh_token": TOKEN });
    let refreshed = shop.send(client.post(shop.at("/sessions/refresh")).json(&refresh)).await;
    assert!((400..500).contains(&refreshed.status), "{refreshed:?}");
    for path in ["/orders", "/users/me", &format!("/orders?cursor={TOKEN}&{CARD}={PASSWORD}")] {
        let refused = shop.send(client.get(shop.at(path)).bearer_auth(TOKEN)).await;
        assert!((400..500).contains(&refused.status), "{path}: {refused:?}");
    }
    let customer = shop.signed_in(EMAIL, PASSWORD).await;
    let mut order = first_order("pm_card_visa");
    order["shipping_address"]["name"] = json!("Marker Person");
    for (field, status) in [("payment_method", 422), ("number", 422), ("currency", 422)] {
        let mut bad = order.clone();
        bad[field] = json!(CARD);
        assert_eq!(customer.post("/orders", CARD, &bad).await.status, status, "{field}");
    }
    assert_eq!(customer.post("/orders", &format!("{EMAIL}-{CARD}"), &order).await.status, 201);
    customer
}

/// Writes a row and messages that do not decode, with secrets where the decoder fails.
async fn break_a_row_and_messages(shop: &Shop, customer: &Customer<'_>) {
    let endpoint = shop.cloud().endpoint();
    let mut tables = shop.cloud().deployment().tables.iter();
    let table = tables.find(|table| table.service == "users").expect("the users' table");
    let update = json!({
        "TableName": table.name,
        "Key": { "pk": { "S": format!("USER#{}", customer.user_id) }, "sk": { "S": "USER" } },
        "UpdateExpression": "SET email = :email, #name = :name",
        "ExpressionAttributeNames": { "#name": "name" },
        "ExpressionAttributeValues": { ":email": { "S": format!("{EMAIL} {CARD}") }, ":name": { "N": "7" } },
    });
    endpoint.call(Service::DynamoDb, "UpdateItem", &update).await.expect("the row is updated");
    assert_eq!(customer.get("/users/me").await.status, 500, "the row cannot be read");

    let mut queues = shop.cloud().deployment().queues.iter();
    let queue = queues.find(|queue| queue.name.ends_with("notification-requests")).expect("the queue");
    for event in [
        json!({ "specversion": PASSWORD }),
        json!({ "type": "bodega.user.registered.v1", "data": { "user_id": EMAIL } }),
        json!({ "specversion": "1.0", "id": CARD, "data": { TOKEN: PASSWORD } }),
    ] {
        let message = json!({ "QueueUrl": queue.url, "MessageBody": event.to_string() });
        endpoint.call(Service::Sqs, "SendMessage", &message).await.expect("the message is sent");
    }
    shop.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn secrets_in_requests_rows_and_messages_are_not_logged() {
    let mut shop = Shop::open().await;
    shop.expect_dead_letters("notification-requests-dead-letters");
    for secret in [EMAIL, PASSWORD, CARD, TOKEN, "Marker Person", "marker!", "pm_card_visa", "Calle Mayor"] {
        shop.keep_secret(secret);
    }
    let customer = send_requests_with_secrets(&shop).await;
    shop.settle().await;
    break_a_row_and_messages(&shop, &customer).await;
    let lines = lines(&shop);
    let failures = lines.iter().filter(|line| line["level"] == "ERROR");
    let failures: Vec<&str> = failures.map(|line| text(line, "error")).collect();
    assert!(failures.len() >= 4, "failures are logged with their causes: {failures:#?}");
    assert!(failures.iter().any(|reason| reason.contains("[removed]")), "causes are redacted: {failures:#?}");
    // Closing the shop searches the log for each of these secrets.
    shop.close().await;
}
