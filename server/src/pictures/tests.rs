//! What becomes of good pictures, bad ones and hostile ones.

use super::*;
use image::{GrayImage, ImageBuffer, Luma, Rgb, RgbImage, RgbaImage};
use proptest::prelude::*;

const RED: Rgb<u8> = Rgb([200, 20, 20]);
const BLUE: Rgb<u8> = Rgb([20, 20, 200]);

fn limits() -> PictureLimits {
    PictureLimits::default()
}

fn file(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.into().write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// Left half red, right half blue.
fn two_halves(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, _| if x < width / 2 { RED } else { BLUE })
}

/// Colours without any pattern, from a linear congruential generator.
fn noise(width: u32, height: u32) -> RgbImage {
    let mut state = 1_u32;
    RgbImage::from_fn(width, height, |_, _| {
        Rgb([0, 1, 2].map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        }))
    })
}

fn pixels(picture: &EncodedPicture) -> RgbImage {
    assert_eq!(
        image::guess_format(&picture.jpeg).unwrap(),
        ImageFormat::Jpeg
    );
    let image = image::load_from_memory(&picture.jpeg).unwrap().into_rgb8();
    assert_eq!(image.dimensions(), (picture.width, picture.height));
    image
}

fn close(actual: Rgb<u8>, expected: Rgb<u8>) -> bool {
    actual
        .0
        .iter()
        .zip(expected.0)
        .all(|(a, e)| a.abs_diff(e) <= 12)
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack
        .windows(needle.len())
        .any(|window| window == needle)
}

fn sizes(picture: &ProcessedPicture) -> [(u32, u32); 2] {
    [&picture.full, &picture.thumbnail].map(|picture| (picture.width, picture.height))
}

/// The APP1 segment of a camera: orientation, and a comment that stands for a position.
fn exif_segment(orientation: u8) -> Vec<u8> {
    let mut tiff = b"II*\0\x08\0\0\0\x01\0".to_vec();
    tiff.extend([
        0x12,
        0x01,
        3,
        0,
        1,
        0,
        0,
        0,
        orientation,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
    ]);
    tiff.extend(b"GPS 33.9006N 35.4812E");
    let length = u16::try_from(tiff.len() + 8).unwrap();
    [&[0xFF, 0xE1], &length.to_be_bytes()[..], b"Exif\0\0", &tiff].concat()
}

fn with_segment_after_start(jpeg: &[u8], segment: &[u8]) -> Vec<u8> {
    [&jpeg[..2], segment, &jpeg[2..]].concat()
}

fn png_chunk(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let checked = [kind, body].concat();
    let crc = !checked.iter().fold(u32::MAX, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            (crc >> 1) ^ (0xEDB8_8320 * (crc & 1))
        })
    });
    let length = u32::try_from(body.len()).unwrap();
    [&length.to_be_bytes()[..], &checked, &crc.to_be_bytes()].concat()
}

fn png_header(width: u32, height: u32, depth: u8, colour: u8) -> Vec<u8> {
    let mut body = [width.to_be_bytes(), height.to_be_bytes()].concat();
    body.extend([depth, colour, 0, 0, 0]);
    [&b"\x89PNG\r\n\x1a\n"[..], &png_chunk(b"IHDR", &body)].concat()
}

fn riff_chunk(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap();
    let padding = if body.len() % 2 == 1 { &[0][..] } else { &[] };
    [kind, &length.to_le_bytes()[..], body, padding].concat()
}

/// A one-frame animation made from a still image of 16 x 8.
fn animated_webp() -> Vec<u8> {
    let still = file(two_halves(16, 8), ImageFormat::WebP);
    let bitstream = &still[12..];
    let extended = [2, 0, 0, 0, 15, 0, 0, 7, 0, 0];
    let mut frame = vec![0, 0, 0, 0, 0, 0, 15, 0, 0, 7, 0, 0, 100, 0, 0, 0];
    frame.extend_from_slice(bitstream);
    let body = [
        b"WEBP".to_vec(),
        riff_chunk(b"VP8X", &extended),
        riff_chunk(b"ANIM", &[0; 6]),
        riff_chunk(b"ANMF", &frame),
        riff_chunk(b"ANMF", &frame),
    ];
    riff_chunk(b"RIFF", &body.concat())
}

