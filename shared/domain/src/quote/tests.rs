use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;
use crate::words::goods::{Grams, TaxCode};
use crate::words::money::Currency;
use crate::words::person::{AddressLine, CountryCode};

fn eur(amount: i64) -> Money {
    Money::new(amount, Currency::EUR).unwrap()
}

fn off(code: &str, amount: i64) -> Discount {
    Discount { code: code.to_owned(), amount: eur(amount) }
}

fn country(code: &str) -> CountryCode {
    CountryCode::try_new(code).unwrap()
}

fn to(code: &str) -> Destination {
    Destination { country: country(code), region: None }
}

fn item(sku: &str, quantity: u32, unit_price: i64, tax_rate: u16, tax_code: &str) -> Item {
    Item {
        sku: sku.parse().unwrap(),
        categories: vec!["coffee".parse().unwrap()],
        quantity: Quantity::try_new(quantity).unwrap(),
        unit_price: eur(unit_price),
        tax_rate: TaxRate::try_new(tax_rate).unwrap(),
        goods: Goods {
            tax_code: TaxCode::try_new(tax_code).unwrap(),
            weight_g: Some(Grams::try_new(300).unwrap()),
            ..Goods::default()
        },
    }
}

/// A bag of beans and two cups.
fn demo() -> Vec<Item> {
    vec![item("BEANS-250", 1, 790, 1000, "food"), item("CUP-BLUE", 2, 1450, 2100, "standard")]
}

fn entry(place: &str, region: Option<&str>, tax_code: &str, rate: u32) -> TaxEntry {
    TaxEntry {
        country: country(place),
        region: region.map(|region| AddressLine::try_new(region).unwrap()),
        tax_code: TaxCode::try_new(tax_code).unwrap(),
        valid_from: Timestamp::UNIX_EPOCH,
        rate: Ppm::try_new(rate).unwrap(),
    }
}

fn taxes() -> TaxTable {
    TaxTable {
        home: Some(country("ES")),
        pays_at_destination: true,
        entries: vec![
            entry("ES", None, "food", 100_000),
            entry("ES", None, "standard", 210_000),
            entry("DE", None, "food", 70_000),
            entry("DE", None, "standard", 190_000),
            entry("FI", None, "standard", 255_000),
            entry("US", Some("NY"), "standard", 88_750),
        ],
    }
}

fn zone(code: &str, price: i64, free_from: Option<i64>) -> ShippingZone {
    ShippingZone {
        countries: vec![country(code)],
        methods: vec![ShippingMethod {
            id: "standard".to_owned(),
            title: "Standard".to_owned(),
            price: ShippingPrice::Flat(eur(price)),
            free_from: free_from.map(eur),
            days: None,
        }],
    }
}

fn zones() -> Vec<ShippingZone> {
    vec![zone("ES", 490, None), zone("DE", 990, None), zone("FI", 0, None)]
}

fn percent(code: &str, rate: u32) -> Promotion {
    Promotion {
        code: code.to_owned(),
        effect: Effect::Percent(Ppm::try_new(rate).unwrap()),
        target: Target::Order,
        min_subtotal: None,
        from: Timestamp::UNIX_EPOCH,
        until: None,
        is_combinable: true,
        is_automatic: false,
    }
}

/// What a test varies of the terms.
struct To<'a> {
    destination: Option<Destination>,
    method: Option<&'a str>,
    mode: TaxMode,
    taxes: TaxTable,
    zones: Vec<ShippingZone>,
    promotions: Vec<Promotion>,
    at: Timestamp,
}

impl Default for To<'_> {
    fn default() -> Self {
        Self {
            destination: None,
            method: None,
            mode: TaxMode::Inclusive,
            taxes: TaxTable::default(),
            zones: Vec::new(),
            promotions: Vec::new(),
            at: Timestamp::UNIX_EPOCH,
        }
    }
}

impl To<'_> {
    fn standard(code: &str) -> Self {
        let (destination, method) = (Some(to(code)), Some("standard"));
        Self { destination, method, taxes: taxes(), zones: zones(), ..Self::default() }
    }

    fn quote(&self, items: &[Item]) -> Result<Quote, QuoteError> {
        let terms = Terms {
            destination: self.destination.as_ref(),
            shipping_method: self.method,
            mode: self.mode,
            taxes: &self.taxes,
            shipping: &*self.zones,
            promotions: &self.promotions,
            at: self.at,
        };
        Quote::of(items, terms)
    }
}

