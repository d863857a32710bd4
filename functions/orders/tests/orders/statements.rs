//! `declare-withdrawal`, what the staff do about statements that became no return, and `look-up-order`.

use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use domain::events::{OrderLinkRequested, StatementReceived};
use domain::orders::returns::{DUE_WITHIN, KEPT_CLOSED, ReturnState, WithdrawalStatement};
use domain::words::id::ReturnId;
use edge::{Anyone, Problem, Staff};
use orders::orders::look_up_order;
use orders::returns::decide_return::Decided;
use orders::returns::declare_withdrawal::ReceivedStatement;
use orders::returns::list_returns::ReturnItem;
use orders::returns::{decide_return, declare_withdrawal, list_returns};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::returns::{count, orders_in, shipped, shown};
use crate::shipments::{code, paid};
use crate::*;

/// A user service that knows Ada's address, and what it was asked.
#[derive(Clone, Default)]
struct Asked(Arc<Mutex<Vec<Value>>>);

const ADA: &str = "ada@example.com";

/// Nobody else's claims are compared with this address, after too many.
const TOO_MANY: &str = "too-many@example.com";

async fn compare(State(asked): State<Asked>, Json(claim): Json<Value>) -> (StatusCode, Json<Value>) {
    asked.0.lock().unwrap().push(claim.clone());
    if claim["email"] == TOO_MANY {
        let refusal = json!({ "code": "too_many_claims", "detail": "" });
        return (StatusCode::TOO_MANY_REQUESTS, Json(refusal));
    }
    let matches = claim["email"] == ADA && claim["owner"] == ada().user_id.to_string();
    (StatusCode::OK, Json(json!({ "matches": matches })))
}

struct Desk {
    shelf: Shelf,
    users: UsersClient,
    asked: Asked,
}

async fn desk() -> Desk {
    let asked = Asked::default();
    let router = Router::new().route("/internal/claims", post(compare)).with_state(asked.clone());
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    let credentials = SharedCredentialsProvider::new(Credentials::new("key", "secret", None, None, "test"));
    let users = UsersClient::new(Peer::at(url, "eu-west-1".to_owned(), credentials).unwrap());
    Desk { shelf: shelf().await, users, asked }
}

fn declaration(number: &str, email: &str, lines: Value) -> Value {
    json!({ "name": "Ada Lovelace", "order_number": number, "email": email, "lines": lines, "locale": "de" })
}

impl Desk {
    async fn declare_at(&self, body: Value, at: Timestamp) -> Result<ReceivedStatement, Problem> {
        let call = Call::new(Anyone, serde_json::from_value(body).unwrap(), at);
        let reply = declare_withdrawal((self.shelf.in_force(), self.users.clone()), call).await?;
        assert_eq!(reply.status(), 202);
        Ok(reply.body().unwrap().clone())
    }

    async fn declare(&self, number: &str, email: &str, lines: Value) -> ReceivedStatement {
        self.declare_at(declaration(number, email, lines), now()).await.unwrap()
    }

    /// Returns what waits for the staff: orders, and statements.
    async fn waiting(&self) -> (Vec<OrderId>, Vec<WithdrawalStatement>) {
        let call = Call::new(Staff(signed_in(9)), NoBody, now()).with_query("").unwrap();
        let reply = list_returns(self.shelf.orders.clone(), call).await.unwrap();
        let (mut orders, mut statements) = (Vec::new(), Vec::new());
        for item in reply.body().unwrap().items.clone() {
            match item {
                ReturnItem::Order(view) => orders.push(view.order.order_id),
                ReturnItem::Statement(statement) => statements.push(*statement),
            }
        }
        (orders, statements)
    }

    async fn close(&self, id: ReturnId, accepted: bool) -> Result<WithdrawalStatement, Problem> {
        let verdict = json!({ "accepted": accepted, "reason": "Written to." });
        let call = Call::new(Staff(signed_in(9)), serde_json::from_value(verdict).unwrap(), now());
        let reply = decide_return(self.shelf.in_force(), call.with_path("return_id", id)).await?;
        match reply.body().unwrap().clone() {
            Decided::Statement(statement) => Ok(*statement),
            Decided::Return(_) => Err(Problem::internal("it is a return")),
        }
    }

