//! The front door: a function answers only what came through it, because only there are the firewall, the cache and the
//! limits for each client.
//!
//! The front door sends a secret in a header. A function has only the secret's digest, in its environment: nothing to
//! read at init, no permission, and nothing that a leaked configuration gives away. See
//! `docs/decisions/0024-functions-know-the-front-door-by-a-digest.md`.

use std::sync::Arc;

use http::HeaderMap;
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};
use telemetry::STAGE;

use crate::environment::{Connect, Environment, InitError};
use crate::refusal::RequestRefusal;

/// The header that the front door sets. It overwrites what a client sends under this name.
pub(crate) const HEADER: &str = "x-origin-verify";

/// The variable with the digests: SHA-256 in hexadecimal, and during a rotation a second one after a comma.
const DIGESTS: &str = "ORIGIN_DIGESTS";

/// The stage that no stranger may reach by another way.
const PRODUCTION: &str = "prod";

/// The values that the front door may send. If there is none, nothing is checked.
#[derive(Debug, Clone)]
pub(crate) struct FrontDoor(Arc<[String]>);

impl Connect for FrontDoor {
    async fn connect(environment: &Environment) -> Result<Self, InitError> {
        let digests = environment.variable(DIGESTS).unwrap_or_default();
        let front_door = Self::of(digests)?;
        if front_door.0.is_empty() && environment.variable(STAGE)? == PRODUCTION {
            return Err(InitError::MissingVariable(DIGESTS));
        }
        Ok(front_door)
    }
}

impl FrontDoor {
    fn of(digests: &str) -> Result<Self, InitError> {
        let digests: Arc<[String]> = digests
            .split(',')
            .map(str::trim)
            .filter(|digest| !digest.is_empty())
            .map(str::to_owned)
            .collect();
        let is_digest = |text: &String| {
            text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        };
        if !digests.iter().all(is_digest) {
            let reason = "a SHA-256 has 64 hexadecimal digits in lower case".to_owned();
            return Err(InitError::InvalidVariable { name: DIGESTS, reason });
        }
        Ok(Self(digests))
    }

    /// Checks that a request came through the front door.
    ///
    /// # Errors
    /// If it did not.
    pub(crate) fn admit(&self, headers: &HeaderMap) -> Result<(), RequestRefusal> {
        self.admit_value(headers.get(HEADER).map(|value| value.as_bytes()))
    }

    /// The same for the header's value.
    ///
    /// # Errors
    /// If the request did not come through the front door.
    pub(crate) fn admit_value(&self, value: Option<&[u8]>) -> Result<(), RequestRefusal> {
        if self.0.is_empty() {
            return Ok(());
        }
        let value = value.filter(|value| !value.is_empty()).ok_or(RequestRefusal::FrontDoorOnly)?;
        let sent: String = Sha256::digest(value).iter().map(|byte| format!("{byte:02x}")).collect();
        let matching = self
            .0
            .iter()
            .fold(Choice::from(0), |found, accepted| found | accepted.as_bytes().ct_eq(sent.as_bytes()));
        if bool::from(matching) { Ok(()) } else { Err(RequestRefusal::FrontDoorOnly) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // printf old | sha256sum, printf new | sha256sum
    const OLD: &str = "cba06b5736faf67e54b07b561eae94395e774c517a7d910a54369e1263ccfbd4";
    const NEW: &str = "11507a0e2f5e69d5dfa40a62a1bd7b6ee57e6bcd85c67c9b8431b36fff21c437";

    fn admits(digests: &str, value: Option<&str>) -> bool {
        let front_door = FrontDoor::of(digests).unwrap();
        let mut headers = HeaderMap::new();
        if let Some(value) = value {
            headers.insert(HEADER, value.parse().unwrap());
        }
        front_door.admit(&headers).is_ok()
    }

    #[test]
    fn either_of_two_values_is_accepted_and_no_other() {
        let both = format!("{OLD},{NEW}");
        for (digests, value, expected) in [
            (OLD, Some("old"), true),
            (OLD, Some("new"), false),
            (&*both, Some("old"), true),
            (&*both, Some("new"), true),
            (&*both, Some("older"), false),
            (&*both, Some(""), false),
            (&*both, Some(OLD), false),
            (&*both, None, false),
            ("", None, true),
            ("", Some("anything"), true),
        ] {
            assert_eq!(admits(digests, value), expected, "{value:?} with {digests:?}");
        }
    }

    #[test]
    fn a_malformed_digest_fails_the_init() {
        for malformed in ["secret", &OLD[1..], &OLD.to_uppercase(), &format!("{OLD},{}", &NEW[..63])] {
            assert!(FrontDoor::of(malformed).is_err(), "{malformed}");
        }
    }
}
