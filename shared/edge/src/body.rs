//! Request bodies: strict JSON, or as they were sent.

use http::{HeaderMap, header};
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use serde_json::error::Category;

use crate::numbers::whole_numbers;
use crate::problem::{FieldError, Problem};
use crate::refusal::RequestRefusal;

/// Maximum body size in bytes. An order of 40 lines is under 10 KB.
pub const MAX_BODY: usize = 256 * 1024;

/// The operation takes no body; a body that is sent is ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NoBody;

/// A body that may be left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Optional<T>(Option<T>);

impl<T> Optional<T> {
    /// Creates a body that was sent, for tests.
    pub fn sent(body: T) -> Self {
        Self(Some(body))
    }

    /// Returns what was sent.
    pub fn as_ref(&self) -> Option<&T> {
        self.0.as_ref()
    }
}

/// How a body is parsed.
pub trait Body: Sized + Send + 'static {
    /// Whether there is one to read.
    const IS_READ: bool = true;
    /// Whether it may be left out.
    const IS_OPTIONAL: bool = false;

    /// Parses the body.
    ///
    /// # Errors
    /// 413, 415, 400 if the body is not JSON, 422 if the JSON does not match this operation's type.
    fn read(bytes: &[u8], method: &str, headers: &HeaderMap) -> Result<Self, Problem>;
}

impl Body for NoBody {
    const IS_READ: bool = false;

    fn read(_: &[u8], _: &str, _: &HeaderMap) -> Result<Self, Problem> {
        Ok(Self)
    }
}

impl<T: Body> Body for Optional<T> {
    const IS_OPTIONAL: bool = true;

    fn read(bytes: &[u8], method: &str, headers: &HeaderMap) -> Result<Self, Problem> {
        if bytes.is_empty() {
            return Ok(Self(None));
        }
        T::read(bytes, method, headers).map(Some).map(Self)
    }
}

#[cfg(feature = "schema")]
impl<T: schemars::JsonSchema> schemars::JsonSchema for Optional<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> std::borrow::Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        T::json_schema(generator)
    }
}

/// The body as it was sent, for operations that verify a signature of it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RawBody(
    #[cfg_attr(feature = "schema", schemars(with = "serde_json::Map<String, serde_json::Value>"))] Vec<u8>,
);

impl RawBody {
    /// Creates a body, for tests.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }
}

impl AsRef<[u8]> for RawBody {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Body for RawBody {
    fn read(bytes: &[u8], _: &str, _: &HeaderMap) -> Result<Self, Problem> {
        if bytes.len() > MAX_BODY {
            return Err(RequestRefusal::BodyTooLarge(MAX_BODY).into());
        }
        Ok(Self(bytes.to_vec()))
    }
}

impl<T: DeserializeOwned + Send + 'static> Body for T {
    fn read(bytes: &[u8], method: &str, headers: &HeaderMap) -> Result<Self, Problem> {
        if bytes.len() > MAX_BODY {
            return Err(RequestRefusal::BodyTooLarge(MAX_BODY).into());
        }
        let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if content_type.is_some_and(|value| !is_json(value, method)) {
            return Err(RequestRefusal::NotJson.into());
        }
        // First checks that the whole body is JSON, so that later errors concern the value at the reported path.
        serde_json::from_slice::<IgnoredAny>(bytes).map_err(|error| malformed(&error))?;
        if !bytes.trim_ascii_start().starts_with(b"{") {
            // serde would accept an array for an object, field by field.
            return Err(invalid(String::new(), "expected an object".to_owned()));
        }
        strict(&whole_numbers(bytes))
    }
}

fn strict<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let mut unknown = None;
    let mut note = |path: serde_ignored::Path<'_>| {
        unknown.get_or_insert_with(|| pointer_to_ignored(&path));
    };
    let strict = serde_ignored::Deserializer::new(&mut json, &mut note);
    let body = serde_path_to_error::deserialize(strict).map_err(|error| match error.inner().classify() {
        Category::Data => invalid(pointer(error.path()), message(error.inner())),
        // Ignored values are not fully validated: they may hold text that is not UTF-8.
        Category::Syntax | Category::Eof | Category::Io => malformed(error.inner()),
    })?;
    // Stored types and events tolerate unknown fields. In a request an unknown field is an error: a mistake of the
    // client, or an attempt to set a field that the client may not set.
    match unknown {
        Some(pointer) => Err(invalid(pointer, "unknown field".to_owned())),
        None => Ok(body),
    }
}

/// A body whose type depends on the path of the request.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Object(serde_json::Map<String, serde_json::Value>);

impl Object {
    /// Reads the body as one of a type, as strictly as if the operation had no other.
    ///
    /// # Errors
    /// 422 if it is not of the type.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        strict(&serde_json::to_vec(&self.0).map_err(Problem::internal)?)
    }
}

/// RFC 9110 §8.3.1: media types are compared case-insensitively and without their parameters.
fn is_json(content_type: &str, method: &str) -> bool {
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    media_types(method).iter().any(|known| media_type.eq_ignore_ascii_case(known))
}

/// Returns the media types of the bodies that requests with a method have. A `PATCH` is a merge patch (RFC 7396), under its own
/// name or as plain JSON.
#[must_use]
pub fn media_types(method: &str) -> &'static [&'static str] {
    if method == "PATCH" {
        &["application/json", "application/merge-patch+json"]
    } else {
        &["application/json"]
    }
}

fn malformed(error: &serde_json::Error) -> Problem {
    let errors = vec![FieldError { pointer: String::new(), message: error.to_string() }];
    Problem::from(RequestRefusal::MalformedJson).with_errors(errors)
}

