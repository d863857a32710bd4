//! What a cart costs, and what keeps it from being ordered.

use jiff::Timestamp;

use crate::carts::{Cart, Problem, ProblemCode};
use crate::promotions::{CodeRefusal, GivenCodes};
use crate::quote::{
    Destination, Item, Parcel, Promotion, Quote, QuoteError, ShippingOption, ShippingRates, Terms,
};
use crate::settings::Settings;
use crate::stock::{Offer, Offers, SHOWN_AT_MOST};
use crate::words::charge::ChargeRule;
use crate::words::goods::{Quantity, Sku};
use crate::words::line::Line;
use crate::words::money::{Currency, Money};
use crate::words::person::Address;
use crate::words::promotion_code::PromotionCode;
use crate::words::setting::SettingId;

/// What prices are computed from.
#[derive(Debug, Clone, Copy)]
pub struct Basis<'a> {
    /// What SKUs are offered for; `None` if the product service is unavailable.
    pub offers: Option<&'a Offers>,
    /// The settings.
    pub settings: &'a Settings,
    /// The codes that the customer has given.
    pub codes: &'a GivenCodes,
    /// The time.
    pub now: Timestamp,
}

/// What is to be ordered, whether or not it is in a cart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// SKUs and quantities.
    pub lines: Vec<Line>,
    /// Where it is sent to.
    pub shipping_address: Option<Address>,
    /// The way of shipping.
    pub shipping_method: Option<SettingId>,
    /// The codes of promotions.
    pub codes: Vec<PromotionCode>,
}

/// What is wanted, with what the shop asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Priced {
    /// What can be ordered of it.
    pub items: Vec<Item>,
    /// What that costs; `None` without anything to order.
    pub quote: Option<Quote>,
    /// The ways of shipping.
    pub options: Vec<ShippingOption>,
    /// Whether the shop delivers to the cart's address, as far as there is one.
    pub is_served: bool,
    /// What keeps it from being ordered.
    pub problems: Vec<Problem>,
}

impl Priced {
    /// Returns whether a way of shipping is offered.
    #[must_use]
    pub fn offers_shipping(&self, method: &SettingId) -> bool {
        self.options.iter().any(|option| option.method == method.as_ref())
    }
}

impl Cart {
    /// Returns what the cart's owner wants to order.
    #[must_use]
    pub fn wanted(&self) -> Wanted {
        let lines = self.lines.iter().map(|line| Line { sku: line.sku.clone(), quantity: line.quantity });
        Wanted {
            lines: lines.collect(),
            shipping_address: self.shipping_address.clone(),
            shipping_method: self.shipping_method.clone(),
            codes: self.codes.clone(),
        }
    }
}

impl Wanted {
    /// Returns its SKUs.
    #[must_use]
    pub fn skus(&self) -> Vec<Sku> {
        self.lines.iter().map(|line| line.sku.clone()).collect()
    }

    /// Checks its codes, as far as prices are known.
    ///
    /// # Errors
    /// What is wrong with the first that is not taken.
    pub fn check_codes(&self, basis: Basis<'_>) -> Result<(), CodeRefusal> {
        let problems = self.priced(basis).problems.into_iter();
        let refusal =
            |Problem { code, promotion_code, .. }| Some(CodeRefusal::of(promotion_code?, code.of_code()?));
        problems.filter_map(refusal).next().map_or(Ok(()), Err)
    }

    /// Computes what it costs now, without lines that cannot be ordered, and without codes that are not taken. Without offers,
    /// which are the product service's, nothing is known of its prices.
    #[must_use]
    pub fn priced(&self, basis: Basis<'_>) -> Priced {
        let (mut problems, settings) = (Vec::new(), basis.settings);
        let items = basis.offers.map(|offers| self.items(offers, &mut problems)).unwrap_or_default();
        if self.lines.is_empty() {
            problems.push(ProblemCode::CartEmpty.into());
        }
        let destination = self.destination();
        if destination.is_none() {
            problems.push(ProblemCode::AddressNeeded.into());
        }
        let promotions = self.promotions(basis, &mut problems);
        let pricing = Pricing { items: &items, settings, promotions: &promotions, now: basis.now };
        let served = destination.as_ref().filter(|destination| pricing.serves(destination));
        let goods = pricing.quote(served, None);
        let options = served.map(|served| pricing.options(served, goods.as_ref())).unwrap_or_default();
        let is_served =
            destination.is_none() || served.is_some_and(|_| pricing.ships(goods.as_ref(), &options));
        if !is_served {
            problems.push(ProblemCode::DestinationNotServed.into());
        }
        let method = self.shipping_method.as_ref().map(AsRef::as_ref);
        let chosen = options.iter().find(|option| Some(option.method.as_str()) == method);
        if goods.is_some() && is_served && served.is_some() && settings.has_shipping() && chosen.is_none() {
            problems.push(ProblemCode::ShippingNotChosen.into());
        }
        let quote = match chosen {
            Some(option) => pricing.quote(served, Some(&option.method)),
            None => goods,
        };
        let refused = quote.iter().flat_map(|quote| &quote.refused);
        problems.extend(
            refused.filter_map(|(code, problem)| Some(Problem::of_code(code.parse().ok()?, *problem))),
        );
        let is_charged = quote.as_ref().is_some_and(|quote| is_charged(quote.total));
        if !items.is_empty() && !is_charged {
            problems.push(ProblemCode::AmountOutOfRange.into());
        }
        Priced { items, quote, options, is_served, problems }
    }

