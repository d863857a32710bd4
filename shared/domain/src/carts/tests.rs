use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::Refusal;
use crate::promotions::GivenCodes;
use crate::promotions::tests::{given, promotion, ten};
use crate::settings::{KeptSetting, Settings};
use crate::stock::{Offer, Offers};
use crate::words::goods::Goods;
use crate::words::money::{Currency, TaxRate};

pub(super) fn at(day: i64) -> Timestamp {
    Timestamp::from_second(day * 86_400).unwrap()
}

pub(super) fn user(number: u128) -> UserId {
    UserId::from_parts(0, number)
}

pub(super) fn sku(text: &str) -> Sku {
    text.parse().unwrap()
}

fn wanted(quantity: u32) -> WantedQuantity {
    WantedQuantity::try_new(quantity).unwrap()
}

pub(super) fn eur(amount: i64) -> Money {
    Money::new(amount, Currency::EUR).unwrap()
}

fn offer(name: &str, price: i64, rate: u16) -> Offer {
    Offer {
        sku: sku(name),
        title: Title::try_new(name).unwrap(),
        unit_price: eur(price),
        tax_rate: TaxRate::try_new(rate).unwrap(),
        goods: Goods::default(),
        categories: Vec::new(),
        available: 10,
        for_sale: true,
        backorder: None,
    }
}

/// What the demo order is about.
pub(super) fn offers() -> Offers {
    Offers { offers: vec![offer("BEANS-250", 790, 1000), offer("CUP-BLUE", 1450, 2100)], unknown: Vec::new() }
}

pub(super) fn with(change: impl Fn(&mut Offer)) -> Offers {
    let mut all = offers();
    change(all.offers.iter_mut().find(|offer| offer.sku == sku("CUP-BLUE")).unwrap());
    all
}

pub(super) fn demo() -> Cart {
    let cart = Cart::new(user(1), at(0));
    let cart = cart.put_line(&sku("BEANS-250"), wanted(1), &offers()).unwrap();
    cart.put_line(&sku("CUP-BLUE"), wanted(2), &offers()).unwrap()
}

fn address(country: &str) -> Address {
    serde_json::from_value(
        json!({ "name": "Ada", "line1": "Calle Mayor 1", "city": "Madrid", "country": country }),
    )
    .unwrap()
}

fn setting(id: &str, mut value: Value) -> KeptSetting {
    value["id"] = json!(id);
    value["changed_by"] = json!(user(9));
    value["changed_at"] = json!(at(0));
    serde_json::from_value(value).unwrap()
}

/// A shop that sends to Spain and Germany.
pub(super) fn settings() -> Settings {
    let zone = |country: &str, price: i64| {
        let method = |id: &str, price: i64| json!({ "id": id, "title": id, "price": eur(price) });
        let methods = [method("standard", price), method("express", price * 2)];
        json!({ "kind": "shipping_zone", "countries": [country], "methods": methods })
    };
    Settings::of([setting("es", zone("ES", 490)), setting("de", zone("DE", 990))])
}

/// Without codes.
pub(super) fn basis<'a>(offers: Option<&'a Offers>, settings: &'a Settings) -> Basis<'a> {
    static NONE: GivenCodes = GivenCodes { user_id: None, found: Vec::new() };
    Basis { offers, settings, codes: &NONE, now: at(0) }
}

pub(super) fn to(country: &str) -> CartEdit {
    CartEdit { shipping_address: Some(Some(address(country))), ..CartEdit::default() }
}

pub(super) fn by(method: &str) -> CartEdit {
    let method = SettingId::try_new(method).unwrap();
    CartEdit { shipping_method: Some(Some(method)), ..CartEdit::default() }
}

pub(super) fn edited(cart: &Cart, edit: &CartEdit) -> Result<Cart, CartRefusal> {
    cart.edit(edit, basis(Some(&offers()), &settings()))
}

