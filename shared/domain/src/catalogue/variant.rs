//! Variants of a product: added, described, retired, and never removed, since orders refer to them.

use crate::catalogue::{MAX_VARIANTS, NewVariant, Product, ProductRefusal, Variant, check_price};
use crate::stock::{LowAt, MAX_SHARDS_OF_PRODUCT, StockItem, StockRefusal};
use crate::words::goods::{Content, Goods, Sku, Slug, Title};
use crate::words::money::{Money, TaxRate};

/// What a variant is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VariantEdit {
    /// Its stock keeping unit.
    pub sku: Sku,
    /// Distinguishes it from the product's other variants: `Blue, 250 ml`.
    pub title: Title,
    /// The price of one piece, tax included; needed for a new variant. That of an existing one does not change.
    pub price: Option<Money>,
    /// The tax that the price contains.
    pub tax_rate: TaxRate,
    /// What tax, carriers and the law of withdrawal ask about one piece.
    pub goods: Goods,
    /// What one piece contains, if it is sold by weight, volume or length.
    pub content: Option<Content>,
    /// Whether it is not for sale.
    pub retired: bool,
}

/// What the stock of a SKU repeats of its product, since lines of orders copy it from there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// The SKU.
    pub sku: Sku,
    /// The product's title and the variant's.
    pub title: Title,
    /// The tax that the price contains.
    pub tax_rate: TaxRate,
    /// What tax, carriers and the law of withdrawal ask about one piece.
    pub goods: Goods,
    /// The category that its product is listed in.
    pub category: Slug,
    /// Whether it can be ordered.
    pub for_sale: bool,
    /// The number of shards, which repeat the version of all this.
    pub shards: u8,
}

/// A product with a variant added or changed, and what becomes of the variant's stock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VariantPut {
    /// The variant is new, and so is its stock, with no piece yet.
    Added(Product, StockItem),
    /// The variant was there.
    Changed(Product, Listing),
}

impl Product {
    /// Adds a variant, or changes the one with this SKU. `None` if it is so already.
    ///
    /// # Errors
    /// If a new variant would be one too many, has no price or one of another currency, or one that cannot be charged; if the
    /// price of an existing one is another; if the titles are too long together.
    pub fn put_variant(&self, edit: VariantEdit) -> Result<Option<VariantPut>, ProductRefusal> {
        let VariantEdit { sku, title, price, tax_rate, goods, content, retired } = edit;
        let mut product = self.clone();
        let Some(found) = product.variants.iter_mut().find(|variant| variant.sku == sku) else {
            let price = price.ok_or(ProductRefusal::PriceMissing)?;
            return self
                .with(Variant {
                    retired,
                    ..NewVariant { sku, title, price, tax_rate, goods, content }.into()
                })
                .map(Some);
        };
        if price.is_some_and(|price| price != found.price) {
            return Err(ProductRefusal::PriceDiffers(sku));
        }
        let changed = Variant { title, tax_rate, goods, content, retired, ..found.clone() };
        if *found == changed {
            return Ok(None);
        }
        found.clone_from(&changed);
        let listing = product.listing(&changed)?;
        Ok(Some(VariantPut::Changed(product, listing)))
    }

    fn with(&self, variant: Variant) -> Result<VariantPut, ProductRefusal> {
        if self.variants.len() >= MAX_VARIANTS {
            return Err(ProductRefusal::VariantCount);
        }
        if self.variants.iter().any(|other| other.price.currency() != variant.price.currency()) {
            return Err(ProductRefusal::MixedCurrencies);
        }
        check_price(&variant.sku, variant.price)?;
        let stock = self.opening_stock(&variant)?;
        let mut product = self.clone();
        product.variants.push(variant);
        Ok(VariantPut::Added(product, stock))
    }

    /// Returns what the stock of a variant repeats of the product.
    pub(super) fn listing(&self, variant: &Variant) -> Result<Listing, ProductRefusal> {
        let too_long = |_| ProductRefusal::TitleTooLong(variant.sku.clone());
        Ok(Listing {
            sku: variant.sku.clone(),
            title: Title::try_new(format!("{}, {}", self.title, variant.title)).map_err(too_long)?,
            tax_rate: variant.tax_rate,
            goods: variant.goods.clone(),
            category: self.category.clone(),
            for_sale: self.is_public() && !variant.retired,
            shards: variant.shards,
        })
    }

