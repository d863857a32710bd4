mod shards;

use std::collections::HashSet;

use proptest::prelude::*;

use super::*;
use crate::catalogue::{Product, ProductField, ProductStatus};
use crate::events::{ProductEvent, StockLow};
use crate::stock::{Delta, Stock, StockItem};
use crate::words::goods::{Description, Sku, Slug, Title};
use crate::words::id::ProductId;
use crate::words::money::{Currency, Money, TaxRate};
use crate::words::price::{PriceTag, Sale};

const NEW: ProductId = ProductId::from_parts(0, 9);

fn now() -> Timestamp {
    Timestamp::UNIX_EPOCH
}

fn sku(text: &str) -> Sku {
    text.parse().unwrap()
}

fn slug(text: &str) -> Slug {
    text.parse().unwrap()
}

fn title(text: &str) -> Title {
    Title::try_new(text).unwrap()
}

fn eur(amount: i64) -> Money {
    Money::new(amount, Currency::EUR).unwrap()
}

fn cup() -> FileProduct {
    FileProduct {
        slug: slug("cup"),
        title: title("Cup"),
        description: Description::try_new("Stoneware.").unwrap(),
        category: slug("kitchen"),
        status: None,
    }
}

fn variant(name: &str, price: Money) -> FileVariant {
    FileVariant { sku: sku(name), title: title(name), price, tax_rate: None, stock_delta: None }
}

fn delta(variant: FileVariant, by: i64) -> FileVariant {
    FileVariant { stock_delta: Some(Delta::try_new(by).unwrap()), ..variant }
}

fn part_of(product: FileProduct, variants: Vec<FileVariant>) -> Part {
    let variants = (2..).map(Place::row).zip(variants).collect();
    Part { product: Some(product), variants, failures: Vec::new() }
}

fn part(variants: Vec<FileVariant>) -> Part {
    part_of(cup(), variants)
}

/// A product and its stock.
#[derive(Debug, Clone, Default, PartialEq)]
struct Shop {
    product: Option<Product>,
    stock: Vec<Stock>,
    adjusted: HashSet<Sku>,
}

impl Shop {
    fn plan(&self, part: &Part) -> Plan {
        let stock = self.stock.iter().collect();
        let existing = Existing { product: self.product.as_ref(), stock, adjusted: self.adjusted.clone() };
        let plan = part.plan(&existing, NEW, now());
        assert_eq!(plan.counts.rows(), part.rows() as u64);
        assert_eq!(plan.counts.failed, plan.failures.len() as u64);
        plan
    }

    /// Writes a plan as a transaction would.
    fn write(&mut self, plan: Plan) {
        self.product = plan.product.or(self.product.take());
        for (sku, write) in plan.stock {
            let (rows, changes_terms) = (write.rows(), write.changes_terms());
            assert!(!rows.is_empty(), "{sku}: an update changes something");
            if let Some(opened) = write.opened {
                assert!(!changes_terms && write.movements.is_empty());
                self.stock.push(Stock::from(opened));
            }
            let stock = self.stock.iter_mut().find(|stock| stock.item.sku == sku).unwrap();
            for movement in &write.movements {
                assert!(rows.contains(&movement.shard));
                *stock = stock.after(movement).unwrap();
            }
            let Stock { item, shards } = stock;
            if changes_terms {
                if let Some(spread) = &mut item.spread {
                    spread.terms += 1;
                }
                for shard in shards.iter_mut() {
                    assert!(rows.contains(&Some(shard.shard)));
                    shard.terms += 1;
                }
            }
            if let Some(listing) = write.listing {
                (item.title, item.tax_rate, item.for_sale) =
                    (listing.title, listing.tax_rate, listing.for_sale);
            }
            if let Some((before, after)) = write.price {
                assert_eq!(before, PriceTag { price: item.price, sale: item.sale.clone() });
                (item.price, item.sale) = (after.price, after.sale);
            }
            if write.adjustment.is_some() {
                assert!(self.adjusted.insert(sku), "an adjustment is made once");
            }
        }
    }

    fn import(&mut self, part: &Part) -> Plan {
        let plan = self.plan(part);
        self.write(plan.clone());
        plan
    }

    fn stock(&self, name: &str) -> &Stock {
        self.stock.iter().find(|stock| stock.item.sku == sku(name)).unwrap()
    }

    fn item(&self, name: &str) -> StockItem {
        self.stock(name).total()
    }
}

