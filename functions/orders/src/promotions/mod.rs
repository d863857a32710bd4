//! The resource `/admin/promotions`: codes that make an order cheaper.

pub mod given;
pub mod list_promotions;
pub mod put_promotion;
pub mod redeem;
pub mod rows;

pub use list_promotions::list_promotions;
pub use put_promotion::put_promotion;

use domain::promotions::Promotion;
use serde::Serialize;
use store::Stored;

/// A promotion, as the staff see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "Promotion"))]
pub struct PromotionEntry {
    /// The promotion.
    #[serde(flatten)]
    pub promotion: Promotion,
    /// How many orders use it, without those that have ended unpaid.
    pub used: u64,
    /// Its version, for `If-Match`.
    pub version: u64,
}

impl PromotionEntry {
    fn of(stored: Stored<Promotion>, used: u64) -> Self {
        Self { promotion: stored.value, used, version: stored.version }
    }
}

/// What the contract says of each operation beyond its route and its type, from which the rest is derived.
#[cfg(feature = "schema")]
#[must_use]
pub fn contract() -> Vec<edge::contract::Operation> {
    use domain::promotions::PromotionRefusal;
    use domain::words::promotion_code::PromotionCode;
    use edge::contract::{Header, Operation};

    vec![
        Operation::of("put-promotion", put_promotion)
            .path::<PromotionCode>()
            .if_match(Header::Required)
            .etag()
            .refuses_all_but(PromotionRefusal::CODES, &[]),
        Operation::of("list-promotions", list_promotions).list(),
    ]
}
