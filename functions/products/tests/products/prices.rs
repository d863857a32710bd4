//! `change-price`, `get-price-history`, and prices that a reservation expects.

use domain::catalogue::PriceChange;
use domain::stock::ExpectedPrice;
use edge::{Anyone, NoBody, Reply};
use futures::future::join_all;
use products::catalogue::change_price::{ChangePrice, NewPrice};
use products::catalogue::{change_price, get_price_history, get_product, list_products};

use super::*;

const SKU: &str = "CUP-BLUE";

fn eur(amount: i64) -> Money {
    Money::new(amount, Currency::EUR).unwrap()
}

fn day(number: i32) -> Timestamp {
    now() + SignedDuration::from_hours(24) * number
}

fn price(amount: i64) -> Value {
    json!({ "price": { "amount": amount, "currency": "EUR" } })
}

fn sale(amount: i64, reduced: i64, until: Timestamp) -> Value {
    json!({
        "price": { "amount": amount, "currency": "EUR" },
        "sale": { "price": { "amount": reduced, "currency": "EUR" }, "until": until },
    })
}

impl Shop {
    async fn reprice_at(&self, now: Timestamp, key: &str, body: Value) -> Result<NewPrice, Problem> {
        let call = Call::new(staff(), parsed::<ChangePrice>(body), now);
        let call = call.with_path("sku", SKU).with_header("idempotency-key", key);
        let reply = change_price(self.products.clone(), call).await?;
        assert_eq!(reply, Reply::created_unseen(reply.body().unwrap().clone()));
        Ok(reply.body().unwrap().clone())
    }

    pub async fn reprice(&self, key: &str, body: Value) -> Result<NewPrice, Problem> {
        self.reprice_at(now(), key, body).await
    }

    async fn prices(&self, sku: &str, query: &str) -> Result<(Vec<PriceChange>, Option<String>), Problem> {
        let call = Call::new(staff(), NoBody, now()).with_path("sku", sku).with_query(query)?;
        let reply = get_price_history(self.products.clone(), call).await?;
        let list = reply.body().unwrap();
        Ok((list.items.clone(), list.next_cursor.clone()))
    }

    async fn reserve_at(
        &self,
        now: Timestamp,
        number: u64,
        expected: Vec<ExpectedPrice>,
    ) -> Result<Reservation, Problem> {
        let caller = Service { arn: "arn:aws:sts::000000000000:assumed-role/place-order/1".to_owned() };
        let (order_id, lines) = (order(number), lines(&[(SKU, 2)]));
        let body = ReserveStock { order_id, currency: Currency::EUR, lines, expected };
        Ok(reserve_stock(self.products.clone(), Call::new(caller, body, now)).await?.body().unwrap().clone())
    }

    /// Returns a variant as customers see it: in the list, and by itself.
    async fn offered(&self, now: Timestamp) -> [Value; 2] {
        let call = Call::new(Anyone, NoBody, now).with_query("").unwrap();
        let listed = list_products(self.products.clone(), call).await.unwrap();
        let call = Call::new(Anyone, NoBody, now).with_path("product_id", "espresso-cup");
        let shown = get_product(self.products.clone(), call).await.unwrap();
        let listed = serde_json::to_value(&listed.body().unwrap().items[0].variants[0]).unwrap();
        [listed, serde_json::to_value(&shown.body().unwrap().variants[0]).unwrap()]
    }
}

fn expected(amount: i64) -> Vec<ExpectedPrice> {
    vec![ExpectedPrice { sku: sku(SKU), unit_price: eur(amount) }]
}

#[tokio::test]
async fn a_reduction_is_shown_with_the_lowest_price_of_30_days() {
    let shop = shop_with(10).await;
    shop.reprice_at(day(10), "a", price(1290)).await.unwrap();
    shop.reprice_at(day(20), "b", price(1450)).await.unwrap();
    let reduced = shop.reprice_at(day(25), "c", sale(1450, 1160, day(32))).await.unwrap();
    assert_eq!((reduced.effective, reduced.lowest_30_days), (eur(1160), Some(eur(1290))));
    for variant in shop.offered(day(31)).await {
        assert_eq!(variant["price"]["amount"], 1450);
        assert_eq!(variant["sale"]["price"]["amount"], 1160);
        assert_eq!(variant["sale"]["lowest_30_days"]["amount"], 1290, "so -10 % is shown, not -20 %");
    }
    for variant in shop.offered(day(32)).await {
        assert_eq!(variant.get("sale"), None, "it has ended");
    }
}

