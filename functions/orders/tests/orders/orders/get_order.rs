//! `get-order`.

use orders::orders::view::{Can, Customer, OrderView};

use crate::*;

#[tokio::test]
async fn expand_user_without_the_user_service_shows_the_order() {
    let shelf = shelf().await;
    let order = shelf.placed(1, SignedDuration::ZERO).await;
    let call = Call::new(ada(), NoBody, now()).with_path("order_id", order.order_id);
    let call = call.with_query("expand=user").unwrap();
    let reply = get_order((shelf.in_force(), absent_users()), call).await.unwrap();
    // No ETag: the order's version does not cover whether the customer is included.
    let (user, can) = (
        Some(Customer::Unavailable),
        Some(Can { pay: true, cancel: true, withdraw: true, return_until: None }),
    );
    assert_eq!(reply, Reply::ok(OrderView { user, can, ..order.into() }));
}
