//! What a row of a file says.

use crate::catalogue::ProductStatus;
use crate::catalogue::import::{Field, Place};
use crate::stock::Delta;
use crate::words::goods::{Description, Sku, Slug, Title};
use crate::words::money::{Money, TaxRate};

/// What a file says of a product. It has no pictures, and no reductions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileProduct {
    /// The slug, also one that the product had before.
    pub slug: Slug,
    /// Its title.
    pub title: Title,
    /// Its description.
    pub description: Description,
    /// The category that it is listed in.
    pub category: Slug,
    /// Whether customers see it. Unless the file says it, a new product is a draft, and that of another one stays.
    pub status: Option<ProductStatus>,
}

/// What a file says of a variant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileVariant {
    /// Its unit of stock.
    pub sku: Sku,
    /// Distinguishes it from the product's other variants.
    pub title: Title,
    /// The price of one piece without a reduction, tax included.
    pub price: Money,
    /// The tax that the price contains. Unless the file says it, that of an existing variant stays.
    pub tax_rate: Option<TaxRate>,
    /// The number of pieces to add to the stock.
    pub stock_delta: Option<Delta>,
}

/// A variant in a file, with what the file says of its product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRow {
    /// Its place.
    pub place: Place,
    /// The product.
    pub product: FileProduct,
    /// The variant.
    pub variant: FileVariant,
}

impl FileProduct {
    /// Returns the first field of a product with the same slug that is another.
    pub(super) fn difference(&self, other: &Self) -> Option<Field> {
        let differs = [
            (Field::Title, self.title != other.title),
            (Field::Description, self.description != other.description),
            (Field::Category, self.category != other.category),
            (Field::Status, self.status != other.status),
        ];
        differs.into_iter().find(|(_, differs)| *differs).map(|(field, _)| field)
    }
}
