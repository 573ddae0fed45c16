//! Files that are no picture, that claim to be a large one, or that hold more than one.

use std::io::Cursor;

use auboutique_protocol::bytes::ByteString;
use auboutique_protocol::catalog::{Listed, Sell};
use auboutique_protocol::codec;
use auboutique_protocol::ids::Key;
use auboutique_protocol::limits::PICTURE_BYTES_MAX;
use image::{DynamicImage, GrayImage, ImageFormat, Rgb, RgbImage};

use super::world::PRICE_MINOR;
use super::{MEMBER, Outcome, Row, Stage, invalid};
use crate::common::book;

fn file(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.into().write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// Not uniform, so that a part that is missing is missed.
fn small(format: ImageFormat) -> Vec<u8> {
    let pixel = |x: u32, y: u32| [x * 5, y * 5, x * y].map(|value| value.to_le_bytes()[0]);
    file(RgbImage::from_fn(48, 48, |x, y| Rgb(pixel(x, y))), format)
}

/// The check value of a PNG chunk (ISO 3309, as PNG §5.5 asks for).
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 * (crc & 1))
        })
    })
}

fn chunk(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let typed = [kind, body].concat();
    let length = u32::try_from(body.len()).unwrap().to_be_bytes();
    [&length, &typed[..], &crc(&typed).to_be_bytes()].concat()
}

/// The beginning of a PNG file that announces this size, and some compressed bytes.
fn png_claim(width: u32, height: u32, depth: u8) -> Vec<u8> {
    let mut body = [width.to_be_bytes(), height.to_be_bytes()].concat();
    body.extend([depth, 6, 0, 0, 0]);
    [
        &b"\x89PNG\r\n\x1a\n"[..],
        &chunk(b"IHDR", &body),
        &chunk(b"IDAT", &[0; 16]),
    ]
    .concat()
}

/// Puts a chunk behind the header of a PNG file.
fn with_chunk(png: &[u8], chunk: &[u8]) -> Vec<u8> {
    let header = 8 + 25;
    [&png[..header], chunk, &png[header..]].concat()
}

/// The compressed data of a PNG file.
fn compressed(png: &[u8]) -> Vec<u8> {
    let mut rest = &png[8..];
    let mut data = Vec::new();
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let length = usize::try_from(u32::from_be_bytes(*length)).unwrap();
        if after.starts_with(b"IDAT") {
            data.extend_from_slice(&after[4..4 + length]);
        }
        rest = &after[4 + length + 4..];
    }
    data
}

fn riff_chunk(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap();
    let padding = if body.len() % 2 == 1 { &[0][..] } else { &[] };
    [kind, &length.to_le_bytes()[..], body, padding].concat()
}

/// The same still image of 48 x 48 twice.
fn animated_webp() -> Vec<u8> {
    let still = small(ImageFormat::WebP);
    let mut frame = vec![0, 0, 0, 0, 0, 0, 47, 0, 0, 47, 0, 0, 100, 0, 0, 0];
    frame.extend_from_slice(&still[12..]);
    let body = [
        b"WEBP".to_vec(),
        riff_chunk(b"VP8X", &[2, 0, 0, 0, 47, 0, 0, 47, 0, 0]),
        riff_chunk(b"ANIM", &[0; 6]),
        riff_chunk(b"ANMF", &frame),
        riff_chunk(b"ANMF", &frame),
    ];
    riff_chunk(b"RIFF", &body.concat())
}

/// A progressive JPEG of 8 x 8 grey pixels that tells the same of them again and again: each of these
/// scans would make a decoder walk over the whole picture, however large it is.
fn repetitive_jpeg(scans: usize) -> Vec<u8> {
    let mut bytes = vec![0xff, 0xd8, 0xff, 0xdb, 0, 67, 0];
    bytes.extend([1; 64]);
    bytes.extend([0xff, 0xc2, 0, 11, 8, 0, 8, 0, 8, 1, 1, 0x11, 0]);
    // One code of one bit, for a difference of zero.
    bytes.extend([0xff, 0xc4, 0, 20, 0, 1]);
    bytes.extend([0; 16]);
    for _ in 0..scans {
        bytes.extend([0xff, 0xda, 0, 8, 1, 1, 0, 0, 0, 0, 0x7f]);
    }
    bytes.extend([0xff, 0xd9]);
    bytes
}

pub(super) fn rows() -> Vec<Row> {
    let mut rows = no_pictures();
    rows.extend(damaged());
    rows.extend(bombs());
    rows.extend(harmless());
    rows
}

fn row(name: &str, picture: Vec<u8>, outcome: Outcome) -> Row {
    // Each with a key of its own, as what is taken binds it.
    let mut key = [0x55_u8; 16];
    for (at, byte) in name.bytes().enumerate() {
        key[at % 16] = key[at % 16].wrapping_mul(31).wrapping_add(byte);
    }
    let sell = Sell {
        key: Key(key),
        picture: Some(ByteString(picture)),
        ..book("Lamp", PRICE_MINOR)
    };
    Row::call(Stage::Picture, MEMBER, name, &sell, outcome)
}

