use image::codecs::webp::WebPEncoder;
use image::{ExtendedColorType, ImageEncoder, ImageFormat, Rgba, RgbaImage};
use proptest::prelude::*;

use super::*;

/// A picture with noise, as a camera makes it, so that PNG does not compress it to nothing.
fn drawn(width: u32, height: u32) -> RgbaImage {
    RgbaImage::from_fn(width, height, |x, y| {
        let mixed = x.wrapping_mul(374_761_393).wrapping_add(y.wrapping_mul(668_265_263));
        let noise = (mixed ^ (mixed >> 13)).wrapping_mul(1_274_126_177) >> 24;
        let shade = |part: u32, whole: u32, bits: u32| (part * 200 / whole + ((noise >> bits) & 31)) as u8;
        Rgba([shade(x, width, 0), shade(y, height, 1), shade(x, width, 3), 255])
    })
}

fn encoded(image: &RgbaImage, format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    let image = DynamicImage::from(image.clone());
    let image = if format == ImageFormat::Jpeg { DynamicImage::from(image.into_rgb8()) } else { image };
    image.write_to(&mut file, format).unwrap();
    file.into_inner()
}

fn png(width: u32, height: u32) -> Vec<u8> {
    encoded(&drawn(width, height), ImageFormat::Png)
}

fn fault_of(declared: ImageType, file: &[u8]) -> Option<ImageFault> {
    read(declared, file).err()
}

/// EXIF data that says where a picture was taken, and that it is to be turned by a quarter.
fn exif() -> Vec<u8> {
    let mut data = b"MM\0\x2a\0\0\0\x08\0\x02".to_vec();
    // Orientation (0x0112), SHORT, one value: 6.
    data.extend(b"\x01\x12\0\x03\0\0\0\x01\0\x06\0\0");
    // The directory of GPS data (0x8825), LONG, one value: its place.
    data.extend(b"\x88\x25\0\x04\0\0\0\x01\0\0\0\x26");
    data.extend(b"\0\0\0\0");
    // GPSLatitudeRef (1), ASCII, two bytes: N.
    data.extend(b"\0\x01\0\x01\0\x02\0\0\0\x02N\0\0\0\0\0\0\0");
    data
}

fn with_exif(width: u32, height: u32) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut file, 95);
    encoder.set_exif_metadata(exif()).unwrap();
    encoder.encode_image(&DynamicImage::from(drawn(width, height)).into_rgb8()).unwrap();
    file
}

/// The CRC of a PNG chunk.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(
            crc ^ u32::from(*byte),
            |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 },
        )
    })
}

fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let content = [&kind[..], data].concat();
    [&u32::try_from(data.len()).unwrap().to_be_bytes()[..], &content, &crc(&content).to_be_bytes()].concat()
}

/// A PNG file that claims to have these dimensions.
fn claiming(width: u32, height: u32) -> Vec<u8> {
    let mut file = png(8, 8);
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &file[24..29]].concat();
    file.splice(8..33, chunk(b"IHDR", &header));
    file
}

#[test]
fn each_size_is_a_jpeg_that_is_smaller_than_its_source_and_none_is_enlarged() {
    for (width, height, expected) in [
        (2_400, 1_200, &[(320, 160), (960, 480), (1_920, 960)][..]),
        (1_000, 10, &[(320, 3), (960, 10), (1_000, 10)]),
        (320, 321, &[(320, 321)]),
        (40, 30, &[(40, 30)]),
    ] {
        for (declared, format) in [
            (ImageType::Jpeg, ImageFormat::Jpeg),
            (ImageType::Png, ImageFormat::Png),
            (ImageType::Webp, ImageFormat::WebP),
        ] {
            let file = encoded(&drawn(width, height), format);
            let picture = read(declared, &file).unwrap();
            let sizes: Vec<_> = picture.sizes.iter().map(|size| (size.width, size.height)).collect();
            assert_eq!(sizes, expected, "{format:?}");
            for size in &picture.sizes {
                assert!(size.jpeg.len() < file.len(), "{format:?}: {} of {}", size.jpeg.len(), file.len());
                let shown = image::load_from_memory_with_format(&size.jpeg, ImageFormat::Jpeg).unwrap();
                assert_eq!((shown.width(), shown.height()), (size.width, size.height));
            }
        }
    }
}

