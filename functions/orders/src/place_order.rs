//! `POST /orders`: a customer orders. Stock is held first, then the order is written with the event that has it paid.

use domain::Refusal;
use domain::id::OrderId;
use domain::money::Currency;
use domain::order::{Checkout, Order, OrderRefusal, PaymentMethod};
use domain::person::Address;
use domain::stock::Lines;
use edge::{Call, Metric, Problem, Reply};
use serde::{Deserialize, Serialize};
use store::Outcome;
use store::idempotency::{Claim, KeyReused};

use crate::products::Products;
use crate::store::Orders;

/// What a customer orders. Prices are not theirs to say.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlaceOrder {
    /// What, and how many.
    pub lines: Lines,
    /// The currency that the customer saw the prices in.
    pub currency: Currency,
    /// Where it goes.
    pub shipping_address: Address,
    /// What to charge: the payment gateway's token.
    pub payment_method: PaymentMethod,
}

/// Places an order. The order's id comes of the customer and their Idempotency-Key, so whatever is repeated, after
/// whatever failure, speaks of the same order and the same reservation.
///
/// # Errors
/// 400 without an Idempotency-Key, 409 when stock is short, 422 for what cannot be ordered or a key that was used for
/// something else, 503 when the product service does not answer.
pub async fn place_order(
    (orders, products): (Orders, Products),
    call: Call<PlaceOrder>,
) -> Result<Reply<Order>, Problem> {
    let user_id = call.caller.user_id;
    let key = call.idempotency_key()?;
    let claim = Claim::new("place-order", &user_id.to_string(), key.as_str(), &call.body)?;
    if let Some(order) = orders.replied(&claim).await?? {
        return Ok(created(order));
    }
    let order_id = OrderId::derived_from(&[&user_id.to_string(), key.as_str()]);
    match place(&orders, &products, &call, &claim, order_id).await {
        // Requests are remembered for a day, orders for good: what this one asks for may be there since long before.
        Err(refusal) if refusal.code() == OrderRefusal::HoldEnded.code() => {
            let found = orders.get(order_id).await?.ok_or(refusal)?.value;
            if is_of(&found, &call.body) { Ok(created(found)) } else { Err(KeyReused.into()) }
        }
        placed => placed.map(created),
    }
}

async fn place(
    orders: &Orders,
    products: &Products,
    call: &Call<PlaceOrder>,
    claim: &Claim,
    order_id: OrderId,
) -> Result<Order, Problem> {
    let PlaceOrder { lines, currency, shipping_address, payment_method } = &call.body;
    let held = products.reserve(order_id, *currency, lines, &call.cause).await?;
    let checkout = Checkout {
        user_id: call.caller.user_id,
        shipping_address: shipping_address.clone(),
        payment_method: payment_method.clone(),
    };
    let (order, event) = Order::place(checkout, held, call.now)?;
    match orders.insert(&order, &call.envelope(event), claim).await? {
        Outcome::Committed => {
            Metric::OrdersPlaced.publish(1);
            Ok(order)
        }
        // The same request was faster, beside this one or long before.
        Outcome::Refused(_) => Ok(orders.replied(claim).await??.ok_or(OrderRefusal::HoldEnded)?),
    }
}

/// Whether an order is what a request asks for. What was to be charged is the payment service's to know.
fn is_of(order: &Order, request: &PlaceOrder) -> bool {
    let ordered = order.lines.iter().map(|line| (&line.sku, line.quantity));
    ordered.eq(request.lines.as_slice().iter().map(|line| (&line.sku, line.quantity)))
        && order.total.currency() == request.currency
        && order.shipping_address == request.shipping_address
}

fn created(order: Order) -> Reply<Order> {
    let location = format!("/orders/{}", order.order_id);
    Reply::created(order, location)
}