    /// Returns the promotions of its codes, and those that need none.
    fn promotions(&self, basis: Basis<'_>, problems: &mut Vec<Problem>) -> Vec<Promotion> {
        let mut promotions: Vec<_> = basis.settings.campaigns().collect();
        for code in &self.codes {
            match basis.codes.promotion(code, basis.now) {
                Ok(promotion) => promotions.push(promotion),
                Err(problem) => problems.push(Problem::of_code(code.clone(), problem)),
            }
        }
        promotions
    }

    fn destination(&self) -> Option<Destination> {
        let address = self.shipping_address.as_ref()?;
        Some(Destination { country: address.country.clone(), region: address.region.clone() })
    }

    /// Returns what can be ordered: what is for sale, in the currency of the first line.
    fn items(&self, offers: &Offers, problems: &mut Vec<Problem>) -> Vec<Item> {
        let mut currency = None;
        let mut items = Vec::new();
        for line in &self.lines {
            let mut problem =
                |code| problems.push(Problem { sku: Some(line.sku.clone()), ..Problem::from(code) });
            let Some(offer) = offers.for_sale(&line.sku) else {
                problem(ProblemCode::NotForSale);
                continue;
            };
            if *currency.get_or_insert(offer.unit_price.currency()) != offer.unit_price.currency() {
                problem(ProblemCode::CurrencyMismatch);
                continue;
            }
            if obtainable(line.quantity, offer) != Some(line.quantity) {
                problem(ProblemCode::OutOfStock);
            }
            let Offer { sku, unit_price, tax_rate, goods, categories, .. } = offer.clone();
            let quantity = line.quantity;
            items.push(Item { sku, categories, quantity, unit_price, tax_rate, goods });
        }
        items
    }
}

/// Returns how many of the wanted pieces there are; `None` if there are none. An offer says no more than "10 or more".
pub(super) fn obtainable(wanted: Quantity, offer: &Offer) -> Option<Quantity> {
    if offer.available >= SHOWN_AT_MOST {
        return Some(wanted);
    }
    let available = u32::try_from(offer.available).unwrap_or(u32::MAX);
    Quantity::try_new(wanted.into_inner().min(available)).ok()
}

fn is_charged(total: Money) -> bool {
    ChargeRule::of(total.currency()).is_ok_and(|rule| rule.check(total).is_ok())
}

struct Pricing<'a> {
    items: &'a [Item],
    settings: &'a Settings,
    promotions: &'a [Promotion],
    now: Timestamp,
}

impl Pricing<'_> {
    fn currency(&self) -> Option<Currency> {
        self.items.first().map(|item| item.unit_price.currency())
    }

    /// Returns whether goods are sold to a destination, and its tax is known.
    fn serves(&self, destination: &Destination) -> bool {
        self.settings.serves(&destination.country, self.currency())
            && !matches!(self.try_quote(Some(destination), None), Err(QuoteError::NotServed))
    }

    /// Returns whether there is a way to send the goods.
    fn ships(&self, goods: Option<&Quote>, options: &[ShippingOption]) -> bool {
        goods.is_none() || !self.settings.has_shipping() || !options.is_empty()
    }

    fn options(&self, destination: &Destination, goods: Option<&Quote>) -> Vec<ShippingOption> {
        let total = |quote: &Quote| Money::sum(quote.lines.iter().map(|line| line.total)).ok().flatten();
        let Some(value) = goods.and_then(total) else { return Vec::new() };
        self.settings.zones().options(destination, Parcel { weight_g: Item::weight_of(self.items), value })
    }

    fn quote(&self, destination: Option<&Destination>, method: Option<&str>) -> Option<Quote> {
        self.try_quote(destination, method).ok()
    }

    fn try_quote(
        &self,
        destination: Option<&Destination>,
        shipping_method: Option<&str>,
    ) -> Result<Quote, QuoteError> {
        let currency = self.currency().ok_or(QuoteError::Empty)?;
        let mode = self.settings.tax_mode(destination.map(|destination| &destination.country), currency);
        let terms = Terms {
            destination,
            shipping_method,
            mode,
            taxes: self.settings.taxes(),
            shipping: self.settings.zones(),
            promotions: self.promotions,
            at: self.now,
        };
        Quote::of(self.items, terms)
    }
}
