//! What happens to a picture between its arrival and the store.
//!
//! A picture from outside is a hostile file until proven otherwise. [`process`] looks at its size
//! and its first bytes, reads the header, compares the dimensions with the limits *before* a
//! pixel is decoded, decodes, turns it upright, puts it on white, scales it down and encodes it
//! anew as JPEG. Nothing of the original file survives but its pixels: positions, colour
//! profiles, comments and whatever else hid in it are gone. [`PictureWorkshop`] does this for the
//! asynchronous part of the server on a bounded number of threads with a bounded queue.

mod workshop;

use std::io::Cursor;

use image::{
    DynamicImage, ExtendedColorType, ImageDecoder, ImageFormat, ImageReader, Limits, Rgba,
    codecs::jpeg::JpegEncoder, imageops::FilterType, metadata::Orientation,
};
use sha2::{Digest, Sha256};
use thiserror::Error;

pub(crate) use workshop::{PictureWorkshop, WorkshopError};

const KIB: usize = 1024;
const MIB: u64 = 1024 * 1024;

/// Qualities tried in turn until the stored picture is small enough.
const QUALITIES: [u8; 6] = [85, 80, 75, 70, 65, 60];
/// Quality of the thumbnail, which is at most a few dozen KiB.
const THUMBNAIL_QUALITY: u8 = 80;

/// Bounds on what comes in, what is decoded and what is stored.
///
/// With the defaults one call of [`process`] holds at most about 200 MiB at its worst (a
/// progressive JPEG of 4096 x 4096: 96 MiB of coefficients, 48 MiB of pixels and the scaled
/// copy); an ordinary photograph of 1600 pixels takes some 20 MiB.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PictureLimits {
    /// Largest file accepted, in bytes.
    pub(crate) input_bytes_max: usize,
    /// Greatest width and greatest height accepted, in pixels.
    pub(crate) side_pixels_max: u32,
    /// Most bytes that the decoded pixels may take, in the pixel format of the file.
    pub(crate) decoded_bytes_max: u64,
    /// Long side of the stored picture, in pixels; larger ones are scaled down to it.
    pub(crate) stored_side_pixels_max: u32,
    /// Largest stored picture, in bytes.
    pub(crate) stored_bytes_max: usize,
    /// Long side of the thumbnail, in pixels.
    pub(crate) thumbnail_side_pixels_max: u32,
}

impl Default for PictureLimits {
    fn default() -> Self {
        Self {
            input_bytes_max: 768 * KIB,
            side_pixels_max: 4096,
            decoded_bytes_max: 64 * MIB,
            stored_side_pixels_max: 1600,
            stored_bytes_max: 768 * KIB,
            thumbnail_side_pixels_max: 256,
        }
    }
}

/// Why a picture is refused. All of these are the sender's to mend; none is worth a retry.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum PictureError {
    /// There are no bytes.
    #[error("the picture is empty")]
    Empty,
    /// The file is larger than [`PictureLimits::input_bytes_max`].
    #[error("the picture has {actual} bytes, more than {max}")]
    TooManyBytes {
        /// Bytes of the file.
        actual: usize,
        /// Bytes allowed.
        max: usize,
    },
    /// The first bytes are those of no PNG, JPEG or WebP file.
    #[error("the picture is neither PNG nor JPEG nor WebP")]
    UnknownFormat,
    /// The header names dimensions above [`PictureLimits::side_pixels_max`], or so many pixels
    /// of so many bits that they exceed [`PictureLimits::decoded_bytes_max`].
    #[error("the picture has too many pixels")]
    TooLarge,
    /// The file does not follow its format, is cut off, or uses a part of the format that is not
    /// supported.
    #[error("the picture is damaged or of an unsupported kind")]
    Damaged,
    /// Even at the lowest quality the result exceeds [`PictureLimits::stored_bytes_max`].
    #[error("the picture cannot be compressed to {max} bytes")]
    CannotCompress {
        /// Bytes allowed.
        max: usize,
    },
}