#[tokio::test]
async fn a_reservation_charges_the_price_of_its_time() {
    let shop = shop_with(10).await;
    shop.reprice("a", sale(1500, 1160, day(1))).await.unwrap();
    let unit = |held: Reservation| held.lines[0].unit_price;
    assert_eq!(unit(shop.reserve_at(now(), 1, Vec::new()).await.unwrap()), eur(1160));
    assert_eq!(unit(shop.reserve_at(day(1), 2, Vec::new()).await.unwrap()), eur(1500));
    shop.reprice_at(day(2), "b", price(1450)).await.unwrap();
    assert_eq!(unit(shop.reserve_at(day(2), 3, Vec::new()).await.unwrap()), eur(1450));
}

#[tokio::test]
async fn another_price_than_expected_holds_nothing() {
    let shop = shop_with(10).await;
    shop.reprice("a", price(1500)).await.unwrap();
    let refused = shop.reserve_at(now(), 1, expected(1450)).await.unwrap_err();
    assert_eq!((refused.status().as_u16(), refused.code()), (409, "price_changed"));
    assert_eq!(shop.counters(SKU).await, [10, 0, 0, 10]);
    shop.reserve_at(now(), 1, expected(1500)).await.unwrap();
    shop.reprice("b", price(1600)).await.unwrap();
    shop.reserve_at(now(), 1, expected(1500)).await.unwrap();
    let refused = shop.reserve_at(now(), 1, expected(1600)).await.unwrap_err();
    assert_eq!(refused.code(), "different_lines", "pieces are held, at another price");
    assert_eq!(shop.counters(SKU).await, [8, 2, 0, 10]);
}

#[tokio::test]
async fn a_repeated_request_changes_nothing() {
    let shop = shop_with(1).await;
    let first = shop.reprice("a", price(1500)).await.unwrap();
    shop.reprice("b", price(1600)).await.unwrap();
    assert_eq!(
        shop.reprice_at(now() + SignedDuration::from_hours(23), "a", price(1500)).await.unwrap(),
        first
    );
    assert_eq!(shop.reprice("a", price(1501)).await.unwrap_err().code(), "idempotency_key_reused");
    assert_eq!(shop.item(SKU).await.price, eur(1600));
    shop.reprice("c", price(1600)).await.unwrap();
    assert_eq!(shop.prices(SKU, "").await.unwrap().0.len(), 2, "the same price is not a change");
    let acted = shop.acted().await;
    assert_eq!(acted.iter().filter(|act| act.starts_with("change-price prd_")).count(), 2, "{acted:?}");
}

