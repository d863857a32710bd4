//! Parcels: how carriers name them, and what is in them.

use nutype::nutype;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::words::goods::{Quantity, Sku, Title};
use crate::words::is_one_line;

/// A carrier's number for a parcel.
#[nutype(
    sanitize(trim),
    validate(not_empty, len_char_max = 80, predicate = is_one_line),
    derive(Debug, Clone, PartialEq, Eq, AsRef, Display, Serialize, Deserialize)
)]
pub struct TrackingNumber(String);

/// The address of a carrier's page about a parcel. Customers follow it from mails and pages, so it is always HTTPS.
#[nutype(
    validate(len_char_max = 500, predicate = is_https),
    derive(Debug, Clone, PartialEq, Eq, AsRef, Display, Serialize, Deserialize)
)]
pub struct TrackingUrl(String);

fn is_https(text: &str) -> bool {
    Url::parse(text)
        .is_ok_and(|url| url.scheme() == "https" && url.username().is_empty() && url.password().is_none())
}

/// Pieces of one line in a parcel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ShippedLine {
    /// The SKU.
    pub sku: Sku,
    /// The title in the order.
    pub title: Title,
    /// The number of pieces.
    pub quantity: Quantity,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_carriers_page_is_https_and_names_no_user() {
        assert!(TrackingUrl::try_new("https://www.carrier.example/track?parcel=1").is_ok());
        for bad in [
            "http://www.carrier.example/",
            "javascript:alert(1)",
            "https://user@carrier.example/",
            "https://:secret@carrier.example/",
            "https://",
            "carrier.example",
            "",
        ] {
            assert!(TrackingUrl::try_new(bad).is_err(), "{bad}");
        }
        assert!(TrackingUrl::try_new(format!("https://carrier.example/{}", "x".repeat(500))).is_err());
    }
}
