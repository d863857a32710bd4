//! Rows written by a newer version.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::payments::PaymentStatus;
use serde_json::{Value, json};
use store::Key;

use crate::fixture::bank::{Asked, Moment};
use crate::fixture::{Shop, cancelled, payment_id, placed};

impl Shop {
    /// Sets an attribute of the payment's row, as a newer version would.
    async fn set(&self, attribute: &str, value: &str) {
        let text = |value: &str| AttributeValue::S(value.to_owned());
        let update = self.engine.client().update_item().table_name(self.engine.name());
        update
            .key("pk", text(&format!("PAYMENT#{}", payment_id())))
            .key("sk", text("PAYMENT"))
            .update_expression("SET #attribute = :value")
            .expression_attribute_names("#attribute", attribute)
            .expression_attribute_values(":value", text(value))
            .send()
            .await
            .unwrap();
    }

    async fn row(&self) -> Value {
        let key = Key::new(format!("PAYMENT#{}", payment_id()), "PAYMENT");
        self.table.get::<Value>(&key).await.unwrap().unwrap().value
    }
}

#[tokio::test]
async fn an_unknown_field_survives_every_write() {
    let shop = Shop::open().await;
    shop.bank.cut(1, Moment::Before);
    shop.hear(&placed("pm_card_visa")).await.unwrap_err();
    shop.set("risk_score", "low").await;
    shop.reconcile().await.unwrap();
    shop.hear(&cancelled()).await.unwrap();
    assert_eq!(shop.assert_settled_to_nothing("refunded").await.status, PaymentStatus::Refunded);
    assert_eq!(shop.row().await["risk_score"], json!("low"));
}

#[tokio::test]
async fn an_unknown_status_is_an_error_and_is_not_changed() {
    let shop = Shop::open().await;
    shop.bank.cut(1, Moment::Before);
    shop.hear(&placed("pm_card_visa")).await.unwrap_err();
    shop.set("status", "partially_refunded").await;
    let before = shop.row().await;
    for event in [placed("pm_card_visa"), cancelled()] {
        let failure = shop.hear(&event).await.unwrap_err();
        assert_eq!(
            failure.to_string(),
            "the row PAYMENT#pay_0CEMEQ8841WK6ED82NFBPJWHTR|PAYMENT is in a state of a newer version"
        );
    }
    shop.reconcile().await.unwrap();
    let mut after = shop.row().await;
    for counted in ["failures", "failing_since"] {
        let count = after.as_object_mut().and_then(|row| row.remove(counted));
        assert!(count.is_some(), "the failure is counted");
    }
    assert_eq!(after, before);
    assert_eq!(shop.bank.asked(), [Asked::Open]);
    assert_eq!(shop.payment().await.status, PaymentStatus::Unknown);
}

#[tokio::test]
async fn a_posting_contains_its_payment() {
    let shop = Shop::open().await;
    shop.hear(&placed("pm_card_visa")).await.unwrap();
    let attempt = shop.payment().await.attempt_id;
    let key = Key::new(format!("PAYMENT#{}", payment_id()), format!("POSTING#{attempt}"));
    let row = shop.table.get::<Value>(&key).await.unwrap().unwrap().value;
    insta::assert_json_snapshot!(row, {".reference" => "[attempt]", ".sk" => "POSTING#[attempt]", ".gsi1sk" => "[time]#[attempt]"}, @r#"
    {
      "entries": [
        {
          "account": "gateway_receivable",
          "amount": {
            "amount": 3690,
            "currency": "EUR"
          },
          "side": "debit"
        },
        {
          "account": "customer_orders",
          "amount": {
            "amount": 3690,
            "currency": "EUR"
          },
          "side": "credit"
        }
      ],
      "gsi1pk": "LEDGER#2026-11-23#2",
      "gsi1sk": "[time]#[attempt]",
      "payment_id": "pay_0CEMEQ8841WK6ED82NFBPJWHTR",
      "pk": "PAYMENT#pay_0CEMEQ8841WK6ED82NFBPJWHTR",
      "posted_at": "2026-11-23T10:00:00Z",
      "reference": "[attempt]",
      "row": "posting",
      "sk": "POSTING#[attempt]",
      "version": 1
    }
    "#);
}
