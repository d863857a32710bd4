//! `POST /cart/checkout`: orders what is in the caller's cart.

use domain::carts::{Cart, CheckoutRefusal};
use domain::orders::{Order, OrderRefusal};
use domain::words::contact::GivenContact;
use domain::words::money::Money;
use domain::words::pay_with::PayWith;
use domain::words::payment_method::PaymentMethod;
use domain::words::setting::Label;
use edge::{Call, Problem, Reply};
use serde::{Deserialize, Serialize};

use crate::orders::place::{Basket, Desk, place};

/// A customer's request to order what is in the cart.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CheckOut {
    /// The total that the customer was shown. At another one, nothing is ordered.
    pub expected_total: Money,
    /// The payment gateway's token to charge. Either this or `saved_method` is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_method: Option<PaymentMethod>,
    /// A payment method that the customer has saved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saved_method: Option<PaymentMethod>,
    /// Whether `payment_method` is saved for the customer's account once it is charged.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub save_method: bool,
    /// How a guest is reached, who has to send it. A user with an account is reached at the account's address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<GivenContact>,
    /// The terms that the customer has accepted: `policies.terms_version` of `GET /shop`, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms_version: Option<Label>,
    /// The version of the cart that the customer was shown. If the cart has another one, nothing is ordered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cart_version: Option<u64>,
}

/// Orders what is in the caller's cart, which is empty afterwards but for its addresses. A refused request holds no stock, and can be
/// sent again, corrected, with its Idempotency-Key.
///
/// # Errors
/// 400 without an Idempotency-Key; 409 if the total is another one, which comes with the cart, if the cart has changed, or if stock is
/// insufficient; 422 if the cart lacks something, a guest's request lacks `contact`, the saved payment method is not the customer's, or
/// the key was used for another request; 429 if
/// the customer has too many unpaid orders or declined payments; 503 if another service is unavailable.
pub async fn check_out(desk: Desk, call: Call<CheckOut>) -> Result<Reply<Order>, Problem> {
    let (user_id, request) = (call.caller.user_id, &call.body);
    let CheckOut { payment_method, saved_method, save_method, .. } = request;
    let pay_with = &PayWith::of(payment_method.as_ref(), saved_method.as_ref(), *save_method)?;
    let basket = || async {
        let row = desk.orders.cart(user_id, call.now).await?;
        let row = row.ok_or(CheckoutRefusal::CartEmpty)?;
        if row.value.merged_into.is_some() {
            return Err(OrderRefusal::GuestMerged.into());
        }
        if request.cart_version.is_some_and(|version| version != row.version) {
            return Err(CheckoutRefusal::CartChanged.into());
        }
        let Cart { billing_address, note, .. } = row.value.clone();
        Ok(Basket {
            wanted: row.value.wanted(),
            billing_address,
            note,
            row: Some(row),
            currency: None,
            expected_total: Some(request.expected_total),
            pay_with: pay_with.clone(),
            contact: request.contact.clone(),
            terms_version: request.terms_version.clone(),
        })
    };
    place(&desk, &call, basket).await
}
