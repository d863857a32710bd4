//! What an address needs in its country, by Google's address metadata: `docs/decisions/0049-addresses-by-country.md`.

use regex_lite::Regex;
use serde::Deserialize;

use crate::refusals;
use crate::words::person::{Address, AddressLine, CountryCode};

/// A line for each country, written by `tests/cloud/address_formats.py`. Whose it is, and under which licence, is in `NOTICE.md`.
const FORMATS: &str = include_str!("address_formats.jsonl");

refusals! {
    /// Why an address that a client has sent is not taken.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub enum AddressRefusal {
        /// No country has the code.
        #[error("{0} is not the code of a country")]
        CountryUnknown(CountryCode) => Invalid, "country_unknown", "Send the country's ISO 3166-1 alpha-2 code.";
        /// The address lacks the postal code that its country needs.
        #[error("addresses in {0} need a postal code")]
        PostalCodeMissing(CountryCode) => Invalid, "postal_code_missing", "Send the address's `postal_code`.";
        /// The postal code does not have the form of those of the address's country.
        #[error("the postal code is not one of {0}")]
        PostalCodeInvalid(CountryCode) => Invalid, "postal_code_invalid", "Send `postal_code` as the country writes it.";
        /// The address lacks the region that its country needs.
        #[error("addresses in {0} need a region")]
        RegionMissing(CountryCode) => Invalid, "region_missing",
            "Send the address's `region`: the state, province or prefecture.";
        /// The address's country needs a region, has codes for them, and none of this code or name.
        #[error("the region is not one of {0}")]
        RegionUnknown(CountryCode) => Invalid, "region_unknown",
            "Send `region` by its name or its ISO 3166-2 code, without the country's.";
    }
}

/// What an address needs in a country.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Format {
    needs_postal_code: bool,
    /// The pattern of postal codes, if the country has any.
    postal_code: Option<String>,
    needs_region: bool,
    /// Each region's key, followed by its other spellings. Empty if the regions are not known.
    regions: Vec<Vec<AddressLine>>,
}

impl Format {
    fn of(country: &CountryCode) -> Option<Self> {
        let start = format!(r#"{{"country":"{country}""#);
        // A test reads every line.
        serde_json::from_str(FORMATS.lines().find(|line| line.starts_with(&start))?).ok()
    }

    /// Returns whether a postal code has the country's form. People also write letters in lower case.
    fn has_form(&self, postal_code: &AddressLine) -> bool {
        let Some(pattern) = &self.postal_code else { return true };
        // A test compiles every pattern. The shop must not refuse an address for a fault of its own.
        Regex::new(&format!("^(?i:{pattern})$")).map_or(true, |form| form.is_match(postal_code.as_ref()))
    }

    /// Returns whether regions have codes, as in the United States, and not only names. Codes are what tax and carriers need, and
    /// they change less than names, which the metadata has in few spellings and some of which are older than their provinces.
    fn has_region_codes(&self) -> bool {
        let is_code = |key: &AddressLine| {
            key.as_ref().len() <= 3 && key.as_ref().bytes().all(|byte| byte.is_ascii_uppercase())
        };
        self.regions.iter().all(|spellings| spellings.first().is_some_and(is_code))
    }

    /// Returns the key of the region of this name.
    fn region(&self, name: &AddressLine) -> Option<AddressLine> {
        let name = name.as_ref().to_lowercase();
        let is_named = |spelling: &AddressLine| spelling.as_ref().to_lowercase() == name;
        let region = self.regions.iter().find(|spellings| spellings.iter().any(is_named));
        region.and_then(|spellings| spellings.first()).cloned()
    }
}

impl CountryCode {
    /// Returns whether there is a country of this code.
    #[must_use]
    pub fn is_known(&self) -> bool {
        Format::of(self).is_some()
    }
}

impl Address {
    /// Checks that the address has what its country needs, and returns it with its region's key in place of another spelling.
    ///
    /// It is for what clients send. What is stored is not checked: it may be older than the rules.
    ///
    /// # Errors
    /// If the country does not exist, or the postal code or the region is missing or not one of the country's.
    pub fn checked(&self) -> Result<Self, AddressRefusal> {
        let country = || self.country.clone();
        let format = Format::of(&self.country).ok_or_else(|| AddressRefusal::CountryUnknown(country()))?;
        match &self.postal_code {
            None if format.needs_postal_code => return Err(AddressRefusal::PostalCodeMissing(country())),
            Some(code) if !format.has_form(code) => return Err(AddressRefusal::PostalCodeInvalid(country())),
            _ => {}
        }
        let region = match &self.region {
            None if format.needs_region => return Err(AddressRefusal::RegionMissing(country())),
            Some(name) if !format.regions.is_empty() => match format.region(name) {
                Some(key) => Some(key),
                None if format.has_region_codes() => return Err(AddressRefusal::RegionUnknown(country())),
                None => Some(name.clone()),
            },
            unchecked => unchecked.clone(),
        };
        Ok(Self { region, ..self.clone() })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;
    use crate::Refusal;
    use crate::words::person::Name;

    fn line(text: &str) -> AddressLine {
        AddressLine::try_new(text).unwrap()
    }

    fn address(country: &str, postal_code: Option<&str>, region: Option<&str>) -> Address {
        Address {
            name: Name::try_new("Ada").unwrap(),
            line1: line("1 Nathan Road"),
            line2: None,
            city: line("Kowloon"),
            region: region.map(line),
            postal_code: postal_code.map(line),
            country: CountryCode::try_new(country).unwrap(),
        }
    }

    fn code(country: &str, postal_code: Option<&str>, region: Option<&str>) -> &'static str {
        address(country, postal_code, region).checked().map_or_else(|refusal| refusal.code(), |_| "taken")
    }

