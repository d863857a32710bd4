//! `GET /payments/{payment_id}`: a customer reads the payment of an order of theirs; an admin reads any.

use domain::payments::{Payment, PaymentRefusal, PaymentStatus};
use domain::words::id::{OrderId, PaymentId, UserId};
use domain::words::money::Money;
use edge::{Call, NoBody, Problem, Reply};
use jiff::Timestamp;
use serde::Serialize;

use crate::store::Payments;

/// A payment, without what is between the shop and the gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PaymentView {
    /// Its id.
    pub payment_id: PaymentId,
    /// The order that it pays.
    pub order_id: OrderId,
    /// The customer.
    pub user_id: UserId,
    /// Its status.
    pub status: PaymentStatus,
    /// The amount to capture.
    pub amount: Money,
    /// The amount captured.
    pub captured: Money,
    /// How much of that was refunded.
    pub refunded: Money,
    /// Why it was declined, in the payment gateway's words (`insufficient_funds`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decline_code: Option<String>,
    /// When it began.
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
/// 404 when the payment does not exist or is another customer's.
pub async fn get_payment(payments: Payments, call: Call<NoBody>) -> Result<Reply<PaymentView>, Problem> {
    let found = payments.get(call.path("payment_id")?).await?.ok_or(PaymentRefusal::NotFound)?;
    if found.value.user_id != call.caller.user_id && !call.caller.is_admin() {
        return Err(PaymentRefusal::NotFound.into());
    }
    Ok(Reply::from(found.map(PaymentView::from)))
}
