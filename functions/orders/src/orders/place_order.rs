//! `POST /orders`: places an order without a cart.

use domain::carts::Wanted;
use domain::orders::Order;
use domain::words::contact::GivenContact;
use domain::words::line::Lines;
use domain::words::money::{Currency, Money};
use domain::words::pay_with::PayWith;
use domain::words::payment_method::PaymentMethod;
use domain::words::person::Address;
use domain::words::promotion_code::Codes;
use domain::words::setting::SettingId;
use edge::{Call, Problem, Reply};
use serde::{Deserialize, Serialize};

use crate::orders::place::{Basket, Desk, place};

/// A customer's request to place an order. The product service sets the prices.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PlaceOrder {
    /// SKUs and quantities.
    pub lines: Lines,
    /// The currency in which the prices were shown to the customer.
    #[cfg_attr(feature = "schema", schemars(with = "domain::schema::CurrencyCode"))]
    pub currency: Currency,
    /// The delivery address.
    pub shipping_address: Address,
    /// The address on the invoice, if it is another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub billing_address: Option<Address>,
    /// The way of shipping, in a shop that ships for a price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipping_method: Option<SettingId>,
    /// The codes of promotions.
    #[serde(default, skip_serializing_if = "Codes::is_empty")]
    pub codes: Codes,
    /// The total that the customer was shown. At another one, nothing is ordered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_total: Option<Money>,
    /// The payment gateway's token to charge. Either this or `saved_method` is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_method: Option<PaymentMethod>,
    /// A payment method that the customer has saved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saved_method: Option<PaymentMethod>,
    /// How a guest is reached, who has to send it. A user with an account is reached at the account's address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<GivenContact>,
}

/// Places an order. The order id is derived from the customer and the Idempotency-Key, so a retry after any failure
/// refers to the same order and the same reservation, and the order itself is the record of the request.
///
/// # Errors
/// 400 without an Idempotency-Key, 409 if stock is insufficient or the total is another one, 422 if the order is invalid, a guest's
/// lacks `contact`, or the key was used for another request, 429 if the customer has too many unpaid orders or declined payments, 503
/// if the product service is unavailable, or for a guest the user service.
pub async fn place_order(desk: Desk, call: Call<PlaceOrder>) -> Result<Reply<Order>, Problem> {
    place(&desk, &call, || async { call.body.basket() }).await
}

impl PlaceOrder {
    fn basket(&self) -> Result<Basket, Problem> {
        let wanted = Wanted {
            lines: self.lines.clone().into(),
            shipping_address: Some(self.shipping_address.checked()?),
            shipping_method: self.shipping_method.clone(),
            codes: self.codes.clone().into(),
        };
        Ok(Basket {
            wanted,
            billing_address: self.billing_address.as_ref().map(Address::checked).transpose()?,
            note: None,
            row: None,
            currency: Some(self.currency),
            expected_total: self.expected_total,
            pay_with: PayWith::of(self.payment_method.as_ref(), self.saved_method.as_ref(), false)?,
            contact: self.contact.clone(),
            terms_version: None,
        })
    }
}
