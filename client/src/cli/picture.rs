//! Making a picture fit: read, turn upright, scale, and write as a JPEG of a few hundred kilobytes,
//! or give its pixels for a drawing.
//!
//! What the camera noted beside the picture (place, time, owner) does not survive this.

use std::fs::File;
use std::io::{self, Cursor, Read as _};
use std::path::Path;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{
    DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, ImageResult, Limits, Rgb, RgbImage,
};

use crate::cli::failure::Failure;

/// Longest side of the picture that is sent.
const SIDE_PIXELS_MAX: u32 = 1600;
/// Longest side of a file that is read; cameras stay below.
const SOURCE_SIDE_PIXELS_MAX: u32 = 16_384;
/// Largest file that is read.
const SOURCE_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Most memory that decoding may take.
const DECODE_BYTES_MAX: u64 = 512 * 1024 * 1024;
/// Qualities to try, best first.
const QUALITIES: [u8; 6] = [85, 80, 75, 70, 65, 60];

/// Reads a PNG, JPEG or WebP file and returns a JPEG of at most `bytes_max` bytes. Takes a while:
/// not for the thread that the connection needs.
pub(crate) fn prepare(path: &Path, bytes_max: usize) -> Result<Vec<u8>, Failure> {
    let failed = |reason: &dyn std::fmt::Display| {
        Failure::failed(format!("cannot use {}: {reason}", path.display()))
            .hint("--picture takes a PNG, JPEG or WebP file")
    };
    let source = read(path).map_err(|error| failed(&error))?;
    let upright = decode(source).map_err(|error| failed(&error))?;
    let mut picture = flatten(&scale(upright, SIDE_PIXELS_MAX));
    loop {
        for quality in QUALITIES {
            let jpeg = encode(&picture, quality).map_err(|error| failed(&error))?;
            if jpeg.len() <= bytes_max {
                return Ok(jpeg);
            }
        }
        let side = picture.width().max(picture.height()) / 4 * 3;
        if side < 64 {
            return Err(failed(&"it does not get small enough"));
        }
        picture = flatten(&scale(DynamicImage::ImageRgb8(picture), side));
    }
}

/// Decodes a file that a server sent, within the limits of our own files, and scales it down to fit.
pub(crate) fn pixels(file: Vec<u8>, width: u32, height: u32) -> Result<RgbImage, Failure> {
    let picture = decode(file)
        .map_err(|error| Failure::failed(format!("the server's picture is unusable: {error}")))?;
    let fits = picture.width() <= width && picture.height() <= height;
    Ok(flatten(&if fits {
        picture
    } else {
        picture.resize(width, height, FilterType::CatmullRom)
    }))
}

/// Reads a file of a bounded size.
pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?
        .take(SOURCE_BYTES_MAX + 1)
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > SOURCE_BYTES_MAX {
        return Err(io::Error::other("the file is too large"));
    }
    Ok(bytes)
}

fn decode(source: Vec<u8>) -> Result<DynamicImage, String> {
    let mut reader = ImageReader::new(Cursor::new(source))
        .with_guessed_format()
        .map_err(|error| error.to_string())?;
    let taken = [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP];
    if !reader
        .format()
        .is_some_and(|format| taken.contains(&format))
    {
        return Err("it is no PNG, JPEG or WebP picture".into());
    }
    let mut limits = Limits::default();
    limits.max_image_width = Some(SOURCE_SIDE_PIXELS_MAX);
    limits.max_image_height = Some(SOURCE_SIDE_PIXELS_MAX);
    limits.max_alloc = Some(DECODE_BYTES_MAX);
    reader.limits(limits);
    upright(reader).map_err(|error| error.to_string())
}