/// Eight by eight pixels of four inks at half strength, the smallest file that says so.
fn cmyk_jpeg() -> Vec<u8> {
    let mut bytes = vec![0xFF, 0xD8];
    bytes.extend([0xFF, 0xEE, 0, 14]);
    bytes.extend(b"Adobe\0\x64\0\0\0\0\0");
    bytes.extend([0xFF, 0xDB, 0, 67, 0]);
    bytes.extend([1; 64]);
    bytes.extend([0xFF, 0xC0, 0, 20, 8, 0, 8, 0, 8, 4]);
    bytes.extend((1..=4).flat_map(|id| [id, 0x11, 0]));
    for table in [0x00, 0x10] {
        bytes.extend([0xFF, 0xC4, 0, 20, table, 1]);
        bytes.extend([0; 16]);
    }
    bytes.extend([0xFF, 0xDA, 0, 14, 4]);
    bytes.extend((1..=4).flat_map(|id| [id, 0]));
    bytes.extend([0, 63, 0, 0x00, 0xFF, 0xD9]);
    bytes
}

#[test]
fn each_accepted_format_becomes_a_jpeg_of_the_same_pixels() {
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
        let picture = process(&file(two_halves(64, 32), format), &limits()).unwrap();
        assert_eq!(sizes(&picture), [(64, 32), (64, 32)], "{format:?}");
        for encoded in [&picture.full, &picture.thumbnail] {
            let pixels = pixels(encoded);
            assert!(close(*pixels.get_pixel(8, 16), RED), "{format:?}");
            assert!(close(*pixels.get_pixel(56, 16), BLUE), "{format:?}");
        }
    }
}

#[test]
fn the_hash_is_that_of_the_stored_file_and_the_same_each_time() {
    let bytes = file(two_halves(40, 40), ImageFormat::Png);
    let first = process(&bytes, &limits()).unwrap();
    let expected: [u8; 32] = Sha256::digest(&first.full.jpeg).into();
    assert_eq!(first.hash, expected);
    assert_eq!(process(&bytes, &limits()).unwrap(), first);
    let other = process(&file(two_halves(40, 41), ImageFormat::Png), &limits()).unwrap();
    assert_ne!(other.hash, first.hash);
}

#[test]
fn a_picture_on_its_side_is_turned_upright_and_loses_its_position() {
    let plain = file(two_halves(64, 32), ImageFormat::Jpeg);
    let segment = exif_segment(6);
    let bytes = with_segment_after_start(&plain, &segment);
    let picture = process(&bytes, &limits()).unwrap();
    // Orientation 6: turn by 90 degrees clockwise, so what was left is on top.
    assert_eq!(sizes(&picture), [(32, 64), (32, 64)]);
    for encoded in [&picture.full, &picture.thumbnail] {
        assert!(close(*pixels(encoded).get_pixel(16, 8), RED));
        assert!(close(*pixels(encoded).get_pixel(16, 56), BLUE));
        for trace in [&b"Exif"[..], b"GPS", b"33.9006N", &[0xFF, 0xE1]] {
            assert!(!contains(&encoded.jpeg, trace), "{trace:?}");
        }
    }
}

#[test]
fn every_orientation_keeps_or_swaps_the_sides_as_it_should() {
    let plain = file(two_halves(64, 32), ImageFormat::Jpeg);
    for orientation in 0..=9 {
        let bytes = with_segment_after_start(&plain, &exif_segment(orientation));
        let expected = if (5..=8).contains(&orientation) {
            (32, 64)
        } else {
            (64, 32)
        };
        let picture = process(&bytes, &limits()).unwrap();
        assert_eq!(sizes(&picture)[0], expected, "orientation {orientation}");
    }
}

#[test]
fn comments_profiles_and_appended_data_vanish() {
    let png = file(two_halves(32, 32), ImageFormat::Png);
    let header = 8 + 25;
    let extras = [
        png_chunk(b"tEXt", b"Comment\0hidden words"),
        png_chunk(b"eXIf", &exif_segment(3)[10..]),
    ];
    let marked = [
        &png[..header],
        &extras.concat(),
        &png[header..],
        b"<script>hidden</script>",
    ]
    .concat();
    let jpeg = file(two_halves(32, 32), ImageFormat::Jpeg);
    let comment = [&[0xFF, 0xFE, 0, 8], &b"hidden"[..]].concat();
    let profile = [&[0xFF, 0xE2, 0, 20], &b"ICC_PROFILE\0hidden"[..]].concat();
    let tail = b"<script>hidden</script>";
    let commented = with_segment_after_start(&jpeg, &[comment, profile].concat());
    for bytes in [marked, [&commented[..], tail].concat()] {
        assert!(contains(&bytes, b"hidden"));
        let picture = process(&bytes, &limits()).unwrap();
        for encoded in [&picture.full, &picture.thumbnail] {
            for trace in [&b"hidden"[..], b"ICC_PROFILE", b"GPS", b"Exif", b"script"] {
                assert!(!contains(&encoded.jpeg, trace), "{trace:?}");
            }
        }
    }
}

