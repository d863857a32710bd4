//! `POST /admin/returns/{return_id}/decision`: staff decide whether the shop takes back what is said to be defective.

use domain::orders::Order;
use domain::orders::returns::{ReturnRefusal, Verdict};
use domain::orders::timeline::Actor;
use domain::words::id::ReturnId;
use edge::{Call, Problem, Reply, Staff};
use store::{Decision, Stored};

use crate::orders::rows::{OrderRow, key};
use crate::returns::{ReturnEntry, changed};
use crate::settings::in_force::InForce;

/// Accepts or refuses a return of defective goods. The customer gets a mail either way. The same decision again changes nothing.
///
/// # Errors
/// 404 if the return does not exist; 409 if it was decided otherwise before, or it is a withdrawal, which cannot be refused.
pub async fn decide_return(
    settings: InForce,
    call: Call<Verdict, Staff>,
) -> Result<Reply<ReturnEntry>, Problem> {
    let return_id: ReturnId = call.path("return_id")?;
    let orders = settings.orders();
    let order_id = orders.order_of(return_id).await?;
    let decide = async |found: Option<Stored<Order>>| {
        let order = found.ok_or(ReturnRefusal::NotFound)?;
        let decided = order.value.decide_return(return_id, &call.body, call.now)?;
        let by = Actor::staff(call.caller.0.user_id);
        let change = changed(&order, decided.change, decided.also, by)
            .map(|change| change.emit([call.acted("decide-return", order_id)]));
        Ok::<_, Problem>(Decision::new(change, decided.returned))
    };
    let decided = orders.table.at::<OrderRow>(key(order_id)).change(&call, decide).await?.answer;
    let in_force = settings.at(call.now).await?;
    Ok(Reply::ok(ReturnEntry::new(order_id, decided, &in_force)))
}
