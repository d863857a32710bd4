//! `GET /cart`: shows the caller's cart at today's prices.

use domain::carts::CartView;
use edge::{Call, NoBody, Problem, Reply};

use crate::carts::{Carts, show_to};

/// Shows the caller's cart, with what has changed since they have last seen it, and what keeps it from being ordered. Nothing is held
/// for a cart. While the product service is unavailable, it has the titles and prices that were last seen, and `stale`.
///
/// # Errors
/// If the table fails.
pub async fn get_cart(carts: Carts, call: Call<NoBody>) -> Result<Reply<CartView>, Problem> {
    show_to(&carts, &call).await
}
