//! `POST /admin/returns/{return_id}/receipt`: staff receive goods that a customer has sent back.

use domain::orders::Order;
use domain::orders::returns::{OrderReturn, Receipt, ReturnRefusal};
use domain::orders::timeline::Actor;
use domain::words::id::ReturnId;
use edge::{Call, Problem, Reply, Staff};
use store::{Claim, Decision, Outcome, Stored};
use telemetry::Metric;

use crate::orders::rows::{OrderRow, key};
use crate::returns::{ReturnEntry, changed};
use crate::settings::in_force::InForce;

/// Receives the goods of a return: they are sold again or written off, and their price is paid back, less a deduction for what has lost
/// in value. If the customer has withdrawn from the whole contract, shipping is paid back as well, up to the price of the cheapest way.
///
/// A repeated request returns the return as the first one received it.
///
/// # Errors
/// 404 if the return does not exist; 409 if it was received before, is not accepted, or the payment is disputed; 422 if more came back
/// than was announced, if the deduction exceeds the price, or if the key was used for another request.
pub async fn receive_return(
    settings: InForce,
    call: Call<Receipt, Staff>,
) -> Result<Reply<ReturnEntry>, Problem> {
    let return_id: ReturnId = call.path("return_id")?;
    let (staff, idempotency_key) = (call.caller.0.user_id, call.idempotency_key()?);
    let claim =
        Claim::new("receive-return", &staff.to_string(), idempotency_key.as_str(), &(return_id, &call.body))?;
    let (orders, in_force) = (settings.orders(), settings.at(call.now).await?);
    let order_id = orders.order_of(return_id).await?;
    let receive = async |found: Option<Stored<Order>>| {
        if let Some(received) = orders.table.answered(&claim, call.now).await? {
            return Ok(Decision::new(None, received));
        }
        let order = found.ok_or(ReturnRefusal::NotFound)?;
        let standard = order.value.standard_shipping(in_force.zones());
        let decided = order.value.receive_return(return_id, &call.body, staff, standard, call.now)?;
        let change = changed(&order, decided.change, decided.also, Actor::staff(staff)).map(|change| {
            change.answer(&claim, &decided.returned).emit([call.acted("receive-return", order_id)])
        });
        Ok::<_, Problem>(Decision::new(change, decided.returned))
    };
    let done = orders.table.at::<OrderRow>(key(order_id)).change(&call, receive).await?;
    if done.outcome == Outcome::Written {
        Metric::ReturnsReceived.publish(1);
    }
    let received: OrderReturn = done.answer;
    Ok(Reply::ok(ReturnEntry::new(order_id, received, &in_force)))
}
