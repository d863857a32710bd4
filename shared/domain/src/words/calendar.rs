//! Months and days in UTC, which is when the shop's books begin and end.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// A calendar month in UTC: `2026-11`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Month(Date);

/// A calendar day in UTC: `2026-11-23`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Day(Date);

/// The text is not a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a month: expected a year and a month such as `2026-11`")]
pub struct InvalidMonth;

/// The text is not a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a day: expected a date such as `2026-11-23`")]
pub struct InvalidDay;

impl Month {
    /// Returns the month of a time.
    #[must_use]
    pub fn of(time: Timestamp) -> Self {
        Self(Day::of(time).0.first_of_month())
    }

    /// Returns its days.
    pub fn days(self) -> impl Iterator<Item = Day> {
        let last = self.0.days_in_month();
        (1..=last).filter_map(move |day| self.0.with().day(day).build().ok().map(Day))
    }
}

impl Day {
    /// Returns the day of a time.
    #[must_use]
    pub fn of(time: Timestamp) -> Self {
        Self(time.to_zoned(TimeZone::UTC).date())
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.0.year(), self.0.month())
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.0.year(), self.0.month(), self.0.day())
    }
}

impl FromStr for Month {
    type Err = InvalidMonth;

    fn from_str(text: &str) -> Result<Self, InvalidMonth> {
        let month = format!("{text}-01").parse().map(Self).map_err(|_| InvalidMonth)?;
        // Each month has one spelling.
        if month.to_string() == text { Ok(month) } else { Err(InvalidMonth) }
    }
}

impl FromStr for Day {
    type Err = InvalidDay;

    fn from_str(text: &str) -> Result<Self, InvalidDay> {
        let day = text.parse().map(Self).map_err(|_| InvalidDay)?;
        // Each day has one spelling.
        if day.to_string() == text { Ok(day) } else { Err(InvalidDay) }
    }
}

/// Reads and writes them as texts.
macro_rules! texts {
    ($($name:ident, $error:ty);+) => {$(
        impl TryFrom<String> for $name {
            type Error = $error;

            fn try_from(text: String) -> Result<Self, $error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.to_string()
            }
        }
    )+};
}
texts! { Month, InvalidMonth; Day, InvalidDay }

#[cfg(feature = "schema")]
crate::schema::text! {
    Month: "A calendar month in UTC.", { "examples": ["2026-11"], "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$" }
}

#[cfg(feature = "schema")]
crate::schema::text! {
    Day: "A calendar day in UTC.",
    { "examples": ["2026-11-23"], "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$" }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn a_month_has_one_spelling_and_is_that_of_utc() {
        for good in ["2026-11", "0001-01", "9999-12"] {
            assert_eq!(good.parse::<Month>().unwrap().to_string(), good);
        }
        for bad in
            ["", "2026", "2026-13", "2026-00", "202611", "2026-1", "-02026-11", "2026-11-01", "2026-11 "]
        {
            assert_eq!(bad.parse::<Month>(), Err(InvalidMonth), "{bad:?}");
        }
        let last_second: Timestamp = "2026-12-31T23:59:59Z".parse().unwrap();
        assert_eq!(Month::of(last_second).to_string(), "2026-12");
        assert_eq!(Month::of(last_second + SignedDuration::from_secs(1)).to_string(), "2027-01");
    }

    #[test]
    fn a_month_has_its_days() {
        for (month, days, last) in
            [("2026-02", 28, "2026-02-28"), ("2028-02", 29, "2028-02-29"), ("2026-12", 31, "2026-12-31")]
        {
            let month: Month = month.parse().unwrap();
            let found: Vec<String> = month.days().map(|day| day.to_string()).collect();
            assert_eq!((found.len(), found.last().map(String::as_str)), (days, Some(last)));
        }
    }

    #[test]
    fn a_day_has_one_spelling() {
        assert_eq!("2026-11-23".parse::<Day>().unwrap().to_string(), "2026-11-23");
        for bad in ["", "2026-11", "2026-02-29", "20261123", "2026-11-23T10:00:00", "2026-11-23 "] {
            assert_eq!(bad.parse::<Day>(), Err(InvalidDay), "{bad:?}");
        }
    }
}
