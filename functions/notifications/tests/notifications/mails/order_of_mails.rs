//! Messages arrive in any order, and each is retried by itself. Mails about one order must not contradict each other.

use domain::events::{Event, OrderEvent};
use edge::timeouts;
use notifications::mails::mail::Kind;
use notifications::mails::notification::Status;
use strum::VariantArray;

use crate::fixture::{
    Fault, PostOffice, delivery, ended, failed, later, now, numbered, placed, refunded, registered,
};

impl PostOffice {
    /// Delivers events one after the other, and returns the subjects of their mails.
    async fn subjects(&self, events: impl IntoIterator<Item = Event>) -> Vec<String> {
        for (number, event) in (0..).zip(events) {
            self.deliver(&numbered(number, event), now()).await.unwrap();
        }
        self.mails().into_iter().map(|mail| mail.subject).collect()
    }
}

#[tokio::test]
async fn a_mail_throttled_by_ses_is_not_sent_after_the_confirmation() {
    let office = PostOffice::open().await;
    let (received, confirmed) = (numbered(1, placed()), numbered(2, ended(OrderEvent::Confirmed)));
    // Leaves time for one attempt.
    let deadline = now() + timeouts::ANSWER_BEFORE + 2 * timeouts::SDK_OPERATION;
    office.connection.fail((1..100).map(|call| (call, Fault::Throttled)));
    office.take(delivery(&received).until(deadline)).await.unwrap_err();
    office.connection.fail([]);
    office.deliver(&confirmed, now()).await.unwrap();
    office.deliver(&received, later()).await.unwrap();
    let subjects: Vec<String> = office.mails().into_iter().map(|mail| mail.subject).collect();
    assert_eq!(subjects, ["Your order is confirmed"]);
    assert_eq!(office.record(&received).await.unwrap().status, Status::Overtaken);
    office.deliver(&received, later()).await.unwrap();
    assert_eq!(office.mails().len(), 1, "it stays so");
}

#[tokio::test]
async fn a_mail_is_not_sent_after_one_about_a_later_event() {
    for (end, subject) in [
        (ended(OrderEvent::Confirmed), "Your order is confirmed"),
        (ended(OrderEvent::Cancelled), "Your order is cancelled"),
        (ended(OrderEvent::Expired), "Your order has expired"),
        (ended(OrderEvent::OutOfStock), "We cannot deliver your order"),
    ] {
        let office = PostOffice::open().await;
        let subjects = office.subjects([end.clone(), failed("expired_card"), placed(), end]).await;
        assert_eq!(subjects, [subject]);
    }
    let office = PostOffice::open().await;
    let late = [ended(OrderEvent::OutOfStock), ended(OrderEvent::Confirmed), refunded(), refunded()];
    let refund = "Your refund is on its way";
    assert_eq!(office.subjects(late).await, ["We cannot deliver your order", refund, refund]);
}

#[tokio::test]
async fn mails_in_order_are_all_sent() {
    let office = PostOffice::open().await;
    let events = [
        registered(),
        placed(),
        failed("expired_card"),
        failed("expired_card"),
        ended(OrderEvent::Confirmed),
        ended(OrderEvent::OutOfStock),
        refunded(),
    ];
    assert_eq!(office.subjects(events.clone()).await.len(), events.len());
}

#[tokio::test]
async fn a_mail_that_was_not_sent_overtakes_nothing() {
    let office = PostOffice::unverified().await;
    let (received, confirmed) = (numbered(1, placed()), numbered(2, ended(OrderEvent::Confirmed)));
    office.deliver(&confirmed, now()).await.unwrap_err();
    office.verify().await;
    office.deliver(&received, now()).await.unwrap();
    office.deliver(&confirmed, now()).await.unwrap();
    let subjects: Vec<String> = office.mails().into_iter().map(|mail| mail.subject).collect();
    assert_eq!(subjects, ["We have received your order", "Your order is confirmed"]);
}

#[test]
fn no_two_kinds_overtake_each_other() {
    for one in Kind::VARIANTS {
        for other in Kind::VARIANTS {
            let both = one.is_overtaken_by(*other) && other.is_overtaken_by(*one);
            assert!(!both || one == other, "{one:?} {other:?}");
        }
    }
}
