//! A cart that can be ordered.

use crate::carts::{Basis, Problem, ProblemCode, Wanted};
use crate::promotions::Redemption;
use crate::quote::{Item, Quote};
use crate::refusals;
use crate::stock::ExpectedPrice;
use crate::words::goods::Sku;
use crate::words::line::Lines;
use crate::words::money::{Currency, Money};
use crate::words::person::Address;

refusals! {
    /// Why a cart is not ordered.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub enum CheckoutRefusal {
        /// There is nothing in the cart.
        #[error("the cart is empty")]
        CartEmpty => Invalid, "cart_empty", "Put something into the cart.";
        /// The shop does not sell the SKU.
        #[error("{0} is not for sale")]
        UnknownSku(Sku) => Invalid, "unknown_sku", "Remove the line.";
        /// The prices of the lines are in several currencies.
        #[error("{0} is priced in another currency than the first line")]
        CurrencyMismatch(Sku) => Invalid, "currency_mismatch", "Order what is priced in another currency by itself.";
        /// The payment gateway does not charge such an amount.
        #[error("the order's total cannot be charged")]
        AmountOutOfRange => Invalid, "amount_out_of_range", "Order more, or split the order.";
        /// There is no delivery address.
        #[error("the cart has no delivery address")]
        AddressNeeded => Invalid, "address_needed", "Set the cart's `shipping_address`.";
        /// The shop does not deliver to the address, or not such goods.
        #[error("the shop does not deliver this order to the address")]
        NotServed => Invalid, "destination_not_served", "Choose another address.";
        /// No way of shipping is chosen, or one that is not offered.
        #[error("the shipping method is not available")]
        ShippingNotAvailable => Invalid, "shipping_not_available", "Choose one of the cart's `shipping_options`.";
        /// The order costs something else than the customer was shown. `cart` has what it costs, if the order is a cart's.
        #[error("the total is {now}, not {expected}")]
        TotalChanged {
            /// What it costs.
            now: Money,
            /// What the customer was shown.
            expected: Money,
        } => Conflict, "total_changed", "Show the customer the new total, and ask again, with the same Idempotency-Key.";
        /// The cart has changed since the customer saw it.
        #[error("the cart has changed")]
        CartChanged => Conflict, "cart_changed", "Show the customer the cart, and ask again, with a new Idempotency-Key.";
        /// The customer has not accepted the terms that hold.
        #[error("the terms have not been accepted")]
        TermsNotAccepted => Invalid, "terms_not_accepted", "Ask for `policies.terms_version` of `GET /shop` to be accepted, and send it.";
    }
}

/// What of a cart is ordered, and what it costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ready {
    /// SKUs and quantities.
    pub lines: Lines,
    /// The prices of a piece that the quote is computed from.
    pub prices: Vec<ExpectedPrice>,
    /// What it costs.
    pub quote: Quote,
    /// The delivery address.
    pub shipping_address: Address,
    /// What it uses up.
    pub redemptions: Vec<Redemption>,
}

impl Wanted {
    /// Returns what is ordered. Whether there are enough pieces only the reservation tells: pieces that an earlier try of the same
    /// request holds are not offered any more, and are its own.
    ///
    /// # Errors
    /// The first of the other problems, but for those of codes, which are [`check_codes`](Self::check_codes)' to tell.
    pub fn ready(&self, basis: Basis<'_>) -> Result<Ready, CheckoutRefusal> {
        let priced = self.priced(basis);
        if let Some(refusal) = priced.problems.into_iter().find_map(CheckoutRefusal::of) {
            return Err(refusal);
        }
        let quote = priced.quote.ok_or(CheckoutRefusal::AmountOutOfRange)?;
        let shipping_address = self.shipping_address.clone().ok_or(CheckoutRefusal::AddressNeeded)?;
        let lines = Lines::try_from(self.lines.clone()).map_err(|_| CheckoutRefusal::CartEmpty)?;
        let price = |item: &Item| ExpectedPrice { sku: item.sku.clone(), unit_price: item.unit_price };
        let prices = priced.items.iter().map(price).collect();
        let redemptions = basis.codes.redemptions();
        Ok(Ready { lines, prices, quote, shipping_address, redemptions })
    }
}

