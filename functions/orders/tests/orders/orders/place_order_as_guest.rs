//! `place-order`, by a guest, with scripted product and user services.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::http::StatusCode;
use edge::{Call, Problem, Reply, SignedIn};
use orders::orders::place_order;
use peers::{Peer, UsersClient};
use serde_json::{Value, json};

use crate::resource::place_order::{Checkout, body, code, refusal, reservation, serve};
use crate::*;

/// The user service's answer, and how many requests it has had.
struct Contacts {
    users: UsersClient,
    kept: Arc<AtomicUsize>,
}

impl Contacts {
    async fn answering(answer: (StatusCode, Value)) -> Self {
        let (answers, kept) = (Arc::default(), Arc::default());
        *std::sync::Mutex::lock(&answers).unwrap() = [answer].into();
        let url = serve(answers, Arc::clone(&kept)).await.parse().unwrap();
        let credentials =
            SharedCredentialsProvider::new(Credentials::new("key", "secret", None, None, "test"));
        Self { users: UsersClient::new(Peer::at(url, "eu-west-1".to_owned(), credentials).unwrap()), kept }
    }

    fn kept(&self) -> usize {
        self.kept.load(Ordering::Relaxed)
    }
}

fn contact() -> Value {
    json!({ "name": "Ada", "email": "ada@example.com", "locale": "de" })
}

fn with_contact() -> Value {
    let mut body = body();
    body["contact"] = contact();
    body
}

async fn order(checkout: &Checkout, users: &UsersClient, body: &Value) -> Result<Reply<Order>, Problem> {
    let guest = SignedIn { is_guest: true, ..ada() };
    let call = Call::new(guest, serde_json::from_value(body.clone()).unwrap(), now());
    let call = call.with_header("idempotency-key", "k");
    place_order(checkout.desk(users), call).await
}

#[tokio::test]
async fn an_address_is_kept_before_stock_is_reserved() {
    let checkout = Checkout::open().await;
    checkout.script([reservation("held")]);
    let contacts = Contacts::answering((StatusCode::OK, contact())).await;
    assert_eq!(order(&checkout, &contacts.users, &with_contact()).await.unwrap().status(), 201);
    assert_eq!((contacts.kept(), checkout.reserved()), (1, 1));
    let again = order(&checkout, &contacts.users, &with_contact()).await.unwrap();
    assert_eq!(
        (again.status().as_u16(), contacts.kept(), checkout.reserved()),
        (201, 1, 1),
        "the same order"
    );
}

#[tokio::test]
async fn without_an_address_nothing_is_asked_of_anyone() {
    let checkout = Checkout::open().await;
    let contacts = Contacts::answering((StatusCode::OK, contact())).await;
    assert_eq!(code(order(&checkout, &contacts.users, &body()).await), "422 contact_needed");
    assert_eq!((contacts.kept(), checkout.reserved()), (0, 0));
}

#[tokio::test]
async fn an_address_that_is_not_kept_holds_no_stock() {
    for (answer, expected) in [
        (refusal(StatusCode::CONFLICT, "guest_merged"), "409 guest_merged"),
        (refusal(StatusCode::TOO_MANY_REQUESTS, "too_many_guests"), "429 too_many_guests"),
        (refusal(StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable"), "503 temporarily_unavailable"),
    ] {
        let checkout = Checkout::open().await;
        let contacts = Contacts::answering(answer).await;
        assert_eq!(code(order(&checkout, &contacts.users, &with_contact()).await), expected);
        assert_eq!(checkout.reserved(), 0);
    }
}

/// The token is valid for some minutes after the order has become an account's, which may be another person's.
#[tokio::test]
async fn a_guest_does_not_see_an_order_that_has_become_an_accounts() {
    let checkout = Checkout::open().await;
    checkout.script([reservation("held")]);
    let contacts = Contacts::answering((StatusCode::OK, contact())).await;
    let placed = order(&checkout, &contacts.users, &with_contact()).await.unwrap();
    checkout.shelf.merge(&ada(), now()).await.unwrap();
    assert_eq!(placed.body().unwrap().user_id, ada().user_id);
    assert_eq!(code(order(&checkout, &contacts.users, &with_contact()).await), "409 guest_merged");
}
