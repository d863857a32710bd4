//! SIGKILL in the middle of fifty orders: nothing that was acknowledged is lost, and everything else can be retried.

mod program;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use dev::seed::first_order;
use engines::aws::Mail;
use futures::StreamExt;
use futures::future::join_all;
use futures::stream;
use jiff::{SignedDuration, Timestamp};
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use runtime::site::STAFF;
use serde_json::{Value, json};
use tests::{Books, Shop};
use tokio::sync::watch;

use program::{Ports, Program, gone};

/// Far longer than the test takes on any machine; reached only if something hangs.
const DEADLINE: Duration = Duration::from_secs(180);

/// Three orders each, which may all be unpaid at the same time.
const CUSTOMERS: usize = 17;
const ORDERS: usize = 50;
/// The number of concurrent requests.
const CONCURRENCY: usize = 8;
/// The numbers of acknowledged orders after which the power is cut. At the last cut, most orders are still being
/// processed.
const CUT_AT: [usize; 3] = [5, 25, ORDERS];
/// After this cut the power is cut again while the shop opens.
const CUT_AGAIN: usize = CUT_AT[1];
/// The longest time that an invocation has run when the power is cut.
const MAX_INVOCATION: SignedDuration = SignedDuration::from_secs(10);

/// The customers, who reach the shop over HTTP.
struct Customers {
    client: Client,
    ports: Ports,
    tokens: Vec<String>,
    /// How often the shop has been opened.
    openings: watch::Sender<u32>,
    answered: watch::Sender<usize>,
}

/// An order, from its customer's point of view.
#[derive(Debug, Clone)]
struct Ordered {
    number: usize,
    order_id: String,
    total: i64,
}

impl Customers {
    fn of(ports: Ports) -> Self {
        // A pooled connection could lead to a shop that was killed.
        let client = Client::builder().pool_max_idle_per_host(0).build().expect("a client");
        let (openings, answered) = (watch::Sender::new(0), watch::Sender::new(0));
        Self { client, ports, tokens: Vec::new(), openings, answered }
    }

    async fn json(&self, request: RequestBuilder) -> (StatusCode, Value) {
        let response = request.send().await.expect("an answer");
        let status = response.status();
        let text = response.text().await.expect("a body");
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    async fn register(&self, number: usize) -> String {
        let account = json!({ "email": email(number), "password": "a password of eight or more", "name": "A Customer" });
        let (status, body) = self.json(self.client.post(self.ports.shop("/users")).json(&account)).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{body}");
        let login = json!({ "email": email(number), "password": "a password of eight or more" });
        let (status, body) = self.json(self.client.post(self.ports.shop("/sessions")).json(&login)).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        body["access_token"].as_str().expect("a token").to_owned()
    }

    fn request(&self, number: usize, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, self.ports.shop(path)).bearer_auth(&self.tokens[number % CUSTOMERS])
    }

    /// Places an order, and retries with the same key until there is a reply.
    async fn order(&self, number: usize) -> Ordered {
        loop {
            let opening = *self.openings.borrow();
            let request = self.request(number, Method::POST, "/orders").json(&basket(number));
            let request = request.header("idempotency-key", format!("order-{number}"));
            match answer(request).await {
                Ok((status, body)) if status == StatusCode::CREATED => {
                    let ordered = Ordered::read(number, &body);
                    self.answered.send_modify(|answered| *answered += 1);
                    return ordered;
                }
                // A function did not start in time, as happens while all start concurrently.
                Ok((StatusCode::SERVICE_UNAVAILABLE, _)) => {}
                Ok((status, body)) => panic!("order {number}: {status} {body}"),
                Err(_) => {
                    let mut openings = self.openings.subscribe();
                    openings.wait_for(|open| *open > opening).await.expect("it opens again");
                }
            }
        }
    }

    async fn status(&self, ordered: &Ordered) -> String {
        let path = format!("/orders/{}", ordered.order_id);
        let (status, body) = self.json(self.request(ordered.number, Method::GET, &path)).await;
        assert_eq!(status, StatusCode::OK, "{ordered:?}: {body}");
        body["status"].as_str().expect("a status").to_owned()
    }

