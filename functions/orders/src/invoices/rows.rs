//! Rows of the orders table for invoices and credit notes.
//!
//! | row | pk | sk |
//! |---|---|---|
//! | invoice or credit note, which is never changed | `ORDER#<order>` | `INVOICE#<number>` |
//! | numbering: which number is the next | `SERIES#<series>` | `<year>` |

use domain::invoices::{Invoice, Numbering};
use domain::words::document::DocumentNumber;
use domain::words::id::OrderId;
use domain::words::setting::SeriesPrefix;
use store::{Key, Row};

use crate::shipments::rows::of_order;

/// An invoice or credit note.
#[derive(Debug)]
pub struct InvoiceRow;

impl Row for InvoiceRow {
    type Value = Invoice;
    const KIND: &'static str = "invoice";

    fn key(invoice: &Invoice) -> Key {
        invoice_key(invoice.content.order_id, &invoice.number)
    }

    fn is_understood(invoice: &Invoice) -> bool {
        invoice.is_understood()
    }
}

/// How far the numbers of a series have come in a year.
#[derive(Debug)]
pub struct NumberingRow;

impl Row for NumberingRow {
    type Value = Numbering;
    const KIND: &'static str = "numbering";

    fn key(numbering: &Numbering) -> Key {
        numbering_key(&numbering.series, numbering.year)
    }
}

/// What the sort keys of invoices and credit notes begin with.
pub const INVOICE: &str = "INVOICE#";

/// Returns the key of an order's invoice or credit note.
#[must_use]
pub fn invoice_key(order_id: OrderId, number: &DocumentNumber) -> Key {
    Key::new(of_order(order_id), format!("{INVOICE}{number}"))
}

/// Returns the key of a series in a year.
#[must_use]
pub fn numbering_key(series: &SeriesPrefix, year: i16) -> Key {
    Key::new(format!("SERIES#{series}"), format!("{year:04}"))
}
