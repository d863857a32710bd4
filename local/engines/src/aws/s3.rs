//! S3: the embedded engine, which keeps objects as files, with what it lacks: CORS, event notifications, and a check of an
//! upload before anything of it is kept.
//!
//! A call that is signed in its headers is known by its access key, like every other call. A presigned URL is passed around, so the
//! engine verifies its signature, its expiry and the headers that it signs.

mod action;
mod cors;
mod notification;

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, Uri, header};
use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::{S3Auth, SecretKey};
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{S3Result, s3_error};
use s3s_fs::FileSystem;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::call::{Call, Principal, Service};
use super::response::{Response, collect, s3_error};
use super::{Options, StartError};
use crate::credentials::Credentials;
use model::deployment::Bucket;

pub(super) use action::action;
pub(crate) use action::{bucket_and_key, copy_source};
pub(super) use notification::Notification;

/// Headers of a signature, which the engine would verify.
const SIGNATURE: [&str; 4] = ["authorization", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token"];

/// S3.
pub(super) struct S3 {
    service: S3Service,
    region: String,
    account: String,
    buckets: RwLock<Vec<Bucket>>,
    /// The folder of the objects, if nothing is to be kept.
    _temporary: Option<TempDir>,
}

impl S3 {
    /// Starts the engine; with a data directory, objects survive a restart.
    pub(super) fn embedded(options: &Options, credentials: Arc<dyn Credentials>) -> Result<Self, StartError> {
        let failed = |path: PathBuf| move |error| StartError::File(path, error);
        let (folder, temporary) = match &options.data {
            Some(data) => (data.join("s3"), None),
            None => {
                let temporary = TempDir::new().map_err(failed(std::env::temp_dir()))?;
                (temporary.path().to_owned(), Some(temporary))
            }
        };
        std::fs::create_dir_all(&folder).map_err(failed(folder.clone()))?;
        let files =
            FileSystem::new(&folder).map_err(|error| StartError::Engine("S3", format!("{error:?}")))?;
        let mut builder = S3ServiceBuilder::new(files);
        builder.set_auth(Signers(credentials));
        builder.set_access(Everyone);
        Ok(Self {
            service: builder.build(),
            region: options.region.clone(),
            account: options.account.clone(),
            buckets: RwLock::default(),
            _temporary: temporary,
        })
    }

    /// Sets the buckets' rules. The buckets themselves are created by calls.
    pub(super) fn know(&self, buckets: &[Bucket]) {
        buckets.clone_into(&mut self.buckets.write().unwrap_or_else(PoisonError::into_inner));
    }

    /// Answers a browser's question before a request, which is not signed.
    pub(super) fn preflight(&self, call: &Call) -> Option<Response> {
        (call.service == Service::S3 && call.method == Method::OPTIONS)
            .then(|| cors::preflight(self.bucket_of(call).as_ref(), &call.headers))
    }

    /// Adds to an answer what a browser needs to pass it on to the page.
    pub(super) fn decorate(&self, call: &Call, response: &mut Response) {
        if call.service == Service::S3 {
            cors::decorate(self.bucket_of(call).as_ref(), call, response.headers_mut());
        }
    }

    /// Answers a call. Returns what the bucket then publishes about the object that was created.
    pub(super) async fn handle(&self, call: &Call) -> (Response, Vec<Notification>) {
        if let Some(refusal) = refuse(call) {
            return (refusal, Vec::new());
        }
        let response = self.run(call).await;
        if !response.status().is_success() {
            return (response, Vec::new());
        }
        let bucket = self.bucket_of(call);
        let notifications =
            bucket.map(|bucket| notification::about(&bucket, call, &response, &self.region, &self.account));
        (response, notifications.unwrap_or_default())
    }

    async fn run(&self, call: &Call) -> Response {
        let mut request = http::Request::new(s3s::Body::from(call.body.clone()));
        *request.method_mut() = call.method.clone();
        *request.uri_mut() = if call.is_presigned() { call.uri.clone() } else { as_written(&call.uri) };
        *request.headers_mut() = call.headers.clone();
        if !call.is_presigned() {
            for name in SIGNATURE {
                request.headers_mut().remove(name);
            }
        }
        // Boxed: the compiler lays out nested futures recursively, up to a limit.
        match Box::pin(self.service.call(request)).await {
            Ok(response) => collect(response).await,
            Err(error) => s3_error(StatusCode::INTERNAL_SERVER_ERROR, "InternalError", &format!("{error:?}")),
        }
    }

    fn bucket_of(&self, call: &Call) -> Option<Bucket> {
        let (name, _) = bucket_and_key(&call.uri)?;
        let buckets = self.buckets.read().unwrap_or_else(PoisonError::into_inner);
        buckets.iter().find(|bucket| bucket.name == name).cloned()
    }
}

/// Returns a URI without the wish for encoded keys: the engine would say that it encodes them, and does not.
fn as_written(uri: &Uri) -> Uri {
    let Some(query) = uri.query() else { return uri.clone() };
    let left = query.split('&').filter(|pair| !pair.starts_with("encoding-type=")).collect::<Vec<_>>();
    format!("{}?{}", uri.path(), left.join("&")).parse().unwrap_or_else(|_| uri.clone())
}

/// Refuses what the engine would take for something else, or would keep before it finds that it is wrong.
fn refuse(call: &Call) -> Option<Response> {
    // The engine would leave the prefix that rights were checked for.
    let climbs = |found: Option<(String, String)>| {
        found.is_some_and(|(_, key)| key.split('/').any(|part| matches!(part, "." | "..")))
    };
    if climbs(bucket_and_key(&call.uri)) || climbs(copy_source(&call.headers)) {
        return Some(s3_error(StatusCode::BAD_REQUEST, "InvalidURI", "Couldn't parse the specified URI."));
    }
    let header = |name: &str| call.headers.get(name).and_then(|value| value.to_str().ok());
    if header("x-amz-content-sha256").is_some_and(|hash| hash.starts_with("STREAMING-")) {
        let message =
            "The laptop cloud does not support uploads in signed chunks; send the object in one piece";
        return Some(s3_error(StatusCode::NOT_IMPLEMENTED, "NotImplemented", message));
    }
    let announced = header("x-amz-checksum-sha256").filter(|_| call.method == Method::PUT)?;
    let is_same = announced == BASE64.encode(Sha256::digest(&call.body));
    (!is_same).then(|| {
        let message = "The SHA256 you specified did not match the calculated checksum.";
        s3_error(StatusCode::BAD_REQUEST, "BadDigest", message)
    })
}

/// A call that the laptop cloud makes itself.
pub(super) fn in_process(method: Method, path: &str, headers: HeaderMap) -> Option<Call> {
    let uri: Uri = path.parse().ok()?;
    let action = action(&method, &uri, &headers);
    let (principal, body) = (Principal::Cloud, Bytes::new());
    let mut call = Call { principal, service: Service::S3, action, method, uri, headers, body };
    call.headers.insert(header::HOST, header::HeaderValue::from_static("127.0.0.1"));
    Some(call)
}

/// The call that lists the bucket of a call that reads an object.
pub(super) fn listing(call: &Call) -> Option<Call> {
    let (bucket, _) = bucket_and_key(&call.uri)?;
    let reads = matches!(call.action.as_str(), "GetObject" | "HeadObject");
    let list = || {
        Some(Call {
            principal: call.principal.clone(),
            ..in_process(Method::GET, &format!("/{bucket}"), HeaderMap::new())?
        })
    };
    reads.then(list).flatten()
}

/// The secrets that presigned URLs are verified with. Only functions sign with credentials that are known here.
struct Signers(Arc<dyn Credentials>);

#[async_trait::async_trait]
impl S3Auth for Signers {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        let caller = self.0.secret(access_key);
        let unknown = "The AWS Access Key Id you provided does not exist in our records.";
        caller
            .map(|caller| SecretKey::from(caller.secret_access_key))
            .ok_or_else(|| s3_error!(InvalidAccessKeyId, "{unknown}"))
    }
}

/// Admits everyone: rights were checked before.
struct Everyone;

#[async_trait::async_trait]
impl S3Access for Everyone {
    async fn check(&self, _: &mut S3AccessContext<'_>) -> S3Result<()> {
        Ok(())
    }
}

impl std::fmt::Debug for S3 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("S3").field("region", &self.region).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
