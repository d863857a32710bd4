//! A signed-in customer, and the replies that they get.

use dev::seed::first_order;
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};

use crate::shop::Shop;

/// How often a request is sent before a customer gives up.
const PATIENCE: u32 = 10;

/// A reply, read.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The content type.
    pub content_type: String,
    /// The body; null when there is none.
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
        let body =
            if text.is_empty() { Value::Null } else { serde_json::from_str(&text).expect("a JSON body") };
        Self { status, content_type, body }
    }

    /// `409 out_of_stock`: what a problem is known by. It has to be one.
    pub fn problem(&self) -> String {
        assert_eq!(self.content_type, "application/problem+json", "{self:?}");
        assert_eq!(self.body["status"], self.status, "{self:?}");
        format!("{} {}", self.status, self.body["code"].as_str().expect("a code"))
    }
}

/// Somebody who is signed in.
pub struct Customer<'a> {
    shop: &'a Shop,
    /// Their account's address.
    pub email: String,
    /// Their access token.
    pub token: String,
    /// Their refresh token.
    pub refresh_token: String,
    /// Their id.
    pub user_id: String,
}

impl<'a> Customer<'a> {
    pub(crate) fn new(shop: &'a Shop, email: &str, session: &Value) -> Self {
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

    /// The shop that they are in.
    #[must_use]
    pub fn shop(&self) -> &'a Shop {
        self.shop
    }

    /// A request of theirs.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.shop.client().request(method, self.shop.at(path)).bearer_auth(&self.token)
    }

    /// GETs.
    pub async fn get(&self, path: &str) -> Reply {
        self.shop.send(self.request(Method::GET, path)).await
    }

    /// POSTs, with an Idempotency-Key.
    pub async fn post(&self, path: &str, key: &str, body: &Value) -> Reply {
        self.shop.send(self.request(Method::POST, path).header("idempotency-key", key).json(body)).await
    }

    /// POSTs until the shop answers for good: what is not answered, or with a 5xx, is sent again with the same key, as
    /// every client of a shop has to.
    ///
    /// # Errors
    /// The shop refuses, or answers nothing else after ten times.
    pub async fn insist(&self, path: &str, key: &str, body: &Value) -> Result<Reply, String> {
        let mut last = String::new();
        for _ in 0..PATIENCE {
            let request = self.request(Method::POST, path).header("idempotency-key", key).json(body);
            match self.shop.try_send(request).await {
                Err(error) => last = error.to_string(),
                Ok(reply) if reply.status < 300 => return Ok(reply),
                Ok(reply) if reply.status < 500 => return Err(format!("{path}: {reply:?}")),
                Ok(reply) => last = format!("{reply:?}"),
            }
        }
        Err(format!("{path} was not answered {PATIENCE} times; the last time: {last}"))
    }

    /// Orders the seeded first order.
    pub async fn order(&self, key: &str, payment_method: &str) -> Reply {
        self.post("/orders", key, &first_order(payment_method)).await
    }

    /// Orders pieces of one sku.
    pub async fn order_of(&self, key: &str, sku: &str, quantity: i64) -> Reply {
        let mut order = first_order("pm_card_visa");
        order["lines"] = json!([{ "sku": sku, "quantity": quantity }]);
        self.post("/orders", key, &order).await
    }

    /// Orders the seeded first order, and waits until everything that follows has happened.
    pub async fn order_and_settle(&self, payment_method: &str) -> Value {
        let placed = self.order("the-order", payment_method).await;
        assert_eq!(placed.status, 201, "{placed:?}");
        self.shop.settle().await;
        self.get(&format!("/orders/{}", placed.body["order_id"].as_str().unwrap_or_default())).await.body
    }
}
