//! A request as operations receive it: parsed, typed, with the caller's authority verified.

use std::collections::HashMap;
use std::str::FromStr;

use domain::events::{Envelope, Event};
use domain::words::id::NewId;
use http::{HeaderMap, header};
use jiff::Timestamp;
use lambda_http::{Request, RequestExt};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::error::Category;
use store::Trigger;

use crate::caller::{Authority, SignedIn};
use crate::cause::{Cause, new_id};
use crate::problem::{FieldError, Problem};
use crate::refusal::RequestRefusal;
use crate::reply::is_of_version;

/// Maximum body size in bytes. An order of 40 lines is under 10 KB.
pub const MAX_BODY: usize = 256 * 1024;

/// A request with body `B` from a caller with authority `W`; by default, any signed-in caller.
#[derive(Debug, Clone)]
pub struct Call<B = NoBody, W = SignedIn> {
    /// The body.
    pub body: B,
    /// The caller.
    pub caller: W,
    /// The time of the call. Operations have no other clock.
    pub now: Timestamp,
    /// The call's cause, for the events that it publishes.
    pub cause: Cause,
    path: HashMap<String, String>,
    query: String,
    headers: HeaderMap,
}

/// The operation takes no body; a body that is sent is ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NoBody;

/// How a body is parsed.
pub trait Body: Sized + Send + 'static {
    /// Whether there is one to read.
    const IS_READ: bool = true;

    /// Parses the body.
    ///
    /// # Errors
    /// 413, 415, 400 if the body is not JSON, 422 if the JSON does not match this operation's type.
    fn read(bytes: &[u8], headers: &HeaderMap) -> Result<Self, Problem>;
}

impl Body for NoBody {
    const IS_READ: bool = false;

    fn read(_: &[u8], _: &HeaderMap) -> Result<Self, Problem> {
        Ok(Self)
    }
}

impl<T: DeserializeOwned + Send + 'static> Body for T {
    fn read(bytes: &[u8], headers: &HeaderMap) -> Result<Self, Problem> {
        if bytes.len() > MAX_BODY {
            return Err(RequestRefusal::BodyTooLarge(MAX_BODY).into());
        }
        let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if content_type.is_some_and(|value| !is_json(value)) {
            return Err(RequestRefusal::NotJson.into());
        }
        // First checks that the whole body is JSON, so that later errors concern the value at the reported path.
        serde_json::from_slice::<IgnoredAny>(bytes).map_err(|error| malformed(&error))?;
        if !bytes.trim_ascii_start().starts_with(b"{") {
            // serde would accept an array for an object, field by field.
            return Err(invalid(String::new(), "expected an object".to_owned()));
        }
        let mut json = serde_json::Deserializer::from_slice(bytes);
        let mut unknown = None;
        let mut note = |path: serde_ignored::Path<'_>| {
            unknown.get_or_insert_with(|| pointer_to_ignored(&path));
        };
        let strict = serde_ignored::Deserializer::new(&mut json, &mut note);
        let body =
            serde_path_to_error::deserialize(strict).map_err(|error| match error.inner().classify() {
                Category::Data => invalid(pointer(error.path()), message(error.inner())),
                // Ignored values are not fully validated: they may hold text that is not UTF-8, or numbers that no type
                // can hold.
                Category::Syntax | Category::Eof | Category::Io => malformed(error.inner()),
            })?;
        // Stored types and events tolerate unknown fields. In a request an unknown field is an error: a mistake of the
        // client, or an attempt to set a field that the client may not set.
        match unknown {
            Some(pointer) => Err(invalid(pointer, "unknown field".to_owned())),
            None => Ok(body),
        }
    }
}

/// RFC 9110 §8.3.1: media types are compared case-insensitively and without their parameters.
fn is_json(content_type: &str) -> bool {
    let media_type = content_type.split(';').next().unwrap_or_default();
    media_type.trim().eq_ignore_ascii_case("application/json")
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

/// The client's key for a request that must take effect once: 1 to 255 visible ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// Returns the key as it was sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for IdempotencyKey {
    type Err = RequestRefusal;

    fn from_str(text: &str) -> Result<Self, RequestRefusal> {
        if (1..=255).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(RequestRefusal::IdempotencyKeyInvalid)
        }
    }
}

impl<B: Body, W: Authority> Call<B, W> {
    /// Parses a request. The caller's authority is verified before the body is read.
    pub(crate) fn read(request: &Request, cause: Cause, now: Timestamp) -> Result<Self, Problem> {
        let context = request.request_context_ref();
        let caller = W::prove(context.and_then(|context| context.authorizer()))?;
        let headers = request.headers();
        let body = B::read(request.body().as_ref(), headers)?;
        let path = request.path_parameters();
        Ok(Self {
            body,
            caller,
            now,
            cause,
            path: path.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            query: request.uri().query().unwrap_or_default().to_owned(),
            headers: headers.clone(),
        })
    }
}

