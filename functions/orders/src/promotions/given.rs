//! Reads promotions by the codes that a customer gives.

use domain::promotions::{GivenCode, GivenCodes, Promotion, Uses};
use domain::words::id::UserId;
use domain::words::promotion_code::PromotionCode;
use store::{Error, Stored};

use crate::promotions::rows::{promotion_key, uses_key, uses_of_key};
use crate::store::Orders;

impl Orders {
    /// Returns the promotions of the given codes, with their uses. Codes that do not exist are left out.
    ///
    /// # Errors
    /// If the table fails.
    pub async fn given_codes(&self, codes: &[PromotionCode], user_id: UserId) -> Result<GivenCodes, Error> {
        if codes.is_empty() {
            return Ok(GivenCodes::default());
        }
        let promotions: Vec<_> = codes.iter().map(promotion_key).collect();
        let of_user = codes.iter().map(|code| uses_of_key(code, user_id));
        let uses: Vec<_> = codes.iter().map(uses_key).chain(of_user).collect();
        let (promotions, uses) = futures::try_join!(
            self.table.get_many::<Promotion>(&promotions),
            self.table.get_many::<Uses>(&uses)
        )?;
        let used = |promotion: &Promotion, user: Option<UserId>| {
            let mut uses = uses.iter().map(|uses| &uses.value);
            uses.find(|uses| uses.code == promotion.code && uses.user_id == user).map(|uses| uses.used)
        };
        let given = |Stored { value: promotion, .. }| GivenCode {
            used: used(&promotion, None).unwrap_or_default(),
            used_by_customer: used(&promotion, Some(user_id)),
            promotion,
        };
        let mut found: Vec<_> = promotions.into_iter().map(given).collect();
        found.sort_by_key(|given| codes.iter().position(|code| *code == given.promotion.code));
        Ok(GivenCodes { user_id: Some(user_id), found })
    }
}
