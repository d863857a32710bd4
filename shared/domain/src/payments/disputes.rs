//! Disputes: a customer claims their money back through their bank, which takes it from the shop until it has decided.
//!
//! The gateway's statement of a dispute is the truth, and only ever read. The ledger follows it by amounts: whatever is stated in
//! whatever sequence, the accounts hold what has moved.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::ledger::{Account, Posting};
use super::{Change, GatewayId, Payment};
use crate::events::{DisputeClosed, DisputeOpened, DisputeOutcome, PaymentEvent};
use crate::words::id::DisputeId;
use crate::words::money::Money;

/// How long the gateway is left alone with a dispute. Banks take weeks, and usually the gateway reports the end; the look-up covers
/// reports that are lost.
pub const DISPUTE_LOOK_UP: SignedDuration = SignedDuration::from_hours(12);

/// The status of a dispute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum DisputeStatus {
    /// The bank only asks. It has taken nothing, and a refund ends it.
    Inquiry,
    /// The bank has decided nothing. Nothing of the payment can be refunded.
    Open,
    /// The bank asked, and no dispute has followed.
    InquiryClosed,
    /// The shop keeps the money.
    Won,
    /// The customer has the money.
    Lost,
    /// A status of a newer version.
    #[serde(other)]
    #[cfg_attr(feature = "schema", schemars(skip))]
    Unknown,
}

/// What the payment gateway states about a dispute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisputeReport {
    /// The gateway's id for it.
    pub gateway: GatewayId,
    /// The disputed amount.
    pub amount: Money,
    /// Its status.
    pub status: DisputeStatus,
    /// The bank's reason (`product_not_received`).
    pub reason: String,
    /// Until when the shop can answer, if it can.
    pub due_by: Option<Timestamp>,
    /// What was taken from the shop's balance.
    pub withdrawn: Money,
    /// What came back into it.
    pub reinstated: Money,
    /// What the gateway has charged for it, less what it has returned.
    pub fee: Money,
}

/// A dispute of a payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dispute {
    /// Its id, derived from the gateway's.
    pub dispute_id: DisputeId,
    /// The gateway's id for it.
    pub gateway: GatewayId,
    /// The disputed amount.
    pub amount: Money,
    /// Its status.
    pub status: DisputeStatus,
    /// The bank's reason (`product_not_received`).
    pub reason: String,
    /// Until when the shop can answer, if it can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_by: Option<Timestamp>,
    /// What was taken from the shop's balance at the gateway.
    pub withdrawn: Money,
    /// What came back into it.
    pub reinstated: Money,
    /// What the gateway has charged for it, less what it has returned.
    pub fee: Money,
    /// The number of its postings.
    pub postings: u32,
    /// When the shop learnt of it.
    pub opened_at: Timestamp,
    /// When the shop learnt of its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Timestamp>,
    /// When the gateway was last asked about it.
    pub asked_at: Timestamp,
}

impl DisputeStatus {
    /// Returns whether the bank has not decided.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Self::Inquiry | Self::Open)
    }

    /// Returns whether a dispute that has this status has to be opened before it has the other.
    fn is_before(self, other: Self) -> bool {
        matches!(self, Self::Inquiry | Self::InquiryClosed) && matches!(other, Self::Won | Self::Lost)
    }

    /// Returns how far a dispute has come: it never goes back. A bank may overturn a loss.
    fn stage(self) -> u8 {
        match self {
            Self::Inquiry => 0,
            Self::InquiryClosed => 1,
            Self::Open => 2,
            Self::Lost => 3,
            Self::Won => 4,
            Self::Unknown => 5,
        }
    }
}

impl DisputeReport {
    /// Returns what the gateway states of a dispute that it opened: an end is recorded after its beginning.
    fn at_first(&self) -> Self {
        let status = match self.status {
            DisputeStatus::Inquiry | DisputeStatus::InquiryClosed => DisputeStatus::Inquiry,
            DisputeStatus::Open | DisputeStatus::Won | DisputeStatus::Lost | DisputeStatus::Unknown => {
                DisputeStatus::Open
            }
        };
        Self { status, reinstated: self.amount.nothing_of(), ..self.clone() }
    }
}

