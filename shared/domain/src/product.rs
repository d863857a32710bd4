//! The catalogue: what is sold, under which name, at what price.

use std::collections::HashSet;

use jiff::Timestamp;
use nutype::nutype;
use serde::{Deserialize, Serialize};

use crate::id::ProductId;
use crate::money::{Money, TaxRate};
use crate::person::is_one_line;
use crate::refusal::{Kind, Refusal};
use crate::stock::StockItem;

/// A stock keeping unit: what is counted, priced and put in a parcel. Unique in the shop.
#[nutype(
    validate(not_empty, len_char_max = 40, predicate = is_sku),
    derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, AsRef, Display, Serialize, Deserialize, FromStr)
)]
pub struct Sku(String);

fn is_sku(text: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    // The first is a letter or digit: `..` in a path would lead elsewhere.
    text.bytes().next().is_some_and(letter) && text.bytes().all(|byte| letter(byte) || b"-_.".contains(&byte))
}

/// The part of a product's address that people read: `espresso-cups`.
#[nutype(
    validate(not_empty, len_char_max = 80, predicate = is_slug),
    derive(Debug, Clone, PartialEq, Eq, Hash, AsRef, Display, Serialize, Deserialize, FromStr)
)]
pub struct Slug(String);

fn is_slug(text: &str) -> bool {
    let words = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    text.bytes().all(words) && !text.starts_with('-') && !text.ends_with('-')
}

/// A product's or variant's title.
#[nutype(
    sanitize(trim),
    validate(not_empty, len_char_max = 200, predicate = is_one_line),
    derive(Debug, Clone, PartialEq, Eq, AsRef, Display, Serialize, Deserialize)
)]
pub struct Title(String);

/// A product's description: plain text, several lines allowed.
#[nutype(
    sanitize(trim),
    validate(len_char_max = 5000),
    derive(Debug, Clone, PartialEq, Eq, AsRef, Display, Serialize, Deserialize)
)]
pub struct Description(String);

/// How many pieces: 1 to 999.
#[nutype(
    validate(greater_or_equal = 1, less_or_equal = 999),
    derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, AsRef, Display, Serialize, Deserialize)
)]
pub struct Quantity(u32);

/// Whether customers see a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProductStatus {
    /// Being prepared: only admins see it and nobody can order it.
    Draft,
    /// For sale.
    Active,
    /// No longer for sale; orders still name it.
    Archived,
}

/// One form in which a product is sold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// Its unit of stock.
    pub sku: Sku,
    /// What tells it from the product's other variants: `Blue, 250 ml`.
    pub title: Title,
    /// The price of one piece, tax included.
    pub price: Money,
    /// The tax that the price contains.
    #[serde(default)]
    pub tax_rate: TaxRate,
}

/// What an admin says of a new product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewProduct {
    /// Its title.
    pub title: Title,
    /// Its description.
    pub description: Description,
    /// Its readable address.
    pub slug: Slug,
    /// The category that it is listed in.
    pub category: Slug,
    /// Its variants, 1 to [`MAX_VARIANTS`].
    pub variants: Vec<Variant>,
    /// Whether customers see it.
    pub status: ProductStatus,
}

/// A product of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// Its id.
    pub product_id: ProductId,
    /// Its title.
    pub title: Title,
    /// Its description.
    pub description: Description,
    /// Its readable address.
    pub slug: Slug,
    /// The category that it is listed in.
    pub category: Slug,
    /// Its variants.
    pub variants: Vec<Variant>,
    /// Whether customers see it.
    pub status: ProductStatus,
    /// When it was made.
    pub created_at: Timestamp,
}

/// The most variants of one product: with their stock they are written in one transaction.
pub const MAX_VARIANTS: usize = 50;

/// Why a product cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProductRefusal {
    /// None, or more than [`MAX_VARIANTS`].
    #[error("a product has 1 to {MAX_VARIANTS} variants")]
    VariantCount,
    /// Two variants share a sku.
    #[error("the sku {0} is given twice")]
    DuplicateSku(Sku),
    /// The variants' prices are in more than one currency.
    #[error("all variants of a product are priced in one currency")]
    MixedCurrencies,
    /// A price of nothing.
    #[error("the price of {0} must be above zero")]
    FreeOfCharge(Sku),
    /// The product's title and the variant's make no title together.
    #[error(
        "the product's title and the one of {0} are too long together: a line of an order has room for 200 characters"
    )]
    TitleTooLong(Sku),
    /// Another product has the slug.
    #[error("the slug is taken by another product")]
    SlugTaken,
    /// Another product has the sku.
    #[error("the sku {0} is taken by another product")]
    SkuTaken(Sku),
    /// There is no such product, or it is not shown to the caller.
    #[error("there is no such product")]
    NotFound,
}

impl Refusal for ProductRefusal {
    fn kind(&self) -> Kind {
        match self {
            Self::SlugTaken | Self::SkuTaken(_) => Kind::Conflict,
            Self::NotFound => Kind::NotFound,
            _ => Kind::Invalid,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::VariantCount => "variant_count",
            Self::DuplicateSku(_) => "duplicate_sku",
            Self::MixedCurrencies => "mixed_currencies",
            Self::FreeOfCharge(_) => "free_of_charge",
            Self::TitleTooLong(_) => "title_too_long",
            Self::SlugTaken => "slug_taken",
            Self::SkuTaken(_) => "sku_taken",
            Self::NotFound => "product_not_found",
        }
    }
}

