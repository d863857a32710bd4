//! What must hold of orders after they are paid: parcels, invoices and returns.

use std::collections::{BTreeMap, BTreeSet};

use domain::events::ReturnedLine;
use domain::invoices::{InvoiceKind, Numbering};
use domain::orders::fulfillment::Shipment;
use domain::orders::refunds::RefundStatus;
use domain::orders::returns::ReturnState;
use domain::orders::timeline::What;
use domain::orders::{Order, OrderStatus};
use domain::stock::{ReservationStatus, Returned};
use domain::words::money::Money;

use super::{Books, UNHEARD};

impl Books {
    /// Returns violations of what orders say of their parcels, which hold at any time: each piece is in one of them, none is in more,
    /// and an order of which a part was shipped has not ended.
    #[must_use]
    pub fn wrong_parcels(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        for order in &self.orders {
            let parcels = || self.parcels.get(&order.order_id).into_iter().flatten();
            if parcels().next().is_some() && order.status != OrderStatus::Confirmed {
                wrong.push(format!("{} is {:?} and was shipped", order.order_id, order.status));
            }
            for line in &order.lines {
                let of_line = |parcel: &Shipment| {
                    let lines = parcel.lines.iter().filter(|shipped| shipped.sku == line.sku);
                    lines.map(|shipped| shipped.quantity.into_inner()).sum::<u32>()
                };
                let shipped: u32 = parcels().map(of_line).sum();
                let delivered: u32 =
                    parcels().filter(|parcel| parcel.delivered_at.is_some()).map(of_line).sum();
                let counted = order.progress.iter().find(|counted| counted.sku == line.sku);
                let cancelled = counted.map_or(0, |counted| counted.cancelled);
                let counted = counted.map_or((0, 0), |counted| (counted.shipped, counted.delivered));
                if counted != (shipped, delivered) || shipped + cancelled > line.quantity.into_inner() {
                    wrong.push(format!(
                        "of {} in {}, {shipped} are in parcels and {delivered} arrived, and {counted:?} is counted",
                        line.sku, order.order_id
                    ));
                }
            }
        }
        wrong
    }

    /// Returns violations of what timelines tell, which hold at any time: whatever an order, its parcels, refunds and returns are by now
    /// was told once.
    #[must_use]
    pub fn wrong_timelines(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        for order in &self.orders {
            let told = |what: What| {
                let of_order = self.entries.get(&order.order_id).into_iter().flatten();
                of_order.filter(|entry| entry.what == what).count()
            };
            let mut check = |happened: usize, what: &[What]| {
                let told = what.iter().map(|what| told(*what)).sum::<usize>();
                if told != happened {
                    let id = order.order_id;
                    wrong.push(format!(
                        "of {id}, {told} times {what:?} is told, which happened {happened} times"
                    ));
                }
            };
            let is = |status: OrderStatus| usize::from(order.status == status);
            check(is(OrderStatus::Cancelled), &[What::Cancelled, What::OutOfStock]);
            check(is(OrderStatus::Expired), &[What::Expired]);
            let parcels = || self.parcels.get(&order.order_id).into_iter().flatten();
            check(parcels().count(), &[What::Shipped]);
            check(parcels().filter(|parcel| parcel.delivered_at.is_some()).count(), &[What::Delivered]);
            let refunds = |status| order.refunds.iter().filter(|refund| refund.status == status).count();
            // Of one that has come back, an order may hear in any order that it was made.
            let (made, heard) = (refunds(RefundStatus::Succeeded), told(What::RefundSucceeded));
            check(made.max(heard.min(made + self.returned_refunds(order))), &[What::RefundSucceeded]);
            check(refunds(RefundStatus::Failed), &[What::RefundFailed]);
            check(order.returns.len(), &[What::ReturnRequested]);
            let received = order.returns.iter().filter(|returned| returned.status == ReturnState::Received);
            check(received.count(), &[What::ReturnReceived]);
        }
        wrong
    }

    /// Returns how many refunds of an order were made and have come back.
    fn returned_refunds(&self, order: &Order) -> usize {
        let postings = self.postings(order.payment_id);
        postings.iter().filter(|posting| posting.reference.ends_with("-returned")).count()
    }

