//! Invoices of parcels and credit notes of refunds: how they are issued, and `get-invoice`.

use domain::events::RefundSucceeded;
use domain::invoices::{Invoice, InvoiceKind};
use domain::orders::refunds::OrderRefund;
use edge::Problem;
use futures::future::join_all;
use orders::invoices::get_invoice;
use orders::orders::view::{InvoiceEntry, OrderView};
use serde_json::{Value, json};

use crate::refunds::{amount, cups, refund, staff};
use crate::settings::seller;
use crate::shipments::{code, paid, ship};
use crate::*;

async fn listed(shelf: &Shelf, order: &Order) -> Vec<InvoiceEntry> {
    let call = Call::new(ada(), NoBody, now()).with_path("order_id", order.order_id);
    let call = call.with_query("expand=invoices").unwrap();
    let reply = get_order((shelf.in_force(), absent_users()), call).await.unwrap();
    let OrderView { invoices, .. } = reply.body().unwrap().clone();
    invoices.unwrap()
}

async fn shown(
    shelf: &Shelf,
    who: SignedIn,
    order: &Order,
    number: &str,
    accept: &str,
) -> Result<Reply<Invoice>, Problem> {
    let call = Call::new(who, NoBody, now()).with_path("order_id", order.order_id);
    let call = call.with_path("number", number).with_header("accept", accept);
    get_invoice(shelf.orders.clone(), call.with_query("locale=de-AT").unwrap()).await
}

async fn pay_back(shelf: &Shelf, order: &Order, refund: &OrderRefund) -> Envelope {
    shelf
        .deliver(Event::Payment(PaymentEvent::RefundSucceeded(RefundSucceeded {
            refund_id: refund.refund_id,
            payment_id: order.payment_id,
            order_id: order.order_id,
            user_id: order.user_id,
            amount: refund.amount,
        })))
        .await
}

fn numbers(listed: &[InvoiceEntry]) -> Vec<(String, i64)> {
    listed.iter().map(|entry| (entry.number.to_string(), entry.total.amount())).collect()
}

fn cup() -> Value {
    json!({ "lines": [{ "sku": "CUP-BLUE", "quantity": 1 }], "carrier": "DHL" })
}

#[tokio::test]
async fn a_parcel_has_an_invoice_and_a_refund_a_credit_note_once() {
    let shelf = shelf().await;
    let order = paid(&shelf, 1).await;
    let parcel = ship(&shelf, &order, "one", cup()).await.unwrap();
    let number = parcel.shipment.invoice_number.clone().unwrap().to_string();
    assert_eq!(ship(&shelf, &order, "one", cup()).await.unwrap(), parcel, "the same request again");
    ship(&shelf, &order, "two", json!({ "carrier": "DHL" })).await.unwrap();
    let back = refund(&shelf, &order, "one", staff(), cups(1)).await.unwrap();
    let envelope = pay_back(&shelf, &order, &back).await;
    apply_payment_event(shelf.in_force(), Delivery::new(envelope, now())).await.unwrap();
    let expected = [("INV-2026-000001", 1450), ("INV-2026-000002", 1450), ("INVR-2026-000001", 1450)];
    let documents = listed(&shelf, &order).await;
    assert_eq!(numbers(&documents), expected.map(|(number, total)| (number.to_owned(), total)));
    assert_eq!(number, "INV-2026-000001");
    let note = shown(&shelf, ada(), &order, "INVR-2026-000001", "*/*").await.unwrap();
    let content = &note.body().unwrap().content;
    assert_eq!((content.kind, content.corrects.len()), (InvoiceKind::CreditNote, 2));
    assert_eq!(content.refund_id, Some(back.refund_id));
}

#[tokio::test]
async fn a_refund_before_the_first_parcel_is_deducted_from_its_invoice() {
    let shelf = shelf().await;
    let order = paid(&shelf, 1).await;
    let back = refund(&shelf, &order, "one", staff(), amount(400)).await.unwrap();
    pay_back(&shelf, &order, &back).await;
    assert_eq!(listed(&shelf, &order).await, []);
    ship(&shelf, &order, "all", json!({ "carrier": "DHL" })).await.unwrap();
    assert_eq!(numbers(&listed(&shelf, &order).await), [("INV-2026-000001".to_owned(), 2500)]);
}

