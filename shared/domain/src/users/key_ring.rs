//! The keys that sign access tokens, and how one replaces another without a token being refused.
//!
//! A key is published before it signs, and stays published after it has signed its last token, both for longer than anyone
//! keeps a copy of the keys: [`OVERLAP`].

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How long a key signs until the next one is published.
pub const REPLACED_AFTER: SignedDuration = SignedDuration::from_hours(90 * 24);

/// How long a key is published before it signs, and after it has been replaced. Published keys are cached for ten minutes,
/// and a token is valid for ten minutes.
pub const OVERLAP: SignedDuration = SignedDuration::from_hours(24);

/// A key, and when it entered its state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dated<K> {
    /// The key.
    pub key: K,
    /// When it entered its state.
    pub since: Timestamp,
}

/// The keys that verify tokens. One of them signs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRing<K> {
    /// The key that signs.
    pub signing: Dated<K>,
    /// The key that signs next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<Dated<K>>,
    /// The key that has signed until now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retired: Option<Dated<K>>,
}

/// One step of a rotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// The next key is published.
    Publish,
    /// The next key signs from now on, and the key before it is retired.
    Switch,
    /// The retired key is withdrawn: tokens that it has signed are refused.
    Withdraw,
    /// A new key signs immediately, and no other verifies: every token that was issued is refused. For a key that others know.
    Replace,
}

impl<K: Clone> KeyRing<K> {
    /// Creates a ring of one key, which signs.
    #[must_use]
    pub fn of(key: K, since: Timestamp) -> Self {
        Self { signing: Dated { key, since }, next: None, retired: None }
    }

    /// Returns the keys to publish: what verifies tokens now, or soon.
    pub fn published(&self) -> impl Iterator<Item = &K> {
        [Some(&self.signing), self.next.as_ref(), self.retired.as_ref()]
            .into_iter()
            .flatten()
            .map(|it| &it.key)
    }

    /// Returns the step that a rotation takes next.
    #[must_use]
    pub fn next_step(&self) -> Step {
        match (&self.retired, &self.next) {
            (Some(_), _) => Step::Withdraw,
            (None, Some(_)) => Step::Switch,
            (None, None) => Step::Publish,
        }
    }

    /// Returns the step that is due, if one is. The keys of this ring have been published since `published_at`, which can be
    /// later than they entered their states: a run can die in between.
    #[must_use]
    pub fn due(&self, published_at: Timestamp, now: Timestamp) -> Option<Step> {
        let (since, after) = match (&self.retired, &self.next) {
            (Some(changed), _) | (None, Some(changed)) => (changed.since.max(published_at), OVERLAP),
            (None, None) => (self.signing.since, REPLACED_AFTER),
        };
        (now.duration_since(since) >= after).then(|| self.next_step())
    }

