//! `place-order`, with a scripted product service.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use edge::Problem;
use orders::orders::place_order::PlaceOrder;
use orders::orders::{cancel_order, place_order};
use peers::ProductsClient;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::*;

/// The product service's answers, in order. The last one is repeated.
type Answers = Arc<Mutex<VecDeque<(StatusCode, Value)>>>;

/// The orders service with a scripted product service.
pub struct Checkout {
    pub shelf: Shelf,
    products: ProductsClient,
    answers: Answers,
}

impl Checkout {
    pub async fn open() -> Self {
        let answers = Answers::default();
        let credentials =
            SharedCredentialsProvider::new(Credentials::new("key", "secret", None, None, "test"));
        let url = serve(Arc::clone(&answers)).await.parse().unwrap();
        let products = ProductsClient::new(Peer::at(url, "eu-west-1".to_owned(), credentials).unwrap());
        Self { shelf: shelf().await, products, answers }
    }

    pub fn script(&self, answers: impl IntoIterator<Item = (StatusCode, Value)>) {
        *self.answers.lock().unwrap_or_else(PoisonError::into_inner) = answers.into_iter().collect();
    }

    pub async fn order(&self, key: &str, body: &Value, now: Timestamp) -> Result<Reply<Order>, Problem> {
        let body: PlaceOrder = serde_json::from_value(body.clone()).unwrap();
        let call = Call::new(ada(), body, now).with_header("idempotency-key", key);
        place_order((self.shelf.orders.clone(), self.products.clone()), call).await
    }
}

async fn serve(answers: Answers) -> String {
    let answer = |State(answers): State<Answers>, Json(request): Json<Value>| async move {
        let mut answers = answers.lock().unwrap_or_else(PoisonError::into_inner);
        let next = if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() };
        let (status, mut body) = next.unwrap();
        body["order_id"] = request["order_id"].clone();
        (status, Json(body))
    };
    let router = Router::new().route("/internal/reservations", post(answer)).with_state(answers);
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

pub fn body() -> Value {
    json!({
        "lines": [{ "sku": "CUP-BLUE", "quantity": 2 }],
        "currency": "EUR",
        "shipping_address": {
            "name": "Ada", "line1": "Calle Mayor 1", "city": "Madrid", "postal_code": "28013", "country": "ES",
        },
        "payment_method": "pm_card_visa",
    })
}

pub fn reservation(status: &str) -> (StatusCode, Value) {
    let eur = |amount: i64| json!({ "amount": amount, "currency": "EUR" });
    let line = json!({
        "sku": "CUP-BLUE", "title": "Espresso cup, Blue", "quantity": 2,
        "unit_price": eur(1450), "total": eur(2900), "tax": eur(503),
    });
    let held_until = now() + SignedDuration::from_mins(15);
    (StatusCode::OK, json!({ "lines": [line], "status": status, "held_until": held_until }))
}

fn refusal(status: StatusCode, code: &str) -> (StatusCode, Value) {
    (status, json!({ "code": code, "detail": code }))
}

fn code<T: std::fmt::Debug>(answer: Result<T, Problem>) -> String {
    let problem = answer.unwrap_err();
    format!("{} {}", problem.status().as_u16(), problem.code())
}

#[tokio::test]
async fn the_same_key_and_body_return_the_same_order() {
    let checkout = Checkout::open().await;
    checkout.script([reservation("held")]);
    let first = checkout.order("k", &body(), now()).await.unwrap();
    assert_eq!(first.status(), 201);
    checkout.script([refusal(StatusCode::SERVICE_UNAVAILABLE, "not called")]);
    let again = checkout.order("k", &body(), now() + SignedDuration::from_hours(1)).await.unwrap();
    assert_eq!(again, first);
    let mut other = body();
    other["payment_method"] = json!("pm_card_mastercard");
    assert_eq!(code(checkout.order("k", &other, now()).await), "422 idempotency_key_reused");
}

#[tokio::test]
async fn a_retry_after_the_product_service_failed_places_the_order() {
    let checkout = Checkout::open().await;
    // The stock may or may not be held. No order is placed.
    checkout.script([refusal(StatusCode::SERVICE_UNAVAILABLE, "down")]);
    assert_eq!(code(checkout.order("k", &body(), now()).await), "503 temporarily_unavailable");
    checkout.script([reservation("held")]);
    let placed = checkout.order("k", &body(), now()).await.unwrap();
    let order = placed.body().unwrap();
    assert_eq!(order.order_id, OrderId::derived_from(&[&ada().user_id.to_string(), "k"]));
    assert_eq!(checkout.shelf.state(order).await.0, OrderStatus::AwaitingPayment);
}

#[tokio::test]
async fn a_retry_after_a_day_returns_the_same_reply() {
    let checkout = Checkout::open().await;
    checkout.script([reservation("held")]);
    let order = checkout.order("k", &body(), now()).await.unwrap().body().unwrap().clone();
    let call = Call::new(ada(), NoBody, now()).with_path("order_id", order.order_id);
    cancel_order(checkout.shelf.orders.clone(), call).await.unwrap();

    let tomorrow = now() + SignedDuration::from_hours(25);
    for (scripted, when) in [
        // Released; sold; and a delayed duplicate of the request whose order already exists.
        (refusal(StatusCode::CONFLICT, "reservation_ended"), tomorrow),
        (reservation("committed"), tomorrow),
        (reservation("held"), now()),
    ] {
        checkout.script([scripted.clone()]);
        let reply = checkout.order("k", &body(), when).await.unwrap();
        assert_eq!((reply.status().as_u16(), reply.body()), (201, Some(&order)), "{scripted:?}");
        for (field, value) in [
            ("lines", json!([{ "sku": "CUP-BLUE", "quantity": 3 }])),
            ("lines", json!([{ "sku": "CUP-RED", "quantity": 2 }])),
            ("currency", json!("USD")),
        ] {
            let mut other = body();
            other[field] = value;
            assert_eq!(
                code(checkout.order("k", &other, when).await),
                "422 idempotency_key_reused",
                "{other}"
            );
        }
        let mut other = body();
        other["shipping_address"]["city"] = json!("Barcelona");
        assert_eq!(code(checkout.order("k", &other, when).await), "422 idempotency_key_reused");
    }
    assert_eq!(checkout.shelf.state(&order).await, (OrderStatus::Cancelled, PaymentStatus::Pending, 2));
}

#[tokio::test]
async fn a_reservation_that_ended_before_the_order_was_written_returns_409() {
    let checkout = Checkout::open().await;
    checkout.script([refusal(StatusCode::CONFLICT, "reservation_ended")]);
    assert_eq!(code(checkout.order("k", &body(), now()).await), "409 reservation_ended");
    checkout.script([reservation("held")]);
    let late = now() + SignedDuration::from_mins(15);
    assert_eq!(code(checkout.order("k", &body(), late).await), "409 reservation_ended");
    checkout.script([refusal(StatusCode::CONFLICT, "out_of_stock")]);
    assert_eq!(code(checkout.order("k", &body(), now()).await), "409 out_of_stock");
}
