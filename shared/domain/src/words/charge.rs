//! Amounts that the payment gateway charges. Stripe's rules (<https://docs.stripe.com/currencies>): which currencies,
//! from which amount, up to which, and in which steps. An order that breaks one could never be paid.

use std::fmt;

use crate::words::money::{Currency, Money};

/// The currencies that are charged, in alphabetical order. ISO 4217 has more: funds, metals, and currencies that no
/// longer exist (HRK, BGN) or that no card pays in (KPW, IRR).
const CHARGED: [&str; 137] = [
    "AED", "AFN", "ALL", "AMD", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT", "BHD", "BIF", "BMD",
    "BND", "BOB", "BRL", "BSD", "BWP", "BYN", "BZD", "CAD", "CDF", "CHF", "CLP", "CNY", "COP", "CRC", "CVE",
    "CZK", "DJF", "DKK", "DOP", "DZD", "EGP", "ETB", "EUR", "FJD", "FKP", "GBP", "GEL", "GIP", "GMD", "GNF",
    "GTQ", "GYD", "HKD", "HNL", "HTG", "HUF", "IDR", "ILS", "INR", "ISK", "JMD", "JOD", "JPY", "KES", "KGS",
    "KHR", "KMF", "KRW", "KWD", "KYD", "KZT", "LAK", "LBP", "LKR", "LRD", "LSL", "MAD", "MDL", "MGA", "MKD",
    "MMK", "MNT", "MOP", "MUR", "MVR", "MWK", "MXN", "MYR", "MZN", "NAD", "NGN", "NIO", "NOK", "NPR", "NZD",
    "OMR", "PAB", "PEN", "PGK", "PHP", "PKR", "PLN", "PYG", "QAR", "RON", "RSD", "RUB", "RWF", "SAR", "SBD",
    "SCR", "SEK", "SGD", "SHP", "SLE", "SOS", "SRD", "SZL", "THB", "TJS", "TND", "TOP", "TRY", "TTD", "TWD",
    "TZS", "UAH", "UGX", "USD", "UYU", "UZS", "VND", "VUV", "WST", "XAF", "XCD", "XCG", "XOF", "XPF", "YER",
    "ZAR", "ZMW",
];

/// The largest amount in the gateway's own units: eight digits, or twelve in rupiah.
const EIGHT_DIGITS: i64 = 99_999_999;
const TWELVE_DIGITS: i64 = 999_999_999_999;

/// The amounts that can be charged in one currency, in minor units of ISO 4217.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChargeRule {
    least: Money,
    most: Money,
    step: i64,
}

/// Why an amount cannot be charged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChargeError {
    /// The currency is not charged.
    #[error("{} cannot be charged", .0.code())]
    Currency(Currency),
    /// The amount is not a multiple of the smallest amount that can be charged.
    #[error("amounts in {} must be multiples of {step} minor units", .currency.code())]
    Step {
        /// The currency.
        currency: Currency,
        /// The step, in minor units.
        step: i64,
    },
    /// The amount is below the smallest that is charged.
    #[error("the amount must be at least {0}")]
    TooSmall(Money),
    /// The amount is above the largest that is charged.
    #[error("the amount must be at most {0}")]
    TooLarge(Money),
}

impl ChargeError {
    /// Returns the decline code for a payment of such an amount: Stripe's, where it has one.
    #[must_use]
    pub fn decline_code(&self) -> &'static str {
        match self {
            Self::Currency(_) => "currency_not_supported",
            Self::Step { .. } => "amount_not_supported",
            Self::TooSmall(_) => "amount_too_small",
            Self::TooLarge(_) => "amount_too_large",
        }
    }
}

impl ChargeRule {
    /// Returns the rule of a currency.
    ///
    /// # Errors
    /// If the currency is not charged.
    pub fn of(currency: Currency) -> Result<Self, ChargeError> {
        let code = currency.code();
        if CHARGED.binary_search(&code).is_err() {
            return Err(ChargeError::Currency(currency));
        }
        let most = if code == "IDR" { TWELVE_DIGITS } else { EIGHT_DIGITS };
        let (step, most) = match code {
            // The last of three decimals has to be zero.
            "BHD" | "JOD" | "KWD" | "OMR" | "TND" => (10, most / 10 * 10),
            // No decimals, although ISO 4217 has two.
            "MGA" => (100, most * 100),
            // Two decimals at the gateway, although ISO 4217 has none.
            "ISK" | "UGX" => (1, most / 100),
            _ => (1, most),
        };
        let bound = |amount| Money::new(amount, currency).map_err(|_| ChargeError::Currency(currency));
        Ok(Self { least: bound(least(code).max(step))?, most: bound(most)?, step })
    }

    /// Returns the currency.
    #[must_use]
    pub fn currency(self) -> Currency {
        self.least.currency()
    }

    /// Returns the smallest amount.
    #[must_use]
    pub fn least(self) -> Money {
        self.least
    }

    /// Returns the largest amount.
    #[must_use]
    pub fn most(self) -> Money {
        self.most
    }

    /// Returns the step between amounts, in minor units.
    #[must_use]
    pub fn step(self) -> i64 {
        self.step
    }

