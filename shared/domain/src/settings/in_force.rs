//! All settings together, as carts and orders use them.

use std::collections::BTreeMap;

use crate::promotions::Rule;
use crate::quote::{Promotion, ShippingMethod, ShippingPrice, ShippingZone, TaxEntry, TaxMode, TaxTable};
use crate::settings::{Flag, KeptSetting, Market, Method, ONLY, Policy, Seller, Series, Setting, Zone};
use crate::words::money::{Currency, Money};
use crate::words::person::CountryCode;
use crate::words::setting::SettingId;

/// All settings of the shop.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    seller: Option<Seller>,
    markets: BTreeMap<SettingId, Market>,
    taxes: TaxTable,
    zones: Vec<ShippingZone>,
    policy: Policy,
    flags: BTreeMap<SettingId, Flag>,
    campaigns: BTreeMap<SettingId, Rule>,
    series: BTreeMap<SettingId, Series>,
}

impl Settings {
    /// Puts the shop's settings together. Those of a kind that only a newer version knows are left out.
    #[must_use]
    pub fn of(kept: impl IntoIterator<Item = KeptSetting>) -> Self {
        let mut all = Self::default();
        for KeptSetting { id, setting, .. } in kept {
            match setting {
                Setting::Seller(seller) => all.seller = Some(*seller),
                Setting::Market(market) => drop(all.markets.insert(id, market)),
                Setting::TaxRate(rate) => all.taxes.entries.push(TaxEntry {
                    country: rate.country,
                    region: rate.region,
                    tax_code: rate.tax_code,
                    valid_from: rate.valid_from,
                    rate: rate.ppm,
                }),
                Setting::ShippingZone(zone) => all.zones.push(zone.into()),
                Setting::Policy(policy) => all.policy = policy,
                Setting::Flag(flag) => drop(all.flags.insert(id, flag)),
                Setting::Campaign(campaign) => drop(all.campaigns.insert(id, campaign.rule)),
                Setting::Series(series) => drop(all.series.insert(id, series)),
                Setting::Unknown => {}
            }
        }
        all.taxes.home = all.seller.as_ref().map(|seller| seller.address.country.clone());
        all.taxes.pays_at_destination = all.seller.as_ref().is_some_and(|seller| seller.oss);
        all
    }

    /// Returns who sells, if that is set.
    #[must_use]
    pub fn seller(&self) -> Option<&Seller> {
        self.seller.as_ref()
    }

    /// Returns what the numbers of documents begin with, as it is set for the seller's country, or else for all.
    #[must_use]
    pub fn series(&self) -> Option<&Series> {
        let country = self.seller().map(|seller| seller.address.country.as_ref().to_lowercase());
        let named =
            |name: &str| self.series.iter().find(|(id, _)| id.as_ref() == name).map(|(_, series)| series);
        country.and_then(|country| named(&country)).or_else(|| named(ONLY))
    }

    /// Returns the tax rates.
    #[must_use]
    pub fn taxes(&self) -> &TaxTable {
        &self.taxes
    }

    /// Returns the shipping prices.
    #[must_use]
    pub fn zones(&self) -> &[ShippingZone] {
        &self.zones
    }

    /// Returns whether orders are shipped for a price, in a way that the customer chooses.
    #[must_use]
    pub fn has_shipping(&self) -> bool {
        !self.zones.is_empty()
    }

    /// Returns what the shop grants.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Returns the markets by their ids.
    pub fn markets(&self) -> impl Iterator<Item = (&SettingId, &Market)> {
        self.markets.iter()
    }

    /// Returns the flags that pages are told of.
    pub fn public_flags(&self) -> impl Iterator<Item = (&SettingId, bool)> {
        self.flags.iter().filter(|(_, flag)| flag.public).map(|(id, flag)| (id, flag.on))
    }

    /// Returns the promotions that need no code. Those that only a newer version knows are left out.
    pub fn campaigns(&self) -> impl Iterator<Item = Promotion> {
        self.campaigns.iter().filter_map(|(id, rule)| rule.promotion(id.to_string(), true))
    }

    /// Returns whether goods are sold and sent to a country, and in a currency if there is one yet. A shop without markets sells
    /// everywhere, and one without zones sends everywhere.
    #[must_use]
    pub fn serves(&self, country: &CountryCode, currency: Option<Currency>) -> bool {
        let in_currency = |market: &&Market| currency.is_none_or(|currency| market.currency == currency);
        let mut markets = self.markets.values().filter(in_currency);
        let is_sold = self.markets.is_empty() || markets.any(|market| market.countries.contains(country));
        let mut zones = self.zones.iter();
        is_sold && (self.zones.is_empty() || zones.any(|zone| zone.countries.contains(country)))
    }

    /// Returns whether prices in a currency contain the tax of a country, or of any country if none is known yet. They do in a shop
    /// without markets.
    #[must_use]
    pub fn tax_mode(&self, country: Option<&CountryCode>, currency: Currency) -> TaxMode {
        let market = match country {
            Some(country) => self.market_of(country, currency),
            None => self.markets.values().find(|market| market.currency == currency),
        };
        match market {
            Some(market) if !market.tax_included => TaxMode::Exclusive,
            _ => TaxMode::Inclusive,
        }
    }

    /// Returns the value of the goods from which some way of shipping to a market's countries is free.
    #[must_use]
    pub fn free_from(&self, market: &Market) -> Option<Money> {
        let serves =
            |zone: &&ShippingZone| zone.countries.iter().any(|country| market.countries.contains(country));
        let methods = self.zones.iter().filter(serves).flat_map(|zone| &zone.methods);
        let amounts = methods.filter_map(|method| method.free_from);
        amounts.filter(|from| from.currency() == market.currency).min_by_key(|from| from.amount())
    }

    fn market_of(&self, country: &CountryCode, currency: Currency) -> Option<&Market> {
        self.markets.values().find(|market| market.currency == currency && market.countries.contains(country))
    }
}

impl From<Zone> for ShippingZone {
    fn from(zone: Zone) -> Self {
        // A price of a kind that only a newer version knows is none, and such a method is not offered.
        let methods = zone.methods.into_iter().filter_map(offered);
        Self { countries: zone.countries, methods: methods.collect() }
    }
}

fn offered(method: Method) -> Option<ShippingMethod> {
    let by_weight = || {
        let tiers = method.by_weight.iter();
        tiers.map(|tier| (u64::from(tier.up_to_g.into_inner()), tier.price)).collect::<Vec<_>>()
    };
    let by_value = || method.by_value.iter().map(|tier| (tier.from, tier.price)).collect::<Vec<_>>();
    let price = match method.price {
        Some(price) => ShippingPrice::Flat(price),
        None if !method.by_weight.is_empty() => ShippingPrice::UpToWeight(by_weight()),
        None if !method.by_value.is_empty() => ShippingPrice::FromValue(by_value()),
        None => return None,
    };
    Some(ShippingMethod {
        id: method.id.to_string(),
        title: method.title.to_string(),
        price,
        free_from: method.free_from,
        days: method.days,
    })
}
