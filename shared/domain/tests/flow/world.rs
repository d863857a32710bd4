//! The state of the whole shop: four services, the gateway, the messages between them, and operations under way.

use std::collections::{BTreeMap, BTreeSet};

use domain::events::{Event, Queue};
use domain::invoices::Invoice;
use domain::orders::{Checkout, Order, Terms};
use domain::payments::Payment;
use domain::payments::ledger::Posting;
use domain::stock::{LowAt, Policy, Reservation, Shards, Stock, StockItem};
use domain::words::capture::CaptureMode;
use domain::words::goods::{Goods, Quantity, Sku, Title};
use domain::words::id::{EventId, OrderId, PaymentId, ProductId, UserId};
use domain::words::line::{Line, Lines};
use domain::words::money::{Currency, Money, TaxRate};
use domain::words::pay_with::PayWith;
use domain::words::payment_method::PaymentMethod;
use domain::words::person::{Address, AddressLine, CountryCode, Name};
use jiff::{SignedDuration, Timestamp};

use crate::gateway::{Card, Gateway};
use crate::paying::Paying;

/// Lambda ends a function after this time, wherever it is.
pub const FUNCTION_TIMEOUT: SignedDuration = SignedDuration::from_secs(10);

const SKUS: [&str; 2] = ["CUP", "POT"];

/// A customer's plan: the pieces of each SKU, and the card.
#[derive(Debug, Clone)]
pub struct Plan {
    pub pieces: [u32; 2],
    pub card: Card,
    pub capture: CaptureMode,
}

/// An event on its way to one service. It is kept, since it may be redelivered at any time.
#[derive(Debug, Clone)]
pub struct Message {
    pub queue: Queue,
    pub id: EventId,
    pub event: Event,
    /// Whether its consumer is done with it.
    pub done: bool,
    /// Its consumer's last failure.
    pub failure: Option<String>,
}

/// An operation between two of its steps.
#[derive(Debug, Clone)]
pub enum Running {
    /// `place-order`, with its reservation.
    Placing { number: usize, held: Reservation, started: Timestamp },
    /// `process-payment` or `reconcile-payments`.
    Paying(Box<Paying>),
}

#[derive(Debug)]
pub struct World {
    pub now: Timestamp,
    pub plans: Vec<Plan>,
    pub orders: BTreeMap<OrderId, Order>,
    /// Invoices and credit notes, as they were issued.
    pub documents: Vec<Invoice>,
    /// The most that was refunded of each order at any moment.
    pub most_refunded: BTreeMap<OrderId, i64>,
    /// Cups are in one row, pots in shards.
    pub stock: Vec<Stock>,
    pub reservations: BTreeMap<OrderId, Reservation>,
    pub payments: BTreeMap<PaymentId, Payment>,
    pub postings: BTreeMap<PaymentId, Vec<Posting>>,
    pub mails: Vec<(EventId, Event)>,
    pub gateway: Gateway,
    pub messages: Vec<Message>,
    pub running: Vec<Running>,
    /// Every published event.
    pub published: Vec<Event>,
    /// The events that each service has applied.
    inbox: BTreeSet<(&'static str, EventId)>,
}

impl World {
    pub fn new(plans: Vec<Plan>, pieces: [u32; 2]) -> Self {
        let [cups, pots] = [0, 1].map(|number| Stock::from(item(SKUS[number], u64::from(pieces[number]))));
        let stock = vec![cups, in_shards(pots)];
        Self {
            now: Timestamp::UNIX_EPOCH,
            plans,
            orders: BTreeMap::new(),
            documents: Vec::new(),
            most_refunded: BTreeMap::new(),
            stock,
            reservations: BTreeMap::new(),
            payments: BTreeMap::new(),
            postings: BTreeMap::new(),
            mails: Vec::new(),
            gateway: Gateway::default(),
            messages: Vec::new(),
            running: Vec::new(),
            published: Vec::new(),
            inbox: BTreeSet::new(),
        }
    }

