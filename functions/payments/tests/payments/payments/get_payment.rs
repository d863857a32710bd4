//! `get-payment`.

use domain::payments::PaymentStatus;
use edge::{Call, NoBody};
use payments::payments::get_payment::{PaymentView, get_payment};

use crate::fixture::{Shop, cancelled, now, payment_id, placed, reowned, user};

#[tokio::test]
async fn a_payment_is_shown_to_its_customer_and_admins_only() {
    let shop = Shop::open().await;
    shop.hear(&placed("pm_card_visa_chargeDeclined")).await.unwrap();
    let id = payment_id();
    let get = |caller| {
        get_payment(shop.payments.clone(), Call::new(caller, NoBody, now()).with_path("payment_id", id))
    };

    let reply = get(user(1, false)).await.unwrap();
    insta::assert_json_snapshot!(reply.body().unwrap(), @r#"
    {
      "payment_id": "pay_0CEMEQ8841WK6ED82NFBPJWHTR",
      "order_id": "ord_00000000010000000000000001",
      "user_id": "usr_00000000010000000000000001",
      "status": "failed",
      "attempt": 1,
      "amount": {
        "amount": 3690,
        "currency": "EUR"
      },
      "captured": {
        "amount": 0,
        "currency": "EUR"
      },
      "refunded": {
        "amount": 0,
        "currency": "EUR"
      },
      "decline_code": "generic_decline",
      "created_at": "2026-11-23T10:00:00Z",
      "updated_at": "2026-11-23T10:00:00Z"
    }
    "#);
    shop.hear(&cancelled()).await.unwrap();
    let status = get(user(1, false)).await.unwrap().body().unwrap().status;
    assert_eq!(status, PaymentStatus::Failed, "the end of its order changes nothing for the customer");
    assert!(get(user(2, true)).await.is_ok());
    let problem = get(user(2, false)).await.unwrap_err();
    assert_eq!((problem.status().as_u16(), problem.code()), (404, "payment_not_found"));
    let none = Call::new(user(1, false), NoBody, now()).with_path("payment_id", "pay_0");
    assert_eq!(get_payment(shop.payments.clone(), none).await.unwrap_err().status(), 404);
}

#[tokio::test]
async fn a_payment_of_a_reowned_order_is_shown_to_its_new_customer_only() {
    let shop = Shop::open().await;
    shop.hear(&placed("pm_card_visa")).await.unwrap();
    let get = |caller| {
        let call = Call::new(caller, NoBody, now()).with_path("payment_id", payment_id());
        get_payment(shop.payments.clone(), call)
    };
    let before = get(user(1, false)).await.unwrap().body().unwrap().clone();
    shop.hear(&reowned()).await.unwrap();
    let problem = get(user(1, false)).await.unwrap_err();
    assert_eq!((problem.status().as_u16(), problem.code()), (404, "payment_not_found"));
    let new = user(2, false);
    let after = get(new.clone()).await.unwrap().body().unwrap().clone();
    assert_eq!(after, PaymentView { user_id: new.user_id, ..before }, "and nothing else has changed");
}
