//! Tax by destination.

use jiff::Timestamp;

use crate::words::goods::TaxCode;
use crate::words::money::Ppm;
use crate::words::person::{AddressLine, CountryCode};

/// Where goods are sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// The country.
    pub country: CountryCode,
    /// The code of the state, province or prefecture, where the address has one.
    pub region: Option<AddressLine>,
}

/// Whether prices contain tax.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaxMode {
    /// Prices contain the tax of the destination, so that every customer pays the same (European Union).
    Inclusive,
    /// The tax of the destination is added to prices (United States).
    Exclusive,
}

/// The tax on a class of goods at a destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaxAt {
    /// That of a jurisdiction: `ES`, or `US-NY`.
    Jurisdiction(String, Ppm),
    /// That of the catalogue.
    Catalogue,
    /// The shop does not deliver there.
    NotServed,
}

/// Where tax rates come from. A table by default; a tax engine can stand behind it.
pub trait TaxRates {
    /// Returns the tax on goods that are sold at a time.
    fn rate(&self, destination: &Destination, tax_code: &TaxCode, at: Timestamp) -> TaxAt;
}

/// An entry of the tax table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaxEntry {
    /// The country.
    pub country: CountryCode,
    /// The region, for a tax that not the whole country has.
    pub region: Option<AddressLine>,
    /// The class of goods.
    pub tax_code: TaxCode,
    /// From when it holds.
    pub valid_from: Timestamp,
    /// The rate.
    pub rate: Ppm,
}

/// A table of tax rates.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaxTable {
    /// The seller's country; a shop without settings has none, and sells everywhere at the catalogue's rates.
    pub home: Option<CountryCode>,
    /// Whether the seller pays tax in the country of the customer within the European Union, by its one-stop shop (Directive
    /// 2006/112/EC, Articles 369a to 369k). Otherwise, all of it is taxed at home (Article 59c).
    pub pays_at_destination: bool,
    /// The entries, in any order.
    pub entries: Vec<TaxEntry>,
}

/// The member states of the European Union.
const EUROPEAN_UNION: [&str; 27] = [
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT",
    "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
];

fn is_in_the_union(country: &CountryCode) -> bool {
    EUROPEAN_UNION.iter().any(|member| *member == country.as_ref())
}

impl TaxTable {
    /// Returns the destination that decides about tax.
    fn taxed_at(&self, destination: &Destination) -> Destination {
        match &self.home {
            Some(home)
                if !self.pays_at_destination
                    && is_in_the_union(home)
                    && is_in_the_union(&destination.country) =>
            {
                Destination { country: home.clone(), region: None }
            }
            _ => destination.clone(),
        }
    }

    /// Returns the newest rate that holds at a time: the region's, or else the country's.
    fn newest(&self, place: &Destination, tax_code: &TaxCode, at: Timestamp) -> Option<&TaxEntry> {
        let of = |region: Option<&AddressLine>| {
            let entries = self.entries.iter().filter(|entry| {
                entry.country == place.country
                    && entry.region.as_ref() == region
                    && entry.tax_code == *tax_code
                    && entry.valid_from <= at
            });
            entries.max_by_key(|entry| entry.valid_from)
        };
        place.region.as_ref().and_then(|region| of(Some(region))).or_else(|| of(None))
    }
}

impl TaxRates for TaxTable {
    fn rate(&self, destination: &Destination, tax_code: &TaxCode, at: Timestamp) -> TaxAt {
        let place = self.taxed_at(destination);
        match self.newest(&place, tax_code, at) {
            Some(TaxEntry { country, region: Some(region), rate, .. }) => {
                TaxAt::Jurisdiction(format!("{country}-{region}"), *rate)
            }
            Some(TaxEntry { country, rate, .. }) => TaxAt::Jurisdiction(country.to_string(), *rate),
            None if self.home.as_ref().is_none_or(|home| *home == place.country) => TaxAt::Catalogue,
            None => TaxAt::NotServed,
        }
    }
}