fn view(cart: &Cart, offers: &Offers) -> CartView {
    CartView::of(cart, 1, basis(Some(offers), &settings()))
}

fn problems(view: &CartView) -> Vec<String> {
    let name = |problem: &Problem| {
        let code = serde_json::to_value(problem.code).unwrap();
        let sku = problem.sku.as_ref().map(|sku| format!(" {sku}"));
        format!("{}{}", code.as_str().unwrap(), sku.unwrap_or_default())
    };
    view.problems.iter().map(name).collect()
}

fn total(view: &CartView) -> Option<i64> {
    view.quote.as_ref().map(|quote| quote.total.amount())
}

#[test]
fn the_same_quantity_twice_is_that_quantity() {
    let cart = demo().put_line(&sku("CUP-BLUE"), wanted(2), &offers()).unwrap();
    assert_eq!(cart, demo());
    let without = cart.put_line(&sku("CUP-BLUE"), wanted(0), &Offers::default()).unwrap();
    assert_eq!(without.skus(None), [sku("BEANS-250")], "whether or not it is for sale");
    let again = without.put_line(&sku("CUP-BLUE"), wanted(0), &Offers::default()).unwrap();
    assert_eq!(again, without);
}

#[test]
fn what_is_not_for_sale_is_not_put_into_a_cart() {
    let put = |name: &str, offers: &Offers| {
        demo().put_line(&sku(name), wanted(1), offers).map_or_else(|refusal| refusal.code(), |_| "taken")
    };
    assert_eq!(put("TEAPOT", &offers()), "unknown_sku");
    assert_eq!(put("CUP-BLUE", &with(|cup| cup.for_sale = false)), "unknown_sku");
    assert_eq!(put("CUP-BLUE", &with(|cup| cup.available = 0)), "taken", "there may be some tomorrow");
}

#[test]
fn a_cart_has_as_many_lines_as_an_order() {
    let names: Vec<String> = (0..=MAX_LINES).map(|number| format!("SKU-{number}")).collect();
    let all = Offers { offers: names.iter().map(|name| offer(name, 100, 0)).collect(), unknown: Vec::new() };
    let put = |cart: Cart, name: &String| cart.put_line(&sku(name), wanted(1), &all).unwrap();
    let full = names[..MAX_LINES].iter().fold(Cart::new(user(1), at(0)), put);
    assert_eq!(full.put_line(&sku(&names[MAX_LINES]), wanted(1), &all), Err(CartRefusal::Full));
    assert!(full.put_line(&sku(&names[0]), wanted(2), &all).is_ok());
}

#[test]
fn a_cart_shows_what_it_costs_and_what_is_missing() {
    let cart = demo();
    let shown = view(&cart, &offers());
    assert_eq!((total(&shown), problems(&shown)), (Some(3690), vec!["address_needed".to_owned()]));
    let cart = edited(&cart, &to("ES")).unwrap();
    let shown = view(&cart, &offers());
    assert_eq!((total(&shown), problems(&shown)), (Some(3690), vec!["shipping_not_chosen".to_owned()]));
    let methods: Vec<_> =
        shown.shipping_options.iter().map(|option| (option.method.as_str(), option.price.amount())).collect();
    assert_eq!(methods, [("standard", 490), ("express", 980)]);
    let cart = edited(&cart, &by("standard")).unwrap();
    let shown = view(&cart, &offers());
    assert_eq!((total(&shown), problems(&shown)), (Some(4180), Vec::new()));
}

#[test]
fn a_cart_in_a_shop_without_settings_needs_no_way_of_shipping() {
    let none = Settings::default();
    let cart = demo().edit(&to("FR"), basis(Some(&offers()), &none)).unwrap();
    let shown = CartView::of(&cart, 1, basis(Some(&offers()), &none));
    assert_eq!((total(&shown), problems(&shown)), (Some(3690), Vec::new()));
    assert_eq!(shown.quote.unwrap().tax.amount(), 575);
}

