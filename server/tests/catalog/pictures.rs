//! Pictures: made anew on the way in, refused by their reason, two sizes on the way out.

use std::io::Cursor;

use auboutique_client::Client;
use auboutique_protocol::bytes::ByteString;
use auboutique_protocol::catalog::{
    ListProducts, Picture, PictureData, PictureSize, Sell, ShowProduct,
};
use auboutique_protocol::error::{ErrorCode, Nothing};
use auboutique_protocol::ids::{Key, ProductId};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

use crate::common::{TestServer, book, refusal};
use crate::invalid;

/// A picture whose left half is red and whose right half is blue, in this format.
fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let pixel = |x, _| {
        if x < width / 2 {
            [200, 20, 20]
        } else {
            [20, 20, 200]
        }
    };
    let image = RgbImage::from_fn(width, height, |x, y| Rgb(pixel(x, y)));
    let mut file = Cursor::new(Vec::new());
    DynamicImage::from(image)
        .write_to(&mut file, format)
        .unwrap();
    file.into_inner()
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
    let length = u32::try_from(body.len()).unwrap();
    [
        &length.to_be_bytes(),
        &typed[..],
        &crc(&typed).to_be_bytes(),
    ]
    .concat()
}

/// Puts chunks behind the header of a PNG file.
fn with_chunks(png: &[u8], chunks: &[u8]) -> Vec<u8> {
    let header = 8 + 25;
    [&png[..header], chunks, &png[header..]].concat()
}

/// The header of a PNG file that announces this size and has no pixels.
fn png_header(width: u32, height: u32) -> Vec<u8> {
    let mut body = Vec::new();
    body.extend(width.to_be_bytes());
    body.extend(height.to_be_bytes());
    body.extend([8, 2, 0, 0, 0]);
    [&b"\x89PNG\r\n\x1a\n"[..], &chunk(b"IHDR", &body)].concat()
}

fn offer(picture: Vec<u8>) -> Sell {
    Sell {
        picture: Some(ByteString(picture)),
        ..book("Lamp", 1250)
    }
}

async fn fetch(client: &Client, id: ProductId, size: PictureSize) -> PictureData {
    client.call(&Picture { id, size }).await.unwrap()
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|part| part == needle)
}

#[tokio::test]
async fn a_png_with_its_secrets_becomes_a_jpeg_without_them() {
    let server = TestServer::start().await;
    let mona = server.user("mona").await;
    let secret = b"GPS 33.9008 N 35.4801 E";
    let plain = picture(600, 300, ImageFormat::Png);
    let secrets = [
        chunk(
            b"eXIf",
            &[&b"MM\0*\0\0\0\x08\0\0\0\0\0\0"[..], secret].concat(),
        ),
        chunk(b"tEXt", &[&b"Comment\0"[..], secret].concat()),
    ]
    .concat();
    let file = with_chunks(&plain, &secrets);
    assert!(contains(&file, secret) && image::load_from_memory(&file).is_ok());
    let product = mona.call(&offer(file)).await.unwrap().product;

    let full = fetch(&mona, product, PictureSize::Full).await;
    assert_eq!((full.width, full.height), (600, 300));
    let thumbnail = fetch(&mona, product, PictureSize::Thumbnail).await;
    assert_eq!((thumbnail.width, thumbnail.height), (256, 128));
    for data in [&full, &thumbnail] {
        assert_eq!(data.media_type, "image/jpeg");
        assert!(!contains(&data.data.0, b"33.9008") && !contains(&data.data.0, b"Exif"));
        let image = image::load_from_memory_with_format(&data.data.0, ImageFormat::Jpeg);
        let image = image.unwrap().into_rgb8();
        assert_eq!(image.dimensions(), (data.width, data.height));
        let [left, _, right] = image.get_pixel(data.width / 4, data.height / 2).0;
        assert!(left > 150 && right < 80, "the left half is red");
        let [left, _, right] = image.get_pixel(data.width * 3 / 4, data.height / 2).0;
        assert!(left < 80 && right > 150, "the right half is blue");
    }
}