#[test]
fn a_picture_is_turned_as_its_metadata_says_and_loses_all_of_it() {
    let file = with_exif(400, 100);
    assert!(JpegDecoder::new(Cursor::new(&file)).unwrap().exif_metadata().unwrap().is_some());
    let picture = read(ImageType::Jpeg, &file).unwrap();
    let sizes: Vec<_> = picture.sizes.iter().map(|size| (size.width, size.height)).collect();
    assert_eq!(sizes, [(100, 400)]);
    for size in picture.sizes {
        let mut decoder = JpegDecoder::new(Cursor::new(&size.jpeg)).unwrap();
        assert_eq!(decoder.exif_metadata().unwrap(), None);
        assert_eq!(decoder.xmp_metadata().unwrap(), None);
        assert_eq!(decoder.icc_profile().unwrap(), None);
        assert!(!size.jpeg.windows(4).any(|bytes| bytes == b"Exif"));
    }
}

#[test]
fn a_file_of_another_type_than_declared_is_refused() {
    let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
    let gif = b"GIF89a\x08\0\x08\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\x08\0\x08\0\0\x02\x07\x84\x8f\xa9\xcb\xed\x0f\x63;";
    let png = png(40, 30);
    for declared in [ImageType::Jpeg, ImageType::Png, ImageType::Webp] {
        for file in [&svg[..], gif, b"", b"\xff\xd8", b"%PDF-1.7", b"RIFF....WAVE"] {
            assert_eq!(fault_of(declared, file), Some(ImageFault::ImageType), "{declared:?}");
        }
    }
    assert_eq!(fault_of(ImageType::Jpeg, &png), Some(ImageFault::ImageType), "a PNG called JPEG");
    assert_eq!(fault_of(ImageType::Webp, &png), Some(ImageFault::ImageType));
    assert_eq!(fault_of(ImageType::Png, &with_exif(40, 30)), Some(ImageFault::ImageType));
}

#[test]
fn a_bomb_is_refused_by_what_it_claims() {
    for (width, height) in [(20_000, 20_000), (8_001, 1), (1, 8_001), (u32::MAX >> 1, u32::MAX >> 1)] {
        let file = claiming(width, height);
        let fault = fault_of(ImageType::Png, &file);
        assert_eq!(fault, Some(ImageFault::ImageDimensions), "{width} × {height}");
    }
    // It claims less, and has less than it claims.
    assert_eq!(fault_of(ImageType::Png, &claiming(8_000, 8_000)), Some(ImageFault::ImageBroken));
    let mut jpeg = encoded(&drawn(16, 16), ImageFormat::Jpeg);
    let frame = jpeg.windows(2).position(|bytes| bytes == [0xff, 0xc0]).unwrap();
    jpeg.splice(frame + 5..frame + 9, [0x4e, 0x20, 0x4e, 0x20]);
    assert_eq!(fault_of(ImageType::Jpeg, &jpeg), Some(ImageFault::ImageDimensions));
}

#[test]
fn a_file_that_is_cut_off_anywhere_is_refused() {
    for (declared, format) in [
        (ImageType::Jpeg, ImageFormat::Jpeg),
        (ImageType::Png, ImageFormat::Png),
        (ImageType::Webp, ImageFormat::WebP),
    ] {
        let file = encoded(&drawn(60, 40), format);
        assert!(read(declared, &file).is_ok(), "{format:?}");
        for length in 0..file.len() {
            let fault = fault_of(declared, &file[..length]);
            let is_expected = matches!(fault, Some(ImageFault::ImageBroken | ImageFault::ImageType));
            assert!(is_expected, "{format:?}: {length} of {}: {fault:?}", file.len());
        }
    }
}

#[test]
fn the_end_marker_of_a_thumbnail_is_not_the_end_of_the_picture() {
    let mut file = with_exif(400, 100);
    let thumbnail = encoded(&drawn(8, 8), ImageFormat::Jpeg);
    let length = u16::try_from(thumbnail.len() + 2).unwrap().to_be_bytes();
    file.splice(2..2, [&[0xff, 0xe5][..], &length, &thumbnail].concat());
    assert!(read(ImageType::Jpeg, &file).is_ok());
    file.truncate(file.len() - 2);
    assert_eq!(fault_of(ImageType::Jpeg, &file), Some(ImageFault::ImageBroken));
}

