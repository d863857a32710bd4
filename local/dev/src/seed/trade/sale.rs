//! One order on its way: what its customer and the staff do with it.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::SeedError;
use super::super::shop::Keeper;
use super::laptop::{Laptop, required};
use super::plan::{GOOD_CARD, Planned, Step};

/// What is refunded for a delay, in cents.
const FOR_A_DELAY: i64 = 100;

/// An order, from before it is placed.
#[derive(Debug)]
pub(super) struct Sale {
    pub(super) planned: Planned,
    known: Mutex<Known>,
}

/// What is known of an order so far.
#[derive(Debug, Clone, Default)]
struct Known {
    /// The access token of a guest, who has nothing to do on later days.
    token: String,
    order_id: String,
    payment_id: String,
    parcels: Vec<String>,
    return_id: String,
}

/// Who takes part in it, and at what time.
pub(super) struct Scene<'a> {
    pub(super) keeper: &'a Keeper,
    pub(super) laptop: &'a Laptop,
    /// The access token of the order's customer.
    pub(super) token: String,
    pub(super) now: Timestamp,
    /// Tells the keys of this run from those of others.
    pub(super) run: i64,
}

impl Sale {
    pub(super) fn of(planned: Planned) -> Self {
        Self { planned, known: Mutex::default() }
    }

