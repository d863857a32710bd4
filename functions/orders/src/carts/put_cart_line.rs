//! `PUT /cart/lines/{sku}`: sets how many pieces of a SKU the caller's cart has.

use domain::carts::{Basis, Cart, CartView, WantedQuantity};
use domain::words::goods::Sku;
use edge::{Call, Problem, Reply, RequestRefusal};
use serde::Deserialize;
use store::{Change, Decision, Outcome, Stored};
use telemetry::Metric;

use crate::carts::rows::{CartRow, cart_key};
use crate::carts::{Carts, or_new, show};

/// How many pieces the cart is to have.
#[derive(Debug, Clone, Copy, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PutCartLine {
    /// The number of pieces, up to 999; 0 removes the line.
    pub quantity: WantedQuantity,
}

/// Sets the number of pieces of a SKU, so a repeated request does no harm. More than the shop has is kept, and shown as a problem.
///
/// # Errors
/// 409 if the cart has 40 lines, or is an account's since the guest has one; 412 if `If-Match` specifies another version; 422 if the
/// SKU is not for sale; 503 if the product service is unavailable, except for a quantity of 0.
pub async fn put_cart_line(carts: Carts, call: Call<PutCartLine>) -> Result<Reply<CartView>, Problem> {
    let (sku, quantity): (Sku, _) = (call.path("sku")?, call.body.quantity);
    let (caller, now) = (&call.caller, call.now);
    let settings = carts.settings.at(now).await?;
    let put = async |found: Option<Stored<Cart>>| {
        let (cart, version) = or_new(found, caller.user_id, now);
        let codes = carts.orders.given_codes(&cart.codes, caller.user_id).await?;
        let offers = carts.offers(cart.skus(Some(&sku)), &call.cause).await?;
        let changed = match &offers {
            Some(offers) => cart.put_line(&sku, quantity, offers)?,
            None if quantity.into_inner() == 0 => cart.without_line(&sku)?,
            None => return Err(RequestRefusal::Unavailable.into()),
        };
        if changed == cart {
            return Ok(Decision::new(None, (offers, codes, false)));
        }
        call.if_match(version)?;
        let is_started = cart.lines.is_empty();
        let change = Change::to(changed.kept(caller.is_guest, now));
        Ok::<_, Problem>(Decision::new(Some(change), (offers, codes, is_started)))
    };
    let row = carts.orders.table.at::<CartRow>(cart_key(caller.user_id));
    // Boxed, or the futures are nested deeper than the compiler goes.
    let done = Box::pin(row.change(&call, put)).await?;
    let (offers, codes, is_started) = &done.answer;
    if *is_started && done.outcome == Outcome::Written {
        Metric::CartsStarted.publish(1);
    }
    let basis = Basis { offers: offers.as_ref(), settings: &settings, codes, now };
    Ok(show(done.row, caller.user_id, basis))
}
