//! Payouts of the laptop's payment gateway, which makes them as Stripe does.

use domain::payments::GatewayId;
use domain::payments::ledger::{Account, Posting, balance};
use domain::payments::payouts::Movement;
use edge::Cause;
use edge::queue::Failure;
use edge::schedule::Tick;
use engines::faults::Fault;
use jiff::{SignedDuration, Timestamp};
use payments::gateway::payouts::PayoutStage;
use payments::payouts::reconcile_payouts;
use store::{Index, Query};

use super::stripe::Paying;
use crate::fixture::{dispute_reported, eur, granted, order_id, payment_id, placed_for};

/// A shop with a payment of 4180, of which 1305 were refunded.
async fn paid() -> Paying {
    let paying = Paying::open().await;
    paying.hear(&placed_for(eur(4_180))).await.unwrap();
    paying.hear(&granted(1, 1_305)).await.unwrap();
    paying
}

impl Paying {
    async fn reconcile_payouts(&self) -> Result<(), Failure> {
        let tick = Tick::new(Timestamp::now(), Cause::new("schedule"));
        reconcile_payouts((self.shop.payments.clone(), self.gateway()), tick).await
    }

    /// Returns the postings of the payment and of all payouts.
    async fn all_postings(&self) -> Vec<Posting> {
        let mut postings = self.shop.postings().await;
        let yesterday = Timestamp::now() - SignedDuration::from_hours(24);
        for payout in self.gateway().payouts_since(yesterday).await.unwrap() {
            let rows =
                Query::new(Index::Table, format!("PAYOUT#{}", payout.report.gateway)).prefix("POSTING#");
            let found = self.shop.table.query::<Posting>(&rows).await.unwrap().items;
            postings.extend(found.into_iter().map(|row| row.value));
        }
        postings
    }

    async fn balances(&self) -> [i128; 3] {
        let postings = self.all_postings().await;
        let agreed = balance(Account::GatewayReceivable, &postings);
        assert_eq!(agreed, i128::from(self.server.holds("eur")), "the gateway agrees");
        [Account::Bank, Account::GatewayFees, Account::GatewayReceivable]
            .map(|account| balance(account, &postings))
    }
}

/// The specification's example.
#[tokio::test]
async fn what_was_paid_out_is_not_receivable_any_more() {
    let paying = paid().await;
    paying.reconcile_payouts().await.unwrap();
    assert_eq!(paying.balances().await, [0, 0, 2_875]);
    assert!(paying.server.pay_out());
    paying.reconcile_payouts().await.unwrap();
    assert_eq!(paying.balances().await, [2_787, 88, 0]);
    assert!(!paying.server.pay_out(), "nothing is left");
}

#[tokio::test]
async fn a_payout_lists_what_it_consists_of() {
    let paying = paid().await;
    paying.server.pay_out();
    let gateway = paying.gateway();
    let yesterday = Timestamp::now() - SignedDuration::from_hours(24);
    let payouts = gateway.payouts_since(yesterday).await.unwrap();
    let [payout] = payouts.as_slice() else { panic!("{payouts:?}") };
    assert_eq!(
        (payout.stage, payout.report.amount, payout.report.is_itemised),
        (PayoutStage::Paid, 2_787, true)
    );
    // Page by page. The payout itself is listed first, and left out.
    let (mut found, mut after): (Vec<_>, Option<GatewayId>) = (Vec::new(), None);
    loop {
        let part = gateway.part_of_payout(&payout.report, after.as_ref(), 2).await.unwrap();
        after = part.transactions.last().map(|moved| moved.gateway.clone()).or(after);
        found.extend(part.transactions);
        if part.is_last {
            break;
        }
    }
    let intent = paying.shop.payment().await.intent;
    let moved: Vec<_> = found.iter().map(|moved| (moved.amount, moved.fee)).collect();
    assert_eq!(moved, [(-1_305, 0), (4_180, 88)]);
    assert!(found.iter().all(|moved| (moved.payment_id, &moved.intent) == (Some(payment_id()), &intent)));
    assert!(matches!(found[0].movement, Movement::Refund(Some(_))));
    assert_eq!(found[1].movement, Movement::Charge);
    assert!(gateway.payouts_since(Timestamp::now() + SignedDuration::from_mins(1)).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_dispute_that_was_won_is_paid_out() {
    let paying = paid().await;
    let dispute = paying.server.open_dispute(&order_id().to_string()).unwrap();
    paying.hear(&dispute_reported(1, &dispute)).await.unwrap();
    assert!(paying.server.pay_out());
    paying.reconcile_payouts().await.unwrap();
    assert_eq!(paying.balances().await, [-3_393, 2_088, 0], "taken from the shop's bank account");
    assert!(paying.server.decide_dispute(&order_id().to_string(), true));
    paying.hear(&dispute_reported(2, &dispute)).await.unwrap();
    assert!(paying.server.pay_out());
    paying.reconcile_payouts().await.unwrap();
    assert_eq!(paying.balances().await, [787, 2_088, 0]);
}

#[tokio::test]
async fn a_payout_is_posted_although_the_first_look_fails() {
    let paying = paid().await;
    paying.server.pay_out();
    for call in ["ListPayouts", "ListBalanceTransactions"] {
        for fault in [Fault::Failed, Fault::AnswerLost] {
            paying.fail(call, fault);
            assert!(paying.reconcile_payouts().await.is_err(), "{call} {fault:?}");
        }
    }
    paying.reconcile_payouts().await.unwrap();
    assert_eq!(paying.balances().await, [2_787, 88, 0]);
}