    async fn mails(&self) -> Vec<StatementReceived> {
        let events = self.shelf.events().await.into_iter();
        let of_statements = events.filter_map(|envelope| match envelope.event {
            Event::Order(OrderEvent::StatementReceived(received)) => Some(received),
            _ => None,
        });
        of_statements.collect()
    }
}

fn number(order: &Order) -> String {
    order.order_id.to_string()
}

fn cups(quantity: u32) -> Value {
    json!([{ "sku": "CUP-BLUE", "quantity": quantity }])
}

#[tokio::test]
async fn a_withdrawal_by_the_orders_customer_is_a_return_however_often_it_is_declared() {
    let desk = desk().await;
    let order = shipped(&desk.shelf, 1).await;
    let first = desk.declare(&number(&order), ADA, cups(1)).await;
    let later = now() + SignedDuration::from_mins(5);
    let again = desk.declare_at(declaration(&number(&order), "Ada@Example.com", cups(1)), later).await;
    assert_eq!(again.unwrap(), first, "once");
    let [returned] = &shown(&desk.shelf, &order, now()).await.order.returns[..] else { panic!("one return") };
    assert_eq!((returned.return_id, returned.status), (first.statement_id, ReturnState::Accepted));
    let is_asked = |event: &Event| matches!(event, Event::Order(OrderEvent::ReturnRequested(_)));
    assert_eq!(count(&desk.shelf, is_asked).await, 1);
    assert_eq!(desk.mails().await, [], "the return has its own mail");
    assert_eq!(desk.waiting().await, (vec![order.order_id], Vec::new()));
    let asked = desk.asked.0.lock().unwrap()[0].clone();
    assert_eq!(asked["owner"], ada().user_id.to_string());
    assert_eq!(asked["wanted"]["withdrawal"]["locale"], "de");
}

#[tokio::test]
async fn of_two_declarations_at_once_one_is_recorded() {
    for round in 1..=6 {
        let desk = desk().await;
        let order = shipped(&desk.shelf, round).await;
        let stated = number(&order);
        let (one, other) =
            tokio::join!(desk.declare(&stated, ADA, Value::Null), desk.declare(&stated, ADA, Value::Null),);
        assert_eq!(one, other);
        assert_eq!(shown(&desk.shelf, &order, now()).await.order.returns.len(), 1);
        let (one, other) = tokio::join!(
            desk.declare("X60W-P2C2N", ADA, Value::Null),
            desk.declare("X60W-P2C2N", ADA, Value::Null),
        );
        assert_eq!((one, desk.mails().await.len()), (other, 1));
    }
}

#[tokio::test]
async fn a_withdrawal_before_shipping_cancels_the_order() {
    let desk = desk().await;
    let order = paid(&desk.shelf, 1).await;
    desk.declare(&number(&order), ADA, Value::Null).await;
    assert_eq!(desk.shelf.state(&order).await.0, OrderStatus::Cancelled);
}

#[tokio::test]
async fn what_no_order_can_be_told_from_waits_for_the_staff_and_says_no_more_than_a_match() {
    let desk = desk().await;
    let order = shipped(&desk.shelf, 1).await;
    let matched = desk.declare(&number(&order), ADA, Value::Null).await;
    let mut ids = vec![matched.statement_id];
    for (stated, email) in [
        ("X60W-P2C2M", ADA),
        ("X60W-P2C2N", ADA),
        ("1234", ADA),
        (number(&order).as_str(), "eve@example.com"),
    ] {
        let received = desk.declare(stated, email, Value::Null).await;
        assert_eq!(received.received_at, now());
        assert!(!ids.contains(&received.statement_id), "{stated}");
        ids.push(received.statement_id);
    }
    let (orders, statements) = desk.waiting().await;
    assert_eq!((orders.len(), statements.len()), (1, 4));
    assert_eq!(orders_in(&desk.shelf, "return").await, [order.order_id], "orders alone");
    for statement in &statements {
        assert_eq!((statement.assigned_to, statement.due_at), (None, now() + DUE_WITHIN));
    }
    let mails = desk.mails().await;
    assert!(mails.len() == 4 && mails.iter().all(|mail| !mail.is_assigned));
    assert!(mails.iter().all(|mail| statements.iter().any(|known| known.user_id == mail.user_id)));
    assert_eq!(shown(&desk.shelf, &order, now()).await.order.returns.len(), 1, "nobody else withdraws");
}