fn refused(name: &str, picture: &[u8], reason: &'static str) -> Row {
    row(name, picture.to_vec(), invalid("picture", reason))
}

fn no_pictures() -> Vec<Row> {
    let row = |name, picture: &[u8]| refused(name, picture, "unsupported");
    let mut large = small(ImageFormat::Png);
    large.resize(PICTURE_BYTES_MAX + 1, 0);
    vec![
        refused("a picture without bytes", b"", "empty"),
        refused("a picture of 768 KiB and a byte", &large, "too_long"),
        row("a GIF", b"GIF89a\x01\0\x01\0\0\0\0;"),
        row("a BMP", b"BM\x3a\0\0\0\0\0\0\0\x36\0\0\0"),
        row(
            "an SVG with a script",
            b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>",
        ),
        row("a PDF", b"%PDF-1.7\n"),
        row("a TIFF", b"II*\0\x08\0\0\0"),
        row("a WAV, which begins as a WebP does", b"RIFF\x04\0\0\0WAVE"),
        row("a program", b"\x7fELF\x02\x01\x01"),
        row(
            "a PNG behind a byte",
            &[&[0], &small(ImageFormat::Png)[..]].concat(),
        ),
    ]
}

fn damaged() -> Vec<Row> {
    let row = |name, picture: &[u8]| refused(name, picture, "damaged");
    let (png, jpeg) = (small(ImageFormat::Png), small(ImageFormat::Jpeg));
    let webp = small(ImageFormat::WebP);
    let half = |bytes: &[u8]| bytes[..bytes.len() / 2].to_vec();
    let mut spoilt = png.clone();
    spoilt[8 + 25 + 8 + 20] ^= 1;
    let mut endless = png[..8 + 25].to_vec();
    endless.extend([0xff, 0xff, 0xff, 0xff]);
    endless.extend(b"IDAT");
    vec![
        row("half a PNG", &half(&png)),
        row("half a JPEG", &half(&jpeg)),
        row("half a WebP", &half(&webp)),
        row("a JPEG without its end marker", &jpeg[..jpeg.len() - 2]),
        row("the first bytes of a PNG alone", b"\x89PNG\r\n\x1a\n"),
        row("the first bytes of a JPEG alone", &[0xff, 0xd8, 0xff]),
        row("the first bytes of a WebP alone", b"RIFF\x04\0\0\0WEBP"),
        row("a PNG with one bit changed", &spoilt),
        row("a PNG with a chunk of 4 GiB", &endless),
        row("a PNG without pixels, 0 x 0", &png_claim(0, 0, 8)),
        row("a JPEG of 200 scans", &repetitive_jpeg(200)),
    ]
}

fn bombs() -> Vec<Row> {
    let row = |name, picture: &[u8]| refused(name, picture, "dimensions");
    let gray = |width, height, format| file(GrayImage::new(width, height), format);
    let flat = |width, height, format| file(RgbImage::new(width, height), format);
    vec![
        row(
            "a PNG that claims 60,000 x 60,000",
            &png_claim(60_000, 60_000, 8),
        ),
        row(
            "a PNG that claims 2³¹-1 x 2³¹-1",
            &png_claim(0x7fff_ffff, 0x7fff_ffff, 8),
        ),
        row(
            "a PNG of 5,000 x 5,000 equal pixels",
            &gray(5_000, 5_000, ImageFormat::Png),
        ),
        row(
            "a PNG of 4,096 x 4,096 with 16 bits a channel",
            &png_claim(4_096, 4_096, 16),
        ),
        row("a PNG of 4,097 x 1", &gray(4_097, 1, ImageFormat::Png)),
        row("a JPEG of 1 x 4,097", &gray(1, 4_097, ImageFormat::Jpeg)),
        row("a WebP of 4,097 x 1", &flat(4_097, 1, ImageFormat::WebP)),
    ]
}

/// What a decoder must bear, and leave out.
fn harmless() -> Vec<Row> {
    let row = |name, picture: Vec<u8>| {
        let taken = Outcome::Served("a product", |reply| codec::decode::<Listed>(reply).is_ok());
        row(name, picture, taken)
    };
    let png = small(ImageFormat::Png);
    let zeros = compressed(&file(GrayImage::new(5_000, 5_000), ImageFormat::Png));
    let comment = [&b"Comment\0\0"[..], &zeros].concat();
    let profile = [&b"Profile\0\0"[..], &zeros].concat();
    vec![
        row("a WebP that moves", animated_webp()),
        row("a JPEG of 90 scans", repetitive_jpeg(90)),
        row(
            "a PNG with a comment that is 25 MB when it is unpacked",
            with_chunk(&png, &chunk(b"zTXt", &comment)),
        ),
        row(
            "a PNG with a colour profile that is 25 MB when it is unpacked",
            with_chunk(&png, &chunk(b"iCCP", &profile)),
        ),
        row(
            "a JPEG with a web page behind it",
            [&small(ImageFormat::Jpeg)[..], b"<script>alert(1)</script>"].concat(),
        ),
    ]
}
