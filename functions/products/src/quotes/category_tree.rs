//! The tree of categories in the function's memory.

use std::sync::Arc;

use domain::catalogue::Categories;
use edge::{Connect, Environment, InitError, Renewed};
use jiff::{SignedDuration, Timestamp};
use store::Error;

use crate::categories::rows::categories_key;
use crate::store::Products;

/// How long the tree is used before a change of it is looked for.
pub const LOOKED_FOR_AFTER: SignedDuration = SignedDuration::from_secs(60);

/// The tree of categories. All invocations of a process share it.
#[derive(Debug, Clone)]
pub struct CategoryTree {
    products: Products,
    held: Renewed<Option<Arc<Categories>>>,
}

impl Connect for CategoryTree {
    /// Reads the tree, since Lambda gives a start more processor time than a call.
    async fn connect(environment: &Environment) -> Result<Self, InitError> {
        let tree = Self::new(<Products as Connect>::connect(environment).await?);
        Ok(match Box::pin(tree.read()).await {
            Ok(categories) => Self { held: Renewed::read_at_init(Some(Arc::new(categories))), ..tree },
            // The first call reads it, and reports why it cannot.
            Err(_) => tree,
        })
    }
}

impl CategoryTree {
    /// Creates the access to the tree in the table of `products`.
    #[must_use]
    pub fn new(products: Products) -> Self {
        Self { products, held: Renewed::outdated(None) }
    }

    /// Returns the categories, up to a minute old; older ones if they cannot be read.
    ///
    /// # Errors
    /// If they have not been read yet, and the table fails.
    pub(super) async fn at(&self, now: Timestamp) -> Result<Arc<Categories>, Error> {
        // Boxed, or the futures are nested deeper than the compiler goes.
        self.held.required(LOOKED_FOR_AFTER, now, || Box::pin(self.read())).await
    }

    pub(super) fn products(&self) -> &Products {
        &self.products
    }

    async fn read(&self) -> Result<Categories, Error> {
        let found = self.products.table.get::<Categories>(&categories_key()).await?;
        Ok(found.map(|found| found.value).unwrap_or_default())
    }
}
