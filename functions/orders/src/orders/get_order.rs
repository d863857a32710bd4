//! `GET /orders/{order_id}`: returns an order, by its id or its number, to its customer and to admins.

use std::str::FromStr;

use domain::orders::{InvalidNumber, Order, OrderNumber, OrderRefusal, PaymentState};
use domain::words::id::OrderId;
use domain::words::person::{Email, Name};
use edge::{Call, Cause, NoBody, Problem, Reply, SignedIn};
use peers::UsersClient;
use serde::{Deserialize, Serialize};
use telemetry::chain;

use crate::store::Orders;

/// What an order is asked for by. No text is both an id and a number.
#[derive(Debug)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(untagged, inline))]
pub enum IdOrNumber {
    /// Its id.
    Id(OrderId),
    /// Its number.
    Number(OrderNumber),
}

impl FromStr for IdOrNumber {
    type Err = InvalidNumber;

    fn from_str(text: &str) -> Result<Self, InvalidNumber> {
        text.parse().map(Self::Id).or_else(|_| text.parse().map(Self::Number))
    }
}

/// Query parameters.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Query {
    /// What to include in the reply.
    expand: Option<Expand>,
}

/// A related resource to include.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Expand {
    /// The customer.
    User,
}

/// An order with the included resources.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OrderView {
    /// The order.
    #[serde(flatten)]
    pub order: Order,
    /// What has become of its money.
    pub payment_state: PaymentState,
    /// The customer, if requested with `?expand=user`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<Customer>,
}

/// The customer's current data in the user service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Customer {
    /// The account exists.
    Available {
        /// The customer's name.
        name: Name,
        /// The customer's e-mail address.
        email: Email,
    },
    /// The user service is unavailable, or the account no longer exists; or the caller is a guest. The order is returned without the customer.
    Unavailable,
}

/// Returns an order.
///
/// # Errors
/// 404 if it does not exist or is another customer's.
pub async fn get_order(
    (orders, users): (Orders, UsersClient),
    call: Call<NoBody, SignedIn, Query>,
) -> Result<Reply<OrderView>, Problem> {
    let id = match call.path("order_id")? {
        IdOrNumber::Id(id) => id,
        // A number that was mistyped is no number, and nothing is read.
        IdOrNumber::Number(number) => orders.id_of(&number).await?.ok_or(OrderRefusal::NotFound)?,
    };
    let found = orders.get(id).await?.ok_or(OrderRefusal::NotFound)?;
    if found.value.user_id != call.caller.user_id && !call.caller.is_admin() {
        return Err(OrderRefusal::NotFound.into());
    }
    let user = match call.query.expand {
        // A guest's order may have become an account's a moment ago, whose owner's address is not the guest's to see.
        Some(Expand::User) if call.caller.is_guest => Some(Customer::Unavailable),
        Some(Expand::User) => Some(customer(&users, &found.value, &call.cause).await),
        None => None,
    };
    let is_expanded = user.is_some();
    let payment_state = found.value.payment_state();
    let reply = Reply::ok(OrderView { order: found.value, payment_state, user });
    // The version covers the order only. As ETag of an expanded reply, it would hide a change of the customer.
    Ok(if is_expanded { reply } else { reply.etag(found.version) })
}

async fn customer(users: &UsersClient, order: &Order, cause: &Cause) -> Customer {
    match users.contact(order.user_id, cause).await {
        Ok(Some(contact)) => Customer::Available { name: contact.name, email: contact.email },
        Ok(None) => Customer::Unavailable,
        Err(error) => {
            tracing::warn!(error = %chain(&error), "order returned without its customer");
            Customer::Unavailable
        }
    }
}
