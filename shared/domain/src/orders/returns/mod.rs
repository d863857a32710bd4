//! Returns: what customers send back of an order, because they withdraw from the contract or because something is defective, and
//! what came back of it.
//!
//! The order keeps its returns, so that its version guards the pieces and the money together:
//! docs/decisions/0087-returns-are-counted-in-the-order.md.

mod deciding;
mod declaring;
mod receiving;
mod requesting;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::refunds::MAX_GRANTED;
use super::{Change, Order, OrderStatus};
use crate::carts::CartNote;
use crate::events::{OrderEvent, ReturnedLine};
use crate::refusals;
use crate::words::goods::Sku;
use crate::words::id::{RefundId, ReturnId};
use crate::words::line::Line;
use crate::words::money::Money;
use crate::words::setting::Note;

pub use deciding::Verdict;
pub use declaring::{ClosedStatement, Declaration, KEPT_CLOSED, WithdrawalStatement};
pub use receiving::{Receipt, ReceivedLines};
pub use requesting::{Confirmed, ReturnRequest, ReturnWindow};

/// Maximum number of returns of an order. Each may become a refund.
pub const MAX_RETURNS: usize = MAX_GRANTED;

/// How long the shop has for paying the money back (Directive 2011/83/EU, Article 13(1)), and the customer for sending the goods
/// (Article 14(1)).
pub const DUE_WITHIN: SignedDuration = SignedDuration::from_hours(14 * 24);

/// How long the seller is liable for defects (Directive (EU) 2019/771, Article 10(1): two years, the longer if one of them is a leap
/// year).
pub const LIABLE_FOR: SignedDuration = SignedDuration::from_hours(731 * 24);

/// Why goods are sent back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ReturnKind {
    /// The customer withdraws from the contract, for no reason that they have to give.
    Withdrawal,
    /// Something is defective.
    Defect,
    /// A kind of a newer version.
    #[serde(other)]
    #[cfg_attr(feature = "schema", schemars(skip))]
    Unknown,
}

/// How far a return is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "OrderReturnStatus"))]
#[serde(rename_all = "snake_case")]
pub enum ReturnState {
    /// The staff decide whether the shop takes the goods back.
    Requested,
    /// The customer sends the goods back.
    Accepted,
    /// The shop does not take the goods back.
    Refused,
    /// The goods came back.
    Received,
    /// Nothing had been shipped, so the order was cancelled, and nothing is sent back.
    OrderCancelled,
    /// A state of a newer version.
    #[serde(other)]
    #[cfg_attr(feature = "schema", schemars(skip))]
    Unknown,
}

/// A return of pieces of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OrderReturn {
    /// Its id.
    pub return_id: ReturnId,
    /// Why the goods are sent back.
    pub kind: ReturnKind,
    /// How far it is.
    pub status: ReturnState,
    /// What is to come back.
    pub lines: Vec<Line>,
    /// What the customer wanted to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<CartNote>,
    /// When the customer's declaration was received.
    pub acknowledged_at: Timestamp,
    /// By when the money is to be paid back.
    pub refund_due_at: Timestamp,
    /// By when the customer is to send the goods, if they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub send_by: Option<Timestamp>,
    /// When the staff decided, if it was theirs to decide.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<Timestamp>,
    /// Why they decided so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Note>,
    /// What came back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub received: Vec<ReturnedLine>,
    /// When it came back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received_at: Option<Timestamp>,
    /// What was deducted from the price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deduction: Option<Deduction>,
    /// The refund, if money was left to refund.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_id: Option<RefundId>,
}

/// What the customer owes for goods that were handled beyond what establishes their nature (Directive 2011/83/EU, Article 14(2)).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Deduction {
    /// How much.
    pub amount: Money,
    /// Why, for the staff and the customer.
    pub reason: Note,
}