impl Ready {
    /// Returns the currency of the order.
    #[must_use]
    pub fn currency(&self) -> Currency {
        self.quote.total.currency()
    }

    /// Checks the total against what the customer was shown, if anything.
    ///
    /// # Errors
    /// If it differs.
    pub fn check_total(&self, expected: Option<Money>) -> Result<(), CheckoutRefusal> {
        match expected {
            Some(expected) if expected != self.quote.total => {
                Err(CheckoutRefusal::TotalChanged { now: self.quote.total, expected })
            }
            _ => Ok(()),
        }
    }
}

impl CheckoutRefusal {
    /// Returns the refusal for a problem of a cart; `None` if it is the reservation's to decide, or a code's.
    fn of(problem: Problem) -> Option<Self> {
        Some(match (problem.code, problem.sku) {
            (ProblemCode::OutOfStock, _) => return None,
            (
                ProblemCode::CodeUnknown
                | ProblemCode::CodeExpired
                | ProblemCode::CodeNotApplicable
                | ProblemCode::CodeUsedUp,
                _,
            ) => return None,
            (ProblemCode::NotForSale, Some(sku)) => Self::UnknownSku(sku),
            (ProblemCode::CurrencyMismatch, Some(sku)) => Self::CurrencyMismatch(sku),
            (ProblemCode::CartEmpty, _) => Self::CartEmpty,
            (ProblemCode::AddressNeeded, _) => Self::AddressNeeded,
            (ProblemCode::DestinationNotServed, _) => Self::NotServed,
            (ProblemCode::ShippingNotChosen, _) => Self::ShippingNotAvailable,
            // The problem of a line names its SKU.
            (ProblemCode::AmountOutOfRange | ProblemCode::NotForSale | ProblemCode::CurrencyMismatch, _) => {
                Self::AmountOutOfRange
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Refusal;
    use crate::carts::Cart;
    use crate::carts::tests::{at, basis, by, demo, edited, eur, offers, settings, to, user, with};
    use crate::stock::Offers;

    #[test]
    fn a_cart_that_lacks_something_is_not_ordered() {
        let ready = |cart: &Cart, offers: &Offers| cart.wanted().ready(basis(Some(offers), &settings()));
        let refused = |cart: &Cart, offers: &Offers| ready(cart, offers).unwrap_err().code().to_owned();
        assert_eq!(refused(&Cart::new(user(1), at(0)), &offers()), "cart_empty");
        assert_eq!(refused(&demo(), &offers()), "address_needed");
        let moved = edited(&demo(), &to("ES")).unwrap();
        assert_eq!(refused(&moved, &offers()), "shipping_not_available");
        let complete = edited(&moved, &by("standard")).unwrap();
        assert_eq!(refused(&complete, &with(|cup| cup.for_sale = false)), "unknown_sku");
        let dollars = with(|cup| cup.unit_price = Money::new(100, Currency::USD).unwrap());
        assert_eq!(refused(&complete, &dollars), "currency_mismatch");
        let ready = ready(&complete, &offers()).unwrap();
        assert_eq!((ready.currency(), ready.quote.total), (Currency::EUR, eur(4180)));
        let prices: Vec<_> =
            ready.prices.iter().map(|price| (price.sku.to_string(), price.unit_price)).collect();
        assert_eq!(prices, [("BEANS-250".to_owned(), eur(790)), ("CUP-BLUE".to_owned(), eur(1450))]);
        assert_eq!(ready.check_total(None), Ok(()));
        assert_eq!(ready.check_total(Some(eur(4180))), Ok(()));
        assert_eq!(ready.check_total(Some(eur(3690))).unwrap_err().code(), "total_changed");
    }

    /// They may be what an earlier try of the same request holds.
    #[test]
    fn pieces_that_are_not_offered_any_more_are_left_to_the_reservation() {
        let cart = edited(&edited(&demo(), &to("ES")).unwrap(), &by("standard")).unwrap();
        let ready = cart.wanted().ready(basis(Some(&with(|cup| cup.available = 0)), &settings())).unwrap();
        assert_eq!(ready.quote.total, eur(4180));
    }
}
