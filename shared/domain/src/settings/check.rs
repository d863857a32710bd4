//! Which settings are taken.

use std::collections::HashSet;

use crate::promotions::PromotionRefusal;
use crate::refusals;
use crate::settings::{Market, Method, Setting, Zone};
use crate::words::capture::CaptureMode;
use crate::words::charge::ChargeRule;
use crate::words::money::Money;
use crate::words::person::CountryCode;
use crate::words::setting::SettingId;

/// The id of a setting of which there is one: the seller, and the policy.
pub const ONLY: &str = "main";

/// The most entries that a list in a setting has.
pub const MAX_ENTRIES: usize = 250;

refusals! {
    /// Why a setting is not taken.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub enum SettingRefusal {
        /// There is one setting of the kind, and it is called `main`.
        #[error("there is one setting of this kind, and its id is {ONLY}")]
        OnlyOne => Invalid, "setting_id", "Put it as `main`.";
        /// A campaign's rule is not clear.
        #[error("{0}")]
        Rule(#[from] PromotionRefusal) => Invalid, "promotion_rule", "Correct `rule`.";
        /// The address of the seller lacks what its country needs.
        #[error("the seller's address is not complete: {0}")]
        SellerAddress(String) => Invalid, "seller_address", "Correct the address.";
        /// A country does not exist, or is in a list twice.
        #[error("{0} is not a country, or is listed twice")]
        Country(CountryCode) => Invalid, "setting_country", "List each country once, by its ISO 3166-1 alpha-2 code.";
        /// A list has too many entries.
        #[error("a list has at most {MAX_ENTRIES} entries")]
        TooMany => Invalid, "setting_too_long", "Split the setting.";
        /// The shop does not know this way of capturing money.
        #[error("money cannot be captured in this way")]
        Capture => Invalid, "setting_capture", "Choose `automatic` or `on_shipment`.";
        /// The payment gateway does not charge the currency.
        #[error("nothing can be charged in this currency")]
        Currency => Invalid, "setting_currency", "Choose a currency that the payment gateway charges.";
        /// Two ways of shipping have one id.
        #[error("two ways of shipping are called {0}")]
        MethodTwice(SettingId) => Invalid, "shipping_method_twice", "Give each way of shipping its own id.";
        /// A way of shipping has no price or several, its steps are not in ascending order, or its amounts are in several currencies.
        #[error("the price of {0} is not clear")]
        MethodPrice(SettingId) => Invalid, "shipping_price",
            "Give one of `price`, `by_weight` and `by_value`, with steps in ascending order, in one currency.";
        /// A way of shipping takes fewer days at most than at least.
        #[error("{0} takes fewer days at most than at least")]
        MethodDays(SettingId) => Invalid, "shipping_days", "Correct `days`.";
    }
}

impl Setting {
    /// Checks what its types do not say, and returns it with the seller's address as it is stored.
    ///
    /// # Errors
    /// If it is not to be taken.
    pub fn checked(self, id: &SettingId) -> Result<Self, SettingRefusal> {
        let is_only = matches!(self, Self::Seller(_) | Self::Policy(_));
        if is_only && id.as_ref() != ONLY {
            return Err(SettingRefusal::OnlyOne);
        }
        match self {
            Self::Campaign(ref campaign) => campaign.rule.check()?,
            Self::Seller(mut seller) => {
                let address = seller.address.checked();
                seller.address =
                    address.map_err(|refusal| SettingRefusal::SellerAddress(refusal.to_string()))?;
                return Ok(Self::Seller(seller));
            }
            Self::Market(ref market) => market.check()?,
            Self::TaxRate(ref rate) => countries(std::slice::from_ref(&rate.country))?,
            Self::ShippingZone(ref zone) => zone.check()?,
            Self::Policy(ref policy) if policy.capture == CaptureMode::Unknown => {
                return Err(SettingRefusal::Capture);
            }
            Self::Series(_) | Self::Policy(_) | Self::Flag(_) | Self::Unknown => {}
        }
        Ok(self)
    }
}

fn countries(codes: &[CountryCode]) -> Result<(), SettingRefusal> {
    if codes.len() > MAX_ENTRIES {
        return Err(SettingRefusal::TooMany);
    }
    let mut seen = HashSet::new();
    match codes.iter().find(|code| !code.is_known() || !seen.insert((*code).as_ref())) {
        Some(code) => Err(SettingRefusal::Country(code.clone())),
        None => Ok(()),
    }
}

impl Market {
    fn check(&self) -> Result<(), SettingRefusal> {
        if self.locales.len() > MAX_ENTRIES {
            return Err(SettingRefusal::TooMany);
        }
        ChargeRule::of(self.currency).map_err(|_| SettingRefusal::Currency)?;
        countries(&self.countries)
    }
}

impl Zone {
    fn check(&self) -> Result<(), SettingRefusal> {
        countries(&self.countries)?;
        let steps = |method: &Method| method.by_weight.len().max(method.by_value.len());
        if self.methods.len() > MAX_ENTRIES || self.methods.iter().any(|method| steps(method) > MAX_ENTRIES) {
            return Err(SettingRefusal::TooMany);
        }
        let mut seen = HashSet::new();
        if let Some(twice) = self.methods.iter().find(|method| !seen.insert(&method.id)) {
            return Err(SettingRefusal::MethodTwice(twice.id.clone()));
        }
        self.methods.iter().try_for_each(Method::check)
    }
}

impl Method {
    fn check(&self) -> Result<(), SettingRefusal> {
        if self.days.is_some_and(|days| days.least > days.most) {
            return Err(SettingRefusal::MethodDays(self.id.clone()));
        }
        let kinds = [self.price.is_some(), !self.by_weight.is_empty(), !self.by_value.is_empty()];
        let has_one = kinds.into_iter().filter(|given| *given).count() == 1;
        let by_weight = self.by_weight.windows(2).all(|two| two[0].up_to_g < two[1].up_to_g);
        let by_value = self.by_value.windows(2).all(|two| two[0].from.amount() < two[1].from.amount());
        if has_one && by_weight && by_value && self.has_one_currency() {
            Ok(())
        } else {
            Err(SettingRefusal::MethodPrice(self.id.clone()))
        }
    }

    fn has_one_currency(&self) -> bool {
        let tiers = self.by_value.iter().flat_map(|tier| [tier.from, tier.price]);
        let amounts = tiers.chain(self.by_weight.iter().map(|tier| tier.price));
        let mut currencies = amounts.chain(self.price).chain(self.free_from).map(Money::currency);
        currencies.next().is_none_or(|first| currencies.all(|other| other == first))
    }
}
