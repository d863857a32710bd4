//! Scenarios: the paths that an order can take through the shop.

use clap::ValueEnum;
use dev::seed::{ADMIN, first_order};
use domain::orders::Order;
use domain::words::capture::CaptureMode;
use domain::words::id::OrderId;
use engines::aws::Service;
use jiff::{SignedDuration, Timestamp};
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
    /// Ordered from a cart with the last use of a code, and paid immediately.
    CheckedOut,
    /// Ordered with the last use of a code, and cancelled before it is paid, so that the code can be used again.
    GivenBack,
    /// Paid, and cancelled afterwards: the pieces and the money go back.
    CancelledPaid,
    /// Paid, and a part of it is shipped, and arrives.
    Shipped,
    /// Authorised, and shipped in two parcels, each of which is captured.
    CapturedInParts,
    /// Paid, and a piece is cancelled by the staff before the rest is shipped.
    LinesCancelled,
    /// Paid, shipped in part, and refunded in two parts, each with a credit note.
    RefundedInParts,
    /// Paid, shipped in part, and a part of that is returned.
    PartlyReturned,
    /// Paid, and disputed and lost. No webhook tells of it: the schedule finds out, once an hour.
    Disputed,
    /// Paid, and refunded; and the bank gives the refund back. No webhook tells of it: the schedule finds out, once an hour.
    RefundReturned,
}

impl Scenario {
    /// All scenarios.
    pub const ALL: [Self; 18] = [
        Self::Happy,
        Self::Declined,
        Self::Retried,
        Self::Authenticated,
        Self::Cancelled,
        Self::Expired,
        Self::Refunded,
        Self::Reowned,
        Self::CheckedOut,
        Self::GivenBack,
        Self::CancelledPaid,
        Self::Shipped,
        Self::CapturedInParts,
        Self::LinesCancelled,
        Self::RefundedInParts,
        Self::PartlyReturned,
        Self::Disputed,
        Self::RefundReturned,
    ];

    /// Returns when the money is captured in a shop that plays it.
    #[must_use]
    pub fn capture(self) -> CaptureMode {
        if self == Self::CapturedInParts { CaptureMode::OnShipment } else { CaptureMode::Automatic }
    }

