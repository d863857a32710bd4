//! What a document says before it has a number.

use serde::{Deserialize, Serialize};

use crate::invoices::left::Left;
use crate::invoices::{Invoice, InvoiceKind, InvoiceLine};
use crate::orders::fulfillment::Shipment;
use crate::orders::pieces::Cost;
use crate::orders::{Order, OrderNumber};
use crate::quote::TaxLine;
use crate::words::document::DocumentNumber;
use crate::words::id::{OrderId, RefundId, ShipmentId};
use crate::words::line::PricedLine;
use crate::words::money::{Money, MoneyError, Ppm};
use crate::words::person::Address;
use crate::words::setting::Note;
use crate::words::shipment::ShippedLine;

/// What an invoice or credit note says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Draft {
    /// What it is.
    pub kind: InvoiceKind,
    /// The order.
    pub order_id: OrderId,
    /// The order's number, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_number: Option<OrderNumber>,
    /// The parcel that was invoiced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipment_id: Option<ShipmentId>,
    /// The refund that a credit note documents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_id: Option<RefundId>,
    /// The invoices that a credit note corrects.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub corrects: Vec<DocumentNumber>,
    /// Why the refund was granted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Note>,
    /// The customer.
    pub buyer: Address,
    /// Whether the tax was added to the prices, which do not contain it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub tax_added: bool,
    /// What was delivered, or what is credited.
    pub lines: Vec<InvoiceLine>,
    /// What an invoice deducts, because it was refunded before it was invoiced.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deductions: Vec<InvoiceLine>,
    /// The tax by jurisdiction and rate, of lines less deductions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tax_lines: Vec<TaxLine>,
    /// All tax.
    pub tax: Money,
    /// The sum of the lines less the deductions, with the tax.
    pub total: Money,
}

impl Draft {
    /// Returns what the invoice of a parcel says. `order` is the order before the parcel, and `past` are its documents so far. The first
    /// invoice bears shipping.
    ///
    /// # Errors
    /// Never in practice: parts of an order sum to its total at most.
    pub fn of_shipment(order: &Order, shipment: &Shipment, past: &[Invoice]) -> Result<Self, MoneyError> {
        let delivered = shipment.lines.iter().map(|line| order.delivered(line));
        let mut lines = delivered.collect::<Result<Vec<_>, _>>()?;
        if past.is_empty() {
            lines.extend(order.shipping_lines()?);
        }
        let (mut all, mut this) = (Left::of(order, past)?, Left::nothing_of(order));
        all.add(&lines)?;
        this.add(&lines)?;
        let refunds: Vec<_> = order.paid_back().collect();
        let deductions = all.settle(this, &refunds)?;
        let draft = Self { lines, deductions, ..Self::empty(order, InvoiceKind::Invoice) };
        Self { shipment_id: Some(shipment.shipment_id), ..draft }.summed(order)
    }

    /// Returns what the credit note of a refund says; `None` if nothing was invoiced of what is refunded. `order` is the order with the
    /// refund that has succeeded, and `past` are its documents so far.
    ///
    /// # Errors
    /// Never in practice: parts of an order sum to its total at most.
    pub fn of_refund(
        order: &Order,
        refund_id: RefundId,
        past: &[Invoice],
    ) -> Result<Option<Self>, MoneyError> {
        let refund = order.paid_back().find(|refund| refund.refund_id == refund_id);
        let Some(refund) = refund else { return Ok(None) };
        let all = Left::of(order, past)?;
        let lines = all.settle(all.clone(), &[refund])?;
        if lines.is_empty() {
            return Ok(None);
        }
        let is_in = |line: &InvoiceLine| {
            lines.iter().any(|credited| credited.sku == line.sku && credited.tax_rate == line.tax_rate)
        };
        let invoices = past.iter().filter(|past| past.content.kind == InvoiceKind::Invoice);
        let invoices = invoices.filter(|past| past.content.lines.iter().any(is_in));
        let corrects = invoices.map(|past| past.number.clone()).collect();
        let draft = Self { corrects, lines, ..Self::empty(order, InvoiceKind::CreditNote) };
        Self { refund_id: Some(refund_id), reason: refund.reason.clone(), ..draft }.summed(order).map(Some)
    }

    fn empty(order: &Order, kind: InvoiceKind) -> Self {
        let nothing = order.total.nothing_of();
        Self {
            kind,
            order_id: order.order_id,
            order_number: order.number.clone(),
            shipment_id: None,
            refund_id: None,
            corrects: Vec::new(),
            reason: None,
            buyer: order.billing_address.clone().unwrap_or_else(|| order.shipping_address.clone()),
            tax_added: order.tax_added,
            lines: Vec::new(),
            deductions: Vec::new(),
            tax_lines: Vec::new(),
            tax: nothing,
            total: nothing,
        }
    }

