//! Reads an uploaded file, which may be anything, and writes the sizes that are shown.
//!
//! The pixels are all that is kept: no metadata, no profile, no second picture. What the file claims is checked before memory is
//! reserved for it.

use std::io::Cursor;

use domain::catalogue::{IMAGE_WIDTHS, ImageFault, ImageType, MAX_IMAGE_SIDE};
use image::codecs::jpeg::{JpegDecoder, JpegEncoder};
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder, ImageError, Limits, RgbImage};

/// The most memory that a decoder may reserve: that of the largest picture, with 16 bits a channel.
const MAX_ALLOCATED: u64 = 512 * 1024 * 1024;

/// The qualities in which a size is written until it is smaller than its source.
const QUALITIES: [u8; 5] = [82, 72, 60, 45, 30];

/// A picture, ready to be shown.
#[derive(Debug)]
pub struct Picture {
    /// Its sizes, from the smallest to the largest.
    pub sizes: Vec<Size>,
}

/// A size of a picture.
#[derive(Debug)]
pub struct Size {
    /// Its width.
    pub width: u32,
    /// Its height.
    pub height: u32,
    /// The file.
    pub jpeg: Vec<u8>,
}

/// Reads a file of the declared type, and writes its sizes.
///
/// # Errors
/// If it is not a single, complete picture of the declared type, is too large, or none of its sizes is a smaller file.
pub fn read(declared: ImageType, file: &[u8]) -> Result<Picture, ImageFault> {
    if type_of(file) != Some(declared) {
        return Err(ImageFault::ImageType);
    }
    let image = match declared {
        ImageType::Jpeg => {
            // The decoder fills what is missing with grey.
            if !jpeg_ends(file) {
                return Err(ImageFault::ImageBroken);
            }
            decode(JpegDecoder::new(Cursor::new(file)))?
        }
        ImageType::Png => {
            let limits = limits();
            let decoder = PngDecoder::with_limits(Cursor::new(file), limits);
            if decoder.as_ref().is_ok_and(|decoder| decoder.is_apng().unwrap_or(true)) {
                return Err(ImageFault::ImageAnimated);
            }
            let image = decode(decoder)?;
            png_ends(file).then_some(image).ok_or(ImageFault::ImageBroken)?
        }
        ImageType::Webp => {
            // The decoder reserves as much memory as a chunk of metadata claims to have.
            if !webp_ends(file) {
                return Err(ImageFault::ImageBroken);
            }
            let decoder = WebPDecoder::new(Cursor::new(file));
            if decoder.as_ref().is_ok_and(WebPDecoder::has_animation) {
                return Err(ImageFault::ImageAnimated);
            }
            decode(decoder)?
        }
        ImageType::Unknown => return Err(ImageFault::ImageType),
    };
    let sizes = sizes(&image, file.len())?;
    if sizes.is_empty() { Err(ImageFault::ImageTooSmall) } else { Ok(Picture { sizes }) }
}

/// Returns a file's type, which its first bytes tell.
fn type_of(file: &[u8]) -> Option<ImageType> {
    match file {
        [0xff, 0xd8, 0xff, ..] => Some(ImageType::Jpeg),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(ImageType::Png),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(ImageType::Webp),
        _ => None,
    }
}

fn limits() -> Limits {
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(MAX_IMAGE_SIDE);
    limits.max_image_height = Some(MAX_IMAGE_SIDE);
    limits.max_alloc = Some(MAX_ALLOCATED);
    limits
}