    fn payment_method(self) -> &'static str {
        match self {
            Self::Happy
            | Self::Refunded
            | Self::Reowned
            | Self::CheckedOut
            | Self::CancelledPaid
            | Self::Shipped
            | Self::CapturedInParts
            | Self::LinesCancelled
            | Self::RefundedInParts
            | Self::PartlyReturned
            | Self::Disputed => "pm_card_visa",
            Self::RefundReturned => "pm_card_refundFail",
            Self::Declined | Self::Retried => "pm_card_visa_chargeDeclined",
            Self::Authenticated | Self::Cancelled | Self::Expired | Self::GivenBack => {
                "pm_card_authenticationRequired"
            }
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
            None if self == Self::GivenBack => {
                let mut order = first_order(self.payment_method());
                order["codes"] = json!([last_use(customer, key).await?]);
                customer.insist("/orders", key, &order).await?
            }
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
            Self::Disputed => {
                shop.rest().await?;
                let gateway = shop.cloud().payment_gateway();
                gateway.open_dispute(&order.to_string()).ok_or("nothing was captured")?;
                while !shop.fire("reconcile-payments", until_a_full_hour(1)).await {}
                shop.rest().await?;
                if !gateway.decide_dispute(&order.to_string(), false) {
                    return Err(format!("{order} is not disputed"));
                }
                while !shop.fire("reconcile-payments", until_a_full_hour(14)).await {}
            }
            Self::RefundReturned => {
                shop.rest().await?;
                let admin = staff(customer, key).await?;
                let all =
                    json!({ "amount": { "amount": 3_690, "currency": "EUR" }, "reason": "It is broken." });
                admin.insist(&format!("/admin/orders/{order}/refunds"), key, &all).await?;
                shop.rest().await?;
                shop.cloud().payment_gateway().return_refunds();
                while !shop.fire("reconcile-payments", until_a_full_hour(1)).await {}
            }
            Self::Reowned => {
                shop.rest().await?;
                let guests_token = guest.as_ref().map(|guest| &guest.refresh_token);
                let log_in = json!({
                    "email": customer.email, "password": PASSWORD, "guest_refresh_token": guests_token,
                });
                customer.insist("/sessions", key, &log_in).await?;
            }
            Self::Cancelled | Self::GivenBack | Self::CancelledPaid => {
                shop.rest().await?;
                cancel(customer, order).await?;
            }
            Self::Shipped => {
                shop.rest().await?;
                ship(customer, order, 2, key).await?;
            }
            Self::CapturedInParts => {
                shop.rest().await?;
                ship(customer, order, 2, key).await?;
                shop.rest().await?;
                let beans = json!({ "carrier": "Correos" });
                let admin = staff(customer, &format!("{key}-beans")).await?;
                let path = format!("/admin/orders/{order}/shipments");
                admin.insist(&path, &format!("{key}-beans"), &beans).await?;
            }
            Self::LinesCancelled => {
                shop.rest().await?;
                cancel_a_cup(customer, order, key).await?;
                ship(customer, order, 1, key).await?;
            }
            Self::RefundedInParts => {
                shop.rest().await?;
                ship(customer, order, 2, key).await?;
                refund_in_parts(customer, order, key).await?;
            }
            Self::PartlyReturned => {
                shop.rest().await?;
                ship(customer, order, 2, key).await?;
                return_a_cup(customer, order, key).await?;
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

/// Returns how long it is to the first full hour after so many.
#[must_use]
pub fn until_a_full_hour(hours: i64) -> SignedDuration {
    const HOUR: i64 = 3_600;
    SignedDuration::from_secs(hours * HOUR + HOUR - Timestamp::now().as_second() % HOUR)
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
    let codes = json!([last_use(customer, key).await?]);
    let more = json!({ "shipping_address": order["shipping_address"], "codes": codes });
    customer.insist_by(Method::PATCH, "/cart", &more).await?;
    let total = json!({ "amount": 3690 - 369, "currency": "EUR" });
    let body = json!({ "expected_total": total, "payment_method": order["payment_method"] });
    customer.insist("/cart/checkout", key, &body).await
}

/// Returns a code that takes a tenth off one order. It is put directly into the table, since the staff have no part in the scenario.
async fn last_use(customer: &Customer<'_>, key: &str) -> Result<String, String> {
    let cloud = customer.shop().cloud();
    let mut tables = cloud.deployment().tables.iter();
    let table = &tables.find(|table| table.service == "orders").ok_or("there is no table of orders")?.name;
    // A scenario that is played again with its key plays for another customer.
    let code = format!("{key}-{}", &customer.user_id[customer.user_id.len() - 6..]).to_uppercase();
    let partition = format!("PROMOTION#{code}");
    let promotion = json!({
        "pk": { "S": partition }, "sk": { "S": "PROMOTION" }, "row": { "S": "promotion" }, "version": { "N": "1" },
        "code": { "S": code }, "type": { "S": "percent" }, "rate": { "N": "100000" }, "from": { "S": "2026-01-01T00:00:00Z" },
        "limit": { "N": "1" }, "changed_by": { "S": customer.user_id }, "changed_at": { "S": "2026-01-01T00:00:00Z" },
    });
    let uses = json!({
        "pk": { "S": partition }, "sk": { "S": "USES" }, "row": { "S": "promotion_uses" }, "version": { "N": "1" },
        "code": { "S": code }, "used": { "N": "0" },
    });
    for item in [promotion, uses] {
        let put = json!({ "TableName": table, "Item": item });
        let done = cloud.endpoint().call(Service::DynamoDb, "PutItem", &put).await;
        done.map_err(|error| error.to_string())?;
    }
    Ok(code)
}

/// Signs the staff in.
pub(crate) async fn staff<'a>(customer: &Customer<'a>, key: &str) -> Result<Customer<'a>, String> {
    let credentials = json!({ "email": ADMIN.email, "password": ADMIN.password });
    let session = customer.insist("/sessions", key, &credentials).await?;
    Ok(Customer::new(customer.shop(), ADMIN.email, &session.body))
}

/// Refunds a cup of the seeded first order, and then an amount.
async fn refund_in_parts(customer: &Customer<'_>, order: OrderId, key: &str) -> Result<(), String> {
    let admin = staff(customer, key).await?;
    let path = format!("/admin/orders/{order}/refunds");
    let cup = json!({ "lines": [{ "sku": "CUP-BLUE", "quantity": 1 }], "reason": "It was chipped." });
    admin.insist(&path, &format!("{key}-cup"), &cup).await?;
    let amount = json!({ "amount": { "amount": 500, "currency": "EUR" }, "reason": "It took long." });
    admin.insist(&path, &format!("{key}-amount"), &amount).await.map(drop)
}

/// Cancels one of the cups of the seeded first order.
async fn cancel_a_cup(customer: &Customer<'_>, order: OrderId, key: &str) -> Result<(), String> {
    let admin = staff(customer, &format!("{key}-cancel")).await?;
    let cup = json!({ "lines": [{ "sku": "CUP-BLUE", "quantity": 1 }], "reason": "It is broken." });
    admin.insist(&format!("/admin/orders/{order}/cancellations"), key, &cup).await.map(drop)
}

/// Ships the cups of the seeded first order, and notes that they have arrived.
pub(crate) async fn ship(
    customer: &Customer<'_>,
    order: OrderId,
    cups: u32,
    key: &str,
) -> Result<(), String> {
    let admin = staff(customer, key).await?;
    let cups = json!({ "lines": [{ "sku": "CUP-BLUE", "quantity": cups }], "carrier": "Correos" });
    let path = format!("/admin/orders/{order}/shipments");
    let shipment = admin.insist(&path, key, &cups).await?.body;
    let path = format!("{path}/{}", shipment["shipment_id"].as_str().unwrap_or_default());
    let arrived = json!({ "delivered_at": shipment["shipped_at"] });
    let request = || admin.request(Method::PATCH, &path).header("if-match", "*").json(&arrived);
    match admin.persist(&path, request).await? {
        reply if reply.status == 200 => Ok(()),
        refused => Err(format!("{path}: {refused:?}")),
    }
}

/// Withdraws from the contract for one of the cups of the seeded first order, which comes back and is sold again.
pub(crate) async fn return_a_cup(customer: &Customer<'_>, order: OrderId, key: &str) -> Result<(), String> {
    let cup =
        json!({ "kind": "withdrawal", "confirm": true, "lines": [{ "sku": "CUP-BLUE", "quantity": 1 }] });
    let returned = customer.insist(&format!("/orders/{order}/returns"), key, &cup).await?.body;
    let path = format!("/admin/returns/{}/receipt", returned["return_id"].as_str().unwrap_or_default());
    let receipt = json!({ "lines": [{ "sku": "CUP-BLUE", "restock": 1 }] });
    let admin = staff(customer, &format!("{key}-receipt")).await?;
    admin.insist(&path, key, &receipt).await.map(drop)
}

async fn cancel(customer: &Customer<'_>, order: OrderId) -> Result<(), String> {
    let path = format!("/orders/{order}/cancellation");
    customer.insist(&path, "cancel", &json!({})).await.map(drop)
}
