//! What an order's documents say together, part by part.

use crate::invoices::{Invoice, InvoiceKind, InvoiceLine};
use crate::orders::Order;
use crate::orders::refunds::{OrderRefund, RefundStatus, RefundedLine};
use crate::words::goods::Sku;
use crate::words::money::{Money, MoneyError, Ppm};

/// What is invoiced of an order, less what was deducted and credited.
#[derive(Debug, Clone)]
pub(super) struct Left<'a> {
    order: &'a Order,
    parts: Vec<Part>,
}

/// What is left of a line, or of shipping at a rate.
#[derive(Debug, Clone)]
struct Part {
    sku: Option<Sku>,
    rate: Option<Ppm>,
    amount: Money,
    tax: Money,
    /// What was invoiced of it, whatever was deducted or credited.
    invoiced: Money,
}

impl<'a> Left<'a> {
    /// Returns what no documents say.
    pub(super) fn nothing_of(order: &'a Order) -> Self {
        Self { order, parts: Vec::new() }
    }

    /// Adds up what documents say.
    pub(super) fn of(order: &'a Order, past: &[Invoice]) -> Result<Self, MoneyError> {
        let mut left = Self::nothing_of(order);
        let of =
            |kind| past.iter().map(|invoice| &invoice.content).filter(move |content| content.kind == kind);
        for content in of(InvoiceKind::Invoice) {
            left.add(&content.lines)?;
        }
        for content in of(InvoiceKind::Invoice) {
            left.subtract(&content.deductions)?;
        }
        for content in of(InvoiceKind::CreditNote) {
            left.subtract(&content.lines)?;
        }
        Ok(left)
    }

    /// Adds what is invoiced.
    pub(super) fn add(&mut self, lines: &[InvoiceLine]) -> Result<(), MoneyError> {
        lines.iter().try_for_each(|line| {
            let part = self.part(line);
            (part.amount, part.tax) = (part.amount.plus(line.amount)?, part.tax.plus(line.tax)?);
            part.invoiced = part.invoiced.plus(line.amount)?;
            Ok(())
        })
    }

    fn subtract(&mut self, lines: &[InvoiceLine]) -> Result<(), MoneyError> {
        lines.iter().try_for_each(|line| {
            let part = self.part(line);
            (part.amount, part.tax) = (part.amount.minus(line.amount)?, part.tax.minus(line.tax)?);
            Ok(())
        })
    }

    fn part(&mut self, line: &InvoiceLine) -> &mut Part {
        let is_this = |part: &Part| part.sku == line.sku && part.rate == line.tax_rate;
        let at = self.parts.iter().position(is_this).unwrap_or_else(|| {
            let nothing = line.amount.nothing_of();
            let (sku, rate) = (line.sku.clone(), line.tax_rate);
            self.parts.push(Part { sku, rate, amount: nothing, tax: nothing, invoiced: nothing });
            self.parts.len() - 1
        });
        &mut self.parts[at]
    }

    /// Takes off a document what the customer was refunded of it: first what each line, and shipping, was refunded by itself; then what
    /// all documents together say beyond what the shop keeps of the order, from all parts alike. Returns what it has taken off.
    pub(super) fn settle(
        &self,
        mut document: Self,
        refunds: &[&OrderRefund],
    ) -> Result<Vec<InvoiceLine>, MoneyError> {
        let order = self.order;
        let mut lines = Vec::new();
        for line in &order.lines {
            let price = if order.tax_added { line.total.plus(line.tax)? } else { line.total };
            let pieces = order.paid_back().flat_map(|refund| &refund.lines);
            let back = pieces.filter(|back| back.sku == line.sku).map(|back| back.amount);
            let back = back.into_iter().try_fold(price.nothing_of(), Money::plus)?;
            let charged = self.charged(Some(&line.sku), price)?;
            let excess = self.excess(Some(&line.sku), less(charged, back))?;
            let of_pieces = refunds.iter().flat_map(|refund| &refund.lines);
            let mut same = of_pieces.filter(|back| back.sku == line.sku && back.amount == excess);
            document.take(|part| part.sku.as_ref() == Some(&line.sku), excess, same.next(), &mut lines)?;
        }
        if let Some(shipping) = &order.shipping {
            let price = if order.tax_added { shipping.total.plus(shipping.tax)? } else { shipping.total };
            let back = order.paid_back().filter_map(|refund| refund.shipping);
            let back = back.into_iter().try_fold(price.nothing_of(), Money::plus)?;
            let excess = self.excess(None, less(self.charged(None, price)?, back))?;
            document.take(|part| part.sku.is_none(), excess, None, &mut lines)?;
        }
        let taken = lines.iter().map(|line| line.amount).try_fold(order.total.nothing_of(), Money::plus)?;
        let charged = match order.is_charged_whole() {
            true => order.owed(),
            false => self.invoiced(|_| true)?,
        };
        let excess = less(self.sum(|_| true)?.minus(taken)?, less(charged, order.refunded()?));
        document.take(|_| true, excess, None, &mut lines)?;
        Ok(lines)
    }

