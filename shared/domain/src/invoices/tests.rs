mod properties;

use super::*;
use crate::events::OrderEvent;
use crate::orders::cancelling::CancelLines;
use crate::orders::capturing::CaptureNews;
use crate::orders::fulfillment::{Dispatch, Parcel, Shipment};
use crate::orders::refunds::{RefundOutcome, RefundRefusal, RefundRequest};
use crate::orders::{Checkout, Order, PaymentNews, Terms};
use crate::quote::{
    Destination, Effect, Item, Promotion, Quote, ShippingMethod, ShippingPrice, ShippingZone, Target,
    TaxEntry, TaxMode, TaxTable,
};
use crate::settings::{KeptSetting, Series, Setting, Settings};
use crate::stock::{Reservation, ReservationStatus};
use crate::words::goods::{Goods, TaxCode};
use crate::words::id::{CancellationId, OrderId, RefundId, ShipmentId, UserId};
use crate::words::line::{Line, Lines, PricedLine};
use crate::words::money::{Currency, TaxRate};
use crate::words::pay_with::PayWith;
use crate::words::payment_method::PaymentMethod;
use crate::words::person::{AddressLine, CountryCode, Name};
use crate::words::setting::{SeriesPrefix, SettingId};

fn at(second: i64) -> Timestamp {
    // 30 November 2026.
    Timestamp::from_second(1_796_040_000 + second).unwrap()
}

fn eur(amount: i64) -> Money {
    Money::new(amount, Currency::EUR).unwrap()
}

fn ppm(rate: u32) -> Ppm {
    Ppm::try_new(rate).unwrap()
}

fn address() -> Address {
    let line = |text: &str| AddressLine::try_new(text).unwrap();
    Address {
        name: Name::try_new("Ada").unwrap(),
        line1: line("Calle Mayor 1"),
        line2: None,
        city: line("Madrid"),
        region: None,
        postal_code: Some(line("28013")),
        country: CountryCode::try_new("ES").unwrap(),
    }
}

/// What is ordered: SKU, pieces, price of one, class of goods.
type Wanted = (&'static str, u32, i64, &'static str);

const BEANS: Wanted = ("BEANS-250", 1, 790, "food");
const CUPS: Wanted = ("CUP-BLUE", 2, 1450, "standard");

fn quote(wanted: &[Wanted], mode: TaxMode, shipping: i64, off: u32) -> Quote {
    let item = |(sku, quantity, price, tax_code): &Wanted| Item {
        sku: sku.parse().unwrap(),
        categories: Vec::new(),
        quantity: Quantity::try_new(*quantity).unwrap(),
        unit_price: eur(*price),
        tax_rate: TaxRate::default(),
        goods: Goods { tax_code: TaxCode::try_new(*tax_code).unwrap(), ..Goods::default() },
    };
    let items: Vec<Item> = wanted.iter().map(item).collect();
    let spain = CountryCode::try_new("ES").unwrap();
    let entry = |tax_code: &str, rate| TaxEntry {
        country: spain.clone(),
        region: None,
        tax_code: TaxCode::try_new(tax_code).unwrap(),
        valid_from: Timestamp::UNIX_EPOCH,
        rate: ppm(rate),
    };
    let taxes = TaxTable {
        home: Some(spain.clone()),
        pays_at_destination: true,
        entries: vec![entry("food", 100_000), entry("standard", 210_000), entry("books", 0)],
    };
    let price = ShippingPrice::Flat(eur(shipping));
    let (id, title) = ("standard".to_owned(), "Standard".to_owned());
    let methods = vec![ShippingMethod { id, title, price, free_from: None, days: None }];
    let zones = vec![ShippingZone { countries: vec![spain.clone()], methods }];
    let promotion = Promotion {
        code: "TEN".to_owned(),
        effect: Effect::Percent(ppm(off)),
        target: Target::Order,
        min_subtotal: None,
        from: Timestamp::UNIX_EPOCH,
        until: None,
        is_combinable: true,
        is_automatic: false,
    };
    let terms = crate::quote::Terms {
        destination: Some(&Destination { country: spain, region: None }),
        shipping_method: Some("standard"),
        mode,
        taxes: &taxes,
        shipping: &*zones,
        promotions: if off > 0 { std::slice::from_ref(&promotion) } else { &[] },
        at: at(0),
    };
    Quote::of(&items, terms).unwrap()
}

