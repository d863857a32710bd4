//! `GET /orders/{order_id}/invoices/{number}`: returns an invoice or credit note to the order's customer and to the staff.

use domain::invoices::{Invoice, InvoiceRefusal};
use domain::orders::OrderRefusal;
use domain::words::document::DocumentNumber;
use domain::words::id::OrderId;
use domain::words::locale::Locale;
use edge::{Call, Form, NoBody, Problem, Reply, SignedIn};
use serde::Deserialize;

use crate::invoices::render;
use crate::invoices::rows::invoice_key;
use crate::store::Orders;

/// Query parameters.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Query {
    /// The language of the page; English by default.
    locale: Option<Locale>,
}

/// Returns an invoice or credit note as it was issued: as JSON, or as a page that prints well for a client that prefers `text/html`.
///
/// # Errors
/// 404 if the order does not exist, is another customer's, or has no such document.
pub async fn get_invoice(
    orders: Orders,
    call: Call<NoBody, SignedIn, Query>,
) -> Result<Reply<Invoice>, Problem> {
    let (order_id, number): (OrderId, DocumentNumber) = (call.path("order_id")?, call.path("number")?);
    let order = orders.get(order_id).await?.ok_or(OrderRefusal::NotFound)?;
    if order.value.user_id != call.caller.user_id && !call.caller.is_staff() {
        return Err(OrderRefusal::NotFound.into());
    }
    let invoice = orders.table.get::<Invoice>(&invoice_key(order_id, &number)).await?;
    let invoice = invoice.ok_or(InvoiceRefusal::NotFound)?.value;
    let language = call.query.locale.as_ref().map_or_else(|| Locale::default().language(), Locale::language);
    match call.form() {
        Form::Json => Ok(Reply::ok(invoice)),
        Form::Page => {
            let page = render::page(&invoice, language).map_err(Problem::internal)?;
            Ok(Reply::ok(invoice).page(page))
        }
    }
}