    /// Waits until nothing is left to do.
    async fn rest(&self) {
        loop {
            let (_, left) = self.json(self.client.get(self.ports.console("/rest?wait=30000"))).await;
            if left == json!([]) {
                return;
            }
        }
    }
}

impl Ordered {
    fn read(number: usize, body: &Value) -> Self {
        Self {
            number,
            order_id: body["order_id"].as_str().expect("an id").to_owned(),
            total: body["total"]["amount"].as_i64().expect("an amount"),
        }
    }
}

/// Returns the reply, unless the connection breaks before its end.
async fn answer(request: RequestBuilder) -> Result<(StatusCode, Value), reqwest::Error> {
    let response = request.send().await?;
    let status = response.status();
    Ok((status, response.json().await?))
}

fn email(number: usize) -> String {
    format!("customer-{number}@customers.example")
}

/// Returns whether an order's card is declined: every fifth is.
fn is_declined(number: usize) -> bool {
    number % 5 == 4
}

fn basket(number: usize) -> Value {
    let mut order =
        first_order(if is_declined(number) { "pm_card_visa_chargeDeclined" } else { "pm_card_visa" });
    let line = |sku| json!({ "sku": sku, "quantity": pieces(number, sku) });
    order["lines"] = ["CUP-BLUE", "BEANS-250"].map(line).into();
    order
}

/// Returns the number of pieces of a SKU in an order.
fn pieces(number: usize, sku: &str) -> i64 {
    match sku {
        "CUP-BLUE" => 1,
        "BEANS-250" if number.is_multiple_of(2) => 2,
        "BEANS-250" => 1,
        _ => 0,
    }
}

/// A cut: its time, and the processes of functions that it left behind.
struct Cut {
    at: Timestamp,
    orphans: BTreeSet<u32>,
}