    fn formats() -> Vec<(CountryCode, Format)> {
        let country = |line: &str| {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            CountryCode::try_new(line["country"].as_str().unwrap()).unwrap()
        };
        let countries = FORMATS.lines().map(country);
        countries.map(|country| (country.clone(), Format::of(&country).unwrap())).collect()
    }

    #[test]
    fn every_country_is_read_with_its_pattern_and_keys_of_one_meaning() {
        let formats = formats();
        assert!(formats.len() > 249, "ISO 3166-1 has 249 countries: {}", formats.len());
        for (country, format) in &formats {
            if let Some(pattern) = &format.postal_code {
                assert!(Regex::new(&format!("^(?i:{pattern})$")).is_ok(), "{country}: {pattern}");
            }
            assert!(format.regions.is_empty() || format.needs_region, "{country}");
            assert!(!format.needs_postal_code || format.postal_code.is_some(), "{country}");
            let spellings = || format.regions.iter().flatten().map(|name| name.as_ref().to_lowercase());
            assert_eq!(spellings().collect::<HashSet<_>>().len(), spellings().count(), "{country}");
        }
    }

    #[test]
    fn a_postal_code_is_needed_where_the_country_has_them() {
        for (country, region) in [("HK", Some("Kowloon")), ("QA", None), ("AE", Some("Dubai")), ("IE", None)]
        {
            assert_eq!(code(country, None, region), "taken", "{country}");
        }
        for country in ["ES", "US", "JP", "GB"] {
            assert_eq!(code(country, None, Some("Madrid")), "postal_code_missing", "{country}");
        }
    }

