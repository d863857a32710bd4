//! Carts: what somebody is about to buy. Nothing is held for a cart, so its prices and its pieces may change; it knows what its owner
//! has seen, and tells what is different.

mod edit;
mod priced;
mod ready;
#[cfg(test)]
mod tests;
mod view;

use jiff::{SignedDuration, Timestamp};
use nutype::nutype;
use serde::{Deserialize, Serialize};

use crate::refusals;
use crate::words::goods::{Quantity, Sku, Title};
use crate::words::id::UserId;
use crate::words::line::MAX_LINES;
use crate::words::money::Money;
use crate::words::person::Address;
use crate::words::promotion_code::{MAX_CODES, PromotionCode};
use crate::words::setting::SettingId;

pub use edit::CartEdit;
pub use priced::{Basis, Priced, Wanted};
pub use ready::{CheckoutRefusal, Ready};
pub use view::{CartView, LineChange, LineView, OptionView, Problem, ProblemCode, QuoteView};

/// How long the cart of an account is kept after its last change.
const KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);

/// How long the cart of a guest is kept after its last change: as long as the guest's session lasts.
const KEPT_FOR_GUEST: SignedDuration = SignedDuration::from_hours(30 * 24);

/// How long it is remembered that a guest's cart has become an account's: longer than the guest's access token is valid.
const MERGED_KEPT: SignedDuration = SignedDuration::from_hours(24);

/// What the customer wants to say about the order; several lines are allowed.
#[nutype(
    sanitize(trim),
    validate(not_empty, len_char_max = 500),
    derive(Debug, Clone, PartialEq, Eq, AsRef, Display, Serialize, Deserialize)
)]
pub struct CartNote(String);

/// The number of pieces that a line is to have: 0 removes it.
#[nutype(
    validate(less_or_equal = 999),
    derive(Debug, Clone, Copy, PartialEq, Eq, AsRef, Display, Serialize, Deserialize)
)]
pub struct WantedQuantity(u32);

/// What is wanted of a SKU, and what its owner has seen of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CartLine {
    /// The SKU.
    pub sku: Sku,
    /// The number of pieces.
    pub quantity: Quantity,
    /// Its title when it was last seen.
    pub title: Title,
    /// The price of one piece when it was last seen.
    pub seen_price: Money,
}

/// A cart. One user has one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cart {
    /// Whose it is.
    pub user_id: UserId,
    /// What is in it.
    pub lines: Vec<CartLine>,
    /// The delivery address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipping_address: Option<Address>,
    /// The address on the invoice, if it is another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub billing_address: Option<Address>,
    /// The chosen way of shipping.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipping_method: Option<SettingId>,
    /// The codes of promotions that its owner has given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<PromotionCode>,
    /// What the customer wants to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<CartNote>,
    /// The account whose owner the guest has turned out to be. The cart is the account's by now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<UserId>,
    /// When it can be deleted.
    pub kept_until: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

refusals! {
    /// Why a cart was not changed.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub enum CartRefusal {
        /// The cart has as many lines as an order may have.
        #[error("a cart has at most {MAX_LINES} lines")]
        Full => Conflict, "cart_full", "Remove a line first.";
        /// The shop does not sell the SKU.
        #[error("{0} is not for sale")]
        UnknownSku(Sku) => Invalid, "unknown_sku", "Show the product again.";
        /// The chosen way of shipping is not offered for this cart and address.
        #[error("the shipping method is not available")]
        ShippingNotAvailable => Invalid, "shipping_not_available", "Choose one of `shipping_options`.";
        /// The shop does not deliver to the address.
        #[error("the shop does not deliver to {0}")]
        NotServed(String) => Invalid, "destination_not_served", "Choose an address in one of the countries of `GET /shop`.";
        /// The guest has an account by now, which has the cart.
        #[error("the guest has become a customer with an account; sign in")]
        GuestMerged => Conflict, "guest_merged", "Sign in: the account has what was in the cart.";
    }
}

impl Cart {
    /// Creates an empty cart.
    #[must_use]
    pub fn new(user_id: UserId, now: Timestamp) -> Self {
        Self {
            user_id,
            lines: Vec::new(),
            shipping_address: None,
            billing_address: None,
            shipping_method: None,
            codes: Vec::new(),
            note: None,
            merged_into: None,
            kept_until: now + KEPT_FOR_GUEST,
            updated_at: now,
        }
    }

    /// Returns the cart as it is to be stored after a change.
    #[must_use]
    pub fn kept(self, is_guest: bool, now: Timestamp) -> Self {
        let kept_until = now + if is_guest { KEPT_FOR_GUEST } else { KEPT };
        Self { kept_until, updated_at: now, ..self }
    }

    /// Returns the SKUs in the cart, with one more that is looked at if there is room for it.
    #[must_use]
    pub fn skus(&self, and: Option<&Sku>) -> Vec<Sku> {
        let own = self.lines.iter().map(|line| &line.sku);
        let all = own.clone().chain(and.filter(|sku| own.clone().all(|other| other != *sku)));
        all.take(MAX_LINES).cloned().collect()
    }

    /// Returns the cart after its lines were ordered. Addresses and the way of shipping stay for the next order.
    #[must_use]
    pub fn ordered(&self) -> Self {
        Self { lines: Vec::new(), codes: Vec::new(), note: None, ..self.clone() }
    }

    /// Returns what remains of a cart whose owner is erased: nothing, and not for long.
    #[must_use]
    pub fn erased(&self, now: Timestamp) -> Self {
        Self { kept_until: now, ..Self::new(self.user_id, now) }
    }

    /// Gives a guest's cart to an account: of each SKU the larger quantity, and codes, as far as there is room, and of addresses and
    /// the way of shipping the account's own first. Returns the account's cart and what is left of the guest's, or `None` if it was given away
    /// before, or holds nothing.
    #[must_use]
    pub fn merge(own: Option<&Self>, guest: &Self, into: UserId, now: Timestamp) -> Option<(Self, Self)> {
        if guest.merged_into.is_some() || guest.user_id == into {
            return None;
        }
        let mut cart = own.cloned().unwrap_or_else(|| Self::new(into, now));
        for line in &guest.lines {
            let has_room = cart.lines.len() < MAX_LINES;
            match cart.lines.iter_mut().find(|own| own.sku == line.sku) {
                Some(own) => own.quantity = own.quantity.max(line.quantity),
                None if has_room => cart.lines.push(line.clone()),
                None => {}
            }
        }
        let has_address = cart.shipping_address.is_some();
        cart.shipping_method =
            cart.shipping_method.or_else(|| guest.shipping_method.clone().filter(|_| !has_address));
        cart.shipping_address = cart.shipping_address.or_else(|| guest.shipping_address.clone());
        cart.billing_address = cart.billing_address.or_else(|| guest.billing_address.clone());
        cart.note = cart.note.or_else(|| guest.note.clone());
        let codes = guest.codes.iter().filter(|code| !cart.codes.contains(code)).cloned().collect::<Vec<_>>();
        cart.codes.extend(codes);
        cart.codes.truncate(MAX_CODES);
        let given_away = Self {
            merged_into: Some(into),
            kept_until: now + MERGED_KEPT,
            updated_at: now,
            ..Self::new(guest.user_id, now)
        };
        Some((cart.kept(false, now), given_away))
    }
}
