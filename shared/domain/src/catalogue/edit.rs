//! Changes of a product: its words, its place, and whether it is for sale.

use serde::{Deserialize, Serialize};

use crate::catalogue::{
    Attributes, EconomicOperator, Image, ImageEdit, Listing, Product, ProductRefusal, ProductStatus,
    present_status,
};
use crate::words::goods::{Description, Slug, Title};
use crate::words::present;

/// What to change of a product: a JSON merge patch (RFC 7396). Nothing can be removed, so `null` is refused.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProductEdit {
    /// Its title.
    #[serde(default, deserialize_with = "present")]
    #[cfg_attr(feature = "schema", schemars(with = "Title"))]
    pub title: Option<Title>,
    /// Its description.
    #[serde(default, deserialize_with = "present")]
    #[cfg_attr(feature = "schema", schemars(with = "Description"))]
    pub description: Option<Description>,
    /// The human-readable part of its address. The one before keeps leading to the product.
    #[serde(default, deserialize_with = "present")]
    #[cfg_attr(feature = "schema", schemars(with = "Slug"))]
    pub slug: Option<Slug>,
    /// The category that it is listed in.
    #[serde(default, deserialize_with = "present")]
    #[cfg_attr(feature = "schema", schemars(with = "Slug"))]
    pub category: Option<Slug>,
    /// Whether customers see it. Orders that were placed stay as they are.
    #[serde(default, deserialize_with = "present_status")]
    #[cfg_attr(feature = "schema", schemars(with = "ProductStatus"))]
    pub status: Option<ProductStatus>,
    /// Its pictures, in their order. Those that are not named are removed, and their files are deleted a month later.
    #[serde(default, deserialize_with = "present")]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<ImageEdit>", length(max = 20)))]
    pub images: Option<Vec<ImageEdit>>,
    /// Its properties, in the order in which they are shown. Those that are not named are removed.
    #[serde(default, deserialize_with = "present")]
    #[cfg_attr(feature = "schema", schemars(with = "Attributes"))]
    pub attributes: Option<Attributes>,
    /// Who makes it.
    #[serde(default, deserialize_with = "present")]
    #[cfg_attr(feature = "schema", schemars(with = "EconomicOperator"))]
    pub manufacturer: Option<EconomicOperator>,
    /// Who answers for it in the European Union, if its manufacturer is not there.
    #[serde(default, deserialize_with = "present")]
    #[cfg_attr(feature = "schema", schemars(with = "EconomicOperator"))]
    pub responsible_person: Option<EconomicOperator>,
}

/// A part of a product that can change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProductField {
    /// Its title.
    Title,
    /// Its description.
    Description,
    /// The human-readable part of its address.
    Slug,
    /// The category that it is listed in.
    Category,
    /// Whether customers see it.
    Status,
    /// One of its variants.
    Variants,
    /// The price of one of its variants.
    Prices,
    /// Its pictures.
    Images,
    /// Its properties.
    Attributes,
    /// Who makes it.
    Manufacturer,
    /// Who answers for it in the European Union.
    ResponsiblePerson,
    /// A part that only a newer version knows.
    #[serde(other)]
    Unknown,
}

/// A product after a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditedProduct {
    /// The product.
    pub product: Product,
    /// What has changed; never empty.
    pub fields: Vec<ProductField>,
    /// What changes with it in the stock of its SKUs.
    pub listings: Vec<Listing>,
    /// The pictures that it has no more.
    pub removed: Vec<Image>,
}

