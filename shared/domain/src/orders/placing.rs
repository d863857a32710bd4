//! How an order is placed.

use jiff::Timestamp;

use crate::carts::CartNote;
use crate::events::{OrderEvent, OrderPlaced};
use crate::orders::{Order, OrderNumber, OrderRefusal, OrderStatus, PaymentStatus};
use crate::promotions::Redemption;
use crate::quote::Quote;
use crate::stock::Reservation;
use crate::words::attempt::first;
use crate::words::id::{PaymentId, UserId};
use crate::words::money::Money;
use crate::words::pay_with::PayWith;
use crate::words::person::Address;
use crate::words::setting::Label;

/// A customer's data for a new order, apart from the lines, which the reservation prices.
#[derive(Debug, Clone)]
pub struct Checkout {
    /// The customer.
    pub user_id: UserId,
    /// The delivery address.
    pub shipping_address: Address,
    /// What to charge.
    pub pay_with: PayWith,
    /// On which terms.
    pub terms: Terms,
}

/// On which terms something is ordered.
#[derive(Debug, Clone, Default)]
pub struct Terms {
    /// The order's number.
    pub number: Option<OrderNumber>,
    /// What it costs. Without a quote, the prices and the tax of its lines.
    pub quote: Option<Quote>,
    /// The address on the invoice, if it is another than the delivery address.
    pub billing_address: Option<Address>,
    /// What the customer wants to say.
    pub note: Option<CartNote>,
    /// The terms that the customer has accepted.
    pub terms_version: Option<Label>,
    /// The codes that the order uses up.
    pub redemptions: Vec<Redemption>,
}

impl Order {
    /// Places an order for its reserved stock.
    ///
    /// # Errors
    /// If the hold has ended, or the sum of the lines is out of range.
    pub fn place(
        checkout: Checkout,
        held: Reservation,
        now: Timestamp,
    ) -> Result<(Self, OrderEvent), OrderRefusal> {
        if now >= held.held_until {
            return Err(OrderRefusal::HoldEnded);
        }
        let terms = checkout.terms;
        let sum =
            |amounts: Vec<Money>| Money::sum(amounts).ok().flatten().ok_or(OrderRefusal::TotalOutOfRange);
        let order = Self {
            order_id: held.order_id,
            number: terms.number,
            user_id: checkout.user_id,
            payment_id: PaymentId::of(held.order_id),
            status: OrderStatus::AwaitingPayment,
            payment_status: PaymentStatus::Pending,
            payment_attempt: first(),
            disputes: Vec::new(),
            total: sum(held.lines.iter().map(|line| line.total).collect())?,
            tax: sum(held.lines.iter().map(|line| line.tax).collect())?,
            lines: held.lines,
            discounts: Vec::new(),
            shipping: None,
            tax_lines: Vec::new(),
            tax_added: false,
            shipping_address: checkout.shipping_address,
            billing_address: terms.billing_address,
            note: terms.note,
            terms_version: terms.terms_version,
            progress: Vec::new(),
            rest_cancelled_at: None,
            stock_lost_at: None,
            refunds: Vec::new(),
            returns: Vec::new(),
            tells_again: false,
            redemptions: terms.redemptions,
            mailed_at: Vec::new(),
            placed_at: now,
            paid_at: None,
            held_until: held.held_until,
            updated_at: now,
        };
        let order = match terms.quote {
            Some(quote) => order.at(quote),
            None => order,
        };
        let event = OrderEvent::Placed(OrderPlaced {
            order: order.summary(),
            payment_method: checkout.pay_with.method,
            method_use: checkout.pay_with.method_use,
            held_until: order.held_until,
        });
        Ok((order, event))
    }

    /// Sets what the order costs.
    fn at(self, quote: Quote) -> Self {
        let mut order = self;
        for line in &mut order.lines {
            let Some(quoted) = quote.lines.iter().find(|quoted| quoted.sku == line.sku) else { continue };
            line.total = quoted.total;
            line.tax = quoted.tax;
            line.discount = Some(quoted.discount).filter(|discount| !discount.is_zero());
            line.tax_rate = Some(quoted.rate);
        }
        Self {
            total: quote.total,
            tax: quote.tax,
            discounts: quote.discounts,
            shipping: quote.shipping,
            tax_lines: quote.tax_lines,
            tax_added: !quote.tax_included,
            ..order
        }
    }
}
