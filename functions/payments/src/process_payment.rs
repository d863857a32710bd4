//! Queue `payment-commands`: an order that is placed is charged; one that has ended is voided, or its money given back.

use domain::event::{Event, OrderPlaced, OrderSummary};
use domain::id::PaymentId;
use domain::payment::{Change, ChargeOutcome, Due, Payment};
use edge::queue::{Delivery, Failure};
use store::inbox::DUPLICATE;
use store::{Attempt, Outcome, until_committed};

use crate::gateway::{Cancellation, Gateway};
use crate::store::Payments;

/// Applies one event of an order to its payment. Events may come in any order, more than once and at once.
///
/// # Errors
/// When the event is none of these, the table fails, or the gateway does not answer: then what became of the attempt is
/// not known, the message comes again, and the gateway is asked before anything is charged.
pub async fn process_payment(
    (payments, gateway): (Payments, Gateway),
    delivery: Delivery,
) -> Result<(), Failure> {
    let work = Work { payments: &payments, gateway: &gateway, delivery: &delivery };
    match &delivery.envelope.event {
        Event::OrderPlaced(placed) => work.pay(placed).await,
        Event::OrderCancelled(order) | Event::OrderExpired(order) => work.give_up(order).await,
        _ => Err("payments has no use for this type of event".into()),
    }
}

/// One delivery and what it works with.
struct Work<'a> {
    payments: &'a Payments,
    gateway: &'a Gateway,
    delivery: &'a Delivery,
}

impl Work<'_> {
    /// Charges an order, unless that is done or the order has ended.
    async fn pay(&self, placed: &OrderPlaced) -> Result<(), Failure> {
        let id = Payment::id_of(placed.order.order_id);
        let (payment, new) = until_committed(|| async {
            if let Some(found) = self.payments.get(id).await? {
                return Ok(Attempt::Done((found.value, false)));
            }
            let payment = Payment::begin(placed, self.delivery.now);
            Ok::<_, Failure>(match self.payments.insert(&payment, None).await? {
                Outcome::Committed => Attempt::Done((payment, true)),
                Outcome::Refused(_) => Attempt::Raced,
            })
        })
        .await?;
        self.carry_out(payment, new).await
    }

    /// Gives a payment up. What is being charged is left to the delivery that does: a cancellation that overtakes it at
    /// the gateway would have nothing to cancel.
    async fn give_up(&self, order: &OrderSummary) -> Result<(), Failure> {
        let (id, now) = (Payment::id_of(order.order_id), self.delivery.now);
        let payment = until_committed(|| async {
            let Some(found) = self.payments.get(id).await? else {
                let payment = Payment::void_before_start(order, now);
                let written = self.payments.insert(&payment, Some(&self.delivery.envelope)).await?;
                return Ok(after(written, payment));
            };
            let is_left = found.value.is_being_charged(now);
            let Some(change) = found.value.cancel(now) else {
                return Ok(Attempt::Done((!is_left).then_some(found.value)));
            };
            let done = is_left || change.payment.due().is_none();
            let written = self.payments.replace(found.version, &change, self.delivery, done).await?;
            Ok::<_, Failure>(match after(written, change.payment) {
                Attempt::Done(_) if is_left => Attempt::Done(None),
                attempt => attempt,
            })
        })
        .await?;
        match payment {
            Some(payment) => self.carry_out(payment, false).await,
            None => Ok(()),
        }
    }

    /// Does at the gateway what is due, and writes each outcome down, until nothing is. `new` says that this delivery
    /// has just counted a try that it has not made: then the gateway need not be asked what became of it.
    async fn carry_out(&self, mut payment: Payment, mut new: bool) -> Result<(), Failure> {
        let (id, now) = (payment.payment_id, self.delivery.now);
        while let Some(due) = payment.due() {
            let changed = match due {
                Due::Charge(charge) if new => {
                    new = false;
                    let outcome = self.gateway.charge(&charge).await?;
                    self.change(id, |payment| payment.settle(outcome.clone(), now)).await?
                }
                Due::Charge(charge) => match self.gateway.look_up(&charge).await? {
                    Some(outcome) => self.change(id, |payment| payment.settle(outcome.clone(), now)).await?,
                    None => {
                        new = true;
                        self.change(id, |payment| payment.try_again(now)).await?
                    }
                },
                Due::Cancel(charge) => match self.gateway.cancel(&charge).await? {
                    Cancellation::Cancelled => self.change(id, |payment| payment.voided(now)).await?,
                    Cancellation::TooLate => {
                        self.change(id, |payment| payment.settle(ChargeOutcome::Captured, now)).await?
                    }
                },
                Due::Refund(refund) => {
                    self.gateway.refund(&refund).await?;
                    self.change(id, |payment| payment.refunded(now)).await?
                }
            };
            let Some(changed) = changed else { return Ok(()) };
            payment = changed;
        }
        Ok(())
    }

    /// Decides on what is stored now, and writes it; the mark of this delivery goes along with the write that leaves
    /// nothing due. `None` when this event's mark is there already: then another delivery of it has done it all.
    async fn change<F>(&self, id: PaymentId, decide: F) -> Result<Option<Payment>, Failure>
    where
        F: Fn(&Payment) -> Option<Change>,
    {
        until_committed(|| async {
            let found = self.payments.get(id).await?.ok_or_else(|| format!("there is no payment {id}"))?;
            let Some(change) = decide(&found.value) else { return Ok(Attempt::Done(Some(found.value))) };
            let done = change.payment.due().is_none();
            let written = self.payments.replace(found.version, &change, self.delivery, done).await?;
            Ok::<_, Failure>(after(written, change.payment))
        })
        .await
    }
}

fn after(written: Outcome, payment: Payment) -> Attempt<Option<Payment>> {
    match written {
        Outcome::Committed => Attempt::Done(Some(payment)),
        Outcome::Refused(DUPLICATE) => Attempt::Done(None),
        Outcome::Refused(_) => Attempt::Raced,
    }
}