fn shop(variants: Vec<FileVariant>) -> Shop {
    let mut shop = Shop::default();
    shop.import(&part(variants));
    shop
}

fn failures(plan: &Plan) -> Vec<(u64, &str, &str)> {
    let of = |failure: &'_ RowFailure| failure.column.is_some() && failure.pointer.is_none();
    assert!(plan.failures.iter().all(of));
    let failures = plan.failures.iter();
    failures.map(|failure| (failure.row, failure.column.as_deref().unwrap(), &*failure.code)).collect()
}

#[test]
fn rows_of_an_unknown_slug_are_a_new_draft_with_stock() {
    let mut shop = Shop::default();
    let plan = shop.import(&part(vec![delta(variant("BLUE", eur(1450)), 20), variant("RED", eur(1550))]));
    assert_eq!(plan.counts, ImportCounts { created: 2, ..ImportCounts::default() });
    assert_eq!(plan.writes(), 2 + 2 + 1);
    let product = shop.product.as_ref().unwrap();
    assert_eq!((product.product_id, product.status, product.variants.len()), (NEW, ProductStatus::Draft, 2));
    assert_eq!((shop.item("BLUE").available, shop.item("BLUE").received), (20, 20));
    assert_eq!(shop.item("BLUE").title, title("Cup, BLUE"));
    assert!(plan.fields.is_empty(), "a new product has no record of a change");
}

#[test]
fn the_same_rows_again_change_nothing_also_no_stock() {
    let file = part(vec![delta(variant("BLUE", eur(1450)), 20), variant("RED", eur(1550))]);
    let mut shop = Shop::default();
    shop.import(&file);
    let plan = shop.plan(&file);
    assert_eq!(plan.counts, ImportCounts { unchanged: 2, ..ImportCounts::default() });
    assert_eq!((plan.writes(), &plan.product, plan.stock.len()), (0, &None, 0));
    shop.adjusted.clear();
    let other = shop.import(&file);
    assert_eq!(other.counts, ImportCounts { updated: 1, unchanged: 1, ..ImportCounts::default() });
    assert_eq!((shop.item("BLUE").available, other.product), (40, None), "of another file");
}

#[test]
fn only_what_differs_is_changed() {
    let mut shop = shop(vec![variant("BLUE", eur(1450)), variant("RED", eur(1550))]);
    let before = shop.product.clone().unwrap();
    let dearer = shop.import(&part(vec![variant("BLUE", eur(1490)), variant("RED", eur(1550))]));
    assert_eq!(dearer.counts, ImportCounts { updated: 1, unchanged: 1, ..ImportCounts::default() });
    assert_eq!((&dearer.fields[..], dearer.stock.len()), (&[ProductField::Prices][..], 1));
    let renamed = FileProduct { title: title("Mug"), status: Some(ProductStatus::Active), ..cup() };
    let renamed = shop.import(&part_of(renamed, vec![variant("BLUE", eur(1490))]));
    assert_eq!(renamed.fields, [ProductField::Title, ProductField::Status]);
    assert_eq!(renamed.counts, ImportCounts { updated: 1, ..ImportCounts::default() });
    assert_eq!(shop.item("RED").title, title("Mug, RED"), "the stock of a variant that no row names");
    assert!(shop.item("RED").for_sale);
    let taxed = FileVariant { tax_rate: Some(TaxRate::try_new(700).unwrap()), ..variant("BLUE", eur(1490)) };
    let taxed = shop.import(&part_of(FileProduct { title: title("Mug"), ..cup() }, vec![taxed]));
    assert_eq!(taxed.fields, [ProductField::Variants]);
    let after = shop.product.unwrap();
    assert_eq!((after.created_at, after.slug, after.variants.len()), (before.created_at, before.slug, 2));
    assert_eq!(after.status, ProductStatus::Active, "a file without a status leaves it");
}

#[test]
fn a_price_changes_under_a_reduction_that_goes_on() {
    let mut shop = shop(vec![variant("BLUE", eur(1450))]);
    let until = now() + jiff::SignedDuration::from_hours(1);
    let sale = Sale { price: eur(1160), since: now(), until, lowest_30_days: eur(1290) };
    shop.product.as_mut().unwrap().variants[0].sale = Some(sale.clone());
    shop.stock[0].item.sale = Some(sale.clone());
    assert_eq!(shop.plan(&part(vec![variant("BLUE", eur(1450))])).writes(), 0);
    let plan = shop.import(&part(vec![variant("BLUE", eur(1400))]));
    assert_eq!(plan.counts.updated, 1);
    let tag = shop.product.as_ref().unwrap().variants[0].tag();
    assert_eq!(tag, PriceTag { price: eur(1400), sale: Some(sale) });
    let plan = shop.plan(&part(vec![variant("BLUE", eur(1100))]));
    assert_eq!(failures(&plan), [(2, "price", "sale_not_lower")]);
    assert_eq!(plan.writes(), 0);
}

