//! IAM authorization of routes: verifies that a request is signed (Signature Version 4) with a function's credentials.

use std::time::SystemTime;

use aws_sigv4::http_request::{SessionTokenMode, SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use rustack_auth::sigv4::{ParsedAuth, parse_authorization_header};
use subtle::ConstantTimeEq as _;

use super::Place;
use super::received::Received;
use super::reply::Refusal;
use engines::credentials::{Caller, Credentials};
use engines::iam::Policies;

/// The service name in a signature's scope.
const SERVICE: &str = "execute-api";

/// A signature is valid for five minutes before and after its date.
const MAX_SKEW_SECONDS: i64 = 300;

/// Headers that the signer adds itself.
const SIGNER_HEADERS: [&str; 3] = ["authorization", "x-amz-date", "x-amz-security-token"];

/// Why a signature is invalid. It is only logged; the client gets "Forbidden".
#[derive(Debug, thiserror::Error)]
enum Invalid {
    #[error("the request is not signed")]
    Unsigned,
    #[error("the Authorization header is malformed")]
    Malformed,
    #[error("signed for {0}")]
    Scope(String),
    #[error("the signature's date is missing, malformed or more than five minutes off")]
    Date,
    #[error("unknown access key")]
    UnknownKey,
    #[error("the session token does not belong to the access key")]
    Token,
    #[error("the signature does not match")]
    Mismatch,
}

/// Verifies the request's signature and returns the caller.
pub(super) fn verify(
    received: &Received,
    credentials: &dyn Credentials,
    place: &Place,
) -> Result<Caller, Refusal> {
    check(received, credentials, place).map_err(|reason| {
        tracing::warn!(path = received.parts.uri.path(), %reason, "the request's signature is invalid");
        Refusal::Forbidden
    })
}

/// Checks that the caller's policies allow `execute-api:Invoke` on the requested method and path
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-access-control-iam.html>). The client gets
/// only "Forbidden".
pub(super) fn may_invoke(policies: &Policies, caller: &Caller, route_arn: &str) -> Result<(), Refusal> {
    policies.check_route(&caller.operation, route_arn).map_err(|_| Refusal::Forbidden)
}

fn check(received: &Received, credentials: &dyn Credentials, place: &Place) -> Result<Caller, Invalid> {
    let header = received.header("authorization").ok_or(Invalid::Unsigned)?;
    let claim = parse_authorization_header(header).map_err(|_| Invalid::Malformed)?;
    if claim.service != SERVICE || claim.region != place.region {
        return Err(Invalid::Scope(format!("{} in {}", claim.service, claim.region)));
    }
    if !claim.signed_headers.iter().any(|name| name == "host") {
        return Err(Invalid::Malformed);
    }
    let time = signing_time(received, &claim).ok_or(Invalid::Date)?;
    let caller = credentials.secret(&claim.access_key_id).ok_or(Invalid::UnknownKey)?;
    let token = received.header("x-amz-security-token").unwrap_or_default();
    if !bool::from(token.as_bytes().ct_eq(caller.session_token.as_bytes())) {
        return Err(Invalid::Token);
    }
    let expected = signature(received, &claim, &caller, time).ok_or(Invalid::Malformed)?;
    if bool::from(expected.as_bytes().ct_eq(claim.signature.as_bytes())) {
        Ok(caller)
    } else {
        Err(Invalid::Mismatch)
    }
}

fn signing_time(received: &Received, claim: &ParsedAuth) -> Option<SystemTime> {
    let text = received.header("x-amz-date")?;
    let date = DateTime::strptime("%Y%m%dT%H%M%SZ", text).ok()?;
    let time = date.to_zoned(TimeZone::UTC).ok()?.timestamp();
    let skew = (time.as_second() - received.at.as_second()).abs();
    (text.starts_with(&claim.date) && skew <= MAX_SKEW_SECONDS).then(|| time.into())
}

/// Computes the signature that the caller's credentials produce for this request.
fn signature(received: &Received, claim: &ParsedAuth, caller: &Caller, time: SystemTime) -> Option<String> {
    let identity = aws_credential_types::Credentials::new(
        &caller.access_key_id,
        &caller.secret_access_key,
        Some(caller.session_token.clone()),
        None,
        "bodega",
    )
    .into();
    let signed = |name: &str| claim.signed_headers.iter().any(|signed| signed == name);
    let mut settings = SigningSettings::default();
    // Include exactly the headers that the client signed.
    settings.excluded_headers = None;
    settings.session_token_mode =
        if signed("x-amz-security-token") { SessionTokenMode::Include } else { SessionTokenMode::Exclude };
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(&claim.region)
        .name(SERVICE)
        .time(time)
        .settings(settings)
        .build()
        .ok()?;
    let headers = received
        .parts
        .headers
        .iter()
        .filter(|(name, _)| signed(name.as_str()) && !SIGNER_HEADERS.contains(&name.as_str()));
    let headers = headers.map(|(name, value)| value.to_str().ok().map(|value| (name.as_str(), value)));
    let headers = headers.collect::<Option<Vec<_>>>()?;
    let uri = &received.parts.uri;
    let url = format!(
        "http://{}{}",
        received.header("host")?,
        uri.path_and_query().map_or("/", |path| path.as_str())
    );
    let body = SignableBody::Bytes(&received.body);
    let request =
        SignableRequest::new(received.parts.method.as_str(), url, headers.into_iter(), body).ok()?;
    let (_, signature) = sign(request, &params.into()).ok()?.into_parts();
    Some(signature)
}
