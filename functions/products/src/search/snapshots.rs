//! The snapshot of the catalogue in the function's memory.

use std::sync::{Arc, Mutex, PoisonError};

use domain::catalogue::Categories;
use domain::words::goods::Slug;
use domain::words::id::SnapshotId;
use edge::{Connect, Environment, InitError, Problem};
use futures::future::try_join;
use jiff::{SignedDuration, Timestamp};
use search::{Criteria, Found, Index, Snapshot, unpack};
use store::{Error, Key};
use telemetry::chain;

use crate::categories::rows::categories_key;
use crate::search::Search;
use crate::search::rows::{Chunk, chunk_key, snapshot_key};
use crate::store::Products;

/// How long the snapshot is searched before a newer one is looked for. With a minute between two runs of `index-catalogue`, a new
/// product is found within 90 seconds.
pub const LOOKED_FOR_AFTER: SignedDuration = SignedDuration::from_secs(20);

/// The number of chunks that are read at a time: DynamoDB returns up to 16 MB.
const BATCH: usize = 40;

/// The snapshot, which all clones share.
#[derive(Debug, Clone)]
pub struct Snapshots {
    products: Products,
    held: Arc<Mutex<Held>>,
}

#[derive(Debug, Clone, Default)]
struct Held {
    /// Nothing before the first run of `index-catalogue`.
    index: Arc<Index>,
    /// The tree of categories, which changes apart from the snapshot.
    categories: Arc<Categories>,
    snapshot_id: Option<SnapshotId>,
    looked_at: Option<Timestamp>,
}

impl Connect for Snapshots {
    /// Loads the snapshot, since Lambda gives a start more processor time than a call.
    async fn connect(environment: &Environment) -> Result<Self, InitError> {
        let snapshots = Self::new(<Products as Connect>::connect(environment).await?);
        // If it fails, the first call loads it, and reports why.
        if let Ok(held) = snapshots.load(Timestamp::now()).await {
            snapshots.hold(held);
        }
        Ok(snapshots)
    }
}

impl Search for Snapshots {
    async fn find(&self, wanted: &Criteria, now: Timestamp) -> Result<Found, Problem> {
        let held = self.newest(now).await?;
        Ok(held.index.search(&held.with_descendants(wanted)))
    }
}

impl Snapshots {
    /// Creates the access to the snapshots of `products`.
    #[must_use]
    pub fn new(products: Products) -> Self {
        Self { products, held: Arc::default() }
    }

    fn held(&self) -> Held {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn hold(&self, held: Held) {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = held;
    }

    /// Returns the newest snapshot, or the one before if that cannot be read.
    async fn newest(&self, now: Timestamp) -> Result<Held, Problem> {
        let held = self.held();
        let is_fresh = held.looked_at.is_some_and(|at| now.duration_since(at) < LOOKED_FOR_AFTER);
        if is_fresh {
            return Ok(held);
        }
        let newest = match self.load(now).await {
            Ok(newest) => newest,
            Err(problem) if held.looked_at.is_some() => {
                tracing::warn!(error = %chain(&problem), "a newer snapshot cannot be read");
                Held { looked_at: Some(now), ..held }
            }
            Err(problem) => return Err(problem.into()),
        };
        self.hold(newest.clone());
        Ok(newest)
    }

    /// Reads the newest snapshot, unless it is held.
    async fn load(&self, now: Timestamp) -> Result<Held, LoadError> {
        let (held, looked_at) = (self.held(), Some(now));
        let (table, tree, current) = (&self.products.table, categories_key(), snapshot_key());
        let (tree, found) = try_join(table.get::<Categories>(&tree), table.get::<Snapshot>(&current)).await?;
        let categories = Arc::new(tree.map(|tree| tree.value).unwrap_or_default());
        let Some(Snapshot { snapshot_id, chunks, .. }) = found.map(|found| found.value) else {
            return Ok(Held { categories, looked_at, ..held });
        };
        if held.snapshot_id == Some(snapshot_id) {
            return Ok(Held { categories, looked_at, ..held });
        }
        let keys: Vec<Key> = (0..chunks).map(|number| chunk_key(snapshot_id, number)).collect();
        let mut entries = Vec::new();
        for keys in keys.chunks(BATCH) {
            let found = self.products.table.get_many::<Chunk>(keys).await?;
            if found.len() < keys.len() {
                return Err(LoadError::Incomplete(snapshot_id));
            }
            for chunk in found {
                entries.extend(unpack(&chunk.value.entries)?);
            }
        }
        let index = Arc::new(Index::new(entries)?);
        Ok(Held { index, categories, snapshot_id: Some(snapshot_id), looked_at })
    }
}

impl Held {
    /// Returns the criteria with the categories that are below the wanted ones.
    fn with_descendants(&self, wanted: &Criteria) -> Criteria {
        let below = |slug: &Slug| self.categories.with_descendants(slug);
        let categories = wanted.categories.as_ref().map(|wanted| wanted.iter().flat_map(below).collect());
        Criteria { categories, ..wanted.clone() }
    }
}

/// Why a snapshot was not loaded.
#[derive(Debug, thiserror::Error)]
enum LoadError {
    #[error("the snapshot cannot be read")]
    Table(#[from] Error),
    #[error("chunks of {0} are missing")]
    Incomplete(SnapshotId),
    #[error("the snapshot cannot be read")]
    Damaged(#[from] search::PackError),
    #[error("the snapshot cannot be indexed")]
    Index(#[from] search::IndexError),
}

impl From<LoadError> for Problem {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Table(error) => error.into(),
            error => Problem::internal(error),
        }
    }
}
