//! One order's way through the shop, as a customer and time make it happen.

use dev::seed::first_order;
use domain::orders::Order;
use domain::words::id::OrderId;
use jiff::SignedDuration;
use serde_json::json;

use crate::customer::Customer;

/// A way that an order can go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scenario {
    /// Paid at once.
    Happy,
    /// The card is declined, and nothing more is done.
    Declined,
    /// The card needs its owner's confirmation; the customer cancels instead.
    Cancelled,
    /// The card is declined, and the schedule ends the order when its hold has.
    Expired,
    /// The customer cancels when the money is taken already, and the order has not heard of it.
    Refunded,
}

impl Scenario {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Happy, Self::Declined, Self::Cancelled, Self::Expired, Self::Refunded];

    fn payment_method(self) -> &'static str {
        match self {
            Self::Happy | Self::Refunded => "pm_card_visa",
            Self::Declined | Self::Expired => "pm_card_visa_chargeDeclined",
            Self::Cancelled => "pm_card_authenticationRequired",
        }
    }

    /// Plays it through, and waits until the shop has come to rest. The customer repeats what was not answered.
    ///
    /// # Errors
    /// What the customer was refused, or that the shop does not come to rest.
    pub async fn play(self, customer: &Customer<'_>, key: &str) -> Result<OrderId, String> {
        let shop = customer.shop();
        // An order does not hear of its payment for as long as orders must not read their queue.
        let deaf = if self == Self::Refunded { shop.deafen("apply-payment-event") } else { Vec::new() };
        let played = self.act(customer, key).await;
        shop.let_hear(&deaf);
        shop.rest().await?;
        played
    }

    /// What the customer and the clock do.
    async fn act(self, customer: &Customer<'_>, key: &str) -> Result<OrderId, String> {
        let shop = customer.shop();
        let placed = customer.insist("/orders", key, &first_order(self.payment_method())).await?;
        let order: Order = serde_json::from_value(placed.body).map_err(|error| error.to_string())?;
        let order = order.order_id;
        match self {
            Self::Happy | Self::Declined => {}
            Self::Cancelled => {
                shop.rest().await?;
                cancel(customer, order).await?;
            }
            Self::Refunded => {
                shop.until_charged(order).await?;
                cancel(customer, order).await?;
            }
            Self::Expired => {
                shop.rest().await?;
                // A run that fails is made up for by the next one, a minute later.
                let after_the_hold = SignedDuration::from_mins(20);
                while !shop.fire("expire-orders", after_the_hold).await {}
            }
        }
        Ok(order)
    }
}

async fn cancel(customer: &Customer<'_>, order: OrderId) -> Result<(), String> {
    let path = format!("/orders/{order}/cancellation");
    customer.insist(&path, "cancel", &json!({})).await.map(drop)
}
