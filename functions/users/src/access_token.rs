//! Access tokens: JWTs (RFC 7519) in the profile of RFC 9068, signed with EdDSA.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::id::{SessionId, UserId};
use domain::person::Role;
use domain::user::User;
use domain::{Kind, Refusal};
use edge::{Connect, Environment, InitError, Problem, SignedIn};
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::signing_key::SigningKey;

/// How long an access token is good for. A role that is taken away is gone after this at the latest, plus the minute that
/// the gateway keeps what the authorizer said.
pub const LIFETIME: SignedDuration = SignedDuration::from_mins(10);

/// How far the clock that issued a token may be ahead of the one that reads it, in seconds.
const LEEWAY: i64 = 5;

/// Whom the tokens are for, and the one client that they are given to: the shop itself.
const AUDIENCE: &str = "bodega";

/// The media type that tells access tokens from other JWTs.
const TYPE: &str = "at+jwt";

#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: UserId,
    client_id: String,
    sid: SessionId,
    roles: Vec<Role>,
    jti: String,
    iat: i64,
    nbf: i64,
    exp: i64,
}

/// What is looked at of a header before the signature is.
#[derive(Debug, Deserialize)]
struct Head {
    alg: String,
    typ: Option<String>,
    kid: Option<String>,
    crit: Option<serde_json::Value>,
}

/// Why a token is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenRefusal {
    /// It is not a bearer token of the form of a JWT.
    #[error("this is not an access token")]
    Malformed,
    /// It was good once.
    #[error("the access token has expired")]
    Expired,
    /// It will be good.
    #[error("the access token is not valid yet")]
    NotYetValid,
    /// It was not signed by this shop, or not for it. What exactly is wrong is not said.
    #[error("the access token is not valid")]
    Invalid,
}

impl Refusal for TokenRefusal {
    fn kind(&self) -> Kind {
        Kind::Unauthorized
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Malformed => "token_malformed",
            Self::Expired => "token_expired",
            Self::NotYetValid => "token_not_yet_valid",
            Self::Invalid => "token_invalid",
        }
    }
}

/// Issues access tokens.
#[derive(Debug, Clone)]
pub struct AccessTokens {
    key: Arc<SigningKey>,
    issuer: Arc<str>,
}

impl Connect for AccessTokens {
    async fn connect(environment: &Environment) -> Result<Self, InitError> {
        Ok(Self::new(SigningKey::connect(environment).await?, environment.variable("ISSUER")?))
    }
}

impl AccessTokens {
    /// Issues in the name of `issuer`.
    #[must_use]
    pub fn new(key: SigningKey, issuer: &str) -> Self {
        Self { key: Arc::new(key), issuer: issuer.into() }
    }

    /// A token for a user in a session.
    ///
    /// # Errors
    /// 500, when it cannot be signed.
    pub fn issue(&self, user: &User, session_id: SessionId, now: Timestamp) -> Result<SecretString, Problem> {
        let mut unique = [0; 16];
        aws_lc_rs::rand::fill(&mut unique).map_err(Problem::internal)?;
        let now = now.as_second();
        let claims = Claims {
            iss: self.issuer.to_string(),
            aud: AUDIENCE.to_owned(),
            sub: user.user_id,
            client_id: AUDIENCE.to_owned(),
            sid: session_id,
            roles: user.roles.clone(),
            jti: URL_SAFE_NO_PAD.encode(unique),
            iat: now,
            nbf: now,
            exp: now + LIFETIME.as_secs(),
        };
        let header = Header {
            typ: Some(TYPE.to_owned()),
            kid: Some(self.key.id.clone()),
            ..Header::new(Algorithm::EdDSA)
        };
        let token = jsonwebtoken::encode(&header, &claims, &self.key.private).map_err(Problem::internal)?;
        Ok(token.into())
    }
}

/// Verifies access tokens. It keeps the public half of the key only.
#[derive(Debug, Clone)]
pub struct Verifier(Arc<Expected>);

#[derive(Debug)]
struct Expected {
    key: DecodingKey,
    key_id: String,
    validation: Validation,
}

impl Connect for Verifier {
    async fn connect(environment: &Environment) -> Result<Self, InitError> {
        Ok(Self::new(SigningKey::connect(environment).await?, environment.variable("ISSUER")?))
    }
}

impl Verifier {
    /// Accepts what `key` signs in the name of `issuer`.
    #[must_use]
    pub fn new(key: SigningKey, issuer: &str) -> Self {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[issuer]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["iss", "aud", "sub", "exp", "nbf"]);
        // The library would ask the system's clock; the times are compared below, with the time that the caller gives.
        validation.validate_exp = false;
        Self(Arc::new(Expected { key: key.public, key_id: key.id, validation }))
    }

    /// Who presents this `Authorization` header.
    ///
    /// # Errors
    /// When it holds no token of this shop that is good at `now`.
    pub fn verify(&self, authorization: &str, now: Timestamp) -> Result<SignedIn, TokenRefusal> {
        let token = bearer(authorization).ok_or(TokenRefusal::Malformed)?;
        self.accept(&head(token)?)?;
        let claims = jsonwebtoken::decode::<Claims>(token, &self.0.key, &self.0.validation)
            .map_err(|error| match error.kind() {
                ErrorKind::InvalidToken | ErrorKind::Base64(_) => TokenRefusal::Malformed,
                _ => TokenRefusal::Invalid,
            })?
            .claims;
        let now = now.as_second();
        if claims.nbf > now.saturating_add(LEEWAY) {
            return Err(TokenRefusal::NotYetValid);
        }
        // RFC 7519 §4.1.4: on or after this time, it must not be accepted.
        if claims.exp <= now {
            return Err(TokenRefusal::Expired);
        }
        Ok(SignedIn { user_id: claims.sub, session_id: claims.sid, roles: claims.roles })
    }

    /// The algorithm is ours to say, never the token's (RFC 8725 §3.1); a critical extension is one we do not know
    /// (RFC 7515 §4.1.11).
    fn accept(&self, head: &Head) -> Result<(), TokenRefusal> {
        let ours = head.alg == "EdDSA"
            && head.typ.as_deref() == Some(TYPE)
            && head.kid.as_deref() == Some(self.0.key_id.as_str())
            && head.crit.is_none();
        if ours { Ok(()) } else { Err(TokenRefusal::Invalid) }
    }
}

/// RFC 6750 §2.1; the scheme's case does not matter (RFC 9110 §11.1).
fn bearer(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

fn head(token: &str) -> Result<Head, TokenRefusal> {
    let parts: Vec<&str> = token.split('.').collect();
    let [header, _, _] = parts[..] else { return Err(TokenRefusal::Malformed) };
    let json = URL_SAFE_NO_PAD.decode(header).map_err(|_| TokenRefusal::Malformed)?;
    serde_json::from_slice(&json).map_err(|_| TokenRefusal::Malformed)
}

#[cfg(test)]
mod tests;