fn tax_lines(quote: &Quote) -> Vec<(u32, i64, i64)> {
    let line = |line: &TaxLine| (line.rate.into_inner(), line.base.amount(), line.tax.amount());
    quote.tax_lines.iter().map(line).collect()
}

#[test]
fn without_settings_prices_and_taxes_are_the_catalogues() {
    let quote = To::default().quote(&demo()).unwrap();
    assert_eq!((quote.total, quote.tax, quote.shipping), (eur(3690), eur(575), None));
    let sent = To { destination: Some(to("ES")), ..To::default() }.quote(&demo()).unwrap();
    assert_eq!((sent.total, sent.tax), (eur(3690), eur(575)));
}

#[test]
fn shipping_is_taxed_with_the_rates_of_what_is_shipped() {
    let quote = To::standard("ES").quote(&demo()).unwrap();
    assert_eq!((quote.total, quote.tax), (eur(4180), eur(652)));
    assert_eq!(tax_lines(&quote), [(100_000, 895, 82), (210_000, 3285, 570)]);
    let taxes: Vec<i64> = quote.lines.iter().map(|line| line.tax.amount()).collect();
    assert_eq!(taxes, [72, 503]);
    let quote = To::standard("DE").quote(&demo()).unwrap();
    assert_eq!((quote.total, quote.tax), (eur(4680), eur(653)));
    assert_eq!(quote.tax_lines[0].jurisdiction.as_deref(), Some("DE"));
}

#[test]
fn a_code_is_spread_over_the_lines_and_shipping_over_what_they_then_cost() {
    let ten = To { promotions: vec![percent("TEN", 100_000)], ..To::standard("ES") };
    let quote = ten.quote(&demo()).unwrap();
    assert_eq!((quote.total, quote.tax), (eur(3811), eur(595)));
    assert_eq!(quote.discounts, [off("TEN", 369)]);
    let lines: Vec<(i64, i64)> =
        quote.lines.iter().map(|line| (line.discount.amount(), line.total.amount())).collect();
    assert_eq!(lines, [(79, 711), (290, 2610)]);
}

#[test]
fn tax_is_added_where_prices_do_not_contain_it() {
    let ny = Destination { region: Some(AddressLine::try_new("NY").unwrap()), ..to("US") };
    let new_york = To { destination: Some(ny), mode: TaxMode::Exclusive, taxes: taxes(), ..To::default() };
    let cups = [item("CUP-BLUE", 2, 1450, 2100, "standard")];
    let quote = new_york.quote(&cups).unwrap();
    assert_eq!((quote.tax, quote.total, quote.tax_included), (eur(257), eur(3157), false));
    assert_eq!(quote.tax_lines[0].jurisdiction.as_deref(), Some("US-NY"));
    let finland = To::standard("FI").quote(&[item("GRINDER-01", 1, 8900, 2100, "standard")]).unwrap();
    assert_eq!((finland.tax, finland.total), (eur(1808), eur(8900)));
}

#[test]
fn a_rate_holds_from_its_time_on_and_elsewhere_the_shop_does_not_deliver() {
    let mut tomorrow = entry("ES", None, "standard", 220_000);
    tomorrow.valid_from = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24);
    let mut spain = To::standard("ES");
    spain.taxes.entries.push(tomorrow.clone());
    let rate = |spain: &To<'_>| spain.quote(&demo()).unwrap().lines[1].rate.into_inner();
    spain.at = tomorrow.valid_from - SignedDuration::from_secs(1);
    assert_eq!(rate(&spain), 210_000);
    spain.at = tomorrow.valid_from;
    assert_eq!(rate(&spain), 220_000);
    assert_eq!(To::standard("FR").quote(&demo()), Err(QuoteError::NotServed));
    let mut at_home = To::standard("FR");
    at_home.taxes.pays_at_destination = false;
    at_home.zones = vec![zone("FR", 1290, None)];
    let quote = at_home.quote(&demo()).unwrap();
    assert_eq!(quote.tax_lines[0].jurisdiction.as_deref(), Some("ES"), "a small seller pays tax at home");
}