#[test]
fn a_file_with_more_than_one_picture_is_refused() {
    let png = png(40, 30);
    let control = [2_u32.to_be_bytes(), 0_u32.to_be_bytes()].concat();
    let apng = [&png[..33], &chunk(b"acTL", &control), &png[33..]].concat();
    assert_eq!(fault_of(ImageType::Png, &apng), Some(ImageFault::ImageAnimated));
    // An extended file with the flag of an animation, its parameters, and one frame.
    let mut still = Vec::new();
    WebPEncoder::new_lossless(&mut still).write_image(&drawn(8, 8), 8, 8, ExtendedColorType::Rgba8).unwrap();
    let part = |kind: &[u8; 4], data: &[u8]| {
        let padding = vec![0; data.len() % 2];
        [&kind[..], &u32::try_from(data.len()).unwrap().to_le_bytes(), data, &padding].concat()
    };
    let frame = [&[0, 0, 0, 0, 0, 0, 7, 0, 0, 7, 0, 0, 100, 0, 0, 0][..], &still[12..]].concat();
    let parts = [
        part(b"VP8X", &[2, 0, 0, 0, 7, 0, 0, 7, 0, 0]),
        part(b"ANIM", &[0; 6]),
        part(b"ANMF", &frame),
        part(b"ANMF", &frame),
    ]
    .concat();
    let length = u32::try_from(parts.len() + 4).unwrap().to_le_bytes();
    let webp = [&b"RIFF"[..], &length, b"WEBP", &parts].concat();
    assert_eq!(fault_of(ImageType::Webp, &webp), Some(ImageFault::ImageAnimated));
}

#[test]
fn transparency_is_laid_on_white() {
    let mut image = drawn(400, 300);
    image.pixels_mut().for_each(|pixel| *pixel = Rgba([0, 0, 0, 0]));
    image.put_pixel(0, 0, Rgba([200, 0, 0, 128]));
    let rgb = on_white(DynamicImage::from(image)).into_rgb8();
    assert_eq!((rgb.get_pixel(1, 1).0, rgb.get_pixel(0, 0).0), ([255; 3], [227, 127, 127]));
}

#[test]
fn a_file_that_no_size_is_smaller_than_is_refused() {
    let mut image = drawn(1, 1);
    image.pixels_mut().for_each(|pixel| *pixel = Rgba([0, 0, 0, 255]));
    let file = encoded(&image, ImageFormat::Png);
    assert_eq!(fault_of(ImageType::Png, &file), Some(ImageFault::ImageTooSmall));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_damaged_file_is_read_or_refused(
        format in prop::sample::select(vec![(ImageType::Jpeg, ImageFormat::Jpeg), (ImageType::Png, ImageFormat::Png), (ImageType::Webp, ImageFormat::WebP)]),
        damages in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let (declared, format) = format;
        let mut file = encoded(&drawn(60, 40), format);
        for (place, byte) in damages {
            let place = place.index(file.len());
            file[place] = byte;
        }
        if let Ok(picture) = read(declared, &file) {
            prop_assert!(picture.sizes.iter().all(|size| size.jpeg.len() < file.len()));
        }
    }
}

#[test]
fn a_chunk_that_claims_more_than_the_file_has_reserves_no_memory_for_it() {
    let mut still = Vec::new();
    WebPEncoder::new_lossless(&mut still).write_image(&drawn(8, 8), 8, 8, ExtendedColorType::Rgba8).unwrap();
    let with_metadata = |claimed: u32| {
        let exif = [&b"EXIF"[..], &claimed.to_le_bytes(), b"II"].concat();
        let header = [&b"VP8X"[..], &10_u32.to_le_bytes(), &[8, 0, 0, 0, 7, 0, 0, 7, 0, 0]].concat();
        let parts = [&header[..], &still[12..], &exif].concat();
        let length = u32::try_from(parts.len() + 4).unwrap().to_le_bytes();
        [&b"RIFF"[..], &length, b"WEBP", &parts].concat()
    };
    assert!(webp_ends(&with_metadata(2)));
    for claimed in [3, u32::MAX - 1, u32::MAX] {
        assert_eq!(
            fault_of(ImageType::Webp, &with_metadata(claimed)),
            Some(ImageFault::ImageBroken),
            "{claimed}"
        );
    }
}

#[test]
fn a_picture_of_too_many_scans_is_refused_before_it_is_decoded() {
    let scan = [&[0xff, 0xda, 0, 2][..], &[1, 2, 3]].concat();
    let of = |scans: usize| [&[0xff, 0xd8][..], &scan.repeat(scans), &[0xff, 0xd9]].concat();
    assert!(jpeg_ends(&of(MAX_SCANS)));
    assert!(!jpeg_ends(&of(MAX_SCANS + 1)));
}
