use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::Refusal;
use crate::quote::{Destination, Item, Quote, QuoteError, TaxMode, Terms};
use crate::words::goods::{Goods, Quantity};
use crate::words::money::TaxRate;

fn id(text: &str) -> SettingId {
    SettingId::try_new(text).unwrap()
}

fn setting(value: Value) -> Setting {
    serde_json::from_value(value).unwrap()
}

fn kept((name, value): (&str, Value)) -> KeptSetting {
    let (changed_by, changed_at) = (UserId::from_parts(0, 1), Timestamp::UNIX_EPOCH);
    KeptSetting { id: id(name), setting: setting(value), changed_by, changed_at }
}

fn seller(oss: bool) -> Value {
    json!({
        "kind": "seller", "name": "Bodega", "oss": oss,
        "address": { "name": "Bodega S.L.", "line1": "Calle Mayor 1", "city": "Madrid", "region": "M", "postal_code": "28013", "country": "ES" },
    })
}

fn rate(country: &str, tax_code: &str, ppm: u32) -> Value {
    json!({
        "kind": "tax_rate", "country": country, "tax_code": tax_code, "valid_from": "2020-01-01T00:00:00Z", "ppm": ppm, "source": "a test",
    })
}

fn eur(amount: i64) -> Value {
    json!({ "amount": amount, "currency": "EUR" })
}

fn zone(countries: &[&str], price: i64) -> Value {
    let method =
        json!({ "id": "standard", "title": "Standard", "price": eur(price), "free_from": eur(6000) });
    json!({ "kind": "shipping_zone", "countries": countries, "methods": [method] })
}

fn shop(oss: bool) -> Vec<(&'static str, Value)> {
    vec![
        ("main", seller(oss)),
        ("es-food", rate("ES", "food", 100_000)),
        ("es-standard", rate("ES", "standard", 210_000)),
        ("de-food", rate("DE", "food", 70_000)),
        ("de-standard", rate("DE", "standard", 190_000)),
        ("home", zone(&["ES"], 490)),
        ("europe", zone(&["DE"], 990)),
    ]
}

