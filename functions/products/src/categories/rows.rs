//! The row of the products table for the categories.
//!
//! | row | pk | sk |
//! |---|---|---|
//! | categories | `CATEGORIES` | `CATEGORIES` |
//!
//! All categories are one row, so that two changes that meet cannot make a circle of the tree: docs/decisions/0057.

use domain::catalogue::Categories;
use store::{Key, Row};

/// All categories.
#[derive(Debug)]
pub struct CategoriesRow;

impl Row for CategoriesRow {
    type Value = Categories;
    const KIND: &'static str = "categories";

    fn key(_: &Categories) -> Key {
        categories_key()
    }
}

/// Returns the key of the categories.
#[must_use]
pub fn categories_key() -> Key {
    Key::new("CATEGORIES", "CATEGORIES")
}
