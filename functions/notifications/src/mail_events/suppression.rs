//! Addresses that get no mails, because earlier ones bounced or were unwanted. A sender that goes on writing to them
//! counts as a spammer, and then nobody gets its mails
//! (<https://docs.aws.amazon.com/ses/latest/dg/reputationdashboardmessages.html>).

use domain::words::person::Email;
use domain::words::sha256;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::mail_events::mail_event::{FailureKind, MailFailure};
use crate::mails::mail::Kind;

/// After so many bounces that may pass, an address gets no mails for [`PAUSE`].
const TRANSIENT_BOUNCES: usize = 3;

/// How far apart these bounces are at most, and how long the pause is that they cause.
const PAUSE: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The SHA-256 of an address: the table holds no address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressHash(String);

impl AddressHash {
    /// Returns an address's hash.
    #[must_use]
    pub fn of(email: &Email) -> Self {
        Self(sha256::hex(email.as_ref()))
    }
}

impl std::fmt::Display for AddressHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// What has happened to the mails to an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suppression {
    /// The address.
    pub address: AddressHash,
    /// When a mail bounced for good, as the first report that arrived says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bounced_at: Option<Timestamp>,
    /// When a mail was reported as unwanted, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub complained_at: Option<Timestamp>,
    /// The newest bounces that may pass, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transient_bounces: Vec<TransientBounce>,
}

/// A bounce that may pass.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TransientBounce {
    /// When.
    pub at: Timestamp,
    /// The id of SES's event, by which a second delivery of it is recognised.
    pub feedback_id: String,
}

/// Why an address gets no mail of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Reason {
    /// Mails to it bounce for good.
    Bounced,
    /// Mails to it have bounced again and again. They are tried again after a week.
    Paused,
    /// Its owner does not want them.
    Complained,
}

impl Suppression {
    /// Returns an address about which nothing is known.
    #[must_use]
    pub fn none(address: AddressHash) -> Self {
        Self { address, bounced_at: None, complained_at: None, transient_bounces: Vec::new() }
    }

    /// Records a failure. `None` if it is recorded already.
    #[must_use]
    pub fn record(&self, failure: &MailFailure) -> Option<Self> {
        let mut recorded = self.clone();
        match failure.kind {
            FailureKind::PermanentBounce | FailureKind::NotTried => {
                recorded.bounced_at = self.bounced_at.or(Some(failure.at))
            }
            FailureKind::Complaint => recorded.complained_at = self.complained_at.or(Some(failure.at)),
            FailureKind::TransientBounce => {
                let bounce = TransientBounce { at: failure.at, feedback_id: failure.feedback_id.clone() };
                if !recorded.transient_bounces.contains(&bounce) {
                    recorded.transient_bounces.push(bounce);
                    recorded.transient_bounces.sort();
                    let excess = recorded.transient_bounces.len().saturating_sub(TRANSIENT_BOUNCES);
                    recorded.transient_bounces.drain(..excess);
                }
            }
        }
        (recorded != *self).then_some(recorded)
    }

    /// Returns why a mail of `kind` is not sent. `None` if it is: after a complaint, an address still gets what concerns the
    /// account's security, and what the law requires.
    #[must_use]
    pub fn stops(&self, kind: Kind, now: Timestamp) -> Option<Reason> {
        if self.bounced_at.is_some() {
            return Some(Reason::Bounced);
        }
        if self.paused_until().is_some_and(|until| now < until) {
            return Some(Reason::Paused);
        }
        (self.complained_at.is_some() && !kind.is_required()).then_some(Reason::Complained)
    }

    /// Returns until when bounces that may pass stop all mails, if they do.
    fn paused_until(&self) -> Option<Timestamp> {
        let [oldest, .., newest] = &*self.transient_bounces else { return None };
        let is_full = self.transient_bounces.len() == TRANSIENT_BOUNCES;
        (is_full && newest.at.duration_since(oldest.at) < PAUSE).then(|| newest.at + PAUSE)
    }