fn settings(of: Vec<(&'static str, Value)>) -> Settings {
    Settings::of(of.into_iter().map(kept))
}

fn item(sku: &str, quantity: u32, price: i64, rate: u16, tax_code: &str) -> Item {
    Item {
        sku: sku.parse().unwrap(),
        categories: Vec::new(),
        quantity: Quantity::try_new(quantity).unwrap(),
        unit_price: Money::new(price, Currency::EUR).unwrap(),
        tax_rate: TaxRate::try_new(rate).unwrap(),
        goods: Goods { tax_code: TaxCode::try_new(tax_code).unwrap(), ..Goods::default() },
    }
}

fn quote(settings: &Settings, country: &str, method: Option<&str>, at: &str) -> Result<Quote, QuoteError> {
    let items = [item("BEANS-250", 1, 790, 1000, "food"), item("CUP-BLUE", 2, 1450, 2100, "standard")];
    let destination = Destination { country: CountryCode::try_new(country).unwrap(), region: None };
    let terms = Terms {
        destination: Some(&destination),
        shipping_method: method,
        mode: settings.tax_mode(Some(&destination.country), Currency::EUR),
        taxes: settings.taxes(),
        shipping: settings.zones(),
        promotions: &[],
        at: at.parse().unwrap(),
    };
    Quote::of(&items, terms)
}

const TODAY: &str = "2026-11-23T10:00:00Z";

fn total_and_tax(quote: Quote) -> (i64, i64) {
    (quote.total.amount(), quote.tax.amount())
}

#[test]
fn the_demo_order_costs_what_the_settings_say() {
    let none = settings(Vec::new());
    assert_eq!(total_and_tax(quote(&none, "ES", None, TODAY).unwrap()), (3690, 575));
    let shop = settings(shop(true));
    assert_eq!(total_and_tax(quote(&shop, "ES", Some("standard"), TODAY).unwrap()), (4180, 652));
    assert_eq!(total_and_tax(quote(&shop, "DE", Some("standard"), TODAY).unwrap()), (4680, 653));
    assert_eq!(quote(&shop, "FR", None, TODAY), Err(QuoteError::NotServed));
    assert_eq!(quote(&shop, "ES", Some("pigeon"), TODAY), Err(QuoteError::ShippingNotAvailable));
}

#[test]
fn a_seller_outside_the_one_stop_shop_taxes_the_union_at_home() {
    let shop = settings(shop(false));
    let german = quote(&shop, "DE", Some("standard"), TODAY).unwrap();
    assert!(german.tax_lines.iter().all(|line| line.jurisdiction.as_deref() == Some("ES")));
}

#[test]
fn a_rate_holds_from_its_day_on() {
    let mut new = rate("ES", "standard", 230_000);
    new["valid_from"] = json!("2026-11-24T00:00:00Z");
    let shop = settings(shop(true).into_iter().chain([("es-standard-2027", new)]).collect());
    let rate_at = |at| quote(&shop, "ES", None, at).unwrap().lines[1].rate.into_inner();
    assert_eq!(rate_at("2026-11-23T23:59:59Z"), 210_000);
    assert_eq!(rate_at("2026-11-24T00:00:00Z"), 230_000);
}

#[test]
fn prices_contain_tax_unless_the_market_says_otherwise() {
    let market = |countries: &[&str], currency: &str, tax_included: bool| json!({ "kind": "market", "countries": countries, "currency": currency, "tax_included": tax_included });
    let shop =
        settings(vec![("eu", market(&["ES", "DE"], "EUR", true)), ("us", market(&["US"], "USD", false))]);
    let country = |code: &str| CountryCode::try_new(code).unwrap();
    assert_eq!(shop.tax_mode(Some(&country("DE")), Currency::EUR), TaxMode::Inclusive);
    assert_eq!(shop.tax_mode(Some(&country("US")), Currency::USD), TaxMode::Exclusive);
    assert_eq!(shop.tax_mode(None, Currency::USD), TaxMode::Exclusive);
    let serves = |code: &str, currency| shop.serves(&country(code), currency);
    assert!(serves("US", Some(Currency::USD)) && !serves("US", Some(Currency::EUR)));
    assert!(serves("US", None) && !serves("FR", None));
    assert!(settings(Vec::new()).serves(&country("FR"), Some(Currency::EUR)), "a shop without markets");
    let shop = settings(vec![("home", zone(&["ES"], 490))]);
    assert!(shop.serves(&country("ES"), None) && !shop.serves(&country("FR"), None), "zones without markets");
}

#[test]
fn a_kind_of_a_newer_version_is_left_out() {
    let newer = ("x", json!({ "kind": "of_a_later_version", "what": 1 }));
    assert_eq!(kept(newer.clone()).setting, Setting::Unknown);
    assert_eq!(settings(vec![newer]), Settings::default());
}

#[test]
fn a_setting_reads_back_as_it_was_written() {
    for entry in shop(true) {
        let kept = kept(entry);
        let row = serde_json::to_value(&kept).unwrap();
        assert_eq!(serde_json::from_value::<KeptSetting>(row).unwrap(), kept);
        let past = PastSetting { number: 7, kept };
        let row = serde_json::to_value(&past).unwrap();
        assert_eq!(serde_json::from_value::<PastSetting>(row).unwrap(), past);
    }
}

fn refusal(name: &str, value: Value) -> &'static str {
    setting(value).checked(&id(name)).map_or_else(|refusal| refusal.code(), |_| "taken")
}

#[test]
fn each_refusal() {
    assert_eq!(refusal("main", seller(true)), "taken");
    assert_eq!(refusal("other", seller(true)), "setting_id");
    let mut nowhere = seller(true);
    nowhere["address"]["postal_code"] = json!("x");
    assert_eq!(refusal("main", nowhere), "seller_address");
    let market = |countries: Value, currency: &str| json!({ "kind": "market", "countries": countries, "currency": currency, "tax_included": true });
    assert_eq!(refusal("eu", market(json!(["ES", "DE"]), "EUR")), "taken");
    assert_eq!(refusal("eu", market(json!([]), "EUR")), "taken", "nothing is sold there");
    assert_eq!(refusal("eu", market(json!(["ES", "ES"]), "EUR")), "setting_country");
    assert_eq!(refusal("eu", market(json!(["XX"]), "EUR")), "setting_country");
    assert_eq!(refusal("eu", market(json!(vec!["ES"; 251]), "EUR")), "setting_too_long");
    assert_eq!(refusal("eu", market(json!(["ES"]), "KPW")), "setting_currency");
    assert_eq!(refusal("xx", rate("XX", "standard", 1)), "setting_country");
    assert!(serde_json::from_value::<Setting>(rate("ES", "standard", 1_000_001)).is_err());
}

