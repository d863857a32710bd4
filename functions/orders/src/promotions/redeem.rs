//! Uses codes up, and gives them back, in the transaction that places or ends the order.

use std::num::NonZeroU32;

use domain::promotions::{CodeRefusal, GivenCode, GivenCodes, Promotion, Redemption, Uses};
use domain::words::id::UserId;
use edge::Problem;
use store::{Change, Key, Row, Update};

use crate::promotions::rows::{USED, UsesRow, uses_key, uses_of_key};

/// Uses up the codes of an order that is placed.
pub fn redeem<R: Row>(change: Change<R, Problem>, codes: &GivenCodes) -> Change<R, Problem> {
    let Some(user_id) = codes.user_id else { return change };
    codes.found.iter().fold(change, |change, code| use_up(change, code, user_id))
}

/// Makes the codes of an order that has ended unpaid usable again.
pub fn give_back<R: Row, E>(change: Change<R, E>, redemptions: &[Redemption]) -> Change<R, E> {
    let keys = |redemption: &Redemption| {
        [uses_key(&redemption.code), uses_of_key(&redemption.code, redemption.user_id)]
    };
    let one_less = |key| Update::new(key).add(USED, -1).when_at_least(USED, 1);
    redemptions.iter().flat_map(keys).fold(change, |change, key| change.update(one_less(key)))
}

fn use_up<R: Row>(change: Change<R, Problem>, code: &GivenCode, user_id: UserId) -> Change<R, Problem> {
    let Promotion { code: name, limit, per_customer, .. } = &code.promotion;
    let used_up = || CodeRefusal::UsedUp(name.clone()).into();
    let change = change.update_or(one_more(uses_key(name), *limit), used_up());
    if code.used_by_customer.is_some() {
        return change.update_or(one_more(uses_of_key(name, user_id), *per_customer), used_up());
    }
    change.insert::<UsesRow>(&Uses { code: name.clone(), user_id: Some(user_id), used: 1 })
}

fn one_more(key: Key, limit: Option<NonZeroU32>) -> Update {
    let update = Update::new(key).add(USED, 1);
    match limit {
        Some(limit) => update.when_at_most(USED, u64::from(limit.get() - 1)),
        None => update,
    }
}
