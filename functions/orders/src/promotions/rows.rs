//! Rows of the orders table for promotions with a code.
//!
//! | row | pk | sk | gsi1 (all promotions) |
//! |---|---|---|---|
//! | promotion | `PROMOTION#<code>` | `PROMOTION` | `PROMOTIONS` / `<code>` |
//! | uses | `PROMOTION#<code>` | `USES` | |
//! | uses of a customer | `PROMOTION#<code>` | `USES#<user>` | |
//!
//! Orders count uses by updates under the condition of the limit, so that orders at the same time exceed none of them, and staff
//! change a promotion without meeting them: docs/decisions/0081-codes-are-counted-with-the-order.md

use domain::promotions::{Promotion, Uses};
use domain::words::id::UserId;
use domain::words::promotion_code::PromotionCode;
use store::{Item, Key, Row};

/// The index partition of all promotions.
pub const PROMOTIONS: &str = "PROMOTIONS";

/// The attribute that counts uses.
pub const USED: &str = "used";

/// A promotion.
#[derive(Debug)]
pub struct PromotionRow;

impl Row for PromotionRow {
    type Value = Promotion;
    const KIND: &'static str = "promotion";

    fn key(promotion: &Promotion) -> Key {
        promotion_key(&promotion.code)
    }

    fn place(promotion: &Promotion, item: Item) -> Item {
        item.indexed(1, PROMOTIONS, promotion.code.to_string())
    }

    fn is_understood(promotion: &Promotion) -> bool {
        promotion.rule.is_understood()
    }
}

/// How often a code is used, by all customers or by one.
#[derive(Debug)]
pub struct UsesRow;

impl Row for UsesRow {
    type Value = Uses;
    const KIND: &'static str = "promotion_uses";

    fn key(uses: &Uses) -> Key {
        match uses.user_id {
            Some(user_id) => uses_of_key(&uses.code, user_id),
            None => uses_key(&uses.code),
        }
    }
}

/// Returns the key of a promotion.
#[must_use]
pub fn promotion_key(code: &PromotionCode) -> Key {
    Key::new(format!("PROMOTION#{code}"), "PROMOTION")
}

/// Returns the key of the number of uses of a code.
#[must_use]
pub fn uses_key(code: &PromotionCode) -> Key {
    Key::new(format!("PROMOTION#{code}"), "USES")
}

/// Returns the key of the number of a customer's uses of a code.
#[must_use]
pub fn uses_of_key(code: &PromotionCode, user_id: UserId) -> Key {
    Key::new(format!("PROMOTION#{code}"), format!("USES#{user_id}"))
}
