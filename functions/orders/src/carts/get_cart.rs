//! `GET /cart`: shows the caller's cart at today's prices.

use domain::carts::{Cart, CartView};
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
    let skus = found.as_ref().map(|found| Cart::skus(&found.value, None)).unwrap_or_default();
    let offers = carts.offers(skus, &call.cause).await?;
    Ok(show(found, user_id, offers.as_ref(), &settings, call.now))
}
