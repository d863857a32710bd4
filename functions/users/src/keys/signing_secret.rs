//! The signing secret: what it holds, in the form that the template generates and in the one that a rotation writes.

use std::fmt;

use aws_lc_rs::rand;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::users::key_ring::{KeyRing, Step};
use edge::{Connect, Environment, InitError};
use jiff::Timestamp;
use jsonwebtoken::jwk::Jwk;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::keys::secret::{KeyError, Secret, SecretError, Version, to_row};
use crate::keys::signing_key::SigningKey;

/// As many characters as the template generates come from this many bytes.
const RANDOM_BYTES: usize = 48;

/// The place of the signing secret.
#[derive(Debug, Clone)]
pub struct SigningSecret(Secret);

impl Connect for SigningSecret {
    async fn connect(environment: &Environment) -> Result<Self, InitError> {
        Ok(Self::at(Secret::at(environment, "SIGNING_SECRET_ARN")?))
    }
}

impl SigningSecret {
    /// Creates the access to the signing secret.
    #[must_use]
    pub fn at(secret: Secret) -> Self {
        Self(secret)
    }

    /// Reads it.
    pub(crate) async fn read(&self) -> Result<(Version, SigningSecrets), SecretError> {
        let version = self.0.read().await?;
        let secrets = SigningSecrets::read(&version.text, version.written_at)?;
        Ok((version, secrets))
    }

    /// Writes the version that follows `seen`; `false` if another process has written one.
    pub(crate) async fn write_after(
        &self,
        seen: &Version,
        secrets: &SigningSecrets,
    ) -> Result<bool, SecretError> {
        self.0.write_after(seen, &secrets.to_text()?).await
    }
}

/// What the signing secret holds. `Debug` shows no secret.
///
/// The template generates a random text. The first rotation writes an object, in which that text is the key that signs.
#[derive(Debug, Clone)]
pub(crate) struct SigningSecrets {
    /// What refresh tokens are derived from. It does not rotate, since a refresh that is repeated must give the same token
    /// before and after.
    pub(crate) successors: SecretString,
    /// What the keys are derived from.
    pub(crate) ring: KeyRing<Seed>,
    /// How many steps of rotations led to it. Keys of an older generation are not published over those of a newer one.
    pub(crate) generation: u64,
    /// What a newer version has added.
    rest: Map<String, Value>,
}

/// What a signing key is derived from.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Seed(#[serde(serialize_with = "to_row")] pub(crate) SecretString);

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed")
    }
}

#[derive(Serialize, Deserialize)]
struct Form {
    v: Second,
    #[serde(serialize_with = "to_row")]
    successors: SecretString,
    keys: KeyRing<Seed>,
    #[serde(default)]
    generation: u64,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// The form's number. Any other is refused.
#[derive(Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
#[derive(Clone)]
struct Second;

impl TryFrom<u8> for Second {
    type Error = &'static str;

    fn try_from(number: u8) -> Result<Self, Self::Error> {
        if number == 2 { Ok(Self) } else { Err("the number of the form is not 2") }
    }
}

impl From<Second> for u8 {
    fn from(Second: Second) -> Self {
        2
    }
}

impl SigningSecrets {
    /// Reads a secret that was written at `written_at`.
    ///
    /// # Errors
    /// If it is an object of another form than this version's. Whether a key can be derived is seen when one is.
    pub(crate) fn read(text: &SecretString, written_at: Timestamp) -> Result<Self, KeyError> {
        // The template generates letters and digits only.
        if !text.expose_secret().starts_with('{') {
            let ring = KeyRing::of(Seed(text.clone()), written_at);
            return Ok(Self { successors: text.clone(), ring, generation: 0, rest: Map::new() });
        }
        let Form { v: Second, successors, keys, generation, rest } =
            serde_json::from_str(text.expose_secret())?;
        Ok(Self { successors, ring: keys, generation, rest })
    }

    fn to_text(&self) -> Result<SecretString, KeyError> {
        let Self { successors, ring: keys, generation, rest } = self.clone();
        Ok(serde_json::to_string(&Form { v: Second, successors, keys, generation, rest })?.into())
    }

