//! The timelines of orders.

pub mod add_note;
pub mod rows;

pub use add_note::add_note;

use domain::orders::timeline::{Actor, Entry};
use domain::orders::{self, Order};
use domain::words::id::{EntryId, OrderId};
use futures::TryStreamExt;
use store::{Change, Error, Index, Query, Row, Stored, Trigger};

use crate::shipments::rows::of_order;
use crate::store::Orders;
use crate::timeline::rows::{ENTRY, EntryRow, KeptEntry, entry_key};

/// Writes what the timeline tells of a decision about an order, in the transaction of `change`.
pub(crate) fn tell<R: Row, E>(
    change: Change<R, E>,
    before: &Stored<Order>,
    decided: &orders::Change,
    by: Actor,
) -> Change<R, E> {
    let (order_id, version) = (before.value.order_id, before.version + 1);
    let entries = decided.entries(&before.value, by).into_iter().zip(0..);
    entries.fold(change, |change, (entry, index)| {
        let entry_id = EntryId::of_version(entry.at, version, index);
        change.insert::<EntryRow>(&KeptEntry { order_id, entry_id, entry })
    })
}

impl Orders {
    /// Returns the timeline of an order, oldest first.
    ///
    /// # Errors
    /// If the table fails.
    pub(crate) async fn timeline_of(&self, order: &Order) -> Result<Vec<Entry>, Error> {
        let kept = self.entries_of(order.order_id).await?;
        let mut timeline = order.milestones();
        timeline.extend(kept.into_iter().map(|kept| kept.value.entry));
        timeline.sort_by_key(|entry| entry.at);
        Ok(timeline)
    }

    /// Removes what only the erased customer of an order was entitled to have said or noted.
    ///
    /// # Errors
    /// If the table fails.
    pub(crate) async fn erase_timeline<E: From<Error>>(
        &self,
        order_id: OrderId,
        trigger: &dyn Trigger,
    ) -> Result<(), E> {
        for kept in self.entries_of(order_id).await? {
            let KeptEntry { entry_id, entry, .. } = kept.value;
            let left = entry.without_customer();
            if left.as_ref() == Some(&entry) {
                continue;
            }
            let erase = async |found: Option<Stored<KeptEntry>>| {
                Ok::<_, E>(found.map(|found| match left.clone() {
                    Some(entry) => Change::to(KeptEntry { order_id, entry_id, entry }),
                    None => Change::beside().delete::<EntryRow>(&found),
                }))
            };
            self.table.at::<EntryRow>(entry_key(order_id, entry_id)).change(trigger, erase).await?;
        }
        Ok(())
    }

    async fn entries_of(&self, order_id: OrderId) -> Result<Vec<Stored<KeptEntry>>, Error> {
        let query = Query::new(Index::Table, of_order(order_id)).prefix(ENTRY);
        self.table.rows::<KeptEntry>(query).try_collect().await
    }
}

/// What the contract says of each operation beyond its route and its type, from which the rest is derived.
#[cfg(feature = "schema")]
#[must_use]
pub fn contract() -> Vec<edge::contract::Operation> {
    use domain::orders::OrderRefusal;
    use edge::contract::{Header, Operation};

    vec![
        Operation::of("add-note", add_note)
            .path::<OrderId>()
            .created()
            .idempotency_key(Header::Required)
            .refuses(OrderRefusal::CODES, &["order_not_found"]),
    ]
}