#[test]
fn shipping_depends_on_weight_or_value_and_promotions_may_make_it_free() {
    let mut heavy = To::standard("ES");
    let price = |to: &To<'_>| to.quote(&demo()).map(|quote| quote.shipping.unwrap().total.amount());
    heavy.zones[0].methods[0].price = ShippingPrice::UpToWeight(vec![(899, eur(300)), (900, eur(400))]);
    assert_eq!(price(&heavy), Ok(400), "three pieces of 300 g");
    heavy.zones[0].methods[0].price = ShippingPrice::UpToWeight(vec![(899, eur(300))]);
    assert_eq!(price(&heavy), Err(QuoteError::ShippingNotAvailable));
    let tiers = vec![(eur(0), eur(490)), (eur(3690), eur(290))];
    heavy.zones[0].methods[0].price = ShippingPrice::FromValue(tiers);
    assert_eq!(price(&heavy), Ok(290));
    heavy.promotions = vec![percent("TEN", 100_000)];
    assert_eq!(price(&heavy), Ok(490), "what the goods cost after promotions");

    let mut free = To { zones: vec![zone("ES", 490, Some(3690))], ..To::standard("ES") };
    assert_eq!(price(&free), Ok(0));
    free.promotions = vec![percent("TEN", 100_000)];
    assert_eq!(price(&free), Ok(490));
    free.promotions.push(Promotion { effect: Effect::FreeShipping, ..percent("FREE", 0) });
    let quote = free.quote(&demo()).unwrap();
    assert_eq!(quote.total, eur(3321));
    assert_eq!(quote.discounts[1], off("FREE", 490));
    assert_eq!(
        To { method: Some("drone"), ..To::standard("ES") }.quote(&demo()),
        Err(QuoteError::ShippingNotAvailable)
    );
}

#[test]
fn of_three_pieces_one_is_free_and_it_is_the_cheapest() {
    let mut shop = To::default();
    let two_plus_one = Promotion { effect: Effect::BuyGet { paid: 2, free: 1 }, ..percent("THREE", 0) };
    shop.promotions = vec![Promotion { target: Target::Sku("A".parse().unwrap()), ..two_plus_one.clone() }];
    let of_a = |quantity| vec![item("A", quantity, 1000, 0, "standard"), item("B", 9, 10, 0, "standard")];
    for (quantity, off) in [(2, 0), (3, 1000), (5, 1000), (6, 2000)] {
        let quote = shop.quote(&of_a(quantity)).unwrap();
        assert_eq!(quote.lines[0].discount, eur(off), "{quantity}");
        assert_eq!(quote.lines[1].discount, eur(0));
    }
    shop.promotions = vec![Promotion { target: Target::Category("coffee".parse().unwrap()), ..two_plus_one }];
    let mixed = [item("A", 2, 1000, 0, "standard"), item("B", 1, 700, 0, "standard")];
    assert_eq!(shop.quote(&mixed).unwrap().discounts[0].amount, eur(700));
}

#[test]
fn codes_that_do_not_apply_are_named_and_one_that_allows_no_other_stands_alone() {
    let at = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(1);
    let mut shop = To { at, ..To::default() };
    let refused = |shop: &To<'_>| shop.quote(&demo()).unwrap().refused;
    shop.promotions = vec![
        Promotion { until: Some(at), ..percent("OVER", 1) },
        Promotion { min_subtotal: Some(eur(3691)), ..percent("LARGE", 1) },
        Promotion { target: Target::Sku("TEAPOT".parse().unwrap()), ..percent("TEA", 1) },
        percent("TEN", 100_000),
        Promotion { is_combinable: false, ..percent("ALONE", 200_000) },
    ];
    let named = |code: &str, problem| (code.to_owned(), problem);
    let (over, unfit) = (CodeProblem::Expired, CodeProblem::NotApplicable);
    let all = [named("OVER", over), named("LARGE", unfit), named("TEA", unfit), named("ALONE", unfit)];
    assert_eq!(refused(&shop), all);
    shop.promotions.reverse();
    assert_eq!(shop.quote(&demo()).unwrap().discounts, [off("ALONE", 738)]);
}

#[test]
fn the_best_automatic_promotion_comes_before_the_codes() {
    let automatic = |code: &str, rate| Promotion { is_automatic: true, ..percent(code, rate) };
    let promotions = vec![automatic("FIVE", 50_000), automatic("SIX", 60_000), percent("TEN", 100_000)];
    let shop = To { promotions, ..To::default() };
    let discounts = shop.quote(&demo()).unwrap().discounts;
    assert_eq!(discounts, [off("SIX", 221), off("TEN", 347)]);
}

#[test]
fn the_pieces_of_a_line_sum_to_it() {
    let shares = |amount, pieces| {
        let shares = unit_shares(eur(amount), pieces, Ppm::try_new(210_000).unwrap(), TaxMode::Inclusive);
        shares.unwrap().iter().map(|share| (share.amount.amount(), share.tax.amount())).collect::<Vec<_>>()
    };
    assert_eq!(shares(2610, 2), [(1305, 226), (1305, 227)]);
    let thirds: Vec<i64> = shares(1000, 3).iter().map(|(amount, _)| *amount).collect();
    assert_eq!(thirds, [334, 333, 333]);
}

