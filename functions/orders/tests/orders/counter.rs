//! The counter of the shop: the orders service with scripted product and user services, for carts and what is ordered of them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use domain::carts::CartView;
use edge::Problem;
use orders::carts::put_cart_line::PutCartLine;
use orders::carts::update_cart::UpdateCart;
use orders::carts::{Carts, get_cart, merge_cart, put_cart_line, update_cart};
use orders::orders::check_out;
use orders::orders::check_out::CheckOut;
use orders::orders::place::Desk;
use peers::{PaymentsClient, ProductsClient};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::settings::{rate, seller, zone};
use crate::*;

/// The product service.
#[derive(Default)]
pub struct Script {
    /// What it offers; nothing while it is down.
    pub catalogue: Option<Vec<Value>>,
    /// A price that only reservations have: it changes after it was asked for.
    pub price_at_reservation: Option<(String, i64)>,
    /// The payment methods that customers have saved, as `<user>/<payment method>`; `None` while the payment service is down.
    pub saved: Option<Vec<String>>,
    /// What it holds, by order.
    pub held: BTreeMap<String, Value>,
}

type Scripted = Arc<Mutex<Script>>;

type Answer = (StatusCode, Json<Value>);

pub struct Counter {
    pub shelf: Shelf,
    pub products: ProductsClient,
    users: UsersClient,
    payments: PaymentsClient,
    script: Scripted,
}

pub fn offer(sku: &str, price: i64, rate: u32, tax_code: &str) -> Value {
    json!({
        "sku": sku, "title": format!("The {sku}"), "unit_price": { "amount": price, "currency": "EUR" }, "tax_rate": rate,
        "goods": { "tax_code": tax_code }, "categories": ["coffee"], "available": 10, "for_sale": true,
    })
}

fn refused(status: StatusCode, code: &str) -> Answer {
    (status, Json(json!({ "code": code, "detail": "" })))
}

async fn quote(State(script): State<Scripted>, Json(request): Json<Value>) -> Answer {
    let script = script.lock().unwrap();
    let Some(all) = &script.catalogue else { return refused(StatusCode::SERVICE_UNAVAILABLE, "down") };
    let wanted = request["skus"].as_array().unwrap();
    let offers: Vec<&Value> = all.iter().filter(|offer| wanted.contains(&offer["sku"])).collect();
    let is_unknown = |sku: &&Value| all.iter().all(|offer| offer["sku"] != **sku);
    let unknown: Vec<&Value> = wanted.iter().filter(is_unknown).collect();
    (StatusCode::OK, Json(json!({ "offers": offers, "unknown": unknown })))
}

/// Holds what is asked for, or returns what it holds already.
async fn reserve(State(script): State<Scripted>, Json(request): Json<Value>) -> Answer {
    let mut script = script.lock().unwrap();
    let order_id = request["order_id"].as_str().unwrap().to_owned();
    let wanted = request["lines"].as_array().unwrap();
    if let Some(held) = script.held.get(&order_id) {
        let is_same = |(held, wanted): (&Value, &Value)| {
            held["sku"] == wanted["sku"] && held["quantity"] == wanted["quantity"]
        };
        let lines = held["lines"].as_array().unwrap();
        let are_same = lines.len() == wanted.len() && lines.iter().zip(wanted).all(is_same);
        return if are_same {
            (StatusCode::OK, Json(held.clone()))
        } else {
            refused(StatusCode::UNPROCESSABLE_ENTITY, "different_lines")
        };
    }
    let offer = |sku: &Value| script.catalogue.iter().flatten().find(|offer| offer["sku"] == *sku).unwrap();
    let price = |sku: &Value| match &script.price_at_reservation {
        Some((changed, price)) if sku == changed => *price,
        _ => offer(sku)["unit_price"]["amount"].as_i64().unwrap(),
    };
    let expected = request["expected"].as_array().unwrap();
    if expected.iter().any(|expected| expected["unit_price"]["amount"] != price(&expected["sku"])) {
        return refused(StatusCode::CONFLICT, "price_changed");
    }
    if wanted.iter().any(|line| offer(&line["sku"])["available"].as_i64() < line["quantity"].as_i64()) {
        return refused(StatusCode::CONFLICT, "out_of_stock");
    }
    let eur = |amount: i64| json!({ "amount": amount, "currency": "EUR" });
    let line = |line: &Value| {
        let unit_price = price(&line["sku"]);
        json!({
            "sku": line["sku"], "title": offer(&line["sku"])["title"], "quantity": line["quantity"],
            "unit_price": eur(unit_price), "total": eur(unit_price * line["quantity"].as_i64().unwrap()), "tax": eur(0),
        })
    };
    let lines: Vec<Value> = wanted.iter().map(line).collect();
    let held_until = now() + SignedDuration::from_mins(15);
    let held = json!({ "order_id": order_id, "lines": lines, "status": "held", "held_until": held_until });
    script.held.insert(order_id, held.clone());
    (StatusCode::OK, Json(held))
}

async fn keep_contact(Json(contact): Json<Value>) -> Json<Value> {
    Json(contact)
}

async fn verify(State(script): State<Scripted>, Path((user, method)): Path<(String, String)>) -> Answer {
    let Some(saved) = &script.lock().unwrap().saved else {
        return refused(StatusCode::SERVICE_UNAVAILABLE, "down");
    };
    if !saved.contains(&format!("{user}/{method}")) {
        return refused(StatusCode::UNPROCESSABLE_ENTITY, "payment_method_unknown");
    }
    let card = json!({
        "payment_method": method, "brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": 2034,
    });
    (StatusCode::OK, Json(card))
}

