//! Series of numbers, one for each kind of document, seller's country and year.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::invoices::InvoiceKind;
use crate::settings::Settings;
use crate::words::document::DocumentNumber;
use crate::words::setting::SeriesPrefix;

/// How far the numbers of a series have come in a year. Whoever issues a document replaces it in the same transaction, so that no
/// number is left out and none is taken twice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Numbering {
    /// What the numbers begin with.
    pub series: SeriesPrefix,
    /// The year.
    pub year: i16,
    /// The place of the next document, from 1.
    pub next: u32,
}

impl Numbering {
    /// Creates the numbering of a year in which nothing was issued.
    #[must_use]
    pub fn new(series: SeriesPrefix, year: i16) -> Self {
        Self { series, year, next: 1 }
    }

    /// Takes the next number. Returns it, and how far the numbers have come then.
    #[must_use]
    pub fn take(self) -> (DocumentNumber, Self) {
        let number = DocumentNumber::new(&self.series, self.year, self.next);
        (number, Self { next: self.next + 1, ..self })
    }
}

/// Returns the year in whose series a document is numbered, in UTC, as all days of the shop are.
#[must_use]
pub fn year_of(now: Timestamp) -> i16 {
    now.to_zoned(TimeZone::UTC).year()
}

impl Settings {
    /// Returns what the numbers of documents begin with: what is set for the seller's country, or for all; else the country's code, with
    /// an `R` for credit notes. Documents of a shop that has not set a seller have a series of their own, `INV`.
    #[must_use]
    pub fn series_of(&self, kind: InvoiceKind) -> SeriesPrefix {
        if let Some(set) = self.series() {
            return match kind {
                InvoiceKind::CreditNote => set.credit_notes.clone(),
                InvoiceKind::Invoice | InvoiceKind::Unknown => set.invoices.clone(),
            };
        }
        let country = self.seller().map(|seller| seller.address.country.to_string());
        let prefix = country.unwrap_or_else(|| SeriesPrefix::default().into_inner());
        let prefix = match kind {
            InvoiceKind::CreditNote => format!("{prefix}R"),
            InvoiceKind::Invoice | InvoiceKind::Unknown => prefix,
        };
        SeriesPrefix::try_new(prefix).unwrap_or_default()
    }
}
