//! Events of an HTTP API, to the types of every operation.

use std::fmt::Debug;
use std::sync::LazyLock;

use aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use domain::catalogue::{NewProduct, Product};
use domain::words::goods::{Sku, Slug};
use domain::words::id::{OrderId, PaymentId, ProductId, UserId};
use edge::http::{Event, answer};
use edge::{
    Anyone, Authority, Body, Call, Callers, NoBody, Paging, Problem, Reply, Service, SignedIn, Staff,
};
use jiff::Timestamp;
use lambda_runtime::Context;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestRunner;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::check;
use super::text::{json as changed, text};

static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime"));

/// Passes an event to an operation's types, as its function does.
type Invoke = fn(&Event) -> ApiGatewayV2httpResponse;

fn invoke<B, W, Q>(
    event: &Event,
    operation: fn(&Call<B, W, Q>) -> Result<(), Problem>,
) -> ApiGatewayV2httpResponse
where
    B: Body + Debug + Sync,
    W: Authority + Debug + Sync,
    Q: DeserializeOwned + Debug + Send + Sync,
{
    let handler = |(), call: Call<B, W, Q>| async move {
        use_everything(&call)?;
        operation(&call).map(|()| Reply::no_content())
    };
    let at = (&Context::default(), Timestamp::now());
    RUNTIME.block_on(answer((), handler, event, at, |_| Ok(()), &Callers::from("x")))
}

/// Reads what operations read of a call.
fn use_everything<B: Debug, W: Debug, Q: Debug>(call: &Call<B, W, Q>) -> Result<(), Problem> {
    assert!(!format!("{:?}{:?}{:?}", call.body, call.caller, call.query).is_empty());
    let ids = [
        call.path::<OrderId>("id").is_ok(),
        call.path::<UserId>("id").is_ok(),
        call.path::<ProductId>("id").is_ok(),
        call.path::<PaymentId>("id").is_ok(),
    ];
    assert!(ids.iter().filter(|is_ok| **is_ok).count() <= 1, "ids have distinct prefixes");
    drop((call.path::<Slug>("id"), call.path::<Sku>("id"), call.must_match(3)));
    call.optional_idempotency_key()?;
    call.if_match(1)
}

fn nothing<B, W, Q>(_: &Call<B, W, Q>) -> Result<(), Problem> {
    Ok(())
}

/// Every body and query, each with the authority of its operation.
const OPERATIONS: &[Invoke] = &[
    |event| invoke::<NewProduct, Staff, edge::NoQuery>(event, create),
    |event| invoke::<orders::orders::place_order::PlaceOrder, SignedIn, edge::NoQuery>(event, nothing),
    |event| invoke::<orders::orders::check_out::CheckOut, SignedIn, edge::NoQuery>(event, nothing),
    |event| {
        invoke::<products::reservations::reserve_stock::ReserveStock, Service, edge::NoQuery>(event, nothing)
    },
    |event| invoke::<products::stock::adjust_stock::AdjustStock, Staff, edge::NoQuery>(event, nothing),
    |event| invoke::<users::accounts::register_user::RegisterUser, Anyone, edge::NoQuery>(event, nothing),
    |event| invoke::<users::sessions::log_in::LogIn, Anyone, edge::NoQuery>(event, nothing),
    |event| invoke::<users::sessions::refresh_session::RefreshSession, Anyone, edge::NoQuery>(event, nothing),
    |event| invoke::<NoBody, Anyone, products::catalogue::list_products::Query>(event, nothing),
    |event| invoke::<NoBody, Anyone, products::search::search_products::Query>(event, nothing),
    |event| invoke::<NoBody, SignedIn, orders::orders::get_order::Query>(event, nothing),
    |event| invoke::<NoBody, SignedIn, Paging>(event, |call| call.query.limit().map(drop)),
];

fn create(call: &Call<NewProduct, Staff>) -> Result<(), Problem> {
    Ok(Product::create(call.new_id(), call.body.clone(), call.now).map(drop)?)
}

/// A valid body for each operation that takes one.
fn valid_bodies() -> Vec<Value> {
    let address = json!({
        "name": "Ada Lovelace", "line1": "Calle Mayor 1", "city": "Madrid", "region": "M", "postal_code": "28013",
        "country": "ES",
    });
    let lines = json!([{ "sku": "CUP-BLUE", "quantity": 2 }, { "sku": "BEANS-250", "quantity": 1 }]);
    vec![
        json!({
            "title": "Espresso cup", "description": "A cup.", "slug": "espresso-cup", "category": "kitchen",
            "status": "active",
            "variants": [{
                "sku": "CUP-BLUE", "title": "Blue", "price": { "amount": 1450, "currency": "EUR" }, "tax_rate": 1900,
            }],
        }),
        json!({ "lines": lines, "currency": "EUR", "shipping_address": address, "payment_method": "pm_card_visa" }),
        json!({ "expected_total": { "amount": 3690, "currency": "EUR" }, "payment_method": "pm_card_visa", "cart_version": 3 }),
        json!({ "order_id": "ord_01ARZ3NDEKTSV4RRFFQ69G5FAV", "currency": "EUR", "lines": lines }),
        json!({ "delta": -3, "reason": "received" }),
        json!({ "email": "ada@example.com", "name": "Ada Lovelace", "password": "the analytical engine" }),
        json!({ "email": "ada@example.com", "password": "the analytical engine" }),
        json!({ "refresh_token": "rt_01ARZ3NDEKTSV4RRFFQ69G5FAV_abc" }),
    ]
}

