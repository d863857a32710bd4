//! What somebody claims who says that an order is theirs, without signing in.

use serde::{Deserialize, Serialize};

use crate::words::id::{LinkTokenId, OrderId, UserId};
use crate::words::locale::Locale;
use crate::words::order_number::DeclaredNumber;
use crate::words::person::{Email, Name};

/// A claim that an order is somebody's, for the user service to compare with what it knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Claim {
    /// What was stated as the order's number. It is counted, and not kept.
    pub number: DeclaredNumber,
    /// The address of whoever claims it.
    pub email: Email,
    /// The customer of the order with this number, if there is such an order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<UserId>,
    /// What they want.
    pub wanted: Wanted,
}

/// What somebody wants who claims an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Wanted {
    /// To withdraw from the contract. They are to be reached even if the order is not theirs.
    Withdrawal(Declarant),
    /// A link to the order.
    Link(WantedLink),
}

/// A link that somebody asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WantedLink {
    /// The link's id.
    pub token_id: LinkTokenId,
    /// The order, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_id: Option<OrderId>,
}

/// Who has withdrawn from a contract without signing in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Declarant {
    /// The id under which the name and the address are kept.
    pub user_id: UserId,
    /// The name.
    pub name: Name,
    /// The language of the mail.
    #[serde(default)]
    pub locale: Locale,
}

/// What the user service says about a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Compared {
    /// Whether the order's customer is reached at the address.
    pub matches: bool,
}

/// What is claimed, for counting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClaimKind {
    /// A withdrawal.
    Statement,
    /// A link to an order.
    LookUp,
}

impl ClaimKind {
    /// Returns its name in counters.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Statement => "statement",
            Self::LookUp => "look-up",
        }
    }
}

impl Claim {
    /// Returns what is claimed.
    #[must_use]
    pub fn kind(&self) -> ClaimKind {
        match self.wanted {
            Wanted::Withdrawal(_) => ClaimKind::Statement,
            Wanted::Link(_) => ClaimKind::LookUp,
        }
    }
}
