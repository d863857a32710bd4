//! `POST /payments/{payment_id}/attempts`: pays a declined order with another payment method.

use domain::payments::{Payment, PaymentRefusal};
use domain::words::id::PaymentId;
use domain::words::pay_with::PayWith;
use domain::words::payment_method::PaymentMethod;
use edge::{Call, Problem, Reply};
use serde::{Deserialize, Serialize};
use store::{Claim, Decision, Stored};

use crate::gateway::Gateway;
use crate::payments::get_payment::PaymentView;
use crate::payments::rows::{self, PaymentRow};
use crate::store::Payments;

/// A customer's request to pay with another payment method.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RetryPayment {
    /// The payment gateway's token to charge. Either this or `saved_method` is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_method: Option<PaymentMethod>,
    /// A payment method that the customer has saved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saved_method: Option<PaymentMethod>,
}

/// Begins another attempt, once per Idempotency-Key. The gateway is asked when the event arrives.
///
/// # Errors
/// 400 without an Idempotency-Key, 404 if the payment does not exist or is another customer's, 409 if it was not declined or
/// its order has ended, 422 if the saved payment method is not the customer's or the key was used for another request, 429 after too
/// many attempts or declines, 503 if the gateway does not say whose a saved payment method is.
pub async fn retry_payment(
    (payments, gateway): (Payments, Gateway),
    call: Call<RetryPayment>,
) -> Result<Reply<PaymentView>, Problem> {
    let (id, customer): (PaymentId, _) = (call.path("payment_id")?, call.caller.user_id);
    let key = call.idempotency_key()?;
    let RetryPayment { payment_method, saved_method } = &call.body;
    let pay_with = PayWith::of(payment_method.as_ref(), saved_method.as_ref(), false)?;
    let claim = Claim::new("retry-payment", &customer.to_string(), key.as_str(), &(id, &call.body))?;
    let retry = async |found: Option<Stored<Payment>>| {
        if let Some(view) = payments.table.answered(&claim, call.now).await? {
            return Ok(Decision::new(None, view));
        }
        let own = found.map(|found| found.value).filter(|payment| payment.user_id == customer);
        let own = own.ok_or(PaymentRefusal::NotFound)?;
        let declines = payments.declines(customer).await?.map(|found| found.value);
        let mut retried = own.retry(pay_with.method.clone(), declines.as_ref(), call.now)?;
        if let Some(saved) = pay_with.saved() {
            let (billed_to, _) = Box::pin(payments.verified(customer, saved, &gateway)).await?;
            retried.payment = retried.payment.billed_to(Some(billed_to));
        }
        let view = PaymentView::from(retried.payment.clone());
        let change = rows::change(retried).answer(&claim, &view);
        Ok::<_, Problem>(Decision::new(Some(change), view))
    };
    let done = payments.table.at::<PaymentRow>(rows::key(id)).change(&call, retry).await?;
    Ok(Reply::incomplete(done.answer))
}
