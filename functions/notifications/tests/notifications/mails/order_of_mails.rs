//! Messages arrive in any order, and each is retried by itself. Mails about one order must not contradict each other.

use domain::events::{Envelope, Event, OrderEvent};
use edge::timeouts;
use jiff::SignedDuration;
use notifications::mails::mail::Kind;
use notifications::mails::notification::{Standing, Status};
use strum::VariantArray;

use crate::fixture::{
    Fault, PostOffice, delivery, ended, failed, later, now, numbered, placed, refunded, registered,
};
use crate::mails;

impl PostOffice {
    /// Delivers events one after the other, and returns the subjects of their mails.
    async fn subjects(&self, events: impl IntoIterator<Item = Event>) -> Vec<String> {
        for (number, event) in (0..).zip(events) {
            self.deliver(&numbered(number, event), now()).await.unwrap();
        }
        self.sent()
    }

    /// Returns the subjects of all mails, in the order in which they were sent.
    fn sent(&self) -> Vec<String> {
        self.mails().into_iter().map(|mail| mail.subject).collect()
    }

    /// Delivers `slow`, and after its look all of `quick`. Only the mail about `quick` is sent.
    async fn overtaken_after_a_look(&self, slow: &Envelope, quick: &Envelope) {
        self.connection.fail([(LOOK, Fault::AnswerLate)]);
        let (first, ()) = tokio::join!(self.deliver(slow, now()), async {
            self.connection.is_late().await;
            self.deliver(quick, now()).await.unwrap();
            self.connection.release();
        });
        first.unwrap();
        assert_eq!(self.sent().len(), 1);
        assert_eq!(self.record(quick).await.unwrap().status, Status::Sent);
        assert_eq!(self.record(slow).await.unwrap().status, Status::Overtaken);
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
    assert_eq!(office.sent(), ["Your order is confirmed"]);
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
    // It began before the other one was given up.
    office.deliver(&received, now() - SignedDuration::from_secs(1)).await.unwrap();
    office.deliver(&confirmed, now()).await.unwrap();
    assert_eq!(office.sent(), ["We have received your order", "Your order is confirmed"]);
}

/// The call of a delivery that reads what is recorded of the order.
const LOOK: usize = 1;

/// The call that sends a mail about an order.
const SEND: usize = mails::SEND + mails::LOOKS_AGAIN;

#[tokio::test]
async fn a_mail_leaves_as_soon_as_an_earlier_one_has_been_sent() {
    let office = PostOffice::open().await;
    let (received, confirmed) = (numbered(1, placed()), numbered(2, ended(OrderEvent::Confirmed)));
    office.connection.fail([(SEND, Fault::AnswerLate), (SEND + LOOK, Fault::AnswerLate)]);
    let second = async {
        office.connection.is_late().await;
        let first_is_sent = async {
            office.connection.is_late().await;
            office.connection.release();
        };
        tokio::join!(office.deliver(&confirmed, now()), first_is_sent).0
    };
    let first = async {
        office.deliver(&received, now()).await.unwrap();
        // The other delivery has seen the claim, which has just ended.
        office.connection.release();
    };
    tokio::join!(first, second).1.unwrap();
    assert_eq!(office.sent(), ["We have received your order", "Your order is confirmed"]);
}

#[tokio::test]
async fn a_mail_comes_again_while_an_earlier_one_is_being_sent() {
    let office = PostOffice::open().await;
    let (received, confirmed) = (numbered(1, placed()), numbered(2, ended(OrderEvent::Confirmed)));
    office.connection.fail([(SEND, Fault::AnswerLate)]);
    let (first, second) = tokio::join!(office.deliver(&received, now()), async {
        office.connection.is_late().await;
        let second = office.deliver(&confirmed, now()).await;
        office.connection.release();
        second
    });
    first.unwrap();
    let waits = "a mail about an earlier event of the order is being sent; retrying after it";
    assert_eq!(second.unwrap_err().to_string(), waits);
    assert!(office.record(&confirmed).await.is_none(), "nothing is claimed");
    office.deliver(&confirmed, now()).await.unwrap();
    assert_eq!(office.sent(), ["We have received your order", "Your order is confirmed"]);
}

#[tokio::test]
async fn a_mail_that_looked_before_an_earlier_one_was_claimed_gives_up_its_claim() {
    let office = PostOffice::open().await;
    let (received, confirmed) = (numbered(1, placed()), numbered(2, ended(OrderEvent::Confirmed)));
    office.connection.fail([(LOOK, Fault::AnswerLate), (LOOK + SEND, Fault::AnswerLate)]);
    let (second, first) = tokio::join!(
        async {
            let second = office.deliver(&confirmed, now()).await;
            office.connection.release();
            second
        },
        async {
            office.connection.is_late().await;
            tokio::join!(office.deliver(&received, now()), async {
                office.connection.is_late().await;
                office.connection.release();
            })
            .0
        }
    );
    first.unwrap();
    second.unwrap_err();
    let claim = office.record(&confirmed).await.unwrap();
    assert_eq!(claim.standing(now()), Standing::Free);
    office.deliver(&confirmed, now()).await.unwrap();
    assert_eq!(office.sent(), ["We have received your order", "Your order is confirmed"]);
}

#[tokio::test]
async fn a_mail_that_looked_before_a_later_one_was_sent_is_not_sent() {
    for end in [OrderEvent::Confirmed, OrderEvent::Cancelled] {
        let office = PostOffice::open().await;
        let (early, late) = (numbered(1, failed("expired_card")), numbered(2, ended(end)));
        office.overtaken_after_a_look(&early, &late).await;
    }
    // The same end, told twice.
    let (once, twice) = (numbered(1, ended(OrderEvent::Expired)), numbered(2, ended(OrderEvent::Expired)));
    PostOffice::open().await.overtaken_after_a_look(&once, &twice).await;
    PostOffice::open().await.overtaken_after_a_look(&twice, &once).await;
}

#[tokio::test]
async fn of_one_end_that_two_events_tell_at_once_one_mail_is_sent() {
    for (slow, quick) in [(1, 2), (2, 1)] {
        let office = PostOffice::open().await;
        let [slow, quick] = [slow, quick].map(|number| numbered(number, ended(OrderEvent::Expired)));
        office.connection.fail([(SEND, Fault::AnswerLate)]);
        let (first, _) = tokio::join!(office.deliver(&slow, now()), async {
            office.connection.is_late().await;
            let second = office.deliver(&quick, now()).await;
            office.connection.release();
            second
        });
        first.unwrap();
        office.deliver(&quick, now()).await.unwrap();
        assert_eq!(office.sent(), ["Your order has expired"]);
        assert_eq!(office.record(&quick).await.unwrap().status, Status::Overtaken);
    }
}

#[tokio::test]
async fn a_look_that_fails_gives_up_the_claim() {
    let office = PostOffice::open().await;
    let received = numbered(1, placed());
    let outcome = office.interrupted(&received, (SEND - 1..SEND + 9).map(|call| (call, Fault::Broken))).await;
    outcome.unwrap().unwrap_err();
    office.deliver(&received, later()).await.unwrap();
    assert_eq!(office.sent(), ["We have received your order"]);
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