fn headers() -> BoxedStrategy<Value> {
    const NAMES: &[&str] = &[
        "host",
        "content-type",
        "idempotency-key",
        "if-match",
        "if-none-match",
        "authorization",
        "x-correlation-id",
        "traceparent",
        "x-forwarded-proto",
        "x-amzn-trace-id",
        "cookie",
    ];
    let name = prop_oneof![4 => select(NAMES).prop_map(str::to_owned), 1 => text()];
    let value = prop_oneof![
        2 => text(),
        1 => select(vec!["application/json", "application/json; charset=utf-8", "\"1\"", "*", "k"]).prop_map(str::to_owned),
    ];
    btree_map(name, value, 0..4).prop_map(|headers| json!(headers)).boxed()
}

fn authorizer() -> BoxedStrategy<Value> {
    let user = json!({ "lambda": {
        "user_id": "usr_01ARZ3NDEKTSV4RRFFQ69G5FAV", "session_id": "ses_01ARZ3NDEKTSV4RRFFQ69G5FAV", "roles": "admin",
    } });
    let service = json!({ "iam": { "userArn": "arn:aws:sts::123456789012:assumed-role/place-order/x" } });
    let fields = btree_map(select(vec!["user_id", "session_id", "roles", "refusal"]), text(), 0..4);
    prop_oneof![
        6 => Just(user),
        3 => Just(service),
        1 => Just(Value::Null),
        2 => fields.prop_map(|fields| json!({ "lambda": fields })),
    ]
    .boxed()
}

fn query() -> BoxedStrategy<String> {
    let pair = (
        prop_oneof![select(vec!["limit", "cursor", "category", "expand"]).prop_map(str::to_owned), text()],
        text(),
    );
    prop_oneof![
        text(),
        vec(pair, 0..4).prop_map(|pairs| {
            pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
        }),
    ]
    .boxed()
}

fn event() -> BoxedStrategy<Value> {
    let method = select(vec!["GET", "POST", "HEAD", "", "g e t"]);
    let body = prop_oneof![5 => changed(valid_bodies()).prop_map(Some), 1 => Just(None)];
    (query(), headers(), text(), text(), method, authorizer(), body, prop::bool::weighted(0.1))
        .prop_map(|(query, headers, path, id, method, authorizer, body, base64)| {
            json!({
                "version": "2.0", "rawPath": path, "rawQueryString": query, "headers": headers,
                "pathParameters": { "id": id }, "body": body, "isBase64Encoded": base64,
                "requestContext": {
                    "domainName": path, "stage": path, "requestId": id, "authorizer": authorizer, "http": { "method": method },
                },
            })
        })
        .boxed()
}

/// A reply is one that the gateway can send, and blames the client.
fn is_fine(reply: &ApiGatewayV2httpResponse) -> Result<(), String> {
    let text = serde_json::to_string(reply).map_err(|error| error.to_string())?;
    match reply.status_code {
        200..500 => Ok(()),
        status => Err(format!("{status}: {text}")),
    }
}

/// Events with client-chosen text anywhere, to every operation.
pub fn requests(runner: &mut TestRunner) -> Result<(), String> {
    check(runner, &(event(), select(OPERATIONS)), |(event, invoke)| {
        let event: Event = serde_json::from_value(event).map_err(|error| error.to_string())?;
        is_fine(&invoke(&event))
    })
}

/// Events that are not what API Gateway sends. The function may fail, but its process does not.
pub fn events(runner: &mut TestRunner) -> Result<(), String> {
    let samples = event().prop_flat_map(|sample| changed(vec![sample]));
    check(runner, &(samples, select(OPERATIONS)), |(text, invoke)| {
        match serde_json::from_str::<Event>(&text) {
            Ok(event) => is_fine(&invoke(&event)),
            Err(_) => Ok(()),
        }
    })
}

/// Bodies that are nearly right, from the right caller, to their own operation.
pub fn bodies(runner: &mut TestRunner) -> Result<(), String> {
    let operations: Vec<(Value, Invoke)> =
        valid_bodies().into_iter().zip(OPERATIONS.iter().copied()).collect();
    let called = select(operations).prop_flat_map(|(body, invoke)| (changed(vec![body]), Just(invoke)));
    check(runner, &called, |(body, invoke)| {
        let event = json!({
            "headers": { "content-type": "application/json" }, "body": body,
            "requestContext": { "http": { "method": "POST" }, "authorizer": {
                "lambda": {
                    "user_id": "usr_01ARZ3NDEKTSV4RRFFQ69G5FAV", "session_id": "ses_01ARZ3NDEKTSV4RRFFQ69G5FAV",
                    "roles": "admin",
                },
                "iam": { "userArn": "arn:aws:sts::123456789012:assumed-role/place-order/x" },
            } },
        });
        let event: Event = serde_json::from_value(event).map_err(|error| error.to_string())?;
        is_fine(&invoke(&event))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_valid_bodies_are_accepted() {
        for (body, invoke) in valid_bodies().into_iter().zip(OPERATIONS) {
            let event = json!({
                "body": body.to_string(),
                "requestContext": { "http": { "method": "POST" }, "authorizer": {
                    "lambda": {
                        "user_id": "usr_01ARZ3NDEKTSV4RRFFQ69G5FAV",
                        "session_id": "ses_01ARZ3NDEKTSV4RRFFQ69G5FAV",
                        "roles": "admin",
                    },
                    "iam": { "userArn": "arn:aws:sts::123456789012:assumed-role/place-order/x" },
                } },
            });
            let reply = invoke(&serde_json::from_value(event).expect("an event"));
            assert_eq!(reply.status_code, 204, "{body}: {reply:?}");
        }
    }
}