#[test]
fn a_way_of_shipping_has_a_clear_price() {
    let with = |method: Value| {
        let mut whole = json!({ "id": "standard", "title": "Standard" });
        for (name, value) in method.as_object().unwrap() {
            whole[name] = value.clone();
        }
        refusal("z", json!({ "kind": "shipping_zone", "countries": ["ES"], "methods": [whole] }))
    };
    let up_to = |grams: u32, price: i64| json!({ "up_to_g": grams, "price": eur(price) });
    let from = |from: i64, price: i64| json!({ "from": eur(from), "price": eur(price) });
    assert_eq!(with(json!({ "price": eur(490) })), "taken");
    assert_eq!(with(json!({ "by_weight": [up_to(1000, 490), up_to(5000, 990)] })), "taken");
    assert_eq!(with(json!({ "by_value": [from(0, 490), from(5000, 0)] })), "taken");
    assert_eq!(with(json!({ "price": eur(490), "days": { "least": 2, "most": 2 } })), "taken");
    assert_eq!(with(json!({})), "shipping_price");
    assert_eq!(with(json!({ "price": eur(490), "by_value": [from(0, 490)] })), "shipping_price");
    assert_eq!(with(json!({ "by_weight": [up_to(5000, 990), up_to(1000, 490)] })), "shipping_price");
    assert_eq!(with(json!({ "by_value": [from(0, 490), from(0, 0)] })), "shipping_price");
    let dollars = json!({ "amount": 1, "currency": "USD" });
    assert_eq!(with(json!({ "price": eur(490), "free_from": dollars })), "shipping_price");
    assert_eq!(with(json!({ "price": eur(490), "days": { "least": 3, "most": 2 } })), "shipping_days");
    let twice = json!({ "id": "a", "title": "A", "price": eur(1) });
    let zone = json!({ "kind": "shipping_zone", "countries": [], "methods": [twice.clone(), twice] });
    assert_eq!(refusal("z", zone), "shipping_method_twice");
}

#[test]
fn shipping_is_free_from_the_lowest_value_of_a_markets_zones() {
    let market = json!({ "kind": "market", "countries": ["ES"], "currency": "EUR", "tax_included": true });
    let of = |entries: Vec<(&'static str, Value)>| {
        let all = settings(entries.into_iter().chain([("eu", market.clone())]).collect());
        let market = all.markets().next().unwrap().1.clone();
        all.free_from(&market).map(Money::amount)
    };
    assert_eq!(of(vec![("home", zone(&["ES"], 490))]), Some(6000));
    assert_eq!(of(vec![("europe", zone(&["DE"], 490))]), None);
}

proptest! {
    /// The newest rate that has begun holds, in whatever order the settings are read.
    #[test]
    fn the_order_of_settings_does_not_matter(
        days in prop::collection::btree_set(1..28_u32, 1..6),
        at in 1..28_u32,
        seed in any::<prop::sample::Index>(),
    ) {
        let entry = |day: &u32| {
            let mut rate = rate("ES", "standard", day * 10_000);
            rate["valid_from"] = json!(format!("2026-11-{day:02}T00:00:00Z"));
            KeptSetting { id: id(&format!("es-{day}")), ..kept(("x", rate)) }
        };
        let mut entries: Vec<KeptSetting> = days.iter().map(entry).collect();
        let turned = seed.index(entries.len());
        entries.rotate_left(turned);
        let all = Settings::of(entries.into_iter().chain([kept(("main", seller(true)))]));
        let quote = quote(&all, "ES", None, &format!("2026-11-{at:02}T12:00:00Z")).unwrap();
        let newest = days.iter().filter(|day| **day <= at).max();
        let expected = newest.map_or(210_000, |day| day * 10_000);
        prop_assert_eq!(quote.lines[1].rate.into_inner(), expected);
    }
}

#[test]
fn money_is_captured_at_once_unless_the_policy_says_otherwise() {
    let policy = |capture: &str| setting(json!({ "kind": "policy", "capture": capture }));
    let of = |setting: Setting| Settings::of([kept(("main", serde_json::to_value(setting).unwrap()))]);
    assert_eq!(of(setting(json!({ "kind": "policy" }))).policy().capture, CaptureMode::Automatic);
    assert_eq!(of(policy("on_shipment")).policy().capture, CaptureMode::OnShipment);
    assert_eq!(serde_json::to_value(policy("automatic")).unwrap().get("capture"), None, "as before");
    assert_eq!(policy("never").checked(&id("main")).unwrap_err().code(), "setting_capture");
}
