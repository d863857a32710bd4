//! Calls by which the staff find an order, ship it and refund a part of it, and by which its customer sees the parcel.

use dev::seed::{ADMIN, CUSTOMER};
use reqwest::Method;
use serde_json::json;

use super::{Error, Recorder, Visitor, items, text};

impl Recorder<'_> {
    /// Ships a paid order.
    pub(super) async fn shipping(&mut self, customer: &Visitor<'_>, order: &str) -> Result<(), Error> {
        let admin = Visitor::signed_in(self.cloud, &ADMIN).await?;
        let found = admin.get("/admin/orders?queue=to_ship");
        let (found, _) = self.step("to be shipped", &["find-orders"], found).await?;
        self.rename_last(&format!("{} to be shipped", items(&found)));
        let number = text(&found["items"][0], "number")?;
        let path = format!("/admin/orders?number={number}");
        self.step("by its number", &["find-orders"], admin.get(&path)).await?;
        let first = &found["items"][0];
        let (user, placed_at) = (text(first, "user_id")?, text(first, "placed_at")?);
        for (what, query) in [
            ("of a customer", format!("user_id={user}")),
            ("of a month", format!("month={}", &placed_at[..7])),
        ] {
            let path = format!("/admin/orders?{query}");
            self.step(what, &["find-orders"], admin.get(&path)).await?;
        }
        let path = format!("/admin/orders/{order}/cancellations");
        let beans = json!({ "lines": [{ "sku": "BEANS-250", "quantity": 1 }], "reason": "They are stale." });
        let cancel = admin.post(&path, Some("measured"), &beans);
        let all = [
            "cancel-lines",
            "orders.relay-events",
            "settle-reservation",
            "process-payment",
            "apply-payment-event",
            "send-notification",
        ];
        self.step("a line of two", &all, cancel).await?;
        let path = format!("/admin/orders/{order}/shipments");
        let parcel = json!({ "carrier": "Correos", "tracking_number": "JD014600006281230701" });
        let ship = admin.post(&path, Some("measured"), &parcel);
        let all = ["create-shipment", "orders.relay-events", "send-notification"];
        let (shipment, _) = self.step("all that is left", &all, ship).await?;
        let again = admin.post(&path, Some("measured"), &parcel);
        self.step("the same request again", &["create-shipment"], again).await?;
        let shown = format!("/orders/{order}?expand=shipments");
        self.step("with its parcels", &["get-order"], customer.get(&shown)).await?;
        let invoice = format!("/orders/{order}/invoices/{}", text(&shipment, "invoice_number")?);
        self.step("of a parcel", &["get-invoice"], customer.get(&invoice)).await?;
        let path = format!("{path}/{}", text(&shipment, "shipment_id")?);
        let arrived = json!({ "delivered_at": text(&shipment, "shipped_at")? });
        let update = admin.amend(Method::PATCH, &path, &arrived);
        self.step("the last parcel has arrived", &["update-shipment"], update).await?;
        let notes = format!("/admin/orders/{order}/notes");
        let note = json!({ "text": "The bell is broken.", "public": true });
        let note = admin.post(&notes, Some("measured"), &note);
        self.step("for the customer", &["add-note", "orders.relay-events", "send-notification"], note)
            .await?;
        let (path, nothing) = (format!("/orders/{order}/confirmation"), json!({}));
        let again = customer.post(&path, None, &nothing);
        let all = ["resend-confirmation", "orders.relay-events", "send-notification"];
        self.step("once more", &all, again).await?;
        let told = format!("/orders/{order}?expand=timeline");
        self.step("with its timeline", &["get-order"], customer.get(&told)).await?;
        let path = format!("/admin/orders/{order}/refunds");
        let cup = json!({ "lines": [{ "sku": "CUP-BLUE", "quantity": 1 }], "reason": "It was chipped." });
        let refund = admin.post(&path, Some("measured"), &cup);
        let all = ["refund-order", "orders.relay-events", "process-payment", "apply-payment-event"];
        self.step("a cup of two", &all, refund).await?;
        self.returning(customer, &admin, order).await
    }

    /// Returns a cup of a shipped order.
    async fn returning(
        &mut self,
        customer: &Visitor<'_>,
        admin: &Visitor<'_>,
        order: &str,
    ) -> Result<(), Error> {
        let cup = json!([{ "sku": "CUP-BLUE", "quantity": 1 }]);
        let request = |kind: &str| json!({ "kind": kind, "confirm": true, "lines": cup });
        let returns = format!("/orders/{order}/returns");
        let defect = request("defect");
        let defective = customer.post(&returns, Some("measured-defect"), &defect);
        let all = ["request-return", "orders.relay-events", "send-notification"];
        let (defective, _) = self.step("a cup of two", &all, defective).await?;
        self.step("one", &["list-returns"], admin.get("/admin/returns")).await?;
        let path = format!("/admin/returns/{}/decision", text(&defective, "return_id")?);
        let refusal = json!({ "accepted": false, "reason": "It was dropped." });
        let refused = admin.post(&path, None, &refusal);
        self.step("refused", &["decide-return", "orders.relay-events", "send-notification"], refused).await?;
        let withdrawal = request("withdrawal");
        let withdrawn = customer.post(&returns, Some("measured"), &withdrawal);
        let (withdrawn, _) = self.step("within the time", &all, withdrawn).await?;
        let path = format!("/admin/returns/{}/receipt", text(&withdrawn, "return_id")?);
        let receipt = json!({ "lines": [{ "sku": "CUP-BLUE", "restock": 1 }] });
        let received = admin.post(&path, Some("measured"), &receipt);
        let all = ["receive-return", "orders.relay-events", "settle-reservation", "send-notification"];
        self.step("a cup", &all, received).await?;
        self.stating(admin, order).await
    }

    /// Withdraws from contracts without signing in: from an order, and from one that there is not.
    async fn stating(&mut self, admin: &Visitor<'_>, order: &str) -> Result<(), Error> {
        let visitor = Visitor::new(self.cloud);
        let of_nobody =
            json!({ "name": "Nobody", "order_number": "X60W-P2C2M", "email": "nobody@bodega.example" });
        let declared = visitor.post("/withdrawals", None, &of_nobody);
        let all = ["declare-withdrawal", "compare-contact", "orders.relay-events", "send-account-mail"];
        let (stated, _) = self.step("no such order", &all, declared).await?;
        let declared = visitor.post("/withdrawals", None, &of_nobody);
        self.step("the same again", &["declare-withdrawal"], declared).await?;
        self.step("a statement", &["list-returns"], admin.get("/admin/returns")).await?;
        let path = format!("/admin/returns/{}/decision", text(&stated, "statement_id")?);
        let done = json!({ "accepted": true, "reason": "Written to." });
        self.step("a statement", &["decide-return"], admin.post(&path, None, &done)).await?;
        let own = json!({ "name": "Ada", "order_number": order, "email": CUSTOMER.email });
        let declared = visitor.post("/withdrawals", None, &own);
        let all = ["declare-withdrawal", "compare-contact"];
        self.step("an order's customer", &all, declared).await.map(drop)
    }
}
