//! Access tokens: JWTs (RFC 7519) in the profile of RFC 9068, signed with EdDSA.

use std::str::FromStr;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::refusals;
use domain::users::User;
use domain::users::guest::Guest;
use domain::users::session::Session;
use domain::words::id::{SessionId, UserId};
use domain::words::person::Role;
use edge::{InitError, Problem, SignedIn};
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::keys::signing_key::SigningKey;

/// Lifetime of an access token. A revoked role is effective until then at most, plus the minute for which the gateway
/// caches the authorizer's answer.
pub const LIFETIME: SignedDuration = SignedDuration::from_mins(10);

/// How far the issuer's clock may be ahead of the verifier's, in seconds.
const LEEWAY: i64 = 5;

/// The audience of the tokens, and the only client that they are issued to: the shop itself.
const AUDIENCE: &str = "bodega";

/// The media type that distinguishes access tokens from other JWTs.
const TYPE: &str = "at+jwt";

/// How a guest has proved to be themselves: not at all. RFC 8176 has no value for it, and permits others.
const GUEST: &str = "guest";

#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: UserId,
    client_id: String,
    sid: SessionId,
    roles: Vec<Role>,
    /// How the user proved to be themselves (RFC 8176). Tokens of earlier versions lack it and the next.
    #[serde(default)]
    amr: Vec<String>,
    /// When (OpenID Connect Core 1.0 §2).
    #[serde(default)]
    auth_time: i64,
    /// The guest that the user was until this session began. Only the session's first token has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    merge: Option<UserId>,
    jti: String,
    iat: i64,
    nbf: i64,
    exp: i64,
}

/// The header fields that are checked before the signature.
#[derive(Debug, Deserialize)]
struct Head {
    alg: String,
    typ: Option<String>,
    kid: Option<String>,
    crit: Option<serde_json::Value>,
}

refusals! {
    /// Why an access token is rejected.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum TokenRefusal {
        /// The `Authorization` header contains no bearer token in the form of a JWT.
        #[error("the Authorization header contains no access token")]
        Malformed => Unauthorized, "token_malformed", "Send `Authorization: Bearer <access token>`.";
        /// The access token has expired.
        #[error("the access token has expired")]
        Expired => Unauthorized, "token_expired", "Refresh the session and repeat the request with the new access token.";
        /// The access token is not valid yet.
        #[error("the access token is not valid yet")]
        NotYetValid => Unauthorized, "token_not_yet_valid", "Try again in a few seconds.";
        /// The access token was not signed by this shop, or not for this use. The reply does not state which.
        #[error("the access token is not valid")]
        Invalid => Unauthorized, "token_invalid", "Sign in again.";
    }
}

/// What a user's roles need to enter a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RolesNeed {
    /// A session that began with a second factor.
    SecondFactor,
    /// Nothing. For development.
    Nothing,
}

impl RolesNeed {
    /// The environment variable of the stage's.
    pub(crate) const VARIABLE: &str = "ROLES_NEED";
}

impl FromStr for RolesNeed {
    type Err = InitError;

    fn from_str(text: &str) -> Result<Self, InitError> {
        match text {
            "second-factor" => Ok(Self::SecondFactor),
            "nothing" => Ok(Self::Nothing),
            _ => Err(InitError::InvalidVariable {
                name: Self::VARIABLE,
                reason: format!("{text:?} is neither second-factor nor nothing"),
            }),
        }
    }
}

/// Whom an access token is issued to.
#[derive(Debug, Clone, Copy)]
pub enum Subject<'a> {
    /// The owner of an account.
    User(&'a User),
    /// A user without an account.
    Guest(&'a Guest),
}

impl<'a> From<&'a User> for Subject<'a> {
    fn from(user: &'a User) -> Self {
        Self::User(user)
    }
}

impl<'a> From<&'a Guest> for Subject<'a> {
    fn from(guest: &'a Guest) -> Self {
        Self::Guest(guest)
    }
}

impl Subject<'_> {
    pub(crate) fn user_id(self) -> UserId {
        match self {
            Self::User(user) => user.user_id,
            Self::Guest(guest) => guest.user_id,
        }
    }

    pub(crate) fn is_guest(self) -> bool {
        matches!(self, Self::Guest(_))
    }

    /// Returns the roles that a token in this session has.
    fn roles(self, session: &Session, need: RolesNeed) -> Vec<Role> {
        match self {
            Self::User(user) if need == RolesNeed::Nothing || user.has_second_factor_in(session) => {
                user.roles.iter().copied().filter(|role| *role != Role::Unknown).collect()
            }
            Self::User(_) | Self::Guest(_) => Vec::new(),
        }
    }

    fn methods(self, session: &Session) -> &'static [&'static str] {
        match self {
            Self::User(_) if session.second_factor => &["pwd", "otp"],
            Self::User(_) => &["pwd"],
            Self::Guest(_) => &[GUEST],
        }
    }
}

