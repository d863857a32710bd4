//! The data that the files in `events/` refer to, so that each event can be sent to its function by hand: a customer
//! with a fixed id, a session, a paid order and an order whose customer has to confirm the payment.

use std::time::{Duration, Instant};

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use super::SeedError;
use engines::aws::Service;
use model::invoke::{Invocation, InvokeError};
use runtime::cloud::Cloud;

/// The customer's items, as the users service writes them. They are written directly, because a registration draws a
/// random id.
const CUSTOMER: &str = include_str!("customer.json");

/// The order and its idempotency key, from which its id is derived.
const PLACE_ORDER: &str = include_str!("../../../../events/place-order.json");

/// A payment method that has to be confirmed with the customer's bank, and that order's idempotency key.
const UNPAID: [&str; 2] = ["pm_card_authenticationRequired", "5b7e0d13-second-order"];

/// How long to retry an order. `cargo lambda watch` compiles a function at its first invocation, so the first attempts
/// may time out.
const COMPILE_TIMEOUT: Duration = Duration::from_secs(120);
const RETRY_INTERVAL: Duration = Duration::from_millis(200);

#[derive(Deserialize)]
struct Customer {
    account: Vec<Value>,
    session: Value,
}

/// Writes the account, unless one with its address exists. Resets the session, because a refresh token is valid only
/// once.
///
/// # Errors
/// The table rejects the write.
pub async fn put_customer(cloud: &Cloud) -> Result<(), SeedError> {
    let customer: Customer = serde_json::from_str(CUSTOMER)?;
    let table = super::users_table(cloud)?;
    let absent = |item| json!({ "Put": { "TableName": table, "Item": item, "ConditionExpression": "attribute_not_exists(pk)" } });
    let account = json!({ "TransactItems": customer.account.iter().map(absent).collect::<Vec<_>>() });
    match cloud.endpoint().call(Service::DynamoDb, "TransactWriteItems", &account).await {
        Err(error) if !error.message.contains("ConditionalCheckFailed") => return Err(error.into()),
        Ok(_) | Err(_) => {}
    }
    let session = json!({ "TableName": table, "Item": customer.session });
    cloud.endpoint().call(Service::DynamoDb, "PutItem", &session).await?;
    Ok(())
}

/// Places the orders as the customer. Repeating this has no effect.
///
/// In an older shop an order may be rejected, because its products are sold out or because an earlier attempt was
/// interrupted. The shop then opens without that sample.
///
/// # Errors
/// A function cannot be invoked.
pub async fn place_orders(cloud: &Cloud) -> Result<(), SeedError> {
    let paid: Value = serde_json::from_str(PLACE_ORDER)?;
    place(cloud, &paid).await?;
    let [payment_method, key] = UNPAID;
    let mut order: Value = serde_json::from_str(paid["body"].as_str().unwrap_or_default())?;
    order["payment_method"] = payment_method.into();
    let mut unpaid = paid;
    unpaid["headers"]["idempotency-key"] = key.into();
    unpaid["body"] = order.to_string().into();
    place(cloud, &unpaid).await
}

async fn place(cloud: &Cloud, event: &Value) -> Result<(), SeedError> {
    let operation = "place-order".to_owned();
    let payload = Bytes::from(event.to_string());
    let invocation = Invocation { operation, payload, trace_header: None };
    let began = Instant::now();
    loop {
        let reply = match cloud.host().run(invocation.clone()).await {
            Ok(logged) => serde_json::from_slice(&logged.answer.payload)?,
            Err(InvokeError::Host { .. }) if began.elapsed() < COMPILE_TIMEOUT => Value::Null,
            Err(error) => return Err(error.into()),
        };
        match reply["statusCode"].as_u64() {
            Some(201) => return Ok(()),
            None | Some(503) if began.elapsed() < COMPILE_TIMEOUT => tokio::time::sleep(RETRY_INTERVAL).await,
            _ => {
                tracing::warn!(%reply, "an order that the files in events/ refer to could not be placed");
                return Ok(());
            }
        }
    }
}
