//! Codes that a customer has given, with what is known of them.

use std::num::NonZeroU32;

use jiff::Timestamp;

use crate::promotions::{Promotion, Redemption};
use crate::quote::{self, CodeProblem};
use crate::refusals;
use crate::words::id::UserId;
use crate::words::promotion_code::PromotionCode;

refusals! {
    /// Why a code is not taken.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub enum CodeRefusal {
        /// There is no such code.
        #[error("promotion code {0} not found")]
        Unknown(PromotionCode) => Invalid, "code_unknown", "Check the code.";
        /// It is not valid yet, or not any more.
        #[error("promotion code {0} is not valid at this time")]
        Expired(PromotionCode) => Invalid, "code_expired", "Remove the code.";
        /// The order has not what the code is about, or is too small, or has another code that allows no other.
        #[error("promotion code {0} does not apply to this order")]
        NotApplicable(PromotionCode) => Invalid, "code_not_applicable", "Remove the code, or change the order.";
        /// It was used as often as it may be, by all customers or by this one.
        #[error("promotion code {0} has reached its limit of uses")]
        UsedUp(PromotionCode) => Conflict, "code_used_up", "Remove the code.";
    }
}

impl CodeRefusal {
    /// The code of the refusal that a request's own order may have caused.
    pub const USED_UP: &'static str = "code_used_up";

    /// Returns the refusal of a code for what is wrong with it.
    #[must_use]
    pub fn of(code: PromotionCode, problem: CodeProblem) -> Self {
        match problem {
            CodeProblem::Unknown => Self::Unknown(code),
            CodeProblem::Expired => Self::Expired(code),
            CodeProblem::NotApplicable => Self::NotApplicable(code),
            CodeProblem::UsedUp => Self::UsedUp(code),
        }
    }
}

/// A code that a customer has given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenCode {
    /// The promotion.
    pub promotion: Promotion,
    /// How many orders use it.
    pub used: u64,
    /// How many orders of the customer use it; `None` if none ever has.
    pub used_by_customer: Option<u64>,
}

/// Codes that a customer has given, as far as they exist.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GivenCodes {
    /// Whose they are; no one's without codes.
    pub user_id: Option<UserId>,
    /// Those that exist.
    pub found: Vec<GivenCode>,
}

impl GivenCode {
    /// Returns why it cannot be used whatever is ordered, if it cannot.
    #[must_use]
    pub fn problem(&self, now: Timestamp) -> Option<CodeProblem> {
        let Promotion { rule, limit, per_customer, .. } = &self.promotion;
        let is_reached =
            |limit: &Option<NonZeroU32>, used: u64| limit.is_some_and(|limit| used >= u64::from(limit.get()));
        if now < rule.from || rule.until.is_some_and(|until| now >= until) {
            Some(CodeProblem::Expired)
        } else if is_reached(limit, self.used)
            || is_reached(per_customer, self.used_by_customer.unwrap_or_default())
        {
            Some(CodeProblem::UsedUp)
        } else {
            None
        }
    }
}

impl GivenCodes {
    /// Returns what is known of a code.
    #[must_use]
    pub fn get(&self, code: &PromotionCode) -> Option<&GivenCode> {
        self.found.iter().find(|given| given.promotion.code == *code)
    }

    /// Returns the promotion of a code as quotes apply it.
    ///
    /// # Errors
    /// What is wrong with the code whatever is ordered.
    pub fn promotion(&self, code: &PromotionCode, now: Timestamp) -> Result<quote::Promotion, CodeProblem> {
        let given = self.get(code).ok_or(CodeProblem::Unknown)?;
        match given.problem(now) {
            Some(problem) => Err(problem),
            // A newer version knows what it does.
            None => given.promotion.rule.promotion(code.to_string(), false).ok_or(CodeProblem::NotApplicable),
        }
    }

    /// Returns what an order that is placed now uses up.
    #[must_use]
    pub fn redemptions(&self) -> Vec<Redemption> {
        let redemption = |given: &GivenCode| {
            Some(Redemption { code: given.promotion.code.clone(), user_id: self.user_id? })
        };
        self.found.iter().filter_map(redemption).collect()
    }
}
