//! `DELETE /payment-methods/{payment_method}`: removes a payment method that the caller has saved.

use domain::payments::MethodRefusal;
use domain::words::payment_method::PaymentMethod;
use edge::{Account, Call, NoBody, Problem, Reply};

use crate::gateway::Gateway;
use crate::methods::customers::CustomerError;
use crate::store::Payments;

/// Removes a saved payment method, for good. A payment that was begun with it is not affected.
///
/// # Errors
/// 403 for a guest, 404 if the payment method does not exist or is another customer's, 503 if the gateway gives no conclusive answer.
pub async fn remove_payment_method(
    (payments, gateway): (Payments, Gateway),
    call: Call<NoBody, Account>,
) -> Result<Reply<()>, Problem> {
    let method: PaymentMethod = call.path("payment_method")?;
    match payments.verified(call.caller.0.user_id, &method, &gateway).await {
        Ok(_) => {}
        Err(CustomerError::Refused(_)) => return Err(MethodRefusal::NotFound.into()),
        Err(error) => return Err(error.into()),
    }
    gateway.detach(&method).await.map_err(Problem::unavailable)?;
    Ok(Reply::no_content())
}
