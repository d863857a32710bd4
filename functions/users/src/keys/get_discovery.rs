//! `GET /.well-known/openid-configuration` and `GET /.well-known/oauth-authorization-server`: tells clients and other services how
//! access tokens are issued and verified.

use std::sync::Arc;

use edge::{Anyone, Call, Connect, Environment, InitError, NoBody, Problem, Reply};
use serde::Serialize;

use crate::keys::get_jwks;

/// The issuer of access tokens: the shop's public URL.
#[derive(Debug, Clone)]
pub struct Issuer(pub Arc<str>);

impl Connect for Issuer {
    async fn connect(environment: &Environment) -> Result<Self, InitError> {
        Ok(Self(environment.variable("ISSUER")?.into()))
    }
}

/// What the shop says of itself as an issuer of tokens (OpenID Connect Discovery 1.0 §3, RFC 8414 §2). It names no
/// `authorization_endpoint`: passwords are typed into the shop's own pages alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Discovery {
    /// The `iss` of every access token.
    pub issuer: String,
    /// Where the keys are that verify access tokens.
    pub jwks_uri: String,
    /// Where sessions begin. It takes JSON, not a form: see the operation.
    pub token_endpoint: String,
    /// None, since there is no authorization endpoint. Both standards require the member.
    pub response_types_supported: Vec<String>,
    /// A user has the same `sub` everywhere.
    pub subject_types_supported: [&'static str; 1],
    /// How tokens are signed: Ed25519 (RFC 8037).
    pub id_token_signing_alg_values_supported: [&'static str; 1],
    /// What a client may send to the token endpoint to prove which client it is: nothing.
    pub token_endpoint_auth_methods_supported: [&'static str; 1],
}

/// Returns what clients need to verify access tokens. It may be cached as long as the keys.
///
/// # Errors
/// None.
pub async fn get_discovery(
    Issuer(issuer): Issuer,
    _: Call<NoBody, Anyone>,
) -> Result<Reply<Discovery>, Problem> {
    let discovery = Discovery {
        jwks_uri: format!("{issuer}/.well-known/jwks.json"),
        token_endpoint: format!("{issuer}/sessions"),
        issuer: issuer.to_string(),
        response_types_supported: Vec::new(),
        subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: ["EdDSA"],
        token_endpoint_auth_methods_supported: ["none"],
    };
    Ok(Reply::ok(discovery).cached(get_jwks::MAX_AGE))
}
