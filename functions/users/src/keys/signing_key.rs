//! A key that signs access tokens: the 32 bytes derived from a text of the signing secret are the seed of an Ed25519 key
//! (RFC 8032 §5.1.5).

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{
    AlgorithmParameters, CommonParameters, EllipticCurve, Jwk, KeyAlgorithm, OctetKeyPairParameters,
    OctetKeyPairType, PublicKeyUse, ThumbprintHash,
};
use jsonwebtoken::{DecodingKey, EncodingKey};
use secrecy::SecretString;

use crate::keys::secret::{KeyError, derived};

/// The key's purpose. Another text derives another key.
const PURPOSE: &[u8] = b"bodega access tokens, ed25519, v1";

/// A signing key, in both halves. `Debug` does not show the private one.
#[derive(Debug, Clone)]
pub struct SigningKey {
    /// The private half.
    pub(crate) private: EncodingKey,
    /// The public half as published, with the key's id: its own thumbprint (RFC 7638).
    pub(crate) jwk: Jwk,
    /// The key's id.
    pub(crate) id: String,
}

impl SigningKey {
    /// Returns the public half, which verifies.
    ///
    /// # Errors
    /// If the library does not support it.
    pub fn verifying(&self) -> Result<DecodingKey, KeyError> {
        Ok(DecodingKey::from_jwk(&self.jwk)?)
    }

    /// Derives the key from the secret.
    ///
    /// # Errors
    /// If the secret is too short.
    pub fn derive(secret: &SecretString) -> Result<Self, KeyError> {
        let seed = derived(secret, PURPOSE)?;
        let pair = Ed25519KeyPair::from_seed_unchecked(&*seed)?;
        let private = EncodingKey::from_ed_der(pair.to_pkcs8v1()?.as_ref());
        let mut jwk = published(pair.public_key().as_ref());
        let id = jwk.thumbprint(ThumbprintHash::SHA256)?;
        jwk.common.key_id = Some(id.clone());
        Ok(Self { private, jwk, id })
    }
}

/// Returns the public half as it is published (RFC 8037 §2), still without its id. The library would derive it from the private half again,
/// which every start would pay for.
fn published(public: &[u8]) -> Jwk {
    Jwk {
        common: CommonParameters {
            public_key_use: Some(PublicKeyUse::Signature),
            key_algorithm: Some(KeyAlgorithm::EdDSA),
            ..CommonParameters::default()
        },
        algorithm: AlgorithmParameters::OctetKeyPair(OctetKeyPairParameters {
            key_type: OctetKeyPairType::OctetKeyPair,
            curve: EllipticCurve::Ed25519,
            x: URL_SAFE_NO_PAD.encode(public),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_derives_the_same_key_in_every_version() {
        // If this changes, every token issued before becomes invalid at the next deployment.
        let key = SigningKey::derive(&"0123456789abcdef0123456789abcdef".into()).unwrap();
        insta::assert_json_snapshot!(key.jwk, @r#"
        {
          "use": "sig",
          "alg": "EdDSA",
          "kid": "YSaS0EM0duGnWPDjhHPfe06u3Wh5TbO7Pp0Ns4Oe5U0",
          "kty": "OKP",
          "crv": "Ed25519",
          "x": "wdt22CUSGyv_M6W18HWkRMF-8pFeZG4o3ZMeStRITlk"
        }
        "#);
    }

    #[test]
    fn a_short_secret_is_refused() {
        assert!(matches!(SigningKey::derive(&"too short".into()), Err(KeyError::TooShort)));
    }

    #[test]
    fn debug_shows_no_private_key() {
        let key = SigningKey::derive(&"0123456789abcdef0123456789abcdef".into()).unwrap();
        assert!(format!("{:?}", key.private).contains("redacted"));
    }
}