/// Returns a paid order.
fn paid(wanted: &[Wanted], quote: Quote) -> Order {
    let line = |(sku, quantity, price, _): &Wanted| PricedLine {
        sku: sku.parse().unwrap(),
        title: Title::try_new(*sku).unwrap(),
        quantity: Quantity::try_new(*quantity).unwrap(),
        unit_price: eur(*price),
        total: eur(*price).times(*quantity).unwrap(),
        tax: eur(0),
        discount: None,
        tax_rate: None,
        goods: Goods::default(),
    };
    let held = Reservation {
        order_id: OrderId::from_parts(0, 1),
        lines: wanted.iter().map(line).collect(),
        status: ReservationStatus::Held,
        held_until: at(900),
        taken_from: Vec::new(),
        returned: Vec::new(),
    };
    let checkout = Checkout {
        terms: Terms { quote: Some(quote), ..Terms::default() },
        user_id: UserId::from_parts(0, 1),
        shipping_address: address(),
        pay_with: PayWith::once(PaymentMethod::try_new("pm_card_visa").unwrap()),
    };
    let placed = Order::place(checkout, held, at(0)).unwrap().0;
    placed.apply_payment(PaymentNews::Captured, 1, at(1)).unwrap().order
}

/// Returns the same order, authorised and not captured.
fn authorized(paid: &Order) -> Order {
    let placed = paid.clone().as_placed();
    placed.apply_payment(PaymentNews::Authorized, 1, at(1)).unwrap().order
}

fn demo() -> Order {
    paid(&[BEANS, CUPS], quote(&[BEANS, CUPS], TaxMode::Inclusive, 490, 0))
}

/// An order with its documents.
#[derive(Debug)]
struct Desk {
    order: Order,
    documents: Vec<Invoice>,
    /// The amounts that were captured.
    captures: Vec<i64>,
    steps: u128,
}

impl Desk {
    fn of(order: Order) -> Self {
        Self { order, documents: Vec::new(), captures: Vec::new(), steps: 0 }
    }

    fn issue(&mut self, draft: Draft) -> Invoice {
        let series = Settings::default().series_of(draft.kind);
        let same = self.documents.iter().filter(|known| known.content.kind == draft.kind).count();
        let numbering = Numbering { next: u32::try_from(same).unwrap() + 1, ..Numbering::new(series, 2026) };
        let invoice = draft.issue(numbering.take().0, None, at(2));
        self.documents.push(invoice.clone());
        invoice
    }

    fn parcel(lines: &[(&str, u32)]) -> Parcel {
        let line = |(sku, quantity): &(&str, u32)| Line {
            sku: sku.parse().unwrap(),
            quantity: Quantity::try_new(*quantity).unwrap(),
        };
        let lines: Vec<Line> = lines.iter().map(line).collect();
        Parcel {
            lines: (!lines.is_empty()).then(|| Lines::try_from(lines).unwrap()),
            carrier: Label::try_new("Correos").unwrap(),
            tracking_number: None,
            tracking_url: None,
            although_disputed: false,
        }
    }

    /// Ships pieces, or everything that is left, and returns the invoice.
    fn ship(&mut self, lines: &[(&str, u32)]) -> Invoice {
        self.steps += 1;
        let id = ShipmentId::from_parts(0, self.steps);
        let shipped = self.order.ship(id, &Self::parcel(lines), at(2)).unwrap();
        let shipment: Shipment = shipped.shipment.clone();
        let draft = Draft::of_shipment(&self.order, &shipment, &self.documents).unwrap();
        let shipped = Dispatch { shipment, ..shipped }.invoiced(draft.total);
        self.order = shipped.change.unwrap().order;
        self.capture(shipped.also);
        self.issue(draft)
    }

    /// The payment service captures what is requested.
    fn capture(&mut self, event: Option<OrderEvent>) {
        let Some(OrderEvent::CaptureRequested(request)) = event else { return };
        self.captures.push(request.amount.amount());
        let (order_id, captured, is_last) = (request.order_id, request.together, request.is_last);
        let news = CaptureNews { order_id, captured, is_last, has_failed: false };
        self.order = self.order.apply_capture(&news, at(2)).unwrap().order;
    }

    /// Cancels pieces that are not shipped.
    fn cancel(&mut self, sku: &str, quantity: u32) {
        self.steps += 1;
        let request =
            serde_json::json!({ "lines": [{ "sku": sku, "quantity": quantity }], "reason": "Broken." });
        let request: CancelLines = serde_json::from_value(request).unwrap();
        let id = CancellationId::from_parts(0, self.steps);
        let cancelling = self.order.cancel_lines(id, &request, at(3)).unwrap();
        self.order = cancelling.change.order;
        match cancelling.cancellation.refund {
            Some(refund) => {
                let id = refund.refund_id;
                let paid = self.order.refund_settled(id, refund.amount, RefundOutcome::Succeeded, at(4));
                self.order = paid.unwrap().order;
                let draft = Draft::of_refund(&self.order, id, &self.documents).unwrap();
                draft.into_iter().for_each(|draft| drop(self.issue(draft)));
            }
            None => self.capture(cancelling.also),
        }
    }