/// How far the returns of an order are together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ReturnStatus {
    /// Nothing was sent back, or is to be.
    None,
    /// The customer wants to send something back, or is sending it.
    Requested,
    /// Some pieces came back.
    PartiallyReturned,
    /// All pieces came back.
    Returned,
}

/// The result of a decision about a return: what the return is afterwards, the order's change if it changes, and the event beside
/// the change's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Returning {
    /// The return.
    pub returned: OrderReturn,
    /// The order's change.
    pub change: Option<Change>,
    /// Another event.
    pub also: Option<OrderEvent>,
}

impl Returning {
    /// Nothing changes.
    fn known(returned: &OrderReturn) -> Self {
        Self { returned: returned.clone(), change: None, also: None }
    }
}

refusals! {
    /// Why goods are not taken back.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub enum ReturnRefusal {
        /// Too much time has passed since the goods arrived.
        #[error("the time for returning the goods is over")]
        WindowOver => Conflict, "return_window_over", "The order's `can.return_until` says when it ended. Something defective can be returned longer, with `kind` `defect`.";
        /// Nothing of the order is with the customer, or all of it is on its way back already.
        #[error("nothing of the order is left to return")]
        Nothing => Conflict, "nothing_to_return", "Read the order's `returns` and `progress`.";
        /// The goods are exempt from the right of withdrawal (Directive 2011/83/EU, Article 16).
        #[error("{sku} is exempt from the right of withdrawal")]
        NotReturnable {
            /// The SKU.
            sku: Sku,
        } => Invalid, "not_returnable", "Leave it out. If it is defective, send `kind` `defect`.";
        /// More pieces than were shipped and are not on their way back, or a SKU that was not ordered.
        #[error("of {sku}, {left} can be returned")]
        QuantityExceedsShipped {
            /// The SKU.
            sku: Sku,
            /// How many pieces of it are left to return.
            left: u32,
        } => Invalid, "quantity_exceeds_shipped", "Return at most what was shipped, less what is in other returns.";
        /// As many returns as an order can have.
        #[error("an order has at most {MAX_RETURNS} returns")]
        TooMany => Conflict, "too_many_returns", "Write to the shop.";
        /// The return does not exist.
        #[error("return not found")]
        NotFound => NotFound, "return_not_found", "Check the id.";
        /// The goods of this return came back before.
        #[error("the return was received before")]
        Received => Conflict, "return_received", "Read the order's `returns`.";
        /// The shop does not take the goods back, or has not decided yet, or nothing is sent back.
        #[error("only an accepted return is received")]
        NotAccepted => Conflict, "return_not_accepted", "Decide about the return first.";
        /// More pieces than the customer has announced, or a SKU that is not in the return.
        #[error("the return has {left} pieces of {sku}")]
        QuantityExceedsReturn {
            /// The SKU.
            sku: Sku,
            /// How many pieces of it are in the return.
            left: u32,
        } => Invalid, "quantity_exceeds_return", "Receive at most what is in the return's `lines`. The customer can ask for another return.";
        /// More than the goods cost, or in another currency.
        #[error("at most {most} minor units can be deducted", most = .most.amount())]
        DeductionTooLarge {
            /// What the goods cost.
            most: Money,
        } => Invalid, "deduction_too_large", "Deduct at most what the goods cost, in the order's currency.";
        /// The customer claims money back through their bank.
        #[error("the payment is disputed, and nothing can be refunded until the bank has decided")]
        Disputed => Conflict, "payment_disputed", "Wait for the end of the dispute.";
        /// The money of a parcel is being captured.
        #[error("money of the order is being captured, and it is not known yet how much")]
        CapturePending => Conflict, "capture_pending", "Try again in a moment. If that does not help, look into the order's timeline.";
        /// The order has as many refunds as it can have.
        #[error("the order has as many refunds as it can have")]
        TooManyRefunds => Conflict, "too_many_refunds", "Refund the customer outside of the shop.";
        /// The customer withdraws from the contract in time, which the shop cannot refuse.
        #[error("a withdrawal cannot be refused")]
        CannotBeRefused => Conflict, "withdrawal_cannot_be_refused", "Receive the goods, and deduct what they have lost in value.";
        /// The staff have decided otherwise before, or there was nothing to decide.
        #[error("it was decided otherwise before")]
        Decided => Conflict, "return_decided", "Read the order's `returns`.";
    }
}