impl Product {
    /// Changes the product. A product can become a draft or be archived and be put on sale again at any time: orders keep what
    /// they have copied. `None` if nothing changes.
    ///
    /// # Errors
    /// If the titles of product and variant together are too long for a line of an order, or the product has no such picture.
    pub fn edit(&self, edit: ProductEdit) -> Result<Option<EditedProduct>, ProductRefusal> {
        let images = edit.images.map(|images| self.arranged(images)).transpose()?;
        let before = self.clone();
        let product = Self {
            title: edit.title.unwrap_or(before.title),
            description: edit.description.unwrap_or(before.description),
            slug: edit.slug.unwrap_or(before.slug),
            category: edit.category.unwrap_or(before.category),
            status: edit.status.unwrap_or(before.status),
            images: images.unwrap_or(before.images),
            attributes: edit.attributes.unwrap_or(before.attributes),
            manufacturer: edit.manufacturer.or(before.manufacturer),
            responsible_person: edit.responsible_person.or(before.responsible_person),
            ..before
        };
        let fields = self.differences(&product);
        if fields.is_empty() {
            return Ok(None);
        }
        let is_listed_anew = product.title != self.title
            || product.category != self.category
            || product.is_public() != self.is_public();
        let listings = product.variants.iter().filter(|_| is_listed_anew);
        let listings = listings.map(|variant| product.listing(variant)).collect::<Result<_, _>>()?;
        let is_kept = |image: &&Image| product.images.iter().any(|kept| kept.image_id == image.image_id);
        let removed = self.images.iter().filter(|image| !is_kept(image)).cloned().collect();
        Ok(Some(EditedProduct { product, fields, listings, removed }))
    }

