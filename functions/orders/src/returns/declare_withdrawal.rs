//! `POST /withdrawals`: somebody withdraws from a contract without signing in.

use domain::Refusal;
use domain::orders::Order;
use domain::orders::returns::{Declaration, OrderReturn, ReturnRefusal, WithdrawalStatement};
use domain::users::claim::{Claim, Declarant, Wanted};
use domain::words::id::ReturnId;
use edge::{Anyone, Call, Problem, Reply};
use jiff::Timestamp;
use peers::UsersClient;
use serde::Serialize;
use store::{Change, Decision, Stored};

use crate::orders::rows::{OrderRow, key};
use crate::returns::rows::{StatementRow, statement_key};
use crate::settings::in_force::InForce;

/// Why a withdrawal from the whole contract waits for the staff: some pieces come back, and the others are not to be sent.
const SHIPPED_IN_PART: &str = "shipped_in_part";

/// What was received, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReceivedStatement {
    /// The statement.
    pub statement_id: ReturnId,
    /// When it was received first.
    pub received_at: Timestamp,
}

/// Records that somebody withdraws from a contract (Directive 2011/83/EU, Article 11a), and mails an acknowledgement to their address.
///
/// If the order's customer is reached at the address, it is a withdrawal as in `POST /orders/{order_id}/returns`. If not, or if it cannot
/// be carried out, it waits for the staff. The reply is the same, so it tells nobody which orders there are. The same declaration again
/// is recorded once, and has the same reply.
///
/// # Errors
/// 429 if more than five an hour were declared for the number, or with the address; 503 if the user service is unavailable.
pub async fn declare_withdrawal(
    (settings, users): (InForce, UsersClient),
    call: Call<Declaration, Anyone>,
) -> Result<Reply<ReceivedStatement>, Problem> {
    let (declared, orders) = (&call.body, settings.orders());
    let statement_id = declared.statement_id();
    if let Some(known) = orders.statement(statement_id, call.now).await? {
        return Ok(received(statement_id, known.value.received_at));
    }
    if let Some(known) = orders.known_return(statement_id).await? {
        let order = orders.get(known.order_id).await?.ok_or(ReturnRefusal::NotFound)?.value;
        return Ok(received(statement_id, order.return_of(statement_id)?.acknowledged_at));
    }
    let order = orders.stated(&declared.order_number).await?;
    let matches = users.compare(&claim(declared, order.as_ref()), &call.cause).await?;
    let order = order.filter(|_| matches);
    let refused = match &order {
        None => None,
        Some(order) => match withdraw(&settings, &call, order).await? {
            Ok(returned) => return Ok(received(statement_id, returned.acknowledged_at)),
            Err(code) => Some((order, code)),
        },
    };
    let keep = async |found: Option<Stored<WithdrawalStatement>>| {
        if found.is_some_and(|known| !known.has_expired(call.now)) {
            return Ok(None);
        }
        let (statement, event) = declared.statement(refused, call.now);
        Ok::<_, Problem>(Some(Change::to(statement).emit([event])))
    };
    let done = orders.table.at::<StatementRow>(statement_key(statement_id)).change(&call, keep).await?;
    Ok(received(statement_id, done.row.map_or(call.now, |row| row.value.received_at)))
}

fn received(statement_id: ReturnId, received_at: Timestamp) -> Reply<ReceivedStatement> {
    Reply::incomplete(ReceivedStatement { statement_id, received_at })
}

fn claim(declared: &Declaration, order: Option<&Order>) -> Claim {
    Claim {
        number: declared.order_number.clone(),
        email: declared.email.clone(),
        owner: order.map(|order| order.user_id),
        wanted: Wanted::Withdrawal(Declarant {
            user_id: declared.declarant(),
            name: declared.name.clone(),
            locale: declared.locale.clone().unwrap_or_default(),
        }),
    }
}

/// Withdraws from the order's contract, for its customer. Returns the code of why not, if it is refused.
async fn withdraw(
    settings: &InForce,
    call: &Call<Declaration, Anyone>,
    order: &Order,
) -> Result<Result<OrderReturn, &'static str>, Problem> {
    let (orders, in_force) = (settings.orders(), settings.at(call.now).await?);
    let (return_id, request) = (call.body.statement_id(), call.body.request());
    let withdraw = async |found: Option<Stored<Order>>| {
        let order = found.ok_or(ReturnRefusal::NotFound)?;
        if request.lines.is_none() && order.value.is_shipped_in_part() {
            return Ok(Decision::new(None, Err(SHIPPED_IN_PART)));
        }
        let asked = (return_id, &request);
        Ok::<_, Problem>(match orders.ask_for_return(&order, asked, in_force.policy(), call.now).await? {
            Ok((change, returned)) => Decision::new(change, Ok(returned)),
            Err(refusal) => Decision::new(None, Err(refusal.code())),
        })
    };
    Ok(orders.table.at::<OrderRow>(key(order.order_id)).change(call, withdraw).await?.answer)
}
