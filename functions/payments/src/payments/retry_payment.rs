//! `POST /payments/{payment_id}/attempts`: pays a declined order with another payment method.

use domain::payments::{Payment, PaymentRefusal};
use domain::words::id::PaymentId;
use domain::words::payment_method::PaymentMethod;
use edge::{Call, Problem, Reply};
use serde::{Deserialize, Serialize};
use store::{Claim, Decision, Stored};

use crate::payments::get_payment::PaymentView;
use crate::payments::rows::{self, PaymentRow};
use crate::store::Payments;

/// A customer's request to pay with another payment method.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RetryPayment {
    /// The payment gateway's token to charge.
    pub payment_method: PaymentMethod,
}

/// Begins another attempt, once per Idempotency-Key. The gateway is asked when the event arrives.
///
/// # Errors
/// 400 without an Idempotency-Key, 404 if the payment does not exist or is another customer's, 409 if it was not declined or
/// its order has ended, 422 if the key was used for another request, 429 after too many attempts or declines.
pub async fn retry_payment(
    payments: Payments,
    call: Call<RetryPayment>,
) -> Result<Reply<PaymentView>, Problem> {
    let (id, customer): (PaymentId, _) = (call.path("payment_id")?, call.caller.user_id);
    let key = call.idempotency_key()?;
    let claim = Claim::new("retry-payment", &customer.to_string(), key.as_str(), &(id, &call.body))?;
    let retry = async |found: Option<Stored<Payment>>| {
        if let Some(view) = payments.table.answered(&claim, call.now).await? {
            return Ok(Decision::new(None, view));
        }
        let own = found.map(|found| found.value).filter(|payment| payment.user_id == customer);
        let declines = payments.declines(customer).await?.map(|found| found.value);
        let method = call.body.payment_method.clone();
        let retried = own.ok_or(PaymentRefusal::NotFound)?.retry(method, declines.as_ref(), call.now)?;
        let view = PaymentView::from(retried.payment.clone());
        let change = rows::change(retried).answer(&claim, &view);
        Ok::<_, Problem>(Decision::new(Some(change), view))
    };
    let done = payments.table.at::<PaymentRow>(rows::key(id)).change(&call, retry).await?;
    Ok(Reply::incomplete(done.answer))
}