impl<B, W> Call<B, W> {
    /// Creates a call in the process, for tests.
    pub fn new(caller: W, body: B, now: Timestamp) -> Self {
        Self {
            body,
            caller,
            now,
            cause: Cause::new("in-process"),
            path: HashMap::new(),
            query: String::new(),
            headers: HeaderMap::new(),
        }
    }

    /// Adds a path parameter.
    #[must_use]
    pub fn with_path(mut self, name: &str, value: impl ToString) -> Self {
        self.path.insert(name.to_owned(), value.to_string());
        self
    }

    /// Sets the query string.
    #[must_use]
    pub fn with_query(mut self, query: &str) -> Self {
        query.clone_into(&mut self.query);
        self
    }

    /// Adds a header. Headers that HTTP does not allow are left out.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(value) = value.parse() {
            self.headers.insert(name, value);
        }
        self
    }

    /// Returns a path parameter.
    ///
    /// # Errors
    /// 404 if it is malformed, since no resource has such a name.
    pub fn path<T: FromStr>(&self, name: &str) -> Result<T, Problem> {
        self.path.get(name).and_then(|text| text.parse().ok()).ok_or_else(|| RequestRefusal::NotFound.into())
    }

    /// Parses the query string.
    ///
    /// # Errors
    /// 400 if it does not match `T`.
    pub fn query<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        let query = serde_urlencoded::from_str(&self.query);
        query.map_err(|error| RequestRefusal::InvalidQuery(error.to_string()).into())
    }

    /// Returns the Idempotency-Key.
    ///
    /// # Errors
    /// 400 if it is missing or malformed.
    pub fn idempotency_key(&self) -> Result<IdempotencyKey, Problem> {
        self.optional_idempotency_key()?.ok_or_else(|| RequestRefusal::IdempotencyKeyMissing.into())
    }

    /// Returns the Idempotency-Key of a request for which it is optional.
    ///
    /// # Errors
    /// 400 if it is present and malformed.
    pub fn optional_idempotency_key(&self) -> Result<Option<IdempotencyKey>, Problem> {
        let key = self.headers.get("idempotency-key").map(|key| key.to_str().unwrap_or_default().parse());
        Ok(key.transpose()?)
    }

    /// Rejects the call if its `If-Match` names a version other than `current` (RFC 9110 §13.1.1). Without the header,
    /// or with `*`, any version matches.
    ///
    /// # Errors
    /// 412 if the version differs.
    pub fn if_match(&self, current: u64) -> Result<(), Problem> {
        let Some(wanted) = self.headers.get(header::IF_MATCH) else { return Ok(()) };
        let mut wanted = wanted.to_str().unwrap_or_default().split(',').map(str::trim);
        if wanted.any(|tag| tag == "*" || is_of_version(tag, current)) {
            return Ok(());
        }
        Err(RequestRefusal::VersionMismatch.into())
    }

    /// Like [`if_match`](Self::if_match), for a resource with several writers: the header is required.
    ///
    /// # Errors
    /// 428 if it is missing, 412 if the version differs.
    pub fn must_match(&self, current: u64) -> Result<(), Problem> {
        if self.headers.contains_key(header::IF_MATCH) {
            self.if_match(current)
        } else {
            Err(RequestRefusal::PreconditionRequired.into())
        }
    }

    /// Returns a new id with the time of this call.
    #[must_use]
    pub fn new_id<T: NewId>(&self) -> T {
        new_id(self.now)
    }
}

impl<B: Send + Sync, W: Send + Sync> Trigger for Call<B, W> {
    fn now(&self) -> Timestamp {
        self.now
    }

    fn envelope(&self, event: Event) -> Envelope {
        self.cause.envelope(event, self.now)
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only parsing is tested")]
    struct Order {
        lines: Vec<Line>,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only parsing is tested")]
    struct Line {
        quantity: u8,
    }

    fn refusal(body: &[u8]) -> String {
        let problem = Order::read(body, &HeaderMap::new()).unwrap_err();
        let response = problem.into_response("r");
        let details: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
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
    fn only_json_is_accepted() {
        for (content_type, status) in
            [("text/plain", 415), ("application/jsonx", 415), ("Application/JSON; charset=utf-8", 422)]
        {
            let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, content_type.parse().unwrap())]);
            assert_eq!(Order::read(b"{}", &headers).unwrap_err().status(), status, "{content_type}");
        }
    }
}
