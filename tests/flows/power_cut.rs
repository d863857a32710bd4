//! `kill -9` in the middle of fifty orders: what was promised is kept, and everything else can be asked for again.

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
use serde_json::{Value, json};
use tests::{Books, Shop};
use tokio::sync::watch;

use program::{Ports, Program, gone};

/// Longer than anything takes, on any machine; reached only when something hangs.
const DEADLINE: Duration = Duration::from_secs(180);

const CUSTOMERS: usize = 10;
const ORDERS: usize = 50;
/// How many customers wait for an answer at a time.
const AT_ONCE: usize = 8;
/// The cuts: when so many orders have been answered. At the last one, what follows from the orders has still to happen.
const CUT_AT: [usize; 3] = [5, 25, ORDERS];
/// After this one it is cut again while the shop opens.
const CUT_AGAIN: usize = CUT_AT[1];
/// What a function was doing when the lights went out, it began at most so long before.
const FUNCTION: SignedDuration = SignedDuration::from_secs(10);

/// What the customers see of the shop.
struct Street {
    client: Client,
    ports: Ports,
    tokens: Vec<String>,
    /// How often the shop has been opened; 0 is never.
    openings: watch::Sender<u32>,
    answered: watch::Sender<usize>,
}

/// An order, as its customer knows it.
#[derive(Debug, Clone)]
struct Ordered {
    number: usize,
    order_id: String,
    total: i64,
    held_until: Timestamp,
}

impl Street {
    fn of(ports: Ports) -> Self {
        // A connection that is kept could be one to a shop that is no more.
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
        assert_eq!(status, StatusCode::CREATED, "{body}");
        let login = json!({ "email": email(number), "password": "a password of eight or more" });
        let (status, body) = self.json(self.client.post(self.ports.shop("/sessions")).json(&login)).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        body["access_token"].as_str().expect("a token").to_owned()
    }

    fn request(&self, number: usize, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, self.ports.shop(path)).bearer_auth(&self.tokens[number % CUSTOMERS])
    }

    /// Orders, and says so again with the same key for as long as there is no answer.
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
                // Somebody behind the front door was not there in time, as happens when all start at once.
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

    /// Runs a schedule as if it were `time`, and waits until all that follows has happened.
    async fn run_schedule(&self, operation: &str, time: Timestamp) {
        let path = format!("/schedules/{operation}/runs?time={time}");
        let (status, body) = self.json(self.client.post(self.ports.console(&path))).await;
        assert_eq!(status, StatusCode::OK, "{operation}: {body}");
        self.rest().await;
    }
}

impl Ordered {
    fn read(number: usize, body: &Value) -> Self {
        Self {
            number,
            order_id: body["order_id"].as_str().expect("an id").to_owned(),
            total: body["total"]["amount"].as_i64().expect("an amount"),
            held_until: body["held_until"].as_str().expect("a time").parse().expect("RFC 3339"),
        }
    }
}

/// The answer, if there is one to its end.
async fn answer(request: RequestBuilder) -> Result<(StatusCode, Value), reqwest::Error> {
    let response = request.send().await?;
    let status = response.status();
    Ok((status, response.json().await?))
}

fn email(number: usize) -> String {
    format!("customer-{number}@customers.example")
}

/// Every fifth card is declined.
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

/// How many pieces of a sku an order is of.
fn pieces(number: usize, sku: &str) -> i64 {
    match sku {
        "CUP-BLUE" => 1,
        "BEANS-250" if number.is_multiple_of(2) => 2,
        "BEANS-250" => 1,
        _ => 0,
    }
}

/// A cut: when, and the processes of functions that were left to themselves.
struct Cut {
    at: Timestamp,
    orphans: BTreeSet<u32>,
}

