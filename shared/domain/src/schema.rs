//! JSON schemas of validated types: what their constructors accept, as far as JSON Schema can express it.
//!
//! A schema that rejects valid values would fail the property tests, since the flows validate every request and reply.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::carts::{CartNote, WantedQuantity};
use crate::catalogue::{
    AltText, Attribute, AttributeName, AttributeValue, Attributes, FileHash, MAX_ATTRIBUTES, OperatorLine,
};
use crate::events::ReturnedLine;
use crate::orders::returns::{Confirmed, ReceivedLines};
use crate::promotions::{MAX_PIECES, Pieces};
use crate::stock::{
    BackorderLimit, Delta, LOW, LowAt, MAX_BACKORDERED, MAX_DELTA, MAX_LOW, MAX_SHARDS, MAX_SHIPS_IN_DAYS,
    Reason, Shards, ShipsInDays,
};
use crate::words::goods::{
    CategoryTitle, ContentAmount, Description, Grams, Quantity, Sku, Slug, TaxCode, Title,
};
use crate::words::line::{Line, Lines, MAX_LINES, Skus};
use crate::words::locale::Locale;
use crate::words::money::{Currency, MAX_AMOUNT, Money, Ppm, TaxRate};
use crate::words::payment_method::PaymentMethod;
use crate::words::person::{AddressLine, CountryCode, Email, Name};
use crate::words::promotion_code::{Codes, MAX_CODES, PromotionCode};
use crate::words::setting::{Label, Note, NoteText, SeriesPrefix, SettingId, VatId};
use crate::words::shipment::{TrackingNumber, TrackingUrl};

/// Implements the schema of a type from its description and keywords.
macro_rules! described {
    ($($name:ident: $type:literal, $description:expr, { $($keywords:tt)* })+) => {$(
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": $type, "description": str::trim($description), $($keywords)* })
            }
        }
    )+};
}

/// Implements the schema of a string.
macro_rules! text {
    ($($name:ident: $description:expr, { $($keywords:tt)* })+) => {
        $crate::schema::described! { $($name: "string", $description, { $($keywords)* })+ }
    };
}
pub(crate) use {described, text};

/// The schema of a line of an address that may be absent, `null` or empty.
pub(crate) fn optional_line(generator: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "anyOf": [generator.subschema_for::<AddressLine>(), { "const": "" }, { "type": "null" }]
    })
}

/// No control characters.
const ONE_LINE: &str = r"^[^\u0000-\u001f\u007f-\u009f\u2028\u2029\ufffe\uffff]*\S[^\u0000-\u001f\u007f-\u009f\u2028\u2029\ufffe\uffff]*$";