impl Counter {
    /// Opens a counter that sells what the demo order is about.
    pub async fn open() -> Self {
        let offers = vec![offer("BEANS-250", 790, 1000, "food"), offer("CUP-BLUE", 1450, 2100, "standard")];
        let script: Scripted = Arc::new(Mutex::new(Script { catalogue: Some(offers), ..Script::default() }));
        let router = Router::new()
            .route("/internal/quotes", post(quote))
            .route("/internal/reservations", post(reserve))
            .route("/internal/users/{user_id}/contact", post(keep_contact))
            .route("/internal/users/{user_id}/payment-methods/{payment_method}", get(verify))
            .with_state(Arc::clone(&script));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        let credentials =
            SharedCredentialsProvider::new(Credentials::new("key", "secret", None, None, "test"));
        let peer = Peer::at(url, "eu-west-1".to_owned(), credentials).unwrap();
        let (products, users) = (ProductsClient::new(peer.clone()), UsersClient::new(peer.clone()));
        Self { shelf: shelf().await, products, users, payments: PaymentsClient::new(peer), script }
    }

    /// Opens a counter that sends to Spain and Germany.
    pub async fn abroad() -> Self {
        let counter = Self::open().await;
        let shelf = &counter.shelf;
        shelf.set("seller", "main", seller()).await;
        for (country, tax_code, ppm) in [
            ("ES", "food", 100_000),
            ("ES", "standard", 210_000),
            ("DE", "food", 70_000),
            ("DE", "standard", 190_000),
        ] {
            let id = format!("{}-{tax_code}", country.to_lowercase());
            shelf.set("tax_rate", &id, rate(country, tax_code, ppm)).await;
        }
        shelf.set("shipping_zone", "home", zone(&["ES"], 490)).await;
        shelf.set("shipping_zone", "europe", zone(&["DE"], 990)).await;
        counter
    }

    pub fn carts(&self) -> Carts {
        let (orders, products) = (self.shelf.orders.clone(), self.products.clone());
        Carts { settings: self.shelf.in_force(), orders, products }
    }

    pub fn desk(&self) -> Desk {
        let (orders, products) = (self.shelf.orders.clone(), self.products.clone());
        let (users, payments) = (self.users.clone(), self.payments.clone());
        Desk { settings: self.shelf.in_force(), users, payments, orders, products }
    }

    /// Returns the script of the product service, to be read or changed.
    pub fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap()
    }

    /// Returns the number of orders that pieces are held for.
    pub fn held(&self) -> usize {
        self.script().held.len()
    }

    pub fn change(&self, sku: &str, member: &str, value: Value) {
        let mut script = self.script();
        let mut offers = script.catalogue.iter_mut().flatten();
        offers.find(|offer| offer["sku"] == sku).unwrap()[member] = value;
    }

    pub async fn show(&self, who: &SignedIn) -> (CartView, Reply<CartView>) {
        let reply = get_cart(self.carts(), Call::new(who.clone(), NoBody, now())).await.unwrap();
        (reply.body().unwrap().clone(), reply)
    }

    /// Merges the cart of the guest that a token names.
    pub async fn merge(&self, who: &SignedIn, guest: Option<&SignedIn>) -> CartView {
        let who = SignedIn { merges: guest.map(|guest| guest.user_id), ..who.clone() };
        let reply = merge_cart(self.carts(), Call::new(who, NoBody, now())).await.unwrap();
        reply.body().unwrap().clone()
    }

    pub async fn put_if(
        &self,
        who: &SignedIn,
        (sku, quantity): (&str, u32),
        if_match: Option<&str>,
    ) -> Result<CartView, Problem> {
        let body: PutCartLine = serde_json::from_value(json!({ "quantity": quantity })).unwrap();
        let call = Call::new(who.clone(), body, now()).with_path("sku", sku);
        let call = if_match.into_iter().fold(call, |call, tag| call.with_header("if-match", tag));
        Ok(put_cart_line(self.carts(), call).await?.body().unwrap().clone())
    }

    pub async fn put(&self, who: &SignedIn, sku: &str, quantity: u32) -> Result<CartView, Problem> {
        self.put_if(who, (sku, quantity), None).await
    }

    pub async fn patch(&self, who: &SignedIn, body: Value) -> Result<CartView, Problem> {
        let body: UpdateCart = serde_json::from_value(body).unwrap();
        let call = Call::new(who.clone(), body, now());
        Ok(update_cart(self.carts(), call).await?.body().unwrap().clone())
    }

    /// Fills a cart with the demo order.
    pub async fn fill(&self, who: &SignedIn) {
        self.put(who, "BEANS-250", 1).await.unwrap();
        self.put(who, "CUP-BLUE", 2).await.unwrap();
    }

    /// Fills a cart with the demo order, to be sent to Spain.
    pub async fn fill_for_spain(&self, who: &SignedIn) {
        self.fill(who).await;
        let spanish = json!({ "shipping_address": address("ES"), "shipping_method": "standard", "note": "Ring twice." });
        self.patch(who, spanish).await.unwrap();
    }

    pub async fn check_out(&self, who: &SignedIn, key: &str, body: Value) -> Result<Reply<Order>, Problem> {
        let body: CheckOut = serde_json::from_value(body).unwrap();
        let call = Call::new(who.clone(), body, now()).with_header("idempotency-key", key);
        check_out(self.desk(), call).await
    }
}

pub fn guest(number: u128) -> SignedIn {
    SignedIn { is_guest: true, ..signed_in(number) }
}

pub fn address(country: &str) -> Value {
    let (region, postal_code) = if country == "ES" { (Some("M"), "28013") } else { (None, "10115") };
    json!({
        "name": "Ada", "line1": "Calle Mayor 1", "city": "Madrid", "region": region, "postal_code": postal_code, "country": country,
    })
}
