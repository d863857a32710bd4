//! Rows that nobody can process: they delay no other, no schedule fails because of them, and metrics report them until
//! they are mended.

use engines::aws::Service;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tests::Shop;

const RELAYS: [&str; 4] =
    ["orders.relay-events", "payments.relay-events", "products.relay-events", "users.relay-events"];

/// Schedules that count how often a row has failed.
const COUNTING: [&str; 3] = ["reconcile-payments", "expire-orders", "expire-reservations"];

async fn table(shop: &Shop, service: &str, action: &str, request: Value) {
    let mut tables = shop.cloud().deployment().tables.iter();
    let name = &tables.find(|table| table.service == service).expect("the service has a table").name;
    let mut request = request;
    request["TableName"] = json!(name);
    shop.cloud().endpoint().call(Service::DynamoDb, action, &request).await.expect("the call succeeds");
}

async fn put(shop: &Shop, service: &str, row: &Value) {
    table(shop, service, "PutItem", json!({ "Item": row })).await;
}

async fn delete(shop: &Shop, service: &str, row: &Value) {
    table(shop, service, "DeleteItem", json!({ "Key": { "pk": row["pk"], "sk": row["sk"] } })).await;
}

async fn row_of(shop: &Shop, service: &str, kind: &str, id: &Value) -> Value {
    let id = id.as_str().expect("an id");
    let rows = shop.rows(service, kind).await;
    rows.into_iter().find(|row| row["pk"]["S"].as_str().is_some_and(|pk| pk.ends_with(id))).expect("the row")
}

/// Makes an order unreadable and returns it as it was.
async fn break_order(shop: &Shop, order: &Value) -> Value {
    let sound = row_of(shop, "orders", "order", &order["order_id"]).await;
    let mut broken = sound.clone();
    broken["lines"] = json!({ "S": "not lines" });
    put(shop, "orders", &broken).await;
    sound
}

/// Creates a payment with an attempt that the gateway does not know.
async fn stuck_payment(shop: &Shop, like: &Value) -> Value {
    let mut row = row_of(shop, "payments", "payment", &like["payment_id"]).await;
    for (name, value) in [
        ("pk", "PAYMENT#pay_01ARZ3NDEKTSV4RRFFQ69G5FA0"),
        ("payment_id", "pay_01ARZ3NDEKTSV4RRFFQ69G5FA0"),
        ("status", "pending"),
        ("intent", "pi_unknown"),
        ("gsi1pk", "UNSETTLED#0"),
        ("gsi1sk", "2026-01-01T00:00Z#pay_01ARZ3NDEKTSV4RRFFQ69G5FA0"),
    ] {
        row[name] = json!({ "S": value });
    }
    row["captured"]["M"]["amount"] = json!({ "N": "0" });
    put(shop, "payments", &row).await;
    row
}

async fn unreadable_event(shop: &Shop) -> Value {
    let row = json!({
        "pk": { "S": "OUTBOX#0" },
        "sk": { "S": "evt_01ARZ3NDEKTSV4RRFFQ69G5FA0" },
        "row": { "S": "outbox" },
        "queues": { "S": "N" },
        "envelope": { "S": "not an envelope" },
    });
    put(shop, "orders", &row).await;
    row
}

/// Returns the last value of a metric.
fn last(shop: &Shop, operation: &str, metric: &str) -> u64 {
    *shop.measured(operation, metric).last().unwrap_or_else(|| panic!("{operation} publishes no {metric}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_that_nobody_can_process_for_a_day_fail_no_schedule_and_delay_no_other() {
    let shop = Shop::open().await;
    let ada = shop.customer("Ada Lovelace").await;
    let paid = ada.order_and_settle("pm_card_visa").await;
    let stuck = ada.order("stuck", "pm_card_authenticationRequired").await.body;
    let beside = ada.order("beside", "pm_card_authenticationRequired").await.body;
    shop.settle().await;
    let order = break_order(&shop, &stuck).await;
    let payment = stuck_payment(&shop, &paid).await;
    let event = unreadable_event(&shop).await;

    // In a tenth minute, in which runs also count what is set apart.
    let start = Timestamp::from_second(Timestamp::now().as_second() / 3_600 * 3_600).expect("a time");
    for hour in 1..=24 {
        // Relays count nothing, so each run of theirs is like the one before.
        let relays = RELAYS.into_iter().filter(|_| [1, 2, 3, 24].contains(&hour));
        for schedule in relays.chain(COUNTING) {
            shop.run_schedule(schedule, start + SignedDuration::from_hours(hour)).await;
        }
        assert_eq!(last(&shop, "orders.relay-events", "OutboxStuck"), 1);
        if hour == 2 {
            // Every hold has ended.
            assert_eq!(last(&shop, "expire-orders", "OrdersStuck"), 1);
            assert_eq!(last(&shop, "reconcile-payments", "PaymentsUnknown"), 1);
        }
        if hour <= 3 {
            shop.settle().await;
        }
    }
    let status = async |order: &Value| {
        ada.get(&format!("/orders/{}", order["order_id"].as_str().expect("an id"))).await.body["status"]
            .clone()
    };
    assert_eq!((status(&beside).await, status(&paid).await), (json!("expired"), json!("confirmed")));
    for (operation, failed, overdue, set_apart) in [
        ("expire-orders", "OrdersStuck", "OrdersOverdue", "OrdersSetApart"),
        ("reconcile-payments", "PaymentsUnknown", "PaymentsOverdue", "PaymentsSetApart"),
    ] {
        let [failed, overdue, set_apart] =
            [failed, overdue, set_apart].map(|name| last(&shop, operation, name));
        assert_eq!((failed, overdue, set_apart), (0, 0, 1), "{operation}");
    }

    // An operator mends the order and moves its entry back, as it was; the other two are deleted.
    put(&shop, "orders", &order).await;
    delete(&shop, "payments", &payment).await;
    delete(&shop, "orders", &event).await;
    shop.run_schedule("expire-orders", start + SignedDuration::from_hours(25)).await;
    shop.redeliver().await.expect("the shop comes to rest");
    assert_eq!(status(&stuck).await, "expired");
    shop.close().await;
}

#[test]
fn every_metric_of_what_is_due_has_an_alarm() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the repository");
    let alarms: String = [
        "shared/templates/service-alarms.yaml",
        "functions/orders/alarms.yaml",
        "functions/products/alarms.yaml",
        "functions/payments/alarms.yaml",
        "functions/users/alarms.yaml",
    ]
    .map(|path| std::fs::read_to_string(root.join(path)).expect("the file"))
    .concat();
    for subject in ["Orders", "Reservations", "Payments", "Erasures"] {
        let failed =
            if subject == "Payments" { "PaymentsUnknown".to_owned() } else { format!("{subject}Stuck") };
        for metric in [format!("{subject}Overdue"), failed, format!("{subject}SetApart")] {
            assert!(alarms.contains(&format!("MetricName: {metric}\n")), "{metric}");
        }
    }
    for metric in ["OutboxAge", "OutboxStuck"] {
        assert!(alarms.contains(&format!("MetricName: {metric}\n")), "{metric}");
    }
}
