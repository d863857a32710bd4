//! Personal data: e-mail address, name, postal address, roles.

use std::str::FromStr;

use nutype::nutype;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::words::is_one_line;

/// An e-mail address (RFC 5321's limits on length), lower-cased so that one mailbox is one account.
#[nutype(
    sanitize(trim, lowercase),
    validate(len_char_max = 254, predicate = is_address),
    derive(Debug, Clone, PartialEq, Eq, Hash, AsRef, Display, Serialize, Deserialize, FromStr)
)]
pub struct Email(String);

fn is_address(text: &str) -> bool {
    // The RFC allows quoted local parts and address literals. Customers do not use them; attackers do, to bypass
    // validation.
    let plain =
        !text.contains(['"', '[', '(', ' ']) && text.rsplit_once('@').is_some_and(|(_, host)| is_host(host));
    plain && text.is_ascii() && email_address::EmailAddress::from_str(text).is_ok()
}

/// A host name by which mail can be sent (RFC 1123 §2.1): labels of letters, digits and inner hyphens. SES refuses any
/// other, with an error that would have to be handled for each mail.
fn is_host(host: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    // No top-level domain is one letter or a number, so this refuses IPv4 addresses, too.
    let is_top = |label: &str| label.len() > 1 && label.bytes().any(|byte| byte.is_ascii_alphabetic());
    host.split('.').all(is_label) && host.rsplit_once('.').is_some_and(|(_, top)| is_top(top))
}

/// A person's name, in one line.
#[nutype(
    sanitize(trim),
    validate(not_empty, len_char_max = 100, predicate = is_name),
    derive(Debug, Clone, PartialEq, Eq, AsRef, Display, Serialize, Deserialize)
)]
pub struct Name(String);

/// A line of a postal address.
#[nutype(
    sanitize(trim),
    validate(not_empty, len_char_max = 200, predicate = is_one_line),
    derive(Debug, Clone, PartialEq, Eq, AsRef, Display, Serialize, Deserialize)
)]
pub struct AddressLine(String);

/// An ISO 3166-1 alpha-2 country code, upper case. Only its form is checked here; whether there is such a country, in
/// [`Address::checked`].
#[nutype(
    validate(predicate = is_country_code),
    derive(Debug, Clone, PartialEq, Eq, AsRef, Display, Serialize, Deserialize)
)]
pub struct CountryCode(String);

/// Mails do not contain names, because anyone can register a stranger's address with any text. Staff read names in
/// lists, though, where a link would invite a click.
fn is_name(text: &str) -> bool {
    is_one_line(text) && !text.contains("://")
}

fn is_country_code(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// A delivery address. Orders store a copy, so a later change of address does not affect them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Address {
    /// The recipient.
    pub name: Name,
    /// Street and number.
    pub line1: AddressLine,
    /// Flat, floor, company.
    #[serde(default, deserialize_with = "line_or_empty", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::optional_line"))]
    pub line2: Option<AddressLine>,
    /// Town.
    pub city: AddressLine,
    /// State, province or prefecture. Required where carriers and tax need it: by its name, or by its ISO 3166-2 code without the
    /// country's. It is stored as the country's addresses have it, such as `NY`.
    #[serde(default, deserialize_with = "line_or_empty", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::optional_line"))]
    pub region: Option<AddressLine>,
    /// Postal code, as the country writes it. Required where mail is not delivered without one.
    #[serde(default, deserialize_with = "line_or_empty", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::optional_line"))]
    pub postal_code: Option<AddressLine>,
    /// Country.
    pub country: CountryCode,
}

/// A form sends the fields that its user left empty as empty texts.
fn line_or_empty<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<AddressLine>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    let text = text.filter(|text| !text.is_empty());
    text.map(AddressLine::try_new).transpose().map_err(D::Error::custom)
}

