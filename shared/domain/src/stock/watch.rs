//! Customers who wait for a SKU that is out of stock.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::events::{ProductEvent, StockAnnounced};
use crate::refusals;
use crate::stock::StockItem;
use crate::words::goods::Sku;
use crate::words::id::UserId;

/// Maximum number of SKUs that one customer watches at a time.
pub const MAX_WATCHES: u8 = 50;

/// How long a SKU is watched. Who still waits after that has bought elsewhere.
pub const WATCHED_FOR: SignedDuration = SignedDuration::from_hours(180 * 24);

/// A customer's wish to be told when a SKU is in stock again. It is fulfilled once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watch {
    /// The SKU.
    pub sku: Sku,
    /// The customer.
    pub user_id: UserId,
    /// When the customer asked for it.
    pub since: Timestamp,
}

refusals! {
    /// Why a SKU is not watched.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub enum WatchRefusal {
        /// The shop has pieces that are available, so there is nothing to wait for.
        #[error("{0} is in stock")]
        InStock(Sku) => Conflict, "in_stock", "Order it.";
        /// The customer watches as many SKUs as they may.
        #[error("you are watching {MAX_WATCHES} articles already")]
        TooManyWatches => Conflict, "too_many_watches", "Stop watching another one first.";
        /// The SKU does not exist or is not for sale.
        #[error("sku not found")]
        NotFound => NotFound, "sku_not_found", "Check the SKU.";
    }
}

impl Watch {
    /// Begins to watch a SKU that is out of stock, for a customer who watches `others`.
    ///
    /// # Errors
    /// If it is in stock or not for sale, or the customer watches too many.
    pub fn begin(
        stock: &StockItem,
        user_id: UserId,
        others: usize,
        now: Timestamp,
    ) -> Result<Self, WatchRefusal> {
        if !stock.for_sale {
            return Err(WatchRefusal::NotFound);
        }
        if stock.in_stock() > 0 {
            return Err(WatchRefusal::InStock(stock.sku.clone()));
        }
        if others >= usize::from(MAX_WATCHES) {
            return Err(WatchRefusal::TooManyWatches);
        }
        Ok(Self { sku: stock.sku.clone(), user_id, since: now })
    }

    /// Returns what to tell the customer; `None` as long as there is nothing that ships at once.
    #[must_use]
    pub fn announcement(&self, stock: &StockItem) -> Option<ProductEvent> {
        stock.is_announced().then(|| {
            ProductEvent::StockAnnounced(StockAnnounced {
                sku: self.sku.clone(),
                user_id: self.user_id,
                product_id: stock.product_id,
                title: stock.title.clone(),
            })
        })
    }
}

impl StockItem {
    /// Returns whether those who wait for it can be told that it is there.
    #[must_use]
    pub fn is_announced(&self) -> bool {
        self.for_sale && self.in_stock() > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stock::tests::item;

    fn ada() -> UserId {
        UserId::from_parts(1, 1)
    }

    fn begin(stock: &StockItem, others: usize) -> Result<Watch, WatchRefusal> {
        Watch::begin(stock, ada(), others, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn what_is_out_of_stock_is_watched_until_it_can_be_ordered() {
        let watch = begin(&item("POT", 0), usize::from(MAX_WATCHES) - 1).unwrap();
        assert_eq!(watch.announcement(&item("POT", 0)), None);
        assert_eq!(watch.announcement(&StockItem { for_sale: false, ..item("POT", 5) }), None);
        let Some(ProductEvent::StockAnnounced(announced)) = watch.announcement(&item("POT", 5)) else {
            panic!("announced")
        };
        assert_eq!((announced.user_id, announced.sku), (ada(), "POT".parse().unwrap()));
    }

    #[test]
    fn each_refusal() {
        assert_eq!(begin(&item("POT", 1), 0), Err(WatchRefusal::InStock("POT".parse().unwrap())));
        assert_eq!(begin(&item("POT", 0), usize::from(MAX_WATCHES)), Err(WatchRefusal::TooManyWatches));
        let archived = StockItem { for_sale: false, ..item("POT", 0) };
        assert_eq!(begin(&archived, 0), Err(WatchRefusal::NotFound));
    }
}