fn upright(reader: ImageReader<Cursor<Vec<u8>>>) -> ImageResult<DynamicImage> {
    let mut decoder = reader.into_decoder()?;
    // The decoded picture is allocated outside the decoder's own limits.
    let mut limits = Limits::default();
    limits.max_alloc = Some(DECODE_BYTES_MAX);
    limits.reserve(decoder.total_bytes())?;
    let orientation = decoder.orientation()?;
    let mut picture = DynamicImage::from_decoder(decoder)?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

fn scale(picture: DynamicImage, side: u32) -> DynamicImage {
    if picture.width().max(picture.height()) <= side {
        return picture;
    }
    picture.resize(side, side, FilterType::CatmullRom)
}

/// Puts the picture on white: a JPEG has no transparency.
fn flatten(picture: &DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.to_rgb8();
    }
    let source = picture.to_rgba8();
    RgbImage::from_fn(source.width(), source.height(), |x, y| {
        let [red, green, blue, alpha] = source.get_pixel(x, y).0;
        let alpha = u16::from(alpha);
        let over_white = |channel: u8| {
            let mixed = (u16::from(channel) * alpha + 255 * (255 - alpha)) / 255;
            u8::try_from(mixed).expect("a mean of two bytes is a byte")
        };
        Rgb([red, green, blue].map(over_white))
    })
}

fn encode(picture: &RgbImage, quality: u8) -> ImageResult<Vec<u8>> {
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, quality).encode_image(picture)?;
    Ok(jpeg)
}

#[cfg(test)]
mod tests {
    use image::{GenericImageView as _, Rgba, RgbaImage};

    use super::*;

    fn prepared(bytes: &[u8], bytes_max: usize) -> Result<DynamicImage, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("picture");
        std::fs::write(&path, bytes).unwrap();
        let jpeg = prepare(&path, bytes_max).map_err(|failure| format!("{failure:?}"))?;
        assert!(jpeg.len() <= bytes_max);
        assert_eq!(image::guess_format(&jpeg).unwrap(), ImageFormat::Jpeg);
        Ok(image::load_from_memory(&jpeg).unwrap())
    }

    fn written(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn a_large_picture_is_scaled_to_1600_pixels() {
        let picture = DynamicImage::new_rgb8(3200, 800);
        let png = written(&picture, ImageFormat::Png);
        let small = prepared(&png, 768 * 1024).unwrap();
        assert_eq!(small.dimensions(), (1600, 400));
    }

    #[test]
    fn noise_is_made_to_fit_by_lower_quality_and_then_by_size() {
        let mut state = 1_u32;
        let noise = RgbImage::from_fn(400, 400, |_, _| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let [a, b, c, _] = state.to_be_bytes();
            Rgb([a, b, c])
        });
        let png = written(&DynamicImage::ImageRgb8(noise), ImageFormat::Png);
        let fits = prepared(&png, 40_000).unwrap();
        assert!(fits.width() < 400, "{}", fits.width());
    }

    #[test]
    fn transparency_becomes_white() {
        let clear = RgbaImage::from_pixel(16, 16, Rgba([0, 0, 0, 0]));
        let webp = written(&DynamicImage::ImageRgba8(clear), ImageFormat::WebP);
        let picture = prepared(&webp, 10_000).unwrap();
        let Rgba([red, ..]) = picture.get_pixel(8, 8);
        assert!(red > 250, "{red}");
    }

    #[test]
    fn a_picture_taken_sideways_is_turned_upright() {
        let jpeg = written(&DynamicImage::new_rgb8(40, 20), ImageFormat::Jpeg);
        // An EXIF segment that holds nothing but orientation 6: turn right by 90 degrees.
        let exif = b"\xff\xe1\x00\x22Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
        let sideways = [&jpeg[..2], exif, &jpeg[2..]].concat();
        let picture = prepared(&sideways, 10_000).unwrap();
        assert_eq!(picture.dimensions(), (20, 40));
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        let png = written(&DynamicImage::new_rgb8(40, 20), ImageFormat::Png);
        for bytes in [&b""[..], b"GIF89a\x01\0\x01\0\0\0\0;", b"hello", &png[..40]] {
            assert!(prepared(bytes, 10_000).is_err(), "{bytes:?}");
        }
    }
}
