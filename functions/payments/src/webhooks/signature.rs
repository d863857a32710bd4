//! Stripe's signature of a webhook (<https://docs.stripe.com/webhooks/signature>): HMAC-SHA256 over the time and the body,
//! with the endpoint's secret. While a secret is replaced, Stripe signs with both.

use aws_lc_rs::hmac::{self, HMAC_SHA256};
use jiff::{SignedDuration, Timestamp};

/// How far the time of a signature may be from now, in either direction. After that, a recorded request is worth nothing.
pub const TOLERANCE: SignedDuration = SignedDuration::from_mins(5);

/// The header `Stripe-Signature`: `t=…,v1=…`, with any number of `v1`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// The time as it was signed.
    time: String,
    signed_at: Timestamp,
    macs: Vec<Vec<u8>>,
}

impl Signature {
    /// Parses the header; `None` if it has no time, or no signature of the version that is known here.
    #[must_use]
    pub fn parse(header: &str) -> Option<Self> {
        let parts = || header.split(',').filter_map(|part| part.trim().split_once('='));
        let (_, time) = parts().find(|(name, _)| *name == "t")?;
        let signed_at = Timestamp::from_second(time.parse().ok()?).ok()?;
        let macs: Vec<_> =
            parts().filter(|(name, _)| *name == "v1").filter_map(|(_, mac)| bytes(mac)).collect();
        (!macs.is_empty()).then(|| Self { time: time.to_owned(), signed_at, macs })
    }

    /// Returns whether it was made about now.
    #[must_use]
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        now.duration_since(self.signed_at).abs() <= TOLERANCE
    }

    /// Returns whether it is one of the body with one of the secrets. Each comparison takes the same time whatever differs.
    #[must_use]
    pub fn is_of(&self, body: &[u8], secrets: &[hmac::Key]) -> bool {
        let signed = [self.time.as_bytes(), b".", body].concat();
        secrets.iter().any(|secret| self.macs.iter().any(|mac| hmac::verify(secret, &signed, mac).is_ok()))
    }
}

/// Returns the keys of the secrets in a text, which are separated by white space or commas.
#[must_use]
pub fn keys(secrets: &str) -> Vec<hmac::Key> {
    let each = secrets.split(|c: char| c == ',' || c.is_whitespace()).filter(|secret| !secret.is_empty());
    each.map(|secret| hmac::Key::new(HMAC_SHA256, secret.as_bytes())).collect()
}

/// Decodes hexadecimal digits.
fn bytes(digits: &str) -> Option<Vec<u8>> {
    let digits = digits.as_bytes();
    let value = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
    let byte = |pair: &[u8]| match pair {
        [high, low] => Some(value(*high)? << 4 | value(*low)?),
        _ => None,
    };
    digits.chunks(2).map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = br#"{"id":"evt_1"}"#;
    const SECRET: &str = "whsec_test_secret";
    const V1: &str = "621e30333c3e6f1df3159281b9d0e6983411cc64573a2fb2802f56791c7a24c1";

    fn header(rest: &str) -> String {
        format!("t=1790000000,{rest}")
    }

    fn signed(rest: &str) -> Signature {
        Signature::parse(&header(rest)).unwrap()
    }

    #[test]
    fn a_signature_is_of_its_body_and_secret_only() {
        let signature = signed(&format!("v1={V1}"));
        assert!(signature.is_of(BODY, &keys(SECRET)));
        assert!(!signature.is_of(br#"{"id":"evt_2"}"#, &keys(SECRET)));
        assert!(!signature.is_of(BODY, &keys("whsec_another")));
        assert!(!signature.is_of(BODY, &keys("")), "no secret");
        let later = Signature::parse(&format!("t=1790000001,v1={V1}")).unwrap();
        assert!(!later.is_of(BODY, &keys(SECRET)), "the time is signed, too");
        let zero = format!("v1={}", "0".repeat(64));
        assert!(!signed(&zero).is_of(BODY, &keys(SECRET)));
    }

    #[test]
    fn while_a_secret_is_replaced_either_is_accepted() {
        for secrets in ["whsec_new whsec_test_secret", "whsec_test_secret,whsec_new", " whsec_test_secret\n"]
        {
            assert!(signed(&format!("v1={V1}")).is_of(BODY, &keys(secrets)), "{secrets}");
        }
        let both = format!("v1={},v1={V1},v0=ff", "ab".repeat(32));
        assert!(signed(&both).is_of(BODY, &keys(SECRET)));
    }

    #[test]
    fn a_signature_is_accepted_for_five_minutes() {
        let signature = signed(&format!("v1={V1}"));
        let at = |second: i64| Timestamp::from_second(second).unwrap();
        for (second, is_fresh) in [
            (1_790_000_000, true),
            (1_790_000_300, true),
            (1_790_000_301, false),
            (1_789_999_700, true),
            (1_789_999_699, false),
        ] {
            assert_eq!(signature.is_fresh(at(second)), is_fresh, "{second}");
        }
    }

    #[test]
    fn a_header_without_time_or_signature_is_none() {
        for bad in [
            "",
            "t=1790000000",
            "v1=ab",
            "t=soon,v1=ab",
            "t=1790000000,v1=xyz",
            "t=1790000000,v1=abc",
            "t=99999999999999999,v1=ab",
        ] {
            assert_eq!(Signature::parse(bad), None, "{bad}");
        }
    }
}