impl OrderReturn {
    /// Returns whether somebody of the staff has something to do for it.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self.status, ReturnState::Requested | ReturnState::Accepted)
    }

    /// Returns how many pieces of a SKU are on their way back, or came back.
    fn pieces_of(&self, sku: &Sku) -> u32 {
        match self.status {
            ReturnState::Requested | ReturnState::Accepted => {
                let lines = self.lines.iter().filter(|line| line.sku == *sku);
                lines.map(|line| line.quantity.into_inner()).sum()
            }
            ReturnState::Received => self.received_of(sku),
            ReturnState::Refused | ReturnState::OrderCancelled | ReturnState::Unknown => 0,
        }
    }

    /// Returns how many pieces of a SKU came back with it.
    #[must_use]
    pub fn received_of(&self, sku: &Sku) -> u32 {
        let lines = self.received.iter().filter(|line| line.sku == *sku);
        lines.map(|line| line.restock.saturating_add(line.write_off)).sum()
    }
}

impl Order {
    /// Returns how far its returns are together.
    #[must_use]
    pub fn return_status(&self) -> ReturnStatus {
        if self.has_open_return() {
            return ReturnStatus::Requested;
        }
        let received = self.returns.iter().flat_map(|returned| &returned.received);
        let ordered = self.pieces_to_deliver();
        match received.map(ReturnedLine::pieces).sum::<u64>() {
            0 => ReturnStatus::None,
            pieces if pieces < ordered => ReturnStatus::PartiallyReturned,
            _ => ReturnStatus::Returned,
        }
    }

    /// Returns how many pieces of a SKU the customer has, and are not on their way back.
    #[must_use]
    pub fn left_to_return(&self, sku: &Sku) -> u32 {
        let shipped = self.progress.iter().find(|line| line.sku == *sku).map_or(0, |line| line.shipped);
        let back: u32 = self.returns.iter().map(|returned| returned.pieces_of(sku)).sum();
        shipped.saturating_sub(back)
    }

    /// Returns by when the first of its open returns is to be paid back.
    #[must_use]
    pub fn refund_due_at(&self) -> Option<Timestamp> {
        let open = self.returns.iter().filter(|returned| returned.is_open());
        open.map(|returned| returned.refund_due_at).min()
    }

    pub(super) fn has_open_return(&self) -> bool {
        self.status == OrderStatus::Confirmed && self.returns.iter().any(OrderReturn::is_open)
    }

    /// Returns whether this version knows what each return is.
    pub(super) fn knows_its_returns(&self) -> bool {
        let is_known = |returned: &OrderReturn| {
            returned.status != ReturnState::Unknown && returned.kind != ReturnKind::Unknown
        };
        self.returns.iter().all(is_known)
    }

    /// Returns a return by its id.
    ///
    /// # Errors
    /// If the order has no such return.
    pub fn return_of(&self, return_id: ReturnId) -> Result<&OrderReturn, ReturnRefusal> {
        self.returns.iter().find(|returned| returned.return_id == return_id).ok_or(ReturnRefusal::NotFound)
    }

    /// Returns the order after one of its returns has become `after`.
    fn with_return(&self, after: &OrderReturn, now: Timestamp) -> Self {
        let mut order = Self { updated_at: now, ..self.clone() };
        match order.returns.iter_mut().find(|returned| returned.return_id == after.return_id) {
            Some(returned) => *returned = after.clone(),
            None => order.returns.push(after.clone()),
        }
        order
    }
}
