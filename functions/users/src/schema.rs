//! JSON schemas of types that only the user service has.

use std::borrow::Cow;

use domain::words::id::{SessionId, UserId};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::accounts::get_user;
use crate::accounts::password::{MAX_CHARS, MIN_CHARS, NewPassword};
use crate::sessions::end_session;

impl JsonSchema for NewPassword {
    fn schema_name() -> Cow<'static, str> {
        "NewPassword".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "format": "password",
            "description": "A password. Common passwords are rejected.",
            "minLength": MIN_CHARS,
            "maxLength": MAX_CHARS,
        })
    }
}

impl JsonSchema for get_user::Which {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "WhichUser".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [{ "const": "me" }, generator.subschema_for::<UserId>()] })
    }
}

impl JsonSchema for end_session::Which {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "WhichSession".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let id = generator.subschema_for::<SessionId>();
        json_schema!({ "anyOf": [{ "const": "current" }, { "const": "all" }, id] })
    }
}

/// A JSON Web Key Set (RFC 7517).
#[derive(Debug, JsonSchema)]
pub struct KeySet {
    /// The keys that verify access tokens.
    pub keys: Vec<Key>,
}

/// A public key (RFC 8037).
#[derive(Debug, JsonSchema)]
pub struct Key {
    /// The key's id, as in the header of tokens that it signed.
    pub kid: String,
    /// The type of the key: `OKP`.
    pub kty: String,
    /// The curve: `Ed25519`.
    pub crv: String,
    /// The public key, in base64url.
    pub x: String,
    /// The algorithm: `EdDSA`.
    pub alg: String,
    /// The use of the key: `sig`.
    #[schemars(rename = "use")]
    pub usage: String,
}
