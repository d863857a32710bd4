//! What pieces of an order's lines cost, to the cent: in whatever parts a line is shipped, refunded or cancelled, together they cost
//! what it does.

use super::Order;
use crate::events::CancelledLine;
use crate::quote::{TaxMode, UnitShare, unit_shares};
use crate::words::goods::Quantity;
use crate::words::line::PricedLine;
use crate::words::money::{Money, MoneyError};

/// What pieces of a line cost.
pub(crate) struct Cost {
    /// Their part of the line's total, which may be without the tax.
    pub(crate) total: Money,
    /// What is paid for them, with the tax.
    pub(crate) amount: Money,
    /// The tax, if the line's rate is known.
    pub(crate) tax: Option<Money>,
}

impl Order {
    /// Returns what the first pieces of a line cost.
    pub(crate) fn first_pieces(&self, line: &PricedLine, count: u32) -> Result<Cost, MoneyError> {
        let mode = if self.tax_added { TaxMode::Exclusive } else { TaxMode::Inclusive };
        // Without a rate, the price contains a tax that nobody knows.
        let rate = line.tax_rate.unwrap_or_default();
        let count = usize::try_from(count).map_err(|_| MoneyError::OutOfRange)?;
        let shares = unit_shares(line.total, line.quantity.into_inner(), rate, mode)?;
        let sum = |part: fn(&UnitShare) -> Money| {
            shares.iter().take(count).map(part).try_fold(line.total.nothing_of(), Money::plus)
        };
        let (total, tax) = (sum(|share| share.amount)?, sum(|share| share.tax)?);
        let amount = if self.tax_added { total.plus(tax)? } else { total };
        Ok(Cost { total, amount, tax: line.tax_rate.map(|_| tax) })
    }

    /// Returns how many pieces of a line are shipped or cancelled.
    pub(crate) fn gone_of(&self, line: &PricedLine) -> u32 {
        line.quantity.into_inner().saturating_sub(self.left_to_ship(&line.sku))
    }

    /// Returns what the next pieces of a line cost, after those that are shipped or cancelled.
    pub(crate) fn next_pieces(&self, line: &PricedLine, quantity: Quantity) -> Result<Cost, MoneyError> {
        let gone = self.gone_of(line);
        let before = self.first_pieces(line, gone)?;
        let after = self.first_pieces(line, gone + quantity.into_inner())?;
        let tax = after.tax.zip(before.tax).map(|(after, before)| after.minus(before)).transpose()?;
        Ok(Cost { total: after.total.minus(before.total)?, amount: after.amount.minus(before.amount)?, tax })
    }

    /// Returns the cancelled pieces of a line: its last ones, so that the others cost what the first do.
    pub(super) fn cancelled_of(&self, line: &PricedLine) -> Option<CancelledLine> {
        let progress = self.progress.iter().find(|progress| progress.sku == line.sku)?;
        let quantity = Quantity::try_new(progress.cancelled).ok()?;
        let kept = line.quantity.into_inner().saturating_sub(progress.cancelled);
        let total = line.total.minus(self.first_pieces(line, kept).ok()?.total).ok()?;
        Some(CancelledLine { sku: line.sku.clone(), quantity, total })
    }
}
