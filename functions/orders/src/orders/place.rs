//! Places orders: one way for both operations that do.

use std::sync::atomic::{AtomicU32, Ordering};

use domain::Refusal;
use domain::carts::{Basis, Cart, CartNote, CartView, CheckoutRefusal, Ready, Wanted};
use domain::orders::{Checkout, Order, OrderNumber, OrderRefusal, Terms};
use domain::promotions::{CodeRefusal, GivenCodes};
use domain::settings::Settings;
use domain::stock::{Offers, Reservation, StockRefusal};
use domain::words::capture::CaptureMode;
use domain::words::contact::GivenContact;
use domain::words::id::OrderId;
use domain::words::line::Skus;
use domain::words::money::{Currency, Money};
use domain::words::pay_with::{MethodUse, PayWith, PayWithRefusal};
use domain::words::person::Address;
use domain::words::setting::Label;
use edge::{Call, Connect, Environment, InitError, Problem, Reply};
use peers::{PaymentsClient, PeerError, ProductsClient, UsersClient};
use serde::Serialize;
use store::{Change, Decision, Outcome, Stored};
use telemetry::Metric;

use crate::carts::rows::CartRow;
use crate::orders::rows::{self, NumberRow, OrderRow, TakenNumber};
use crate::promotions::redeem::redeem;
use crate::settings::in_force::InForce;
use crate::store::Orders;

/// What placing an order needs.
#[derive(Debug, Clone)]
pub struct Desk {
    /// The orders table.
    pub orders: Orders,
    /// The product service.
    pub products: ProductsClient,
    /// The user service.
    pub users: UsersClient,
    /// The payment service.
    pub payments: PaymentsClient,
    /// The settings.
    pub settings: InForce,
}

impl Connect for Desk {
    async fn connect(environment: &Environment) -> Result<Self, InitError> {
        type Connected = (InForce, (ProductsClient, UsersClient, PaymentsClient));
        let (settings, (products, users, payments)) = Connected::connect(environment).await?;
        Ok(Self { orders: settings.orders().clone(), products, users, payments, settings })
    }
}

/// What is to be ordered.
pub(super) struct Basket {
    /// The lines, where they are sent to, and how.
    pub(super) wanted: Wanted,
    /// The address on the invoice, if it is another.
    pub(super) billing_address: Option<Address>,
    /// What the customer wants to say.
    pub(super) note: Option<CartNote>,
    /// The row of the cart, which is emptied, if the order is a cart's.
    pub(super) row: Option<Stored<Cart>>,
    /// The currency in which the customer was shown the prices, if that is known.
    pub(super) currency: Option<Currency>,
    /// The total that the customer was shown, if that is known.
    pub(super) expected_total: Option<Money>,
    /// What to charge.
    pub(super) pay_with: PayWith,
    /// How a guest is reached.
    pub(super) contact: Option<GivenContact>,
    /// The terms that the customer has accepted.
    pub(super) terms_version: Option<Label>,
}

/// Places an order. Its id is derived from the customer and the Idempotency-Key, so a retry after any failure refers to the same order
/// and the same reservation, and the order itself is the record of the request. What is refused is not remembered.
pub(super) async fn place<B, Fut>(
    desk: &Desk,
    call: &Call<B>,
    basket: impl Fn() -> Fut + Send + Sync,
) -> Result<Reply<Order>, Problem>
where
    B: Serialize + Send + Sync + 'static,
    Fut: Future<Output = Result<Basket, Problem>> + Send,
{
    let order_id = order_id(call)?;
    let settings = desk.settings.at(call.now).await?;
    // Each decision that finds the number of the one before taken tries the next.
    let numbers = AtomicU32::new(0);
    let (basket, settings, numbers) = (&basket, &*settings, &numbers);
    let place = async |found: Option<Stored<Order>>| {
        if let Some(order) = found {
            is_callers(&order, call)?;
            return Ok(Decision::new(None, false));
        }
        let basket = basket().await?;
        let codes = desk.orders.given_codes(&basket.wanted.codes, call.caller.user_id).await?;
        // Boxed, since within a write the futures of a call would be nested deeper than the compiler goes.
        let ready = Box::pin(desk.ready(&basket, &codes, call, settings)).await?;
        let held = Box::pin(desk.hold(order_id, &basket, &ready, call)).await?;
        let number = OrderNumber::of(order_id, numbers.fetch_add(1, Ordering::Relaxed));
        let is_cart = basket.row.is_some();
        let agreed = (number, settings.policy().capture);
        let change = redeem(placed(agreed, basket, ready, held, call)?.requested_by(&call.body), &codes);
        Ok::<_, Problem>(Decision::new(Some(change), is_cart))
    };
    let done = match desk.orders.table.at::<OrderRow>(rows::key(order_id)).change(call, place).await {
        // The same request, sent twice, may have emptied the cart or used the code up after this one had looked for the order.
        Err(refused) if may_be_its_own_doing(&refused) => {
            return placed_before(desk, call).await?.ok_or(refused);
        }
        done => done?,
    };
    if done.outcome == Outcome::Written {
        Metric::OrdersPlaced.publish(1);
        if done.answer {
            Metric::CartConversions.publish(1);
        }
    }
    Ok(reply(done.row.ok_or_else(|| Problem::internal("the placed order is missing"))?))
}

fn may_be_its_own_doing(refused: &Problem) -> bool {
    let of_cart = [CheckoutRefusal::CartEmpty.code(), CheckoutRefusal::CartChanged.code()];
    of_cart.contains(&refused.code()) || refused.code() == CodeRefusal::USED_UP
}

