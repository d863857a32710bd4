//! Calls by which customers fill a cart.

use dev::seed::first_order;
use reqwest::Method;
use serde_json::json;

use super::{Error, Recorder, Visitor, text};

impl Recorder<'_> {
    pub(super) async fn carts(&mut self, customer: &Visitor<'_>) -> Result<(), Error> {
        for (what, sku) in [("the first line", "CUP-BLUE"), ("the second line", "BEANS-250")] {
            let (path, one) = (format!("/cart/lines/{sku}"), json!({ "quantity": 1 }));
            let put = customer.put(&path, &one);
            self.step(what, &["put-cart-line", "quote-lines"], put).await?;
        }
        let address = json!({ "shipping_address": first_order("pm_card_visa")["shipping_address"] });
        let update = customer.amend(Method::PATCH, "/cart", &address);
        self.step("an address", &["update-cart"], update).await?;
        let (cart, _) = self.step("two lines", &["get-cart"], customer.get("/cart")).await?;
        let body = json!({ "expected_total": cart["quote"]["total"], "payment_method": "pm_card_visa" });
        let check_out = customer.post("/cart/checkout", Some("measured-cart"), &body);
        let (order, _) =
            self.step("two lines", &["check-out", "quote-lines", "reserve-stock"], check_out).await?;
        let by_number = format!("/orders/{}", text(&order, "number")?);
        self.step("by number", &["get-order"], customer.get(&by_number)).await?;
        Ok(())
    }
}
