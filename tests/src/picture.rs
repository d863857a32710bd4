//! Pictures, drawn here.

use std::io::Cursor;

use domain::words::sha256;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
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
