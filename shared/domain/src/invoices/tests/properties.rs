//! What holds of documents, whatever is ordered, shipped and refunded.

use proptest::prelude::*;

use super::*;
use crate::orders::OrderStatus;

/// What happens to an order.
#[derive(Debug, Clone)]
enum Step {
    Ship(usize, u32),
    Cancel(usize, u32),
    /// The authorisation is about to end.
    End,
    RefundPieces(usize, u32),
    RefundShipping,
    RefundAmount(i64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..3_usize, 1..4_u32).prop_map(|(line, quantity)| Step::Ship(line, quantity)),
        1 => (0..3_usize, 1..3_u32).prop_map(|(line, quantity)| Step::Cancel(line, quantity)),
        1 => Just(Step::End),
        2 => (0..3_usize, 1..3_u32).prop_map(|(line, quantity)| Step::RefundPieces(line, quantity)),
        1 => Just(Step::RefundShipping),
        2 => (1..3000_i64).prop_map(Step::RefundAmount),
    ]
}

fn order() -> impl Strategy<Value = Order> {
    let line = (1..5_u32, 1..3000_i64);
    let mode = prop_oneof![Just(TaxMode::Inclusive), Just(TaxMode::Exclusive)];
    let off = prop_oneof![Just(0), Just(100_000), 1..1_000_000_u32];
    (prop::collection::vec(line, 3), mode, 0..1500_i64, off).prop_map(|(lines, mode, shipping, off)| {
        let kinds = [("BEANS-250", "food"), ("CUP-BLUE", "standard"), ("BOOK", "books")];
        let wanted: Vec<Wanted> = lines
            .into_iter()
            .zip(kinds)
            .map(|((quantity, price), (sku, tax_code))| (sku, quantity, price, tax_code))
            .collect();
        paid(&wanted, quote(&wanted, mode, shipping, off))
    })
}

proptest! {
    /// Any split of an order into parcels sums to it to the cent, by rate as well.
    #[test]
    fn the_invoices_of_an_order_sum_to_it(order in order(), parcels in prop::collection::vec((0..3_usize, 1..3_u32), 0..6)) {
        let mut desk = Desk::of(order);
        for (line, quantity) in parcels {
            let sku = desk.order.lines[line].sku.clone();
            let quantity = quantity.min(desk.order.left_to_ship(&sku));
            if quantity > 0 {
                desk.ship(&[(sku.as_ref(), quantity)]);
            }
        }
        if desk.order.queue().is_some() {
            desk.ship(&[]);
        }
        prop_assert_eq!(desk.documented(), (desk.order.total.amount(), desk.order.tax.amount()));
        for of_order in &desk.order.tax_lines {
            let lines = desk.documents.iter().flat_map(|known| &known.content.tax_lines);
            let same = lines.filter(|line| line.rate == of_order.rate);
            let sum = same.fold((0, 0), |sum, line| (sum.0 + line.base.amount(), sum.1 + line.tax.amount()));
            prop_assert_eq!(sum, (of_order.base.amount(), of_order.tax.amount()));
        }
    }

    /// Documents follow the money, whatever is shipped and refunded in which order: never more than the shop keeps, and exactly that
    /// once all was shipped. No amount and no tax is ever below nothing.
    #[test]
    fn documents_follow_the_money(
        order in order(),
        is_authorized in any::<bool>(),
        steps in prop::collection::vec(step(), 0..14),
    ) {
        let mut desk = Desk::of(if is_authorized { authorized(&order) } else { order });
        for step in steps {
            let before = desk.documented().0;
            match step {
                Step::Ship(line, quantity) => {
                    let sku = desk.order.lines[line].sku.clone();
                    let quantity = quantity.min(desk.order.left_to_ship(&sku));
                    if quantity > 0 {
                        desk.ship(&[(sku.as_ref(), quantity)]);
                    }
                }
                Step::Cancel(line, quantity) => {
                    let sku = desk.order.lines[line].sku.clone();
                    let quantity = quantity.min(desk.order.left_to_ship(&sku));
                    if quantity > 0 {
                        desk.cancel(sku.as_ref(), quantity);
                    }
                    if desk.order.status != OrderStatus::Confirmed {
                        return Ok(());
                    }
                }
                Step::End => {
                    if let Some(change) = desk.order.end_authorization(at(5)).filter(|_| desk.order.has_shipped()) {
                        desk.order = change.order;
                        desk.capture(change.event);
                    }
                }
                refund => {
                    let request = match refund {
                        Step::RefundPieces(line, quantity) => {
                            let sku = &desk.order.lines[line].sku;
                            serde_json::json!({ "lines": [{ "sku": sku, "quantity": quantity }] })
                        }
                        Step::RefundAmount(amount) => serde_json::json!({ "amount": eur(amount) }),
                        Step::Ship(..) | Step::Cancel(..) | Step::End | Step::RefundShipping => serde_json::json!({ "shipping": true }),
                    };
                    if let Ok(Some(note)) = desk.refund(request) {
                        prop_assert!(!note.content.corrects.is_empty(), "a credit note names its invoices");
                        prop_assert_eq!(before - desk.documented().0, note.content.total.amount());
                    }
                }
            }
            let (documented, tax) = desk.documented();
            prop_assert!(documented <= desk.kept(), "{documented} > {}", desk.kept());
            prop_assert!(desk.order.is_charged_whole() || documented == desk.kept(), "{:?}", desk.order);
            prop_assert!((0..=documented).contains(&tax), "{tax} of {documented}");
        }
        if desk.order.queue().is_some() {
            desk.ship(&[]);
        }
        let (documented, tax) = desk.documented();
        prop_assert_eq!(documented, desk.kept());
        let captured: i64 = desk.captures.iter().sum();
        prop_assert_eq!(captured, if is_authorized { desk.order.owed().amount() } else { 0 });
        prop_assert!(documented > 0 || tax == 0);
    }

    #[test]
    fn a_series_leaves_no_place_out(count in 1..60_u32) {
        let mut numbering = Numbering::new(SeriesPrefix::default(), 2026);
        for place in 1..=count {
            let (number, next) = numbering.take();
            prop_assert_eq!((number.place(), number.year()), (place, 2026));
            numbering = next;
        }
        prop_assert_eq!(numbering.next, count + 1);
    }
}
