//! Money: whole minor units of an ISO 4217 currency. No floating point, and no arithmetic that can wrap.

use std::fmt;

pub use iso_currency::Currency;
use serde::{Deserialize, Serialize};

/// The largest amount that one [`Money`] holds, in minor units. It keeps every sum within what JSON readers that use
/// doubles can represent (2⁵³), with room for a thousand addends.
pub const MAX_AMOUNT: i64 = 8_000_000_000_000;

/// An amount in minor units (cents for EUR, yen for JPY) of a currency. Never negative: the direction of a payment
/// follows from where the amount is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "RawMoney", into = "RawMoney")]
pub struct Money {
    amount: i64,
    currency: Currency,
}

#[derive(Serialize, Deserialize)]
struct RawMoney {
    amount: i64,
    currency: Currency,
}

/// Why an amount of money is not valid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Below zero or above [`MAX_AMOUNT`].
    #[error("the amount must be between 0 and {MAX_AMOUNT} minor units")]
    OutOfRange,
    /// Two amounts have different currencies.
    #[error("expected an amount in {expected}, found {found}", expected = .expected.code(), found = .found.code())]
    CurrencyMismatch {
        /// The currency of the first amount.
        expected: Currency,
        /// The currency of the other amount.
        found: Currency,
    },
    /// The currency has no minor unit (gold, test codes), so nothing can be priced in it.
    #[error("{} cannot be used for prices", .0.code())]
    NoMinorUnit(Currency),
    /// The shares to allocate by are empty or all zero.
    #[error("nothing to allocate by")]
    NoShares,
    /// The text is not a decimal number, or has more decimals than the currency.
    #[error("expected a number with up to {decimals} decimals, without separators of thousands")]
    NotDecimal {
        /// The decimals of the currency.
        decimals: u16,
    },
}

impl Money {
    /// Creates an amount in minor units.
    ///
    /// # Errors
    /// If the amount is negative or above [`MAX_AMOUNT`], or the currency has no minor unit.
    pub fn new(amount: i64, currency: Currency) -> Result<Self, MoneyError> {
        if currency.exponent().is_none() {
            return Err(MoneyError::NoMinorUnit(currency));
        }
        if !(0..=MAX_AMOUNT).contains(&amount) {
            return Err(MoneyError::OutOfRange);
        }
        Ok(Self { amount, currency })
    }

    /// Reads an amount as people write it: `19.99` or `19,99`, with up to as many decimals as ISO 4217 assigns to the currency. So
    /// `1,999` is no amount in euros, in which it could be either of two.
    ///
    /// # Errors
    /// If it is not a decimal number, if it has too many decimals, or as [`new`](Self::new).
    pub fn from_decimal(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let decimals = currency.exponent().ok_or(MoneyError::NoMinorUnit(currency))?;
        let not_decimal = MoneyError::NotDecimal { decimals };
        let (whole, part) = text.split_once(['.', ',']).unwrap_or((text, "0"));
        let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        // A zero that the currency has no place for changes nothing, and is refused all the same: `1.000` yen.
        let is_whole = !text.contains(['.', ',']);
        if !are_digits(whole) || !are_digits(part) || (!is_whole && part.len() > usize::from(decimals)) {
            return Err(not_decimal);
        }
        let part = if is_whole { "" } else { part };
        let digits = format!("{whole}{part:0<width$}", width = usize::from(decimals));
        Self::new(digits.parse().map_err(|_| MoneyError::OutOfRange)?, currency)
    }

    /// Returns the amount as a decimal number, with the number of decimals that ISO 4217 assigns to the currency: `19.99`.
    #[must_use]
    pub fn decimal(self) -> String {
        match self.currency.exponent() {
            Some(0) | None => self.amount.to_string(),
            Some(exponent) => {
                let unit = 10_i64.pow(u32::from(exponent));
                let (whole, part) = (self.amount / unit, self.amount % unit);
                format!("{whole}.{part:0width$}", width = usize::from(exponent))
            }
        }
    }

    /// Returns zero in the same currency.
    #[must_use]
    pub fn nothing_of(self) -> Self {
        Self { amount: 0, currency: self.currency }
    }

    /// Returns the amount in minor units.
    #[must_use]
    pub fn amount(self) -> i64 {
        self.amount
    }

    /// Returns the currency.
    #[must_use]
    pub fn currency(self) -> Currency {
        self.currency
    }