#[tokio::test]
async fn what_cannot_be_carried_out_waits_for_the_staff_with_the_reason() {
    let desk = desk().await;
    let order = shipped(&desk.shelf, 1).await;
    let late = now() + SignedDuration::from_hours(60 * 24);
    for (lines, at, reason) in
        [(cups(3), now(), "quantity_exceeds_shipped"), (cups(1), late, "return_window_over")]
    {
        let received = desk.declare_at(declaration(&number(&order), ADA, lines), at).await.unwrap();
        let (_, statements) = desk.waiting().await;
        let known = statements.iter().find(|known| known.statement_id == received.statement_id).unwrap();
        let expected = (Some(order.order_id), Some(reason.to_owned()));
        assert_eq!((known.assigned_to, known.refused_because.clone()), expected);
        assert_eq!(known.user_id, order.user_id, "who is reached where the statement names");
    }
    assert!(desk.mails().await.iter().all(|mail| mail.is_assigned));
    assert_eq!(shown(&desk.shelf, &order, now()).await.order.returns, []);
}

#[tokio::test]
async fn staff_close_a_statement_which_is_forgotten_later() {
    let desk = desk().await;
    let stated = desk.declare("X60W-P2C2N", ADA, cups(1)).await;
    let closed = desk.close(stated.statement_id, true).await.unwrap();
    assert!(closed.closed.as_ref().unwrap().accepted);
    assert_eq!(desk.waiting().await, (Vec::new(), Vec::new()));
    assert_eq!(desk.close(stated.statement_id, true).await.unwrap(), closed, "twice");
    assert_eq!(code(desk.close(stated.statement_id, false).await), "409 return_decided");
    assert_eq!(code(desk.close(ReturnId::from_parts(0, 99), true).await), "404 return_not_found");
    let acts = |event: &Event| matches!(event, Event::Staff(_));
    assert_eq!(count(&desk.shelf, acts).await, 1);
    let again = declaration("X60W-P2C2N", ADA, cups(1));
    let soon = desk.declare_at(again.clone(), now() + SignedDuration::from_hours(1)).await.unwrap();
    assert_eq!(soon, stated);
    let forgotten = now() + KEPT_CLOSED;
    assert_eq!(desk.declare_at(again, forgotten).await.unwrap().received_at, forgotten);
    assert_eq!(desk.waiting().await.1.len(), 1);
}

#[tokio::test]
async fn too_many_declarations_and_a_user_service_that_is_away_are_told_and_leave_nothing() {
    let mut desk = desk().await;
    let refused = desk.declare_at(declaration("1234", TOO_MANY, Value::Null), now()).await;
    assert_eq!(code(refused), "429 too_many_claims");
    desk.users = absent_users();
    let refused = desk.declare_at(declaration("1234", ADA, Value::Null), now()).await;
    assert_eq!(code(refused), "503 temporarily_unavailable");
    assert_eq!(desk.waiting().await, (Vec::new(), Vec::new()));
    assert_eq!(desk.mails().await, []);
}

