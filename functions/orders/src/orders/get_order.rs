//! `GET /orders/{order_id}`: an order, for its customer and for admins.

use domain::orders::{Order, OrderRefusal};
use domain::words::person::{Email, Name};
use edge::{Call, NoBody, Problem, Reply};
use peers::UsersClient;
use serde::{Deserialize, Serialize};
use telemetry::chain;

use crate::store::Orders;

/// What is shown with the order.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Query {
    /// What to show with the order.
    expand: Option<Expand>,
}

/// What can be shown with an order.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Expand {
    /// The customer.
    User,
}

/// An order, with what `expand` asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OrderView {
    /// The order.
    #[serde(flatten)]
    pub order: Order,
    /// The customer, where `?expand=user` asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<Customer>,
}

/// The customer, as the user service knows them now.
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
    /// The user service is unavailable, or the account is gone: the order is shown all the same.
    Unavailable,
}

/// Shows an order.
///
/// # Errors
/// 404 when it does not exist or is another customer's.
pub async fn get_order(
    (orders, users): (Orders, UsersClient),
    call: Call<NoBody>,
) -> Result<Reply<OrderView>, Problem> {
    let id = call.path("order_id")?;
    let query: Query = call.query()?;
    let found = orders.get(id).await?.ok_or(OrderRefusal::NotFound)?;
    if found.value.user_id != call.caller.user_id && !call.caller.is_admin() {
        return Err(OrderRefusal::NotFound.into());
    }
    let user = match query.expand {
        Some(Expand::User) => Some(customer(&users, &found.value, &call).await),
        None => None,
    };
    let is_expanded = user.is_some();
    let reply = Reply::ok(OrderView { order: found.value, user });
    // The version is the order's alone: with it, a client that has kept a reply without its customer would keep that.
    Ok(if is_expanded { reply } else { reply.etag(found.version) })
}

async fn customer(users: &UsersClient, order: &Order, call: &Call<NoBody>) -> Customer {
    match users.contact(order.user_id, &call.cause).await {
        Ok(Some(contact)) => Customer::Available { name: contact.name, email: contact.email },
        Ok(None) => Customer::Unavailable,
        Err(error) => {
            tracing::warn!(error = %chain(&error), "the order is shown without its customer");
            Customer::Unavailable
        }
    }
}
