//! `GET /cart`: shows the caller's cart at today's prices.

use domain::carts::{Basis, CartView};
use edge::{Call, NoBody, Problem, Reply};

use crate::carts::{Carts, show};

/// Shows the caller's cart, with what has changed since they have last seen it, and what keeps it from being ordered. Nothing is held
/// for a cart. While the product service is unavailable, it has the titles and prices that were last seen, and `stale`.
///
/// # Errors
/// If the table fails.
pub async fn get_cart(carts: Carts, call: Call<NoBody>) -> Result<Reply<CartView>, Problem> {
    let user_id = call.caller.user_id;
    let settings = carts.settings.at(call.now).await?;
    let found = carts.orders.cart(user_id, call.now).await?;
    let cart = found.as_ref().map(|found| &found.value);
    let skus = cart.map(|cart| cart.skus(None)).unwrap_or_default();
    let codes = cart.map(|cart| cart.codes.as_slice()).unwrap_or_default();
    let codes = carts.orders.given_codes(codes, user_id).await?;
    let offers = carts.offers(skus, &call.cause).await?;
    let basis = Basis { offers: offers.as_ref(), settings: &settings, codes: &codes, now: call.now };
    Ok(show(found, user_id, basis))
}
