//! What the files in `events/` speak of, so that each of them can be sent to its function by hand: the customer, under the id
//! that is in the files, a session, a paid order and one whose card was declined.

use std::time::{Duration, Instant};

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use super::SeedError;
use engines::aws::Service;
use model::invoke::{Invocation, InvokeError};
use runtime::cloud::Cloud;

/// The customer's rows as the users service writes them. An id is drawn by whoever registers, so these are written past it.
const CUSTOMER: &str = include_str!("customer.json");

/// The order that is placed, and its customer's key for it: they make its id.
const PLACE_ORDER: &str = include_str!("../../../../events/place-order.json");

/// A payment method that the payment gateway declines, and a key of its own.
const DECLINED: [&str; 2] = ["pm_card_chargeDeclined", "5b7e0d13-second-order"];

/// `cargo lambda watch` compiles a function when it is first asked for, so what an order needs may not answer in time at first.
const COMPILED_WITHIN: Duration = Duration::from_secs(120);
const ASK_AGAIN: Duration = Duration::from_millis(200);

#[derive(Deserialize)]
struct Customer {
    account: Vec<Value>,
    session: Value,
}

/// Writes the account, unless its address has one, and its session as new: a refresh token is good once.
///
/// # Errors
/// When the table refuses.
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

/// Has the customer place the orders. Whoever asks again gets the same ones. In a shop of some age an order may be refused,
/// because its pieces are sold or because it was stopped halfway long ago: the shop opens all the same, without that sample.
///
/// # Errors
/// When a function does not run.
pub async fn place_orders(cloud: &Cloud) -> Result<(), SeedError> {
    let paid: Value = serde_json::from_str(PLACE_ORDER)?;
    place(cloud, &paid).await?;
    let [payment_method, key] = DECLINED;
    let mut order: Value = serde_json::from_str(paid["body"].as_str().unwrap_or_default())?;
    order["payment_method"] = payment_method.into();
    let mut declined = paid;
    declined["headers"]["idempotency-key"] = key.into();
    declined["body"] = order.to_string().into();
    place(cloud, &declined).await
}

async fn place(cloud: &Cloud, event: &Value) -> Result<(), SeedError> {
    let operation = "place-order".to_owned();
    let payload = Bytes::from(event.to_string());
    let invocation = Invocation { operation, payload, trace_header: None };
    let began = Instant::now();
    loop {
        let reply = match cloud.host().run(invocation.clone()).await {
            Ok(logged) => serde_json::from_slice(&logged.answer.payload)?,
            Err(InvokeError::Host { .. }) if began.elapsed() < COMPILED_WITHIN => Value::Null,
            Err(error) => return Err(error.into()),
        };
        match reply["statusCode"].as_u64() {
            Some(201) => return Ok(()),
            None | Some(503) if began.elapsed() < COMPILED_WITHIN => tokio::time::sleep(ASK_AGAIN).await,
            _ => {
                tracing::warn!(%reply, "an order that the files in events/ speak of is not placed");
                return Ok(());
            }
        }
    }
}
