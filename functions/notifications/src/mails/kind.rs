//! The kinds of mails, and which of them a customer gets when.

use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantArray};

/// A kind of mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, VariantArray, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Kind {
    /// The account was created, and its address is to be confirmed.
    Welcome,
    /// Somebody asked for a link to choose a new password, or tried to register the address again.
    ResetPassword,
    /// An account is to have this address, which is to be confirmed.
    ConfirmEmail,
    /// The account no longer has this address.
    EmailChanged,
    /// The account has a new password.
    PasswordChanged,
    /// Somebody is invited to work in the shop.
    Invitation,
    /// An account has other roles.
    RolesChanged,
    /// Signing in to the account requires a second factor.
    SecondFactorAdded,
    /// Signing in to the account requires a second factor no longer.
    SecondFactorRemoved,
    /// The account is to be erased.
    ErasureRequested,
    /// The order is received; payment is due.
    OrderReceived,
    /// The order is paid.
    OrderConfirmed,
    /// The order was cancelled.
    OrderCancelled,
    /// The order was not paid in time.
    OrderExpired,
    /// The order was paid, but its stock had gone to other orders.
    OrderOutOfStock,
    /// A parcel of the order is on its way.
    OrderShipped,
    /// The order once more, with how far it is.
    OrderAgain,
    /// Pieces of the order are not delivered.
    OrderLinesCancelled,
    /// The staff have something to tell the customer about the order.
    OrderNote,
    /// The customer sends goods back, or has withdrawn from the contract.
    ReturnAcknowledged,
    /// The shop takes back what is said to be defective.
    ReturnAccepted,
    /// The shop does not take back what is said to be defective.
    ReturnRefused,
    /// Somebody asked for a link to their order.
    OrderLink,
    /// Goods came back.
    ReturnReceived,
    /// Somebody has declared a withdrawal without signing in, which became no return.
    StatementReceived,
    /// The customer has to confirm the payment.
    PaymentActionRequired,
    /// The payment was declined.
    PaymentFailed,
    /// Money was refunded.
    RefundSucceeded,
    /// Money could not be refunded.
    RefundFailed,
    /// What the customer waits for is in stock again.
    BackInStock,
    /// To the staff: an order is paid.
    StaffNewOrder,
    /// To the staff: a SKU runs low.
    StaffLowStock,
    /// To the staff: a customer claims money back through their bank.
    StaffDispute,
    /// To the staff: money could not be refunded.
    StaffRefundFailed,
    /// To the staff: somebody has declared a withdrawal without signing in, which became no return.
    StaffWithdrawal,
}

impl Kind {
    /// Returns the name of its templates.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// Returns how far the order of a mail of this kind has come; `None` if its mails are in no order.
    fn stage(self) -> Option<u8> {
        match self {
            Self::Welcome
            | Self::ResetPassword
            | Self::ConfirmEmail
            | Self::EmailChanged
            | Self::PasswordChanged
            | Self::Invitation
            | Self::RolesChanged
            | Self::SecondFactorAdded
            | Self::SecondFactorRemoved
            | Self::ErasureRequested
            // One for each parcel, note, or request.
            | Self::OrderShipped
            | Self::OrderAgain
            | Self::OrderLinesCancelled
            | Self::OrderNote
            | Self::ReturnAcknowledged
            | Self::ReturnAccepted
            | Self::ReturnRefused
            | Self::ReturnReceived
            | Self::StatementReceived
            | Self::OrderLink
            | Self::RefundSucceeded
            | Self::RefundFailed
            | Self::BackInStock
            | Self::StaffNewOrder
            | Self::StaffLowStock
            | Self::StaffDispute
            | Self::StaffRefundFailed
            | Self::StaffWithdrawal => None,
            Self::OrderReceived => Some(0),
            Self::PaymentActionRequired | Self::PaymentFailed => Some(1),
            Self::OrderConfirmed => Some(2),
            Self::OrderCancelled | Self::OrderExpired | Self::OrderOutOfStock => Some(3),
        }
    }

    /// Returns whether it is sent even to those who have reported a mail as unwanted: because it concerns the security of
    /// their account, or because a seller owes it to the buyer. That is the receipt of an order (Directive 2000/31/EC Art.
    /// 11), its confirmation (Directive 2011/83/EU Art. 8(7)), its end without one, that a withdrawal was received (Art. 11a(4)),
    /// and the return of the money (Art. 13).
    #[must_use]
    pub fn is_required(self) -> bool {
        match self {
            Self::ResetPassword
            | Self::ConfirmEmail
            | Self::EmailChanged
            | Self::PasswordChanged
            | Self::RolesChanged
            | Self::SecondFactorAdded
            | Self::SecondFactorRemoved
            | Self::ErasureRequested
            | Self::OrderReceived
            | Self::OrderConfirmed
            | Self::OrderCancelled
            | Self::OrderExpired
            | Self::OrderOutOfStock
            | Self::OrderShipped
            | Self::OrderLinesCancelled
            | Self::ReturnAcknowledged
            | Self::ReturnAccepted
            | Self::ReturnRefused
            | Self::ReturnReceived
            | Self::StatementReceived
            | Self::PaymentFailed
            | Self::RefundSucceeded
            | Self::RefundFailed => true,
            // Strangers can cause the first by registering the address. The second reminds of a payment that is not owed yet.
            Self::Welcome | Self::PaymentActionRequired => false,
            // The order's page has it as well.
            Self::OrderNote | Self::OrderAgain => false,
            // What it leads to was mailed before.
            Self::OrderLink => false,
            // Nobody who has reported the shop's mails has to work in it.
            Self::Invitation => false,
            Self::BackInStock => false,
            // The console has it as well.
            Self::StaffNewOrder
            | Self::StaffLowStock
            | Self::StaffDispute
            | Self::StaffRefundFailed
            | Self::StaffWithdrawal => false,
        }
    }

    /// Returns whether it is sent only to an address whose owner has confirmed it. A stranger may have registered any other, and could
    /// have mails sent there.
    #[must_use]
    pub fn needs_confirmed_address(self) -> bool {
        self == Self::BackInStock
    }

    /// Returns whether a mail of this kind would contradict one of kind `other` that the customer has already got about
    /// the same order: one of a later stage, or the same end of the order.
    #[must_use]
    pub fn is_overtaken_by(self, other: Self) -> bool {
        match (self.stage(), other.stage()) {
            (Some(own), Some(other_stage)) => own < other_stage || (self == other && own >= 2),
            _ => false,
        }
    }
}