#[tokio::test]
async fn the_history_of_a_price_is_listed_newest_first() {
    let shop = shop_with(1).await;
    assert_eq!(shop.prices(SKU, "").await.unwrap(), (Vec::new(), None));
    shop.reprice_at(day(1), "a", price(1500)).await.unwrap();
    shop.reprice_at(day(2), "b", sale(1500, 1400, day(3))).await.unwrap();
    let (changes, _) = shop.prices(SKU, "").await.unwrap();
    insta::assert_json_snapshot!(changes[0], { ".change_id" => "chg", ".changed_by" => "usr" }, @r#"
    {
      "change_id": "chg",
      "sku": "CUP-BLUE",
      "before": {
        "price": {
          "amount": 1500,
          "currency": "EUR"
        }
      },
      "after": {
        "price": {
          "amount": 1500,
          "currency": "EUR"
        },
        "sale": {
          "price": {
            "amount": 1400,
            "currency": "EUR"
          },
          "since": "2026-11-25T10:00:00Z",
          "until": "2026-11-26T10:00:00Z",
          "lowest_30_days": {
            "amount": 1450,
            "currency": "EUR"
          }
        }
      },
      "changed_by": "usr",
      "valid_from": "2026-11-25T10:00:00Z"
    }
    "#);
    assert_eq!(changes[1].before.price, eur(1450));
    let (page, cursor) = shop.prices(SKU, "limit=1").await.unwrap();
    assert_eq!(page, changes[..1]);
    let rest = shop.prices(SKU, &format!("limit=1&cursor={}", cursor.unwrap())).await.unwrap();
    assert_eq!(rest, (changes[1..].to_vec(), None));
    assert_eq!(shop.prices("TEAPOT", "").await.unwrap_err().code(), "sku_not_found");
    assert_eq!(shop.prices(SKU, "cursor=x").await.unwrap_err().code(), "bad_cursor");
}

#[tokio::test]
async fn each_refusal() {
    let shop = shop_with(1).await;
    for (body, status, code) in [
        (price(0), 422, "free_of_charge"),
        (sale(1450, 1450, day(1)), 422, "sale_not_lower"),
        (sale(1450, 1451, day(1)), 422, "sale_not_lower"),
        (sale(1450, 0, day(1)), 422, "free_of_charge"),
        (sale(1450, 1160, now()), 422, "sale_ended"),
        (json!({ "price": { "amount": 1, "currency": "USD" } }), 422, "mixed_currencies"),
    ] {
        let refused = shop.reprice("a", body.clone()).await.unwrap_err();
        assert_eq!((refused.status().as_u16(), refused.code()), (status, code), "{body}");
    }
    let call = Call::new(staff(), parsed::<ChangePrice>(price(1)), now());
    let call = call.with_path("sku", "TEAPOT").with_header("idempotency-key", "a");
    let refused = change_price(shop.products.clone(), call).await.unwrap_err();
    assert_eq!((refused.status().as_u16(), refused.code()), (404, "sku_not_found"));
    let call = Call::new(staff(), parsed::<ChangePrice>(price(1)), now()).with_path("sku", SKU);
    let refused = change_price(shop.products.clone(), call).await.unwrap_err();
    assert_eq!(refused.status().as_u16(), 400, "no key");
    assert_eq!(shop.prices(SKU, "").await.unwrap().0, [], "nothing has changed");
}

/// In every race the order has the price before or the price after, whole.
#[tokio::test]
async fn no_order_mixes_prices() {
    let shop = shop_with(1_000).await;
    for number in 0..100 {
        let (dear, cheap) = (2_000 + number, 1_000 + number);
        let key = number.to_string();
        let order = u64::try_from(number).unwrap();
        shop.reprice(&format!("before-{key}"), sale(dear, cheap, day(1))).await.unwrap();
        let (repriced, adjusted, held) = tokio::join!(
            shop.reprice(&key, sale(dear + 1_000, cheap + 1_000, day(1))),
            shop.adjust(SKU, 2, &key),
            shop.reserve_at(now(), order, Vec::new()),
        );
        repriced.unwrap();
        adjusted.unwrap();
        let line = held.unwrap().lines.remove(0);
        assert!([cheap, cheap + 1_000].contains(&line.unit_price.amount()), "{line:?}");
        assert_eq!(line.total.amount(), 2 * line.unit_price.amount());
        assert_eq!(line.tax, line.total.tax_included(shop.item(SKU).await.tax_rate));
    }
    assert_eq!(shop.counters(SKU).await, [1_000, 200, 0, 1_200]);
}

/// Members of the staff who price one SKU at the same time: one after the other, each after the price that is there.
#[tokio::test]
async fn prices_that_are_changed_concurrently_follow_each_other() {
    let shop = shop_with(1).await;
    let changes = (0..4).map(|number| {
        let shop = &shop;
        async move { shop.reprice(&number.to_string(), price(1_000 + number)).await.map(drop) }
    });
    for outcome in join_all(changes).await {
        outcome.unwrap();
    }
    let (mut changes, _) = shop.prices(SKU, "").await.unwrap();
    assert_eq!(changes.len(), 4);
    // They have one time, so their ids do not tell their order: each begins where another ends.
    let mut current = eur(1450);
    while let Some(next) = changes.iter().position(|change| change.before.price == current) {
        current = changes.swap_remove(next).after.price;
    }
    assert_eq!((changes, current), (Vec::new(), shop.item(SKU).await.price));
}

#[tokio::test]
async fn changing_a_price_keeps_to_its_budget() {
    let shop = shop_with(1).await;
    drop(shop.engine.used());
    shop.reprice("a", price(1500)).await.unwrap();
    assert_eq!(shop.engine.used(), "3 read, 17 written: 3 GetItem, TransactWriteItems");
    shop.reprice("b", sale(1500, 1400, day(1))).await.unwrap();
    assert_eq!(shop.engine.used(), "4 read, 17 written: 3 GetItem, Query, TransactWriteItems");
    for number in 0..120 {
        shop.reprice_at(
            now() + SignedDuration::from_secs(number),
            &format!("many-{number}"),
            price(2_000 + number),
        )
        .await
        .unwrap();
    }
    drop(shop.engine.used());
    shop.reprice_at(day(2), "c", sale(1500, 1400, day(3))).await.unwrap();
    assert_eq!(
        shop.engine.used(),
        "16 read, 17 written: 3 GetItem, 7 Query, TransactWriteItems",
        "after 122 changes of a day"
    );
    shop.reprice_at(day(40), "d", sale(1500, 1400, day(50))).await.unwrap();
    assert_eq!(
        shop.engine.used(),
        "5 read, 17 written: 3 GetItem, Query, TransactWriteItems",
        "a month after them"
    );
    shop.prices(SKU, "").await.unwrap();
    assert_eq!(shop.engine.used(), "2 read, 0 written: Query");
}
