//! `PATCH /cart`: changes the addresses, the way of shipping, the codes and the note of the caller's cart, and takes the changes that it shows.

use domain::carts::{Basis, Cart, CartEdit, CartNote, CartView};
use domain::words::address::AddressRefusal;
use domain::words::person::Address;
use domain::words::promotion_code::Codes;
use domain::words::setting::SettingId;
use edge::{Call, Problem, Reply, RequestRefusal, present, removable};
use serde::Deserialize;
use store::{Change, Decision, Stored};

use crate::carts::rows::{CartRow, cart_key};
use crate::carts::{Carts, or_new, show};

/// What to change: a JSON merge patch (RFC 7396). `null` removes.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UpdateCart {
    /// The delivery address.
    #[serde(default, deserialize_with = "removable")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<Address>"))]
    pub shipping_address: Option<Option<Address>>,
    /// The address on the invoice, if it is another.
    #[serde(default, deserialize_with = "removable")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<Address>"))]
    pub billing_address: Option<Option<Address>>,
    /// The way of shipping: the `method` of one of `shipping_options`.
    #[serde(default, deserialize_with = "removable")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<SettingId>"))]
    pub shipping_method: Option<Option<SettingId>>,
    /// The codes of promotions, all that there are to be.
    #[serde(default, deserialize_with = "present")]
    #[cfg_attr(feature = "schema", schemars(with = "Codes"))]
    pub codes: Option<Codes>,
    /// What the customer wants to say about the order.
    #[serde(default, deserialize_with = "removable")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<CartNote>"))]
    pub note: Option<Option<CartNote>>,
    /// Whether the customer takes `changes`: today's prices, as many pieces as there are, and nothing that is not for sale.
    #[serde(default)]
    pub acknowledge: bool,
}

/// Changes the caller's cart. A way of shipping that a new address does not have is forgotten.
///
/// # Errors
/// 409 if the cart is an account's since the guest has one, or a new code is used up; 412 if `If-Match` specifies another version; 422
/// if an address lacks what its country needs, the shop does not deliver there, the way of shipping is not offered, or a new code does
/// not apply; 503 for `acknowledge` if the product
/// service is unavailable.
pub async fn update_cart(carts: Carts, call: Call<UpdateCart>) -> Result<Reply<CartView>, Problem> {
    let (caller, now) = (&call.caller, call.now);
    let edit = call.body.checked()?;
    let settings = carts.settings.at(now).await?;
    let update = async |found: Option<Stored<Cart>>| {
        let (cart, version) = or_new(found, caller.user_id, now);
        let offers = carts.offers(cart.skus(None), &call.cause).await?;
        if edit.acknowledge && offers.is_none() {
            return Err(RequestRefusal::Unavailable.into());
        }
        let wanted = edit.codes.clone().map_or_else(|| cart.codes.clone(), Vec::from);
        let codes = carts.orders.given_codes(&wanted, caller.user_id).await?;
        let basis = Basis { offers: offers.as_ref(), settings: &settings, codes: &codes, now };
        let changed = cart.edit(&edit, basis)?;
        if changed.codes != cart.codes {
            changed.wanted().check_codes(basis)?;
        }
        if changed == cart {
            return Ok(Decision::new(None, (offers, codes)));
        }
        call.if_match(version)?;
        let change = Change::to(changed.kept(caller.is_guest, now));
        Ok::<_, Problem>(Decision::new(Some(change), (offers, codes)))
    };
    let row = carts.orders.table.at::<CartRow>(cart_key(caller.user_id));
    // Boxed, or the futures are nested deeper than the compiler goes.
    let done = Box::pin(row.change(&call, update)).await?;
    let (offers, codes) = &done.answer;
    let basis = Basis { offers: offers.as_ref(), settings: &settings, codes, now };
    Ok(show(done.row, caller.user_id, basis))
}

impl UpdateCart {
    fn checked(&self) -> Result<CartEdit, AddressRefusal> {
        let checked = |address: &Option<Option<Address>>| {
            let address = address.as_ref().map(|address| address.as_ref().map(Address::checked).transpose());
            address.transpose()
        };
        Ok(CartEdit {
            shipping_address: checked(&self.shipping_address)?,
            billing_address: checked(&self.billing_address)?,
            shipping_method: self.shipping_method.clone(),
            codes: self.codes.clone(),
            note: self.note.clone(),
            acknowledge: self.acknowledge,
        })
    }
}
