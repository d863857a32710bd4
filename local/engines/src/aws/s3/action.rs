//! The action of a call: S3 has it in the method, the path and the query, and nowhere else.

use http::{HeaderMap, Method, Uri};
use percent_encoding::percent_decode_str;

/// Returns the name of a call's action.
pub(crate) fn action(method: &Method, uri: &Uri, headers: &HeaderMap) -> String {
    let query = uri.query().unwrap_or_default();
    let has = |name: &str| query.split('&').any(|pair| pair.split('=').next() == Some(name));
    let key = bucket_and_key(uri).map(|(_, key)| key);
    let is_copy = headers.contains_key("x-amz-copy-source");
    let name = match (method, key.as_deref()) {
        (&Method::OPTIONS, _) => "Preflight",
        (&Method::GET, None) => "ListBuckets",
        (&Method::GET, Some("")) if has("location") => "GetBucketLocation",
        (&Method::GET, Some("")) if has("uploads") => "ListMultipartUploads",
        (&Method::GET, Some("")) if only_lists(query) => "ListObjectsV2",
        (&Method::HEAD, Some("")) => "HeadBucket",
        (&Method::PUT, Some("")) if query.is_empty() => "CreateBucket",
        (&Method::DELETE, Some("")) if query.is_empty() => "DeleteBucket",
        (&Method::POST, Some("")) if has("delete") => "DeleteObjects",
        (_, None | Some("")) => "Unsupported",
        (_, Some(_)) if ["acl", "tagging", "retention", "legal-hold", "attributes"].into_iter().any(has) => {
            "Unsupported"
        }
        (&Method::GET, Some(_)) if has("uploadId") => "ListParts",
        (&Method::GET, Some(_)) => "GetObject",
        (&Method::HEAD, Some(_)) => "HeadObject",
        (&Method::PUT, Some(_)) if has("partNumber") && is_copy => "UploadPartCopy",
        (&Method::PUT, Some(_)) if has("partNumber") => "UploadPart",
        (&Method::PUT, Some(_)) if is_copy => "CopyObject",
        (&Method::PUT, Some(_)) => "PutObject",
        (&Method::POST, Some(_)) if has("uploads") => "CreateMultipartUpload",
        (&Method::POST, Some(_)) if has("uploadId") => "CompleteMultipartUpload",
        (&Method::DELETE, Some(_)) if has("uploadId") => "AbortMultipartUpload",
        (&Method::DELETE, Some(_)) => "DeleteObject",
        _ => "Unsupported",
    };
    name.to_owned()
}

/// Whether a query asks for nothing but a list of objects.
fn only_lists(query: &str) -> bool {
    const LISTING: [&str; 9] = [
        "continuation-token",
        "delimiter",
        "encoding-type",
        "fetch-owner",
        "list-type",
        "marker",
        "max-keys",
        "prefix",
        "start-after",
    ];
    let mut names = query.split('&').map(|pair| pair.split('=').next().unwrap_or_default());
    names.all(|name| {
        name.is_empty() || name.starts_with("X-Amz-") || name == "x-id" || LISTING.contains(&name)
    })
}

/// Returns the bucket and the key in a path, decoded; the key is empty if the path is the bucket's. `None` for the service's path.
pub(crate) fn bucket_and_key(uri: &Uri) -> Option<(String, String)> {
    split(uri.path())
}

/// Returns the bucket and the key that a call copies.
pub(crate) fn copy_source(headers: &HeaderMap) -> Option<(String, String)> {
    let source = headers.get("x-amz-copy-source")?.to_str().ok()?;
    split(source.split('?').next().unwrap_or(source))
}

fn split(path: &str) -> Option<(String, String)> {
    let path = percent_decode_str(path).decode_utf8().ok()?;
    let path = path.strip_prefix('/').unwrap_or(&path);
    let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
    (!bucket.is_empty()).then(|| (bucket.to_owned(), key.to_owned()))
}