/// Cuts the power at each of `CUT_AT`, and opens the shop again.
async fn cut(customers: &Customers, mut program: Program, data: &Path) -> (Program, Vec<Cut>) {
    let mut cuts = Vec::new();
    for moment in CUT_AT {
        let mut answered = customers.answered.subscribe();
        answered.wait_for(|answered| *answered >= moment).await.expect("orders are answered");
        let orphans = program.kill().await;
        assert!(!orphans.is_empty(), "nothing was running");
        cuts.push(Cut { at: Timestamp::now(), orphans });
        if moment == CUT_AGAIN {
            let orphans = Program::half_open(data, &customers.ports).await.kill().await;
            cuts.push(Cut { at: Timestamp::now(), orphans });
        }
        program = Program::open(data, &customers.ports).await;
        customers.openings.send_modify(|openings| *openings += 1);
    }
    (program, cuts)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_order_reaches_its_end_after_repeated_power_cuts() {
    let test = tokio::time::timeout(DEADLINE, fifty_orders_and_four_cuts()).await;
    test.expect("it does not hang");
}

async fn fifty_orders_and_four_cuts() {
    let data = tempfile::tempdir().expect("a folder");
    let mut customers = Customers::of(Ports::free());
    let program = Program::open(data.path(), &customers.ports).await;
    customers.openings.send_replace(1);
    customers.tokens = join_all((0..CUSTOMERS).map(|number| customers.register(number))).await;

    let placing =
        stream::iter(0..ORDERS).map(|number| customers.order(number)).buffer_unordered(CONCURRENCY).collect();
    let (orders, (program, cuts)): (Vec<Ordered>, _) =
        tokio::join!(placing, cut(&customers, program, data.path()));
    let ids: BTreeSet<&str> = orders.iter().map(|ordered| ordered.order_id.as_str()).collect();
    assert_eq!(ids.len(), ORDERS);

    // Functions whose cloud was killed end by themselves, while the next cloud is already running.
    for cut in &cuts {
        gone(&cut.orphans).await;
    }
    customers.rest().await;
    for ordered in &orders {
        let expected = if is_declined(ordered.number) { "payment_failed" } else { "confirmed" };
        assert_eq!(customers.status(ordered).await, expected, "{ordered:?}");
        // A retry gets the first reply, whether or not the customer received it.
        assert_eq!(customers.order(ordered.number).await.order_id, ordered.order_id);
    }
    program.stop().await;
    audit(data.path(), &orders, &cuts).await;
}

/// Checks the data on disk: tables, queues, the payment gateway's books and mails.
async fn audit(data: &Path, orders: &[Ordered], cuts: &[Cut]) {
    let shop = Shop::reopened(data).await;
    let rows = shop.rows("orders", "order").await;
    let ids: BTreeSet<&str> = rows.iter().filter_map(|row| row["order_id"]["S"].as_str()).collect();
    assert_eq!((rows.len(), ids), (ORDERS, orders.iter().map(|ordered| ordered.order_id.as_str()).collect()));
    assert_mails(&shop.cloud().endpoint().mailbox().all(), orders, cuts);

    // Declined orders are open until their holds end.
    shop.run_schedule("expire-orders", Timestamp::now() + SignedDuration::from_mins(20)).await;
    shop.settle().await;
    let wrong = Books::of(&shop).await.violations();
    assert!(wrong.is_empty(), "{wrong:#?}");
    for row in shop.rows("products", "stock").await {
        let sold: i64 = row["sold"]["N"].as_str().expect("a number").parse().expect("a whole number");
        let sku = row["sku"]["S"].as_str().expect("a SKU");
        assert_eq!(sold, paid(orders).map(|ordered| pieces(ordered.number, sku)).sum::<i64>(), "{row}");
    }

    let intents = shop.cloud().payment_gateway().intents();
    for ordered in orders {
        let of_it = intents.iter().filter(|intent| intent.order_id() == Some(&ordered.order_id));
        let (charges, held) = of_it.fold((0, 0), |(charges, held), intent| {
            (charges + intent.successful_charges, held + intent.held())
        });
        let due = if is_declined(ordered.number) { (0, 0) } else { (1, ordered.total) };
        assert_eq!((charges, held), due, "{ordered:?}");
    }
    assert_eq!(
        shop.cloud().payment_gateway().holds("eur"),
        paid(orders).map(|ordered| ordered.total).sum::<i64>()
    );
    shop.close().await;
}

/// Each mail was sent, unless one about a later event of the order was sent before it, and only once unless the power was
/// cut while it was being sent.
fn assert_mails(mails: &[Mail], orders: &[Ordered], cuts: &[Cut]) {
    let mut sent: BTreeMap<(String, &str, String), Vec<Timestamp>> = BTreeMap::new();
    for mail in mails {
        let text = mail.text.as_deref().unwrap_or_default();
        let about = orders.iter().find(|ordered| text.contains(&ordered.order_id));
        let about = about.map(|ordered| ordered.order_id.clone()).unwrap_or_default();
        sent.entry((mail.to.join(", "), &mail.subject, about)).or_default().push(mail.sent_at);
    }
    for (mail, times) in &sent {
        for pair in times.windows(2) {
            let interrupted =
                |cut: &Cut| pair[0] <= cut.at && cut.at <= pair[1] && cut.at - MAX_INVOCATION <= pair[0];
            assert!(cuts.iter().any(interrupted), "{mail:?} was sent at {times:?}");
        }
    }
    for ordered in orders {
        let outcome = if is_declined(ordered.number) {
            "Your payment did not go through"
        } else {
            "Your order is confirmed"
        };
        let of_it = sent.keys().filter(|(_, _, about)| *about == ordered.order_id);
        let (staffs, customers): (Vec<_>, Vec<_>) = of_it.partition(|(to, ..)| to == STAFF);
        let subjects: BTreeSet<&str> = customers.into_iter().map(|(_, subject, _)| *subject).collect();
        let both = BTreeSet::from(["We have received your order", outcome]);
        assert!(subjects.contains(outcome) && subjects.is_subset(&both), "{ordered:?}: {subjects:?}");
        assert_eq!(staffs.len(), usize::from(!is_declined(ordered.number)), "{ordered:?}: {staffs:?}");
    }
    let welcomed = sent.keys().filter(|(_, subject, _)| *subject == "Welcome to Bodega").count();
    assert_eq!(welcomed, CUSTOMERS + 2, "the customers and the two seeded accounts");
}

fn paid(orders: &[Ordered]) -> impl Iterator<Item = &Ordered> {
    orders.iter().filter(|ordered| !is_declined(ordered.number))
}