    fn known(&self) -> Known {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn learn(&self, what: impl FnOnce(&mut Known)) {
        what(&mut self.known.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Keeps the access token of a guest, and returns it.
    pub(super) fn guests_token(&self, token: String) -> String {
        self.learn(|known| known.token.clone_from(&token));
        token
    }

    /// Returns the access token of a guest.
    pub(super) fn token(&self) -> String {
        self.known().token
    }

    /// Does a step of the order.
    pub(super) async fn take(&self, step: Step, scene: &Scene<'_>) -> Result<(), SeedError> {
        match step {
            Step::Place => self.place(scene).await,
            Step::PayAgain => self.pay_again(scene).await,
            Step::Authenticate => self.authenticate(scene).await,
            Step::Cancel => self.cancel(scene).await,
            Step::CancelPiece => self.cancel_piece(scene).await,
            Step::ShipPart => self.ship_part(scene).await,
            Step::Ship => self.ship(scene, json!({ "carrier": "Correos" })).await,
            Step::Deliver => self.deliver(scene).await,
            Step::Refund => self.refund(scene).await,
            Step::ReturnRefund => scene.laptop.return_refunds().await,
            Step::Return => self.send_back(scene).await,
            Step::Receive => self.receive(scene).await,
            Step::DecideDispute => self.decide(scene).await,
        }
    }

    fn key(&self, scene: &Scene<'_>, step: &str) -> String {
        format!("{}-{}-{step}", scene.run, self.planned.number)
    }

    async fn place(&self, scene: &Scene<'_>) -> Result<(), SeedError> {
        let Planned { number, account, fate, lines, address, .. } = &self.planned;
        let mut order = json!({
            "lines": lines.iter().map(|(sku, quantity)| json!({ "sku": sku, "quantity": quantity })).collect::<Vec<_>>(),
            "currency": "EUR", "shipping_method": "standard", "shipping_address": address,
            "payment_method": fate.payment_method(),
        });
        if account.is_none() {
            order["contact"] =
                json!({ "name": "Alex Doe", "email": format!("guest-{number}@customers.example") });
        }
        let placed =
            scene.keeper.shop.post_as(&scene.token, "/orders", &self.key(scene, "order"), &order).await?;
        let (order_id, payment_id) = (required(&placed, "order_id")?, required(&placed, "payment_id")?);
        self.learn(|known| (known.order_id, known.payment_id) = (order_id, payment_id));
        Ok(())
    }

    async fn pay_again(&self, scene: &Scene<'_>) -> Result<(), SeedError> {
        let path = format!("/payments/{}/attempts", self.known().payment_id);
        let another = json!({ "payment_method": GOOD_CARD });
        let shop = &scene.keeper.shop;
        shop.post_as(&scene.token, &path, &self.key(scene, "again"), &another).await.map(drop)
    }

    async fn authenticate(&self, scene: &Scene<'_>) -> Result<(), SeedError> {
        let path = format!("/payments/{}/action", self.known().payment_id);
        let action = scene.keeper.shop.get_as(&scene.token, &path).await?;
        scene.laptop.confirm(&required(&action, "redirect_url")?).await
    }

    async fn cancel(&self, scene: &Scene<'_>) -> Result<(), SeedError> {
        let path = format!("/orders/{}/cancellation", self.known().order_id);
        let shop = &scene.keeper.shop;
        shop.post_as(&scene.token, &path, &self.key(scene, "cancel"), &json!({})).await.map(drop)
    }

    /// Returns one piece, if others are left beside it.
    fn one_of_several(&self) -> Option<Value> {
        let lines = &self.planned.lines;
        let pieces: u32 = lines.iter().map(|(_, quantity)| quantity).sum();
        let (sku, _) = lines.first().filter(|_| pieces > 1)?;
        Some(json!([{ "sku": sku, "quantity": 1 }]))
    }

    async fn cancel_piece(&self, scene: &Scene<'_>) -> Result<(), SeedError> {
        let Some(piece) = self.one_of_several() else { return Ok(()) };
        let path = format!("/admin/orders/{}/cancellations", self.known().order_id);
        let broken = json!({ "lines": piece, "reason": "It broke when it was packed." });
        scene.keeper.post(&path, &self.key(scene, "piece"), &broken).await.map(drop)
    }

    async fn ship_part(&self, scene: &Scene<'_>) -> Result<(), SeedError> {
        match self.one_of_several() {
            Some(piece) => self.ship(scene, json!({ "carrier": "Correos", "lines": piece })).await,
            None => Ok(()),
        }
    }

    async fn ship(&self, scene: &Scene<'_>, parcel: Value) -> Result<(), SeedError> {
        let Known { order_id, parcels, .. } = self.known();
        let path = format!("/admin/orders/{order_id}/shipments");
        let key = self.key(scene, &format!("parcel-{}", parcels.len()));
        let shipped = scene.keeper.post(&path, &key, &parcel).await?;
        let parcel = required(&shipped, "shipment_id")?;
        self.learn(|known| known.parcels.push(parcel));
        Ok(())
    }

    async fn deliver(&self, scene: &Scene<'_>) -> Result<(), SeedError> {
        let Known { order_id, parcels, .. } = self.known();
        for parcel in parcels {
            let path = format!("/admin/orders/{order_id}/shipments/{parcel}");
            scene.keeper.amend(&path, &json!({ "delivered_at": scene.now })).await?;
        }
        Ok(())
    }

    async fn refund(&self, scene: &Scene<'_>) -> Result<(), SeedError> {
        let path = format!("/admin/orders/{}/refunds", self.known().order_id);
        let amount = json!({ "amount": FOR_A_DELAY, "currency": "EUR" });
        let refund = json!({ "amount": amount, "reason": "It took too long." });
        scene.keeper.post(&path, &self.key(scene, "refund"), &refund).await.map(drop)
    }

    /// The lines that come back, with the number of pieces.
    fn coming_back(&self) -> Vec<(&str, u32)> {
        let lines = self.planned.lines.iter().map(|(sku, quantity)| (sku.as_str(), *quantity));
        if self.planned.fate.is_returned_in_part() {
            return lines.take(1).map(|(sku, _)| (sku, 1)).collect();
        }
        lines.collect()
    }

    async fn send_back(&self, scene: &Scene<'_>) -> Result<(), SeedError> {
        let path = format!("/orders/{}/returns", self.known().order_id);
        let line = |(sku, quantity)| json!({ "sku": sku, "quantity": quantity });
        let lines: Vec<Value> = self.coming_back().into_iter().map(line).collect();
        let withdrawal = json!({ "kind": "withdrawal", "confirm": true, "lines": lines });
        let shop = &scene.keeper.shop;
        let returned = shop.post_as(&scene.token, &path, &self.key(scene, "return"), &withdrawal).await?;
        let id = required(&returned, "return_id")?;
        self.learn(|known| known.return_id = id);
        Ok(())
    }

    /// What comes back whole is sold again, and a single piece is not.
    async fn receive(&self, scene: &Scene<'_>) -> Result<(), SeedError> {
        let path = format!("/admin/returns/{}/receipt", self.known().return_id);
        let what = if self.planned.fate.is_returned_in_part() { "write_off" } else { "restock" };
        let line = |(sku, quantity)| json!({ "sku": sku, what: quantity });
        let lines: Vec<Value> = self.coming_back().into_iter().map(line).collect();
        let receipt = json!({ "lines": lines });
        scene.keeper.post(&path, &self.key(scene, "receipt"), &receipt).await.map(drop)
    }

    async fn decide(&self, scene: &Scene<'_>) -> Result<(), SeedError> {
        let order = self.known().order_id;
        let mut cursor = String::new();
        loop {
            let page = scene.keeper.get(&format!("/admin/payments/disputes?status=open{cursor}")).await?;
            let mut open = page["items"].as_array().into_iter().flatten();
            if let Some(dispute) = open.find(|dispute| dispute["order_id"] == order.as_str()) {
                let id = required(dispute, "gateway_id")?;
                return scene.laptop.decide(&id, self.planned.fate.wins_dispute()).await;
            }
            cursor = format!("&cursor={}", required(&page, "next_cursor")?);
        }
    }
}
