//! `POST /admin/orders/{order_id}/notes`: staff note something about an order.

use domain::orders::OrderRefusal;
use domain::orders::timeline::{Entry, NewNote};
use domain::words::id::{EntryId, OrderId};
use edge::{Call, Problem, Reply, Staff};
use store::{Change, Claim};

use crate::store::Orders;
use crate::timeline::rows::{EntryRow, KeptEntry};

/// Adds a note to the timeline of an order, for the staff, or also for its customer, who then gets a mail with it.
///
/// A repeated request returns the note that the first one added.
///
/// # Errors
/// 404 if the order does not exist; 422 if the note is empty or longer than 2000 characters, or the key was used for another request.
pub async fn add_note(orders: Orders, call: Call<NewNote, Staff>) -> Result<Reply<Entry>, Problem> {
    let order_id: OrderId = call.path("order_id")?;
    let (staff, key) = (call.caller.0.user_id, call.idempotency_key()?);
    let names = [order_id.to_string(), staff.to_string()];
    let claim = Claim::new("add-note", &names[1], key.as_str(), &(order_id, &call.body))?;
    if let Some(KeptEntry { entry, .. }) = orders.table.answered(&claim, call.now).await? {
        return Ok(Reply::created_unseen(entry));
    }
    let order = orders.get(order_id).await?.ok_or(OrderRefusal::NotFound)?.value;
    let entry_id = EntryId::of_note(call.now, &[&names[0], &names[1], key.as_str()]);
    let (entry, event) = order.noted(&call.body, staff, call.now);
    let change = Change::<EntryRow, Problem>::to(KeptEntry { order_id, entry_id, entry });
    let change = change.emit(event).emit([call.acted("add-note", order_id)]);
    let exists = || Problem::internal("the new note exists already");
    let kept = orders.table.create(&call, change, Some(&claim), exists).await?.value;
    Ok(Reply::created_unseen(kept.entry))
}
