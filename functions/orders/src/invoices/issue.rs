//! How documents get their numbers: in the transaction that they document, so that no number is left out
//! (docs/decisions/0088-documents-follow-the-money.md).

use domain::invoices::{Draft, Invoice, Numbering, year_of};
use domain::settings::Settings;
use domain::words::document::DocumentNumber;
use domain::words::id::OrderId;
use futures::TryStreamExt;
use jiff::Timestamp;
use store::{Change, Error, Index, Query, Row, Stored};

use crate::invoices::rows::{INVOICE, InvoiceRow, NumberingRow, invoice_key, numbering_key};
use crate::shipments::rows::of_order;
use crate::store::Orders;

/// A document with the next number of its series, which is its own once it is written.
#[derive(Debug)]
pub(crate) struct Issue {
    invoice: Invoice,
    found: Option<Stored<Numbering>>,
    after: Numbering,
}

impl Issue {
    /// Gives a document the next number.
    pub(crate) async fn of(
        draft: Draft,
        orders: &Orders,
        settings: &Settings,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let (series, year) = (settings.series_of(draft.kind), year_of(now));
        let found: Option<Stored<Numbering>> = orders.table.get(&numbering_key(&series, year)).await?;
        let before = found.as_ref().map_or_else(|| Numbering::new(series, year), |found| found.value.clone());
        let (number, after) = before.take();
        Ok(Self { invoice: draft.issue(number, settings.seller(), now), found, after })
    }

    pub(crate) fn number(&self) -> DocumentNumber {
        self.invoice.number.clone()
    }

    /// Writes it in the transaction of `change`. If another document takes the number first, nothing of the change is written, and its
    /// decision is repeated.
    pub(crate) fn write<R: Row, E>(&self, change: Change<R, E>) -> Change<R, E> {
        let change = change.insert::<InvoiceRow>(&self.invoice);
        match &self.found {
            Some(found) => change.replace::<NumberingRow>(found, &self.after),
            None => change.insert::<NumberingRow>(&self.after),
        }
    }
}

impl Orders {
    /// Returns the invoices and credit notes of an order, in the order in which they were issued.
    ///
    /// # Errors
    /// If the table fails.
    pub(crate) async fn invoices_of(&self, order_id: OrderId) -> Result<Vec<Invoice>, Error> {
        let query = Query::new(Index::Table, of_order(order_id)).prefix(INVOICE);
        let rows = self.table.rows::<Invoice>(query).map_ok(|row| row.value);
        let mut invoices: Vec<Invoice> = rows.try_collect().await?;
        invoices.sort_by(|a, b| (a.issued_at, &a.number).cmp(&(b.issued_at, &b.number)));
        Ok(invoices)
    }

    /// Returns the documents of an order so far, on which the next one depends.
    ///
    /// # Errors
    /// [`Error::Newer`] if one is of a kind that only a newer version knows; if the table fails.
    pub(crate) async fn documents_of(&self, order_id: OrderId) -> Result<Vec<Invoice>, Error> {
        let past = self.invoices_of(order_id).await?;
        match past.iter().find(|invoice| !invoice.is_understood()) {
            Some(newer) => Err(Error::Newer { key: invoice_key(order_id, &newer.number).to_string() }),
            None => Ok(past),
        }
    }
}
