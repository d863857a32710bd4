//! `PATCH /admin/orders/{order_id}/shipments/{shipment_id}`: staff note what they learn of a parcel: how to track it, and that it has
//! arrived.

use domain::orders::OrderRefusal;
use domain::orders::fulfillment::{Dispatch, FulfillmentRefusal, Shipment, ShipmentEdit};
use domain::words::id::{OrderId, ShipmentId};
use edge::{Call, Problem, Reply, Staff};
use store::Stored;

use crate::shipments::ShipmentEntry;
use crate::shipments::create_shipment::dispatched;
use crate::shipments::rows::{ShipmentRow, shipment_key};
use crate::store::Orders;

/// Changes a shipment. The order is delivered once all its parcels have arrived.
///
/// # Errors
/// 404 if the order has no such shipment, 412 if somebody has changed it since it was read, 422 if it would have arrived before it was
/// shipped or in the future, 428 without `If-Match`.
pub async fn update_shipment(
    orders: Orders,
    call: Call<ShipmentEdit, Staff>,
) -> Result<Reply<ShipmentEntry>, Problem> {
    let (order_id, shipment_id): (OrderId, ShipmentId) = (call.path("order_id")?, call.path("shipment_id")?);
    let update = async |found: Option<Stored<Shipment>>| {
        let found = found.ok_or(FulfillmentRefusal::ShipmentNotFound)?;
        let order = orders.get(order_id).await?.ok_or(OrderRefusal::NotFound)?;
        let edited = order.value.edit_shipment(&found.value, &call.body, call.now)?;
        let Some(Dispatch { shipment, change, .. }) = edited else { return Ok(None) };
        call.must_match(found.version)?;
        let change = dispatched(shipment, change, &order, call.caller.0.user_id);
        Ok::<_, Problem>(Some(change.emit([call.acted("update-shipment", order_id)])))
    };
    let at = orders.table.at::<ShipmentRow>(shipment_key(order_id, shipment_id));
    let shipment = at.change(&call, update).await?.row.ok_or(FulfillmentRefusal::ShipmentNotFound)?;
    let version = shipment.version;
    Ok(Reply::ok(shipment.into()).etag(version))
}