    /// Sums it up.
    fn summed(mut self, order: &Order) -> Result<Self, MoneyError> {
        for line in &self.lines {
            (self.total, self.tax) = (self.total.plus(line.amount)?, self.tax.plus(line.tax)?);
            let (Some(rate), base) = (line.tax_rate, self.base_of(line)?) else { continue };
            match self.tax_lines.iter_mut().find(|known| known.rate == rate) {
                Some(known) => (known.base, known.tax) = (known.base.plus(base)?, known.tax.plus(line.tax)?),
                None => {
                    let of_order = order.tax_lines.iter().find(|known| known.rate == rate);
                    let jurisdiction = of_order.and_then(|known| known.jurisdiction.clone());
                    self.tax_lines.push(TaxLine { jurisdiction, rate, base, tax: line.tax });
                }
            }
        }
        for line in &self.deductions {
            (self.total, self.tax) = (self.total.minus(line.amount)?, self.tax.minus(line.tax)?);
            let base = self.base_of(line)?;
            let known = self.tax_lines.iter_mut().find(|known| Some(known.rate) == line.tax_rate);
            if let Some(known) = known {
                (known.base, known.tax) = (known.base.minus(base)?, known.tax.minus(line.tax)?);
            }
        }
        Ok(self)
    }

    fn base_of(&self, line: &InvoiceLine) -> Result<Money, MoneyError> {
        if self.tax_added { line.amount.minus(line.tax) } else { Ok(line.amount) }
    }
}

impl Order {
    /// Returns the next pieces of a line, after those that were shipped, at what each cost.
    fn delivered(&self, shipped: &ShippedLine) -> Result<InvoiceLine, MoneyError> {
        let ShippedLine { sku, title, quantity } = shipped.clone();
        let line = self.lines.iter().find(|line| line.sku == sku).ok_or(MoneyError::OutOfRange)?;
        let Cost { total: priced, amount, tax } = self.next_pieces(line, quantity)?;
        let tax = match tax {
            Some(tax) => tax,
            None => {
                let gone = self.gone_of(line);
                tax_of_first(line, gone + quantity.into_inner())?.minus(tax_of_first(line, gone)?)?
            }
        };
        let discount = line.unit_price.times(quantity.into_inner())?.minus(priced)?;
        Ok(InvoiceLine {
            sku: Some(sku),
            title: Some(title),
            quantity: Some(quantity),
            unit_price: Some(line.unit_price),
            discount: Some(discount).filter(|discount| !discount.is_zero()),
            tax_rate: line.tax_rate,
            amount,
            tax,
        })
    }

    /// Returns what shipping costs by rate: what the order's tax lines contain beyond its goods.
    fn shipping_lines(&self) -> Result<Vec<InvoiceLine>, MoneyError> {
        let Some(shipping) = &self.shipping else { return Ok(Vec::new()) };
        let line = |tax_rate, amount, tax| InvoiceLine {
            sku: None,
            title: None,
            quantity: None,
            unit_price: None,
            discount: None,
            tax_rate,
            amount,
            tax,
        };
        let mut lines: Vec<InvoiceLine> = Vec::new();
        for rate in self.rates() {
            let goods = || self.lines.iter().filter(|line| line.tax_rate == Some(rate));
            let taxed = || self.tax_lines.iter().filter(|taxed| taxed.rate == rate);
            let nothing = self.total.nothing_of();
            let sum = |amounts: Vec<Money>| amounts.into_iter().try_fold(nothing, Money::plus);
            let of_goods = sum(goods().map(|line| line.total).collect())?;
            let base = sum(taxed().map(|taxed| taxed.base).collect())?.minus(of_goods)?;
            let of_goods = sum(goods().map(|line| line.tax).collect())?;
            let tax = sum(taxed().map(|taxed| taxed.tax).collect())?.minus(of_goods)?;
            let amount = if self.tax_added { base.plus(tax)? } else { base };
            if !amount.is_zero() {
                lines.push(line(Some(rate), amount, tax));
            }
        }
        // Orders of earlier versions have no tax lines.
        if self.tax_lines.is_empty() && !shipping.total.is_zero() {
            let amount = if self.tax_added { shipping.total.plus(shipping.tax)? } else { shipping.total };
            lines.push(line(None, amount, shipping.tax));
        }
        Ok(lines)
    }

    /// Returns the rates of its tax, each once.
    fn rates(&self) -> Vec<Ppm> {
        let mut rates = Vec::new();
        for TaxLine { rate, .. } in &self.tax_lines {
            if !rates.contains(rate) {
                rates.push(*rate);
            }
        }
        rates
    }
}

/// Returns the tax in the first pieces of a line whose rate is not known, as that of orders of earlier versions.
fn tax_of_first(line: &PricedLine, pieces: u32) -> Result<Money, MoneyError> {
    let rest = line.quantity.into_inner().saturating_sub(pieces);
    Ok(line.tax.allocate(&[pieces.into(), rest.into()])?[0])
}
