//! Reading the books. Each table is read once, and page by page, since a month of orders has more rows than fit into memory at once
//! as JSON.

use domain::invoices::Invoice;
use domain::orders::fulfillment::Shipment;
use domain::payments::Payment;
use domain::stock::{Reservation, Shard, Stock, StockItem};
use orders::timeline::rows::KeptEntry;
use serde::de::DeserializeOwned;
use serde_dynamo::Item;
use serde_json::Value;

use super::Books;
use crate::shop::Shop;

impl Books {
    /// Reads the state of a shop.
    pub async fn of(shop: &Shop) -> Self {
        let mut books = Self::default();
        let (mut items, mut shards) = (Vec::new(), Vec::new());
        shop.each_row("users", |kind, row| books.take_outbox("users", kind, &row)).await;
        shop.each_row("products", |kind, row| match kind {
            "reservation" => books.take_reservation(row),
            "stock" => items.push(decoded(row)),
            "stock_shard" => shards.push(decoded(row)),
            _ => books.take_outbox("products", kind, &row),
        })
        .await;
        shop.each_row("orders", |kind, row| books.take_of_orders(kind, row)).await;
        shop.each_row("payments", |kind, row| books.take_of_payments(kind, row)).await;
        shop.each_row("notifications", |kind, row| {
            if kind == "notification" && row["status"]["S"] != "sent" {
                books.unusual_mails.push(row);
            }
        })
        .await;
        books.stock = stock(items, &shards);
        books.intents = shop.cloud().payment_gateway().intents();
        books.queues = shop.cloud().endpoint().queue_depths().await.expect("the queues are counted");
        books
    }

    fn take_of_orders(&mut self, kind: &str, row: Value) {
        match kind {
            "order" => self.orders.push(decoded(row)),
            "shipment" => {
                let parcel: Shipment = decoded(row);
                self.parcels.entry(parcel.order_id).or_default().push(parcel);
            }
            "entry" => {
                let kept: KeptEntry = decoded(row);
                self.entries.entry(kept.order_id).or_default().push(kept.entry);
            }
            "invoice" => {
                let document: Invoice = decoded(row);
                self.documents.entry(document.content.order_id).or_default().push(document);
            }
            "numbering" => self.numberings.push(decoded(row)),
            "standing" => self.standings.push(decoded(row)),
            "promotion" => self.promotions.push(decoded(row)),
            "promotion_uses" => self.uses.push(decoded(row)),
            _ => self.take_outbox("orders", kind, &row),
        }
    }

    fn take_of_payments(&mut self, kind: &str, row: Value) {
        match kind {
            "payment" => {
                let payment: Payment = decoded(row);
                self.payments.insert(payment.payment_id, payment);
            }
            "posting" => {
                let partition = row["pk"]["S"].as_str().expect("a partition key");
                let id = partition.strip_prefix("PAYMENT#").expect("a posting belongs to a payment");
                let id = id.parse().expect("a payment's id");
                self.postings.entry(id).or_default().push(decoded(row));
            }
            _ => self.take_outbox("payments", kind, &row),
        }
    }

    fn take_reservation(&mut self, row: Value) {
        let held: Reservation = decoded(row);
        self.reservations.insert(held.order_id, held);
    }

    fn take_outbox(&mut self, service: &str, kind: &str, row: &Value) {
        if kind == "outbox" {
            self.waiting.push(format!("{service}: {}", row["envelope"]["S"]));
        }
    }
}

/// Decodes a row as the services do.
fn decoded<T: DeserializeOwned>(row: Value) -> T {
    let item = serde_json::from_value::<Item>(row).expect("DynamoDB's JSON");
    serde_dynamo::from_item(item).expect("the row decodes")
}

fn stock(items: Vec<StockItem>, shards: &[Shard]) -> Vec<Stock> {
    let of = |item: StockItem| {
        let shards = shards.iter().filter(|shard| shard.sku == item.sku).cloned().collect();
        Stock { item, shards }
    };
    items.into_iter().map(of).collect()
}