text! {
    PromotionCode: "A code that customers type, in upper or lower case.",
        { "examples": ["TEN"], "minLength": 3, "maxLength": 24, "pattern": r"^\s*[A-Za-z0-9-]{3,24}\s*$" }
    Sku: "A stock keeping unit, unique in the shop.",
        { "examples": ["CUP-BLUE"], "minLength": 1, "maxLength": 40, "pattern": "^[A-Z0-9][A-Z0-9._-]*$" }
    Slug: "The human-readable part of an address: `espresso-cups`.",
        { "examples": ["espresso-cups"], "minLength": 1, "maxLength": 80, "pattern": "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$" }
    CategoryTitle: "The title of a category, in one line. Surrounding white space is removed.",
        { "examples": ["Coffee"], "minLength": 1, "maxLength": 80, "pattern": ONE_LINE }
    Title: "The title of a product or variant, in one line. Surrounding white space is removed.",
        { "examples": ["Espresso cups"], "minLength": 1, "maxLength": 200, "pattern": ONE_LINE }
    Description: "A description in plain text; several lines are allowed. Surrounding white space is removed.",
        { "examples": ["Two cups of stoneware."], "maxLength": 5000 }
    TrackingNumber: "A carrier's number for a parcel, in one line. Surrounding white space is removed.",
        { "examples": ["JD014600006281230701"], "minLength": 1, "maxLength": 80, "pattern": ONE_LINE }
    TrackingUrl: "The address of a carrier's page about a parcel: HTTPS, without a user.",
        { "examples": ["https://carrier.example/track?parcel=JD014600006281230701"], "maxLength": 500, "format": "uri", "pattern": "^https://[^@/]+(/[^@]*)?$" }
    AltText: "What a picture shows, for those who do not see it, in one line. Surrounding white space is removed.",
        { "examples": ["Two blue cups"], "maxLength": 300 }
    AttributeName: "The name of a property, in one line. Surrounding white space is removed.",
        { "examples": ["Material"], "minLength": 1, "maxLength": 40, "pattern": ONE_LINE }
    AttributeValue: "The value of a property, in one line. Surrounding white space is removed.",
        { "examples": ["Porcelain"], "minLength": 1, "maxLength": 200, "pattern": ONE_LINE }
    OperatorLine: "A name, a postal address or an electronic address, in one line. Surrounding white space is removed.",
        { "examples": ["Alfarería Ruiz S.L."], "minLength": 1, "maxLength": 300, "pattern": ONE_LINE }
    TaxCode: "A class of goods with its own tax rates.",
        { "examples": ["standard"], "minLength": 1, "maxLength": 40, "pattern": "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", "default": "standard" }
    FileHash: "The SHA-256 of a file, in lower case.",
        { "examples": ["ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"], "pattern": "^[0-9a-f]{64}$" }
    Email: "An e-mail address. It is lower-cased, so that one mailbox is one account.",
        { "examples": ["ada@bodega.example"], "format": "email", "maxLength": 254 }
    Locale: "A language tag (BCP 47). Mails are written in the closest language that the shop has, or in English.",
        { "examples": ["de-AT"], "minLength": 2, "maxLength": 35, "pattern": "^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$" }
    Name: "A name, in one line, without `://`. Surrounding white space is removed.",
        { "examples": ["Ada Customer"], "minLength": 1, "maxLength": 100, "pattern": ONE_LINE }
    AddressLine: "A line of a postal address. Surrounding white space is removed.",
        { "examples": ["Calle Mayor 1"], "minLength": 1, "maxLength": 200, "pattern": ONE_LINE }
    CountryCode: "An ISO 3166-1 alpha-2 country code.",
        { "examples": ["ES"], "pattern": "^[A-Z]{2}$" }
    PaymentMethod: "The payment gateway's token for a payment method: `pm_card_visa`. Card numbers are refused.",
        { "examples": ["pm_card_visa"], "minLength": 4, "maxLength": 100, "pattern": "^pm_[A-Za-z0-9_]+$" }
    NoteText: "What the staff note about an order; several lines are allowed. Surrounding white space is removed.",
        { "examples": ["The customer called: ring twice."], "minLength": 1, "maxLength": 2000 }
    CartNote: "What the customer wants to say about the order; several lines are allowed. Surrounding white space is removed.",
        { "examples": ["Please ring twice."], "minLength": 1, "maxLength": 500 }
    SettingId: "The name of a setting among those of its kind.",
        { "examples": ["es-standard"], "minLength": 1, "maxLength": 60, "pattern": "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$" }
    Label: "A short text that customers read, in one line. Surrounding white space is removed.",
        { "examples": ["Standard"], "minLength": 1, "maxLength": 80, "pattern": ONE_LINE }
    Note: "A note for the staff, in one line. Surrounding white space is removed.",
        { "examples": ["Agencia Tributaria, 2026-11-01"], "minLength": 1, "maxLength": 300, "pattern": ONE_LINE }
    VatId: "A number by which tax authorities know the seller.",
        { "examples": ["ESB12345678"], "pattern": "^[A-Z0-9]{4,20}$" }
    SeriesPrefix: "What the numbers of documents begin with.",
        { "examples": ["ES"], "pattern": "^[A-Z0-9]{1,10}$" }
    Reason: "Why stock was adjusted, in one line. Surrounding white space is removed.",
        { "examples": ["first delivery"], "minLength": 1, "maxLength": 200, "pattern": ONE_LINE }
}