    #[test]
    fn a_postal_code_has_the_form_of_its_country() {
        for (country, good) in [
            ("DE", "10115"),
            ("GB", "SW1A 1AA"),
            ("GB", "sw1a1aa"),
            ("GB", "GIR 0AA"),
            ("GB", "BFPO 801"),
            ("NL", "1012 AB"),
            ("PL", "00-950"),
            ("IE", "D02 X285"),
            ("BH", "1216"),
            ("HK", "whatever it is, none is known"),
        ] {
            assert_eq!(code(country, Some(good), Some("Kowloon")), "taken", "{country} {good}");
        }
        for (country, bad) in [
            ("DE", "1011"),
            ("DE", "101155"),
            ("DE", "10115 Berlin"),
            ("DE", "D-10115"),
            ("DE", "١٠١١٥"),
            ("GB", "SW1A 1AA or GIR 0AA"),
            ("IE", "D02"),
            ("BH", "12345"),
        ] {
            assert_eq!(code(country, Some(bad), None), "postal_code_invalid", "{country} {bad}");
        }
    }

    #[test]
    fn a_region_is_kept_by_its_key() {
        for (country, postal_code, spelling, key) in [
            ("US", "12207", "NY", "NY"),
            ("US", "12207", "new york", "NY"),
            ("ES", "28013", "Madrid", "M"),
            ("ES", "20001", "Gipuzkoa", "SS"),
            ("CA", "H2Y 1C6", "QUÉBEC", "QC"),
            ("JP", "100-0001", "Tokyo", "東京都"),
            ("JP", "100-0001", "13", "東京都"),
            ("MX", "06000", "CMX", "CDMX"),
        ] {
            let kept = address(country, Some(postal_code), Some(spelling)).checked().unwrap();
            assert_eq!(kept, address(country, Some(postal_code), Some(key)), "{spelling}");
        }
        assert_eq!(code("US", Some("12207"), None), "region_missing");
        assert_eq!(code("US", Some("12207"), Some("Ontario")), "region_unknown");
        // The metadata name no regions of Costa Rica, and Germany's addresses need none.
        for (country, postal_code) in [("CR", None), ("DE", Some("10115"))] {
            assert_eq!(code(country, postal_code, Some("San José")), "taken", "{country}");
        }
    }

    #[test]
    fn a_code_of_no_country_is_refused() {
        for unknown in ["ZZ", "XX", "UK", "EU"] {
            assert_eq!(code(unknown, Some("12345"), Some("A region")), "country_unknown", "{unknown}");
        }
    }

    #[test]
    fn every_spelling_of_a_region_is_read_and_its_key_stays() {
        for (country, format) in formats() {
            for spellings in &format.regions {
                for spelling in spellings {
                    assert_eq!(format.region(spelling).as_ref(), spellings.first(), "{country}: {spelling}");
                }
            }
        }
    }

    fn some_country() -> impl Strategy<Value = String> {
        let known: Vec<String> = formats().into_iter().map(|(country, _)| country.to_string()).collect();
        prop_oneof![proptest::sample::select(known), "[A-Z]{2}"]
    }

    proptest! {
        /// Whatever is sent: it is refused with a code of a client's error, or kept with nothing but its region changed.
        #[test]
        fn what_is_taken_is_taken_again_as_it_is(
            country in some_country(),
            postal_code in proptest::option::of("[0-9A-Z][0-9A-Z -]{0,8}"),
            region in proptest::option::of("\\PC{1,8}"),
        ) {
            let region = region.filter(|region| AddressLine::try_new(region.clone()).is_ok());
            let sent = address(&country, postal_code.as_deref(), region.as_deref());
            match sent.checked() {
                Ok(kept) => {
                    prop_assert_eq!(kept.checked(), Ok(kept.clone()));
                    prop_assert_eq!(Address { region: sent.region.clone(), ..kept }, sent);
                }
                Err(refusal) => prop_assert_eq!(refusal.kind(), crate::Kind::Invalid),
            }
        }

        /// The pattern is of the whole code.
        #[test]
        fn nothing_stands_beside_a_postal_code(before in "[A-Z]{1,3} ", after in " [A-Z]{1,3}") {
            for bad in [format!("{before}10115"), format!("10115{after}"), format!("{before}10115{after}")] {
                prop_assert_eq!(code("DE", Some(&bad), None), "postal_code_invalid");
            }
        }
    }
}
