//! `GET /internal/users/{user_id}/payment-methods/{payment_method}`: tells the order service whether a customer has saved what they
//! want to pay with.

use domain::payments::SavedMethod;
use domain::words::id::UserId;
use domain::words::payment_method::PaymentMethod;
use edge::{Call, NoBody, Problem, Reply, Service};

use crate::gateway::Gateway;
use crate::store::Payments;

/// Returns a saved payment method of a user. The refusal is written for the customer who orders.
///
/// # Errors
/// 422 if the user has not saved it, 503 if the gateway gives no conclusive answer.
pub async fn verify_payment_method(
    (payments, gateway): (Payments, Gateway),
    call: Call<NoBody, Service>,
) -> Result<Reply<SavedMethod>, Problem> {
    let (user_id, method): (UserId, PaymentMethod) = (call.path("user_id")?, call.path("payment_method")?);
    let (_, saved) = payments.verified(user_id, &method, &gateway).await?;
    Ok(Reply::ok(saved))
}
