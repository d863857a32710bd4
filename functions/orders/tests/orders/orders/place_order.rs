//! `place-order`, with a scripted product service.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use edge::Problem;
use orders::orders::place::Desk;
use orders::orders::place_order::PlaceOrder;
use orders::orders::{cancel_order, place_order};
use orders::settings::in_force::InForce;
use peers::{PaymentsClient, ProductsClient};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::*;

/// The product service's answers, in order. The last one is repeated.
type Answers = Arc<Mutex<VecDeque<(StatusCode, Value)>>>;

/// The orders service with a scripted product service.
pub struct Checkout {
    pub shelf: Shelf,
    pub products: ProductsClient,
    /// What an account's order does not ask.
    users: UsersClient,
    settings: InForce,
    answers: Answers,
    calls: Arc<AtomicUsize>,
}

impl Checkout {
    pub async fn open() -> Self {
        let answers = Answers::default();
        let credentials =
            SharedCredentialsProvider::new(Credentials::new("key", "secret", None, None, "test"));
        let calls = Arc::default();
        let url = serve(Arc::clone(&answers), Arc::clone(&calls)).await.parse().unwrap();
        let products = ProductsClient::new(Peer::at(url, "eu-west-1".to_owned(), credentials).unwrap());
        let shelf = shelf().await;
        let settings = shelf.in_force();
        Self { shelf, products, users: absent_users(), settings, answers, calls }
    }

