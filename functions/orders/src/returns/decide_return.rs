//! `POST /admin/returns/{return_id}/decision`: staff decide whether the shop takes back what is said to be defective, and close the
//! statements of those who have withdrawn from a contract that nobody has found.

use domain::orders::Order;
use domain::orders::returns::{ReturnRefusal, Verdict, WithdrawalStatement};
use domain::orders::timeline::Actor;
use domain::words::id::ReturnId;
use edge::{Call, Problem, Reply, Staff};
use serde::Serialize;
use store::{Change, Decision, Stored};

use crate::orders::rows::{OrderRow, key};
use crate::returns::rows::{StatementRow, statement_key};
use crate::returns::{ReturnEntry, changed};
use crate::settings::in_force::InForce;
use crate::store::Orders;

/// What was decided about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Decided {
    /// A return.
    Return(Box<ReturnEntry>),
    /// A statement that became no return.
    Statement(Box<WithdrawalStatement>),
}

/// Accepts or refuses a return of defective goods. The customer gets a mail either way. The same decision again changes nothing.
///
/// The id of a statement closes it: `accepted` says whether the staff have done what it asks for. They write to its author themselves.
///
/// # Errors
/// 404 if there is no such return or statement; 409 if it was decided otherwise before, or it is a withdrawal, which cannot be refused.
pub async fn decide_return(settings: InForce, call: Call<Verdict, Staff>) -> Result<Reply<Decided>, Problem> {
    let return_id: ReturnId = call.path("return_id")?;
    let orders = settings.orders();
    let Some(known) = orders.known_return(return_id).await? else {
        return orders.close_statement(return_id, &call).await;
    };
    let order_id = known.order_id;
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
    Ok(Reply::ok(Decided::Return(Box::new(ReturnEntry::new(order_id, decided, &in_force)))))
}

impl Orders {
    async fn close_statement(
        &self,
        id: ReturnId,
        call: &Call<Verdict, Staff>,
    ) -> Result<Reply<Decided>, Problem> {
        let close = async |found: Option<Stored<WithdrawalStatement>>| {
            let statement = found.ok_or(ReturnRefusal::NotFound)?.value;
            let closed = statement.close(&call.body, call.now)?;
            let act = call.acted("decide-return", id);
            Ok::<_, Problem>(closed.map(|closed| Change::to(closed).emit([act])))
        };
        let done = self.table.at::<StatementRow>(statement_key(id)).change(call, close).await?;
        let closed = done.row.ok_or(ReturnRefusal::NotFound)?.value;
        Ok(Reply::ok(Decided::Statement(Box::new(closed))))
    }
}
