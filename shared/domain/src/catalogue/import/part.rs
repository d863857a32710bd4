//! The rows of a file, in parts that are written as a whole.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::mem;

use crate::catalogue::import::{Fault, Field, FileProduct, FileRow, FileVariant, Place, RowFailure};
use crate::words::goods::{Sku, Slug};

/// The maximum number of rows of a part. With it, even a product with 50 variants whose title changes is written in one transaction,
/// with a price, an adjustment and an event of low stock for each row. Only a product with shards may need several.
const ROWS: usize = 10;

/// Consecutive rows of one product, and those among them that are wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The product; `None` if all rows are wrong.
    pub product: Option<FileProduct>,
    /// Its variants.
    pub variants: Vec<(Place, FileVariant)>,
    /// The rows that are wrong.
    pub failures: Vec<RowFailure>,
}

impl Part {
    const EMPTY: Self = Self { product: None, variants: Vec::new(), failures: Vec::new() };

    /// Returns the number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.variants.len() + self.failures.len()
    }

    /// Divides it after `rows` rows. Those that are wrong come first.
    #[must_use]
    pub fn split_at(&self, rows: usize) -> (Self, Self) {
        let (failures, later_failures) = self.failures.split_at(rows.min(self.failures.len()));
        let variants = rows.saturating_sub(self.failures.len()).min(self.variants.len());
        let (variants, later_variants) = self.variants.split_at(variants);
        let part = |variants: &[(Place, FileVariant)], failures: &[RowFailure]| Self {
            product: self.product.clone(),
            variants: variants.to_vec(),
            failures: failures.to_vec(),
        };
        (part(variants, failures), part(later_variants, later_failures))
    }

    fn takes(&self, row: &Result<FileRow, RowFailure>) -> bool {
        let same =
            |row: &FileRow| self.product.as_ref().is_none_or(|product| product.slug == row.product.slug);
        self.rows() < ROWS && row.as_ref().ok().is_none_or(same)
    }
}

/// Divides a file into parts: always the same, wherever an import is resumed. It remembers each slug and each SKU of the file.
#[derive(Debug, Default)]
pub struct Parts {
    open: Option<Part>,
    products: HashMap<Slug, (u64, u64)>,
    skus: HashMap<Sku, u64>,
}

impl Parts {
    /// Takes the next row, and returns the part that ends before it, if one does.
    #[must_use]
    pub fn add(&mut self, row: Result<FileRow, RowFailure>) -> Option<Part> {
        let row = row.and_then(|row| self.check(row));
        let ended = match &self.open {
            Some(open) if !open.takes(&row) => self.open.take(),
            _ => None,
        };
        let open = self.open.get_or_insert(Part::EMPTY);
        match row {
            Err(failure) => open.failures.push(failure),
            Ok(FileRow { place, product, variant }) => {
                open.variants.push((place, variant));
                open.product.get_or_insert(product);
            }
        }
        ended
    }

    /// Returns the last part.
    #[must_use]
    pub fn end(&mut self) -> Option<Part> {
        mem::take(&mut self.open)
    }

    /// Compares a row with those before it.
    fn check(&mut self, row: FileRow) -> Result<FileRow, RowFailure> {
        let Place { row: number, .. } = row.place;
        if let Some(first) = self.skus.get(&row.variant.sku) {
            return Err(RowFailure::of(row.place, Field::Sku, &Fault::RepeatedSku(*first)));
        }
        let hash = hash(&row.product);
        let known = self.products.get(&row.product.slug).copied();
        if let Some((first, _)) = known.filter(|(_, known)| *known != hash) {
            let open = self.open.as_ref().and_then(|open| open.product.as_ref());
            let open = open.filter(|open| open.slug == row.product.slug);
            let field = open.and_then(|open| open.difference(&row.product)).unwrap_or(Field::Slug);
            return Err(RowFailure::of(row.place, field, &Fault::ProductDiffers(first)));
        }
        self.products.entry(row.product.slug.clone()).or_insert((number, hash));
        self.skus.insert(row.variant.sku.clone(), number);
        Ok(row)
    }
}

fn hash(product: &FileProduct) -> u64 {
    let FileProduct { slug: _, title, description, category, status } = product;
    let mut hasher = DefaultHasher::new();
    let status = status.map(|status| status as u8);
    (title.as_ref(), description.as_ref(), category, status).hash(&mut hasher);
    hasher.finish()
}
