//! A signed-in customer, and the replies to their requests.

use dev::seed::first_order;
use domain::words::id::OrderId;
use engines::aws::Mail;
use reqwest::{Method, RequestBuilder, Response};
use runtime::site::STAFF;
use serde_json::{Value, json};

use crate::books::Books;
use crate::saved_card;
use crate::shop::Shop;

/// The number of times that a request is sent before a customer gives up.
const MAX_TRIES: u32 = 10;

/// A reply with its decoded body.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// The content type.
    pub content_type: String,
    /// The body; null if there is none.
    pub body: Value,
}

impl Reply {
    /// Reads a response.
    pub async fn of(response: Response) -> Self {
        let status = response.status().as_u16();
        let content_type = response
            .headers()
            .get("content-type")
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned();
        let text = response.text().await.expect("a body");
        let body = match text {
            text if text.is_empty() => Value::Null,
            text if content_type.starts_with("text/html") => Value::String(text),
            text => serde_json::from_str(&text).expect("a JSON body"),
        };
        Self { status, content_type, body }
    }

    /// Returns the status and code of a problem, such as `409 out_of_stock`. Panics if the reply is not a problem.
    pub fn problem(&self) -> String {
        assert_eq!(self.content_type, "application/problem+json", "{self:?}");
        assert_eq!(self.body["status"], self.status, "{self:?}");
        format!("{} {}", self.status, self.body["code"].as_str().expect("a code"))
    }
}

/// Returns the seeded first order, as a guest places it who is reached at this address.
#[must_use]
pub fn guests_order(email: &str) -> Value {
    let mut order = first_order("pm_card_visa");
    order["contact"] = json!({ "name": "A Guest", "email": email });
    order
}

/// A signed-in user.
pub struct Customer<'a> {
    shop: &'a Shop,
    /// The account's e-mail address.
    pub email: String,
    /// The access token.
    pub token: String,
    /// The refresh token.
    pub refresh_token: String,
    /// The user id.
    pub user_id: String,
}

impl<'a> Customer<'a> {
    /// Returns the user of a session.
    ///
    /// # Panics
    /// Panics if it is none.
    #[must_use]
    pub fn new(shop: &'a Shop, email: &str, session: &Value) -> Self {
        let text = |name: &str| {
            session[name].as_str().unwrap_or_else(|| panic!("no {name} in {session}")).to_owned()
        };
        Self {
            shop,
            email: email.to_owned(),
            token: text("access_token"),
            refresh_token: text("refresh_token"),
            user_id: text("user_id"),
        }
    }

