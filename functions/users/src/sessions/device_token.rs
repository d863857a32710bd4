//! Device tokens: they tell a client that a user has signed in with before from any other (OWASP's "device cookies",
//! <https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies>).
//!
//! `<device id>.<base64url of a MAC>`: an HMAC-SHA256 over the device and the user. Its key is derived from the hash of the
//! user's password, so no other secret is read to sign somebody in, and a new password makes every device a stranger again.
//! Another hash of the same password does not: the credential then keeps the key.
//! Whoever could compute one from the table could also guess the password without the shop.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::words::id::DeviceId;
use jiff::{SignedDuration, Timestamp};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::accounts::rows::Credential;
use crate::keys::secret::{KeyError, to_row};

/// How long a device is known.
const LIFETIME: SignedDuration = SignedDuration::from_hours(180 * 24);

/// The purpose of the key. Another text derives another key.
const PURPOSE: &[u8] = b"bodega devices v1";

/// Returns the token of a device with which the credential's user has signed in.
///
/// # Errors
/// If the key cannot be derived.
pub fn issue(device: DeviceId, credential: &Credential) -> Result<SecretString, KeyError> {
    let mac = hmac::sign(&mac_key(credential)?, &signed(device, credential));
    Ok(format!("{device}.{}", URL_SAFE_NO_PAD.encode(mac)).into())
}

/// Returns the device that a token proves. A token that proves nothing is no error: its client is a stranger.
#[must_use]
pub fn known(token: &SecretString, credential: &Credential, now: Timestamp) -> Option<DeviceId> {
    let (device, mac) = token.expose_secret().split_once('.')?;
    let device: DeviceId = device.parse().ok()?;
    let mac = URL_SAFE_NO_PAD.decode(mac).ok()?;
    hmac::verify(&mac_key(credential).ok()?, &signed(device, credential), &mac).ok()?;
    (now < device.created_at() + LIFETIME).then_some(device)
}

/// The key of the tokens of a user's devices, in base64url. `Debug` does not show it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DeviceKey(#[serde(serialize_with = "to_row")] SecretString);

impl DeviceKey {
    /// Returns a credential's, to be stored with it.
    ///
    /// # Errors
    /// If it cannot be derived.
    pub fn of(credential: &Credential) -> Result<Self, KeyError> {
        Ok(Self(URL_SAFE_NO_PAD.encode(&*key(credential)?).into()))
    }
}

/// Returns the key of a credential's tokens: the one that is stored with it, or else that of its hash.
fn key(credential: &Credential) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    match &credential.device_key {
        Some(DeviceKey(stored)) => {
            let bytes = URL_SAFE_NO_PAD.decode(stored.expose_secret());
            bytes.map(Zeroizing::new).map_err(|_| KeyError::Malformed)
        }
        None => Ok(Zeroizing::new(credential.password_hash.derived(PURPOSE)?.to_vec())),
    }
}

fn mac_key(credential: &Credential) -> Result<hmac::Key, KeyError> {
    Ok(hmac::Key::new(hmac::HMAC_SHA256, &key(credential)?))
}

fn signed(device: DeviceId, credential: &Credential) -> Vec<u8> {
    format!("device\n{device}\n{}", credential.user_id).into_bytes()
}

#[cfg(test)]
mod tests {
    use domain::words::id::UserId;
    use domain::words::person::Email;

    use super::*;
    use crate::accounts::password::PasswordHash;

    const HASH: &str =
        "$argon2id$v=19$m=19456,t=2,p=1$IBUH8qBndE3dwZujRSpA2Q$hiT8k2K+X2QsAznewkPb8xEPi4Z9ITpwBaG6EtEIQcw";

    fn credential(user: u128, hash: &str) -> Credential {
        Credential {
            email: Email::try_new("ada@example.com").unwrap(),
            user_id: UserId::from_parts(0, user),
            password_hash: PasswordHash::from(SecretString::from(hash)),
            password_version: 1,
            device_key: None,
        }
    }

    fn device() -> DeviceId {
        DeviceId::from_parts(0, 1)
    }

    #[test]
    fn a_device_is_known_to_its_user_for_half_a_year_or_until_the_password_changes() {
        let ada = credential(1, HASH);
        let token = issue(device(), &ada).unwrap();
        let end = Timestamp::UNIX_EPOCH + LIFETIME;
        assert_eq!(known(&token, &ada, end - SignedDuration::from_nanos(1)), Some(device()));
        assert_eq!(known(&token, &ada, end), None, "too old");
        assert_eq!(known(&token, &credential(2, HASH), Timestamp::UNIX_EPOCH), None, "another user");
        let changed = credential(1, &HASH.replace("hiT8", "hiT9"));
        assert_eq!(known(&token, &changed, Timestamp::UNIX_EPOCH), None, "another password");
    }

    #[test]
    fn a_device_stays_known_when_the_same_password_is_hashed_again() {
        let (ada, again) =
            (credential(1, HASH), PasswordHash::from(SecretString::from(HASH.replace("hiT8", "hiT9"))));
        let token = issue(device(), &ada).unwrap();
        let renewed = ada.with_hash(again.clone()).unwrap();
        let twice = renewed.with_hash(PasswordHash::dummy()).unwrap();
        for credential in [&renewed, &twice] {
            assert_eq!(known(&token, credential, Timestamp::UNIX_EPOCH), Some(device()));
        }
        assert_eq!(
            known(&token, &renewed.with_password(again), Timestamp::UNIX_EPOCH),
            None,
            "another password"
        );
        assert!(!format!("{:?}", twice.device_key).contains(DeviceKey::of(&ada).unwrap().0.expose_secret()));
    }

    #[test]
    fn an_altered_token_proves_nothing() {
        let ada = credential(1, HASH);
        let token = issue(device(), &ada).unwrap();
        let text = token.expose_secret();
        let other = issue(DeviceId::from_parts(0, 2), &ada).unwrap();
        let (_, other_mac) = other.expose_secret().split_once('.').unwrap();
        for bad in [
            String::new(),
            ".".to_owned(),
            device().to_string(),
            format!("{}.{other_mac}", device()),
            text[..text.len() - 1].to_owned(),
            format!("{text}A"),
            "x".repeat(10_000),
        ] {
            assert_eq!(known(&bad.clone().into(), &ada, Timestamp::UNIX_EPOCH), None, "{bad}");
        }
    }

    #[test]
    fn a_device_has_the_same_token_in_every_version() {
        insta::assert_snapshot!(issue(device(), &credential(1, HASH)).unwrap().expose_secret(), @"dev_00000000000000000000000001.QCJTMbqIooQwnPHaiFhagRwivl9kPrx4TxO81FIiVko");
    }
}