#[test]
fn transparency_becomes_white() {
    let clear = RgbaImage::from_pixel(16, 16, Rgba([200, 20, 20, 0]));
    let picture = process(&file(clear, ImageFormat::Png), &limits()).unwrap();
    assert!(close(*pixels(&picture.full).get_pixel(8, 8), Rgb([255; 3])));
    let half = RgbaImage::from_pixel(16, 16, Rgba([0, 0, 0, 128]));
    let picture = process(&file(half, ImageFormat::WebP), &limits()).unwrap();
    assert!(close(*pixels(&picture.full).get_pixel(8, 8), Rgb([127; 3])));
    let solid = RgbaImage::from_pixel(16, 16, Rgba([200, 20, 20, 255]));
    let picture = process(&file(solid, ImageFormat::Png), &limits()).unwrap();
    assert!(close(*pixels(&picture.full).get_pixel(8, 8), RED));
}

#[test]
fn large_pictures_are_scaled_and_small_ones_are_not() {
    let table = [
        ((1, 1), [(1, 1), (1, 1)]),
        ((4096, 1), [(1600, 1), (256, 1)]),
        ((1, 4096), [(1, 1600), (1, 256)]),
        ((1600, 1200), [(1600, 1200), (256, 192)]),
        ((1601, 801), [(1600, 800), (256, 128)]),
        ((3200, 2400), [(1600, 1200), (256, 192)]),
        ((255, 256), [(255, 256), (255, 256)]),
    ];
    for ((width, height), expected) in table {
        let bytes = file(two_halves(width, height), ImageFormat::Png);
        let picture = process(&bytes, &limits()).unwrap();
        assert_eq!(sizes(&picture), expected, "{width} x {height}");
        pixels(&picture.full);
        pixels(&picture.thumbnail);
    }
}

#[test]
fn the_largest_allowed_dimensions_are_decoded() {
    let opaque = RgbaImage::from_vec(4096, 4096, vec![255; 4096 * 4096 * 4]).unwrap();
    let bytes = file(opaque, ImageFormat::Png);
    let picture = process(&bytes, &limits()).unwrap();
    assert_eq!(sizes(&picture), [(1600, 1600), (256, 256)]);
}

#[test]
fn unusual_pixel_formats_are_understood() {
    let grey = GrayImage::from_pixel(16, 16, Luma([90]));
    let deep = ImageBuffer::from_pixel(16, 16, Rgb([0x5A5A_u16, 0x5A00, 0x5AFF]));
    let deep_clear = ImageBuffer::from_pixel(16, 16, Rgba([0x5A5A_u16, 0x5A5A, 0x5A5A, 65_535]));
    let files = [
        file(grey.clone(), ImageFormat::Png),
        file(grey, ImageFormat::Jpeg),
        file(DynamicImage::ImageRgb16(deep), ImageFormat::Png),
        file(DynamicImage::ImageRgba16(deep_clear), ImageFormat::Png),
    ];
    for (index, bytes) in files.iter().enumerate() {
        let picture = process(bytes, &limits()).unwrap();
        assert!(
            close(*pixels(&picture.full).get_pixel(8, 8), Rgb([90; 3])),
            "file {index}"
        );
    }
    let picture = process(&cmyk_jpeg(), &limits()).unwrap();
    let [red, green, blue] = pixels(&picture.full).get_pixel(4, 4).0;
    assert!(
        red == green && green == blue && (40..=90).contains(&red),
        "{red} {green} {blue}"
    );
}

#[test]
fn an_animation_gives_its_first_frame() {
    let picture = process(&animated_webp(), &limits()).unwrap();
    assert_eq!(sizes(&picture)[0], (16, 8));
    assert!(close(*pixels(&picture.full).get_pixel(2, 4), RED));
}

#[test]
fn empty_and_oversized_files_are_refused_before_anything_else() {
    assert_eq!(process(&[], &limits()), Err(PictureError::Empty));
    let max = limits().input_bytes_max;
    let error = PictureError::TooManyBytes {
        actual: max + 1,
        max,
    };
    assert_eq!(process(&vec![0; max + 1], &limits()), Err(error));
    assert_eq!(
        process(&vec![0; max], &limits()),
        Err(PictureError::UnknownFormat)
    );
}

#[test]
fn other_kinds_of_files_are_refused() {
    let files: [&[u8]; 8] = [
        b"GIF89a\x01\0\x01\0\0\0\0;",
        b"BM\x3a\0\0\0\0\0\0\0\x36\0\0\0",
        b"%PDF-1.7\n",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"II*\0\x08\0\0\0",
        b"RIFF\x04\0\0\0WAVE",
        b"plain words",
        b"\xFF",
    ];
    for bytes in files {
        assert_eq!(
            process(bytes, &limits()),
            Err(PictureError::UnknownFormat),
            "{bytes:?}"
        );
    }
}

