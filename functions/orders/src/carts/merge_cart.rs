//! `POST /cart/merge`: gives the cart of the guest that the caller was until signing in to the caller's account.

use domain::carts::{Cart, CartView};
use domain::words::id::UserId;
use edge::{Call, NoBody, Problem, Reply};
use store::{Change, Error, Stored, Trigger};

use crate::carts::rows::{CartRow, cart_key};
use crate::carts::{Carts, show_to};
use crate::store::Orders;

/// Gives a guest's cart to the account, and shows it. The first access token of a session that began with a guest's refresh token says
/// who the guest was; with any other token, and when it is repeated, this only shows the cart. What the guest had is the account's soon
/// even without this request, since the event of the merge does the same.
///
/// # Errors
/// If the table fails.
pub async fn merge_cart(carts: Carts, call: Call<NoBody>) -> Result<Reply<CartView>, Problem> {
    if let Some(guest) = call.caller.merges {
        carts.orders.merge_cart::<Problem>((guest, call.caller.user_id), &call).await?;
    }
    show_to(&carts, &call).await
}

impl Orders {
    /// Gives a guest's cart to an account. What is left of it remembers that, so a repetition finds nothing to give.
    ///
    /// # Errors
    /// If the table fails.
    pub(crate) async fn merge_cart<E: From<Error>>(
        &self,
        (from, into): (UserId, UserId),
        trigger: &dyn Trigger,
    ) -> Result<(), E> {
        let now = trigger.now();
        let merge = async |found: Option<Stored<Cart>>| {
            let Some(guest) = found else { return Ok(None) };
            let own = self.cart(into, now).await?;
            let merged = Cart::merge(own.as_ref().map(|own| &own.value), &guest.value, into, now);
            let Some((cart, left)) = merged else { return Ok(None) };
            let change = Change::to(left);
            Ok::<_, E>(Some(match own {
                Some(own) => change.replace::<CartRow>(&own, &cart),
                None => change.insert::<CartRow>(&cart),
            }))
        };
        self.table.at::<CartRow>(cart_key(from)).change(trigger, merge).await.map(drop)
    }
}