    /// Refunds, and returns the credit note if there is one.
    fn refund(&mut self, request: serde_json::Value) -> Result<Option<Invoice>, RefundRefusal> {
        self.steps += 1;
        let id = RefundId::from_parts(0, self.steps);
        let mut whole = serde_json::json!({ "reason": "It was chipped." });
        whole.as_object_mut().unwrap().extend(request.as_object().unwrap().clone());
        let request: RefundRequest = serde_json::from_value(whole).unwrap();
        let (change, refund) = self.order.grant_refund(id, &request, None, at(3))?;
        let granted = change.unwrap().order;
        let paid = granted.refund_settled(id, refund.amount, RefundOutcome::Succeeded, at(4)).unwrap();
        self.order = paid.order;
        let draft = Draft::of_refund(&self.order, id, &self.documents).unwrap();
        Ok(draft.map(|draft| self.issue(draft)))
    }

    fn refund_pieces(&mut self, sku: &str, quantity: u32) -> Option<Invoice> {
        self.refund(serde_json::json!({ "lines": [{ "sku": sku, "quantity": quantity }] })).unwrap()
    }

    fn refund_amount(&mut self, amount: i64) -> Option<Invoice> {
        self.refund(serde_json::json!({ "amount": eur(amount) })).unwrap()
    }

    fn sum(&self, of: fn(&Draft) -> Money) -> (i64, i64) {
        let sum = |kind| {
            let of_kind = self.documents.iter().filter(move |known| known.content.kind == kind);
            of_kind.map(|known| of(&known.content).amount()).sum()
        };
        (sum(InvoiceKind::Invoice), sum(InvoiceKind::CreditNote))
    }

    /// Invoices less credit notes, and their tax.
    fn documented(&self) -> (i64, i64) {
        let (total, tax) = (self.sum(|draft| draft.total), self.sum(|draft| draft.tax));
        (total.0 - total.1, tax.0 - tax.1)
    }

    fn kept(&self) -> i64 {
        let charged = if self.order.is_charged_whole() { self.order.owed() } else { self.order.captured() };
        charged.amount() - self.order.refunded().unwrap().amount()
    }
}

fn amounts(invoice: &Invoice) -> (i64, i64) {
    (invoice.content.total.amount(), invoice.content.tax.amount())
}

fn taxed(invoice: &Invoice) -> Vec<(u32, i64, i64)> {
    let lines = invoice.content.tax_lines.iter();
    lines.map(|line| (line.rate.into_inner() / 10_000, line.base.amount(), line.tax.amount())).collect()
}

#[test]
fn two_parcels_have_two_invoices_that_sum_to_the_order() {
    let mut desk = Desk::of(demo());
    let first = desk.ship(&[("BEANS-250", 1)]);
    assert_eq!((amounts(&first), first.number.to_string().as_str()), ((1280, 149), "INV-2026-000001"));
    assert_eq!(taxed(&first), [(10, 895, 82), (21, 385, 67)], "the first parcel bears shipping");
    let second = desk.ship(&[]);
    assert_eq!((amounts(&second), second.number.to_string().as_str()), ((2900, 503), "INV-2026-000002"));
    assert_eq!(taxed(&second), [(21, 2900, 503)]);
    assert_eq!(desk.documented(), (4180, 652));
    assert_eq!((second.content.lines.len(), second.content.lines[0].unit_price), (1, Some(eur(1450))));
}

#[test]
fn what_is_captured_for_a_parcel_is_what_its_invoice_says() {
    let mut desk = Desk::of(authorized(&demo()));
    let first = desk.ship(&[("BEANS-250", 1)]);
    let goodwill = desk.refund_amount(500).unwrap();
    assert_eq!((amounts(&first).0, amounts(&goodwill).0, desk.documented().0), (1280, 500, 780));
    let second = desk.ship(&[]);
    assert_eq!(desk.captures, [amounts(&first).0, amounts(&second).0], "the refund was of the first");
    assert_eq!((desk.captures.as_slice(), desk.documented().0), ([1280, 2900].as_slice(), 3680));
    let mut desk = Desk::of(authorized(&demo()));
    desk.cancel("CUP-BLUE", 1);
    desk.ship(&[("BEANS-250", 1)]);
    desk.ship(&[]);
    assert_eq!((desk.captures.as_slice(), desk.documented().0), ([1280, 1450].as_slice(), 2730));
}

