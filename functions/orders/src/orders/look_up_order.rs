//! `POST /orders/lookup`: mails somebody a link to their order.

use domain::events::{OrderEvent, OrderLinkRequested};
use domain::orders::{DeclaredNumber, Order};
use domain::users::claim::{Claim, Wanted, WantedLink};
use domain::words::id::LinkTokenId;
use domain::words::person::Email;
use edge::{Anyone, Call, Problem, Reply};
use peers::UsersClient;
use serde::Deserialize;
use store::{Change, Stored};

use crate::orders::rows::{OrderRow, key};
use crate::store::Orders;

/// What somebody knows of their order.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LookUp {
    /// Its number.
    pub number: DeclaredNumber,
    /// The address that it was placed with.
    pub email: Email,
}

/// Mails a link to an order to its customer, if this is the address at which they are reached. The reply is the same whether there is
/// such an order or not, and whether a mail is sent or not.
///
/// # Errors
/// 429 if more than five an hour were asked for with the number, or with the address; 503 if the user service is unavailable.
pub async fn look_up_order(
    (orders, users): (Orders, UsersClient),
    call: Call<LookUp, Anyone>,
) -> Result<Reply<()>, Problem> {
    let LookUp { number, email } = &call.body;
    let order = orders.stated(number).await?;
    let token_id: LinkTokenId = call.new_id();
    let claim = Claim {
        number: number.clone(),
        email: email.clone(),
        owner: order.as_ref().map(|order| order.user_id),
        wanted: Wanted::Link(WantedLink { token_id, order_id: order.as_ref().map(|order| order.order_id) }),
    };
    let matches = users.compare(&claim, &call.cause).await?;
    if let Some(order) = order.filter(|_| matches) {
        let mail = async |found: Option<Stored<Order>>| {
            let event = found.map(|found| {
                let Order { order_id, user_id, number, .. } = found.value;
                let number = number.map_or_else(|| order_id.to_string(), |number| number.to_string());
                OrderEvent::LinkRequested(OrderLinkRequested { order_id, user_id, number, token_id })
            });
            // The order stays as it is: only the event is written.
            Ok::<_, Problem>(event.map(|event| Change::beside().emit([event])))
        };
        orders.table.at::<OrderRow>(key(order.order_id)).change(&call, mail).await?;
    }
    Ok(Reply::accepted())
}