    /// Returns whether the amount is zero.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.amount == 0
    }

    /// Returns the sum of two amounts of one currency.
    ///
    /// # Errors
    /// If the currencies differ or the sum is out of range.
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        Self::new(self.amount.checked_add(other.amount).ok_or(MoneyError::OutOfRange)?, self.currency)
    }

    /// Returns this amount minus `other`.
    ///
    /// # Errors
    /// If the currencies differ or the result would be negative.
    pub fn minus(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        Self::new(self.amount - other.amount, self.currency)
    }

    /// Returns the price of `count` pieces.
    ///
    /// # Errors
    /// If the result is out of range.
    pub fn times(self, count: u32) -> Result<Self, MoneyError> {
        Self::new(self.amount.checked_mul(i64::from(count)).ok_or(MoneyError::OutOfRange)?, self.currency)
    }

    /// Returns the sum of amounts of one currency; `None` if there are none, since an empty sum has no currency.
    ///
    /// # Errors
    /// If currencies are mixed or the sum is out of range.
    pub fn sum(amounts: impl IntoIterator<Item = Self>) -> Result<Option<Self>, MoneyError> {
        amounts.into_iter().try_fold(None, |sum: Option<Self>, amount| {
            Ok(Some(match sum {
                Some(sum) => sum.plus(amount)?,
                None => amount,
            }))
        })
    }

    /// Returns the tax contained in a tax-inclusive amount, rounded half up.
    #[must_use]
    pub fn tax_included(self, rate: TaxRate) -> Self {
        self.tax_within(rate.into())
    }

    /// Returns the tax contained in a tax-inclusive amount, rounded half up.
    #[must_use]
    pub fn tax_within(self, rate: Ppm) -> Self {
        self.part(rate, MILLION + i128::from(rate.into_inner()))
    }

    /// Returns the tax to be added to an amount without it, rounded half up.
    #[must_use]
    pub fn tax_upon(self, rate: Ppm) -> Self {
        self.part(rate, MILLION)
    }

    /// Returns `rate` parts of `whole`, which are at most `whole` parts, rounded half up.
    fn part(self, rate: Ppm, whole: i128) -> Self {
        // amount × rate fits in i128, and the result is at most the amount.
        let part = (2 * i128::from(self.amount) * i128::from(rate.into_inner()) + whole) / (2 * whole);
        Self { amount: i64::try_from(part).unwrap_or(self.amount), currency: self.currency }
    }

    /// Splits the amount in proportion to `shares` by largest remainder (Hamilton's method), so that the parts always
    /// sum to the whole. Equal remainders go to the earlier share.
    ///
    /// # Errors
    /// If the shares are empty or all zero.
    pub fn allocate(self, shares: &[u64]) -> Result<Vec<Self>, MoneyError> {
        let total: u128 = shares.iter().map(|share| u128::from(*share)).sum();
        if total == 0 {
            return Err(MoneyError::NoShares);
        }
        let amount = u128::try_from(self.amount).map_err(|_| MoneyError::OutOfRange)?;
        let mut parts: Vec<(usize, u128, u128)> = shares
            .iter()
            .enumerate()
            .map(|(index, share)| {
                let exact = amount * u128::from(*share);
                (index, exact / total, exact % total)
            })
            .collect();
        let missing = amount - parts.iter().map(|(_, part, _)| part).sum::<u128>();
        parts.sort_by(|a, b| b.2.cmp(&a.2).then(a.0.cmp(&b.0)));
        let mut units_left = missing;
        for (_, part, _) in &mut parts {
            if units_left == 0 {
                break;
            }
            *part += 1;
            units_left -= 1;
        }
        parts.sort_by_key(|(index, ..)| *index);
        parts
            .into_iter()
            .map(|(_, part, _)| {
                let part = i64::try_from(part).map_err(|_| MoneyError::OutOfRange)?;
                Self::new(part, self.currency)
            })
            .collect()
    }

    fn same_currency(self, other: Self) -> Result<(), MoneyError> {
        if self.currency == other.currency {
            Ok(())
        } else {
            Err(MoneyError::CurrencyMismatch { expected: self.currency, found: other.currency })
        }
    }
}

impl TryFrom<RawMoney> for Money {
    type Error = MoneyError;

    fn try_from(raw: RawMoney) -> Result<Self, MoneyError> {
        Self::new(raw.amount, raw.currency)
    }
}

impl From<Money> for RawMoney {
    fn from(money: Money) -> Self {
        Self { amount: money.amount, currency: money.currency }
    }
}

/// `19.99 EUR`.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.decimal(), self.currency.code())
    }
}

/// A tax rate in basis points: 1900 is 19 %. At most 100 %.
#[nutype::nutype(
    validate(less_or_equal = 10_000),
    derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default),
    default = 0
)]
pub struct TaxRate(u16);

/// A rate in parts per million, as tax tables need it: 88,750 is 8.875 %. At most 100 %.
#[nutype::nutype(
    validate(less_or_equal = 1_000_000),
    derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Default),
    default = 0
)]
pub struct Ppm(u32);

const MILLION: i128 = 1_000_000;

impl From<TaxRate> for Ppm {
    fn from(rate: TaxRate) -> Self {
        // At most 10,000 basis points of a hundred each.
        Self::try_new(u32::from(rate.basis_points()) * 100).unwrap_or_default()
    }
}

impl TaxRate {
    /// Returns the rate in hundredths of a per cent.
    #[must_use]
    pub fn basis_points(self) -> u16 {
        self.into_inner()
    }
}

#[cfg(test)]
mod tests;
