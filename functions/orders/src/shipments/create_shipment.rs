//! `POST /admin/orders/{order_id}/shipments`: staff hand a parcel over to the carrier.

use domain::invoices::Draft;
use domain::orders::fulfillment::{Dispatch, Parcel, Shipment};
use domain::orders::timeline::Actor;
use domain::orders::{self, Order, OrderRefusal};
use domain::words::id::{OrderId, ShipmentId, UserId};
use edge::{Call, Problem, Reply, Staff};
use store::{Change, Decision, Outcome, Stored};
use telemetry::Metric;

use crate::invoices::issue::Issue;
use crate::orders::rows::OrderRow;
use crate::settings::in_force::InForce;
use crate::shipments::ShipmentEntry;
use crate::shipments::rows::{ShipmentRow, shipment_key};
use crate::timeline::tell;

/// Ships pieces of an order, everything that is left unless `lines` says less, and issues their invoice; the first one bears shipping.
/// The customer gets a mail for each parcel. If the order's money is captured parcel by parcel, what the invoice says is captured.
///
/// A repeated request returns the shipment that the first one created.
///
/// # Errors
/// 404 if the order does not exist; 409 if it is not paid, has ended, or nothing is left to ship; 422 if the parcel would hold more
/// than is left, or the key was used for another request.
pub async fn create_shipment(
    settings: InForce,
    call: Call<Parcel, Staff>,
) -> Result<Reply<ShipmentEntry>, Problem> {
    let (orders, in_force) = (settings.orders(), settings.at(call.now).await?);
    let order_id: OrderId = call.path("order_id")?;
    let key = call.idempotency_key()?;
    let staff_id = call.caller.0.user_id;
    let (staff, order) = (staff_id.to_string(), order_id.to_string());
    let shipment_id = ShipmentId::derived_from(&[&order, &staff, key.as_str()]);
    let create = async |found: Option<Stored<Shipment>>| {
        if let Some(found) = found {
            found.is_of(&call.body)?;
            return Ok(Decision::new(None, false));
        }
        let order = orders.get(order_id).await?.ok_or(OrderRefusal::NotFound)?;
        let shipped = order.value.ship(shipment_id, &call.body, call.now)?;
        let past = orders.documents_of(order_id).await?;
        let draft = Draft::of_shipment(&order.value, &shipped.shipment, &past).map_err(Problem::internal)?;
        let Dispatch { shipment, change, also } = shipped.invoiced(draft.total);
        let is_complete = change.as_ref().is_some_and(|change| !change.order.has_left_to_ship());
        let issue = Issue::of(draft, orders, &in_force, call.now).await?;
        let shipment = Shipment { invoice_number: Some(issue.number()), ..shipment };
        let change = issue.write(dispatched(shipment, change, &order, staff_id).requested_by(&call.body));
        let change = change.emit(also).emit([call.acted("create-shipment", order_id)]);
        Ok::<_, Problem>(Decision::new(Some(change), is_complete))
    };
    let at = orders.table.at::<ShipmentRow>(shipment_key(order_id, shipment_id));
    let done = at.change(&call, create).await?;
    if done.answer && done.outcome == Outcome::Written {
        Metric::OrdersShipped.publish(1);
    }
    let shipment = done.row.ok_or_else(|| Problem::internal("the created shipment is missing"))?;
    let version = shipment.version;
    Ok(Reply::created_unseen(shipment.into()).etag(version))
}

/// Converts a decision about a parcel to the change of its row and of its order's.
pub(super) fn dispatched(
    shipment: Shipment,
    change: Option<orders::Change>,
    order: &Stored<Order>,
    staff: UserId,
) -> Change<ShipmentRow, Problem> {
    let written = Change::to(shipment);
    let Some(change) = change else { return written };
    let told = tell(written.replace::<OrderRow>(order, &change.order), order, &change, Actor::staff(staff));
    told.emit(change.event)
}
