//! Scenarios: the paths that an order can take through the shop.

use clap::ValueEnum;
use dev::seed::first_order;
use domain::orders::Order;
use domain::words::id::OrderId;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::json;

use crate::customer::{Customer, Reply, guests_order};
use crate::shop::PASSWORD;

/// A path that an order can take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, ValueEnum)]
pub enum Scenario {
    /// Paid immediately.
    Happy,
    /// The card is declined, nothing more is done, and the schedule expires the order when its hold has ended.
    Declined,
    /// The card is declined, and the customer pays with another.
    Retried,
    /// The card requires authentication, and the customer gives it. The webhook about it is lost, and the schedule finds out.
    Authenticated,
    /// The card requires authentication, and the customer cancels instead.
    Cancelled,
    /// The card requires authentication, and the schedule expires the order when its hold has ended.
    Expired,
    /// The customer cancels after the money was taken, and before the order is notified of it.
    Refunded,
    /// Paid by a guest, who then signs in: the order becomes the account's.
    Reowned,
    /// Ordered from a cart, and paid immediately.
    CheckedOut,
}

impl Scenario {
    /// All scenarios.
    pub const ALL: [Self; 9] = [
        Self::Happy,
        Self::Declined,
        Self::Retried,
        Self::Authenticated,
        Self::Cancelled,
        Self::Expired,
        Self::Refunded,
        Self::Reowned,
        Self::CheckedOut,
    ];

    fn payment_method(self) -> &'static str {
        match self {
            Self::Happy | Self::Refunded | Self::Reowned | Self::CheckedOut => "pm_card_visa",
            Self::Declined | Self::Retried => "pm_card_visa_chargeDeclined",
            Self::Authenticated | Self::Cancelled | Self::Expired => "pm_card_authenticationRequired",
        }
    }

    /// Plays the scenario, and waits until the shop is at rest. The customer retries requests that get no reply.
    ///
    /// # Errors
    /// Fails if a request is refused, or if the shop does not come to rest.
    pub async fn play(self, customer: &Customer<'_>, key: &str) -> Result<OrderId, String> {
        let shop = customer.shop();
        // An order is not notified of its payment while orders may not read their queue.
        let paused =
            if self == Self::Refunded { shop.pause_consumer("apply-payment-event") } else { Vec::new() };
        let played = self.act(customer, key).await;
        shop.resume_consumer(&paused);
        shop.rest().await?;
        played
    }

    /// Does what the customer and the schedules do.
    async fn act(self, customer: &Customer<'_>, key: &str) -> Result<OrderId, String> {
        let shop = customer.shop();
        let guest = if self == Self::Reowned { Some(guest(customer, key).await?) } else { None };
        let order = match &guest {
            Some(guest) => guest.insist("/orders", key, &guests_order(&customer.email)).await?,
            None if self == Self::CheckedOut => check_out(customer, key).await?,
            None => customer.insist("/orders", key, &first_order(self.payment_method())).await?,
        };
        let Order { order_id: order, payment_id, .. } =
            serde_json::from_value(order.body).map_err(|error| error.to_string())?;
        match self {
            Self::Happy | Self::CheckedOut => {}
            Self::Retried => {
                shop.rest().await?;
                let another = json!({ "payment_method": "pm_card_visa" });
                customer.insist(&format!("/payments/{payment_id}/attempts"), key, &another).await?;
            }
            Self::Authenticated => {
                shop.rest().await?;
                if !shop.cloud().payment_gateway().authenticate(&order.to_string(), true) {
                    return Err(format!("{order} has nothing to confirm"));
                }
                // The next run does what a failed one has left.
                while !shop.fire("reconcile-payments", SignedDuration::from_mins(5)).await {}
            }
            Self::Reowned => {
                shop.rest().await?;
                let guests_token = guest.as_ref().map(|guest| &guest.refresh_token);
                let log_in = json!({
                    "email": customer.email, "password": PASSWORD, "guest_refresh_token": guests_token,
                });
                customer.insist("/sessions", key, &log_in).await?;
            }
            Self::Cancelled => {
                shop.rest().await?;
                cancel(customer, order).await?;
            }
            Self::Refunded => {
                shop.until_charged(order).await?;
                cancel(customer, order).await?;
            }
            Self::Declined | Self::Expired => {
                shop.rest().await?;
                // The next run, a minute later, does what a failed one has left.
                let after_the_hold = SignedDuration::from_mins(20);
                while !shop.fire("expire-orders", after_the_hold).await {}
            }
        }
        Ok(order)
    }
}

/// Starts the session of a guest, who will leave the customer's address.
async fn guest<'a>(customer: &Customer<'a>, key: &str) -> Result<Customer<'a>, String> {
    let session = customer.insist("/guests", key, &json!({ "locale": "en" })).await?;
    Ok(Customer::new(customer.shop(), &customer.email, &session.body))
}

/// Fills the customer's cart with the seeded first order, and orders it.
async fn check_out(customer: &Customer<'_>, key: &str) -> Result<Reply, String> {
    let order = first_order("pm_card_visa");
    for line in order["lines"].as_array().into_iter().flatten() {
        let path = format!("/cart/lines/{}", line["sku"].as_str().unwrap_or_default());
        customer.insist_by(Method::PUT, &path, &json!({ "quantity": line["quantity"] })).await?;
    }
    let address = json!({ "shipping_address": order["shipping_address"] });
    customer.insist_by(Method::PATCH, "/cart", &address).await?;
    let total = json!({ "amount": 3690, "currency": "EUR" });
    let body = json!({ "expected_total": total, "payment_method": order["payment_method"] });
    customer.insist("/cart/checkout", key, &body).await
}

async fn cancel(customer: &Customer<'_>, order: OrderId) -> Result<(), String> {
    let path = format!("/orders/{order}/cancellation");
    customer.insist(&path, "cancel", &json!({})).await.map(drop)
}