/// Permissions beyond a user's own data. Roles cannot be requested by the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Manages the catalogue, sees every account, and decides who else has a role.
    Admin,
    /// Works in the shop.
    Staff,
    /// A role granted by a newer version. To this version it grants nothing.
    #[serde(other)]
    #[cfg_attr(feature = "schema", schemars(skip))]
    Unknown,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_mailbox_is_one_account() {
        assert_eq!(Email::try_new(" Ada@Example.COM ").unwrap(), Email::try_new("ada@example.com").unwrap());
    }

    #[test]
    fn a_letter_that_lower_cases_to_ascii_is_that_letter() {
        // U+212A is the Kelvin sign. Mail goes to the ASCII form only.
        assert_eq!(Email::try_new("\u{212a}im@x.example").unwrap(), Email::try_new("kim@x.example").unwrap());
    }

    #[test]
    fn a_name_with_a_link_or_a_line_break_is_refused() {
        for bad in ["Win https://spam.example", "Ada\r\nBcc: eve", "Ada\u{2028}Eve", "", " "] {
            assert!(Name::try_new(bad).is_err(), "{bad:?}");
        }
        assert!(Name::try_new("Ada O'Neill-Łovelace, c/o Café").is_ok());
    }

    #[test]
    fn characters_that_a_queue_rejects_are_refused_in_a_line() {
        use crate::words::goods::Title;
        for bad in ['\u{fffe}', '\u{ffff}', '\0', '\u{b}', '\u{7f}'] {
            let text = format!("a{bad}b");
            assert!(Name::try_new(text.clone()).is_err(), "{bad:?} in a name");
            assert!(AddressLine::try_new(text.clone()).is_err(), "{bad:?} in an address");
            assert!(Title::try_new(text.clone()).is_err(), "{bad:?} in a title");
            assert!(!is_one_line(&text), "{bad:?} in any line");
        }
        for good in ['\u{d7ff}', '\u{e000}', '\u{fffd}', '\u{10000}', '\u{10ffff}'] {
            assert!(Title::try_new(format!("a{good}b")).is_ok(), "{good:?}");
        }
    }

    #[test]
    fn an_empty_field_of_an_address_is_an_absent_one() {
        let address = |optional: &serde_json::Value| {
            serde_json::from_value::<Address>(serde_json::json!({
                "name": "Ada", "line1": "1 Nathan Road", "line2": optional, "city": "Kowloon",
                "region": optional, "postal_code": optional, "country": "HK",
            }))
        };
        let absent = address(&serde_json::Value::Null).unwrap();
        assert_eq!((&absent.line2, &absent.region, &absent.postal_code), (&None, &None, &None));
        assert_eq!(address(&"".into()).unwrap(), absent);
        for bad in [" ", "\u{200b}", "a\nb"] {
            assert!(address(&bad.into()).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn an_invalid_address_is_refused() {
        for bad in [
            "",
            "ada",
            "ada@",
            "@example.com",
            "ada@example",
            "a b@example.com",
            "ada@example.com\r\nBcc: x@y.zz",
            "eve@foo_bar.com",
            "eve@exa!mple.com",
            "eve@127.0.0.1",
            "eve@example.1",
            "eve@a.b",
            "eve@a.b-",
            "eve@-a.example",
            "eve@a..example",
            "eve@example.com.",
            "\u{130}da@example.com",
        ] {
            assert!(Email::try_new(bad).is_err(), "{bad:?}");
        }
        assert!(Email::try_new(format!("{}@example.com", "a".repeat(250))).is_err());
    }

    proptest! {
        #[test]
        fn a_parsed_address_parses_to_itself(text in "\\PC{0,40}@[a-z]{1,10}\\.[a-z]{2,5}") {
            if let Ok(email) = Email::try_new(text) {
                prop_assert_eq!(Email::try_new(email.to_string()).unwrap(), email);
            }
        }

        #[test]
        fn names_hold_no_control_characters(text in any::<String>()) {
            if let Ok(name) = Name::try_new(text) {
                prop_assert!(!name.as_ref().chars().any(char::is_control));
            }
        }

        #[test]
        fn every_line_can_be_sent(
            before in "\\PC{0,5}",
            letter in prop_oneof![any::<char>(), proptest::char::range('\u{fff0}', '\u{1000f}')],
            after in "\\PC{0,5}",
        ) {
            let sendable = |letter: char| {
                matches!(letter, '\t' | '\n' | '\r' | '\u{20}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}')
            };
            if let Ok(line) = AddressLine::try_new(format!("{before}{letter}{after}")) {
                prop_assert!(line.as_ref().chars().all(sendable));
            }
        }
    }
}