#[test]
fn an_empty_cart_costs_nothing() {
    let shown = view(&Cart::new(user(1), at(0)), &Offers::default());
    assert_eq!(
        (total(&shown), problems(&shown)),
        (None, vec!["cart_empty".to_owned(), "address_needed".to_owned()])
    );
}

#[test]
fn an_address_that_is_not_served_is_refused_and_a_method_that_it_lacks_is_forgotten() {
    assert_eq!(edited(&demo(), &to("FR")).unwrap_err().code(), "destination_not_served");
    let empty = Cart::new(user(1), at(0));
    assert_eq!(
        edited(&empty, &to("FR")).unwrap_err().code(),
        "destination_not_served",
        "before anything is in it"
    );
    let spanish = edited(&edited(&demo(), &to("ES")).unwrap(), &by("express")).unwrap();
    assert_eq!(edited(&spanish, &by("pigeon")).unwrap_err().code(), "shipping_not_available");
    let none = Settings::of([setting(
        "es",
        json!({ "kind": "shipping_zone", "countries": ["ES", "DE"], "methods": [{ "id": "standard", "title": "S", "price": eur(490) }] }),
    )]);
    let moved = spanish.edit(&to("DE"), basis(Some(&offers()), &none)).unwrap();
    assert_eq!(moved.shipping_method, None);
    let kept = edited(&spanish, &to("DE")).unwrap();
    assert_eq!(total(&view(&kept, &offers())), Some(3690 + 1980));
}

#[test]
fn what_is_different_is_shown_until_it_is_acknowledged() {
    let seen = demo();
    let cases: [(Offers, Value, i64); 4] = [
        (
            with(|cup| cup.unit_price = eur(1290)),
            json!([{ "code": "price_changed", "sku": "CUP-BLUE", "was": eur(1450), "now": eur(1290) }]),
            790 + 2 * 1290,
        ),
        (
            with(|cup| cup.available = 1),
            json!([{ "code": "reduced", "sku": "CUP-BLUE", "was": 2, "now": 1 }]),
            790 + 1450,
        ),
        (
            with(|cup| cup.available = 0),
            json!([{ "code": "out_of_stock", "sku": "CUP-BLUE", "was": 2 }]),
            790,
        ),
        (with(|cup| cup.for_sale = false), json!([{ "code": "not_for_sale", "sku": "CUP-BLUE" }]), 790),
    ];
    for (now, expected, then) in cases {
        let shown = view(&seen, &now);
        assert_eq!(serde_json::to_value(&shown.changes).unwrap(), expected);
        let acknowledge = CartEdit { acknowledge: true, ..CartEdit::default() };
        let taken = seen.edit(&acknowledge, basis(Some(&now), &settings())).unwrap();
        let shown = view(&taken, &now);
        assert_eq!((shown.changes, total_of(&taken, &now)), (Vec::new(), Some(then)), "{expected}");
    }
}

fn total_of(cart: &Cart, offers: &Offers) -> Option<i64> {
    total(&view(cart, offers))
}

#[test]
fn more_than_there_is_stays_in_the_cart_and_is_a_problem() {
    let few = with(|cup| cup.available = 3);
    let cart = demo().put_line(&sku("CUP-BLUE"), wanted(12), &few).unwrap();
    let shown = view(&cart, &few);
    assert_eq!(shown.lines[1].quantity.into_inner(), 12);
    assert_eq!(problems(&shown), ["out_of_stock CUP-BLUE", "address_needed"]);
    let many = view(&cart, &offers());
    assert_eq!(problems(&many), ["address_needed"], "10 means 10 or more");
}

