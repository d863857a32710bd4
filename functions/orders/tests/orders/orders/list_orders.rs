//! `list-orders`.

use orders::orders::view::OrderView;

use crate::*;

#[tokio::test]
async fn orders_are_listed_newest_first() {
    let shelf = shelf().await;
    for number in 1..=3 {
        shelf.placed(number, SignedDuration::from_millis(i64::try_from(number).unwrap())).await;
    }
    let call = Call::new(ada(), NoBody, now()).with_query("limit=2").unwrap();
    let page = list_orders(shelf.orders.clone(), call).await.unwrap();
    let ids =
        |page: &edge::List<OrderView>| page.items.iter().map(|view| view.order.order_id).collect::<Vec<_>>();
    let page = page.body().unwrap();
    assert_eq!(ids(page), [OrderId::from_parts(0, 3), OrderId::from_parts(0, 2)]);
    let query = format!("cursor={}", page.next_cursor.as_ref().unwrap());
    let call = Call::new(ada(), NoBody, now()).with_query(&query).unwrap();
    let rest = list_orders(shelf.orders.clone(), call).await.unwrap();
    assert_eq!(ids(rest.body().unwrap()), [OrderId::from_parts(0, 1)]);
    let call = Call::new(signed_in(2), NoBody, now()).with_query("").unwrap();
    let eve = list_orders(shelf.orders.clone(), call).await.unwrap();
    assert!(eve.body().unwrap().items.is_empty());
}
