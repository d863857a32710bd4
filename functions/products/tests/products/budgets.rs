//! The budget of each operation: DynamoDB's read and write units, and requests. A change here changes the bill.

use domain::events::OrderEvent;
use edge::{Anyone, NoBody};
use products::catalogue::{get_product, list_products};

use super::*;

#[tokio::test]
async fn the_catalogue_keeps_to_its_budget() {
    let shop = shop().await;
    let used = || shop.engine.used();
    used();
    let keyed = |key: &str| {
        Call::new(staff(), parsed::<NewProduct>(cups()), now()).with_header("idempotency-key", key)
    };
    let made = create_product(shop.products.clone(), keyed("k")).await.unwrap().body().unwrap().clone();
    assert_eq!(used(), "0 read, 18 written: TransactWriteItems", "create-product: two variants, with a key");
    create_product(shop.products.clone(), keyed("k")).await.unwrap();
    assert_eq!(
        used(),
        "1 read, 0 written: GetItem, TransactWriteItems",
        "create-product: the same request again"
    );
    shop.create(product("tray", "kitchen", "TRAY", "draft")).await.unwrap();
    assert_eq!(
        used(),
        "0 read, 12 written: TransactWriteItems",
        "create-product: one variant, a draft, without a key"
    );
    shop.create(cups()).await.unwrap_err();
    assert_eq!(used(), "0 read, 0 written: TransactWriteItems", "create-product: a taken slug");

    let shown = |name: &str| {
        let call = Call::new(Anyone, NoBody, now()).with_path("product_id", name);
        get_product(shop.products.clone(), call)
    };
    shown(&made.product_id.to_string()).await.unwrap();
    assert_eq!(used(), "3 read, 0 written: BatchGetItem, GetItem", "get-product: by id, two variants");
    shown("espresso-cup").await.unwrap();
    assert_eq!(used(), "4 read, 0 written: BatchGetItem, 2 GetItem", "get-product: by slug");
    shown("teapot").await.unwrap_err();
    assert_eq!(used(), "1 read, 0 written: GetItem", "get-product: an unknown slug");
    for query in ["", "category=kitchen", "category=garden"] {
        let call = Call::new(Anyone, NoBody, now()).with_query(query).unwrap();
        list_products(shop.products.clone(), call).await.unwrap();
        assert_eq!(used(), "0.5 read, 0 written: Query", "list-products: {query}");
    }

    shop.adjust("CUP-BLUE", 9, "k").await.unwrap();
    assert_eq!(used(), "2 read, 9 written: 2 GetItem, TransactWriteItems", "adjust-stock");
    shop.adjust("CUP-BLUE", 9, "k").await.unwrap();
    assert_eq!(used(), "2 read, 0 written: 2 GetItem", "adjust-stock: the same request again");
    shop.adjust("CUP-BLUE", -10, "l").await.unwrap_err();
    assert_eq!(used(), "2 read, 0 written: 2 GetItem", "adjust-stock: more than is available");
    shop.adjust("CUP-BLUE", -4, "m").await.unwrap();
    assert_eq!(used(), "2 read, 11 written: 2 GetItem, TransactWriteItems", "adjust-stock: low stock");
}

#[tokio::test]
async fn reservations_keep_to_their_budget() {
    let shop = shop_with(20).await;
    let used = || shop.engine.used();
    used();
    let two = [("CUP-BLUE", 2), ("CUP-RED", 1)];
    for number in 1..=3 {
        shop.reserve(order(number), &two).await.unwrap();
        assert_eq!(
            used(),
            "3 read, 7 written: BatchGetItem, GetItem, TransactWriteItems",
            "reserve-stock: two lines"
        );
    }
    shop.reserve(order(1), &two).await.unwrap();
    assert_eq!(used(), "1 read, 0 written: GetItem", "reserve-stock: the same request again");
    shop.reserve(order(4), &[("CUP-BLUE", 50), ("CUP-RED", 1)]).await.unwrap_err();
    assert_eq!(used(), "3 read, 0 written: BatchGetItem, GetItem", "reserve-stock: out of stock");

    let paid = news(OrderEvent::Confirmed, order(1));
    shop.deliver(&paid).await.unwrap();
    assert_eq!(used(), "1 read, 7 written: GetItem, TransactWriteItems", "settle-reservation: paid");
    shop.deliver(&paid).await.unwrap();
    assert_eq!(used(), "1 read, 0 written: GetItem", "settle-reservation: the same event again");
    shop.deliver(&news(OrderEvent::Cancelled, order(2))).await.unwrap();
    assert_eq!(used(), "1 read, 7 written: GetItem, TransactWriteItems", "settle-reservation: cancelled");
    shop.deliver(&news(OrderEvent::Confirmed, order(2))).await.unwrap();
    assert_eq!(
        used(),
        "3 read, 6 written: BatchGetItem, GetItem, TransactWriteItems",
        "settle-reservation: paid after its release"
    );

    for number in 10..15 {
        shop.reserve(order(number), &[("CUP-RED", 1)]).await.unwrap();
    }
    drop(used());
    let batch: Vec<_> = (10..15).map(|number| news(OrderEvent::Confirmed, order(number))).collect();
    assert!(shop.deliver_all(&batch).await.iter().all(Result::is_ok));
    assert_eq!(
        used(),
        "5 read, 17 written: BatchGetItem, TransactWriteItems",
        "settle-reservation: a batch of five, of one line each"
    );
    assert!(shop.deliver_all(&batch).await.iter().all(Result::is_ok));
    assert_eq!(used(), "10 read, 0 written: BatchGetItem, 5 GetItem", "settle-reservation: the batch again");

    let overdue = domain::words::hold::HOLD + domain::words::hold::GRACE;
    shop.expire(overdue).await.unwrap();
    assert_eq!(
        used(),
        "3 read, 9 written: GetItem, 4 Query, TransactWriteItems",
        "expire-reservations: one of two lines"
    );
    shop.expire(overdue).await.unwrap();
    assert_eq!(used(), "2 read, 0 written: 4 Query", "expire-reservations: nothing due");
}
