//! What is ordered on which day, and what becomes of it: drawn, and the same at each run.

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

/// The same orders at each run.
const SEED: u64 = 0x0B0D_E6A5;

/// How many of a hundred orders are placed by guests.
const GUESTS: u32 = 70;

/// A card that takes every charge.
pub(super) const GOOD_CARD: &str = "pm_card_visa";

/// What becomes of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Delivered,
    InTwoParcels,
    /// The card is declined, and the customer leaves.
    Declined,
    /// The card is declined, and the customer pays with another.
    PaidAtLast,
    /// The customer confirms the payment with their bank.
    Authenticated,
    /// The bank asks, and the customer does not answer.
    Abandoned,
    /// The bank asks, and the customer cancels.
    Cancelled,
    CancelledPaid,
    /// One piece is broken before it is shipped, and cancelled.
    PartlyCancelled,
    Returned,
    /// One piece comes back, and cannot be sold again.
    PartlyReturned,
    /// Some money is refunded for a delay.
    Refunded,
    /// The payment gateway refuses that refund.
    RefundFails,
    /// The customer's bank gives that refund back days later: the card was closed.
    RefundReturned,
    DisputeLost,
    /// The shop wins, and ships after all.
    DisputeWon,
}

/// How often each is drawn, of 100.
const FATES: [(Fate, u32); 16] = [
    (Fate::Delivered, 53),
    (Fate::RefundReturned, 1),
    (Fate::InTwoParcels, 9),
    (Fate::Declined, 4),
    (Fate::PaidAtLast, 4),
    (Fate::Authenticated, 6),
    (Fate::Abandoned, 2),
    (Fate::Cancelled, 2),
    (Fate::CancelledPaid, 3),
    (Fate::PartlyCancelled, 2),
    (Fate::Returned, 4),
    (Fate::PartlyReturned, 4),
    (Fate::Refunded, 3),
    (Fate::RefundFails, 1),
    (Fate::DisputeLost, 1),
    (Fate::DisputeWon, 1),
];

/// What somebody does with an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    Place,
    PayAgain,
    Authenticate,
    Cancel,
    CancelPiece,
    ShipPart,
    Ship,
    Deliver,
    Refund,
    ReturnRefund,
    Return,
    Receive,
    DecideDispute,
}

impl Fate {
    /// Returns the steps after the order is placed, each with the number of days since then.
    pub(super) fn steps(self, capture_on_shipment: bool) -> &'static [(u32, Step)] {
        match self {
            // Nobody disputes what was not captured yet.
            Self::DisputeLost | Self::DisputeWon if capture_on_shipment => {
                &[(1, Step::Ship), (3, Step::Deliver), (12, Step::DecideDispute)]
            }
            Self::Delivered => &[(1, Step::Ship), (3, Step::Deliver)],
            Self::InTwoParcels => &[(1, Step::ShipPart), (3, Step::Ship), (5, Step::Deliver)],
            Self::Declined | Self::Abandoned => &[],
            Self::PaidAtLast => &[(0, Step::PayAgain), (1, Step::Ship), (4, Step::Deliver)],
            Self::Authenticated => &[(0, Step::Authenticate), (2, Step::Ship), (4, Step::Deliver)],
            Self::Cancelled | Self::CancelledPaid => &[(0, Step::Cancel)],
            Self::PartlyCancelled => &[(1, Step::CancelPiece), (1, Step::Ship), (3, Step::Deliver)],
            Self::Returned | Self::PartlyReturned => {
                &[(1, Step::Ship), (3, Step::Deliver), (5, Step::Return), (8, Step::Receive)]
            }
            Self::Refunded | Self::RefundFails => &[(1, Step::Ship), (6, Step::Deliver), (7, Step::Refund)],
            Self::RefundReturned => {
                &[(1, Step::Ship), (3, Step::Deliver), (4, Step::Refund), (9, Step::ReturnRefund)]
            }
            Self::DisputeLost => &[(12, Step::DecideDispute)],
            Self::DisputeWon => &[(12, Step::DecideDispute), (13, Step::Ship), (15, Step::Deliver)],
        }
    }

    /// Returns the payment method that the order is placed with.
    pub(super) fn payment_method(self) -> &'static str {
        match self {
            Self::Declined | Self::PaidAtLast => "pm_card_visa_chargeDeclined",
            Self::Authenticated | Self::Abandoned | Self::Cancelled => "pm_card_authenticationRequired",
            Self::RefundFails => "pm_sandbox_refundFailed",
            Self::RefundReturned => "pm_card_refundFail",
            Self::DisputeLost | Self::DisputeWon => "pm_card_createDispute",
            _ => GOOD_CARD,
        }
    }

    pub(super) fn wins_dispute(self) -> bool {
        self == Self::DisputeWon
    }

    fn comes_back(self) -> bool {
        matches!(self, Self::Returned | Self::PartlyReturned)
    }

    pub(super) fn is_returned_in_part(self) -> bool {
        self == Self::PartlyReturned
    }
}