#[test]
fn files_that_were_cut_off_are_refused() {
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
        let bytes = file(noise(64, 64), format);
        for tenths in 1..=9 {
            let cut = &bytes[..bytes.len() * tenths / 10];
            assert_eq!(
                process(cut, &limits()),
                Err(PictureError::Damaged),
                "{format:?}"
            );
        }
    }
    let jpeg = file(noise(64, 64), ImageFormat::Jpeg);
    for cut in 3..jpeg.len() {
        assert_eq!(
            process(&jpeg[..cut], &limits()),
            Err(PictureError::Damaged),
            "{cut}"
        );
    }
}

#[test]
fn an_end_marker_inside_a_segment_does_not_complete_a_file() {
    let jpeg = file(noise(64, 64), ImageFormat::Jpeg);
    let comment = [0xFF, 0xFE, 0, 6, 0xFF, 0xD9, 0xFF, 0xD9];
    let whole = with_segment_after_start(&jpeg, &comment);
    assert!(process(&whole, &limits()).is_ok());
    let cut = &whole[..whole.len() - 2];
    assert_eq!(process(cut, &limits()), Err(PictureError::Damaged));
}

#[test]
fn decompression_bombs_are_refused_by_their_header() {
    let claim = [
        png_header(60_000, 60_000, 8, 6),
        png_chunk(b"IDAT", &[0; 16]),
    ]
    .concat();
    assert_eq!(process(&claim, &limits()), Err(PictureError::TooLarge));
    let real = file(GrayImage::new(5_000, 5_000), ImageFormat::Png);
    assert!(real.len() < limits().input_bytes_max);
    assert_eq!(process(&real, &limits()), Err(PictureError::TooLarge));
    for (width, height) in [(4_097, 1), (1, 4_097)] {
        let flat = file(GrayImage::new(width, height), ImageFormat::Jpeg);
        assert_eq!(process(&flat, &limits()), Err(PictureError::TooLarge));
        let flat = file(RgbImage::new(width, height), ImageFormat::WebP);
        assert_eq!(process(&flat, &limits()), Err(PictureError::TooLarge));
    }
    // Within 4096 x 4096, but 128 MiB at 16 bits a channel.
    let deep = [
        png_header(4_096, 4_096, 16, 6),
        png_chunk(b"IDAT", &[0; 16]),
    ]
    .concat();
    assert_eq!(process(&deep, &limits()), Err(PictureError::TooLarge));
}

#[test]
fn quality_is_lowered_until_the_picture_fits() {
    let bytes = file(noise(200, 200), ImageFormat::Png);
    let roomy = process(&bytes, &limits()).unwrap().full.jpeg.len();
    let tight = PictureLimits {
        stored_bytes_max: roomy - 1,
        ..limits()
    };
    assert!(process(&bytes, &tight).unwrap().full.jpeg.len() < roomy);
    let hopeless = PictureLimits {
        stored_bytes_max: 1_000,
        ..limits()
    };
    let error = PictureError::CannotCompress { max: 1_000 };
    assert_eq!(process(&bytes, &hopeless), Err(error));
}

proptest! {
    #[test]
    fn arbitrary_bytes_behind_a_known_beginning_never_panic(
        start in prop_oneof![
            Just(&b"\x89PNG\r\n\x1a\n"[..]),
            Just(&b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR"[..]),
            Just(&b"\xFF\xD8\xFF"[..]),
            Just(&b"\xFF\xD8\xFF\xC0"[..]),
            Just(&b"RIFF\xFF\0\0\0WEBP"[..]),
            Just(&b"RIFF\xFF\0\0\0WEBPVP8L"[..]),
            Just(&b""[..]),
        ],
        rest in proptest::collection::vec(any::<u8>(), 0..400),
    ) {
        let _ = process(&[start, &rest].concat(), &limits());
    }

    #[test]
    fn a_spoilt_picture_is_refused_or_decoded_but_never_panics(
        format in prop_oneof![
            Just(ImageFormat::Png), Just(ImageFormat::Jpeg), Just(ImageFormat::WebP),
        ],
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = file(noise(24, 24), format);
        for (position, value) in changes {
            let position = position.index(bytes.len());
            bytes[position] = value;
        }
        if let Ok(picture) = process(&bytes, &limits()) {
            prop_assert!(picture.full.jpeg.len() <= limits().stored_bytes_max);
            prop_assert!(picture.full.width.max(picture.full.height) <= 1600);
            prop_assert!(picture.thumbnail.width.max(picture.thumbnail.height) <= 256);
        }
    }

    #[test]
    fn blending_stays_between_the_colour_and_white(channel: u8, alpha: u8) {
        let blended = blend_with_white(channel, alpha);
        prop_assert!(blended >= channel);
        prop_assert_eq!(blend_with_white(channel, 255), channel);
        prop_assert_eq!(blend_with_white(channel, 0), 255);
    }
}
