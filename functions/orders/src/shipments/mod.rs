//! The parcels of orders.

pub mod create_shipment;
pub mod rows;
pub mod update_shipment;

pub use create_shipment::create_shipment;
pub use update_shipment::update_shipment;

use domain::orders::fulfillment::Shipment;
use domain::words::id::OrderId;
use futures::TryStreamExt;
use serde::Serialize;
use store::{Error, Index, Query, Stored};

use crate::shipments::rows::{SHIPMENT, of_order};
use crate::store::Orders;

/// A parcel, with the version that a change of it names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ShipmentEntry {
    /// The parcel.
    #[serde(flatten)]
    pub shipment: Shipment,
    /// Its version, to be sent as `If-Match` with a change.
    pub version: u64,
}

impl From<Stored<Shipment>> for ShipmentEntry {
    fn from(Stored { value: shipment, version, .. }: Stored<Shipment>) -> Self {
        Self { shipment, version }
    }
}

impl Orders {
    /// Returns the parcels of an order, oldest first.
    ///
    /// # Errors
    /// If the table fails.
    pub(crate) async fn shipments_of(&self, order_id: OrderId) -> Result<Vec<ShipmentEntry>, Error> {
        let query = Query::new(Index::Table, of_order(order_id)).prefix(SHIPMENT);
        let mut shipments: Vec<ShipmentEntry> =
            self.table.rows::<Shipment>(query).map_ok(ShipmentEntry::from).try_collect().await?;
        shipments.sort_by_key(|entry| (entry.shipment.shipped_at, entry.shipment.shipment_id));
        Ok(shipments)
    }
}

/// What the contract says of each operation beyond its route and its type, from which the rest is derived.
#[cfg(feature = "schema")]
#[must_use]
pub fn contract() -> Vec<edge::contract::Operation> {
    use domain::orders::OrderRefusal;
    use domain::orders::fulfillment::FulfillmentRefusal;
    use domain::words::id::ShipmentId;
    use edge::contract::{Header, Operation};

    let not_found = &["order_not_found"];
    vec![
        Operation::of("create-shipment", create_shipment)
            .path::<OrderId>()
            .created()
            .idempotency_key(Header::Required)
            .etag()
            .refuses(OrderRefusal::CODES, not_found)
            .refuses_all_but(FulfillmentRefusal::CODES, &["shipment_not_found", "delivered_at_out_of_range"]),
        Operation::of("update-shipment", update_shipment)
            .path::<OrderId>()
            .path::<ShipmentId>()
            .if_match(Header::Required)
            .etag()
            .refuses(OrderRefusal::CODES, not_found)
            .refuses(FulfillmentRefusal::CODES, &["shipment_not_found", "delivered_at_out_of_range"]),
    ]
}
