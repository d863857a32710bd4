//! Rows of the orders table for shipments.
//!
//! | row | pk | sk |
//! |---|---|---|
//! | shipment | `ORDER#<order>` | `SHIPMENT#<shipment>` |

use domain::orders::fulfillment::Shipment;
use domain::words::id::{OrderId, ShipmentId};
use store::{Key, Row};

/// A parcel of an order.
#[derive(Debug)]
pub struct ShipmentRow;

impl Row for ShipmentRow {
    type Value = Shipment;
    const KIND: &'static str = "shipment";

    fn key(shipment: &Shipment) -> Key {
        shipment_key(shipment.order_id, shipment.shipment_id)
    }
}

/// What the sort keys of shipments begin with.
pub const SHIPMENT: &str = "SHIPMENT#";

/// Returns a shipment's key.
#[must_use]
pub fn shipment_key(order_id: OrderId, shipment_id: ShipmentId) -> Key {
    Key::new(of_order(order_id), format!("{SHIPMENT}{shipment_id}"))
}

/// Returns the partition of an order and of what belongs to it.
#[must_use]
pub fn of_order(order_id: OrderId) -> String {
    format!("ORDER#{order_id}")
}
