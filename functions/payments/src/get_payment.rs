//! `GET /payments/{payment_id}`: the payment of an order of the customer's own; an admin sees every one.

use domain::id::{OrderId, PaymentId, UserId};
use domain::money::Money;
use domain::payment::{Payment, PaymentRefusal, PaymentStatus};
use edge::{Call, NoBody, Problem, Reply};
use jiff::Timestamp;
use serde::Serialize;

use crate::store::Payments;

/// A payment, without what is between the shop and the gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PaymentView {
    /// Its id.
    pub payment_id: PaymentId,
    /// The order that it is for.
    pub order_id: OrderId,
    /// Whose order.
    pub user_id: UserId,
    /// Where it is.
    pub status: PaymentStatus,
    /// How much is to be taken.
    pub amount: Money,
    /// What was taken.
    pub captured: Money,
    /// What was given back of it.
    pub refunded: Money,
    /// Why it was declined.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decline_code: Option<String>,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl From<Payment> for PaymentView {
    fn from(payment: Payment) -> Self {
        Self {
            payment_id: payment.payment_id,
            order_id: payment.order_id,
            user_id: payment.user_id,
            status: payment.status,
            amount: payment.amount,
            captured: payment.captured,
            refunded: payment.refunded,
            decline_code: payment.decline_code,
            created_at: payment.created_at,
            updated_at: payment.updated_at,
        }
    }
}

/// Shows a payment.
///
/// # Errors
/// 404 when there is none, or it is another's.
pub async fn get_payment(payments: Payments, call: Call<NoBody>) -> Result<Reply<PaymentView>, Problem> {
    let found = payments.get(call.path("payment_id")?).await?.ok_or(PaymentRefusal::NotFound)?;
    if found.value.user_id != call.caller.user_id && !call.caller.is_admin() {
        return Err(PaymentRefusal::NotFound.into());
    }
    Ok(Reply::ok(found.value.into()).etag(found.version))
}
