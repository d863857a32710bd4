//! The settings that hold, in the function's memory.

use std::sync::Arc;

use domain::settings::{KeptSetting, Settings};
use edge::{Connect, Environment, InitError, Renewed};
use futures::TryStreamExt;
use jiff::{SignedDuration, Timestamp};
use store::{Error, Index, Query};

use crate::settings::rows::SETTINGS;
use crate::store::Orders;

/// How long settings hold before a change of them is looked for.
pub const LOOKED_FOR_AFTER: SignedDuration = SignedDuration::from_secs(60);

/// More settings than nearly every shop has.
const PER_PAGE: u8 = 250;

/// The settings that hold. All invocations of a process share them.
#[derive(Debug, Clone)]
pub struct InForce {
    orders: Orders,
    held: Renewed<Option<Arc<Settings>>>,
}

impl Connect for InForce {
    /// Reads the settings, since Lambda gives a start more processor time than a call.
    async fn connect(environment: &Environment) -> Result<Self, InitError> {
        let in_force = Self::new(<Orders as Connect>::connect(environment).await?);
        // Boxed, or the futures of a start are nested deeper than the compiler goes.
        Ok(match Box::pin(in_force.read()).await {
            Ok(settings) => Self { held: Renewed::read_at_init(Some(Arc::new(settings))), ..in_force },
            // The first call reads them, and reports why it cannot.
            Err(_) => in_force,
        })
    }
}

impl InForce {
    /// Creates the access to the settings in the table of `orders`.
    #[must_use]
    pub fn new(orders: Orders) -> Self {
        Self { orders, held: Renewed::outdated(None) }
    }

    /// Returns the settings that hold at `now`, up to a minute old; older ones if they cannot be read.
    ///
    /// # Errors
    /// If they have not been read yet, and the table fails.
    pub async fn at(&self, now: Timestamp) -> Result<Arc<Settings>, Error> {
        // Without settings, prices would be wrong. Boxed, or the futures are nested deeper than the compiler goes.
        self.held.required(LOOKED_FOR_AFTER, now, || Box::pin(self.read())).await
    }

    /// Returns the table that they are in.
    pub(crate) fn orders(&self) -> &Orders {
        &self.orders
    }

    async fn read(&self) -> Result<Settings, Error> {
        let query = Query::new(Index::Table, SETTINGS).limit(PER_PAGE);
        let rows: Vec<KeptSetting> =
            self.orders.table.rows(query).map_ok(|row| row.value).try_collect().await?;
        Ok(Settings::of(rows))
    }
}