impl Product {
    /// Makes a product of what an admin said, with the stock of its variants: nothing yet.
    ///
    /// # Errors
    /// On no or too many variants, a sku given twice, mixed currencies, a price of nothing, or titles that are too long.
    pub fn create(
        product_id: ProductId,
        new: NewProduct,
        now: Timestamp,
    ) -> Result<(Self, Vec<StockItem>), ProductRefusal> {
        if !(1..=MAX_VARIANTS).contains(&new.variants.len()) {
            return Err(ProductRefusal::VariantCount);
        }
        let mut skus = HashSet::new();
        let currency = new.variants.first().map(|variant| variant.price.currency());
        for variant in &new.variants {
            if !skus.insert(&variant.sku) {
                return Err(ProductRefusal::DuplicateSku(variant.sku.clone()));
            }
            if Some(variant.price.currency()) != currency {
                return Err(ProductRefusal::MixedCurrencies);
            }
            if variant.price.is_zero() {
                return Err(ProductRefusal::FreeOfCharge(variant.sku.clone()));
            }
        }
        let stock =
            new.variants.iter().map(|variant| opening_stock(&new, variant)).collect::<Result<_, _>>()?;
        let product = Self {
            product_id,
            title: new.title,
            description: new.description,
            slug: new.slug,
            category: new.category,
            variants: new.variants,
            status: new.status,
            created_at: now,
        };
        Ok((product, stock))
    }

    /// Whether a customer may see it.
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.status == ProductStatus::Active
    }
}

fn opening_stock(product: &NewProduct, variant: &Variant) -> Result<StockItem, ProductRefusal> {
    let title = Title::try_new(format!("{}, {}", product.title, variant.title))
        .map_err(|_| ProductRefusal::TitleTooLong(variant.sku.clone()))?;
    Ok(StockItem {
        sku: variant.sku.clone(),
        title,
        price: variant.price,
        tax_rate: variant.tax_rate,
        for_sale: product.status == ProductStatus::Active,
        available: 0,
        reserved: 0,
        sold: 0,
        received: 0,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::money::Currency;

    fn variant(sku: &str, amount: i64, currency: Currency) -> Variant {
        Variant {
            sku: sku.parse().unwrap(),
            title: Title::try_new("Blue").unwrap(),
            price: Money::new(amount, currency).unwrap(),
            tax_rate: TaxRate::default(),
        }
    }

    fn cups(variants: Vec<Variant>) -> Result<(Product, Vec<StockItem>), ProductRefusal> {
        let new = NewProduct {
            title: Title::try_new("Espresso cups").unwrap(),
            description: Description::try_new("Two.").unwrap(),
            slug: "espresso-cups".parse().unwrap(),
            category: "kitchen".parse().unwrap(),
            variants,
            status: ProductStatus::Active,
        };
        Product::create(ProductId::from_parts(0, 0), new, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn each_variant_has_its_stock() {
        let (product, stock) = cups(vec![variant("CUP-BLUE", 1999, Currency::EUR)]).unwrap();
        assert!(product.is_public());
        assert_eq!(stock[0].title.to_string(), "Espresso cups, Blue");
        assert!(stock[0].for_sale && stock[0].available == 0 && stock[0].balances());
    }

    #[test]
    fn each_refusal() {
        let eur = |sku: &str| variant(sku, 1999, Currency::EUR);
        let sku = |text: &str| text.parse::<Sku>().unwrap();
        assert_eq!(cups(vec![]), Err(ProductRefusal::VariantCount));
        let many = (0..=MAX_VARIANTS).map(|number| eur(&format!("S{number}"))).collect();
        assert_eq!(cups(many), Err(ProductRefusal::VariantCount));
        assert_eq!(cups(vec![eur("A"), eur("A")]), Err(ProductRefusal::DuplicateSku(sku("A"))));
        let mixed = vec![eur("A"), variant("B", 1, Currency::USD)];
        assert_eq!(cups(mixed), Err(ProductRefusal::MixedCurrencies));
        assert_eq!(cups(vec![variant("A", 0, Currency::EUR)]), Err(ProductRefusal::FreeOfCharge(sku("A"))));
        let long = Variant { title: Title::try_new("x".repeat(190)).unwrap(), ..eur("A") };
        assert_eq!(cups(vec![long]), Err(ProductRefusal::TitleTooLong(sku("A"))));
    }

    proptest! {
        #[test]
        fn skus_are_one_word_of_upper_case(text in "[A-Z0-9][A-Z0-9._-]{0,42}|\\PC{0,45}") {
            if let Ok(sku) = Sku::try_new(text.clone()) {
                prop_assert_eq!(sku.to_string(), text.to_uppercase());
                prop_assert!(!text.contains(['/', '#', ' ']));
            }
        }

        #[test]
        fn slugs_are_no_product_ids(text in "(prd_)?[0-9a-zA-Z-]{1,30}") {
            prop_assert!(text.parse::<Slug>().is_err() || text.parse::<ProductId>().is_err());
        }
    }
}
