//! The function that maps the paths of pages to documents, and the headers that go with these.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::error::TemplateError;
use super::fields::Fields;
use model::deployment::{FixedReply, Pages};

/// What the function does with its constants. `runtime::gateway::pages` does the same.
const HANDLER: &str = include_str!("pages.js");

/// A reply as a function returns it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Returned {
    status_code: u16,
    #[serde(default, rename = "statusDescription")]
    _description: String,
    #[serde(default)]
    headers: BTreeMap<String, HeaderValue>,
    body: Body,
}

#[derive(Deserialize)]
struct HeaderValue {
    value: String,
}

#[derive(Deserialize)]
#[serde(tag = "encoding", rename_all = "lowercase")]
enum Body {
    Text { data: String },
}

impl From<Returned> for FixedReply {
    fn from(Returned { status_code, headers, body: Body::Text { data }, .. }: Returned) -> Self {
        let headers = headers.into_iter().map(|(name, HeaderValue { value })| (name, value)).collect();
        Self { status: status_code, headers, body: data }
    }
}

/// Reads a function's code: three constants, and what it does with them.
pub(super) fn read(code: &str) -> Option<Pages> {
    let (documents, rest) = constant(code, "pages")?;
    let (not_found, rest) = constant::<Returned>(rest, "notFound")?;
    let (not_found_page, rest) = constant::<Returned>(rest, "notFoundPage")?;
    (rest.trim() == HANDLER.trim()).then(|| Pages {
        documents,
        not_found: not_found.into(),
        not_found_page: not_found_page.into(),
        headers: BTreeMap::new(),
        compressed: false,
    })
}

/// Reads `const <name> = <JSON>;`. Returns the value, and what follows.
fn constant<'c, T: DeserializeOwned>(code: &'c str, name: &str) -> Option<(T, &'c str)> {
    let json = code.trim_start().strip_prefix("const ")?.strip_prefix(name)?.strip_prefix(" = ")?;
    let mut values = serde_json::Deserializer::from_str(json).into_iter();
    let value = values.next()?.ok()?;
    Some((value, json.get(values.byte_offset()..)?.strip_prefix(';')?))
}

/// Reads the headers that a policy adds, whatever the origin's are.
pub(super) fn headers(config: &mut Fields<'_>) -> Result<BTreeMap<String, String>, TemplateError> {
    let mut headers = BTreeMap::new();
    if let Some(mut security) = config.object("SecurityHeadersConfig")? {
        // A laptop has no TLS.
        security.without_effect(&["StrictTransportSecurity", "XSSProtection"]);
        for (part, property, header) in [
            ("ContentSecurityPolicy", Some("ContentSecurityPolicy"), "content-security-policy"),
            ("ContentTypeOptions", None, "x-content-type-options"),
            ("FrameOptions", Some("FrameOption"), "x-frame-options"),
            ("ReferrerPolicy", Some("ReferrerPolicy"), "referrer-policy"),
        ] {
            let Some(mut fields) = security.object(part)? else { continue };
            fields.only("Override", &["true"])?;
            let value = property.map(|name| fields.required(name)).transpose()?;
            headers.insert(header.to_owned(), value.unwrap_or_else(|| "nosniff".to_owned()));
            fields.finish()?;
        }
        security.finish()?;
    }
    if let Some(mut custom) = config.object("CustomHeadersConfig")? {
        for mut item in custom.objects("Items")? {
            item.only("Override", &["true"])?;
            headers.insert(item.required("Header")?.to_ascii_lowercase(), item.required("Value")?);
            item.finish()?;
        }
        custom.finish()?;
    }
    Ok(headers)
}