described! {
    Pieces: "integer", "A number of pieces that are paid for, or free.",
        { "examples": [1], "format": "int32", "minimum": 1, "maximum": MAX_PIECES }
    Quantity: "integer", "A number of pieces.",
        { "examples": [2], "format": "int32", "minimum": 1, "maximum": 999 }
    Grams: "integer", "A weight in grams.",
        { "examples": [280], "format": "int32", "minimum": 1, "maximum": 1_000_000 }
    ContentAmount: "integer", "The amount of contents, in their unit.",
        { "examples": [250], "format": "int32", "minimum": 1, "maximum": 1_000_000 }
    TaxRate: "integer", "A tax rate in basis points: 1900 is 19 %.",
        { "examples": [1900], "format": "int32", "minimum": 0, "maximum": 10_000, "default": 0 }
    WantedQuantity: "integer", "The number of pieces that a line is to have; 0 removes it.",
        { "examples": [2], "format": "int32", "minimum": 0, "maximum": 999 }
    Ppm: "integer", "A rate in parts per million: 210000 is 21 %.",
        { "examples": [210_000], "format": "int32", "minimum": 0, "maximum": 1_000_000 }
    LowAt: "integer", "When a SKU runs low: with this many pieces or fewer.",
        { "examples": [5], "format": "int32", "minimum": 0, "maximum": MAX_LOW, "default": LOW }
    Shards: "integer", "The number of rows that a SKU's pieces are spread over.",
        { "examples": [16], "format": "int32", "minimum": 1, "maximum": MAX_SHARDS, "default": 1 }
    BackorderLimit: "integer", "How many pieces of a SKU may be on backorder at a time.",
        { "examples": [20], "format": "int32", "minimum": 1, "maximum": MAX_BACKORDERED }
    ShipsInDays: "integer", "In how many days a backorder ships.",
        { "examples": [14], "format": "int32", "minimum": 1, "maximum": MAX_SHIPS_IN_DAYS }
    Delta: "integer", "The number of pieces to add, or to remove if negative; not 0.",
        { "examples": [10], "format": "int32", "minimum": -MAX_DELTA, "maximum": MAX_DELTA, "not": { "const": 0 } }
}

impl JsonSchema for Money {
    fn schema_name() -> Cow<'static, str> {
        "Money".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "description": "An amount of money, never negative.",
            "properties": {
                "amount": {
                    "type": "integer",
                    "format": "int64",
                    "minimum": 0,
                    "maximum": MAX_AMOUNT,
                    "examples": [1999],
                    "description": "Minor units of the currency: cents for EUR, yen for JPY.",
                },
                "currency": generator.subschema_for::<CurrencyCode>(),
            },
            "required": ["amount", "currency"],
        })
    }
}

/// Stands for [`Currency`], which another crate defines: `#[schemars(with = "CurrencyCode")]`.
#[derive(Debug)]
pub struct CurrencyCode;

impl JsonSchema for CurrencyCode {
    fn schema_name() -> Cow<'static, str> {
        "Currency".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let codes = letters().flat_map(|a| letters().flat_map(move |b| letters().map(move |c| [a, b, c])));
        let known = codes.map(|code| code.iter().collect::<String>()).filter(|code| is_priced_in(code));
        json_schema!({
            "type": "string",
            "description": "An ISO 4217 currency with a minor unit.",
            "examples": ["EUR"],
            "enum": known.collect::<Vec<_>>(),
        })
    }
}

fn letters() -> impl Iterator<Item = char> {
    'A'..='Z'
}

fn is_priced_in(code: &str) -> bool {
    Currency::from_code(code).is_some_and(|currency| currency.exponent().is_some())
}

impl JsonSchema for Attributes {
    fn schema_name() -> Cow<'static, str> {
        "Attributes".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "array",
            "description": "Properties, each name once, in the order in which they are shown.",
            "items": generator.subschema_for::<Attribute>(),
            "maxItems": MAX_ATTRIBUTES,
        })
    }
}

impl JsonSchema for Lines {
    fn schema_name() -> Cow<'static, str> {
        "Lines".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "array",
            "description": "SKUs and quantities, each SKU once.",
            "items": generator.subschema_for::<Line>(),
            "minItems": 1,
            "maxItems": MAX_LINES,
        })
    }
}

impl JsonSchema for ReceivedLines {
    fn schema_name() -> Cow<'static, str> {
        "ReceivedLines".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "array",
            "description": "What came back of each SKU, each SKU once: at least one piece, sold again or not.",
            "items": generator.subschema_for::<ReturnedLine>(),
            "minItems": 1,
            "maxItems": MAX_LINES,
        })
    }
}

impl JsonSchema for Confirmed {
    fn schema_name() -> Cow<'static, str> {
        "Confirmed".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "boolean", "description": "That the customer has confirmed it: always `true`.", "enum": [true] })
    }
}

impl JsonSchema for Codes {
    fn schema_name() -> Cow<'static, str> {
        "PromotionCodes".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "array",
            "description": format!("Codes of promotions, at most {MAX_CODES} different ones."),
            "items": generator.subschema_for::<PromotionCode>(),
        })
    }
}

impl JsonSchema for Skus {
    fn schema_name() -> Cow<'static, str> {
        "Skus".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "array",
            "description": "SKUs, each once.",
            "items": generator.subschema_for::<Sku>(),
            "minItems": 1,
            "maxItems": MAX_LINES,
        })
    }
}
