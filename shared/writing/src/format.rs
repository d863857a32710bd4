//! Amounts and dates as each language writes them, with the data of Unicode's CLDR.

use domain::words::locale::Language;
use domain::words::money::{Currency, Money, Ppm};
use icu_calendar::{Date, Gregorian};
use icu_datetime::FixedCalendarDateTimeFormatter;
use icu_datetime::fieldsets::YMD;
use icu_decimal::DecimalFormatter;
use icu_decimal::input::Decimal;
use icu_locale_core::{Locale, locale};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// The data of a language is missing, or a value is out of range.
#[derive(Debug, thiserror::Error)]
#[error("a value cannot be formatted")]
pub struct FormatError(#[source] Box<dyn std::error::Error + Send + Sync>);

impl FormatError {
    fn of(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self(Box::new(error))
    }
}

/// Returns an amount: `€36.90`, `36,90 €`. A currency without a symbol that every reader knows is written with its code:
/// `CHF 36.90`.
///
/// # Errors
/// If the language's data is missing.
pub fn money(money: Money, language: Language) -> Result<String, FormatError> {
    let mut number = Decimal::from(money.amount());
    let digits = money.currency().exponent().unwrap_or_default();
    number.multiply_pow10(-i16::try_from(digits).unwrap_or_default());
    let formatter = DecimalFormatter::try_new((&locale(language)).into(), Default::default());
    let number = formatter.map_err(FormatError::of)?.format(&number).to_string();
    let code = money.currency().code();
    Ok(match (language, symbol(money.currency())) {
        (Language::En, Some(symbol)) => format!("{symbol}{number}"),
        (Language::En, None) => format!("{code}\u{a0}{number}"),
        (Language::De, symbol) => format!("{number}\u{a0}{}", symbol.unwrap_or(code)),
    })
}

/// Returns a rate: `21%`, `21 %`, `8.875%`.
///
/// # Errors
/// If the language's data is missing.
pub fn percent(rate: Ppm, language: Language) -> Result<String, FormatError> {
    let mut number = Decimal::from(rate.into_inner());
    number.multiply_pow10(-4);
    number.trim_end();
    let formatter = DecimalFormatter::try_new((&locale(language)).into(), Default::default());
    let number = formatter.map_err(FormatError::of)?.format(&number).to_string();
    Ok(match language {
        Language::En => format!("{number}%"),
        Language::De => format!("{number}\u{a0}%"),
    })
}

/// Other symbols stand for several currencies, as `¥` and `kr` do, or are little used, as `₣` is.
fn symbol(currency: Currency) -> Option<&'static str> {
    match currency {
        Currency::EUR => Some("€"),
        Currency::GBP => Some("£"),
        Currency::USD => Some("$"),
        _ => None,
    }
}

/// Returns the day of a time, in UTC: `28 November 2026`, `28. November 2026`.
///
/// # Errors
/// If the language's data is missing.
pub fn date(time: Timestamp, language: Language) -> Result<String, FormatError> {
    let day = TimeZone::UTC.to_datetime(time).date();
    let (month, day_of_month) = (day.month().unsigned_abs(), day.day().unsigned_abs());
    let date = Date::try_new_gregorian(day.year().into(), month, day_of_month).map_err(FormatError::of)?;
    let formatter =
        FixedCalendarDateTimeFormatter::<Gregorian, YMD>::try_new((&locale(language)).into(), YMD::long());
    Ok(formatter.map_err(FormatError::of)?.format(&date).to_string())
}

/// Returns the time of day, in UTC: `10:05 UTC`.
#[must_use]
pub fn time(time: Timestamp) -> String {
    TimeZone::UTC.to_datetime(time).strftime("%H:%M UTC").to_string()
}

/// English as Europe writes it: the day before the month.
fn locale(language: Language) -> Locale {
    match language {
        Language::En => locale!("en-GB"),
        Language::De => locale!("de-DE"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(amount: i64, currency: Currency) -> [String; 2] {
        [Language::En, Language::De]
            .map(|language| money(Money::new(amount, currency).unwrap(), language).unwrap())
    }

    #[test]
    fn an_amount_is_written_as_its_reader_writes_it() {
        assert_eq!(written(3690, Currency::EUR), ["€36.90", "36,90\u{a0}€"]);
        assert_eq!(written(123_456_789, Currency::USD), ["$1,234,567.89", "1.234.567,89\u{a0}$"]);
        assert_eq!(written(5, Currency::GBP), ["£0.05", "0,05\u{a0}£"]);
        assert_eq!(written(1200, Currency::JPY), ["JPY\u{a0}1,200", "1.200\u{a0}JPY"]);
        assert_eq!(written(1234, Currency::KWD), ["KWD\u{a0}1.234", "1,234\u{a0}KWD"]);
        assert_eq!(written(3690, Currency::CHF), ["CHF\u{a0}36.90", "36,90\u{a0}CHF"]);
    }

    #[test]
    fn a_rate_is_written_as_its_reader_writes_it() {
        let written = |rate| {
            [Language::En, Language::De]
                .map(|language| percent(Ppm::try_new(rate).unwrap(), language).unwrap())
        };
        assert_eq!(written(210_000), ["21%", "21\u{a0}%"]);
        assert_eq!(written(88_750), ["8.875%", "8,875\u{a0}%"]);
        assert_eq!(written(0), ["0%", "0\u{a0}%"]);
        assert_eq!(written(1_000_000), ["100%", "100\u{a0}%"]);
    }

    #[test]
    fn a_date_is_written_as_its_reader_writes_it() {
        let time: Timestamp = "2026-11-28T23:59:59Z".parse().unwrap();
        assert_eq!(date(time, Language::En).unwrap(), "28 November 2026");
        assert_eq!(date(time, Language::De).unwrap(), "28. November 2026");
    }
}