/// A JPEG file of our own making, without any metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EncodedPicture {
    /// The file.
    pub(crate) jpeg: Vec<u8>,
    /// Width in pixels, at least 1.
    pub(crate) width: u32,
    /// Height in pixels, at least 1.
    pub(crate) height: u32,
}

/// What is stored of one picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProcessedPicture {
    /// The picture as it is shown.
    pub(crate) full: EncodedPicture,
    /// The small picture for lists.
    pub(crate) thumbnail: EncodedPicture,
    /// SHA-256 of `full.jpeg`, the name under which both are stored.
    pub(crate) hash: [u8; 32],
}

/// Checks, decodes, turns upright, scales and encodes one picture.
///
/// Of an animation the first frame is taken. The function blocks for some ten to some hundred
/// milliseconds: call it through [`PictureWorkshop`] where tasks must not wait.
///
/// # Errors
/// [`PictureError`], see there.
pub(crate) fn process(
    bytes: &[u8],
    limits: &PictureLimits,
) -> Result<ProcessedPicture, PictureError> {
    check_size(bytes, limits)?;
    let (image, orientation) = decode(bytes, limits)?;
    let flat = flatten_onto_white(image);
    // Scaling comes before turning, so that the turned copy is a small one.
    let mut upright = scale_down(flat, limits.stored_side_pixels_max);
    upright.apply_orientation(orientation);
    let full = compress(&upright, limits.stored_bytes_max)?;
    let thumbnail = scale_down(upright, limits.thumbnail_side_pixels_max);
    let thumbnail = encode(&thumbnail, THUMBNAIL_QUALITY)?;
    let hash = Sha256::digest(&full.jpeg).into();
    Ok(ProcessedPicture {
        full,
        thumbnail,
        hash,
    })
}

/// The refusals that need no look into the file.
fn check_size(bytes: &[u8], limits: &PictureLimits) -> Result<(), PictureError> {
    if bytes.is_empty() {
        return Err(PictureError::Empty);
    }
    if bytes.len() > limits.input_bytes_max {
        return Err(PictureError::TooManyBytes {
            actual: bytes.len(),
            max: limits.input_bytes_max,
        });
    }
    Ok(())
}

/// Recognises a format by its first bytes alone; names and claimed types are not asked.
fn format_of(bytes: &[u8]) -> Option<ImageFormat> {
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Some(ImageFormat::Png);
    }
    if bytes.starts_with(&[0xFF, 0xD8, 0xFF]) {
        return Some(ImageFormat::Jpeg);
    }
    if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        return Some(ImageFormat::WebP);
    }
    None
}

fn decode(
    bytes: &[u8],
    limits: &PictureLimits,
) -> Result<(DynamicImage, Orientation), PictureError> {
    let format = format_of(bytes).ok_or(PictureError::UnknownFormat)?;
    if format == ImageFormat::Jpeg && !jpeg_is_complete(bytes) {
        return Err(PictureError::Damaged);
    }
    let mut allowed = Limits::default();
    allowed.max_image_width = Some(limits.side_pixels_max);
    allowed.max_image_height = Some(limits.side_pixels_max);
    allowed.max_alloc = Some(limits.decoded_bytes_max);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(allowed);
    // This reads the header only and compares its dimensions.
    let mut decoder = reader.into_decoder().map_err(|error| refusal(&error))?;
    // `DynamicImage::from_decoder` allocates without asking the limits.
    if decoder.total_bytes() > limits.decoded_bytes_max {
        return Err(PictureError::TooLarge);
    }
    // An orientation that cannot be read is no reason to refuse a picture that can.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let image = DynamicImage::from_decoder(decoder).map_err(|error| refusal(&error))?;
    Ok((image, orientation))
}

fn refusal(error: &image::ImageError) -> PictureError {
    use image::ImageError::{Decoding, Encoding, IoError, Limits, Parameter, Unsupported};
    match error {
        Limits(_) => PictureError::TooLarge,
        Decoding(_) | Encoding(_) | Parameter(_) | Unsupported(_) | IoError(_) => {
            PictureError::Damaged
        }
    }
}

