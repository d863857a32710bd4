use proptest::prelude::*;

use super::*;
use crate::words::money::Currency;

pub(crate) fn variant(sku: &str, amount: i64, currency: Currency) -> NewVariant {
    NewVariant {
        sku: sku.parse().unwrap(),
        title: Title::try_new("Blue").unwrap(),
        price: Money::new(amount, currency).unwrap(),
        tax_rate: TaxRate::default(),
        goods: Goods::default(),
        content: None,
    }
}

pub(crate) fn cups(variants: Vec<NewVariant>) -> Result<(Product, Vec<StockItem>), ProductRefusal> {
    let new = NewProduct {
        title: Title::try_new("Espresso cups").unwrap(),
        description: Description::try_new("Two.").unwrap(),
        slug: "espresso-cups".parse().unwrap(),
        category: "kitchen".parse().unwrap(),
        variants,
        attributes: Attributes::default(),
        manufacturer: None,
        responsible_person: None,
        status: ProductStatus::Active,
    };
    Product::create(ProductId::from_parts(0, 0), new, Timestamp::UNIX_EPOCH)
}

#[test]
fn an_unknown_status_is_read_from_storage_and_rejected_in_a_request() {
    let unknown: ProductStatus = serde_json::from_str("\"sold_out\"").unwrap();
    assert_eq!(unknown, ProductStatus::Unknown);
    let mut request = serde_json::json!({
        "title": "Espresso cups", "description": "Two.", "slug": "espresso-cups", "category": "kitchen",
        "variants": [], "status": "draft",
    });
    assert!(NewProduct::deserialize(&request).is_ok());
    for status in ["sold_out", "unknown"] {
        request["status"] = status.into();
        assert!(NewProduct::deserialize(&request).is_err(), "{status}");
    }
}

#[test]
fn an_unknown_unit_is_read_from_storage_and_rejected_in_a_request() {
    let mut variant = serde_json::json!({
        "sku": "OIL", "title": "Bottle", "price": { "amount": 990, "currency": "EUR" },
        "content": { "amount": 500, "unit": "ml" },
    });
    assert!(NewVariant::deserialize(&variant).is_ok());
    for unit in ["gill", "unknown"] {
        variant["content"]["unit"] = unit.into();
        assert!(NewVariant::deserialize(&variant).is_err(), "{unit}");
        let stored = Variant::deserialize(&variant).unwrap();
        assert_eq!(stored.content.unwrap().unit, ContentUnit::Unknown);
    }
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
    for currency in ["HRK", "BGN", "KPW", "CLF"].map(|code| Currency::from_code(code).unwrap()) {
        let refused = Err(ProductRefusal::CurrencyNotCharged { currency });
        assert_eq!(cups(vec![variant("A", 1999, currency)]), refused);
    }
    let fraction = |step| Err(ProductRefusal::PriceNotCharged { sku: sku("A"), step });
    assert_eq!(cups(vec![variant("A", 1999, Currency::KWD)]), fraction(10));
    assert_eq!(cups(vec![variant("A", 501, Currency::MGA)]), fraction(100));
    assert!(cups(vec![variant("A", 1990, Currency::KWD)]).is_ok());
    let long = NewVariant { title: Title::try_new("x".repeat(190)).unwrap(), ..eur("A") };
    assert_eq!(cups(vec![long]), Err(ProductRefusal::TitleTooLong(sku("A"))));
}

proptest! {
    #[test]
    fn skus_are_upper_case_without_separators(text in "[A-Z0-9][A-Z0-9._-]{0,42}|\\PC{0,45}") {
        if let Ok(sku) = Sku::try_new(text.clone()) {
            prop_assert_eq!(sku.to_string(), text.to_uppercase());
            prop_assert!(!text.contains(['/', '#', ' ']));
        }
    }

    #[test]
    fn no_slug_is_a_product_id(text in "(prd_)?[0-9a-zA-Z-]{1,30}") {
        prop_assert!(text.parse::<Slug>().is_err() || text.parse::<ProductId>().is_err());
    }
}
