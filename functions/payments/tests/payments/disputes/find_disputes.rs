//! `find-disputes`.

use edge::{Call, NoBody, Problem, Staff};
use payments::disputes::find_disputes;
use payments::disputes::find_disputes::DisputeView;

use crate::fixture::{Shop, dispute_reported, eur, now, order_id, payment_id, placed, user};

type Disputes = edge::List<DisputeView>;

async fn list(shop: &Shop, query: &str) -> Result<Disputes, Problem> {
    let call = Call::new(Staff(user(9, true)), NoBody, now()).with_query(query)?;
    Ok(find_disputes(shop.payments.clone(), call).await?.body().cloned().unwrap())
}

#[tokio::test]
async fn open_disputes_are_listed_by_when_they_are_due_until_they_are_decided() {
    let shop = Shop::open().await;
    shop.hear(&placed("pm_card_visa")).await.unwrap();
    assert!(list(&shop, "").await.unwrap().items.is_empty());
    shop.bank.disputed(1, 3_690);
    shop.hear(&dispute_reported(1, "dp_1")).await.unwrap();
    let found = list(&shop, "status=open").await.unwrap();
    let [dispute] = found.items.as_slice() else { panic!("{found:?}") };
    assert_eq!((dispute.payment_id, dispute.order_id), (payment_id(), order_id()));
    assert_eq!((&*dispute.gateway_id, &*dispute.reason), ("dp_1", "product_not_received"));
    assert_eq!((dispute.amount, dispute.withdrawn, dispute.fee), (eur(3_690), eur(3_690), eur(2_000)));
    assert_eq!(dispute.due_by, Some("2026-12-02T10:00:00Z".parse().unwrap()));
    shop.bank.decides(1, true);
    shop.hear(&dispute_reported(2, "dp_1")).await.unwrap();
    assert!(list(&shop, "").await.unwrap().items.is_empty());
}

#[tokio::test]
async fn a_page_ends_where_the_next_begins() {
    let shop = Shop::open().await;
    shop.hear(&placed("pm_card_visa")).await.unwrap();
    for number in 1..=3 {
        shop.bank.disputed(number, 1_000);
        shop.hear(&dispute_reported(number, &format!("dp_{number}"))).await.unwrap();
    }
    let first = list(&shop, "limit=2").await.unwrap();
    let rest = list(&shop, &format!("limit=2&cursor={}", first.next_cursor.clone().unwrap())).await.unwrap();
    assert_eq!((first.items.len(), rest.items.len(), rest.next_cursor), (2, 1, None));
    assert!(first.items.iter().all(|dispute| dispute.dispute_id != rest.items[0].dispute_id));
    let problem = list(&shop, "limit=0").await.unwrap_err();
    assert_eq!(problem.status().as_u16(), 400);
}

#[tokio::test]
async fn find_disputes_keeps_to_its_budget() {
    let shop = Shop::open().await;
    shop.hear(&placed("pm_card_visa")).await.unwrap();
    shop.bank.disputed(1, 3_690);
    let used = || shop.engine.used();
    list(&shop, "").await.unwrap();
    used();
    list(&shop, "").await.unwrap();
    assert_eq!(used(), "0.5 read, 0 written: Query", "none");
    shop.hear(&dispute_reported(1, "dp_1")).await.unwrap();
    used();
    list(&shop, "").await.unwrap();
    assert_eq!(used(), "1.5 read, 0 written: BatchGetItem, Query", "one");
}