#[test]
fn a_wrong_row_hinders_no_other() {
    let mut shop = Shop::default();
    let usd = Money::new(1450, Currency::USD).unwrap();
    let plan = shop.import(&part(vec![
        variant("FREE", eur(0)),
        delta(variant("GONE", eur(100)), -1),
        variant("BLUE", eur(1450)),
        variant("RED", usd),
        FileVariant { title: title(&"x".repeat(199)), ..variant("LONG", eur(1)) },
        variant("GREEN", eur(1450)),
    ]));
    assert_eq!(
        failures(&plan),
        [
            (2, "price", "free_of_charge"),
            (3, "stock_delta", "stock_below_zero"),
            (5, "currency", "mixed_currencies"),
            (6, "variant_title", "title_too_long"),
        ]
    );
    assert_eq!(plan.counts, ImportCounts { created: 2, failed: 4, ..ImportCounts::default() });
    assert_eq!(shop.stock.iter().map(|stock| stock.item.sku.as_ref()).collect::<Vec<_>>(), ["BLUE", "GREEN"]);
}

#[test]
fn a_sku_of_another_product_is_a_wrong_row_and_nothing_else_changes_if_no_row_is_good() {
    let mut shop = shop(vec![variant("BLUE", eur(1450))]);
    let other = FileProduct { slug: slug("bowl"), title: title("Bowl"), ..cup() };
    let taken = StockItem { product_id: ProductId::from_parts(0, 1), ..shop.item("BLUE") };
    let bowl = Shop { product: None, stock: vec![taken.clone().into()], ..Shop::default() };
    let plan = bowl.plan(&part_of(other, vec![variant("BLUE", eur(1450))]));
    assert_eq!(failures(&plan), [(2, "sku", "sku_taken")]);
    assert_eq!(plan, Plan { failures: plan.failures.clone(), counts: plan.counts, ..Plan::default() });
    shop.stock.push(StockItem { sku: sku("BOWL"), ..taken }.into());
    let renamed = FileProduct { title: title("Mug"), ..cup() };
    let plan = shop.plan(&part_of(renamed, vec![variant("BOWL", eur(1450))]));
    assert_eq!((failures(&plan), plan.writes()), (vec![(2, "sku", "sku_taken")], 0));
}

#[test]
fn titles_that_are_too_long_for_any_variant_fail_each_row() {
    let mut shop = shop(vec![variant("BLUE", eur(1450)), variant("RED", eur(1450))]);
    let long = FileProduct { title: title(&"x".repeat(196)), ..cup() };
    let plan = shop.import(&part_of(long, vec![variant("BLUE", eur(1450)), variant("NEW", eur(1))]));
    assert_eq!(failures(&plan), [(2, "title", "title_too_long"), (3, "title", "title_too_long")]);
}

#[test]
fn stock_that_runs_low_by_a_row_is_an_event() {
    let mut shop = shop(vec![delta(variant("BLUE", eur(1450)), 20)]);
    shop.adjusted.clear();
    let plan = shop.import(&part(vec![delta(variant("BLUE", eur(1450)), -16)]));
    let write = &plan.stock[&sku("BLUE")];
    assert_eq!(write.event, Some(ProductEvent::StockLow(StockLow { sku: sku("BLUE"), available: 4 })));
    assert_eq!((plan.writes(), shop.item("BLUE").received), (3, 4));
    shop.adjusted.clear();
    let plan = shop.plan(&part(vec![delta(variant("BLUE", eur(1450)), -5)]));
    assert_eq!(failures(&plan), [(2, "stock_delta", "stock_below_zero")]);
}