    /// Publishes events, in the transaction of the change that they report.
    pub fn publish(&mut self, events: impl IntoIterator<Item = impl Into<Event>>) {
        for event in events {
            let event: Event = event.into();
            let id = Self::event_id(self.published.len());
            self.messages.extend(event.queues().iter().map(|queue| Message {
                queue: *queue,
                id,
                event: event.clone(),
                done: false,
                failure: None,
            }));
            self.published.push(event);
        }
    }

    /// Returns the id of the `number`th published event.
    pub fn event_id(number: usize) -> EventId {
        EventId::from_parts(0, number as u128)
    }

    /// Returns whether a message has been applied. The mark is set in the transaction of its effect.
    pub fn is_marked(&self, message: &Message) -> bool {
        self.inbox.contains(&(message.queue.name(), message.id))
    }

    pub fn mark(&mut self, message: &Message) {
        assert!(self.inbox.insert((message.queue.name(), message.id)), "{message:?} took effect twice");
    }

    /// Lets time pass. Operations that exceed their timeout die.
    pub fn wait(&mut self, time: SignedDuration) {
        self.now += time;
        self.gateway.now = self.now;
        let now = self.now;
        self.running.retain(|running| now < running.started() + FUNCTION_TIMEOUT);
    }

    pub fn checkout(&self, number: usize) -> Checkout {
        let line = |text: &str| AddressLine::try_new(text).unwrap();
        Checkout {
            terms: Terms { capture: self.plans[number].capture, ..Terms::default() },
            user_id: user(number),
            shipping_address: Address {
                name: Name::try_new("Ada").unwrap(),
                line1: line("Calle Mayor 1"),
                line2: None,
                city: line("Madrid"),
                region: None,
                postal_code: Some(line("28013")),
                country: CountryCode::try_new("ES").unwrap(),
            },
            pay_with: PayWith::once(PaymentMethod::try_new("pm_card").unwrap()),
        }
    }

    pub fn card(&self, order: OrderId) -> Card {
        let number = (0..self.plans.len()).find(|number| order_id(*number) == order);
        self.plans[number.expect("an order of this world")].card
    }

    pub fn lines(&self, number: usize) -> Lines {
        let wanted = SKUS.iter().zip(self.plans[number].pieces).filter(|(_, pieces)| *pieces > 0);
        let line = |(sku, pieces): (&&str, u32)| Line {
            sku: sku.parse().unwrap(),
            quantity: Quantity::try_new(pieces).unwrap(),
        };
        Lines::try_from(wanted.map(line).collect::<Vec<_>>()).unwrap()
    }
}

impl Running {
    fn started(&self) -> Timestamp {
        match self {
            Self::Placing { started, .. } => *started,
            Self::Paying(paying) => paying.started,
        }
    }
}

pub fn order_id(number: usize) -> OrderId {
    OrderId::from_parts(0, number as u128)
}

/// Returns the id of an order's customer, a guest.
pub fn user(number: usize) -> UserId {
    UserId::from_parts(0, number as u128)
}

/// Returns the id of the account of an order's customer.
pub fn account(number: usize) -> UserId {
    UserId::from_parts(1, number as u128)
}

/// Spreads the stock of a SKU over three shards, from the last of which some pieces have gone back to the SKU's own row.
fn in_shards(stock: Stock) -> Stock {
    let set =
        stock.set_policy(Policy { shards: Shards::try_new(3).unwrap(), ..stock.policy() }).unwrap().unwrap();
    let even = set.after.level_out();
    let transfers = even.split_last().map(|(_, others)| others).unwrap_or_default();
    let movements = transfers.iter().flat_map(|transfer| set.after.movements(*transfer));
    movements.fold(set.after.clone(), |stock, movement| stock.after(&movement).unwrap())
}

fn item(sku: &str, available: u64) -> StockItem {
    StockItem {
        sku: sku.parse::<Sku>().unwrap(),
        product_id: ProductId::from_parts(1, 1),
        title: Title::try_new(sku).unwrap(),
        price: Money::new(1450, Currency::EUR).unwrap(),
        sale: None,
        tax_rate: TaxRate::try_new(2100).unwrap(),
        goods: Goods::default(),
        category: None,
        for_sale: true,
        available,
        reserved: 0,
        sold: 0,
        received: available,
        low_at: LowAt::default(),
        backorder: None,
        policy_version: 0,
        spread: None,
    }
}
