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
        let client = aws_sdk_dynamodb::Client::new(environment.aws());
        Ok(Self::new(Table::new(client, environment.variable("TABLE_NAME")?)))
    }
}

impl Products {
    /// The products in `table`.
    #[must_use]
    pub fn new(table: Table) -> Self {
        Self { table }
    }
}
