//! `POST /orders`: places an order. A slot is claimed first, then stock is held; then the order is written with the
//! event that requests its payment.

use domain::Refusal;
use domain::orders::{Checkout, Order, OrderRefusal};
use domain::stock::StockRefusal;
use domain::words::contact::GivenContact;
use domain::words::id::{OrderId, UserId};
use domain::words::line::Lines;
use domain::words::money::Currency;
use domain::words::payment_method::PaymentMethod;
use domain::words::person::Address;
use edge::{Call, Problem, Reply};
use peers::{PeerError, ProductsClient, UsersClient};
use serde::{Deserialize, Serialize};
use store::{Change, Outcome, Stored};
use telemetry::Metric;

use crate::orders::rows::{self, OrderRow};
use crate::store::Orders;

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
    /// The payment gateway's token to charge.
    pub payment_method: PaymentMethod,
    /// How a guest is reached, who has to send it. A user with an account is reached at the account's address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<GivenContact>,
}

/// Places an order. The order id is derived from the customer and the Idempotency-Key, so a retry after any failure
/// refers to the same order and the same reservation, and the order itself is the record of the request.
///
/// # Errors
/// 400 without an Idempotency-Key, 409 if stock is insufficient, 422 if the order is invalid, a guest's lacks `contact`, or the key
/// was used for another request, 429 if the customer has too many unpaid orders or declined payments, 503 if the product service
/// is unavailable, or for a guest the user service.
pub async fn place_order(
    (orders, products, users): (Orders, ProductsClient, UsersClient),
    call: Call<PlaceOrder>,
) -> Result<Reply<Order>, Problem> {
    let (user_id, request) = (call.caller.user_id, &call.body);
    let order_id = OrderId::derived_from(&[&user_id.to_string(), call.idempotency_key()?.as_str()]);
    let place = async |found: Option<Stored<Order>>| {
        if let Some(order) = found {
            order.is_of(request)?;
            // A guest's order may have become an account's, and the account another person's.
            if order.value.user_id != user_id {
                return Err(OrderRefusal::GuestMerged.into());
            }
            return Ok(None);
        }
        let shipping_address = request.shipping_address.checked()?;
        if call.caller.is_guest {
            let contact = request.contact.as_ref().ok_or(OrderRefusal::ContactNeeded)?;
            users.keep_contact(user_id, contact, &call.cause).await?;
        }
        let claim = orders.claim_slot::<Problem>(user_id, order_id, &call).await?;
        let held = match products.reserve(order_id, request.currency, &request.lines, &[], &call.cause).await
        {
            Ok(held) => held,
            Err(refused) => {
                if holds_nothing(&refused) {
                    orders.release_slot(user_id, order_id, claim, &call).await?;
                }
                return Err(refused.into());
            }
        };
        let (order, placed) = Order::place(request.checkout(user_id, shipping_address), held, call.now)?;
        Ok::<_, Problem>(Some(Change::to(order).emit([placed]).requested_by(request)))
    };
    let done = orders.table.at::<OrderRow>(rows::key(order_id)).change(&call, place).await?;
    if done.outcome == Outcome::Written {
        Metric::OrdersPlaced.publish(1);
    }
    let order = done.row.ok_or_else(|| Problem::internal("the placed order is missing"))?.value;
    Ok(Reply::created(order.as_placed(), format!("/orders/{order_id}")))
}

/// Returns whether the order certainly holds no stock. If its stock was reserved by a request with other lines, or may
/// have been, it stays in its slot until that is released.
fn holds_nothing(refused: &PeerError) -> bool {
    matches!(refused, PeerError::Refused { code, .. } if code != StockRefusal::DifferentLines.code())
}

impl PlaceOrder {
    fn checkout(&self, user_id: UserId, shipping_address: Address) -> Checkout {
        Checkout { user_id, shipping_address, payment_method: self.payment_method.clone() }
    }
}