    /// Returns how many requests the product service has received.
    pub fn reserved(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    pub fn script(&self, answers: impl IntoIterator<Item = (StatusCode, Value)>) {
        *self.answers.lock().unwrap_or_else(PoisonError::into_inner) = answers.into_iter().collect();
    }

    /// Returns what placing an order needs, with this user service.
    pub fn desk(&self, users: &UsersClient) -> Desk {
        let (orders, products) = (self.shelf.orders.clone(), self.products.clone());
        let payments = PaymentsClient::new(absent());
        Desk { settings: self.settings.clone(), users: users.clone(), payments, orders, products }
    }

    pub async fn order(&self, key: &str, body: &Value, now: Timestamp) -> Result<Reply<Order>, Problem> {
        let body: PlaceOrder = serde_json::from_value(body.clone()).unwrap();
        let call = Call::new(ada(), body, now).with_header("idempotency-key", key);
        place_order(self.desk(&self.users), call).await
    }
}

pub async fn serve(answers: Answers, calls: Arc<AtomicUsize>) -> String {
    let answer = move |State(answers): State<Answers>, Json(request): Json<Value>| async move {
        calls.fetch_add(1, Ordering::Relaxed);
        let mut answers = answers.lock().unwrap_or_else(PoisonError::into_inner);
        let next = if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() };
        let (status, mut body) = next.unwrap();
        body["order_id"] = request["order_id"].clone();
        (status, Json(body))
    };
    let router = Router::new()
        .route("/internal/quotes", post(offers))
        .route("/internal/reservations", post(answer.clone()))
        .route("/internal/users/{user_id}/contact", post(answer))
        .with_state(answers);
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

/// Offers every SKU at the price of the reservation.
async fn offers(Json(request): Json<Value>) -> Json<Value> {
    let offer = |sku: &Value| {
        json!({
            "sku": sku, "title": "Espresso cup, Blue", "unit_price": { "amount": 1450, "currency": "EUR" },
            "tax_rate": 2100, "available": 10, "for_sale": true,
        })
    };
    Json(json!({ "offers": request["skus"].as_array().unwrap().iter().map(offer).collect::<Vec<_>>() }))
}

pub fn body() -> Value {
    json!({
        "lines": [{ "sku": "CUP-BLUE", "quantity": 2 }],
        "currency": "EUR",
        "shipping_address": {
            "name": "Ada", "line1": "Calle Mayor 1", "city": "Madrid", "region": "M", "postal_code": "28013",
            "country": "ES",
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

pub fn refusal(status: StatusCode, code: &str) -> (StatusCode, Value) {
    (status, json!({ "code": code, "detail": code }))
}

pub fn code<T: std::fmt::Debug>(answer: Result<T, Problem>) -> String {
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
async fn an_address_without_what_its_country_needs_holds_no_stock() {
    let checkout = Checkout::open().await;
    for (field, value, problem) in [
        ("country", "XX", "422 country_unknown"),
        ("postal_code", "", "422 postal_code_missing"),
        ("postal_code", "2801", "422 postal_code_invalid"),
        ("region", "", "422 region_missing"),
        ("region", "Ontario", "422 region_unknown"),
    ] {
        let mut body = body();
        body["shipping_address"][field] = json!(value);
        assert_eq!(code(checkout.order("k", &body, now()).await), problem);
    }
    assert_eq!(checkout.reserved(), 0);
}

#[tokio::test]
async fn a_retry_with_another_spelling_of_the_region_is_another_request() {
    let checkout = Checkout::open().await;
    checkout.script([reservation("held")]);
    let mut named = body();
    named["shipping_address"]["region"] = json!("Madrid");
    for _ in 0..2 {
        let placed = checkout.order("k", &named, now()).await.unwrap();
        assert_eq!(json!(placed.body())["shipping_address"]["region"], "M");
    }
    assert_eq!(code(checkout.order("k", &body(), now()).await), "422 idempotency_key_reused");
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
    let call = Call::new(ada(), Optional::default(), now()).with_path("order_id", order.order_id);
    cancel_order(checkout.shelf.in_force(), call).await.unwrap();

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

/// Pays an order, so that it is no longer open.
async fn pay(checkout: &Checkout, order: &Order) {
    checkout.shelf.deliver(Event::Payment(PaymentEvent::Captured(outcome(order)))).await;
}

#[tokio::test]
async fn a_fourth_unpaid_order_is_refused_until_one_has_ended() {
    let checkout = Checkout::open().await;
    checkout.script([reservation("held")]);
    let mut orders = Vec::new();
    for key in ["a", "b", "c"] {
        orders.push(checkout.order(key, &body(), now()).await.unwrap().body().unwrap().clone());
    }
    assert_eq!(code(checkout.order("d", &body(), now()).await), "429 too_many_open_orders");
    assert!(checkout.order("a", &body(), now()).await.is_ok(), "a retry needs no slot");
    pay(&checkout, &orders[1]).await;
    assert!(checkout.order("d", &body(), now()).await.is_ok(), "the second is paid");
    assert_eq!(code(checkout.order("e", &body(), now()).await), "429 too_many_open_orders");
    let call = Call::new(ada(), Optional::default(), now()).with_path("order_id", orders[0].order_id);
    cancel_order(checkout.shelf.in_force(), call).await.unwrap();
    assert!(checkout.order("e", &body(), now()).await.is_ok(), "the first is cancelled");
    let tick = Tick::new(orders[2].held_until, Cause::new("test"));
    expire_orders(checkout.shelf.orders.clone(), tick).await.unwrap();
    assert!(checkout.order("f", &body(), now()).await.is_ok(), "the third has expired");
}

#[tokio::test]
async fn concurrent_requests_get_three_slots() {
    let checkout = Checkout::open().await;
    checkout.script([reservation("held")]);
    let keys: Vec<String> = (0..20).map(|number| format!("key-{number}")).collect();
    let body = body();
    let requests = keys.iter().map(|key| checkout.order(key, &body, now()));
    let replies = futures::future::join_all(requests).await;
    let placed = replies.into_iter().filter(Result::is_ok).count();
    assert!((1..=3).contains(&placed), "{placed} orders");
    assert!(checkout.reserved() <= 3, "{} requests reserved stock", checkout.reserved());
}

#[tokio::test]
async fn a_refused_order_gives_its_slot_back() {
    let checkout = Checkout::open().await;
    checkout.script([refusal(StatusCode::CONFLICT, "out_of_stock")]);
    for key in ["a", "b", "c", "d"] {
        assert_eq!(code(checkout.order(key, &body(), now()).await), "409 out_of_stock");
    }
    // Another request with the first one's key holds the stock.
    checkout.script([refusal(StatusCode::UNPROCESSABLE_ENTITY, "different_lines")]);
    for key in ["e", "f", "g"] {
        assert_eq!(code(checkout.order(key, &body(), now()).await), "422 different_lines");
    }
    assert_eq!(code(checkout.order("h", &body(), now()).await), "429 too_many_open_orders");
}

/// Its stock may be held, although the order was never written.
#[tokio::test]
async fn an_order_that_was_never_written_keeps_its_slot_until_its_stock_is_released() {
    let checkout = Checkout::open().await;
    checkout.script([refusal(StatusCode::SERVICE_UNAVAILABLE, "down")]);
    for key in ["a", "b", "c"] {
        assert_eq!(code(checkout.order(key, &body(), now()).await), "503 temporarily_unavailable");
    }
    checkout.script([reservation("held")]);
    assert_eq!(code(checkout.order("d", &body(), now()).await), "429 too_many_open_orders");
    assert!(checkout.order("c", &body(), now()).await.is_ok(), "the same request");
    checkout.script([refusal(StatusCode::CONFLICT, "out_of_stock")]);
    let released = now() + SignedDuration::from_mins(45);
    assert_eq!(code(checkout.order("d", &body(), released).await), "409 out_of_stock");
}

#[tokio::test]
async fn five_declined_payments_end_the_checkout_for_a_day() {
    let checkout = Checkout::open().await;
    checkout.script([reservation("held")]);
    for number in 0..5 {
        let placed = checkout.order(&format!("key-{number}"), &body(), now()).await.unwrap();
        let order = placed.body().unwrap();
        let cancel = || {
            let call = Call::new(ada(), Optional::default(), now()).with_path("order_id", order.order_id);
            cancel_order(checkout.shelf.in_force(), call)
        };
        if number == 0 {
            // Cancelling before the outcome is known is no way around.
            cancel().await.unwrap();
        }
        let declined = checkout.shelf.deliver(failed(order)).await;
        apply_payment_event(checkout.shelf.in_force(), Delivery::new(declined, now())).await.unwrap();
        // A declined order keeps its slot until it ends.
        cancel().await.unwrap();
    }
    assert_eq!(code(checkout.order("next", &body(), now()).await), "429 too_many_declines");
    let tomorrow = now() + SignedDuration::from_hours(24);
    assert_eq!(code(checkout.order("next", &body(), tomorrow).await), "409 reservation_ended", "it is tried");
}