/// An order that is to be placed.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Planned {
    pub(super) number: u32,
    /// The first day is 0.
    pub(super) day: u32,
    /// The account that orders; nothing for a guest.
    pub(super) account: Option<u32>,
    pub(super) fate: Fate,
    /// SKUs, each once.
    pub(super) lines: Vec<(String, u32)>,
    pub(super) address: Value,
}

/// Draws the orders of so many days, which get more from day to day, and the most on Saturdays.
pub(super) fn drawn((orders, days): (u32, u32), accounts: u32, skus: &[String]) -> Vec<Planned> {
    let mut rng = StdRng::seed_from_u64(SEED);
    let weights: Vec<u32> =
        (0..days).map(|day| 20 + 20 * day / days + 10 * u32::from(day % 7 == 6)).collect();
    let day = |rng: &mut StdRng| {
        let mut drawn = rng.random_range(0..weights.iter().sum::<u32>());
        weights
            .iter()
            .take_while(|weight| {
                drawn.checked_sub(**weight).is_some_and(|left| {
                    drawn = left;
                    true
                })
            })
            .count()
    };
    let mut planned: Vec<Planned> = (0..orders)
        .map(|_| {
            let fate = FATES.choose_weighted(&mut rng, |(_, weight)| *weight);
            let fate = fate.map_or(Fate::Delivered, |(fate, _)| *fate);
            // Days later, a guest would have to be found again. Who leaves orders unpaid may not order for a while.
            let is_regular = fate.payment_method() == GOOD_CARD && rng.random_range(0..100) >= GUESTS;
            let has_account = fate.comes_back() || is_regular;
            Planned {
                number: 0,
                day: u32::try_from(day(&mut rng)).unwrap_or_default(),
                account: has_account.then(|| rng.random_range(0..accounts)),
                fate,
                lines: lines(&mut rng, skus),
                address: address(&mut rng),
            }
        })
        .collect();
    planned.sort_by_key(|planned| planned.day);
    (0..).zip(&mut planned).for_each(|(number, planned)| planned.number = number);
    planned
}

fn lines(rng: &mut StdRng, skus: &[String]) -> Vec<(String, u32)> {
    let wanted = rng.random_range(1..=3);
    let skus: Vec<&String> = skus.sample(rng, wanted).collect();
    skus.into_iter().map(|sku| (sku.clone(), rng.random_range(1..=3))).collect()
}

fn address(rng: &mut StdRng) -> Value {
    let places = [
        ("Calle Mayor 1", "Madrid", Some("M"), "28013", "ES"),
        ("Carrer de Balmes 12", "Barcelona", Some("B"), "08007", "ES"),
        ("Calle Sierpes 40", "Sevilla", Some("SE"), "41004", "ES"),
        ("Torstraße 60", "Berlin", None, "10119", "DE"),
        ("12 rue de Rivoli", "Paris", None, "75004", "FR"),
    ];
    let (line1, city, region, postal_code, country) = places[rng.random_range(0..places.len())];
    let mut address = json!({
        "name": "Alex Doe", "line1": line1, "city": city, "postal_code": postal_code, "country": country,
    });
    if let Some(region) = region {
        address["region"] = region.into();
    }
    address
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_plan_is_the_same_at_each_run_and_has_every_fate_and_every_day() {
        let skus: Vec<String> = ["A", "B", "C", "D"].map(str::to_owned).into();
        let planned = drawn((1_000, 30), 10, &skus);
        assert_eq!(planned, drawn((1_000, 30), 10, &skus));
        let days: BTreeSet<u32> = planned.iter().map(|planned| planned.day).collect();
        assert_eq!(days, (0..30).collect());
        for (fate, _) in FATES {
            assert!(planned.iter().any(|planned| planned.fate == fate), "{fate:?}");
        }
        assert_eq!(FATES.map(|(_, weight)| weight).iter().sum::<u32>(), 100);
        assert!(planned.iter().all(|planned| planned.account.is_none_or(|account| account < 10)));
        for Planned { lines, .. } in planned {
            let different: BTreeSet<&String> = lines.iter().map(|(sku, _)| sku).collect();
            assert!(different.len() == lines.len() && !lines.is_empty(), "{lines:?}");
        }
    }
}