#[test]
fn amounts_that_cannot_be_charged_are_problems() {
    let cheap = with(|cup| cup.unit_price = eur(10));
    let cart = Cart::new(user(1), at(0)).put_line(&sku("CUP-BLUE"), wanted(1), &cheap).unwrap();
    assert_eq!(problems(&view(&cart, &cheap)), ["address_needed", "amount_out_of_range"]);
    let dear = with(|cup| cup.unit_price = eur(crate::words::money::MAX_AMOUNT));
    let cart = cart.put_line(&sku("CUP-BLUE"), wanted(999), &dear).unwrap();
    let shown = view(&cart, &dear);
    assert_eq!(
        (total(&shown), problems(&shown)),
        (None, vec!["address_needed".to_owned(), "amount_out_of_range".to_owned()])
    );
    let dollars = with(|cup| cup.unit_price = Money::new(100, Currency::USD).unwrap());
    assert_eq!(problems(&view(&demo(), &dollars)), ["currency_mismatch CUP-BLUE", "address_needed"]);
}

#[test]
fn without_the_product_service_a_cart_shows_what_was_seen() {
    let shown = CartView::of(&demo(), 3, basis(None, &settings()));
    let lines: Vec<_> =
        shown.lines.iter().map(|line| (line.title.to_string(), line.unit_price.amount())).collect();
    assert_eq!(lines, [("BEANS-250".to_owned(), 790), ("CUP-BLUE".to_owned(), 1450)]);
    assert!(shown.stale && shown.quote.is_none() && shown.changes.is_empty());
    let moved = demo().edit(&to("ES"), basis(None, &settings())).unwrap();
    let chosen = moved.edit(&by("standard"), basis(None, &settings())).unwrap();
    assert_eq!(
        chosen.shipping_method.unwrap().as_ref(),
        "standard",
        "it is checked when there is somebody to ask"
    );
}

#[test]
fn what_is_removed_is_gone_and_what_is_not_named_stays() {
    let note = |text: &str| Some(CartNote::try_new(text).unwrap());
    let edit =
        CartEdit { note: Some(note("Ring twice.")), billing_address: Some(Some(address("DE"))), ..to("ES") };
    let cart = edited(&demo(), &edit).unwrap();
    assert_eq!(edited(&cart, &CartEdit::default()).unwrap(), cart);
    let cart =
        edited(&cart, &CartEdit { note: Some(None), shipping_address: Some(None), ..CartEdit::default() })
            .unwrap();
    assert_eq!((cart.note, cart.shipping_address, cart.billing_address), (None, None, Some(address("DE"))));
}

#[test]
fn a_merged_cart_has_the_larger_quantities_and_the_accounts_own_address() {
    let quantities = |cart: &Cart| {
        cart.lines
            .iter()
            .map(|line| (line.sku.to_string(), line.quantity.into_inner()))
            .collect::<BTreeMap<_, _>>()
    };
    let names = ["A", "B", "C"];
    let all = Offers { offers: names.map(|name| offer(name, 100, 0)).to_vec(), unknown: Vec::new() };
    let of = |owner, lines: &[(&str, u32)]| {
        let put = |cart: Cart, (name, quantity): &(&str, u32)| {
            cart.put_line(&sku(name), wanted(*quantity), &all).unwrap()
        };
        lines.iter().fold(Cart::new(user(owner), at(0)), put)
    };
    let own = edited(&of(1, &[("A", 1), ("B", 2)]), &to("ES")).unwrap();
    let guest = edited(&edited(&of(2, &[("B", 5), ("C", 1)]), &to("DE")).unwrap(), &by("express")).unwrap();
    let (merged, left) = Cart::merge(Some(&own), &guest, user(1), at(1)).unwrap();
    assert_eq!(
        quantities(&merged),
        BTreeMap::from([("A".to_owned(), 1), ("B".to_owned(), 5), ("C".to_owned(), 1)])
    );
    assert_eq!((&merged.shipping_address, &merged.shipping_method), (&own.shipping_address, &None));
    assert_eq!((left.lines.len(), left.merged_into, left.shipping_address.clone()), (0, Some(user(1)), None));
    assert_eq!(Cart::merge(Some(&merged), &left, user(1), at(2)), None, "once");
    assert_eq!(left.put_line(&sku("A"), wanted(1), &all), Err(CartRefusal::GuestMerged));
    assert_eq!(edited(&left, &CartEdit::default()), Err(CartRefusal::GuestMerged));
    let (first, _) = Cart::merge(None, &guest, user(1), at(1)).unwrap();
    assert_eq!((first.user_id, &first.shipping_address), (user(1), &guest.shipping_address));
    assert_eq!(first.shipping_method, guest.shipping_method);
    assert_eq!(Cart::merge(None, &own, user(1), at(1)), None, "nobody is merged into themselves");
}