/// Returns the order that the same request has placed before, if there is one.
async fn placed_before<B: Serialize>(desk: &Desk, call: &Call<B>) -> Result<Option<Reply<Order>>, Problem> {
    let Some(order) = desk.orders.get(order_id(call)?).await? else { return Ok(None) };
    is_callers(&order, call)?;
    Ok(Some(reply(order)))
}

fn order_id<B>(call: &Call<B>) -> Result<OrderId, Problem> {
    let key = call.idempotency_key()?;
    Ok(OrderId::derived_from(&[&call.caller.user_id.to_string(), key.as_str()]))
}

/// Checks that the order was placed by this request, and is the caller's.
fn is_callers<B: Serialize>(order: &Stored<Order>, call: &Call<B>) -> Result<(), Problem> {
    order.is_of(&call.body)?;
    // A guest's order may have become an account's, and the account another person's.
    if order.value.user_id == call.caller.user_id { Ok(()) } else { Err(OrderRefusal::GuestMerged.into()) }
}

fn reply(order: Stored<Order>) -> Reply<Order> {
    let location = format!("/orders/{}", order.value.order_id);
    Reply::created(order.value.as_placed(), location)
}

impl Desk {
    /// Prices the basket, and keeps how a guest is reached. Nothing is held yet.
    async fn ready<B>(
        &self,
        basket: &Basket,
        codes: &GivenCodes,
        call: &Call<B>,
        settings: &Settings,
    ) -> Result<Ready, Problem> {
        if call.caller.is_guest && basket.contact.is_none() {
            return Err(OrderRefusal::ContactNeeded.into());
        }
        if call.caller.is_guest && basket.pay_with.method_use == MethodUse::ToSave {
            return Err(PayWithRefusal::GuestSaves.into());
        }
        let terms = settings.policy().terms_version.as_ref();
        if basket.row.is_some() && terms.is_some() && terms != basket.terms_version.as_ref() {
            return Err(CheckoutRefusal::TermsNotAccepted.into());
        }
        let offers = match Skus::try_from(basket.wanted.skus()) {
            Ok(skus) => Box::pin(self.products.offers(&skus, &call.cause)).await?,
            // Nothing is asked about an empty cart.
            Err(_) => Offers::default(),
        };
        let basis = Basis { offers: Some(&offers), settings, codes, now: call.now };
        let ready = basket.wanted.ready(basis)?;
        basket.wanted.check_codes(basis)?;
        if let Err(refusal) = ready.check_total(basket.expected_total) {
            let problem = Problem::from(refusal);
            let Some(row) = &basket.row else { return Err(problem) };
            let view = CartView::of(&row.value, row.version, basis);
            return Err(problem.with("cart", &view));
        }
        // Before anything is held or written: a saved payment method is charged for the customer who has saved it alone.
        if let Some(saved) = basket.pay_with.saved() {
            Box::pin(self.payments.saved_method(call.caller.user_id, saved, &call.cause)).await?;
        }
        if let Some(contact) = basket.contact.as_ref().filter(|_| call.caller.is_guest) {
            self.users.keep_contact(call.caller.user_id, contact, &call.cause).await?;
        }
        Ok(ready)
    }

    /// Claims one of the customer's slots, and holds the stock at the prices that the total is made of.
    async fn hold<B: Send + Sync>(
        &self,
        order_id: OrderId,
        basket: &Basket,
        ready: &Ready,
        call: &Call<B>,
    ) -> Result<Reservation, Problem> {
        let user_id = call.caller.user_id;
        let claim = self.orders.claim_slot::<Problem>(user_id, order_id, call).await?;
        let currency = basket.currency.unwrap_or_else(|| ready.currency());
        let Ready { lines, prices, .. } = ready;
        match self.products.reserve(order_id, currency, lines, prices, &call.cause).await {
            Ok(held) => Ok(held),
            Err(refused) => {
                if holds_nothing(&refused) {
                    self.orders.release_slot(user_id, order_id, claim, call).await?;
                }
                // The stock was held for the cart as it was when the request was sent first.
                if basket.row.is_some() && is(&refused, &StockRefusal::DifferentLines) {
                    return Err(CheckoutRefusal::CartChanged.into());
                }
                Err(refused.into())
            }
        }
    }
}

/// Returns whether the order certainly holds no stock. If its stock was reserved by a request with other lines, or may
/// have been, it stays in its slot until that is released.
fn holds_nothing(refused: &PeerError) -> bool {
    matches!(refused, PeerError::Refused { .. }) && !is(refused, &StockRefusal::DifferentLines)
}

fn is(refused: &PeerError, refusal: &StockRefusal) -> bool {
    matches!(refused, PeerError::Refused { code, .. } if code == refusal.code())
}

/// Writes the order with its number and the event that requests its payment, and empties the cart that it is from.
fn placed<B>(
    (number, capture): (OrderNumber, CaptureMode),
    basket: Basket,
    ready: Ready,
    held: Reservation,
    call: &Call<B>,
) -> Result<Change<OrderRow, Problem>, Problem> {
    let terms = Terms {
        number: Some(number),
        quote: Some(ready.quote),
        billing_address: basket.billing_address,
        note: basket.note,
        terms_version: basket.terms_version,
        redemptions: ready.redemptions,
        capture,
    };
    let checkout = Checkout {
        user_id: call.caller.user_id,
        shipping_address: ready.shipping_address,
        pay_with: basket.pay_with,
        terms,
    };
    let (order, placed) = Order::place(checkout, held, call.now)?;
    let number = TakenNumber::of(&order).ok_or_else(|| Problem::internal("the order has no number"))?;
    let change = Change::to(order).insert::<NumberRow>(&number).emit([placed]);
    Ok(match basket.row {
        Some(row) => {
            let emptied = row.value.ordered().kept(call.caller.is_guest, call.now);
            change.replace::<CartRow>(&row, &emptied)
        }
        None => change,
    })
}
