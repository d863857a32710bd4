//! Numbers of invoices and credit notes: `ES-2026-000001`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::words::setting::SeriesPrefix;

/// The number of a document: its series, the year, and its place in that year. No place is left out, and none is taken twice
/// (Directive 2006/112/EC, Article 226(2)).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DocumentNumber {
    series: String,
    year: i16,
    place: u32,
}

/// The text is not the number of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the number of a document: expected one such as `ES-2026-000001`")]
pub struct InvalidDocumentNumber;

impl DocumentNumber {
    pub(crate) fn new(series: &SeriesPrefix, year: i16, place: u32) -> Self {
        Self { series: series.to_string(), year, place }
    }

    /// Returns what it begins with.
    #[must_use]
    pub fn series(&self) -> &str {
        &self.series
    }

    /// Returns the year.
    #[must_use]
    pub fn year(&self) -> i16 {
        self.year
    }

    /// Returns its place in the year, from 1.
    #[must_use]
    pub fn place(&self) -> u32 {
        self.place
    }
}

impl FromStr for DocumentNumber {
    type Err = InvalidDocumentNumber;

    fn from_str(text: &str) -> Result<Self, InvalidDocumentNumber> {
        let mut parts = text.splitn(3, '-');
        let mut next = || parts.next().ok_or(InvalidDocumentNumber);
        let series = SeriesPrefix::try_new(next()?).map_err(|_| InvalidDocumentNumber)?;
        let (year, place) = (next()?, next()?);
        let year = year.parse().map_err(|_| InvalidDocumentNumber)?;
        let place = place.parse().map_err(|_| InvalidDocumentNumber)?;
        // A number is written in one way alone, since it is a key.
        let number = Self::new(&series, year, place);
        if place > 0 && number.to_string() == text { Ok(number) } else { Err(InvalidDocumentNumber) }
    }
}

impl fmt::Display for DocumentNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:04}-{:06}", self.series, self.year, self.place)
    }
}

impl TryFrom<String> for DocumentNumber {
    type Error = InvalidDocumentNumber;

    fn try_from(text: String) -> Result<Self, InvalidDocumentNumber> {
        text.parse()
    }
}

impl From<DocumentNumber> for String {
    fn from(number: DocumentNumber) -> Self {
        number.to_string()
    }
}

#[cfg(feature = "schema")]
crate::schema::text! {
    DocumentNumber: "The number of an invoice or credit note.",
        { "examples": ["ES-2026-000001"], "pattern": "^[A-Z0-9]{1,10}-[0-9]{4}-[0-9]{6,10}$" }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_number_is_written_in_one_way_alone() {
        for wrong in [
            "",
            "ES",
            "ES-2026",
            "ES-2026-1",
            "ES-2026-000000",
            "ES-2026-0000001",
            "es-2026-000001",
            "ES-26-000001",
        ] {
            assert_eq!(wrong.parse::<DocumentNumber>(), Err(InvalidDocumentNumber), "{wrong:?}");
        }
        let number: DocumentNumber = "ESR-2026-1000000".parse().unwrap();
        assert_eq!((number.series(), number.year(), number.place()), ("ESR", 2026, 1_000_000));
    }

    proptest! {
        #[test]
        fn a_number_reads_back_as_itself(series in "[A-Z0-9]{1,10}", year in 2000..9999_i16, place in 1..u32::MAX) {
            let number = DocumentNumber::new(&SeriesPrefix::try_new(series).unwrap(), year, place);
            prop_assert_eq!(number.to_string().parse(), Ok(number));
        }
    }
}