#[test]
fn a_returned_cup_and_a_goodwill_refund_have_a_credit_note_each() {
    let mut desk = Desk::of(demo());
    let first = desk.ship(&[("BEANS-250", 1)]);
    let second = desk.ship(&[]);
    let cup = desk.refund_pieces("CUP-BLUE", 1).unwrap();
    assert_eq!((amounts(&cup), cup.number.to_string().as_str()), ((1450, 252), "INVR-2026-000001"));
    assert_eq!(cup.content.corrects, std::slice::from_ref(&second.number));
    assert_eq!(cup.content.lines[0].quantity.map(Quantity::into_inner), Some(1));
    let goodwill = desk.refund_amount(500).unwrap();
    assert_eq!(goodwill.content.total, eur(500));
    assert_eq!(goodwill.content.corrects, [first.number, second.number]);
    assert_eq!(desk.documented().0, 4180 - 1950);
}

#[test]
fn what_was_never_invoiced_is_not_credited() {
    let mut desk = Desk::of(demo());
    assert_eq!(desk.refund_pieces("CUP-BLUE", 1), None);
    let first = desk.ship(&[("BEANS-250", 1), ("CUP-BLUE", 1)]);
    assert_eq!(
        (first.content.total, first.content.deductions.len()),
        (eur(2730), 0),
        "the other cup was refunded"
    );
    let mut desk = Desk::of(demo());
    assert_eq!(desk.refund_amount(500), None);
    desk.ship(&[("BEANS-250", 1)]);
    let second = desk.ship(&[]);
    assert_eq!(second.content.deductions.iter().map(|line| line.amount.amount()).sum::<i64>(), 500);
    assert_eq!(second.content.total, eur(2400), "less what was refunded before");
    assert_eq!(desk.documented().0, 3680);
}

#[test]
fn beans_that_are_invoiced_are_credited_although_the_cups_are_still_to_be_shipped() {
    let mut desk = Desk::of(demo());
    desk.ship(&[("BEANS-250", 1)]);
    let credit = desk.refund_pieces("BEANS-250", 1).unwrap();
    assert_eq!((amounts(&credit), taxed(&credit)), ((790, 72), vec![(10, 790, 72)]));
    desk.ship(&[]);
    assert_eq!(desk.documented(), (3390, 580));
}

#[test]
fn pieces_are_credited_with_the_tax_of_their_refund() {
    let order = paid(&[BEANS, CUPS], quote(&[BEANS, CUPS], TaxMode::Inclusive, 490, 100_000));
    let mut desk = Desk::of(order);
    desk.ship(&[]);
    let cups: Vec<_> = (0..2).map(|_| amounts(&desk.refund_pieces("CUP-BLUE", 1).unwrap())).collect();
    assert_eq!(cups, [(1305, 226), (1305, 227)]);
    let rest = serde_json::json!({ "lines": [{ "sku": "BEANS-250", "quantity": 1 }], "shipping": true });
    let rest = desk.refund(rest).unwrap().unwrap();
    assert_eq!(rest.content.lines.len(), 3, "beans, and shipping at two rates");
    assert_eq!(desk.documented(), (0, 0));
}

#[test]
fn a_document_is_numbered_in_its_sellers_series_and_the_year_of_utc() {
    let kept = |id: &str, setting| KeptSetting {
        id: SettingId::try_new(id).unwrap(),
        setting,
        changed_by: UserId::from_parts(0, 1),
        changed_at: at(0),
    };
    let seller =
        Seller { name: Label::try_new("Bodega").unwrap(), address: address(), vat_id: None, oss: false };
    let seller = kept("main", Setting::Seller(Box::new(seller)));
    let prefixes = |settings: Vec<KeptSetting>| {
        let settings = Settings::of(settings);
        [InvoiceKind::Invoice, InvoiceKind::CreditNote].map(|kind| settings.series_of(kind).into_inner())
    };
    let put = |id: &str, invoices: &str, credit_notes: &str| {
        let prefix = |text: &str| SeriesPrefix::try_new(text).unwrap();
        kept(id, Setting::Series(Series { invoices: prefix(invoices), credit_notes: prefix(credit_notes) }))
    };
    assert_eq!(prefixes(vec![]), ["INV", "INVR"]);
    assert_eq!(prefixes(vec![seller.clone()]), ["ES", "ESR"]);
    assert_eq!(prefixes(vec![seller.clone(), put("main", "A", "B")]), ["A", "B"]);
    assert_eq!(prefixes(vec![seller, put("main", "A", "B"), put("es", "F", "R")]), ["F", "R"]);
    let new_year: Timestamp = "2027-01-01T00:30:00+01:00".parse().unwrap();
    assert_eq!((year_of(new_year), year_of(at(0))), (2026, 2026));
}
