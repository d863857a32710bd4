//! Pictures, drawn here, and their upload as a browser makes it.

use std::io::Cursor;

use domain::words::sha256;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use reqwest::Client;
use serde_json::{Value, json};

/// Draws a picture of this size, with noise as a camera makes it.
#[must_use]
pub fn draw(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let pixel = |x: u32, y: u32| {
        let mixed = x.wrapping_mul(374_761_393).wrapping_add(y.wrapping_mul(668_265_263));
        let noise = (mixed ^ (mixed >> 13)).wrapping_mul(1_274_126_177) >> 24;
        let shade = |bits: u32| u8::try_from(x * 200 / width + ((noise >> bits) & 31)).unwrap_or(u8::MAX);
        Rgb([shade(0), shade(1), shade(3)])
    };
    let mut file = Cursor::new(Vec::new());
    let drawn = DynamicImage::from(RgbImage::from_fn(width, height, pixel));
    drawn.write_to(&mut file, format).expect("a picture can be written to memory");
    file.into_inner()
}

/// The announcement of a file.
#[must_use]
pub fn announcement(file: &[u8], content_type: &str) -> Value {
    json!({ "content_type": content_type, "bytes": file.len(), "sha256": sha256::hex(file), "alt": "A picture" })
}

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

/// What S3 reports about the upload of a picture's file.
#[must_use]
pub fn report(bucket: &str, image_id: &str) -> Value {
    let example: Value =
        serde_json::from_str(include_str!("../../events/finish-image.json")).expect("the event is JSON");
    let body = example["Records"][0]["body"].as_str().expect("the event has a body");
    let mut body: Value = serde_json::from_str(body).expect("the body is JSON");
    body["Records"][0]["s3"]["bucket"]["name"] = bucket.into();
    body["Records"][0]["s3"]["object"]["key"] = format!("uploads/{image_id}").into();
    body
}
