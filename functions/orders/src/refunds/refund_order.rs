//! `POST /admin/orders/{order_id}/refunds`: staff grant a refund of a paid order.

use domain::orders::refunds::{OrderRefund, RefundRequest};
use domain::orders::timeline::Actor;
use domain::orders::{Order, OrderRefusal};
use domain::words::id::{OrderId, RefundId};
use edge::{Call, Problem, Reply, Staff};
use store::{Claim, Decision, Stored};

use crate::orders::rows::{self, OrderRow, key};
use crate::settings::in_force::InForce;

/// Grants a refund: of pieces, at what each cost to the cent; of shipping; or an amount. The customer gets a mail once the money is on
/// its way. With `preview`, the refund is computed and not granted.
///
/// A repeated request returns the refund that the first one granted, as it was granted.
///
/// # Errors
/// 403 if the order's refunds exceed what the policy `staff_refund_limit` lets staff grant without an admin; 404 if the order does not
/// exist; 409 if nothing is left to refund; 422 if it is unclear what is refunded, if it is more than is left, or if the key was used
/// for another request.
pub async fn refund_order(
    settings: InForce,
    call: Call<RefundRequest, Staff>,
) -> Result<Reply<OrderRefund>, Problem> {
    let order_id: OrderId = call.path("order_id")?;
    let (staff, idempotency_key) = (&call.caller.0, call.idempotency_key()?);
    let names = [order_id.to_string(), staff.user_id.to_string()];
    let claim = Claim::new("refund-order", &names[1], idempotency_key.as_str(), &(order_id, &call.body))?;
    let refund_id = RefundId::derived_from(&[&names[0], &names[1], idempotency_key.as_str()]);
    let limit = settings.at(call.now).await?.policy().staff_refund_limit;
    let limit = (!staff.is_admin()).then_some(limit);
    let table = &settings.orders().table;
    let refund = async |found: Option<Stored<Order>>| {
        if let Some(granted) = table.answered(&claim, call.now).await? {
            return Ok(Decision::new(None, granted));
        }
        let order = found.ok_or(OrderRefusal::NotFound)?;
        let (change, refund) = order.value.grant_refund(refund_id, &call.body, limit, call.now)?;
        let change = change.filter(|_| !call.body.preview).map(|change| {
            let change = rows::change(&order, change, Actor::staff(staff.user_id));
            change.answer(&claim, &refund).emit([call.acted("refund-order", order_id)])
        });
        Ok::<_, Problem>(Decision::new(change, refund))
    };
    let granted = table.at::<OrderRow>(key(order_id)).change(&call, refund).await?.answer;
    Ok(Reply::incomplete(granted))
}
