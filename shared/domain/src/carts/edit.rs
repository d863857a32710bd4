//! Changes of a cart.

use crate::carts::priced::obtainable;
use crate::carts::{Basis, Cart, CartLine, CartNote, CartRefusal, LineChange, WantedQuantity};
use crate::stock::{Offer, Offers};
use crate::words::goods::{Quantity, Sku};
use crate::words::line::MAX_LINES;
use crate::words::person::Address;
use crate::words::promotion_code::Codes;
use crate::words::setting::SettingId;

/// What to change of a cart besides its lines. What is `None` stays, and what is `Some(None)` is removed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CartEdit {
    /// The delivery address.
    pub shipping_address: Option<Option<Address>>,
    /// The address on the invoice.
    pub billing_address: Option<Option<Address>>,
    /// The way of shipping.
    pub shipping_method: Option<Option<SettingId>>,
    /// The codes of promotions.
    pub codes: Option<Codes>,
    /// What the customer wants to say.
    pub note: Option<Option<CartNote>>,
    /// Whether the customer takes the changes that the cart shows.
    pub acknowledge: bool,
}

impl Cart {
    /// Sets how many pieces of a SKU the cart has. More than the shop has is kept, and shown as a problem: it may have more when the
    /// customer orders.
    ///
    /// # Errors
    /// If the SKU is not for sale, there is no room for another line, or the cart is an account's by now.
    pub fn put_line(
        &self,
        sku: &Sku,
        quantity: WantedQuantity,
        offers: &Offers,
    ) -> Result<Self, CartRefusal> {
        self.check_own()?;
        let Ok(quantity) = Quantity::try_new(quantity.into_inner()) else { return self.without_line(sku) };
        let mut cart = self.clone();
        let place = cart.lines.iter().position(|line| line.sku == *sku);
        if place.is_none() && cart.lines.len() >= MAX_LINES {
            return Err(CartRefusal::Full);
        }
        let offer = offers.for_sale(sku).ok_or_else(|| CartRefusal::UnknownSku(sku.clone()))?;
        let line = CartLine::seen(offer, quantity);
        match place.and_then(|place| cart.lines.get_mut(place)) {
            Some(found) => *found = line,
            None => cart.lines.push(line),
        }
        Ok(cart)
    }

    /// Removes a SKU.
    ///
    /// # Errors
    /// If the cart is an account's by now.
    pub fn without_line(&self, sku: &Sku) -> Result<Self, CartRefusal> {
        self.check_own()?;
        let lines = self.lines.iter().filter(|line| line.sku != *sku).cloned().collect();
        Ok(Self { lines, ..self.clone() })
    }

    /// Changes the cart. A way of shipping that a new address does not have is forgotten. Without offers, which are the product
    /// service's, nothing is acknowledged, and it is not checked whether the way of shipping takes what is in the cart. Whether new
    /// codes are taken is [`Wanted::check_codes`](crate::carts::Wanted::check_codes)' to decide.
    ///
    /// # Errors
    /// If the shop does not deliver to the address, the way of shipping is not offered, or the cart is an account's by now.
    pub fn edit(&self, edit: &CartEdit, basis: Basis<'_>) -> Result<Self, CartRefusal> {
        self.check_own()?;
        let mut cart = self.clone();
        if let Some(offers) = basis.offers.filter(|_| edit.acknowledge) {
            cart = cart.acknowledged(offers);
        }
        cart.shipping_address = edit.shipping_address.clone().unwrap_or(cart.shipping_address);
        cart.billing_address = edit.billing_address.clone().unwrap_or(cart.billing_address);
        cart.shipping_method = edit.shipping_method.clone().unwrap_or(cart.shipping_method);
        cart.codes = edit.codes.clone().map_or(cart.codes, Vec::from);
        cart.note = edit.note.clone().unwrap_or(cart.note);
        let Some(address) = cart.shipping_address.as_ref() else { return Ok(cart) };
        let priced = cart.wanted().priced(basis);
        if edit.shipping_address.is_some() && !priced.is_served {
            return Err(CartRefusal::NotServed(address.country.to_string()));
        }
        let is_offered = cart.shipping_method.as_ref().is_none_or(|method| priced.offers_shipping(method));
        if !is_offered && basis.offers.is_some() && !priced.items.is_empty() {
            if matches!(edit.shipping_method, Some(Some(_))) {
                return Err(CartRefusal::ShippingNotAvailable);
            }
            cart.shipping_method = None;
        }
        Ok(cart)
    }

    /// Returns the cart with what the shop offers now: at today's prices, with no more pieces than there are, and without what is not
    /// for sale.
    fn acknowledged(self, offers: &Offers) -> Self {
        let taken = |line: CartLine| {
            let offer = offers.for_sale(&line.sku)?;
            let quantity = obtainable(line.quantity, offer)?;
            Some(CartLine::seen(offer, quantity))
        };
        Self { lines: self.lines.into_iter().filter_map(taken).collect(), ..self }
    }

    fn check_own(&self) -> Result<(), CartRefusal> {
        if self.merged_into.is_some() { Err(CartRefusal::GuestMerged) } else { Ok(()) }
    }
}

impl CartLine {
    fn seen(offer: &Offer, quantity: Quantity) -> Self {
        Self { sku: offer.sku.clone(), quantity, title: offer.title.clone(), seen_price: offer.unit_price }
    }

    /// Returns what is different from what the cart's owner has seen.
    pub(super) fn changes(&self, offer: Option<&Offer>) -> Vec<LineChange> {
        let sku = || self.sku.clone();
        let Some(offer) = offer else { return vec![LineChange::NotForSale { sku: sku() }] };
        let price = (offer.unit_price != self.seen_price).then(|| LineChange::PriceChanged {
            sku: sku(),
            was: self.seen_price,
            now: offer.unit_price,
        });
        let pieces = match obtainable(self.quantity, offer) {
            None => Some(LineChange::OutOfStock { sku: sku(), was: self.quantity }),
            Some(now) if now < self.quantity => {
                Some(LineChange::Reduced { sku: sku(), was: self.quantity, now })
            }
            Some(_) => None,
        };
        price.into_iter().chain(pieces).collect()
    }
}