    /// Returns the customer's shop.
    #[must_use]
    pub fn shop(&self) -> &'a Shop {
        self.shop
    }

    /// Builds a request with the customer's access token.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.shop.client().request(method, self.shop.at(path)).bearer_auth(&self.token)
    }

    /// Sends a GET request.
    pub async fn get(&self, path: &str) -> Reply {
        self.shop.send(self.request(Method::GET, path)).await
    }

    /// Sends a POST request with an Idempotency-Key.
    pub async fn post(&self, path: &str, key: &str, body: &Value) -> Reply {
        self.shop.send(self.request(Method::POST, path).header("idempotency-key", key).json(body)).await
    }

    /// Saves a test card, and returns it as the payment method to pay with.
    pub async fn save_card(&self, card: &str) -> String {
        let set_up = self.shop.send(self.request(Method::POST, "/payment-methods")).await;
        assert_eq!(set_up.status, 200, "{set_up:?}");
        saved_card::enter(&set_up.body, card).await.expect("the card is saved");
        let saved = self.get("/payment-methods").await;
        let newest = saved.body["items"].as_array().and_then(|items| items.first());
        let newest = newest.unwrap_or_else(|| panic!("{saved:?}"));
        newest["payment_method"].as_str().expect("a payment method").to_owned()
    }

    /// Spreads the pieces of a SKU over shards, as staff.
    pub async fn spread(&self, sku: &str, shards: u8) {
        let policy = json!({ "low_at": 5, "shards": shards });
        let request = self.request(Method::PUT, &format!("/admin/catalogue/stock/{sku}"));
        let set = self.shop.send(request.header("if-match", "*").json(&policy)).await;
        assert_eq!(set.status, 200, "{set:?}");
    }

    /// Sends a POST request, and retries it with the same key while it gets no reply or a 5xx, as every client of the
    /// shop should.
    ///
    /// # Errors
    /// Fails if the shop refuses the request, or if no try succeeds.
    pub async fn insist(&self, path: &str, key: &str, body: &Value) -> Result<Reply, String> {
        self.insist_on(path, || self.request(Method::POST, path).header("idempotency-key", key).json(body))
            .await
    }

    /// Sends a PUT or PATCH request, and retries it as [`insist`](Self::insist) does.
    ///
    /// # Errors
    /// As [`insist`](Self::insist).
    pub async fn insist_by(&self, method: Method, path: &str, body: &Value) -> Result<Reply, String> {
        self.insist_on(path, || self.request(method.clone(), path).json(body)).await
    }

    async fn insist_on(&self, path: &str, request: impl Fn() -> RequestBuilder) -> Result<Reply, String> {
        match self.persist(path, request).await? {
            reply if reply.status < 300 => Ok(reply),
            refused => Err(format!("{path}: {refused:?}")),
        }
    }

    /// Sends a request, and retries it while it gets no reply or a 5xx.
    ///
    /// # Errors
    /// Fails if no try is answered.
    pub async fn persist(&self, path: &str, request: impl Fn() -> RequestBuilder) -> Result<Reply, String> {
        let mut last = String::new();
        for _ in 0..MAX_TRIES {
            match self.shop.try_send(request()).await {
                Err(error) => last = error.to_string(),
                Ok(reply) if reply.status < 500 => return Ok(reply),
                Ok(reply) => last = format!("{reply:?}"),
            }
        }
        Err(format!("{path} failed {MAX_TRIES} times, most recently with: {last}"))
    }

    /// Places the seeded first order.
    pub async fn order(&self, key: &str, payment_method: &str) -> Reply {
        self.post("/orders", key, &first_order(payment_method)).await
    }

    /// Orders pieces of one SKU.
    pub async fn order_of(&self, key: &str, sku: &str, quantity: i64) -> Reply {
        let mut order = first_order("pm_card_visa");
        order["lines"] = json!([{ "sku": sku, "quantity": quantity }]);
        self.post("/orders", key, &order).await
    }

    /// Places the seeded first order, and waits until everything that follows from it has happened. Returns the order.
    pub async fn order_and_settle(&self, payment_method: &str) -> Value {
        let placed = self.order("the-order", payment_method).await;
        assert_eq!(placed.status, 201, "{placed:?}");
        self.shop.settle().await;
        self.get(&format!("/orders/{}", placed.body["order_id"].as_str().unwrap_or_default())).await.body
    }

    /// Returns the subjects of the customer's mails about an order, oldest first. Mails about the account come in no
    /// sequence with them.
    pub fn mails_about(&self, order: OrderId) -> Vec<String> {
        about(order, self.shop.mails(&self.email))
    }

    /// Returns the subjects of the staff's mails about an order, oldest first.
    pub fn staffs_mails_about(&self, order: OrderId) -> Vec<String> {
        about(order, self.shop.mails(STAFF))
    }

    /// Asserts that these are the customer's mails about an order, in this sequence. One that would have come too late is
    /// not sent, and recorded as overtaken: `docs/decisions/0023-late-mails-are-not-sent.md`.
    pub async fn assert_mails(&self, order: &Value, expected: &[&str]) {
        let id = order["order_id"].as_str().expect("an id").parse().expect("an order's id");
        let overtaken = Books::of(self.shop).await.overtaken(id);
        let is_sent = |subject: &&&str| !overtaken.iter().any(|overtaken| overtaken == **subject);
        let expected: Vec<&str> = expected.iter().filter(is_sent).copied().collect();
        assert_eq!(self.mails_about(id), expected, "overtaken: {overtaken:?}");
    }
}

/// Returns the subjects of those mails that are about an order.
fn about(order: OrderId, mails: Vec<Mail>) -> Vec<String> {
    let id = order.to_string();
    let about_order =
        mails.into_iter().filter(|mail| mail.text.as_ref().is_some_and(|text| text.contains(&id)));
    about_order.map(|mail| mail.subject).collect()
}
