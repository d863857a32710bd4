//! `reserve-stock`, `settle-reservation`, `expire-reservations`.

use domain::events::{OrderEvent, ProductEvent, ReservationExpired, ReservationLost};
use domain::stock::ReservationStatus;
use domain::words::hold::{GRACE, HOLD};
use edge::Body;
use futures::future::join_all;

use super::*;

fn code<T>(result: Result<T, Problem>) -> (u16, String) {
    match result {
        Ok(_) => (200, String::new()),
        Err(problem) => (problem.status().as_u16(), problem.code().to_owned()),
    }
}

#[tokio::test]
async fn lines_are_priced_and_held() {
    let shop = shop_with(10).await;
    let held = shop.reserve(OrderId::from_parts(0, 7), &[("CUP-BLUE", 2), ("CUP-RED", 1)]).await.unwrap();
    insta::assert_json_snapshot!(held, @r#"
    {
      "order_id": "ord_00000000000000000000000007",
      "lines": [
        {
          "sku": "CUP-BLUE",
          "title": "Espresso cup, Blue",
          "quantity": 2,
          "unit_price": {
            "amount": 1450,
            "currency": "EUR"
          },
          "total": {
            "amount": 2900,
            "currency": "EUR"
          },
          "tax": {
            "amount": 503,
            "currency": "EUR"
          }
        },
        {
          "sku": "CUP-RED",
          "title": "Espresso cup, Red",
          "quantity": 1,
          "unit_price": {
            "amount": 1550,
            "currency": "EUR"
          },
          "total": {
            "amount": 1550,
            "currency": "EUR"
          },
          "tax": {
            "amount": 269,
            "currency": "EUR"
          }
        }
      ],
      "status": "held",
      "held_until": "2026-11-23T10:15:00Z"
    }
    "#);
    assert_eq!(shop.counters("CUP-BLUE").await, [8, 2, 0, 10]);
    assert_eq!(shop.counters("CUP-RED").await, [9, 1, 0, 10]);
}

#[tokio::test]
async fn each_refusal_holds_nothing() {
    let shop = shop_with(3).await;
    let short = shop.reserve(order(1), &[("CUP-BLUE", 1), ("CUP-RED", 4)]).await;
    assert_eq!(code(short), (409, "out_of_stock".to_owned()));
    let unknown = shop.reserve(order(1), &[("CUP-BLUE", 1), ("POT", 1)]).await;
    assert_eq!(code(unknown), (422, "unknown_sku".to_owned()));
    let dollars = shop.reserve_in(order(1), Currency::USD, lines(&[("CUP-BLUE", 1)])).await;
    assert_eq!(code(dollars), (422, "currency_mismatch".to_owned()));
    assert_eq!(shop.counters("CUP-BLUE").await, [3, 0, 0, 3], "all or nothing");

    shop.reserve(order(1), &[("CUP-BLUE", 1)]).await.unwrap();
    let other = shop.reserve(order(1), &[("CUP-BLUE", 2)]).await;
    assert_eq!(code(other), (422, "different_lines".to_owned()));
    let dollars = shop.reserve_in(order(1), Currency::USD, lines(&[("CUP-BLUE", 1)])).await;
    assert_eq!(
        code(dollars),
        (422, "currency_mismatch".to_owned()),
        "a repeated request cannot change the currency"
    );
    shop.deliver(&news(OrderEvent::Cancelled, order(1))).await.unwrap();
    let ended = shop.reserve(order(1), &[("CUP-BLUE", 1)]).await;
    assert_eq!(code(ended), (409, "reservation_ended".to_owned()));
    assert_eq!(shop.counters("CUP-BLUE").await, [3, 0, 0, 3]);
}

#[tokio::test]
async fn an_invalid_body_is_rejected() {
    let good = json!({ "order_id": order(1), "currency": "EUR", "lines": [{ "sku": "A", "quantity": 1 }] });
    assert!(ReserveStock::read(good.to_string().as_bytes(), "POST", &Default::default()).is_ok());
    let line = |quantity: Value| json!([{ "sku": "A", "quantity": quantity }]);
    for (field, bad) in [
        ("lines", line(json!(0))),
        ("lines", line(json!(-1))),
        ("lines", line(json!(9_223_372_036_854_775_808_u64))),
        ("lines", line(json!(1000))),
        ("lines", json!([])),
        ("lines", json!([{ "sku": "A", "quantity": 1 }, { "sku": "A", "quantity": 1 }])),
        ("lines", json!([{ "sku": "A", "quantity": 1, "price": 1 }])),
        ("lines", json!([{ "sku": "a", "quantity": 1 }])),
        ("currency", json!("XYZ")),
        ("order_id", json!("1")),
        ("price", json!(1)),
    ] {
        let mut body = good.clone();
        body[field] = bad;
        assert!(
            ReserveStock::read(body.to_string().as_bytes(), "POST", &Default::default()).is_err(),
            "{body}"
        );
    }
}

#[tokio::test]
async fn repeated_reservations_of_an_order_hold_once() {
    let shop = shop_with(10).await;
    let replies = join_all((0..10).map(|_| shop.reserve(order(1), &[("CUP-BLUE", 2)]))).await;
    let first = replies[0].as_ref().unwrap();
    assert!(replies.iter().all(|reply| reply.as_ref().unwrap() == first));
    shop.deliver(&news(OrderEvent::Confirmed, order(1))).await.unwrap();
    let sold = shop.reserve(order(1), &[("CUP-BLUE", 2)]).await.unwrap();
    assert_eq!(sold.status, ReservationStatus::Committed);
    assert_eq!(shop.counters("CUP-BLUE").await, [8, 0, 2, 10]);
}

#[tokio::test]
async fn twenty_customers_race_for_the_last_five() {
    let shop = shop_with(5).await;
    let replies = join_all((0..20).map(|number| {
        let shop = &shop;
        async move { code(shop.reserve(order(number), &[("CUP-BLUE", 1), ("CUP-RED", 1)]).await) }
    }))
    .await;
    let of = |status: u16| replies.iter().filter(|(found, _)| *found == status).count();
    assert_eq!((of(200), of(409)), (5, 15), "{replies:?}");
    assert!(replies.iter().all(|(_, code)| code.is_empty() || code == "out_of_stock"), "{replies:?}");
    assert_eq!(shop.counters("CUP-BLUE").await, [0, 5, 0, 5]);
    assert_eq!(shop.counters("CUP-RED").await, [0, 5, 0, 5]);
}

#[tokio::test]
async fn the_largest_order_fits_in_a_transaction() {
    let shop = shop().await;
    let mut shirt = product("shirt", "clothes", "S", "active");
    let skus: Vec<String> =
        (0..domain::words::line::MAX_LINES).map(|number| format!("SHIRT-{number}")).collect();
    shirt["variants"] = skus.iter().map(|sku| variant(sku, "One", 900)).collect();
    shop.create(shirt).await.unwrap();
    for sku in &skus {
        shop.adjust(sku, 6, sku).await.unwrap();
    }
    let all: Vec<(&str, u32)> = skus.iter().map(|sku| (sku.as_str(), 1)).collect();
    shop.reserve(order(1), &all).await.unwrap();
    assert_eq!(shop.outbox().await.len(), skus.len(), "one low-stock event per SKU");
    shop.deliver(&news(OrderEvent::Expired, order(1))).await.unwrap();
    shop.deliver(&news(OrderEvent::Confirmed, order(1))).await.unwrap();
    assert_eq!(shop.counters("SHIRT-39").await, [5, 0, 1, 6]);
}

#[tokio::test]
async fn a_paid_order_is_sold_once() {
    let shop = shop_with(10).await;
    shop.reserve(order(1), &[("CUP-BLUE", 2)]).await.unwrap();
    let paid = news(OrderEvent::Confirmed, order(1));
    for delivered in join_all((0..5).map(|_| shop.deliver(&paid))).await {
        delivered.unwrap();
    }
    shop.deliver(&news(OrderEvent::Confirmed, order(1))).await.unwrap();
    assert_eq!(shop.counters("CUP-BLUE").await, [8, 0, 2, 10]);
    for late in [OrderEvent::Cancelled, OrderEvent::Expired] {
        shop.deliver(&news(late, order(1))).await.unwrap();
    }
    assert_eq!(shop.counters("CUP-BLUE").await, [8, 0, 2, 10], "sold stays sold");
}

#[tokio::test]
async fn an_ended_order_releases_its_stock_once() {
    let shop = shop_with(10).await;
    for (number, ended) in [(1, OrderEvent::Cancelled as fn(_) -> _), (2, OrderEvent::Expired)] {
        shop.reserve(order(number), &[("CUP-BLUE", 2)]).await.unwrap();
        let ended = news(ended, order(number));
        for delivered in join_all((0..5).map(|_| shop.deliver(&ended))).await {
            delivered.unwrap();
        }
        assert_eq!(shop.counters("CUP-BLUE").await, [10, 0, 0, 10]);
    }
}

#[tokio::test]
async fn a_payment_after_the_release_takes_available_stock_or_loses_the_reservation() {
    let shop = shop_with(6).await;
    shop.reserve(order(1), &[("CUP-BLUE", 2)]).await.unwrap();
    shop.deliver(&news(OrderEvent::Expired, order(1))).await.unwrap();
    shop.deliver(&news(OrderEvent::Confirmed, order(1))).await.unwrap();
    assert_eq!(shop.counters("CUP-BLUE").await, [4, 0, 2, 6]);

    shop.reserve(order(2), &[("CUP-BLUE", 3)]).await.unwrap();
    shop.deliver(&news(OrderEvent::Expired, order(2))).await.unwrap();
    shop.reserve(order(3), &[("CUP-BLUE", 2)]).await.unwrap();
    shop.deliver(&news(OrderEvent::Confirmed, order(2))).await.unwrap();
    assert_eq!(shop.counters("CUP-BLUE").await, [2, 2, 2, 6]);
    shop.adjust("CUP-BLUE", 5, "delivery").await.unwrap();
    shop.deliver(&news(OrderEvent::Confirmed, order(2))).await.unwrap();
    shop.deliver(&news(OrderEvent::Cancelled, order(2))).await.unwrap();
    assert_eq!(shop.counters("CUP-BLUE").await, [7, 2, 2, 11], "a lost reservation stays lost");
    let lost = Event::Product(ProductEvent::ReservationLost(ReservationLost { order_id: order(2) }));
    assert_eq!(shop.outbox().await.iter().filter(|event| **event == lost).count(), 1);
}

/// The confirmation of the order was lost, or comes later.
#[tokio::test]
async fn a_paid_order_requests_its_released_stock_once() {
    let shop = shop_with(6).await;
    shop.reserve(order(1), &[("CUP-BLUE", 2)]).await.unwrap();
    shop.expire(HOLD + GRACE).await.unwrap();
    assert_eq!(shop.counters("CUP-BLUE").await, [6, 0, 0, 6]);
    for _ in 0..2 {
        shop.deliver(&news(OrderEvent::StockRequested, order(1))).await.unwrap();
        shop.deliver(&news(OrderEvent::Confirmed, order(1))).await.unwrap();
        assert_eq!(shop.counters("CUP-BLUE").await, [4, 0, 2, 6]);
    }
}

#[tokio::test]
async fn an_event_without_a_reservation_is_an_error() {
    let shop = shop_with(6).await;
    for event in [OrderEvent::Confirmed as fn(_) -> _, OrderEvent::Cancelled, OrderEvent::Expired] {
        let failed = shop.deliver(&news(event, order(9))).await.unwrap_err().to_string();
        assert_eq!(failed, format!("the order {} has no reservation", order(9)));
    }
    let other = ProductEvent::ReservationExpired(ReservationExpired { order_id: order(9) });
    assert!(shop.deliver(&Cause::new("products").envelope(other, now())).await.is_err());
}

#[tokio::test]
async fn unsettled_stock_is_released_after_the_grace_period() {
    let shop = shop_with(10).await;
    for number in 1..=9 {
        shop.reserve(order(number), &[("CUP-BLUE", 1)]).await.unwrap();
    }
    shop.deliver(&news(OrderEvent::Confirmed, order(9))).await.unwrap();
    shop.expire(HOLD + GRACE - SignedDuration::from_millis(1)).await.unwrap();
    assert_eq!(shop.counters("CUP-BLUE").await, [1, 8, 1, 10], "not before its time");
    let before = shop.outbox().await.len();

    shop.expire(HOLD + GRACE).await.unwrap();
    shop.expire(HOLD + GRACE).await.unwrap();
    assert_eq!(shop.counters("CUP-BLUE").await, [9, 0, 1, 10]);
    let outbox = shop.outbox().await;
    assert_eq!(outbox.len() - before, 8, "one event per reservation");
    for number in 1..=8 {
        assert!(outbox.contains(&Event::Product(ProductEvent::ReservationExpired(ReservationExpired {
            order_id: order(number)
        }))));
    }
    // The order service then expires its order and publishes that; or the order was paid after all.
    shop.deliver(&news(OrderEvent::Expired, order(1))).await.unwrap();
    shop.deliver(&news(OrderEvent::Confirmed, order(2))).await.unwrap();
    assert_eq!(shop.counters("CUP-BLUE").await, [8, 0, 2, 10]);
}

#[tokio::test]
async fn a_price_with_a_field_of_a_newer_version_can_be_ordered() {
    let shop = shop_with(10).await;
    let update = shop.engine.client().update_item().table_name(shop.engine.name());
    let text = |text: &str| aws_sdk_dynamodb::types::AttributeValue::S(text.to_owned());
    let update = update.key("pk", text("STOCK#CUP-BLUE")).key("sk", text("STOCK"));
    let update = update.update_expression("SET price.per_unit = :unit");
    update.expression_attribute_values(":unit", text("piece")).send().await.unwrap();
    shop.reserve(order(1), &[("CUP-BLUE", 2)]).await.unwrap();
    assert_eq!(shop.counters("CUP-BLUE").await, [8, 2, 0, 10]);
}
