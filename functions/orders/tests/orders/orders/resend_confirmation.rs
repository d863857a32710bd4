//! `resend-confirmation`.

use edge::Problem;
use orders::orders::resend_confirmation;

use crate::refunds::staff;
use crate::shipments::code;
use crate::*;

async fn resend(shelf: &Shelf, who: SignedIn, order: &Order, now: Timestamp) -> Result<Reply<()>, Problem> {
    let call = Call::new(who, NoBody, now).with_path("order_id", order.order_id);
    resend_confirmation(shelf.orders.clone(), call).await
}

#[tokio::test]
async fn the_mail_is_sent_again_three_times_a_day_whoever_asks() {
    let shelf = shelf().await;
    let order = shelf.placed(1, SignedDuration::ZERO).await;
    assert_eq!(code(resend(&shelf, signed_in(2), &order, now()).await), "404 order_not_found");
    let used = || shelf.table.used();
    used();
    assert_eq!(resend(&shelf, ada(), &order, now()).await.unwrap().status().as_u16(), 202);
    assert_eq!(used(), "1 read, 5 written: GetItem, TransactWriteItems", "resend-confirmation");
    for who in [staff(), ada()] {
        resend(&shelf, who, &order, now()).await.unwrap();
    }
    for who in [staff(), ada()] {
        assert_eq!(code(resend(&shelf, who, &order, now()).await), "429 too_many_mails");
    }
    let tomorrow = now() + SignedDuration::from_hours(24);
    resend(&shelf, ada(), &order, tomorrow).await.unwrap();
    let events = shelf.events().await;
    let count = |name: &str| events.iter().filter(|envelope| envelope.event.name() == name).count();
    assert_eq!((count("bodega.order.confirmation_requested.v1"), count("bodega.staff.acted.v1")), (4, 1));
}
