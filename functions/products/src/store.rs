//! The products table. What is read and written of the catalogue is in [`catalogue`](crate::catalogue), of stock and
//! reservations in [`stock`](crate::stock).

use edge::{Connect, Environment, InitError};
use store::Table;

/// The products table.
#[derive(Debug, Clone)]
pub struct Products {
    pub(crate) table: Table,
}

impl Connect for Products {
    async fn connect(environment: &Environment) -> Result<Self, InitError> {
        let name = environment.variable("TABLE_NAME")?;
        Ok(Self::new(Table::connect(environment.aws(), environment.retry_quota(), name)))
    }
}

impl Products {
    /// The products in `table`.
    #[must_use]
    pub fn new(table: Table) -> Self {
        Self { table }
    }
}
