//! A flow for each permission that a function has.

mod accounts;
mod carts;
mod catalogue;
mod failing;
mod imports;
mod ordering;
mod paying;
mod promotions;
mod relays;
mod settings;
mod shipping;
mod stock;

use std::cell::{Cell, RefCell};
use std::time::Duration;

use engines::iam::Grant;
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Customer, Reply, Shop};

use self::catalogue::product;
use self::promotions::CODE;
use super::trial::{Seen, fire};

/// Far longer than anything takes.
const DEADLINE: Duration = Duration::from_secs(30);

/// A SKU with enough stock for all orders.
const SKU: &str = "FLOWS-1";

/// A SKU whose pieces are spread over shards.
const SHARDED: &str = "FLOWS-SHARDED";

pub struct Flows<'s> {
    shop: &'s Shop,
    customer: Customer<'s>,
    admin: Customer<'s>,
    product: Value,
    /// A paid order, as its customer sees it.
    order: Value,
    /// An unpaid order, for the flow that runs next.
    unpaid: RefCell<Value>,
    /// The customer of that order, who has no others.
    guest: RefCell<Option<Customer<'s>>>,
    /// The ids of orders that must be paid in the end.
    placed: RefCell<Vec<String>>,
    number: Cell<u32>,
    /// The limit of low stock that was set, or tried, last.
    low_at: Cell<u32>,
    /// The number of shards of the SKU that has some.
    shards: Cell<u32>,
    /// The slug of the product that the next import changes.
    prepared: RefCell<String>,
}

impl<'s> Flows<'s> {
    /// Prepares the flows of a stocked shop.
    pub async fn of(shop: &'s Shop) -> Self {
        let (customer, admin) = (shop.customer("Ada Lovelace").await, shop.admin().await);
        let created = admin.post("/products", "flows-product", &product("flows", SKU)).await;
        assert_eq!(created.status, 201, "{created:?}");
        let flows = Self {
            shop,
            customer,
            admin,
            product: created.body,
            order: Value::Null,
            unpaid: RefCell::default(),
            guest: RefCell::default(),
            placed: RefCell::default(),
            number: Cell::new(0),
            low_at: Cell::new(0),
            shards: Cell::new(1),
            prepared: RefCell::default(),
        };
        let delivered = flows.adjust("flows-delivery", 1_000).await;
        assert!(delivered.status < 300, "{delivered:?}");
        flows.prepare_shards().await;
        let promoted = flows.put_promotion(CODE).await;
        assert_eq!(promoted.status, 200, "{promoted:?}");
        let filled = flows.put_into_cart(&flows.customer).await;
        assert!(filled.status < 300, "{filled:?}");
        flows
    }

    /// Places the order that later flows read and repeat.
    pub async fn place_first_order(&mut self) {
        let order = self.place("first").await;
        self.shop.settle().await;
        self.order = self.customer.get(&path("/orders", &order.body, "order_id")).await.body;
    }

    /// Prepares the flow of a permission, which may need an unpaid order.
    pub async fn prepare(&self, grant: &Grant) {
        self.unique("flow");
        match grant.function.as_str() {
            "cancel-order" | "expire-orders" | "expire-reservations" => self.place_unpaid().await,
            "get-payment-action" | "receive-stripe-event" => self.place_unpaid().await,
            "retry-payment" => self.place_declined().await,
            "payments.relay-events" if grant.resource.ends_with("payment-commands") => {
                self.place_declined().await;
            }
            "change-password" => self.confirm_guest().await,
            "run-import" => self.prepare_import().await,
            "update-product" if is_on(grant, "LEFTOVERS#*") => {
                self.upload_picture("removed").await;
                self.shop.settle().await;
            }
            "search-products" => drop(self.index(&self.unique("searched")).await),
            "place-order" | "check-out" if short(grant) == "BatchGetItem" && is_on(grant, "ORDER#*") => {
                self.fill_slots().await
            }
            "apply-payment-event" if is_on(grant, "PROMOTION#*") => self.place_unpaid().await,
            // A check-out has emptied it.
            "get-cart" | "merge-cart" | "put-cart-line" | "update-cart" | "quote-lines" => {
                let filled = self.put_into_cart(&self.customer).await;
                assert_eq!(filled.status, 200, "{filled:?}");
                self.give_code().await;
            }
            "products.relay-events" if grant.resource.ends_with("order-events") => self.place_unpaid().await,
            _ => {}
        }
    }

