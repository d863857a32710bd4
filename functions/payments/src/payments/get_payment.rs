//! `GET /payments/{payment_id}`: returns a payment to the order's customer and to admins.

use domain::payments::{DeclineReason, Payment, PaymentRefusal, PaymentStatus};
use domain::words::id::{OrderId, PaymentId, UserId};
use domain::words::money::Money;
use edge::{Call, NoBody, Problem, Reply};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::store::Payments;

/// A payment, without the internals of the gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PaymentView {
    /// Its id.
    pub payment_id: PaymentId,
    /// The order being paid.
    pub order_id: OrderId,
    /// The customer.
    pub user_id: UserId,
    /// The payment's status.
    pub status: PaymentStatus,
    /// The number of the latest attempt, from 1.
    pub attempt: u32,
    /// The amount to capture.
    pub amount: Money,
    /// The captured amount.
    pub captured: Money,
    /// The refunded part of the captured amount.
    pub refunded: Money,
    /// Why the payment was declined, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decline_code: Option<DeclineReason>,
    /// Creation time.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl From<Payment> for PaymentView {
    fn from(payment: Payment) -> Self {
        let decline_code = payment.decline_code.as_deref().map(DeclineReason::of);
        // The order's end voids a declined payment. For the customer, it has failed.
        let was_declined = payment.status == PaymentStatus::Voided && decline_code.is_some();
        Self {
            payment_id: payment.payment_id,
            order_id: payment.order_id,
            user_id: payment.user_id,
            status: if was_declined { PaymentStatus::Failed } else { payment.status },
            attempt: payment.attempt,
            amount: payment.amount,
            captured: payment.captured,
            refunded: payment.refunded,
            decline_code,
            created_at: payment.created_at,
            updated_at: payment.updated_at,
        }
    }
}

/// Returns a payment.
///
/// # Errors
/// 404 if the payment does not exist or is another customer's.
pub async fn get_payment(payments: Payments, call: Call<NoBody>) -> Result<Reply<PaymentView>, Problem> {
    let found = payments.get(call.path("payment_id")?).await?.ok_or(PaymentRefusal::NotFound)?;
    if found.value.user_id != call.caller.user_id && !call.caller.is_admin() {
        return Err(PaymentRefusal::NotFound.into());
    }
    Ok(Reply::from(found.map(PaymentView::from)))
}
