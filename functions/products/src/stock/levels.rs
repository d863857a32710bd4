//! Reads the stock of SKUs, of which some are in several rows.

use domain::catalogue::Variant;
use domain::stock::{Availability, Movement, Shard, Stock, StockItem, gathered};
use domain::words::goods::Sku;
use domain::words::id::OrderId;
use serde::Deserialize;
use store::{Error, Key, Stored, Transaction};

use crate::stock::rows::{counted, keys_of, shard_key, stock_key};
use crate::store::Products;

/// The most rows that DynamoDB reads in a batch, or writes in a transaction
/// (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html>).
pub const MAX_ROWS: usize = 100;

/// The counters of a SKU.
#[derive(Debug, Deserialize)]
pub(crate) struct Counters {
    /// The SKU.
    pub(crate) sku: Sku,
    /// How many pieces can be ordered.
    #[serde(flatten)]
    pub(crate) availability: Availability,
    /// Pieces held for unpaid orders.
    pub(crate) reserved: u64,
    /// Pieces of paid orders.
    pub(crate) sold: u64,
    /// All pieces that the rows were given, and those that they have on credit.
    pub(crate) received: u64,
}

impl Products {
    /// Returns the stock of SKUs in all its rows, in no particular order. Unknown SKUs are left out.
    ///
    /// # Errors
    /// If the table fails.
    pub async fn stock<'a>(&self, skus: impl Iterator<Item = &'a Sku>) -> Result<Vec<Stock>, Error> {
        let items = self.own_rows(skus).await?;
        self.with_shards(items).await
    }

    async fn own_rows<'a>(&self, skus: impl Iterator<Item = &'a Sku>) -> Result<Vec<StockItem>, Error> {
        let keys: Vec<Key> = skus.map(stock_key).collect();
        Ok(self.table.get_many(&keys).await?.into_iter().map(|found| found.value).collect())
    }

    /// Returns the stock of SKUs whose own rows were read.
    ///
    /// # Errors
    /// If the table fails.
    pub async fn with_shards(&self, items: Vec<StockItem>) -> Result<Vec<Stock>, Error> {
        let mut stock: Vec<Stock> = items.into_iter().map(Stock::from).collect();
        self.read_all_shards(&mut stock).await?;
        Ok(stock)
    }

    /// Like [`with_shards`](Self::with_shards), for one SKU.
    pub(crate) async fn in_all_rows(&self, item: StockItem) -> Result<Stock, Error> {
        let mut stock = [Stock::from(item)];
        self.read_all_shards(&mut stock).await?;
        let [stock] = stock;
        Ok(stock)
    }

    /// Returns a SKU's own row with the counters of all its rows together.
    ///
    /// # Errors
    /// If the table fails.
    pub(crate) async fn total_of(&self, sku: &Sku) -> Result<Option<StockItem>, Error> {
        let Some(item) = self.stock_of(sku).await? else { return Ok(None) };
        Ok(Some(self.in_all_rows(item).await?.total()))
    }

    /// Returns the stock that an order needs. Of a SKU in shards that is one shard, and all of them only if that has too few pieces.
    /// Pieces that are too scattered for the order's transaction are gathered first.
    ///
    /// # Errors
    /// [`Error::Busy`] if other orders take what was gathered; if the table fails.
    pub(crate) async fn stock_for(&self, order: OrderId, lines: &[(&Sku, u64)]) -> Result<Vec<Stock>, Error> {
        let stock = self.sufficient(order, lines).await?;
        let scattered = gathered(order, lines, &stock, MAX_ROWS);
        if scattered.is_empty() {
            return Ok(stock);
        }
        for movements in scattered {
            self.move_between_rows(&movements).await?;
        }
        let stock = self.sufficient(order, lines).await?;
        if gathered(order, lines, &stock, MAX_ROWS).is_empty() { Ok(stock) } else { Err(Error::Busy) }
    }

    async fn sufficient(&self, order: OrderId, lines: &[(&Sku, u64)]) -> Result<Vec<Stock>, Error> {
        let items = self.own_rows(lines.iter().map(|(sku, _)| *sku)).await?;
        let mut stock: Vec<Stock> = items.into_iter().map(Stock::from).collect();
        let home = |stock: &Stock| {
            let number = stock.item.spread.as_ref()?.home(order)?;
            Some(shard_key(&stock.item.sku, number))
        };
        let homes: Vec<Key> = stock.iter().filter_map(home).collect();
        self.read_shards(&mut stock, &homes).await?;
        let quantity =
            |stock: &Stock| lines.iter().find(|(sku, _)| **sku == stock.item.sku).map(|line| line.1);
        let suffices = |stock: &Stock| quantity(stock).is_none_or(|wanted| stock.suffices(order, wanted));
        let (mut enough, mut short): (Vec<Stock>, Vec<Stock>) = stock.into_iter().partition(suffices);
        for stock in &mut short {
            stock.shards.clear();
        }
        self.read_all_shards(&mut short).await?;
        enough.append(&mut short);
        Ok(enough)
    }

    async fn read_all_shards(&self, stock: &mut [Stock]) -> Result<(), Error> {
        let keys: Vec<Key> = stock
            .iter()
            .flat_map(|stock| {
                let rows = stock.item.spread.as_ref().map_or(0, |spread| spread.rows);
                keys_of(&stock.item.sku, rows).skip(1)
            })
            .collect();
        self.read_shards(stock, &keys).await
    }

    async fn read_shards(&self, stock: &mut [Stock], keys: &[Key]) -> Result<(), Error> {
        for keys in keys.chunks(MAX_ROWS) {
            for shard in self.table.get_many::<Shard>(keys).await? {
                if let Some(of) = stock.iter_mut().find(|stock| stock.item.sku == shard.value.sku) {
                    of.shards.push(shard.value);
                }
            }
        }
        Ok(())
    }

    /// Moves pieces between the rows of a SKU in one transaction. It is decided again, or not at all, if they are no longer there.
    pub(crate) async fn move_between_rows(&self, movements: &[Movement]) -> Result<(), Error> {
        let transaction = movements
            .iter()
            .fold(Transaction::new(), |transaction, movement| transaction.update("row", counted(movement)));
        let moved = self.table.commit(transaction).await?;
        tracing::info!(?movements, ?moved, "pieces move between rows");
        Ok(())
    }

    /// Returns the counters of a product's variants. Up to 50 variants have up to 40 shards, which one batch reads.
    pub(crate) async fn counters(&self, variants: &[Variant]) -> Result<Vec<Counters>, Error> {
        let keys = variants.iter().flat_map(|variant| keys_of(&variant.sku, variant.shards));
        let keys: Vec<Key> = keys.collect();
        let mut sums: Vec<Counters> = Vec::with_capacity(variants.len());
        for Stored { value: row, .. } in self.table.get_many::<Counters>(&keys).await? {
            match sums.iter_mut().find(|sum| sum.sku == row.sku) {
                Some(sum) => sum.add(&row),
                None => sums.push(row),
            }
        }
        Ok(sums)
    }
}

impl Counters {
    /// Adds the counters of another row of the same SKU.
    fn add(&mut self, row: &Self) {
        self.availability.add(row.availability);
        self.reserved += row.reserved;
        self.sold += row.sold;
        self.received += row.received;
    }
}
