//! Files that change products whose stock is in shards.

use crate::stock::{MAX_SHARDS_OF_PRODUCT, Policy, Shards};

use super::*;

impl Shop {
    /// Spreads the stock of a SKU.
    fn spread(&mut self, name: &str, shards: u8) {
        let stock = self.stock.iter_mut().find(|stock| stock.item.sku == sku(name)).unwrap();
        let policy = Policy { shards: Shards::try_new(shards).unwrap(), ..stock.policy() };
        let even = stock.set_policy(policy).unwrap().unwrap().after;
        let transfers = even.level_out();
        let movements = transfers.iter().flat_map(|transfer| even.movements(*transfer));
        *stock = movements.fold(even.clone(), |stock, movement| stock.after(&movement).unwrap());
        let product = self.product.as_ref().unwrap();
        self.product = Some(product.with_shards(&sku(name), shards).unwrap());
    }
}

#[test]
fn a_price_raises_the_version_of_all_shards_and_pieces_are_taken_from_those_that_have_them() {
    let mut shop = shop(vec![delta(variant("BLUE", eur(1450)), 20), variant("RED", eur(1450))]);
    shop.spread("BLUE", 4);
    shop.adjusted.clear();
    let delivery = shop.import(&part(vec![delta(variant("BLUE", eur(1450)), 2)]));
    assert_eq!(delivery.writes(), 2, "what arrives is in the SKU's own row");
    shop.adjusted.clear();
    let plan = shop.import(&part(vec![delta(variant("BLUE", eur(1500)), -7)]));
    assert_eq!(plan.writes(), 2 + 5 + 2, "a transaction writes a row once");
    let of_blue = &plan.stock[&sku("BLUE")];
    assert_eq!((of_blue.movements.len(), &of_blue.event), (2, &None));
    let blue = shop.stock("BLUE");
    let terms: Vec<u64> = blue.shards.iter().map(|shard| shard.terms).collect();
    assert_eq!((terms, blue.item.spread.as_ref().unwrap().terms), (vec![2; 4], 2));
    assert_eq!((blue.total().available, blue.item.price), (15, eur(1500)));
    shop.adjusted.clear();
    let plan = shop.plan(&part(vec![delta(variant("BLUE", eur(1500)), -16)]));
    assert_eq!(failures(&plan), [(2, "stock_delta", "stock_below_zero")]);
    let renamed = FileProduct { title: title("Mug"), ..cup() };
    let plan = shop.import(&part_of(renamed, vec![variant("BLUE", eur(1500))]));
    assert_eq!(plan.writes(), 2 + 5 + 1);
    assert!(shop.stock("BLUE").shards.iter().all(|shard| shard.terms == 3));
}

#[test]
fn of_a_product_with_all_its_variants_and_shards_one_row_fits_into_a_transaction() {
    let mut shop = Shop::default();
    for number in 0..5 {
        let of = |index: usize| delta(variant(&format!("V{number}{index}"), eur(1450)), 20);
        shop.import(&part((0..10).map(of).collect()));
    }
    shop.spread("V10", 32);
    shop.spread("V11", MAX_SHARDS_OF_PRODUCT - 32);
    shop.adjusted.clear();
    let all = |index: usize| delta(variant(&format!("V0{index}"), eur(1500)), -18);
    let renamed = FileProduct { title: title("Mug"), ..cup() };
    let part = part_of(renamed, (0..10).map(all).collect());
    assert_eq!(shop.plan(&part).writes(), 2 + 50 + 40 + 3 * 10);
    assert_eq!(shop.plan(&part.split_at(1).0).writes(), 2 + 50 + 40 + 3);
}

#[test]
fn a_part_is_divided_after_its_wrong_rows() {
    let wrong = RowFailure::of(Place::row(9), Field::Price, &Fault::MissingValue);
    let one = part(vec![variant("A", eur(1)), variant("B", eur(1))]);
    let whole = Part { failures: vec![wrong], ..one };
    for rows in 0..=4 {
        let (first, rest) = whole.split_at(rows);
        assert_eq!((first.rows(), rest.rows()), (rows.min(3), 3_usize.saturating_sub(rows)));
        assert_eq!([first.failures, rest.failures].concat(), whole.failures);
        assert_eq!([first.variants, rest.variants].concat(), whole.variants);
        assert_eq!((first.product, rest.product), (whole.product.clone(), whole.product.clone()));
    }
}
