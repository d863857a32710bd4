//! Uploads as a browser makes them, and what S3 reports about them.

use reqwest::Client;
use serde_json::Value;

/// Uploads a file as the reply to its announcement says. Returns the status and the body.
///
/// # Errors
/// If there is no answer.
pub async fn upload(announced: &Value, file: Vec<u8>) -> Result<(u16, String), reqwest::Error> {
    let upload = &announced["upload"];
    let mut request = Client::new().put(upload["url"].as_str().unwrap_or_default()).body(file);
    for (name, value) in upload["headers"].as_object().into_iter().flatten() {
        // The client sets it, as a browser does.
        if name != "content-length" {
            request = request.header(name, value.as_str().unwrap_or_default());
        }
    }
    let response = request.send().await?;
    Ok((response.status().as_u16(), response.text().await?))
}

/// What S3 reports about the upload of a file.
#[must_use]
pub fn report(bucket: &str, key: &str) -> Value {
    let example: Value =
        serde_json::from_str(include_str!("../../events/finish-image.json")).expect("the event is JSON");
    let body = example["Records"][0]["body"].as_str().expect("the event has a body");
    let mut body: Value = serde_json::from_str(body).expect("the body is JSON");
    body["Records"][0]["s3"]["bucket"]["name"] = bucket.into();
    body["Records"][0]["s3"]["object"]["key"] = key.into();
    body
}
