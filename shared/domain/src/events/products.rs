//! Events of the product service.

use serde::{Deserialize, Serialize};

use crate::events::{About, events};
use crate::words::goods::{Sku, Title};
use crate::words::id::{OrderId, ProductId, UserId};

events! {
    /// The product service's events.
    pub enum ProductEvent from "/bodega/products" {
        /// A SKU runs low.
        StockLow(StockLow) = "bodega.stock.low.v1" => [NotificationRequests];
        /// A SKU that a customer waits for is in stock again.
        StockAnnounced(StockAnnounced) = "bodega.stock.announced.v1" => [AccountMails];
        /// Stock that was held for an order has been released.
        ReservationExpired(ReservationExpired) = "bodega.reservation.expired.v1" => [OrderEvents];
        /// An order was confirmed after its stock had been released and gone to other orders.
        ReservationLost(ReservationLost) = "bodega.reservation.lost.v1" => [OrderEvents];
    }
}

/// A SKU runs low.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StockLow {
    /// The SKU.
    pub sku: Sku,
    /// Pieces left.
    pub available: u64,
}

/// A SKU that a customer waits for is in stock again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StockAnnounced {
    /// The SKU.
    pub sku: Sku,
    /// The customer.
    pub user_id: UserId,
    /// Its product.
    pub product_id: ProductId,
    /// The product's title and the variant's.
    pub title: Title,
}

/// Stock that was held for an order has been released.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReservationExpired {
    /// The order.
    pub order_id: OrderId,
}

/// An order was confirmed after its stock had been released and gone to other orders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReservationLost {
    /// The order.
    pub order_id: OrderId,
}

impl About for StockLow {
    fn subject(&self) -> String {
        self.sku.to_string()
    }
}

impl About for StockAnnounced {
    fn subject(&self) -> String {
        self.sku.to_string()
    }
}

impl About for ReservationExpired {
    fn subject(&self) -> String {
        self.order_id.to_string()
    }
}

impl About for ReservationLost {
    fn subject(&self) -> String {
        self.order_id.to_string()
    }
}