impl Dispute {
    /// Returns the dispute that a report is about, before anything is known of it.
    fn unheard_of(report: &DisputeReport, now: Timestamp) -> Self {
        let nothing = report.amount.nothing_of();
        Self {
            dispute_id: DisputeId::derived_from(&[report.gateway.as_ref()]),
            gateway: report.gateway.clone(),
            amount: report.amount,
            status: DisputeStatus::Inquiry,
            reason: report.reason.clone(),
            due_by: report.due_by,
            withdrawn: nothing,
            reinstated: nothing,
            fee: nothing,
            postings: 0,
            opened_at: now,
            closed_at: None,
            asked_at: now,
        }
    }

    /// Returns it as a report states it.
    fn stated(&self, report: &DisputeReport, now: Timestamp) -> Self {
        let closed_at = if report.status.is_open() { None } else { self.closed_at.or(Some(now)) };
        Self {
            amount: report.amount,
            status: report.status,
            reason: report.reason.clone(),
            due_by: report.due_by,
            withdrawn: report.withdrawn,
            reinstated: report.reinstated,
            fee: report.fee,
            closed_at,
            ..self.clone()
        }
    }

    /// Returns whether a report is older than what is known: two processes may have asked, and written in the other sequence.
    fn is_newer_than(&self, report: &DisputeReport) -> bool {
        let moved = |earlier: Money, later: Money| earlier.amount() > later.amount();
        self.status.stage() > report.status.stage()
            || moved(self.withdrawn, report.withdrawn)
            || moved(self.reinstated, report.reinstated)
    }

    /// Returns what the shop has lost in it.
    #[must_use]
    pub fn lost(&self) -> Money {
        let taken = self.withdrawn.minus(self.reinstated).ok();
        taken.filter(|_| self.status == DisputeStatus::Lost).unwrap_or(self.amount.nothing_of())
    }

    /// Returns whether it has ended, and what was taken is lost or is back.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        match self.status {
            DisputeStatus::Lost | DisputeStatus::InquiryClosed => true,
            DisputeStatus::Won => self.withdrawn == self.reinstated,
            DisputeStatus::Inquiry | DisputeStatus::Open | DisputeStatus::Unknown => false,
        }
    }

    /// Returns what it has changed in each account, in minor units: debits are positive.
    fn balances(&self) -> [(Account, i64); 4] {
        let (withdrawn, reinstated, fee) =
            (self.withdrawn.amount(), self.reinstated.amount(), self.fee.amount());
        let taken = withdrawn - reinstated;
        let (disputed, lost) = if self.status == DisputeStatus::Lost { (0, taken) } else { (taken, 0) };
        [
            (Account::DisputeLosses, lost),
            (Account::DisputedFunds, disputed),
            (Account::GatewayFees, fee),
            (Account::GatewayReceivable, -taken - fee),
        ]
    }

    /// Returns the posting that leads from this state to the next; `None` if no money has moved.
    fn posting_to(&self, next: &Self, now: Timestamp) -> Option<Posting> {
        let before = self.balances();
        let changes =
            next.balances().into_iter().zip(before).map(|((account, now), (_, was))| (account, now - was));
        let reference = format!("{}-{}", self.dispute_id, self.postings + 1);
        let posting = Posting::of_changes(reference, changes, self.amount.currency(), now).ok()?;
        (!posting.entries.is_empty()).then_some(posting)
    }
}

impl Payment {
    /// Records what the gateway states about a dispute. Call it with the same report until it returns `None`: the end of a dispute
    /// is recorded after its beginning. A report in another currency than the payment's is no statement about it.
    #[must_use]
    pub fn disputed(&self, report: &DisputeReport, now: Timestamp) -> Option<Change> {
        if report.amount.currency() != self.amount.currency() || report.status == DisputeStatus::Unknown {
            return None;
        }
        let known = self.dispute(&report.gateway);
        if known.is_some_and(|known| known.is_newer_than(report)) {
            return None;
        }
        let (was, stated) = match known {
            Some(known) if known.status.is_before(report.status) => (known.clone(), report.at_first()),
            Some(known) => (known.clone(), report.clone()),
            None => (Dispute::unheard_of(report, now), report.at_first()),
        };
        let next = was.stated(&stated, now);
        if known.is_some() && next == was {
            return None;
        }
        let posting = was.posting_to(&next, now);
        let postings = was.postings + u32::from(posting.is_some());
        let next = Dispute { postings, asked_at: now, ..next };
        let event = self.event_of(&was, &next);
        let payment = self.having_dispute(next.clone(), now).in_status_of_refunds();
        Some(Change { event, posting, dispute: Some(next), ..payment.quietly() })
    }

