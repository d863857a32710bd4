//! What shipping costs.

use serde::{Deserialize, Serialize};

use crate::quote::Destination;
use crate::words::money::Money;
use crate::words::person::CountryCode;

/// A way of shipping that is offered, and what it costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShippingOption {
    /// Its id in the settings: `standard`.
    pub method: String,
    /// What customers read.
    pub title: String,
    /// The price, before promotions.
    pub price: Money,
    /// How many days it takes, if that is known.
    pub days: Option<Days>,
}

/// How many days something takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Days {
    /// At least.
    pub least: u16,
    /// At most.
    pub most: u16,
}

/// What is shipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parcel {
    /// Its weight in grams.
    pub weight_g: u64,
    /// What the goods cost after promotions.
    pub value: Money,
}

/// Where shipping prices come from. A table by default; a carrier can stand behind it.
pub trait ShippingRates {
    /// Returns the ways in which a parcel can be sent to a destination; none if the shop does not deliver there.
    fn options(&self, destination: &Destination, parcel: Parcel) -> Vec<ShippingOption>;
}

/// The price of a method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShippingPrice {
    /// The same for every parcel.
    Flat(Money),
    /// By weight: up to so many grams, in ascending order. A heavier parcel is not sent.
    UpToWeight(Vec<(u64, Money)>),
    /// By the value of the goods: from so much on, in ascending order. A cheaper parcel is not sent.
    FromValue(Vec<(Money, Money)>),
}

/// A way of shipping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShippingMethod {
    /// Its id: `standard`.
    pub id: String,
    /// What customers read.
    pub title: String,
    /// Its price.
    pub price: ShippingPrice,
    /// From which value of the goods on it is free.
    pub free_from: Option<Money>,
    /// How many days it takes, if that is known.
    pub days: Option<Days>,
}

/// Countries with the same ways of shipping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShippingZone {
    /// The countries.
    pub countries: Vec<CountryCode>,
    /// The ways.
    pub methods: Vec<ShippingMethod>,
}

impl ShippingMethod {
    /// Returns the price of a parcel; `None` if it is not sent in this way.
    fn price_of(&self, parcel: Parcel) -> Option<Money> {
        let price = match &self.price {
            ShippingPrice::Flat(price) => Some(*price),
            ShippingPrice::UpToWeight(tiers) => {
                tiers.iter().find(|(most, _)| parcel.weight_g <= *most).map(|(_, price)| *price)
            }
            ShippingPrice::FromValue(tiers) => {
                tiers.iter().rev().find(|(from, _)| reaches(parcel.value, *from)).map(|(_, price)| *price)
            }
        }?;
        let is_free = self.free_from.is_some_and(|from| reaches(parcel.value, from));
        Some(if is_free { price.nothing_of() } else { price })
    }
}

fn reaches(value: Money, from: Money) -> bool {
    value.currency() == from.currency() && value.amount() >= from.amount()
}

impl ShippingRates for [ShippingZone] {
    fn options(&self, destination: &Destination, parcel: Parcel) -> Vec<ShippingOption> {
        let zone = self.iter().find(|zone| zone.countries.contains(&destination.country));
        let methods = zone.iter().flat_map(|zone| &zone.methods);
        let offered = methods.filter_map(|method| {
            let price =
                method.price_of(parcel).filter(|price| price.currency() == parcel.value.currency())?;
            let (id, title) = (method.id.clone(), method.title.clone());
            Some(ShippingOption { method: id, title, price, days: method.days })
        });
        offered.collect()
    }
}