    /// Returns what the customer pays of a line, or of shipping: its price, less pieces that are not delivered and were never captured.
    /// While money is captured parcel by parcel, it is what was invoiced.
    fn charged(&self, sku: Option<&Sku>, price: Money) -> Result<Money, MoneyError> {
        if self.order.is_charged_whole() {
            Ok(less(price, self.order.released_of(sku)))
        } else {
            self.invoiced(|part| part.sku.as_ref() == sku)
        }
    }

    fn invoiced(&self, counts: impl Fn(&Part) -> bool) -> Result<Money, MoneyError> {
        let amounts = self.parts.iter().filter(|part| counts(part)).map(|part| part.invoiced);
        amounts.into_iter().try_fold(self.order.total.nothing_of(), Money::plus)
    }

    fn excess(&self, sku: Option<&Sku>, kept: Money) -> Result<Money, MoneyError> {
        Ok(less(self.sum(|part| part.sku.as_ref() == sku)?, kept))
    }

    fn sum(&self, counts: impl Fn(&Part) -> bool) -> Result<Money, MoneyError> {
        let amounts = self.parts.iter().filter(|part| counts(part)).map(|part| part.amount);
        amounts.into_iter().try_fold(self.order.total.nothing_of(), Money::plus)
    }

    /// Takes an amount off parts, in proportion to what is left of each. If it is exactly what pieces cost, it is these pieces.
    fn take(
        &mut self,
        counts: impl Fn(&Part) -> bool,
        amount: Money,
        pieces: Option<&RefundedLine>,
        lines: &mut Vec<InvoiceLine>,
    ) -> Result<(), MoneyError> {
        if amount.is_zero() {
            return Ok(());
        }
        let mut parts: Vec<&mut Part> = self.parts.iter_mut().filter(|part| counts(part)).collect();
        let shares: Vec<u64> = parts.iter().map(|part| share(part.amount)).collect();
        for (part, amount) in parts.iter_mut().zip(amount.allocate(&shares)?) {
            if amount.is_zero() {
                continue;
            }
            let of_pieces = pieces.and_then(|pieces| pieces.tax);
            let tax = part.take(amount, of_pieces)?;
            add_line(lines, self.order.line_of(part, pieces, amount, tax))?;
        }
        Ok(())
    }
}

impl Part {
    /// Takes an amount off, and returns the tax in it.
    fn take(&mut self, amount: Money, of_pieces: Option<Money>) -> Result<Money, MoneyError> {
        let rest = self.amount.minus(amount)?;
        let tax = match of_pieces {
            _ if rest.is_zero() => self.tax,
            Some(tax) if self.tax.minus(tax).is_ok() => tax,
            _ => self.tax.allocate(&[share(amount), share(rest)])?[0],
        };
        (self.amount, self.tax) = (rest, self.tax.minus(tax)?);
        Ok(tax)
    }
}

/// Joins what is taken off the same part twice.
fn add_line(lines: &mut Vec<InvoiceLine>, line: InvoiceLine) -> Result<(), MoneyError> {
    let same = lines.iter_mut().find(|known| known.sku == line.sku && known.tax_rate == line.tax_rate);
    match same {
        Some(known) => {
            (known.amount, known.tax) = (known.amount.plus(line.amount)?, known.tax.plus(line.tax)?);
            // More than the pieces cost, or less: a part of the price.
            (known.quantity, known.unit_price, known.discount) = (None, None, None);
        }
        None => lines.push(line),
    }
    Ok(())
}

fn share(amount: Money) -> u64 {
    u64::try_from(amount.amount()).unwrap_or_default()
}

/// Subtracts, to nothing at least.
fn less(amount: Money, other: Money) -> Money {
    amount.minus(other).unwrap_or(amount.nothing_of())
}

impl Order {
    /// Returns the refunds whose money is on its way to the customer.
    pub(super) fn paid_back(&self) -> impl Iterator<Item = &OrderRefund> {
        self.refunds.iter().filter(|refund| refund.status == RefundStatus::Succeeded)
    }

    fn line_of(&self, part: &Part, pieces: Option<&RefundedLine>, amount: Money, tax: Money) -> InvoiceLine {
        let line = self.lines.iter().find(|line| Some(&line.sku) == part.sku.as_ref());
        let (sku, tax_rate) = (part.sku.clone(), part.rate);
        let title = line.map(|line| line.title.clone());
        let quantity = pieces.map(|pieces| pieces.quantity);
        InvoiceLine { sku, title, quantity, unit_price: None, discount: None, tax_rate, amount, tax }
    }
}