#[test]
fn an_accounts_cart_is_kept_for_ninety_days_and_a_guests_for_thirty() {
    assert_eq!(demo().kept(true, at(1)).kept_until, at(31));
    assert_eq!(demo().kept(false, at(1)).kept_until, at(91));
}

#[test]
fn addresses_stay_for_the_next_order() {
    let cart = edited(&edited(&demo(), &to("ES")).unwrap(), &by("standard")).unwrap();
    let ordered = cart.ordered();
    assert_eq!((ordered.lines.len(), &ordered.shipping_address), (0, &cart.shipping_address));
    assert_eq!(ordered.shipping_method, cart.shipping_method);
}

fn any_offer() -> impl Strategy<Value = Offer> {
    (0..6_u8, 50..5_000_i64, 0..15_u64, prop::bool::weighted(0.9)).prop_map(
        |(number, price, available, for_sale)| Offer {
            available,
            for_sale,
            ..offer(&format!("SKU-{number}"), price, 2100)
        },
    )
}

fn any_offers() -> impl Strategy<Value = Offers> {
    prop::collection::vec(any_offer(), 0..8).prop_map(|mut offers| {
        offers.sort_by(|a, b| a.sku.cmp(&b.sku));
        offers.dedup_by(|a, b| a.sku == b.sku);
        Offers { offers, unknown: Vec::new() }
    })
}

fn any_cart() -> impl Strategy<Value = Cart> {
    prop::collection::vec((0..6_u8, 0..15_u32, any_offer()), 0..10).prop_map(|puts| {
        puts.into_iter().fold(Cart::new(user(1), at(0)), |cart, (number, quantity, seen)| {
            let seen = Offer { sku: sku(&format!("SKU-{number}")), for_sale: true, ..seen };
            let offers = Offers { offers: vec![seen.clone()], unknown: Vec::new() };
            cart.put_line(&seen.sku, wanted(quantity), &offers).unwrap()
        })
    })
}

