//! `process-payment`.

mod capturing;
mod interruptions;
mod lateness;
mod refunding;
mod reowned;
mod reports;

use domain::events::{Envelope, Event, OrderEvent};
use domain::payments::ledger::{Account, balance};
use domain::payments::{Payment, PaymentStatus};
use serde_json::json;

use crate::fixture::{Shop, cancelled, confirmed, expired, out_of_stock, placed, refund_requested};

#[tokio::test]
async fn a_good_card_is_charged_once() {
    let shop = Shop::open().await;
    shop.hear(&placed("pm_card_visa")).await.unwrap();
    let payment = shop.payment().await;
    assert_eq!(payment.status, PaymentStatus::Captured);
    assert_eq!(payment.captured, payment.amount);
    insta::assert_json_snapshot!(shop.events().await, {
        "[].id" => "[event]",
        "[].data.attempt_id" => "[attempt]",
    }, @r#"
    [
      {
        "correlationid": "request",
        "data": {
          "amount": {
            "amount": 3690,
            "currency": "EUR"
          },
          "attempt_id": "[attempt]",
          "order_id": "ord_00000000010000000000000001",
          "payment_id": "pay_0CEMEQ8841WK6ED82NFBPJWHTR",
          "user_id": "usr_00000000010000000000000001"
        },
        "datacontenttype": "application/json",
        "id": "[event]",
        "source": "/bodega/payments",
        "specversion": "1.0",
        "subject": "pay_0CEMEQ8841WK6ED82NFBPJWHTR",
        "time": "2026-11-23T10:00:00Z",
        "type": "bodega.payment.captured.v1"
      }
    ]
    "#);
    let postings = shop.postings().await;
    assert_eq!(postings.len(), 1);
    assert_eq!(balance(Account::GatewayReceivable, &postings), 3_690);
    assert_eq!(balance(Account::CustomerOrders, &postings), -3_690);
    assert_eq!(shop.bank.holds(), 3_690);
}

#[tokio::test]
async fn an_uncaptured_payment_has_its_status_and_event() {
    for (token, status, decline_code) in [
        ("pm_card_visa_chargeDeclined", PaymentStatus::Failed, Some("generic_decline")),
        ("pm_card_chargeDeclinedInsufficientFunds", PaymentStatus::Failed, Some("insufficient_funds")),
        ("pm_card_unheardOf", PaymentStatus::Failed, Some("resource_missing")),
        ("pm_card_authenticationRequired", PaymentStatus::ActionRequired, None),
    ] {
        let shop = Shop::open().await;
        shop.hear(&placed(token)).await.unwrap();
        let payment = shop.payment().await;
        assert_eq!((payment.status, payment.decline_code.as_deref()), (status, decline_code), "{token}");
        let events = shop.events().await;
        assert_eq!(events.len(), 1, "{token}");
        assert_eq!(events[0]["data"]["decline_code"], json!(decline_code), "{token}");
        assert_eq!(shop.bank.holds(), 0, "{token}");
        assert!(shop.postings().await.is_empty(), "{token}");
    }
}

#[tokio::test]
async fn a_timeout_is_unknown_and_never_charged_twice() {
    for token in ["pm_sandbox_timeoutBeforeCharge", "pm_sandbox_timeoutAfterCharge"] {
        let shop = Shop::open().await;
        let order = placed(token);
        assert!(shop.hear(&order).await.is_err(), "{token}: the message is redelivered");
        assert_eq!(shop.payment().await.status, PaymentStatus::Pending, "{token}");
        assert!(shop.events().await.is_empty(), "{token}: no event without an outcome");
        for _ in 0..3 {
            shop.hear(&order).await.unwrap();
        }
        assert_eq!(shop.payment().await.status, PaymentStatus::Captured, "{token}");
        assert_eq!(shop.bank.charges(), 1, "{token}");
        assert_eq!(shop.bank.holds(), 3_690, "{token}");
        assert_eq!(shop.events().await.len(), 1, "{token}");
    }
}

#[tokio::test]
async fn an_order_that_ends_after_a_timeout_keeps_no_money() {
    for token in ["pm_sandbox_timeoutBeforeCharge", "pm_sandbox_timeoutAfterCharge"] {
        for end in [cancelled(), expired()] {
            let shop = Shop::open().await;
            let order = placed(token);
            assert!(shop.hear(&order).await.is_err(), "{token}");
            shop.hear(&end).await.unwrap();
            let ended = shop.assert_settled_to_nothing(token).await;
            shop.hear(&order).await.unwrap();
            assert_eq!(shop.payment().await, ended, "{token}: nothing is left to do");
        }
    }
}

/// All sequences of an order's events, each event once and twice.
#[tokio::test]
async fn an_ended_order_keeps_no_money_in_any_sequence_of_events() {
    let tokens = ["pm_card_visa", "pm_card_visa_chargeDeclined", "pm_card_authenticationRequired"];
    for token in tokens {
        for end in [cancelled(), expired()] {
            let start = placed(token);
            let (s, e) = (&start, &end);
            let started_first = [
                vec![s, e],
                vec![s, s, e],
                vec![s, e, e],
                vec![s, e, s],
                vec![s, s, e, e],
                vec![s, e, s, e],
                vec![s, e, e, s],
            ];
            let ended_first = [
                vec![e, s],
                vec![e, e, s],
                vec![e, s, s],
                vec![e, s, e],
                vec![e, e, s, s],
                vec![e, s, e, s],
                vec![e, s, s, e],
            ];
            // Whether money was captured in between depends on which event came first, and on nothing else.
            for sequences in [started_first, ended_first] {
                let mut finals: Vec<Payment> = Vec::new();
                for sequence in sequences {
                    let shop = Shop::open().await;
                    for event in sequence {
                        shop.hear(event).await.unwrap();
                    }
                    finals.push(shop.assert_settled_to_nothing(token).await);
                }
                assert!(finals.iter().all(|payment| *payment == finals[0]), "{token}: {finals:#?}");
            }
        }
    }
}

#[tokio::test]
async fn concurrent_deliveries_charge_once_and_refund_once() {
    let shop = Shop::open().await;
    let (start, end) = (placed("pm_card_visa"), cancelled());
    let delivered =
        futures::future::join_all([&start, &end, &start, &end, &start].map(|event| shop.hear(event))).await;
    assert!(delivered.iter().all(Result::is_ok), "{delivered:?}");
    shop.assert_settled_to_nothing("pm_card_visa").await;
    assert!(shop.bank.charges() <= 1);
}

#[tokio::test]
async fn a_payment_of_an_out_of_stock_order_is_refunded() {
    let shop = Shop::open().await;
    for event in [placed("pm_card_visa"), out_of_stock(), out_of_stock()] {
        shop.hear(&event).await.unwrap();
    }
    shop.assert_settled_to_nothing("pm_card_visa").await;
    assert_eq!(shop.payment().await.status, PaymentStatus::Refunded);
}

/// The order service received the capture after the order's end, which this service received before, after or never.
#[tokio::test]
async fn a_requested_refund_is_made_once() {
    let (start, end, back) = (placed("pm_card_visa"), cancelled(), refund_requested());
    for events in [
        vec![&start, &back],
        vec![&start, &back, &back],
        vec![&start, &end, &back],
        vec![&start, &back, &end],
    ] {
        let shop = Shop::open().await;
        for event in &events {
            shop.hear(event).await.unwrap();
        }
        let payment = shop.assert_settled_to_nothing("asked back").await;
        assert_eq!((payment.status, shop.bank.refunds()), (PaymentStatus::Refunded, 1));
        let events = shop.events().await;
        let mut kinds: Vec<_> = events.iter().filter_map(|event| event["type"].as_str()).collect();
        kinds.sort_unstable();
        assert_eq!(kinds, ["bodega.payment.captured.v1", "bodega.refund.succeeded.v1"], "one mail");
    }
}

#[tokio::test]
async fn an_event_of_another_queue_is_an_error() {
    let shop = Shop::open().await;
    let refused = shop.hear(&confirmed()).await.unwrap_err();
    assert_eq!(refused.to_string(), "this consumer does not handle events of type bodega.order.confirmed.v1");
}

#[test]
fn the_sample_event_is_a_placed_order() {
    let sample = include_str!("../../../../../events/process-payment.json");
    let batch: serde_json::Value = serde_json::from_str(sample).unwrap();
    let envelope: Envelope = serde_json::from_str(batch["Records"][0]["body"].as_str().unwrap()).unwrap();
    assert!(matches!(envelope.event, Event::Order(OrderEvent::Placed(_))));
}
