//! What staff's change of a product writes besides the product.

use domain::catalogue::{Image, Leftovers, PriceChange, Product, ProductField};
use domain::words::goods::Sku;
use domain::words::id::{ProductChangeId, ProductId, UserId};
use domain::words::price::PriceTag;
use edge::{Call, Problem, Staff};
use jiff::Timestamp;
use store::Change;

use crate::catalogue::rows::{ProductChange, ProductChangeRow, ProductRow};
use crate::search::rows::changed;

/// Who changes a product, and when. It stays the same when the change is decided again because another came first.
#[derive(Debug, Clone, Copy)]
pub struct Revision {
    change_id: ProductChangeId,
    product_id: ProductId,
    changed_by: UserId,
    changed_at: Timestamp,
}

impl Revision {
    /// Begins the change that `call` asks for.
    #[must_use]
    pub fn of<B>(call: &Call<B, Staff>, product_id: ProductId) -> Self {
        let (changed_by, changed_at) = (call.caller.0.user_id, call.now);
        Self { change_id: call.new_id(), product_id, changed_by, changed_at }
    }

    /// Begins a change that `changed_by` has asked for earlier.
    #[must_use]
    pub fn new(
        change_id: ProductChangeId,
        product_id: ProductId,
        changed_by: UserId,
        changed_at: Timestamp,
    ) -> Self {
        Self { change_id, product_id, changed_by, changed_at }
    }

    /// Returns the record of the change.
    #[must_use]
    pub fn record(self, fields: Vec<ProductField>) -> ProductChange {
        let Self { change_id, product_id, changed_by, changed_at } = self;
        ProductChange { change_id, product_id, fields, changed_by, changed_at }
    }

    /// Returns the record of a price that changes.
    #[must_use]
    pub fn of_price(self, sku: &Sku, before: PriceTag, after: PriceTag) -> PriceChange {
        let Self { change_id, changed_by, changed_at, .. } = self;
        PriceChange { change_id, sku: sku.clone(), before, after, changed_by, valid_from: changed_at }
    }

    /// Returns what the removal of these pictures leaves in the bucket.
    #[must_use]
    pub fn leftovers(self, removed: &[Image]) -> Option<Leftovers> {
        Leftovers::of(self.change_id, removed, self.changed_at)
    }

    /// Returns the change to `product`, with its records: the product's own, and that of what staff did with `operation`.
    pub fn to<B>(
        self,
        call: &Call<B, Staff>,
        operation: &'static str,
        product: Product,
        fields: Vec<ProductField>,
    ) -> Change<ProductRow, Problem> {
        Change::to(product)
            .insert::<ProductChangeRow>(&self.record(fields))
            .update(changed(self.changed_at))
            .emit([call.acted(operation, self.product_id)])
    }
}