#[test]
fn nothing_costs_nothing_and_has_no_quote() {
    assert_eq!(To::default().quote(&[]), Err(QuoteError::Empty));
}

fn items() -> impl Strategy<Value = Vec<Item>> {
    let one = (1..20u32, 1..50_000i64, 0..2500u16, prop::sample::select(vec!["food", "standard"]));
    prop::collection::vec(one, 1..8).prop_map(|items| {
        let item = |(number, (quantity, price, rate, code)): (usize, (u32, i64, u16, &str))| {
            item(&format!("S{number}"), quantity, price, rate, code)
        };
        items.into_iter().enumerate().map(item).collect()
    })
}

fn promotions() -> impl Strategy<Value = Vec<Promotion>> {
    let target = prop_oneof![
        Just(Target::Order),
        Just(Target::Category("coffee".parse().unwrap())),
        Just(Target::Sku("S1".parse().unwrap())),
    ];
    let effect = prop_oneof![
        (1..1_000_000u32).prop_map(|rate| Effect::Percent(Ppm::try_new(rate).unwrap())),
        (1..100_000i64).prop_map(|amount| Effect::Fixed(eur(amount))),
        Just(Effect::FreeShipping),
        (1..4u32, 1..4u32).prop_map(|(paid, free)| Effect::BuyGet { paid, free }),
    ];
    let one =
        (target, effect, any::<bool>(), any::<bool>()).prop_map(|(target, effect, automatic, alone)| {
            Promotion { target, effect, is_automatic: automatic, is_combinable: !alone, ..percent("CODE", 1) }
        });
    prop::collection::vec(one, 0..5)
}

proptest! {
    #[test]
    fn the_parts_of_a_quote_sum_to_it(items in items(), promotions in promotions(), exclusive in any::<bool>()) {
        let mode = if exclusive { TaxMode::Exclusive } else { TaxMode::Inclusive };
        let shop = To { mode, promotions, ..To::standard("DE") };
        let quote = shop.quote(&items).unwrap();
        let lines: i64 = quote.lines.iter().map(|line| line.total.amount()).sum();
        let shipping = quote.shipping.as_ref().unwrap();
        let added = if exclusive { quote.tax.amount() } else { 0 };
        prop_assert_eq!(lines + shipping.total.amount() + added, quote.total.amount());
        let tax: i64 = quote.lines.iter().map(|line| line.tax.amount()).sum();
        prop_assert_eq!(tax + shipping.tax.amount(), quote.tax.amount());
        prop_assert_eq!(quote.tax_lines.iter().map(|line| line.tax.amount()).sum::<i64>(), quote.tax.amount());
        let taxed: i64 = quote.tax_lines.iter().map(|line| line.base.amount()).sum();
        prop_assert_eq!(taxed, lines + shipping.total.amount());
        let off: i64 = quote.lines.iter().map(|line| line.discount.amount()).sum();
        let discounts: i64 = quote.discounts.iter().map(|discount| discount.amount.amount()).sum();
        prop_assert_eq!(off + shipping.discount.amount(), discounts);
        prop_assert_eq!(quote.subtotal.amount() - off, lines);
    }

    #[test]
    fn prices_with_tax_are_the_same_for_every_destination(items in items(), promotions in promotions()) {
        let shop = |code: &str| To { zones: vec![zone(code, 490, None)], promotions: promotions.clone(), ..To::standard(code) };
        let (spain, germany) = (shop("ES").quote(&items).unwrap(), shop("DE").quote(&items).unwrap());
        prop_assert_eq!(spain.total, germany.total);
    }

    #[test]
    fn any_parts_of_a_line_sum_to_it(
        amount in 0..1_000_000i64, pieces in 1..60u32, rate in 0..1_000_000u32, exclusive in any::<bool>(),
    ) {
        let (rate, mode) = (Ppm::try_new(rate).unwrap(), if exclusive { TaxMode::Exclusive } else { TaxMode::Inclusive });
        let shares = unit_shares(eur(amount), pieces, rate, mode).unwrap();
        prop_assert_eq!(shares.len(), usize::try_from(pieces).unwrap());
        prop_assert_eq!(shares.iter().map(|share| share.amount.amount()).sum::<i64>(), amount);
        let whole = if exclusive { eur(amount).tax_upon(rate) } else { eur(amount).tax_within(rate) };
        prop_assert_eq!(shares.iter().map(|share| share.tax.amount()).sum::<i64>(), whole.amount());
    }
}