    /// Returns when the record has no effect any more; `None` if it always has one.
    #[must_use]
    pub fn ends_at(&self) -> Option<Timestamp> {
        if self.bounced_at.is_some() || self.complained_at.is_some() {
            return None;
        }
        self.transient_bounces.last().map(|newest| newest.at + PAUSE)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use strum::VariantArray;

    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn failure(kind: FailureKind, hour: i64, id: u8) -> MailFailure {
        let at = NOW + SignedDuration::from_hours(hour);
        MailFailure { kind, feedback_id: id.to_string(), at, addresses: Vec::new() }
    }

    fn none() -> Suppression {
        Suppression::none(AddressHash::of(&Email::try_new("ada@example.com").unwrap()))
    }

    fn after(failures: &[MailFailure]) -> Suppression {
        failures.iter().fold(none(), |record, failure| record.record(failure).unwrap_or(record))
    }

    fn hours(hours: i64) -> Timestamp {
        NOW + SignedDuration::from_hours(hours)
    }

    #[test]
    fn after_a_bounce_for_good_an_address_gets_nothing() {
        let bounced = after(&[failure(FailureKind::PermanentBounce, 0, 1)]);
        for kind in Kind::VARIANTS {
            assert_eq!(bounced.stops(*kind, hours(100_000)), Some(Reason::Bounced), "{kind:?}");
        }
        assert_eq!(bounced.ends_at(), None);
    }

    #[test]
    fn after_a_complaint_an_address_gets_what_is_required() {
        let complained = after(&[failure(FailureKind::Complaint, 0, 1)]);
        for kind in Kind::VARIANTS {
            let reason = (!kind.is_required()).then_some(Reason::Complained);
            assert_eq!(complained.stops(*kind, hours(100_000)), reason, "{kind:?}");
        }
        assert_eq!(complained.ends_at(), None);
    }

    #[test]
    fn three_bounces_within_a_week_pause_the_mails_for_a_week() {
        let bounces = |hours: [i64; 3]| {
            after(&[0, 1, 2].map(|n: u8| failure(FailureKind::TransientBounce, hours[usize::from(n)], n)))
        };
        let paused = bounces([0, 24, 167]);
        assert_eq!(paused.stops(Kind::OrderReceived, hours(168)), Some(Reason::Paused));
        let end = hours(167 + 168);
        assert_eq!(
            paused.stops(Kind::OrderReceived, end - SignedDuration::from_nanos(1)),
            Some(Reason::Paused)
        );
        assert_eq!((paused.stops(Kind::OrderReceived, end), paused.ends_at()), (None, Some(end)));
        assert_eq!(bounces([0, 24, 168]).stops(Kind::OrderReceived, hours(168)), None, "further apart");
        let twice = failure(FailureKind::TransientBounce, 0, 1);
        let repeated = after(&[twice.clone(), twice.clone(), twice.clone(), failure(twice.kind, 1, 2)]);
        assert_eq!(repeated.stops(Kind::OrderReceived, hours(2)), None, "one event was delivered again");
        assert_eq!(after(std::slice::from_ref(&twice)).record(&twice), None);
    }

    fn failures() -> impl Strategy<Value = Vec<MailFailure>> {
        const KINDS: [FailureKind; 3] =
            [FailureKind::PermanentBounce, FailureKind::TransientBounce, FailureKind::Complaint];
        let failure = (proptest::sample::select(&KINDS[..]), 0i64..400)
            .prop_map(|(kind, hour)| failure(kind, hour, u8::try_from(hour % 250).unwrap()));
        proptest::collection::vec(failure, 0..8)
    }

    proptest! {
        /// SQS and SNS deliver events in any order, and more than once.
        #[test]
        fn the_order_and_the_number_of_deliveries_do_not_matter(
            (failures, shuffled) in failures().prop_flat_map(|all| {
                let twice: Vec<_> = all.iter().chain(&all).cloned().collect();
                (Just(all), Just(twice).prop_shuffle())
            }),
            hour in 0i64..800,
        ) {
            let (one, other) = (after(&failures), after(&shuffled));
            for kind in Kind::VARIANTS {
                prop_assert_eq!(one.stops(*kind, hours(hour)), other.stops(*kind, hours(hour)));
            }
        }

        #[test]
        fn a_record_that_has_ended_stops_nothing(failures in failures(), hour in 0i64..800) {
            let record = after(&failures);
            if record.ends_at().is_some_and(|end| end <= hours(hour)) {
                prop_assert!(Kind::VARIANTS.iter().all(|kind| record.stops(*kind, hours(hour)).is_none()));
            }
        }
    }
}
