//! What each piece of a line costs, for shipments, returns and refunds of a part of it.

use crate::quote::TaxMode;
use crate::words::money::{Money, MoneyError, Ppm};

/// The price of one piece of a line, and its tax.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnitShare {
    /// The price.
    pub amount: Money,
    /// The tax that it contains, or that is added to it.
    pub tax: Money,
}

/// Splits a line of `pieces` into its pieces. The prices sum to the line's, and the tax of the first pieces together is that of their
/// price, so that any parts of the line sum to it to the cent.
///
/// # Errors
/// If there are no pieces.
pub fn unit_shares(line: Money, pieces: u32, rate: Ppm, mode: TaxMode) -> Result<Vec<UnitShare>, MoneyError> {
    let amounts = line.allocate(&vec![1; usize::try_from(pieces).map_err(|_| MoneyError::OutOfRange)?])?;
    let (mut so_far, mut taxed) = (line.nothing_of(), line.nothing_of());
    amounts
        .into_iter()
        .map(|amount| {
            so_far = so_far.plus(amount)?;
            let tax = match mode {
                TaxMode::Inclusive => so_far.tax_within(rate),
                TaxMode::Exclusive => so_far.tax_upon(rate),
            };
            let share = UnitShare { amount, tax: tax.minus(taxed)? };
            taxed = tax;
            Ok(share)
        })
        .collect()
}
