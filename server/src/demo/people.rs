//! Who lives in the demo, what they sell, and what happened before anybody looked.

use super::painting::Picture;

/// Somebody of the demo.
pub(super) struct Person {
    pub(super) username: &'static str,
    pub(super) name: &'static str,
}

/// Something of theirs.
#[derive(Clone, Copy)]
pub(super) struct Product {
    pub(super) owner: &'static str,
    pub(super) name: &'static str,
    /// In minor units.
    pub(super) price: u64,
    pub(super) category: &'static str,
    pub(super) description: &'static str,
    pub(super) picture: Picture,
}

pub(super) const PEOPLE: &[Person] = &[
    Person {
        username: "mona",
        name: "Mona Khoury",
    },
    Person {
        username: "omar",
        name: "Omar Haddad",
    },
    Person {
        username: "lina",
        name: "Lina Saab",
    },
    Person {
        username: "karim",
        name: "Karim Nasr",
    },
];

/// Oldest first.
pub(super) const PRODUCTS: &[Product] = &[
    Product {
        owner: "mona",
        name: "Calculus, early chapters",
        price: 1_250,
        category: "textbooks",
        description: "Second edition, hardly used. Two pages with pencil notes, the rest is clean.",
        picture: Picture::Book([0x1f, 0x4e, 0x79], [0xf2, 0xc1, 0x4e]),
    },
    Product {
        owner: "mona",
        name: "Atlas of human anatomy",
        price: 3_400,
        category: "textbooks",
        description: "Large format, all plates in colour. Survived one year of medicine.",
        picture: Picture::Book([0x7a, 0x1f, 0x2b], [0xf5, 0xe6, 0xd3]),
    },
    Product {
        owner: "omar",
        name: "Hand-thrown vase, sea green",
        price: 2_800,
        category: "craftwork",
        description: "Stoneware from the ceramics workshop, 24 cm high, holds water.",
        picture: Picture::Vase([0x2a, 0x9d, 0x8f]),
    },
    Product {
        owner: "omar",
        name: "Terracotta bowl",
        price: 900,
        category: "craftwork",
        description: "Glazed inside, good for fruit or keys.",
        picture: Picture::Bowl([0xc4, 0x6a, 0x3f]),
    },
    Product {
        owner: "lina",
        name: "Stamps of the 1960s, small album",
        price: 4_500,
        category: "collectibles",
        description: "Forty-two stamps, most of them postmarked in Beirut.",
        picture: Picture::Stamps([0x5b, 0x2a, 0x86]),
    },
    Product {
        owner: "lina",
        name: "Desk lamp, warm light",
        price: 1_100,
        category: "electronics",
        description: "Bendable arm, three levels. The bulb is new.",
        picture: Picture::Lamp([0xe7, 0x6f, 0x51]),
    },
    Product {
        owner: "karim",
        name: "Graphing calculator",
        price: 3_900,
        category: "electronics",
        description: "Allowed in all exams of last year. Cover included, batteries not.",
        picture: Picture::Calculator([0x26, 0x46, 0x53]),
    },
    Product {
        owner: "karim",
        name: "Wool scarf, striped",
        price: 700,
        category: "clothing",
        description: "Knitted by my aunt. Warm enough for Faraya.",
        picture: Picture::Scarf([0x9b, 0x22, 0x26], [0xe9, 0xd8, 0xa6]),
    },
    Product {
        owner: "mona",
        name: "Organic chemistry, with models",
        price: 2_200,
        category: "textbooks",
        description: "The book and the box of molecule models, complete.",
        picture: Picture::Book([0x2d, 0x6a, 0x4f], [0xd8, 0xf3, 0xdc]),
    },
    Product {
        owner: "omar",
        name: "Narrow vase, midnight blue",
        price: 3_100,
        category: "craftwork",
        description: "The glaze ran a little, which I think is its best part.",
        picture: Picture::Vase([0x1d, 0x35, 0x57]),
    },
    Product {
        owner: "lina",
        name: "Introduction to logic",
        price: 800,
        category: "textbooks",
        description: "If you want a book, here is one. You do, therefore.",
        picture: Picture::Book([0x3d, 0x34, 0x8b], [0xf3, 0x5b, 0x04]),
    },
    Product {
        owner: "karim",
        name: "Reading lamp for the bed",
        price: 650,
        category: "electronics",
        description: "Clamps to anything up to 4 cm.",
        picture: Picture::Lamp([0x45, 0x7b, 0x9d]),
    },
    Product {
        owner: "mona",
        name: "Breakfast bowl, cobalt rim",
        price: 1_000,
        category: "craftwork",
        description: "One of a pair; the other one met the floor.",
        picture: Picture::Bowl([0x3a, 0x5a, 0x9b]),
    },
    Product {
        owner: "lina",
        name: "Scarf in olive and sand",
        price: 950,
        category: "clothing",
        description: "Cotton, light, washed twice.",
        picture: Picture::Scarf([0x60, 0x6c, 0x38], [0xdd, 0xa1, 0x5e]),
    },
];

/// Who bought which product.
pub(super) const PURCHASES: &[(&str, usize)] = &[("karim", 3), ("mona", 4)];

/// Who wrote to whom, about which product, what.
pub(super) const MESSAGES: &[(&str, &str, Option<usize>, &str)] = &[
    ("karim", "omar", Some(3), "Is the bowl still there?"),
    ("omar", "karim", Some(3), "It is. Price as shown."),
    (
        "lina",
        "mona",
        Some(0),
        "Would you take 10 for the calculus book?",
    ),
];