    /// Returns violations of what documents say, which hold at any time: each parcel has an invoice; what an order's invoices less its
    /// credit notes say is at most what the shop keeps of it, and exactly that once all was shipped; and the numbers of each series
    /// are 1 to n without a gap.
    #[must_use]
    pub fn wrong_documents(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        for order in &self.orders {
            let of_kind = |kind: InvoiceKind| {
                let documents = self.documents.get(&order.order_id).into_iter().flatten();
                documents.filter(move |document| document.content.kind == kind)
            };
            let sum = |kind| of_kind(kind).map(|document| document.content.total.amount()).sum::<i64>();
            let documented = sum(InvoiceKind::Invoice) - sum(InvoiceKind::CreditNote);
            // Of what is captured parcel by parcel, documents say what was captured, and is not less than what was asked for.
            let charged = if order.is_charged_whole() { order.owed() } else { order.captured() };
            let kept = charged.amount() - order.refunded().map_or(0, Money::amount);
            let is_missing = order.capturing.as_ref().is_some_and(|capturing| {
                !capturing.has_failed && capturing.captured.amount() < capturing.requested.amount()
            });
            if is_missing {
                wrong.push(format!(
                    "{} {UNHEARD} that all is captured: {:?}",
                    order.order_id, order.capturing
                ));
            }
            // What is to be paid back for cancelled pieces, which no document has; or what came back after its credit note.
            let is_owed = self.returned_refunds(order) > 0
                || order.progress.iter().any(|line| line.cancelled > 0)
                    && order.refunds.iter().any(|refund| refund.status != RefundStatus::Succeeded);
            let is_whole = order.has_shipped() && !order.has_left_to_ship() && !is_owed;
            if documented > kept || (is_whole && documented != kept) {
                let id = order.order_id;
                wrong.push(format!("the documents of {id} say {documented}, and {kept} of it are kept"));
            }
            let parcels = self.parcels.get(&order.order_id).into_iter().flatten();
            let numbers: BTreeSet<_> = parcels.map(|parcel| parcel.invoice_number.clone()).collect();
            let invoices: BTreeSet<_> =
                of_kind(InvoiceKind::Invoice).map(|invoice| Some(invoice.number.clone())).collect();
            if numbers != invoices {
                wrong.push(format!("the parcels of {} have {numbers:?} of {invoices:?}", order.order_id));
            }
        }
        let mut series: BTreeMap<(String, i16), Vec<u32>> = BTreeMap::new();
        for number in self.documents().map(|document| &document.number) {
            series.entry((number.series().to_owned(), number.year())).or_default().push(number.place());
        }
        for (name, mut places) in series {
            places.sort_unstable();
            let last = u32::try_from(places.len()).unwrap_or_default();
            let is_of = |known: &&Numbering| (known.series.as_ref(), known.year) == (name.0.as_str(), name.1);
            let next = self.numberings.iter().find(is_of).map(|known| known.next);
            if places != (1..=last).collect::<Vec<_>>() || next != Some(last + 1) {
                wrong.push(format!("the series {name:?} has {places:?}, and {next:?} is the next"));
            }
        }
        wrong
    }

    /// Returns violations of what orders say came back: no more than was shipped; the stock has counted the same, once; and each refund of
    /// a return is among the order's.
    #[must_use]
    pub fn wrong_returns(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        for order in &self.orders {
            for line in &order.progress {
                let back: u32 = order.returns.iter().map(|returned| returned.received_of(&line.sku)).sum();
                if back > line.shipped {
                    let (id, sku, shipped) = (order.order_id, &line.sku, line.shipped);
                    wrong.push(format!("of {sku} in {id}, {shipped} were shipped, and {back} came back"));
                }
            }
            let received = order.returns.iter().filter(|returned| returned.status == ReturnState::Received);
            let received: BTreeMap<_, _> =
                received.map(|returned| (returned.return_id, &returned.received)).collect();
            // Pieces that were found and never counted as sold are counted by hand.
            let reservation = self.reservations.get(&order.order_id);
            if reservation.is_some_and(|reservation| reservation.status == ReservationStatus::Lost) {
                continue;
            }
            let back = reservation.map(|reservation| reservation.returned.as_slice()).unwrap_or_default();
            let is_return =
                |back: &&Returned| order.returns.iter().any(|known| known.return_id == back.return_id);
            let (counted, cancelled): (Vec<_>, Vec<_>) = back.iter().partition(is_return);
            let is_sold =
                reservation.is_some_and(|reservation| reservation.status == ReservationStatus::Committed);
            for line in order.lines.iter().filter(|_| is_sold) {
                let lines = cancelled.iter().flat_map(|back| &back.lines);
                let pieces: u64 = lines.filter(|back| back.sku == line.sku).map(ReturnedLine::pieces).sum();
                let counted = order.progress.iter().find(|counted| counted.sku == line.sku);
                let counted = counted.map_or(0, |counted| u64::from(counted.cancelled));
                let (id, sku) = (order.order_id, &line.sku);
                if pieces > counted {
                    wrong.push(format!(
                        "of {sku} in {id}, {counted} are cancelled, and the stock has {pieces}"
                    ));
                } else if pieces < counted {
                    wrong.push(format!(
                        "the stock {UNHEARD} of all cancelled {sku} in {id}: {pieces} of {counted}"
                    ));
                }
            }
            let counts: BTreeMap<_, _> = counted.iter().map(|back| (back.return_id, &back.lines)).collect();
            let id = order.order_id;
            let is_right = |(returned, lines)| received.get(returned) == Some(lines);
            if counts.len() != counted.len() || !counts.iter().all(is_right) {
                wrong.push(format!("of {id}, {received:?} came back, and the stock has {counted:?}"));
            } else if counts.len() < received.len() {
                wrong.push(format!(
                    "the stock {UNHEARD} of all that came back of {id}: {counted:?} of {received:?}"
                ));
            }
            let refunds: BTreeSet<_> = order.refunds.iter().map(|refund| refund.refund_id).collect();
            let missing = order.returns.iter().filter_map(|returned| returned.refund_id);
            let missing = missing.filter(|refund| !refunds.contains(refund));
            wrong.extend(
                missing.map(|refund| format!("{} does not have the refund {refund}", order.order_id)),
            );
        }
        wrong
    }
}