    /// Checks the price of a piece: an order of such prices, in any quantity, is a multiple of the step.
    ///
    /// # Errors
    /// If the amount is not a multiple of the step.
    pub fn check_step(self, amount: Money) -> Result<(), ChargeError> {
        if amount.amount() % self.step == 0 {
            Ok(())
        } else {
            Err(ChargeError::Step { currency: self.currency(), step: self.step })
        }
    }

    /// Checks the total of an order.
    ///
    /// # Errors
    /// If it cannot be charged.
    pub fn check(self, total: Money) -> Result<(), ChargeError> {
        self.check_step(total)?;
        if total.amount() < self.least.amount() {
            Err(ChargeError::TooSmall(self.least))
        } else if total.amount() > self.most.amount() {
            Err(ChargeError::TooLarge(self.most))
        } else {
            Ok(())
        }
    }
}

/// Returns the currencies that are charged.
pub fn currencies() -> impl Iterator<Item = Currency> {
    CHARGED.iter().filter_map(|code| Currency::from_code(code))
}

/// Checks that the total of an order can be charged.
///
/// # Errors
/// If it cannot.
pub fn check(total: Money) -> Result<(), ChargeError> {
    ChargeRule::of(total.currency())?.check(total)
}

/// The range of amounts: `0.50 EUR to 999999.99 EUR`.
impl fmt::Display for ChargeRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to {}", self.least, self.most)
    }
}

/// Returns the smallest amount in a currency whose minimum the gateway documents. In another one the minimum depends on
/// the exchange rate, so an amount below it is declined by the gateway.
fn least(code: &str) -> i64 {
    match code {
        "ARS" | "AUD" | "BRL" | "CAD" | "CHF" | "COP" | "EUR" | "IDR" | "ILS" | "INR" | "JPY" | "KRW"
        | "NZD" | "PHP" | "RUB" | "SGD" | "USD" | "ZAR" => 50,
        "AED" | "MYR" | "PLN" | "RON" => 200,
        "NOK" | "SEK" => 300,
        "GBP" => 30,
        "DKK" => 250,
        "HKD" => 400,
        "MXN" | "THB" => 1_000,
        "CZK" => 1_500,
        "HUF" => 17_500,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn money(amount: i64, code: &str) -> Money {
        Money::new(amount, Currency::from_code(code).unwrap()).unwrap()
    }

    #[test]
    fn the_ten_currencies_that_are_traded_most_are_charged() {
        for code in ["USD", "EUR", "JPY", "GBP", "CNY", "AUD", "CAD", "CHF", "HKD", "SGD"] {
            assert!(CHARGED.contains(&code), "{code}");
        }
    }

    #[test]
    fn the_list_is_sorted_and_every_currency_has_the_exponent_that_the_rules_assume() {
        assert!(CHARGED.is_sorted());
        let zero = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF";
        let three = "BHD JOD KWD OMR TND";
        for code in CHARGED {
            // A currency that is newer than the library cannot be used anyway.
            let Some(currency) = Currency::from_code(code) else { continue };
            let expected = if zero.contains(code) {
                0
            } else if three.contains(code) {
                3
            } else {
                2
            };
            assert_eq!(currency.exponent(), Some(expected), "{code}");
        }
    }

    #[test]
    fn nobody_pays_in_a_historical_currency() {
        for code in ["HRK", "BGN", "CLF", "IRR", "KPW", "CUP"] {
            let currency = Currency::from_code(code).unwrap();
            assert_eq!(ChargeRule::of(currency), Err(ChargeError::Currency(currency)));
        }
    }

    #[test]
    fn each_limit() {
        assert_eq!(check(money(49, "EUR")), Err(ChargeError::TooSmall(money(50, "EUR"))));
        assert_eq!(check(money(50, "EUR")), Ok(()));
        assert_eq!(check(money(99_999_999, "EUR")), Ok(()));
        assert_eq!(check(money(100_000_000, "EUR")), Err(ChargeError::TooLarge(money(99_999_999, "EUR"))));
        assert_eq!(check(money(999_999_999_999, "IDR")), Ok(()));
        assert_eq!(check(money(999_999, "ISK")), Ok(()));
        assert!(check(money(1_000_000, "ISK")).is_err(), "eight digits at the gateway");
        assert!(check(money(1_999, "KWD")).is_err());
        assert_eq!(check(money(1_990, "KWD")), Ok(()));
        assert!(check(money(501, "MGA")).is_err());
        assert_eq!(check(money(500, "MGA")), Ok(()));
        assert_eq!(ChargeRule::of(Currency::EUR).unwrap().to_string(), "0.50 EUR to 999999.99 EUR");
    }

    proptest! {
        /// Prices that pass the step never lead to a total that fails it.
        #[test]
        fn totals_of_valid_prices_are_multiples_of_the_step(
            code in proptest::sample::select(CHARGED.to_vec()),
            prices in prop::collection::vec((1..2_000i64, 1..999u32), 1..40),
        ) {
            let Some(currency) = Currency::from_code(code) else { return Ok(()) };
            let rule = ChargeRule::of(currency).unwrap();
            let prices = prices.into_iter().filter_map(|(amount, count)| {
                let price = Money::new(amount, currency).unwrap();
                rule.check_step(price).is_ok().then(|| price.times(count).unwrap())
            });
            if let Some(total) = Money::sum(prices).unwrap() {
                prop_assert_eq!(rule.check_step(total), Ok(()));
            }
        }
    }
}