#[test]
fn the_largest_part_fits_into_a_transaction() {
    let mut shop = Shop::default();
    for number in 0..5 {
        let of = |index: usize| delta(variant(&format!("V{number}{index}"), eur(1450)), 20);
        shop.import(&part((0..10).map(of).collect()));
    }
    assert_eq!(shop.product.as_ref().unwrap().variants.len(), 50);
    shop.adjusted.clear();
    let all = |index: usize| {
        let tax_rate = Some(TaxRate::try_new(700).unwrap());
        delta(FileVariant { tax_rate, ..variant(&format!("V0{index}"), eur(1500)) }, -18)
    };
    let renamed = FileProduct { title: title("Mug"), ..cup() };
    let plan = shop.import(&part_of(renamed, (0..10).map(all).collect()));
    assert_eq!((plan.counts.updated, plan.writes()), (10, 2 + 50 + 3 * 10));
    let plan = shop.plan(&part(vec![variant("ONE-MORE", eur(1450))]));
    assert_eq!(failures(&plan), [(2, "sku", "variant_count")]);
}

#[test]
fn a_file_is_announced_checked_and_worked_off() {
    let file = NewImport {
        format: FileFormat::Csv,
        bytes: MAX_IMPORT_BYTES,
        sha256: crate::catalogue::FileHash::try_new("0".repeat(64)).unwrap(),
        dry_run: false,
    };
    let (id, by) = (ImportId::from_parts(0, 1), UserId::from_parts(0, 1));
    let larger = NewImport { bytes: MAX_IMPORT_BYTES + 1, ..file.clone() };
    assert_eq!(Import::announce(id, larger, by, now()), Err(ImportRefusal::TooLarge));
    let import = Import::announce(id, file.clone(), by, now()).unwrap();
    assert!(import.is_awaited() && !import.has_ended());
    let running = import.checking().checked(3, id);
    assert_eq!((running.state, running.rows), (ImportState::Running, Some(3)));
    let two = ImportCounts { created: 1, failed: 1, ..ImportCounts::default() };
    let on = running.advanced(two);
    assert_eq!((on.state, on.failures_left()), (ImportState::Running, 999));
    let done = on.advanced(ImportCounts { unchanged: 1, ..ImportCounts::default() });
    assert_eq!((done.state, done.counts.rows()), (ImportState::Done, 3));
    let dry = Import { dry_run: true, ..import.clone() }.checking().checked(2, id);
    assert_eq!((dry.state, dry.advanced(two).state), (ImportState::Checking, ImportState::Done));
    assert!(import.failed().has_ended());
    let newer = serde_json::from_value::<ImportState>("paused".into()).unwrap();
    assert!(!Import { state: newer, ..import }.is_understood());
    assert!(serde_json::from_str::<NewImport>(r#"{"format":"xlsx","bytes":1,"sha256":""}"#).is_err());
}

#[test]
fn a_failure_names_the_column_of_a_csv_file_or_the_place_in_a_line() {
    let column = RowFailure::of(Place::row(7), Field::Price, &Fault::MissingValue);
    assert_eq!((column.row, column.column.as_deref(), column.pointer), (7, Some("price"), None));
    let place = Place { row: 7, variant: Some(3) };
    for (field, pointer) in [
        (Field::Slug, "/slug"),
        (Field::VariantTitle, "/variants/3/title"),
        (Field::Price, "/variants/3/price/amount"),
        (Field::Currency, "/variants/3/price/currency"),
        (Field::StockDelta, "/variants/3/stock_delta"),
    ] {
        let failure = RowFailure::of(place, field, &Fault::MissingValue);
        assert_eq!((failure.column, failure.pointer.as_deref()), (None, Some(pointer)));
    }
    assert_eq!(column.code, "missing_value");
    let unknown = RowFailure::in_column(1, "colour", &Fault::UnknownColumn).message;
    assert!(
        unknown.contains("slug, title, description, category, status, sku, variant_title, price"),
        "{unknown}"
    );
}

fn row(number: u64, slug: &str, title_of_product: &str, name: &str) -> Result<FileRow, RowFailure> {
    let product = FileProduct { slug: self::slug(slug), title: title(title_of_product), ..cup() };
    Ok(FileRow { place: Place::row(number), product, variant: variant(name, eur(100)) })
}

fn parts(rows: Vec<Result<FileRow, RowFailure>>) -> Vec<Part> {
    let mut parts = Parts::default();
    let mut all: Vec<Part> = rows.into_iter().filter_map(|row| parts.add(row)).collect();
    all.extend(parts.end());
    assert_eq!(parts.end(), None);
    all
}

#[test]
fn a_sku_is_once_in_a_file_and_a_product_is_described_in_one_way() {
    let wrong = RowFailure::of(Place::row(3), Field::Price, &Fault::MissingValue);
    let parts = parts(vec![
        row(2, "cup", "Cup", "A"),
        Err(wrong.clone()),
        row(4, "cup", "Cup", "A"),
        row(5, "cup", "Mug", "B"),
        row(6, "bowl", "Bowl", "C"),
        row(7, "cup", "Mug", "D"),
        row(8, "cup", "Cup", "E"),
    ]);
    let shape: Vec<_> = parts.iter().map(|part| (part.variants.len(), part.failures.len())).collect();
    assert_eq!(shape, [(1, 3), (1, 1), (1, 0)]);
    let failures: Vec<_> = parts.iter().flat_map(|part| &part.failures).collect();
    let told = |at: usize| (failures[at].row, failures[at].column.as_deref().unwrap(), &*failures[at].code);
    assert_eq!(failures[0], &wrong);
    assert_eq!(told(1), (4, "sku", "repeated_sku"));
    assert_eq!(
        (told(2), &*failures[2].message),
        ((5, "title", "product_differs"), "row 2 says something else of the same product")
    );
    assert_eq!(told(3), (7, "slug", "product_differs"));
}

proptest! {
    #[test]
    fn parts_have_all_rows_in_their_order_and_each_is_of_one_product(
        rows in prop::collection::vec((0..3_usize, 0..40_usize, any::<bool>()), 0..80),
    ) {
        let row = |(number, (product, name, is_wrong)): (u64, (usize, usize, bool))| {
            if is_wrong {
                return Err(RowFailure::of(Place::row(number), Field::Price, &Fault::MissingValue));
            }
            row(number, ["cup", "bowl", "jug"][product], "One", &format!("V{name}"))
        };
        let count = rows.len();
        let parts = parts((2..).zip(rows).map(row).collect());
        let mut numbers = Vec::new();
        for part in &parts {
            prop_assert!((1..=10).contains(&part.rows()));
            prop_assert_eq!(part.product.is_some(), !part.variants.is_empty());
            let mut of_part: Vec<u64> = part.variants.iter().map(|(place, _)| place.row).collect();
            of_part.extend(part.failures.iter().map(|failure| failure.row));
            of_part.sort_unstable();
            numbers.extend(of_part);
        }
        prop_assert_eq!(numbers, (2..2 + count as u64).collect::<Vec<_>>());
    }

    #[test]
    fn whatever_is_imported_twice_changes_nothing_the_second_time(
        files in prop::collection::vec(
            (
                prop::sample::select(vec!["Cup", "Mug"]),
                prop::option::of(prop::sample::select(vec![ProductStatus::Draft, ProductStatus::Active])),
                prop::collection::btree_map(0..12_usize, (0..3_i64, prop::option::of(-9..9_i64), any::<bool>()), 1..10),
            ),
            1..6,
        ),
    ) {
        let mut shop = Shop::default();
        for (name, status, variants) in files {
            let product = FileProduct { title: title(name), status, ..cup() };
            let variants = variants.into_iter().map(|(number, (price, by, is_usd))| {
                let currency = if is_usd { Currency::USD } else { Currency::EUR };
                let variant = variant(&format!("V{number}"), Money::new(price, currency).unwrap());
                match by.filter(|by| *by != 0) {
                    Some(by) => delta(variant, by),
                    None => variant,
                }
            });
            let part = part_of(product, variants.collect());
            shop.adjusted.clear();
            let first = shop.import(&part);
            prop_assert!(first.writes() <= 97);
            let before = shop.clone();
            let second = shop.import(&part);
            prop_assert_eq!(second.writes(), 0, "{:?}", second);
            let rows = |plan: &Plan| plan.failures.iter().map(|failure| failure.row).collect::<Vec<_>>();
            prop_assert_eq!(rows(&second), rows(&first));
            prop_assert_eq!(second.counts.unchanged, first.counts.rows() - first.counts.failed);
            prop_assert_eq!(&shop, &before);
            prop_assert!(shop.stock.iter().all(Stock::balances));
            for Stock { item, .. } in &shop.stock {
                let product = shop.product.as_ref().unwrap();
                let variant = product.variants.iter().find(|variant| variant.sku == item.sku).unwrap();
                prop_assert_eq!((&variant.price, product.is_public()), (&item.price, item.for_sale));
            }
        }
    }
}