    /// Returns the stock of a new variant.
    pub(super) fn opening_stock(&self, variant: &Variant) -> Result<StockItem, ProductRefusal> {
        let Listing { sku, title, tax_rate, goods, category, for_sale, .. } = self.listing(variant)?;
        let (product_id, price, sale) = (self.product_id, variant.price, variant.sale.clone());
        let (available, reserved, sold, received) = (0, 0, 0, 0);
        Ok(StockItem {
            sku,
            product_id,
            title,
            price,
            sale,
            tax_rate,
            goods,
            category: Some(category),
            for_sale,
            available,
            reserved,
            sold,
            received,
            low_at: LowAt::default(),
            backorder: None,
            policy_version: 0,
            spread: None,
        })
    }

    /// Notes the number of shards that the stock of a variant has.
    ///
    /// # Errors
    /// If the variants would have too many together, or the product does not have this one.
    pub fn with_shards(&self, sku: &Sku, shards: u8) -> Result<Self, StockRefusal> {
        let mut product = self.clone();
        let variant = product.variants.iter_mut().find(|variant| variant.sku == *sku);
        variant.ok_or(StockRefusal::NotFound)?.shards = shards;
        let all: u32 = product.variants.iter().map(|variant| u32::from(variant.shards)).sum();
        if all > u32::from(MAX_SHARDS_OF_PRODUCT) {
            return Err(StockRefusal::TooManyShards);
        }
        Ok(product)
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;
    use crate::catalogue::{Attributes, NewProduct, NewVariant, ProductEdit, ProductStatus};
    use crate::words::goods::Description;
    use crate::words::id::ProductId;
    use crate::words::money::Currency;

    fn eur(amount: i64) -> Money {
        Money::new(amount, Currency::EUR).unwrap()
    }

    fn sku(text: &str) -> Sku {
        text.parse().unwrap()
    }

    fn named(name: &str, title: &str) -> VariantEdit {
        let title = Title::try_new(title).unwrap();
        let (tax_rate, goods) = (TaxRate::default(), Goods::default());
        VariantEdit { sku: sku(name), title, price: None, tax_rate, goods, content: None, retired: false }
    }

    fn cup(status: ProductStatus) -> Product {
        let blue = NewVariant {
            sku: sku("BLUE"),
            title: Title::try_new("Blue").unwrap(),
            price: eur(1450),
            tax_rate: TaxRate::default(),
            goods: Goods::default(),
            content: None,
        };
        let new = NewProduct {
            title: Title::try_new("Cup").unwrap(),
            description: Description::try_new("").unwrap(),
            slug: "cup".parse().unwrap(),
            category: "kitchen".parse().unwrap(),
            variants: vec![blue],
            attributes: Attributes::default(),
            manufacturer: None,
            responsible_person: None,
            status,
        };
        Product::create(ProductId::from_parts(0, 1), new, Timestamp::UNIX_EPOCH).unwrap().0
    }

    fn changed(put: Option<VariantPut>) -> (Product, Listing) {
        let Some(VariantPut::Changed(product, listing)) = put else { panic!("{put:?}") };
        (product, listing)
    }

    #[test]
    fn a_new_variant_has_no_piece_yet() {
        let red = VariantEdit { price: Some(eur(1550)), ..named("RED", "Red") };
        let put = cup(ProductStatus::Active).put_variant(red.clone()).unwrap();
        let Some(VariantPut::Added(product, stock)) = put else { panic!("{put:?}") };
        assert_eq!(product.variants.len(), 2);
        assert_eq!((stock.title.as_ref(), stock.price, stock.available), ("Cup, Red", eur(1550), 0));
        assert!(stock.for_sale && stock.balances());
        assert_eq!(product.put_variant(red).unwrap(), None, "twice is once");
        let Some(VariantPut::Added(_, stock)) = cup(ProductStatus::Draft)
            .put_variant(VariantEdit { price: Some(eur(1)), ..named("RED", "Red") })
            .unwrap()
        else {
            panic!("added")
        };
        assert!(!stock.for_sale, "a draft's");
    }

    #[test]
    fn a_retired_variant_is_for_sale_again_only_when_it_is_put_back() {
        let retired = VariantEdit { retired: true, ..named("BLUE", "Blue") };
        let (product, listing) = changed(cup(ProductStatus::Active).put_variant(retired).unwrap());
        assert!(!listing.for_sale);
        let renamed = ProductEdit { title: Some(Title::try_new("Mug").unwrap()), ..ProductEdit::default() };
        let renamed = product.edit(renamed).unwrap().unwrap();
        assert!(!renamed.listings[0].for_sale, "another change of the product leaves it retired");
        let (_, listing) = changed(renamed.product.put_variant(named("BLUE", "Sky")).unwrap());
        assert_eq!((listing.for_sale, listing.title.as_ref()), (true, "Mug, Sky"));
    }

    #[test]
    fn each_refusal() {
        let cup = cup(ProductStatus::Active);
        let red = |price| VariantEdit { price, ..named("RED", "Red") };
        assert_eq!(cup.put_variant(red(None)), Err(ProductRefusal::PriceMissing));
        assert_eq!(cup.put_variant(red(Some(eur(0)))), Err(ProductRefusal::FreeOfCharge(sku("RED"))));
        let dollars = Money::new(1, Currency::USD).unwrap();
        assert_eq!(cup.put_variant(red(Some(dollars))), Err(ProductRefusal::MixedCurrencies));
        let dearer = VariantEdit { price: Some(eur(1451)), ..named("BLUE", "Blue") };
        assert_eq!(cup.put_variant(dearer), Err(ProductRefusal::PriceDiffers(sku("BLUE"))));
        let long = named("BLUE", &"x".repeat(196));
        assert_eq!(cup.put_variant(long), Err(ProductRefusal::TitleTooLong(sku("BLUE"))));
        let mut full = cup;
        for number in 1..MAX_VARIANTS {
            let another = VariantEdit { price: Some(eur(100)), ..named(&format!("N{number}"), "One") };
            let Some(VariantPut::Added(product, _)) = full.put_variant(another).unwrap() else {
                panic!("added")
            };
            full = product;
        }
        assert_eq!(full.variants.len(), MAX_VARIANTS);
        assert_eq!(full.put_variant(red(Some(eur(1)))), Err(ProductRefusal::VariantCount));
        assert!(full.put_variant(named("BLUE", "Sky")).unwrap().is_some(), "an existing one still changes");
    }

    proptest! {
        #[test]
        fn whatever_is_put_the_stock_repeats_the_product(
            puts in prop::collection::vec(
                (0..4usize, "[A-Z][a-z]{1,8}", any::<bool>(), 0..2500u16, any::<bool>()),
                1..20,
            ),
        ) {
            let mut product = cup(ProductStatus::Active);
            for (number, title, retired, rate, no_withdrawal) in puts {
                let edit = VariantEdit {
                    tax_rate: TaxRate::try_new(rate).unwrap(),
                    retired,
                    goods: Goods { no_withdrawal, ..Goods::default() },
                    price: (number > 0 && product.variants.iter().all(|known| known.sku != sku(&format!("V{number}")))).then(|| eur(500)),
                    ..named(&if number == 0 { "BLUE".to_owned() } else { format!("V{number}") }, &title)
                };
                let before = product.variants.len();
                let (after, listing) = match product.put_variant(edit.clone()).unwrap() {
                    None => continue,
                    Some(VariantPut::Changed(after, listing)) => {
                        prop_assert_eq!(after.variants.len(), before);
                        (after, listing)
                    }
                    Some(VariantPut::Added(after, stock)) => {
                        prop_assert_eq!(after.variants.len(), before + 1);
                        let StockItem { sku, title, tax_rate, goods, category, for_sale, .. } = stock;
                        let category = category.unwrap();
                        (after, Listing { sku, title, tax_rate, goods, category, for_sale, shards: 0 })
                    }
                };
                let variant = after.variants.iter().find(|variant| variant.sku == edit.sku).unwrap();
                prop_assert_eq!(&after.listing(variant).unwrap(), &listing);
                prop_assert_eq!(after.put_variant(edit).unwrap(), None);
                product = after;
            }
        }
    }
}
