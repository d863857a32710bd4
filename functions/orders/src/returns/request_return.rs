//! `POST /orders/{order_id}/returns`: a customer withdraws from the contract, or returns what is defective.

use domain::orders::returns::{OrderReturn, ReturnRequest};
use domain::orders::{Order, OrderRefusal};
use domain::words::id::{OrderId, ReturnId};
use edge::{Call, Problem, Reply};
use store::{Claim, Decision, Stored};

use crate::orders::rows::{OrderRow, key};
use crate::returns::ReturnEntry;
use crate::settings::in_force::InForce;

/// Records that a customer sends goods back. A withdrawal from the contract needs no reason, and is accepted at once if it is in time;
/// if nothing was shipped, it cancels the order. The staff decide about defects. The customer gets a mail that states what was declared,
/// and when (Directive 2011/83/EU, Article 11a(4)).
///
/// A repeated request returns the return that the first one recorded.
///
/// # Errors
/// 404 if the order does not exist or is another customer's; 409 if it is too late, or nothing is left to return; 422 if more is to be
/// returned than was shipped, or something that is exempt from the right of withdrawal, or if the key was used for another request.
pub async fn request_return(
    settings: InForce,
    call: Call<ReturnRequest>,
) -> Result<Reply<ReturnEntry>, Problem> {
    let order_id: OrderId = call.path("order_id")?;
    let (user_id, idempotency_key) = (call.caller.user_id, call.idempotency_key()?);
    let names = [order_id.to_string(), user_id.to_string()];
    let claim = Claim::new("request-return", &names[1], idempotency_key.as_str(), &(order_id, &call.body))?;
    let return_id = ReturnId::asked_for(call.now, &[&names[0], &names[1], idempotency_key.as_str()]);
    let (orders, in_force) = (settings.orders(), settings.at(call.now).await?);
    let request = async |found: Option<Stored<Order>>| {
        let own = found.filter(|order| order.value.user_id == user_id);
        let order = own.ok_or(OrderRefusal::NotFound)?;
        if let Some(known) = orders.table.answered(&claim, call.now).await? {
            return Ok(Decision::new(None, known));
        }
        let asked = (return_id, &call.body);
        let (change, returned) = orders.ask_for_return(&order, asked, in_force.policy(), call.now).await??;
        let change = change.map(|change| change.answer(&claim, &returned));
        Ok::<_, Problem>(Decision::new(change, returned))
    };
    let returned: OrderReturn =
        orders.table.at::<OrderRow>(key(order_id)).change(&call, request).await?.answer;
    Ok(Reply::created_unseen(ReturnEntry::new(order_id, returned, &in_force)))
}
