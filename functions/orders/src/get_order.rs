//! `GET /orders/{order_id}`: one order, of the customer's own; an admin sees every one.

use domain::order::{Order, OrderRefusal};
use domain::person::{Email, Name};
use edge::{Call, NoBody, Problem, Reply, chain};
use serde::{Deserialize, Serialize};

use crate::store::Orders;
use crate::users::Users;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Query {
    expand: Option<Expand>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Expand {
    User,
}

/// An order, with what was asked for beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Customer {
    /// It answered.
    Available {
        /// The customer's name.
        name: Name,
        /// The customer's e-mail address.
        email: Email,
    },
    /// It did not: the order is shown all the same.
    Unavailable,
}

/// Shows an order.
///
/// # Errors
/// 404 when there is none, or it is another's.
pub async fn get_order(
    (orders, users): (Orders, Users),
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
    // The version is the order's alone: with it, a customer who could not be shown would stay so for whoever has kept that.
    Ok(if is_expanded { reply } else { reply.etag(found.version) })
}

async fn customer(users: &Users, order: &Order, call: &Call<NoBody>) -> Customer {
    match users.contact(order.user_id, &call.cause).await {
        Ok(contact) => Customer::Available { name: contact.name, email: contact.email },
        Err(error) => {
            tracing::warn!(error = %chain(&error), "the order is shown without its customer");
            Customer::Unavailable
        }
    }
}