proptest! {
    /// A cart is what was last put of each SKU.
    #[test]
    fn a_cart_is_what_was_last_put_of_each_sku(puts in prop::collection::vec((0..6_u8, 0..5_u32), 0..30)) {
        let mut model = BTreeMap::new();
        let mut cart = Cart::new(user(1), at(0));
        for (number, quantity) in puts {
            let name = format!("SKU-{number}");
            let all = Offers { offers: vec![offer(&name, 100, 0)], unknown: Vec::new() };
            cart = cart.put_line(&sku(&name), wanted(quantity), &all).unwrap();
            model.insert(name, quantity);
        }
        model.retain(|_, quantity| *quantity > 0);
        let found: BTreeMap<_, _> =
            cart.lines.iter().map(|line| (line.sku.to_string(), line.quantity.into_inner())).collect();
        prop_assert_eq!(found.len(), cart.lines.len(), "no SKU is in it twice");
        prop_assert_eq!(found, model);
    }

    /// What is acknowledged is no change any more, can be ordered, and acknowledging again does nothing.
    #[test]
    fn an_acknowledged_cart_has_no_changes(cart in any_cart(), now in any_offers()) {
        let acknowledge = CartEdit { acknowledge: true, ..CartEdit::default() };
        let take = |cart: &Cart| cart.edit(&acknowledge, basis(Some(&now), &settings())).unwrap();
        let taken = take(&cart);
        let shown = view(&taken, &now);
        prop_assert_eq!(&shown.changes, &Vec::new());
        prop_assert!(!problems(&shown).iter().any(|problem| problem.contains("SKU-")), "{:?}", problems(&shown));
        prop_assert_eq!(take(&taken), taken);
    }

    /// The total is what the lines that can be ordered cost.
    #[test]
    fn the_total_is_that_of_the_lines(cart in any_cart(), now in any_offers()) {
        let shown = view(&cart, &now);
        let lines = shown.lines.iter().filter(|line| now.for_sale(&line.sku).is_some());
        let sum: i64 = lines.map(|line| line.unit_price.amount() * i64::from(line.quantity.into_inner())).sum();
        prop_assert_eq!(total(&shown).unwrap_or_default(), sum);
        prop_assert_eq!(shown.lines.len(), cart.lines.len());
    }

    /// Of each SKU the account has the larger quantity afterwards, and the guest's cart is empty for good.
    #[test]
    fn merging_loses_nothing_and_happens_once(own in any_cart(), guest in any_cart()) {
        let guest = Cart { user_id: user(2), ..guest };
        let (merged, left) = Cart::merge(Some(&own), &guest, user(1), at(1)).unwrap();
        let of = |cart: &Cart, sku: &Sku| {
            cart.lines.iter().find(|line| line.sku == *sku).map_or(0, |line| line.quantity.into_inner())
        };
        for line in own.lines.iter().chain(&guest.lines).chain(&merged.lines) {
            prop_assert_eq!(of(&merged, &line.sku), of(&own, &line.sku).max(of(&guest, &line.sku)));
        }
        prop_assert_eq!(left.lines.len(), 0);
        prop_assert_eq!(Cart::merge(Some(&merged), &left, user(1), at(2)), None);
    }
}

#[test]
fn codes_that_do_not_apply_are_problems_of_the_cart_and_take_nothing_off() {
    let complete = edited(&edited(&demo(), &to("ES")).unwrap(), &by("standard")).unwrap();
    let cart = Cart { codes: vec!["TEN".parse().unwrap(), "NONE".parse().unwrap()], ..complete };
    let (offers, settings) = (offers(), settings());
    let shown = |rule: Value| {
        let codes = given(promotion("TEN", rule), 0, None);
        let basis = Basis { codes: &codes, ..basis(Some(&offers), &settings) };
        let view = CartView::of(&cart, 1, basis);
        let refusal = cart.wanted().check_codes(basis).unwrap_err();
        (total(&view), problems(&view), refusal.code())
    };
    let unknown = "code_unknown".to_owned();
    assert_eq!(shown(ten()), (Some(4180 - 369), vec![unknown.clone()], "code_unknown"));
    let mut large = ten();
    large["min_subtotal"] = json!(eur(3691));
    let both = vec![unknown, "code_not_applicable".to_owned()];
    assert_eq!(shown(large), (Some(4180), both, "code_unknown"));
}

#[test]
fn a_guests_codes_join_those_of_the_account_as_far_as_there_is_room() {
    let with = |user_id: UserId, codes: &[&str]| Cart {
        codes: codes.iter().map(|code| code.parse().unwrap()).collect(),
        ..Cart::new(user_id, at(0))
    };
    let (own, guests) = (with(user(1), &["ONE", "TWO"]), with(user(2), &["TWO", "THREE", "FOUR"]));
    let (merged, left) = Cart::merge(Some(&own), &guests, user(1), at(0)).unwrap();
    assert_eq!(merged.codes, with(user(1), &["ONE", "TWO", "THREE"]).codes);
    assert!(left.codes.is_empty());
}
