//! Promotions: what makes an order cheaper. Customers type the code of a promotion; a campaign needs no code, and is a
//! [setting](crate::settings).
//!
//! A code may be used so many times in total, and by each customer. An order that is placed uses its codes up, and gives
//! them back if it ends unpaid.

mod given;
mod rule;
#[cfg(test)]
pub(crate) mod tests;

use std::num::NonZeroU32;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::words::id::UserId;
use crate::words::promotion_code::PromotionCode;

pub use given::{CodeRefusal, GivenCode, GivenCodes};
pub use rule::{Kind, MAX_PIECES, Pieces, PromotionRefusal, Rule, Target};

/// A promotion with a code, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "KeptPromotion"))]
pub struct Promotion {
    /// Its code.
    pub code: PromotionCode,
    /// What it does, and when.
    #[serde(flatten)]
    pub rule: Rule,
    /// How many orders may use it. Without a limit, any number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<NonZeroU32>,
    /// How many orders of one customer may use it. Without a limit, any number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_customer: Option<NonZeroU32>,
    /// Who has set it.
    pub changed_by: UserId,
    /// When.
    pub changed_at: Timestamp,
}

/// How often a code is in use by orders that are not given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Uses {
    /// The code.
    pub code: PromotionCode,
    /// The customer whose orders are counted; all customers' if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    /// How many orders use it.
    pub used: u64,
}

/// A code that an order has used up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Redemption {
    /// The code.
    pub code: PromotionCode,
    /// The customer for whom it counts: who has placed the order, even if the order is another account's by now.
    pub user_id: UserId,
}