/// Cuts the power at each of the moments, and opens the shop again.
async fn cut(street: &Street, mut program: Program, data: &Path) -> (Program, Vec<Cut>) {
    let mut cuts = Vec::new();
    for moment in CUT_AT {
        let mut answered = street.answered.subscribe();
        answered.wait_for(|answered| *answered >= moment).await.expect("orders are answered");
        let orphans = program.kill().await;
        assert!(!orphans.is_empty(), "nothing was running");
        cuts.push(Cut { at: Timestamp::now(), orphans });
        if moment == CUT_AGAIN {
            let orphans = Program::half_open(data, &street.ports).await.kill().await;
            cuts.push(Cut { at: Timestamp::now(), orphans });
        }
        program = Program::open(data, &street.ports).await;
        street.openings.send_modify(|openings| *openings += 1);
    }
    (program, cuts)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_order_reaches_its_end_though_the_power_is_cut_again_and_again() {
    let test = tokio::time::timeout(DEADLINE, fifty_orders_and_four_cuts()).await;
    test.expect("it does not hang");
}

async fn fifty_orders_and_four_cuts() {
    let data = tempfile::tempdir().expect("a folder");
    let mut street = Street::of(Ports::free());
    let program = Program::open(data.path(), &street.ports).await;
    street.openings.send_replace(1);
    street.tokens = join_all((0..CUSTOMERS).map(|number| street.register(number))).await;

    let placing =
        stream::iter(0..ORDERS).map(|number| street.order(number)).buffer_unordered(AT_ONCE).collect();
    let (orders, (program, cuts)): (Vec<Ordered>, _) =
        tokio::join!(placing, cut(&street, program, data.path()));
    let ids: BTreeSet<&str> = orders.iter().map(|ordered| ordered.order_id.as_str()).collect();
    assert_eq!(ids.len(), ORDERS);

    // Functions whose cloud is dead end by themselves, while the next one is at work already.
    for cut in &cuts {
        gone(&cut.orphans).await;
    }
    street.rest().await;
    for ordered in &orders {
        let expected = if is_declined(ordered.number) { "payment_failed" } else { "confirmed" };
        assert_eq!(street.status(ordered).await, expected, "{ordered:?}");
        // A customer who asks once more gets the answer that was given, or would have been.
        assert_eq!(street.order(ordered.number).await.order_id, ordered.order_id);
    }
    let ended =
        orders.iter().map(|ordered| ordered.held_until).max().expect("orders") + SignedDuration::from_secs(1);
    street.run_schedule("expire-orders", ended).await;
    for ordered in orders.iter().filter(|ordered| is_declined(ordered.number)) {
        assert_eq!(street.status(ordered).await, "expired", "{ordered:?}");
    }
    program.stop().await;
    audit(data.path(), &orders, &cuts).await;
}

/// Looks into what is on disk now: the tables, the queues, the payment gateway's books, the mails.
async fn audit(data: &Path, orders: &[Ordered], cuts: &[Cut]) {
    let shop = Shop::reopened(data).await;
    let rows = shop.rows("orders", "order").await;
    let ids: BTreeSet<&str> = rows.iter().filter_map(|row| row["order_id"]["S"].as_str()).collect();
    assert_eq!((rows.len(), ids), (ORDERS, orders.iter().map(|ordered| ordered.order_id.as_str()).collect()));

    let wrong = Books::of(&shop).await.violations();
    assert!(wrong.is_empty(), "{wrong:#?}");
    for row in shop.rows("products", "stock").await {
        let sold: i64 = row["sold"]["N"].as_str().expect("a number").parse().expect("a whole number");
        let sku = row["sku"]["S"].as_str().expect("a sku");
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

    assert_mails(&shop.cloud().endpoint().mailbox().all(), orders, cuts);
    shop.close().await;
}

/// Each mail came, and came once, unless it was just being sent when the power went: then nobody can know that it was.
fn assert_mails(mails: &[Mail], orders: &[Ordered], cuts: &[Cut]) {
    let mut came: BTreeMap<(String, &str, String), Vec<Timestamp>> = BTreeMap::new();
    for mail in mails {
        let text = mail.text.as_deref().unwrap_or_default();
        let about = orders.iter().find(|ordered| text.contains(&ordered.order_id));
        let about = about.map(|ordered| ordered.order_id.clone()).unwrap_or_default();
        came.entry((mail.to.join(", "), &mail.subject, about)).or_default().push(mail.sent_at);
    }
    for (mail, times) in &came {
        for pair in times.windows(2) {
            let unknown = |cut: &Cut| pair[0] <= cut.at && cut.at <= pair[1] && cut.at - FUNCTION <= pair[0];
            assert!(cuts.iter().any(unknown), "{mail:?} came at {times:?}");
        }
    }
    for ordered in orders {
        let declined =
            ["We have received your order", "Your order has expired", "Your payment did not go through"];
        let paid = ["We have received your order", "Your order is confirmed"];
        let expected: BTreeSet<&str> =
            if is_declined(ordered.number) { declined.into() } else { paid.into() };
        let of_it = came.keys().filter(|(_, _, about)| *about == ordered.order_id);
        assert_eq!(of_it.map(|(_, subject, _)| *subject).collect::<BTreeSet<_>>(), expected, "{ordered:?}");
    }
    let welcomed = came.keys().filter(|(_, subject, _)| *subject == "Welcome to Bodega").count();
    assert_eq!(welcomed, CUSTOMERS + 2, "the customers, and the two that every shop begins with");
}

fn paid(orders: &[Ordered]) -> impl Iterator<Item = &Ordered> {
    orders.iter().filter(|ordered| !is_declined(ordered.number))
}
