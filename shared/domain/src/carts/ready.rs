//! A cart that can be ordered.

use jiff::Timestamp;

use crate::carts::{Problem, ProblemCode, Wanted};
use crate::quote::{Item, Quote};
use crate::refusals;
use crate::settings::Settings;
use crate::stock::{ExpectedPrice, Offers};
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
        /// There are too few pieces.
        #[error("insufficient stock for {0}")]
        OutOfStock(Sku) => Conflict, "out_of_stock", "Order fewer pieces, or remove the line.";
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
}

impl Wanted {
    /// Returns what is ordered.
    ///
    /// # Errors
    /// The first of the problems.
    pub fn ready(
        &self,
        offers: &Offers,
        settings: &Settings,
        now: Timestamp,
    ) -> Result<Ready, CheckoutRefusal> {
        let priced = self.priced(Some(offers), settings, now);
        if let Some(problem) = priced.problems.into_iter().next() {
            return Err(problem.into());
        }
        let quote = priced.quote.ok_or(CheckoutRefusal::AmountOutOfRange)?;
        let shipping_address = self.shipping_address.clone().ok_or(CheckoutRefusal::AddressNeeded)?;
        let lines = Lines::try_from(self.lines.clone()).map_err(|_| CheckoutRefusal::CartEmpty)?;
        let price = |item: &Item| ExpectedPrice { sku: item.sku.clone(), unit_price: item.unit_price };
        Ok(Ready { lines, prices: priced.items.iter().map(price).collect(), quote, shipping_address })
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

impl From<Problem> for CheckoutRefusal {
    fn from(problem: Problem) -> Self {
        match (problem.code, problem.sku) {
            (ProblemCode::NotForSale, Some(sku)) => Self::UnknownSku(sku),
            (ProblemCode::OutOfStock, Some(sku)) => Self::OutOfStock(sku),
            (ProblemCode::CurrencyMismatch, Some(sku)) => Self::CurrencyMismatch(sku),
            (ProblemCode::CartEmpty, _) => Self::CartEmpty,
            (ProblemCode::AddressNeeded, _) => Self::AddressNeeded,
            (ProblemCode::DestinationNotServed, _) => Self::NotServed,
            (ProblemCode::ShippingNotChosen, _) => Self::ShippingNotAvailable,
            // A problem of a line names its SKU.
            (
                ProblemCode::AmountOutOfRange
                | ProblemCode::NotForSale
                | ProblemCode::OutOfStock
                | ProblemCode::CurrencyMismatch,
                _,
            ) => Self::AmountOutOfRange,
        }
    }
}
