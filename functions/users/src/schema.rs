//! JSON schemas of types that only the user service has.

use std::borrow::Cow;

use domain::words::id::UserId;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::accounts::get_user::Which;
use crate::accounts::password::{MAX_CHARS, MIN_CHARS, NewPassword};

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

impl JsonSchema for Which {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Which".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [{ "const": "me" }, generator.subschema_for::<UserId>()] })
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
