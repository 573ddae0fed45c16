//! Requests and replies about the catalog.

use auboutique_protocol::bytes::ByteString;
use auboutique_protocol::catalog::{
    EditProduct, ListProducts, ListSellers, Listed, Picture, PictureData, PictureSize,
    ProductDetail, ProductPage, ProductState, ProductSummary, ProductWithdrawn, Sell, Seller,
    SellerPage, ShowProduct, SoldAt, Sort, WithdrawProduct,
};
use auboutique_protocol::error::Nothing;
use auboutique_protocol::page::Cursor;

use super::{LISTED_AT, PRODUCT, SOLD_AT, Vector, cursor, key, picture_hash, reply, request, usd};

const DESCRIPTION: &str = "Hardly used.\nNo markings.";
/// A grey PNG of one pixel.
const PNG: [u8; 67] = *b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0\x3a\x7e\
    \x9b\x55\0\0\0\x0aIDAT\x78\xda\x63\x68\0\0\0\x82\0\x81\xda\x45\x08\x3b\0\0\0\0IEND\xae\x42\
    \x60\x82";
/// A grey JPEG of one pixel.
const JPEG: [u8; 159] = *b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xff\xdb\0C\0\
    \x10\x0b\x0c\x0e\x0c\x0a\x10\x0e\x0d\x0e\x12\x11\x10\x13\x18(\x1a\x18\x16\x16\x181#%\x1d(:3=\
    <9387@H\\N@DWE78PmQW_bghg>Mqypdx\\egc\xff\xc0\0\x0b\x08\0\x01\0\x01\x01\x01\x11\0\xff\xc4\0\
    \x14\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xff\xc4\0\x14\x10\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\
    \0\0\xff\xda\0\x08\x01\x01\0\0\x3f\0\x3f\xff\xd9";

pub(super) fn all() -> Vec<Vector> {
    let full = ListProducts {
        sort: Some(Sort::Newest),
        text: Some("calculus stew".into()),
        limit: Some(20),
        owner: Some("mona".into()),
        cursor: Some(cursor()),
        category: Some("textbooks".into()),
        price_max: Some(usd(5000)),
        price_min: Some(usd(500)),
    };
    let sorted = |sort| ListProducts {
        sort: Some(sort),
        ..ListProducts::default()
    };
    vec![
        request("minimal", &ListProducts::default()),
        request("full", &full),
        request("newest", &sorted(Sort::Newest)),
        request("oldest", &sorted(Sort::Oldest)),
        request("cheapest", &sorted(Sort::Cheapest)),
        request("dearest", &sorted(Sort::Dearest)),
        reply::<ListProducts>("minimal", &page(None, vec![])),
        reply::<ListProducts>("full", &page(Some(cursor()), vec![summary()])),
        request("", &ShowProduct { id: PRODUCT }),
        reply::<ShowProduct>("for_sale", &detail(ProductState::ForSale(Nothing {}))),
        reply::<ShowProduct>(
            "sold",
            &ProductDetail {
                picture: None,
                ..detail(ProductState::Sold(SoldAt { sold_at: SOLD_AT }))
            },
        ),
        reply::<ShowProduct>("withdrawn", &detail(ProductState::Withdrawn(Nothing {}))),
        request("", &picture(PictureSize::Full)),
        request("thumbnail", &picture(PictureSize::Thumbnail)),
        reply::<Picture>(
            "",
            &PictureData {
                data: ByteString(JPEG.into()),
                width: 1,
                height: 1,
                media_type: "image/jpeg".into(),
            },
        ),
        request("minimal", &ListSellers::default()),
        request(
            "full",
            &ListSellers {
                limit: Some(20),
                cursor: Some(Cursor::new(b"karim".to_vec())),
            },
        ),
        reply::<ListSellers>("minimal", &sellers(None, vec![])),
        reply::<ListSellers>(
            "full",
            &sellers(Some(Cursor::new(b"mona".to_vec())), vec![seller()]),
        ),
        request("minimal", &sell(None)),
        request("full", &sell(Some(ByteString(PNG.into())))),
        reply::<Sell>(
            "",
            &Listed {
                product: PRODUCT,
                listed_at: LISTED_AT,
            },
        ),
        request("minimal", &unchanged()),
        request("price", &dearer()),
        request(
            "full",
            &EditProduct {
                name: Some("Calculus, 2nd edition".into()),
                category: Some("textbooks".into()),
                description: Some(String::new()),
                ..dearer()
            },
        ),
        reply::<EditProduct>(
            "",
            &ProductDetail {
                price: usd(1500),
                ..detail(ProductState::ForSale(Nothing {}))
            },
        ),
        request("", &WithdrawProduct { id: PRODUCT }),
        reply::<WithdrawProduct>("", &ProductWithdrawn {}),
    ]
}

fn picture(size: PictureSize) -> Picture {
    Picture { id: PRODUCT, size }
}

/// An edit in which nothing is asked for: of the right form, and refused all the same.
fn unchanged() -> EditProduct {
    EditProduct {
        id: PRODUCT,
        name: None,
        price: None,
        category: None,
        description: None,
    }
}

fn dearer() -> EditProduct {
    EditProduct {
        price: Some(usd(1500)),
        ..unchanged()
    }
}

fn page(next: Option<Cursor>, products: Vec<ProductSummary>) -> ProductPage {
    ProductPage { next, products }
}

fn sellers(next: Option<Cursor>, sellers: Vec<Seller>) -> SellerPage {
    SellerPage { next, sellers }
}

fn seller() -> Seller {
    Seller {
        online: true,
        products: 3,
        username: "mona".into(),
    }
}

pub(super) fn summary() -> ProductSummary {
    ProductSummary {
        id: PRODUCT,
        name: "Calculus".into(),
        owner: "mona".into(),
        price: usd(1250),
        picture: Some(picture_hash()),
        category: "textbooks".into(),
        listed_at: LISTED_AT,
        description: DESCRIPTION.into(),
    }
}

fn detail(state: ProductState) -> ProductDetail {
    ProductDetail {
        id: PRODUCT,
        name: "Calculus".into(),
        owner: "mona".into(),
        price: usd(1250),
        state,
        picture: Some(picture_hash()),
        category: "textbooks".into(),
        listed_at: LISTED_AT,
        owner_name: "منى خوري".into(),
        description: DESCRIPTION.into(),
        owner_online: true,
    }
}

fn sell(picture: Option<ByteString>) -> Sell {
    Sell {
        key: key(1),
        name: "Calculus".into(),
        price: usd(1250),
        picture,
        category: "textbooks".into(),
        description: DESCRIPTION.into(),
    }
}