    /// Takes a step of a rotation, to a generation after this and after the one that is `published`. `None` if it is not the
    /// next one.
    ///
    /// # Errors
    /// If the system has no randomness left.
    pub(crate) fn take(&self, step: Step, published: u64, now: Timestamp) -> Result<Option<Self>, KeyError> {
        let Some(ring) = self.ring.take(step, Seed(random()?), now) else { return Ok(None) };
        // A secret that others know gives them the refresh token that follows a stolen one.
        let successors = if step == Step::Replace { random()? } else { self.successors.clone() };
        let generation = self.generation.max(published) + 1;
        Ok(Some(Self { successors, ring, generation, rest: self.rest.clone() }))
    }

    /// Returns the public halves of the keys, first the one that signs.
    ///
    /// # Errors
    /// If a secret is too short.
    pub(crate) fn public_keys(&self) -> Result<Vec<Jwk>, KeyError> {
        self.ring.published().map(|Seed(secret)| Ok(SigningKey::derive(secret)?.jwk)).collect()
    }
}

fn random() -> Result<SecretString, KeyError> {
    let mut bytes = Zeroizing::new([0; RANDOM_BYTES]);
    rand::fill(&mut *bytes)?;
    Ok(URL_SAFE_NO_PAD.encode(*bytes).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &str = "0123456789abcdef0123456789abcdef";

    fn start() -> Timestamp {
        "2026-11-23T10:00:00Z".parse().unwrap()
    }

    fn read(text: &str) -> Result<SigningSecrets, KeyError> {
        SigningSecrets::read(&text.into(), start())
    }

    fn ids(secrets: &SigningSecrets) -> Vec<String> {
        secrets.public_keys().unwrap().into_iter().map(|key| key.common.key_id.unwrap()).collect()
    }

    #[test]
    fn the_text_that_the_template_generates_is_the_first_key() {
        let first = read(PLAIN).unwrap();
        assert_eq!(ids(&first), ["YSaS0EM0duGnWPDjhHPfe06u3Wh5TbO7Pp0Ns4Oe5U0"]);
        assert_eq!(first.ring.signing.since, start());
    }

    #[test]
    fn a_rotation_keeps_the_key_and_what_refresh_tokens_are_derived_from() {
        let first = read(PLAIN).unwrap();
        let published = first.take(Step::Publish, 0, start()).unwrap().unwrap();
        let again = read(published.to_text().unwrap().expose_secret()).unwrap();
        assert_eq!(ids(&again), ids(&published));
        assert_eq!(ids(&again)[0], ids(&first)[0], "the one that signs comes first");
        assert_eq!(ids(&again).len(), 2);
        assert_eq!(again.successors.expose_secret(), PLAIN);
    }

    #[test]
    fn a_secret_that_others_know_is_replaced_whole() {
        let first = read(PLAIN).unwrap();
        let replaced = first.take(Step::Replace, 0, start()).unwrap().unwrap();
        assert!(!replaced.to_text().unwrap().expose_secret().contains(PLAIN));
        assert_eq!(ids(&replaced).len(), 1);
    }

    #[test]
    fn what_a_newer_version_has_added_is_kept() {
        let text = read(PLAIN).unwrap().to_text().unwrap();
        let newer = text.expose_secret().replacen('{', r#"{"future":{"a":1},"#, 1);
        let rotated = read(&newer).unwrap().take(Step::Publish, 0, start()).unwrap().unwrap();
        assert!(rotated.to_text().unwrap().expose_secret().contains(r#""future":{"a":1}"#));
    }

    #[test]
    fn another_form_is_refused() {
        let good = read(PLAIN).unwrap().to_text().unwrap();
        for bad in [
            good.expose_secret().replace(r#""v":2"#, r#""v":3"#),
            "{".to_owned(),
            "{}".to_owned(),
            r#"{"v":2}"#.to_owned(),
        ] {
            assert!(matches!(read(&bad), Err(KeyError::Form(_))), "{bad}");
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        assert!(!format!("{:?}", read(PLAIN).unwrap()).contains("0123"));
    }
}
