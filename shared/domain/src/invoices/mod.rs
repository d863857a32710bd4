//! Invoices and credit notes: what the shop has documented of an order's money, as text of that day.
//!
//! Each parcel has an invoice, and each refund of what was invoiced a credit note. What they say together is at most what the shop keeps
//! of the order, and exactly that once all of it was shipped: docs/decisions/0088-documents-follow-the-money.md.

mod draft;
mod left;
mod series;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::refusals;
use crate::settings::Seller;
use crate::words::document::DocumentNumber;
use crate::words::goods::{Quantity, Sku, Title};
use crate::words::money::{Money, Ppm};
use crate::words::person::Address;
use crate::words::setting::{Label, VatId};

pub use draft::Draft;
pub use series::{Numbering, year_of};

/// What a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum InvoiceKind {
    /// The invoice of a parcel.
    Invoice,
    /// A credit note, which corrects invoices after a refund.
    CreditNote,
    /// A kind of a newer version.
    #[serde(other)]
    #[cfg_attr(feature = "schema", schemars(skip))]
    Unknown,
}

/// An invoice or a credit note. It is never changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Invoice {
    /// Its number.
    pub number: DocumentNumber,
    /// When it was issued, which for an invoice is when the goods were handed over to the carrier.
    pub issued_at: Timestamp,
    /// Who sells; none if the shop had not set it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seller: Option<InvoiceSeller>,
    /// What it says.
    #[serde(flatten)]
    pub content: Draft,
}

/// Who sells, as of that day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct InvoiceSeller {
    /// What the shop is called.
    pub name: Label,
    /// The name under which it trades, and its address.
    pub address: Address,
    /// Its number for value added tax.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vat_id: Option<VatId>,
}

/// A line of an invoice or credit note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct InvoiceLine {
    /// The SKU; none for shipping.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sku: Option<Sku>,
    /// The title in the order; none for shipping.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Title>,
    /// The number of pieces; none for shipping, and for a part of the price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Quantity>,
    /// The price of one piece before promotions, with the tax if prices contain it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit_price: Option<Money>,
    /// What promotions took off the pieces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount: Option<Money>,
    /// The rate of the tax in parts per million.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_rate: Option<Ppm>,
    /// What is paid for it, with the tax.
    pub amount: Money,
    /// The tax that the amount contains.
    pub tax: Money,
}

refusals! {
    /// Why an invoice was not shown.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub enum InvoiceRefusal {
        /// The order has no such invoice or credit note.
        #[error("invoice not found")]
        NotFound => NotFound, "invoice_not_found", "Check the number.";
    }
}

impl From<&Seller> for InvoiceSeller {
    fn from(seller: &Seller) -> Self {
        let Seller { name, address, vat_id, .. } = seller.clone();
        Self { name, address, vat_id }
    }
}

impl Draft {
    /// Issues it under a number.
    #[must_use]
    pub fn issue(self, number: DocumentNumber, seller: Option<&Seller>, now: Timestamp) -> Invoice {
        Invoice { number, issued_at: now, seller: seller.map(InvoiceSeller::from), content: self }
    }
}

impl Invoice {
    /// Returns whether this version knows what it is.
    #[must_use]
    pub fn is_understood(&self) -> bool {
        self.content.kind != InvoiceKind::Unknown
    }
}