/// Decodes a picture, lays it on white, and turns it as its EXIF data says.
fn decode(decoder: Result<impl ImageDecoder, ImageError>) -> Result<DynamicImage, ImageFault> {
    let mut decoder = decoder.map_err(fault)?;
    let (width, height) = decoder.dimensions();
    if width > MAX_IMAGE_SIDE || height > MAX_IMAGE_SIDE {
        return Err(ImageFault::ImageDimensions);
    }
    decoder.set_limits(limits()).map_err(fault)?;
    let orientation = decoder.orientation().map_err(fault)?;
    // Turning makes a copy, which has less to hold without transparency.
    let mut image = on_white(DynamicImage::from_decoder(decoder).map_err(fault)?);
    image.apply_orientation(orientation);
    Ok(image)
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn fault(error: ImageError) -> ImageFault {
    tracing::debug!(%error, "the file cannot be read");
    match error {
        ImageError::Limits(_) => ImageFault::ImageDimensions,
        _ => ImageFault::ImageBroken,
    }
}

/// The maximum number of scans of a JPEG file. Encoders make about ten; each takes time for the whole picture.
const MAX_SCANS: usize = 100;

/// Whether a JPEG file has its end marker, and not too many scans. Its segments are skipped by their lengths, since a thumbnail in one of them has an end
/// marker, too.
fn jpeg_ends(file: &[u8]) -> bool {
    let (mut at, mut scans) = (2, 0);
    while let [0xff, marker, rest @ ..] = file.get(at..).unwrap_or_default() {
        match (marker, rest) {
            (0xd9, _) => return true,
            // A fill byte.
            (0xff, _) => at += 1,
            (0x01 | 0xd0..=0xd7, _) => at += 2,
            (_, [high, low, ..]) => {
                at += 2 + usize::from(u16::from_be_bytes([*high, *low]));
                if *marker == 0xda {
                    scans += 1;
                    if scans > MAX_SCANS {
                        return false;
                    }
                    at += scan(file.get(at..).unwrap_or_default());
                }
            }
            _ => return false,
        }
    }
    false
}

/// Returns the length of the compressed data up to the next marker. In it, 0xff is followed by zero, or by a marker of a restart.
fn scan(data: &[u8]) -> usize {
    let is_marker = |pair: &[u8]| pair[0] == 0xff && !matches!(pair[1], 0 | 0xd0..=0xd7);
    data.windows(2).position(is_marker).unwrap_or(data.len())
}

/// Whether a PNG file has its last chunk.
fn png_ends(file: &[u8]) -> bool {
    let mut at = 8;
    while let [a, b, c, d, kind @ ..] = file.get(at..at + 8).unwrap_or_default() {
        let length = usize::try_from(u32::from_be_bytes([*a, *b, *c, *d])).unwrap_or(usize::MAX);
        at = at.saturating_add(12).saturating_add(length);
        if kind == b"IEND" {
            return at <= file.len();
        }
    }
    false
}

/// Whether a WebP file is as long as it and each of its chunks claim
/// (<https://developers.google.com/speed/webp/docs/riff_container>).
fn webp_ends(file: &[u8]) -> bool {
    let length = |at: usize| {
        let bytes = file.get(at..at + 4).and_then(|bytes| <[u8; 4]>::try_from(bytes).ok())?;
        usize::try_from(u32::from_le_bytes(bytes)).ok()
    };
    let Some(end) = length(4).map(|length| length + 8).filter(|end| *end <= file.len()) else { return false };
    let mut at = 12;
    while at + 8 <= end {
        let Some(size) = length(at + 4) else { return false };
        at += 8 + size;
        if at > end {
            return false;
        }
        // Chunks begin at even places.
        at += size % 2;
    }
    true
}

/// Lays a picture on white, since JPEG has no transparency.
fn on_white(image: DynamicImage) -> DynamicImage {
    if !image.color().has_alpha() {
        return image.into_rgb8().into();
    }
    let image = image.into_rgba8();
    let opaque = RgbImage::from_fn(image.width(), image.height(), |x, y| {
        let [red, green, blue, alpha] = image.get_pixel(x, y).0;
        let mix = |channel: u8| {
            let (channel, alpha) = (u16::from(channel), u16::from(alpha));
            u8::try_from((channel * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX)
        };
        image::Rgb([mix(red), mix(green), mix(blue)])
    });
    opaque.into()
}

/// Writes the sizes that are smaller files than the source. None is enlarged.
fn sizes(image: &DynamicImage, source: usize) -> Result<Vec<Size>, ImageFault> {
    let mut widths = IMAGE_WIDTHS.map(|width| width.min(image.width())).to_vec();
    widths.dedup();
    let mut sizes = Vec::new();
    for width in widths {
        let height = scaled(image.height(), width, image.width());
        let is_smaller = width < image.width();
        let resized = is_smaller.then(|| image.resize_exact(width, height, FilterType::Lanczos3));
        if let Some(jpeg) = smaller(resized.as_ref().unwrap_or(image), source)? {
            sizes.push(Size { width, height, jpeg });
        }
    }
    Ok(sizes)
}

fn scaled(height: u32, to: u32, from: u32) -> u32 {
    let scaled = (u64::from(height) * u64::from(to) + u64::from(from) / 2) / u64::from(from.max(1));
    u32::try_from(scaled).unwrap_or(u32::MAX).max(1)
}

/// Writes a size in the best quality in which it is a smaller file than the source; `None` if there is none.
fn smaller(image: &DynamicImage, source: usize) -> Result<Option<Vec<u8>>, ImageFault> {
    for quality in QUALITIES {
        let mut jpeg = Vec::new();
        JpegEncoder::new_with_quality(&mut jpeg, quality).encode_image(image).map_err(fault)?;
        if jpeg.len() < source {
            return Ok(Some(jpeg));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests;
