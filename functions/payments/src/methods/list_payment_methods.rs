//! `GET /payment-methods`: lists the payment methods that the caller has saved.

use domain::payments::SavedMethod;
use edge::{Account, Call, List, NoBody, Problem, Reply};

use crate::gateway::Gateway;
use crate::store::Payments;

/// Lists the caller's saved payment methods, as the payment gateway has them now: the one that was paid with last first, then the
/// newest.
///
/// # Errors
/// 403 for a guest, 503 if the gateway gives no conclusive answer within four seconds.
pub async fn list_payment_methods(
    (payments, gateway): (Payments, Gateway),
    call: Call<NoBody, Account>,
) -> Result<Reply<List<SavedMethod>>, Problem> {
    let customer = payments.customer(call.caller.0.user_id).await?.map(|found| found.value);
    let items = match customer.as_ref().and_then(|customer| Some((customer, customer.customer_id.as_ref()?)))
    {
        Some((customer, id)) => customer.sorted(gateway.saved(id).await.map_err(Problem::unavailable)?),
        None => Vec::new(),
    };
    Ok(Reply::ok(List { items, next_cursor: None }))
}