    /// Records that the gateway was asked about a dispute and states nothing new, so that it is asked again after a while and not in
    /// every run.
    #[must_use]
    pub fn dispute_unchanged(&self, name: &GatewayId, now: Timestamp) -> Option<Change> {
        let known = self.dispute(name).filter(|known| known.asked_at < now)?;
        Some(self.having_dispute(Dispute { asked_at: now, ..known.clone() }, now).quietly())
    }

    /// Returns whether a dispute is undecided, so that nothing can be refunded.
    #[must_use]
    pub fn is_disputed(&self) -> bool {
        self.disputes.iter().any(|dispute| dispute.status == DisputeStatus::Open)
    }

    /// Returns what was lost in disputes.
    #[must_use]
    pub fn lost(&self) -> Money {
        let lost = Money::sum(self.disputes.iter().map(Dispute::lost));
        lost.ok().flatten().unwrap_or(self.amount.nothing_of())
    }

    /// Returns the amount of the disputes that are undecided.
    #[must_use]
    pub fn in_dispute(&self) -> Money {
        let open = self.disputes.iter().filter(|dispute| dispute.status == DisputeStatus::Open);
        Money::sum(open.map(|dispute| dispute.amount)).ok().flatten().unwrap_or(self.amount.nothing_of())
    }

    /// Returns the dispute that the gateway was asked about longest ago, of those that may still change.
    pub(super) fn unsettled_dispute(&self) -> Option<&Dispute> {
        let unsettled = self.disputes.iter().filter(|dispute| !dispute.is_settled());
        unsettled.min_by_key(|dispute| dispute.asked_at)
    }

    /// Returns when the gateway was last asked about a dispute.
    pub(super) fn dispute_asked_at(&self, name: &GatewayId) -> Timestamp {
        self.dispute(name).map_or(self.updated_at, |dispute| dispute.asked_at)
    }

    /// Returns the payment as if nothing had been disputed.
    pub(super) fn before_disputes(&self) -> Self {
        Self { disputes: Vec::new(), ..self.clone() }
    }

    pub(super) fn dispute(&self, name: &GatewayId) -> Option<&Dispute> {
        self.disputes.iter().find(|dispute| dispute.gateway == *name)
    }

    fn having_dispute(&self, dispute: Dispute, now: Timestamp) -> Self {
        let mut payment = Self { updated_at: now, ..self.clone() };
        match payment.disputes.iter_mut().find(|known| known.gateway == dispute.gateway) {
            Some(known) => *known = dispute,
            None => payment.disputes.push(dispute),
        }
        payment
    }

    /// Returns the event of a change of status. An inquiry has none: nothing was taken.
    fn event_of(&self, was: &Dispute, next: &Dispute) -> Option<PaymentEvent> {
        let (payment_id, order_id, user_id) = (self.payment_id, self.order_id, self.user_id);
        let dispute_id = next.dispute_id;
        let closed = |outcome, amount| {
            PaymentEvent::DisputeClosed(DisputeClosed {
                dispute_id,
                payment_id,
                order_id,
                user_id,
                amount,
                outcome,
            })
        };
        match next.status {
            status if status == was.status => None,
            DisputeStatus::Open => Some(PaymentEvent::DisputeOpened(DisputeOpened {
                dispute_id,
                payment_id,
                order_id,
                user_id,
                amount: next.amount,
                reason: next.reason.clone(),
                due_by: next.due_by,
            })),
            DisputeStatus::Won => Some(closed(DisputeOutcome::Won, next.amount)),
            DisputeStatus::Lost => Some(closed(DisputeOutcome::Lost, next.lost())),
            DisputeStatus::Inquiry | DisputeStatus::InquiryClosed | DisputeStatus::Unknown => None,
        }
    }
}