    /// Takes a step, whether it is due or not. `fresh` becomes a key of the ring if the step needs a new one. `None` if the
    /// step is not the next one: a key cannot sign that was never published.
    #[must_use]
    pub fn take(&self, step: Step, fresh: K, now: Timestamp) -> Option<Self> {
        let fresh = Dated { key: fresh, since: now };
        if step == Step::Replace {
            return Some(Self { signing: fresh, next: None, retired: None });
        }
        if step != self.next_step() {
            return None;
        }
        let Self { signing, next, .. } = self.clone();
        Some(match next {
            Some(next) if step == Step::Switch => Self {
                signing: Dated { since: now, ..next },
                next: None,
                retired: Some(Dated { since: now, ..signing }),
            },
            next if step == Step::Withdraw => Self { signing, next, retired: None },
            _ => Self { signing, next: Some(fresh), retired: None },
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    const START: Timestamp = Timestamp::UNIX_EPOCH;

    fn hours(hours: i64) -> Timestamp {
        START + SignedDuration::from_hours(hours)
    }

    /// Runs the schedule at `now`, with the time as its fresh key.
    fn run(ring: &KeyRing<i64>, now: Timestamp) -> Option<KeyRing<i64>> {
        ring.take(ring.due(START, now)?, now.as_second(), now)
    }

    #[test]
    fn a_rotation_takes_three_runs() {
        let first = KeyRing::of(0, START);
        let ninety_days = 90 * 24;
        assert_eq!(run(&first, hours(ninety_days) - SignedDuration::from_secs(1)), None);
        let published = run(&first, hours(ninety_days)).unwrap();
        assert_eq!(published.published().count(), 2);
        assert_eq!(published.signing, first.signing);

        assert_eq!(run(&published, hours(ninety_days + 24) - SignedDuration::from_secs(1)), None);
        let switched = run(&published, hours(ninety_days + 24)).unwrap();
        assert_eq!(switched.published().count(), 2);
        assert_eq!(switched.signing.key, published.next.unwrap().key);
        assert_eq!(switched.retired.as_ref().unwrap().key, 0);

        assert_eq!(run(&switched, hours(ninety_days + 48) - SignedDuration::from_secs(1)), None);
        let withdrawn = run(&switched, hours(ninety_days + 48)).unwrap();
        assert_eq!(withdrawn, KeyRing { retired: None, ..switched });
    }

    #[test]
    fn a_replaced_key_verifies_nothing_at_once() {
        let mut ring = KeyRing::of(0, START);
        for step in [Step::Publish, Step::Switch, Step::Withdraw] {
            let replaced = ring.take(Step::Replace, 7, hours(1)).unwrap();
            assert_eq!(replaced, KeyRing::of(7, hours(1)));
            ring = ring.take(step, 1, hours(1)).unwrap();
        }
    }

    #[test]
    fn a_key_that_was_published_late_signs_later() {
        let published = KeyRing::of(0, START).take(Step::Publish, 1, START).unwrap();
        let late = hours(20);
        assert_eq!(published.due(late, hours(43)), None);
        assert_eq!(published.due(late, hours(44)), Some(Step::Switch));
        let switched = published.take(Step::Switch, 2, hours(44)).unwrap();
        assert_eq!(
            switched.due(hours(50), hours(73)),
            None,
            "a token of the retired key was refused meanwhile"
        );
        assert_eq!(switched.due(hours(50), hours(74)), Some(Step::Withdraw));
    }

    #[test]
    fn a_step_out_of_order_is_not_taken() {
        let first = KeyRing::of(0, START);
        let published = first.take(Step::Publish, 1, START).unwrap();
        let switched = published.take(Step::Switch, 2, START).unwrap();
        for (ring, next) in [(first, Step::Publish), (published, Step::Switch), (switched, Step::Withdraw)] {
            for step in [Step::Publish, Step::Switch, Step::Withdraw] {
                assert_eq!(ring.take(step, 9, START).is_some(), step == next, "{step:?} of {ring:?}");
            }
        }
    }

    #[test]
    fn what_is_stored_is_the_same_in_every_version() {
        let ring = KeyRing::of(0, START).take(Step::Publish, 1, hours(1)).unwrap();
        let stored = r#"{"signing":{"key":0,"since":"1970-01-01T00:00:00Z"},"next":{"key":1,"since":"1970-01-01T01:00:00Z"}}"#;
        assert_eq!(serde_json::to_string(&ring).unwrap(), stored);
        assert_eq!(serde_json::from_str::<KeyRing<i64>>(stored).unwrap(), ring);
    }

    proptest! {
        /// However late or often the schedule runs: each key is published for a day before it signs and for a day after, and
        /// never more than two are.
        #[test]
        fn every_key_is_published_for_a_day_before_it_signs_and_after(waits in prop::collection::vec(1_i64..60 * 24, 1..200)) {
            let mut ring = KeyRing::of(-1, START);
            let (mut published, mut retired) = (BTreeMap::new(), BTreeMap::new());
            let mut now = START;
            for wait in waits {
                now += SignedDuration::from_hours(wait);
                let Some(after) = run(&ring, now) else { continue };
                for key in after.published().filter(|key| !ring.published().any(|known| known == *key)) {
                    published.insert(*key, now);
                }
                if after.signing.key != ring.signing.key {
                    prop_assert!(now.duration_since(published[&after.signing.key]) >= OVERLAP);
                    prop_assert!(now.duration_since(ring.signing.since) >= REPLACED_AFTER + OVERLAP);
                    retired.insert(ring.signing.key, now);
                }
                for key in ring.published().filter(|key| !after.published().any(|known| known == *key)) {
                    prop_assert!(now.duration_since(retired[key]) >= OVERLAP);
                }
                prop_assert!(after.published().count() <= 2);
                ring = after;
            }
        }
    }
}