fn invalid(pointer: String, message: String) -> Problem {
    Problem::from(RequestRefusal::InvalidBody).with_errors(vec![FieldError { pointer, message }])
}

/// Returns the error message without line and column, which the pointer replaces.
fn message(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    text.strip_suffix(&place).unwrap_or(&text).to_owned()
}

/// Returns serde's path as a JSON pointer (RFC 6901).
fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter().fold(String::new(), |pointer, segment| match segment {
        Segment::Seq { index } => format!("{pointer}/{index}"),
        Segment::Map { key } => format!("{pointer}/{}", escaped(key)),
        Segment::Enum { .. } | Segment::Unknown => pointer,
    })
}

/// Returns the path of an ignored field as a JSON pointer.
fn pointer_to_ignored(path: &serde_ignored::Path<'_>) -> String {
    use serde_ignored::Path;
    match path {
        Path::Root => String::new(),
        Path::Seq { parent, index } => format!("{}/{index}", pointer_to_ignored(parent)),
        Path::Map { parent, key } => format!("{}/{}", pointer_to_ignored(parent), escaped(key)),
        Path::Some { parent } | Path::NewtypeStruct { parent } | Path::NewtypeVariant { parent } => {
            pointer_to_ignored(parent)
        }
    }
}

/// Escapes a member's name for a JSON pointer (RFC 6901 §3).
fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    struct Order {
        lines: Vec<Line>,
    }

    #[derive(Debug, Deserialize)]
    struct Line {
        quantity: u8,
    }

    fn refusal(body: &[u8]) -> String {
        let problem = Order::read(body, "POST", &HeaderMap::new()).unwrap_err();
        let response = problem.into_response("r");
        let details: serde_json::Value = serde_json::from_str(response.body().as_deref().unwrap()).unwrap();
        format!("{} {} {}", details["status"], details["code"], details["errors"][0]["pointer"])
    }

    #[test]
    fn an_invalid_body_is_refused_with_a_pointer_to_the_error() {
        assert_eq!(
            refusal(br#"{"lines":[{"quantity":1},{"quantity":-1}]}"#),
            r#"422 "invalid_body" "/lines/1/quantity""#
        );
        assert_eq!(refusal(br#"{"lines":[],"price":1}"#), r#"422 "invalid_body" "/price""#);
        assert_eq!(refusal(br#"{"lines":[]"#), r#"400 "malformed_json" """#);
        assert_eq!(refusal(br#"{"lines":[]} {}"#), r#"400 "malformed_json" """#);
        assert_eq!(refusal(b""), r#"400 "malformed_json" """#);
        assert_eq!(refusal(b"{\"lines\":\"\xff\"}"), r#"400 "malformed_json" """#);
        assert_eq!(refusal(b"[[]]"), r#"422 "invalid_body" """#, "an array is not accepted as an object");
        assert_eq!(refusal(&vec![b' '; MAX_BODY + 1]), r#"413 "body_too_large" null"#);
    }

    #[test]
    fn an_optional_body_is_left_out_or_as_strict_as_any() {
        let read = |body: &[u8]| Optional::<Order>::read(body, "POST", &HeaderMap::new());
        assert!(read(b"").unwrap().as_ref().is_none());
        assert_eq!(read(br#"{"lines":[]}"#).unwrap().as_ref().unwrap().lines.len(), 0);
        for bad in [&b" "[..], b"{}", br#"{"lines":[],"more":1}"#] {
            assert!(read(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_raw_body_is_what_was_sent() {
        let sent = b"{ \"id\" : \"evt_1\" }\n";
        assert_eq!(RawBody::read(sent, "POST", &HeaderMap::new()).unwrap().as_ref(), sent);
        let large = RawBody::read(&vec![b' '; MAX_BODY + 1], "POST", &HeaderMap::new()).unwrap_err();
        assert_eq!(large.status(), 413);
    }

    #[test]
    fn a_body_of_a_type_that_the_path_names_is_read_as_strictly() {
        let refused = |body: &[u8]| {
            let object = <Object as Body>::read(body, "PUT", &HeaderMap::new()).unwrap();
            let problem = object.read::<Order>().unwrap_err();
            (problem.status().as_u16(), problem.errors()[0].pointer.clone())
        };
        assert_eq!(refused(br#"{"lines":[{"quantity":-1}]}"#), (422, "/lines/0/quantity".to_owned()));
        assert_eq!(refused(br#"{"lines":[],"price":1}"#), (422, "/price".to_owned()));
        let object =
            <Object as Body>::read(br#"{"lines":[{"quantity":1}]}"#, "PUT", &HeaderMap::new()).unwrap();
        assert_eq!(object.read::<Order>().unwrap().lines[0].quantity, 1);
        assert!(<Object as Body>::read(b"[]", "PUT", &HeaderMap::new()).is_err());
    }

    #[test]
    fn only_json_is_accepted() {
        for (method, content_type, status) in [
            ("POST", "text/plain", 415),
            ("POST", "application/jsonx", 415),
            ("POST", "Application/JSON; charset=utf-8", 422),
            ("PATCH", "application/json", 422),
            ("PATCH", "application/merge-patch+json", 422),
            ("PATCH", "application/json-patch+json", 415),
            ("PUT", "application/merge-patch+json", 415),
        ] {
            let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, content_type.parse().unwrap())]);
            assert_eq!(Order::read(b"{}", method, &headers).unwrap_err().status(), status, "{content_type}");
        }
    }
}