/// Whether a JPEG file has its end marker (ITU-T T.81, annex B).
///
/// The decoder fills what is missing of a file that was cut off with grey. The marker cannot
/// occur within the compressed data, where each 0xFF byte is followed by a zero, and the segments
/// before, in which it could occur, say how long they are.
fn jpeg_is_complete(bytes: &[u8]) -> bool {
    const END_OF_IMAGE: u8 = 0xD9;
    let mut rest = bytes.get(2..).unwrap_or_default();
    loop {
        let Some(start) = rest.iter().position(|&byte| byte == 0xFF) else {
            return false;
        };
        let after_start = &rest[start + 1..];
        let Some((&marker, after_marker)) = after_start.split_first() else {
            return false;
        };
        rest = match marker {
            END_OF_IMAGE => return true,
            // A fill byte: the marker is still to come.
            0xFF => after_start,
            // A zero in compressed data, or a marker that stands alone.
            0x00 | 0x01 | 0xD0..=0xD8 => after_marker,
            _ => {
                let Some(&[high, low]) = after_marker.get(..2) else {
                    return false;
                };
                let length = usize::from(u16::from_be_bytes([high, low]));
                after_marker.get(length..).unwrap_or_default()
            }
        };
    }
}

/// Brings every pixel format to three bytes of colour. JPEG knows no transparency.
fn flatten_onto_white(image: DynamicImage) -> DynamicImage {
    if !image.color().has_alpha() {
        return image.into_rgb8().into();
    }
    let mut rgba = image.into_rgba8();
    for Rgba([red, green, blue, alpha]) in rgba.pixels_mut() {
        if *alpha < u8::MAX {
            for channel in [red, green, blue] {
                *channel = blend_with_white(*channel, *alpha);
            }
        }
    }
    DynamicImage::from(rgba).into_rgb8().into()
}

/// `channel` at an opacity of `alpha` / 255 over 255, rounded.
fn blend_with_white(channel: u8, alpha: u8) -> u8 {
    let (channel, alpha) = (u32::from(channel), u32::from(alpha));
    let blended = (channel * alpha + 255 * (255 - alpha) + 127) / 255;
    u8::try_from(blended).expect("a weighted mean of two bytes is a byte")
}

/// Scales so that the long side has at most `side_max` pixels; never enlarges.
fn scale_down(picture: DynamicImage, side_max: u32) -> DynamicImage {
    let (width, height) = (picture.width(), picture.height());
    let long = width.max(height);
    if long <= side_max {
        return picture;
    }
    let scaled = |side: u32| {
        let scaled =
            (u64::from(side) * u64::from(side_max) + u64::from(long) / 2) / u64::from(long);
        u32::try_from(scaled)
            .expect("no side exceeds the long one")
            .max(1)
    };
    // From half size down the mean over whole pixels looks as good as a filter and needs no
    // intermediate copy in floating point, which takes 16 bytes a pixel.
    if long >= side_max.saturating_mul(2) {
        picture.thumbnail_exact(scaled(width), scaled(height))
    } else {
        picture.resize_exact(scaled(width), scaled(height), FilterType::CatmullRom)
    }
}

/// The best quality that fits into `bytes_max`.
fn compress(picture: &DynamicImage, bytes_max: usize) -> Result<EncodedPicture, PictureError> {
    for quality in QUALITIES {
        let encoded = encode(picture, quality)?;
        if encoded.jpeg.len() <= bytes_max {
            return Ok(encoded);
        }
    }
    Err(PictureError::CannotCompress { max: bytes_max })
}

fn encode(picture: &DynamicImage, quality: u8) -> Result<EncodedPicture, PictureError> {
    let (width, height) = (picture.width(), picture.height());
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, quality)
        .encode(picture.as_bytes(), width, height, ExtendedColorType::Rgb8)
        .map_err(|error| refusal(&error))?;
    Ok(EncodedPicture {
        jpeg,
        width,
        height,
    })
}

#[cfg(test)]
mod tests;