#[tokio::test]
async fn parcels_at_the_same_moment_have_all_numbers_and_none_twice() {
    let shelf = shelf().await;
    let mut orders = Vec::new();
    for number in 1..=8 {
        orders.push(paid(&shelf, number).await);
    }
    let parcels = orders.iter().map(|order| async {
        loop {
            match ship(&shelf, order, "k", json!({ "carrier": "DHL" })).await {
                Ok(parcel) => return parcel.shipment.invoice_number.unwrap().place(),
                // Others were faster for as long as the request waits.
                Err(busy) => assert_eq!(busy.status().as_u16(), 503, "{busy:?}"),
            }
        }
    });
    let mut places = join_all(parcels).await;
    places.sort_unstable();
    assert_eq!(places, (1..=8).collect::<Vec<_>>());
}

#[tokio::test]
async fn documents_name_the_seller_of_that_day_in_the_series_that_is_set() {
    let shelf = shelf().await;
    shelf.set("seller", "main", seller()).await;
    let order = paid(&shelf, 1).await;
    let parcel = ship(&shelf, &order, "k", json!({ "carrier": "DHL" })).await.unwrap();
    let number = parcel.shipment.invoice_number.unwrap().to_string();
    assert_eq!(number, "ES-2026-000001");
    let page = shown(&shelf, ada(), &order, &number, "text/html").await.unwrap();
    let page = page.as_page().unwrap();
    for part in [
        "<html lang=\"de\">",
        "Rechnung ES-2026-000001",
        "ESB12345678",
        "29,00\u{a0}€",
        "23. November 2026",
        "Espresso cup, Blue",
    ] {
        assert!(page.contains(part), "{part:?} in {page}");
    }
    let json = shown(&shelf, staff(), &order, &number, "application/json").await.unwrap();
    assert!(json.as_page().is_none());
    assert_eq!(json.body().unwrap().seller.as_ref().unwrap().name.as_ref(), "Bodega");
}

#[tokio::test]
async fn what_people_have_typed_is_text_on_a_page() {
    let shelf = shelf().await;
    let order = paid(&shelf, 1).await;
    ship(&shelf, &order, "k", json!({ "carrier": "DHL" })).await.unwrap();
    let typed = json!({ "amount": eur(100), "reason": "<script>alert(1)</script>" });
    let back = refund(&shelf, &order, "one", staff(), typed).await.unwrap();
    pay_back(&shelf, &order, &back).await;
    let page = shown(&shelf, ada(), &order, "INVR-2026-000001", "text/html").await.unwrap();
    let page = page.as_page().unwrap();
    assert!(page.contains("&lt;script&gt;") && !page.contains("<script"), "{page}");
    assert!(page.contains("Teil des Preises") && page.contains("INV-2026-000001"), "{page}");
}

#[tokio::test]
async fn an_invoice_is_its_customers_and_the_staffs() {
    let shelf = shelf().await;
    let (order, other) = (paid(&shelf, 1).await, paid(&shelf, 2).await);
    ship(&shelf, &order, "k", json!({ "carrier": "DHL" })).await.unwrap();
    let number = "INV-2026-000001";
    assert!(shown(&shelf, ada(), &order, number, "*/*").await.is_ok());
    assert_eq!(code(shown(&shelf, signed_in(2), &order, number, "*/*").await), "404 order_not_found");
    assert_eq!(code(shown(&shelf, ada(), &other, number, "*/*").await), "404 invoice_not_found");
    assert_eq!(code(shown(&shelf, ada(), &order, "INV-2026-1", "*/*").await), "404 not_found");
}

#[tokio::test]
async fn documents_keep_to_the_budget() {
    let shelf = shelf().await;
    let order = paid(&shelf, 1).await;
    ship(&shelf, &order, "k", json!({ "carrier": "DHL" })).await.unwrap();
    let back = refund(&shelf, &order, "one", staff(), cups(1)).await.unwrap();
    let settings = shelf.in_force();
    settings.at(now()).await.unwrap();
    let used = || shelf.table.used();
    used();
    shown(&shelf, ada(), &order, "INV-2026-000001", "*/*").await.unwrap();
    assert_eq!(used(), "2 read, 0 written: 2 GetItem", "get-invoice");
    let succeeded = Event::Payment(PaymentEvent::RefundSucceeded(RefundSucceeded {
        refund_id: back.refund_id,
        payment_id: order.payment_id,
        order_id: order.order_id,
        user_id: order.user_id,
        amount: back.amount,
    }));
    let envelope = Cause::new("test").envelope(succeeded, now());
    apply_payment_event(settings, Delivery::new(envelope, now())).await.unwrap();
    assert_eq!(
        used(),
        "3 read, 14 written: 2 GetItem, Query, TransactWriteItems",
        "apply-payment-event: a refund of what was invoiced"
    );
}