#[tokio::test]
async fn statements_keep_to_the_budget() {
    let desk = desk().await;
    let order = shipped(&desk.shelf, 1).await;
    let used = || desk.shelf.table.used();
    desk.shelf.in_force().at(now()).await.unwrap();
    let mut budget = Vec::new();
    used();
    let mut note = |what| budget.push((what, used()));
    desk.declare(&number(&order), ADA, cups(1)).await;
    note("declare-withdrawal");
    desk.declare(&number(&order), ADA, cups(1)).await;
    note("declare-withdrawal: the same again");
    let stated = desk.declare("X60W-P2C2M", ADA, Value::Null).await;
    note("declare-withdrawal: no such order");
    desk.declare("X60W-P2C2M", ADA, Value::Null).await;
    note("declare-withdrawal: the same again, of no order");
    desk.declare("X60W-P2C2N", ADA, Value::Null).await;
    note("declare-withdrawal: no order's number");
    desk.waiting().await;
    note("list-returns: an order and two statements");
    desk.close(stated.statement_id, true).await.unwrap();
    note("decide-return: a statement");
    let budget: Vec<(&str, &str)> = budget.iter().map(|(what, used)| (*what, used.as_str())).collect();
    assert_eq!(
        budget,
        [
            ("declare-withdrawal", "6 read, 13 written: 4 GetItem, 2 Query, TransactWriteItems"),
            ("declare-withdrawal: the same again", "3 read, 0 written: 3 GetItem"),
            ("declare-withdrawal: no such order", "4 read, 5 written: 4 GetItem, TransactWriteItems"),
            ("declare-withdrawal: the same again, of no order", "1 read, 0 written: GetItem"),
            ("declare-withdrawal: no order's number", "3 read, 5 written: 3 GetItem, TransactWriteItems"),
            ("list-returns: an order and two statements", "3.5 read, 0 written: 2 BatchGetItem, Query"),
            ("decide-return: a statement", "2 read, 5 written: 2 GetItem, TransactWriteItems"),
        ]
    );
}

impl Desk {
    async fn look_up(&self, number: &str, email: &str) -> Result<(), Problem> {
        let body = serde_json::from_value(json!({ "number": number, "email": email })).unwrap();
        let reply =
            look_up_order((self.shelf.orders.clone(), self.users.clone()), Call::new(Anyone, body, now()));
        assert_eq!(reply.await?.status(), 202);
        Ok(())
    }

    async fn links(&self) -> Vec<OrderLinkRequested> {
        let events = self.shelf.events().await.into_iter();
        let links = events.filter_map(|envelope| match envelope.event {
            Event::Order(OrderEvent::LinkRequested(link)) => Some(link),
            _ => None,
        });
        links.collect()
    }
}

#[tokio::test]
async fn a_link_is_mailed_to_the_orders_customer_alone() {
    let desk = desk().await;
    let order = paid(&desk.shelf, 1).await;
    for (stated, email) in [(number(&order).as_str(), "eve@example.com"), ("X60W-P2C2M", ADA), ("1234", ADA)]
    {
        desk.look_up(stated, email).await.unwrap();
    }
    assert_eq!(desk.links().await, []);
    desk.look_up(&number(&order), ADA).await.unwrap();
    let [link] = &desk.links().await[..] else { panic!("one link") };
    assert_eq!((link.order_id, link.user_id), (order.order_id, order.user_id));
    let asked = desk.asked.0.lock().unwrap().last().unwrap().clone();
    assert_eq!(asked["wanted"]["link"], json!({ "token_id": link.token_id, "order_id": order.order_id }));
    assert_eq!(code(desk.look_up("1234", TOO_MANY).await), "429 too_many_claims");
}

#[tokio::test]
async fn links_keep_to_the_budget() {
    let desk = desk().await;
    let order = paid(&desk.shelf, 1).await;
    let used = || desk.shelf.table.used();
    used();
    desk.look_up(&number(&order), ADA).await.unwrap();
    assert_eq!(used(), "2 read, 1 written: 2 GetItem, PutItem", "look-up-order");
    desk.look_up("X60W-P2C2M", ADA).await.unwrap();
    assert_eq!(used(), "1 read, 0 written: GetItem", "look-up-order: no such order");
}