    /// Runs the flow that needs the permission.
    pub async fn run(&self, grant: &Grant) -> Seen {
        let key = format!("flow-{}", self.number.get());
        let (function, action) = (grant.function.as_str(), short(grant));
        if let Some(seen) = self.of_catalogue(grant, &key).await {
            return seen;
        }
        if let Some(seen) = self.of_imports(grant, &key).await {
            return seen;
        }
        if let Some(seen) = self.of_payments(grant, &key).await {
            return seen;
        }
        if let Some(seen) = self.of_settings(grant, &key).await {
            return seen;
        }
        if let Some(seen) = self.of_promotions(grant, &key).await {
            return seen;
        }
        if let Some(seen) = self.of_carts(grant, &key).await {
            return seen;
        }
        if let Some(seen) = self.of_shipping(grant, &key).await {
            return seen;
        }
        if let Some(seen) = self.of_stock(grant, &key).await {
            return seen;
        }
        if let Some(seen) = self.of_orders(grant, &key).await {
            return seen;
        }
        if let Some(seen) = self.of_relays(grant).await {
            return seen;
        }
        match (function, action) {
            ("change-password", _) => {
                let password = "a password of eight or more";
                let body = json!({ "current_password": password, "new_password": password });
                let change = {
                    let guest = self.guest.borrow();
                    guest.as_ref().expect("prepared").request(Method::PUT, "/users/me/password").json(&body)
                };
                Seen::Reply(self.shop.send(change).await)
            }
            ("expire-orders" | "expire-reservations", "Query")
                if is_on(grant, "STUCK#*") || is_on(grant, "QUEUE#return") =>
            {
                self.fire(function, in_a_tenth_minute()).await
            }
            ("expire-orders", _) => self.fire(function, self.held_until(SignedDuration::from_secs(1))).await,
            ("expire-reservations", _) => {
                self.fire(function, self.held_until(SignedDuration::from_mins(31))).await
            }
            ("reconcile-payments", "GetItem" | "GetSecretValue" | "PutItem") => {
                self.settle_by_schedule().await
            }
            ("apply-customer-event", "Query" | "DeleteItem") if is_on(grant, "ORDER#*") => {
                self.erase_somebody().await;
                Seen::Later
            }
            ("apply-customer-event", action) if action != "ChangeMessageVisibility" => {
                self.sign_in_as_guest().await;
                Seen::Later
            }
            ("send-notification", "Query") => {
                self.place(&key).await;
                Seen::Later
            }
            (_, "Query") | ("reconcile-payments", _) => self.fire(function, in_a_tenth_minute()).await,
            ("apply-payment-event", _) if is_on(grant, "STANDING#*") => {
                self.decline().await;
                Seen::Later
            }
            (_, "ChangeMessageVisibility") => {
                self.fail_once(function).await;
                Seen::Later
            }
            ("record-audit", _) => {
                self.must_adjust(&self.unique("for-the-record"), 1).await;
                Seen::Later
            }
            ("apply-mail-event", _) => {
                self.complain(is_on(grant, "ORDER#*")).await;
                Seen::Later
            }
            ("send-account-mail", "Invoke") if grant.resource.ends_with("/contact") => {
                self.replace_password().await;
                Seen::Later
            }
            ("send-account-mail", _) => {
                self.shop.customer(&self.unique("customer")).await;
                Seen::Later
            }
            _ => {
                self.place(&key).await;
                Seen::Later
            }
        }
    }

    /// Returns whether a reply is that of a function with all permissions.
    pub fn is_success(&self, grant: &Grant, reply: &Reply) -> bool {
        match (grant.function.as_str(), short(grant)) {
            ("get-contact", _) | ("get-order", "Invoke") => {
                assert_eq!(reply.status, 200, "the order is returned even without its customer: {reply:?}");
                reply.body["user"]["status"] == "available"
            }
            ("get-cart" | "merge-cart" | "update-cart", "Invoke") | ("quote-lines", _) => {
                assert_eq!(reply.status, 200, "the cart is shown as it was last seen: {reply:?}");
                reply.body["stale"].is_null()
            }
            _ => {
                assert!(reply.status < 300 || reply.status >= 500, "{grant}: {reply:?}");
                reply.status < 300
            }
        }
    }