    fn differences(&self, other: &Self) -> Vec<ProductField> {
        let differs = [
            (ProductField::Title, self.title != other.title),
            (ProductField::Description, self.description != other.description),
            (ProductField::Slug, self.slug != other.slug),
            (ProductField::Category, self.category != other.category),
            (ProductField::Status, self.status != other.status),
            (ProductField::Images, self.images != other.images),
            (ProductField::Attributes, self.attributes != other.attributes),
            (ProductField::Manufacturer, self.manufacturer != other.manufacturer),
            (ProductField::ResponsiblePerson, self.responsible_person != other.responsible_person),
        ];
        differs.into_iter().filter(|(_, differs)| *differs).map(|(field, _)| field).collect()
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::option;
    use proptest::prelude::*;

    use super::*;
    use crate::catalogue::{Attribute, AttributeName, AttributeValue, NewProduct, NewVariant, OperatorLine};
    use crate::words::goods::Goods;
    use crate::words::id::ProductId;
    use crate::words::money::{Currency, Money, TaxRate};

    fn title(text: &str) -> Title {
        Title::try_new(text).unwrap()
    }

    fn cups() -> Product {
        let variant = |sku: &str, name: &str| NewVariant {
            sku: sku.parse().unwrap(),
            title: title(name),
            price: Money::new(1450, Currency::EUR).unwrap(),
            tax_rate: TaxRate::default(),
            goods: Goods::default(),
            content: None,
        };
        let new = NewProduct {
            title: title("Espresso cup"),
            description: Description::try_new("Stoneware.").unwrap(),
            slug: "espresso-cup".parse().unwrap(),
            category: "kitchen".parse().unwrap(),
            variants: vec![variant("CUP-BLUE", "Blue"), variant("CUP-RED", "Red")],
            attributes: Attributes::default(),
            manufacturer: None,
            responsible_person: None,
            status: ProductStatus::Active,
        };
        Product::create(ProductId::from_parts(0, 1), new, Timestamp::UNIX_EPOCH).unwrap().0
    }

    fn edited(edit: ProductEdit) -> EditedProduct {
        cups().edit(edit).unwrap().unwrap()
    }

    #[test]
    fn an_archived_product_is_not_for_sale_and_can_be_put_on_sale_again() {
        let status = |status| ProductEdit { status: Some(status), ..ProductEdit::default() };
        let archived = edited(status(ProductStatus::Archived));
        assert_eq!(archived.fields, [ProductField::Status]);
        assert!(archived.listings.iter().all(|listing| !listing.for_sale));
        assert_eq!(archived.listings.len(), 2);
        let draft = archived.product.edit(status(ProductStatus::Draft)).unwrap().unwrap();
        assert!(draft.listings.is_empty(), "the stock was not for sale before");
        let again = draft.product.edit(status(ProductStatus::Active)).unwrap().unwrap();
        assert!(again.listings.iter().all(|listing| listing.for_sale));
        assert_eq!(again.product, cups());
    }

    #[test]
    fn a_new_title_reaches_the_stock_and_may_be_too_long_for_it() {
        let longest = 200 - ", Blue".len();
        let named =
            |length| ProductEdit { title: Some(title(&"x".repeat(length))), ..ProductEdit::default() };
        let renamed = edited(named(longest));
        assert_eq!(renamed.listings[0].title.to_string(), format!("{}, Blue", "x".repeat(longest)));
        let too_long = ProductRefusal::TitleTooLong("CUP-BLUE".parse().unwrap());
        assert_eq!(cups().edit(named(longest + 1)), Err(too_long));
    }

    #[test]
    fn a_new_category_reaches_the_stock() {
        let gifts = ProductEdit { category: Some("gifts".parse().unwrap()), ..ProductEdit::default() };
        let moved = edited(gifts);
        assert!(moved.listings.iter().all(|listing| listing.category.as_ref() == "gifts"));
        assert_eq!(moved.listings.len(), 2);
    }

    fn material(value: &str) -> Attributes {
        let name = AttributeName::try_new("Material").unwrap();
        vec![Attribute { name, value: AttributeValue::try_new(value).unwrap() }].try_into().unwrap()
    }

    fn operator(name: &str) -> EconomicOperator {
        let line = |text: &str| OperatorLine::try_new(text).unwrap();
        EconomicOperator {
            name: line(name),
            postal_address: line("Calle del Horno 3, 28012 Madrid, Spain"),
            electronic_address: line("safety@potters.example"),
        }
    }

    fn edits() -> impl Strategy<Value = ProductEdit> {
        let statuses = [ProductStatus::Draft, ProductStatus::Active, ProductStatus::Archived];
        let word = |values: [&'static str; 2]| option::of(prop::sample::select(values.to_vec()));
        (
            word(["Espresso cup", "Mocha cup"]),
            word(["Stoneware.", "Glass."]),
            word(["espresso-cup", "mocha-cup"]),
            word(["kitchen", "gifts"]),
            option::of(prop::sample::select(statuses.to_vec())),
            word(["Stoneware", "Glass"]),
            word(["Potters", "Glaziers"]),
            word(["Importers", "Agents"]),
        )
            .prop_map(|(name, description, slug, category, status, value, maker, agent)| {
                ProductEdit {
                    title: name.map(title),
                    description: description.map(|text| Description::try_new(text).unwrap()),
                    slug: slug.map(|text| text.parse().unwrap()),
                    category: category.map(|text| text.parse().unwrap()),
                    status,
                    images: None,
                    attributes: value.map(material),
                    manufacturer: maker.map(operator),
                    responsible_person: agent.map(operator),
                }
            })
    }

    proptest! {
        #[test]
        fn an_edit_changes_what_it_names_and_nothing_else(edit in edits()) {
            let before = cups();
            let Some(edited) = before.edit(edit.clone()).unwrap() else {
                prop_assert!(edit.title.is_none_or(|title| title == before.title));
                prop_assert!(edit.status.is_none_or(|status| status == before.status));
                return Ok(());
            };
            let after = &edited.product;
            prop_assert_eq!(after.edit(edit.clone()).unwrap(), None, "twice is once");
            let expected = Product {
                title: edit.title.unwrap_or(before.title),
                description: edit.description.unwrap_or(before.description),
                slug: edit.slug.unwrap_or(before.slug),
                category: edit.category.unwrap_or(before.category),
                status: edit.status.unwrap_or(before.status),
                attributes: edit.attributes.unwrap_or(before.attributes),
                manufacturer: edit.manufacturer.or(before.manufacturer),
                responsible_person: edit.responsible_person.or(before.responsible_person),
                ..before
            };
            prop_assert_eq!(after, &expected);
            for listing in &edited.listings {
                prop_assert_eq!(listing.for_sale, after.is_public());
                prop_assert!(listing.title.to_string().starts_with(&after.title.to_string()));
            }
            let reaches_the_stock = edited.fields.iter().any(|field| matches!(field, ProductField::Title | ProductField::Category | ProductField::Status));
            prop_assert!(reaches_the_stock || edited.listings.is_empty());
        }
    }
}