/// Issues access tokens.
#[derive(Debug, Clone)]
pub struct AccessTokens {
    key: Arc<SigningKey>,
    issuer: Arc<str>,
    roles: RolesNeed,
}

impl AccessTokens {
    /// Creates an issuer of tokens in the name of `issuer`.
    #[must_use]
    pub fn new(key: SigningKey, issuer: &str, roles: RolesNeed) -> Self {
        Self { key: Arc::new(key), issuer: issuer.into(), roles }
    }

    /// Issues a token to a user in a session, who was the guest `merges` until it began. Roles unknown to this version are left out, and all of them if the session
    /// began without the second factor that they need, or with one that was removed since.
    ///
    /// # Errors
    /// 500 if the token cannot be signed.
    pub fn issue<'a>(
        &self,
        subject: impl Into<Subject<'a>>,
        session: &Session,
        merges: Option<UserId>,
        now: Timestamp,
    ) -> Result<SecretString, Problem> {
        let subject = subject.into();
        let mut unique = [0; 16];
        aws_lc_rs::rand::fill(&mut unique).map_err(Problem::internal)?;
        let now = now.as_second();
        let claims = Claims {
            iss: self.issuer.to_string(),
            aud: AUDIENCE.to_owned(),
            sub: subject.user_id(),
            client_id: AUDIENCE.to_owned(),
            sid: session.session_id,
            roles: subject.roles(session, self.roles),
            amr: subject.methods(session).iter().map(|method| (*method).to_owned()).collect(),
            auth_time: session.started_at.as_second(),
            merge: merges,
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

/// Returns what a token must state besides its times, which are compared with those of the call.
#[must_use]
pub fn validation(issuer: &str) -> Validation {
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_issuer(&[issuer]);
    validation.set_audience(&[AUDIENCE]);
    validation.set_required_spec_claims(&["iss", "aud", "sub", "exp", "nbf"]);
    // The library would read the system's clock.
    validation.validate_exp = false;
    validation
}

/// A token in the form of the shop's own, not yet verified.
#[derive(Debug)]
pub struct PresentedToken<'a> {
    token: &'a str,
    key_id: String,
}

impl<'a> PresentedToken<'a> {
    /// Returns the token that an `Authorization` header contains.
    ///
    /// The verifier chooses the algorithm, never the token (RFC 8725 §3.1). No critical extension is supported
    /// (RFC 7515 §4.1.11).
    ///
    /// # Errors
    /// If it contains none, or one that is not in the form of the shop's own.
    pub fn parse(authorization: &'a str) -> Result<Self, TokenRefusal> {
        let token = bearer(authorization).ok_or(TokenRefusal::Malformed)?;
        let Head { alg, typ, kid, crit } = head(token)?;
        let is_ours = alg == "EdDSA" && typ.as_deref() == Some(TYPE) && crit.is_none();
        let key_id = kid.filter(|_| is_ours).ok_or(TokenRefusal::Invalid)?;
        Ok(Self { token, key_id })
    }

    /// Returns the id of the key that it claims to be signed with.
    #[must_use]
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// Returns the user to whom the token was issued.
    ///
    /// # Errors
    /// If `key` has not signed it, or it is not valid at `now`.
    pub fn verify(
        &self,
        key: &DecodingKey,
        validation: &Validation,
        now: Timestamp,
    ) -> Result<SignedIn, TokenRefusal> {
        let claims = jsonwebtoken::decode::<Claims>(self.token, key, validation)
            .map_err(|error| match error.kind() {
                ErrorKind::InvalidToken | ErrorKind::Base64(_) => TokenRefusal::Malformed,
                _ => TokenRefusal::Invalid,
            })?
            .claims;
        let now = now.as_second();
        if claims.nbf > now.saturating_add(LEEWAY) {
            return Err(TokenRefusal::NotYetValid);
        }
        // RFC 7519 §4.1.4: the token must not be accepted on or after this time.
        if claims.exp <= now {
            return Err(TokenRefusal::Expired);
        }
        let is_guest = claims.amr.iter().any(|method| method == GUEST);
        let Claims { sub: user_id, sid: session_id, roles, merge: merges, .. } = claims;
        Ok(SignedIn { user_id, session_id, roles, is_guest, merges })
    }
}

/// RFC 6750 §2.1. The scheme is case-insensitive (RFC 9110 §11.1).
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