    /// Runs the flows that `measure::visit` does not include.
    pub async fn run_rare_ones(&self) {
        self.create("GetItem", "rare").await;
        self.index("rare-index").await;
        self.start_search().await;
        self.announce("rare-return").await;
        self.announce_sharded().await;
        self.check_out_as_guest("rare").await;
        self.use_code().await;
        self.withdraw_with_code().await;
        self.give_code().await;
        self.merge_cart().await;
        self.pay_with_saved().await;
        self.fill_slots().await;
        self.check_out_with_used_slots("rare-slots").await;
        self.run_low().await;
        self.reserve_low().await;
        self.rebalance().await;
        self.pay_late().await;
        self.credit("rare-credit").await;
        self.shop.settle().await;
        self.lose_reservation().await;
        self.shop.settle().await;
        self.settle_together().await;
        self.write_off().await;
        self.report_picture("rare").await;
        self.shop.settle().await;
        self.report_import("rare").await;
        self.prepare_import().await;
        self.import("rare-import").await;
        self.shop.settle().await;
        self.settle_by_schedule().await;
        self.shop.settle().await;
        self.decline_by_schedule().await;
        self.shop.settle().await;
        self.complain(true).await;
        self.shop.settle().await;
        self.cancel_the_piece("rare-piece").await;
        self.erase_somebody().await;
        self.shop.settle().await;
        for schedule in ["expire-orders", "expire-reservations"] {
            self.fire(schedule, in_a_tenth_minute()).await;
        }
        let consumers = [
            "process-payment",
            "settle-reservation",
            "apply-payment-event",
            "send-notification",
            "send-account-mail",
            "apply-mail-event",
            "apply-customer-event",
            "record-audit",
            "finish-image",
            "run-import",
        ];
        for consumer in consumers {
            self.fail_once(consumer).await;
            self.shop.settle().await;
        }
    }

    /// Asserts that every order that was placed is paid and confirmed, and that those are paid back of which all came back.
    pub async fn assert_nothing_is_lost(&self) {
        self.shop.settle().await;
        let placed = self.placed.borrow().clone();
        for order in placed {
            let order = self.customer.get(&format!("/orders/{order}")).await.body;
            let money = if order["return_status"] == "returned" { "refunded" } else { "captured" };
            assert_eq!((&order["status"], &order["payment_status"]), (&json!("confirmed"), &json!(money)));
        }
    }

    /// Returns a name that has not been used yet.
    fn unique(&self, what: &str) -> String {
        self.number.set(self.number.get() + 1);
        format!("{what}-{}", self.number.get())
    }

    fn held_until(&self, and: SignedDuration) -> Timestamp {
        let held_until = self.unpaid.borrow()["held_until"].as_str().map(str::to_owned).expect("a time");
        held_until.parse::<Timestamp>().expect("RFC 3339") + and
    }

    async fn fire(&self, function: &str, time: Timestamp) -> Seen {
        Seen::Run(fire(self.shop, function, time).await)
    }

    fn pause_consumer(&self, function: &str) -> Grant {
        let policies = self.shop.cloud().policies();
        let mut granted = policies.granted().into_iter();
        let receive =
            granted.find(|grant| grant.function == function && grant.action == "sqs:ReceiveMessage");
        let receive = receive.expect("the function has a queue");
        policies.withhold(&receive);
        receive
    }

    fn resume_consumer(&self, receive: &Grant) {
        let policies = self.shop.cloud().policies();
        policies.give_back(receive);
        policies.forget(receive);
    }

    async fn until_waiting(&self, queue: &str, messages: u64) {
        self.until(async || {
            let depths = self.shop.cloud().endpoint().queue_depths().await.expect("the queues are counted");
            depths.iter().any(|depth| depth.name.ends_with(queue) && depth.visible >= messages)
        })
        .await;
    }

    async fn until(&self, condition: impl AsyncFn() -> bool) {
        let mut changes = self.shop.cloud().endpoint().activity().subscribe();
        let waited = async {
            while !condition().await {
                changes.changed().await.expect("the cloud runs");
            }
        };
        let in_time = tokio::time::timeout(DEADLINE, waited).await.is_ok();
        assert!(in_time, "timed out; still busy: {:?}", self.shop.cloud().sources().left().await);
    }
}

fn is_on(grant: &Grant, rows: &str) -> bool {
    grant.rows.as_deref() == Some(rows)
}

fn short(grant: &Grant) -> &str {
    grant.action.split_once(':').map_or("", |(_, action)| action)
}

/// Returns a time in ten to twenty minutes, at which schedules also count what is set apart.
fn in_a_tenth_minute() -> Timestamp {
    const TEN_MINUTES: i64 = 600;
    let tenths = Timestamp::now().as_second() / TEN_MINUTES + 2;
    Timestamp::from_second(tenths * TEN_MINUTES).expect("a time")
}

/// Returns the path of the resource that a reply's field names.
fn path(collection: &str, reply: &Value, field: &str) -> String {
    let name = reply[field].as_str().unwrap_or_else(|| panic!("no {field} in {reply}"));
    format!("{collection}/{name}")
}

/// Returns an order of one piece.
fn basket(payment_method: &str) -> Value {
    let mut order = dev::seed::first_order(payment_method);
    order["lines"] = json!([{ "sku": SKU, "quantity": 1 }]);
    order["codes"] = json!([CODE]);
    order
}
