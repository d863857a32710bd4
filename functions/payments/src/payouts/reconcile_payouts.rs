//! Schedule: posts what the payment gateway has paid out, and compares each payout with the shop's books.

use std::collections::{BTreeMap, BTreeSet};

use domain::payments::Payment;
use domain::payments::payouts::{Payout, PostedPart};
use domain::words::id::PaymentId;
use edge::queue::Failure;
use edge::schedule::Tick;
use jiff::{SignedDuration, Timestamp};
use store::{Change, Decision, Error, Outcome, Stored};
use telemetry::Metric;

use crate::gateway::Gateway;
use crate::gateway::payouts::{FoundPayout, PayoutPart, PayoutStage};
use crate::payments::rows as payment_rows;
use crate::payouts::rows::{
    self, Cursor, CursorRow, MismatchRow, PayoutPosting, PayoutPostingRow, PayoutRow,
};
use crate::store::Payments;

/// How far back the first run looks.
const FIRST_LOOK: SignedDuration = SignedDuration::from_hours(40 * 24);

/// How far a run looks back beyond the one before it: a payout may be listed some time after it was made.
const OVERLAP: SignedDuration = SignedDuration::from_hours(24);

/// The number of balance transactions in a transaction of the table, which has room for 100 writes: each may be a mismatch.
pub const AT_ONCE: usize = 90;

/// Posts every payout that has arrived, with what it consists of. One that cannot be posted delays no other, and is tried again by the
/// next run. Safe to run concurrently with itself.
///
/// # Errors
/// If the table fails, the gateway gives no conclusive answer, or a payment is in a state of a newer version.
pub async fn reconcile_payouts((payments, gateway): (Payments, Gateway), tick: Tick) -> Result<(), Failure> {
    let (payments, gateway, tick) = (&payments, &gateway, &tick);
    let cursor = payments.table.get::<Cursor>(&rows::cursor_key()).await?;
    let since = cursor.as_ref().map_or(tick.now - FIRST_LOOK, |cursor| cursor.value.since);
    let found = gateway.payouts_since(since).await?;
    let (mut outcome, mut next) = (Ok(()), tick.now - OVERLAP);
    for payout in &found {
        let posted = match payout.stage {
            PayoutStage::Underway => Ok(false),
            PayoutStage::Failed => Ok(true),
            PayoutStage::Paid => Box::pin(post((payments, gateway), payout, tick)).await.map(|()| true),
        };
        // The next run looks again from the first one that is not done.
        if !matches!(posted, Ok(true)) {
            next = next.min(payout.created_at);
        }
        if let Err(failure) = posted {
            tracing::error!(error = %failure, payout = %payout.report.gateway, "a payout cannot be posted");
            outcome = Err(failure);
        }
    }
    if next > since || cursor.is_none() {
        payments.look_from(next, tick).await?;
    }
    outcome
}

/// Posts a payout part by part.
async fn post(
    (payments, gateway): (&Payments, &Gateway),
    payout: &FoundPayout,
    tick: &Tick,
) -> Result<(), Failure> {
    loop {
        let part = async |known: Option<Stored<Payout>>| {
            let known = known.map_or_else(|| Payout::found(&payout.report, tick.now), |known| known.value);
            if known.is_complete() {
                return Ok::<_, Failure>(Decision::new(None, 0));
            }
            let part = next_part((payments, gateway), &known, payout, tick).await?;
            let mismatches = u64::try_from(part.mismatches.len()).unwrap_or(u64::MAX);
            Ok(Decision::new(Some(change(part)), mismatches))
        };
        let done =
            payments.table.at::<PayoutRow>(rows::key(&payout.report.gateway)).change(tick, part).await?;
        if done.outcome == Outcome::Written {
            Metric::PayoutMismatch.publish(done.answer);
        }
        if done.row.is_none_or(|row| row.value.is_complete()) {
            return Ok(());
        }
    }
}

async fn next_part(
    (payments, gateway): (&Payments, &Gateway),
    known: &Payout,
    payout: &FoundPayout,
    tick: &Tick,
) -> Result<PostedPart, Failure> {
    if !known.is_itemised {
        return Ok(known.posting_as_a_whole(tick.now)?);
    }
    let PayoutPart { transactions, is_last } =
        gateway.part_of_payout(&payout.report, known.after.as_ref(), AT_ONCE).await?;
    let named = transactions.iter().filter_map(|moved| moved.payment_id).collect();
    let named = payments.named(named).await?;
    let with_payments: Vec<_> = transactions
        .into_iter()
        .map(|moved| {
            let payment = moved.payment_id.and_then(|id| named.get(&id));
            (moved, payment)
        })
        .collect();
    Ok(known.posting(&with_payments, is_last, tick.now)?)
}

fn change(PostedPart { payout, posting, mismatches }: PostedPart) -> Change<PayoutRow, Failure> {
    let name = payout.gateway.clone();
    let mut change = Change::to(payout);
    if let Some(posting) = posting {
        change = change.insert::<PayoutPostingRow>(&PayoutPosting { payout: name, posting });
    }
    mismatches.iter().fold(change, |change, mismatch| change.insert::<MismatchRow>(mismatch))
}

impl Payments {
    /// Returns the payments of these ids that there are.
    async fn named(&self, ids: BTreeSet<PaymentId>) -> Result<BTreeMap<PaymentId, Payment>, Error> {
        let keys: Vec<_> = ids.into_iter().map(payment_rows::key).collect();
        let found = self.table.get_many::<Payment>(&keys).await?;
        let mut payments = BTreeMap::new();
        for Stored { value: payment, .. } in found {
            if !payment.is_understood() {
                return Err(Error::Newer { key: payment_rows::key(payment.payment_id).to_string() });
            }
            payments.insert(payment.payment_id, payment);
        }
        Ok(payments)
    }

    /// Lets the next run look from here on. Of two runs, the later cursor stays.
    async fn look_from(&self, since: Timestamp, tick: &Tick) -> Result<(), Failure> {
        let move_on = async |known: Option<Stored<Cursor>>| {
            let is_later = known.is_none_or(|known| known.value.since < since);
            Ok::<_, Failure>(is_later.then(|| Change::to(Cursor { since })))
        };
        self.table.at::<CursorRow>(rows::cursor_key()).change(tick, move_on).await?;
        Ok(())
    }
}
