//! CORS of a bucket, as its `CorsConfiguration` specifies
//! (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html>).

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use crate::aws::call::Call;
use crate::aws::response::{Response, build, s3_error};
use model::deployment::{Bucket, Cors};

/// Answers a preflight request.
pub(super) fn preflight(bucket: Option<&Bucket>, headers: &HeaderMap) -> Response {
    let (Some(origin), Some(method)) =
        (text(headers, &ORIGIN), text(headers, &ACCESS_CONTROL_REQUEST_METHOD))
    else {
        let message = "Insufficient information. Origin request header needed.";
        return s3_error(StatusCode::BAD_REQUEST, "BadRequest", message);
    };
    let asked = text(headers, &ACCESS_CONTROL_REQUEST_HEADERS).unwrap_or_default();
    let asked: Vec<&str> = asked.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    let Some(rule) = rule(bucket, origin, method, &asked) else {
        let message = "CORSResponse: This CORS request is not allowed. This is usually because the evaluation of Origin, \
            request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the \
            resource's CORS spec.";
        return s3_error(StatusCode::FORBIDDEN, "AccessForbidden", message);
    };
    let mut answer = HeaderMap::new();
    allow(rule, origin, &mut answer);
    set(&mut answer, ACCESS_CONTROL_ALLOW_HEADERS, &asked.join(", "));
    if let Some(age) = rule.max_age {
        set(&mut answer, ACCESS_CONTROL_MAX_AGE, &age.to_string());
    }
    build(StatusCode::OK, answer, bytes::Bytes::new())
}

/// Adds the headers of a request's rule to its answer.
pub(super) fn decorate(bucket: Option<&Bucket>, call: &Call, answer: &mut HeaderMap) {
    let Some(origin) = text(&call.headers, &ORIGIN) else { return };
    if let Some(rule) = rule(bucket, origin, call.method.as_str(), &[]) {
        allow(rule, origin, answer);
    }
}

/// Returns the first rule that allows a request.
fn rule<'b>(bucket: Option<&'b Bucket>, origin: &str, method: &str, headers: &[&str]) -> Option<&'b Cors> {
    bucket?.cors.iter().find(|rule| {
        let is_allowed = |name: &&str| rule.headers.iter().any(|pattern| fits(pattern, name));
        rule.origins.iter().any(|pattern| fits(pattern, origin))
            && rule.methods.iter().any(|known| known == method)
            && headers.iter().all(is_allowed)
    })
}

fn allow(rule: &Cors, origin: &str, answer: &mut HeaderMap) {
    let anyone = rule.origins.iter().any(|pattern| pattern == "*");
    set(answer, ACCESS_CONTROL_ALLOW_ORIGIN, if anyone { "*" } else { origin });
    set(answer, ACCESS_CONTROL_ALLOW_METHODS, &rule.methods.join(", "));
    set(answer, ACCESS_CONTROL_EXPOSE_HEADERS, &rule.expose.join(", "));
    set(answer, VARY, "Origin, Access-Control-Request-Headers, Access-Control-Request-Method");
}

/// A pattern of origins or headers may have one `*`.
fn fits(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.to_ascii_lowercase(), text.to_ascii_lowercase());
    match pattern.split_once('*') {
        None => pattern == text,
        Some((before, after)) => {
            text.len() >= before.len() + after.len() && text.starts_with(before) && text.ends_with(after)
        }
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if !value.is_empty()
        && let Ok(value) = HeaderValue::try_from(value)
    {
        headers.insert(name, value);
    }
}
