//! Pictures: stored by the hash of their content, returned as they were.

use auboutique_protocol::catalog::PictureSize;
use auboutique_protocol::ids::{PictureHash, UnixMillis};

use super::Market;
use super::market::NOW;
use crate::pictures::{EncodedPicture, ProcessedPicture};

/// A picture whose every field differs from those of another number.
fn picture(number: u8) -> ProcessedPicture {
    let side = u32::from(number);
    ProcessedPicture {
        full: EncodedPicture {
            jpeg: vec![number; 768 * 1024],
            width: 1000 + side,
            height: 500 + side,
        },
        thumbnail: EncodedPicture {
            jpeg: vec![number.wrapping_add(1); 16 * 1024],
            width: 200 + side,
            height: 100 + side,
        },
        hash: [number; 32],
    }
}

async fn assert_stored(market: &Market, expected: &ProcessedPicture) {
    for (size, form) in [
        (PictureSize::Full, &expected.full),
        (PictureSize::Thumbnail, &expected.thumbnail),
    ] {
        let found = market.store.picture(PictureHash(expected.hash), size).await;
        // Compared without printing, since a failure would print megabytes.
        assert!(found.unwrap().as_ref() == Some(form), "{size:?}");
    }
}

pub(crate) async fn a_picture_is_returned_in_both_sizes(market: Market) {
    for number in [1, 2] {
        let put = market.store.put_picture(picture(number), NOW).await;
        put.unwrap();
    }
    assert_stored(&market, &picture(1)).await;
    assert_stored(&market, &picture(2)).await;
}

pub(crate) async fn a_picture_that_is_stored_again_stays_as_it_is(market: Market) {
    for later in 0..3 {
        let now = UnixMillis(NOW.0 + later);
        market.store.put_picture(picture(1), now).await.unwrap();
        assert_stored(&market, &picture(1)).await;
    }
}

pub(crate) async fn a_picture_that_never_was_is_none(market: Market) {
    market.store.put_picture(picture(1), NOW).await.unwrap();
    for size in [PictureSize::Full, PictureSize::Thumbnail] {
        let found = market.store.picture(PictureHash([2; 32]), size).await;
        assert_eq!(found.unwrap(), None);
    }
}

pub(crate) async fn pictures_survive_a_restart(mut market: Market) {
    market.store.put_picture(picture(1), NOW).await.unwrap();
    market.reopen().await;
    assert_stored(&market, &picture(1)).await;
}