#[tokio::test]
async fn every_accepted_format_is_taken_and_the_same_picture_has_the_same_hash() {
    let server = TestServer::start().await;
    let mona = server.user("mona").await;
    let mut hashes = Vec::new();
    for format in [
        ImageFormat::Png,
        ImageFormat::Png,
        ImageFormat::Jpeg,
        ImageFormat::WebP,
    ] {
        let request = offer(picture(64, 48, format));
        let product = mona.call(&request).await.unwrap().product;
        let data = fetch(&mona, product, PictureSize::Thumbnail).await;
        assert_eq!((data.width, data.height), (64, 48), "nothing is enlarged");
        let detail = mona.call(&ShowProduct { id: product }).await.unwrap();
        hashes.push(detail.picture.unwrap());
    }
    assert_eq!(hashes[0], hashes[1]);
    let page = mona.call(&ListProducts::default()).await.unwrap();
    let listed: Vec<_> = page
        .products
        .iter()
        .filter_map(|item| item.picture)
        .collect();
    hashes.reverse();
    assert_eq!(listed, hashes);
}

#[tokio::test]
async fn an_offer_with_a_picture_that_is_repeated_answers_with_the_same_bytes() {
    let server = TestServer::start().await;
    let mona = server.user("mona").await;
    let request = offer(picture(64, 48, ImageFormat::Png));
    let first = mona.call_raw(&request).await.unwrap();
    assert_eq!(mona.call_raw(&request).await.unwrap(), first);
    let other = Sell {
        picture: None,
        ..request
    };
    let refused = refusal(mona.call(&other).await);
    assert_eq!(refused, ErrorCode::KeyConflict(Nothing {}));
}

#[tokio::test]
async fn what_is_no_picture_is_refused_by_its_reason_and_nothing_is_listed() {
    let server = TestServer::start().await;
    let mona = server.user("mona").await;
    let (png, jpeg) = (
        picture(200, 100, ImageFormat::Png),
        picture(200, 100, ImageFormat::Jpeg),
    );
    for (what, file, reason) in [
        ("nothing", Vec::new(), "empty"),
        ("half a PNG", png[..png.len() / 2].to_vec(), "damaged"),
        ("half a JPEG", jpeg[..jpeg.len() / 2].to_vec(), "damaged"),
        ("a PNG header", png_header(10, 10), "damaged"),
        (
            "a GIF",
            b"GIF89a\x01\0\x01\0\0\0\0;".to_vec(),
            "unsupported",
        ),
        (
            "a page",
            b"<html><script>1</script></html>".to_vec(),
            "unsupported",
        ),
        (
            "a vector picture",
            b"<svg xmlns='x'/>".to_vec(),
            "unsupported",
        ),
        ("a wide bomb", png_header(4097, 1), "dimensions"),
        ("a high bomb", png_header(1, 4097), "dimensions"),
        ("a huge bomb", png_header(60_000, 60_000), "dimensions"),
        ("too much", [png, vec![0; 768 * 1024]].concat(), "too_long"),
    ] {
        let refused = refusal(mona.call(&offer(file)).await);
        assert_eq!(refused, invalid("picture", reason), "{what}");
    }
    let page = mona.call(&ListProducts::default()).await.unwrap();
    assert_eq!(page.products, []);
}

#[tokio::test]
async fn a_product_without_a_picture_and_no_product_have_none() {
    let server = TestServer::start().await;
    let mona = server.user("mona").await;
    let bare = mona.call(&book("Bare", 1250)).await.unwrap().product;
    for id in [bare, ProductId(999), ProductId(u64::MAX)] {
        for size in [PictureSize::Full, PictureSize::Thumbnail] {
            let refused = refusal(mona.call(&Picture { id, size }).await);
            assert_eq!(refused, ErrorCode::NotFound(Nothing {}), "{id} {size}");
        }
    }
}

#[tokio::test]
async fn the_largest_picture_fits_into_a_frame_on_both_ways() {
    let server = TestServer::start().await;
    let mona = server.user("mona").await;
    // Behind the end of the file comes filling, up to the limit of the field.
    let mut file = picture(1_600, 1_200, ImageFormat::Jpeg);
    let filling = chunk(b"zzZz", &[0; 100_000]);
    let png = with_chunks(&picture(400, 400, ImageFormat::Png), &filling.repeat(7));
    assert!(png.len() > 700_000 && png.len() <= 768 * 1024);
    for file in [std::mem::take(&mut file), png] {
        let request = Sell {
            key: Key::now(),
            ..offer(file)
        };
        let product = mona.call(&request).await.unwrap().product;
        fetch(&mona, product, PictureSize::Full).await;
    }
}
