//! Pictures for the demo, drawn by signed distances: the edge of a shape is where its distance is
//! zero, and a pixel is covered as far as it lies inside, which gives smooth edges for free.

use image::{ImageFormat, Rgb, RgbImage};

const WIDTH: u32 = 480;
const HEIGHT: u32 = 360;

type Colour = [u8; 3];

/// What to paint, in which colours.
#[derive(Debug, Clone, Copy)]
pub(super) enum Picture {
    /// Its cover, and what is printed on it.
    Book(Colour, Colour),
    Vase(Colour),
    Bowl(Colour),
    Stamps(Colour),
    Lamp(Colour),
    Calculator(Colour),
    Scarf(Colour, Colour),
}

/// Paints a picture as PNG; the same one every time.
pub(super) fn paint(picture: Picture) -> Vec<u8> {
    let mut canvas = Canvas::new();
    match picture {
        Picture::Book(cover, print) => book(&mut canvas, cover, print),
        Picture::Vase(glaze) => vase(&mut canvas, glaze),
        Picture::Bowl(glaze) => bowl(&mut canvas, glaze),
        Picture::Stamps(ink) => stamps(&mut canvas, ink),
        Picture::Lamp(shade) => lamp(&mut canvas, shade),
        Picture::Calculator(body) => calculator(&mut canvas, body),
        Picture::Scarf(wool, stripe) => scarf(&mut canvas, wool, stripe),
    }
    let mut png = std::io::Cursor::new(Vec::new());
    canvas
        .0
        .write_to(&mut png, ImageFormat::Png)
        .expect("a picture of known size is written to memory");
    png.into_inner()
}

struct Canvas(RgbImage);

impl Canvas {
    /// A table before a wall, lit from above.
    fn new() -> Self {
        let horizon = 250.0;
        let mut canvas = Self(RgbImage::new(WIDTH, HEIGHT));
        canvas.fill(
            |_, _| -1.0,
            |x, y| {
                let glow = 1.0 - ((x - 240.0).hypot((y - 120.0) * 1.3) / 420.0).min(1.0);
                if y < horizon {
                    shade([0xe8, 0xe2, 0xd9], 0.82 + 0.2 * glow)
                } else {
                    shade(
                        [0xc9, 0xa8, 0x82],
                        0.72 + 0.3 * glow + (y - horizon) / 900.0,
                    )
                }
            },
        );
        canvas
    }

    /// Paints the inside of a shape. Distances are in pixels, negative inside.
    fn fill(&mut self, distance: impl Fn(f32, f32) -> f32, colour: impl Fn(f32, f32) -> Colour) {
        for (x, y, pixel) in self.0.enumerate_pixels_mut() {
            let (x, y) = (pixel_centre(x), pixel_centre(y));
            let coverage = (0.5 - distance(x, y)).clamp(0.0, 1.0);
            if coverage > 0.0 {
                *pixel = mix(*pixel, colour(x, y), coverage);
            }
        }
    }

    /// A soft shadow under something that stands at (x, y).
    fn shadow(&mut self, x: f32, y: f32, width: f32) {
        for (px, py, pixel) in self.0.enumerate_pixels_mut() {
            let (dx, dy) = (pixel_centre(px) - x, (pixel_centre(py) - y) * 4.0);
            let depth = (1.0 - dx.hypot(dy) / width).max(0.0);
            *pixel = mix(*pixel, [0x30, 0x24, 0x1a], depth * 0.55);
        }
    }
}

fn pixel_centre(position: u32) -> f32 {
    // A side has fewer pixels than an f32 has exact integers.
    #[expect(clippy::cast_precision_loss, reason = "positions are below 2^24")]
    let position = position as f32;
    position + 0.5
}

fn mix(under: Rgb<u8>, over: Colour, amount: f32) -> Rgb<u8> {
    let channel = |index: usize| {
        let (under, over) = (f32::from(under.0[index]), f32::from(over[index]));
        to_byte(under + (over - under) * amount)
    };
    Rgb([channel(0), channel(1), channel(2)])
}

/// A colour in more or less light.
fn shade(colour: Colour, light: f32) -> Colour {
    colour.map(|channel| to_byte(f32::from(channel) * light))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the value is clamped to a byte"
)]
fn to_byte(value: f32) -> u8 {
    value.clamp(0.0, 255.0).round() as u8
}

/// The distance to a box with round corners around (cx, cy).
fn round_box(x: f32, y: f32, (cx, cy): (f32, f32), (half_w, half_h): (f32, f32), r: f32) -> f32 {
    let (dx, dy) = ((x - cx).abs() - half_w + r, (y - cy).abs() - half_h + r);
    dx.max(0.0).hypot(dy.max(0.0)) + dx.max(dy).min(0.0) - r
}

/// The distance to a line with round ends.
fn line(x: f32, y: f32, (ax, ay): (f32, f32), (bx, by): (f32, f32), half_width: f32) -> f32 {
    let (px, py, dx, dy) = (x - ax, y - ay, bx - ax, by - ay);
    let along = ((px * dx + py * dy) / (dx * dx + dy * dy)).clamp(0.0, 1.0);
    (px - dx * along).hypot(py - dy * along) - half_width
}

/// Light on something round that stands upright, from the left.
fn round_light(x: f32, centre: f32, half_width: f32) -> f32 {
    let across = ((x - centre) / half_width).clamp(-1.0, 1.0);
    let highlight = (1.0 - ((across + 0.45) * 3.0).powi(2)).max(0.0);
    0.62 + 0.4 * (1.0 - across * across).sqrt() - 0.15 * across + 0.35 * highlight
}

fn book(canvas: &mut Canvas, cover: Colour, print: Colour) {
    canvas.shadow(250.0, 300.0, 170.0);
    let (centre, half) = ((240.0, 180.0), (95.0, 125.0));
    let pages = |x: f32, y: f32| round_box(x, y, (centre.0 + 9.0, centre.1 + 3.0), half, 4.0);
    canvas.fill(pages, |_, y| {
        shade([0xf4, 0xee, 0xdf], 0.85 + 0.1 * (y * 1.4).sin())
    });
    let front = move |x: f32, y: f32| round_box(x, y, centre, half, 5.0);
    canvas.fill(front, move |x, y| {
        let spine = if x < 165.0 { 0.72 } else { 1.0 };
        shade(cover, spine * (1.12 - (x + y) / 1_900.0))
    });
    for (row, half_width) in [(105.0, 58.0), (128.0, 40.0)] {
        canvas.fill(
            |x, y| round_box(x, y, (252.0, row), (half_width, 6.0), 3.0),
            |_, _| print,
        );
    }
    canvas.fill(
        |x, y| ((x - 252.0).hypot(y - 215.0) - 42.0).abs() - 3.0,
        |_, _| print,
    );
    canvas.fill(
        |x, y| ((x - 252.0).hypot(y - 215.0) - 24.0).max(-(x - 262.0).hypot(y - 207.0) + 22.0),
        |_, _| print,
    );
}

fn vase(canvas: &mut Canvas, glaze: Colour) {
    canvas.shadow(240.0, 318.0, 110.0);
    let half_width = |y: f32| {
        let height = ((y - 70.0) / 250.0).clamp(0.0, 1.0);
        26.0 + 62.0 * (height * 2.9).sin().max(0.0).powf(1.4) + 10.0 * (1.0 - height).powi(8)
    };
    let body = move |x: f32, y: f32| {
        ((x - 240.0).abs() - half_width(y))
            .max(70.0 - y)
            .max(y - 318.0)
    };
    canvas.fill(body, move |x, y| {
        let rings = 1.0 + 0.03 * (y * 0.55).sin();
        shade(glaze, round_light(x, 240.0, half_width(y)) * rings)
    });
    let mouth = |x: f32, y: f32| ((x - 240.0) / 36.0).hypot((y - 71.0) / 7.0) * 7.0 - 7.0;
    canvas.fill(mouth, move |_, _| shade(glaze, 0.35));
}

fn bowl(canvas: &mut Canvas, glaze: Colour) {
    canvas.shadow(240.0, 300.0, 150.0);
    let outside = |x: f32, y: f32| ((x - 240.0).hypot((y - 170.0) * 1.12) - 140.0).max(170.0 - y);
    canvas.fill(outside, move |x, y| {
        shade(glaze, round_light(x, 240.0, 140.0) * (1.15 - y / 900.0))
    });
    canvas.fill(
        |x, y| round_box(x, y, (240.0, 296.0), (46.0, 8.0), 4.0),
        move |x, _| shade(glaze, 0.7 * round_light(x, 240.0, 46.0)),
    );
    let rim = |x: f32, y: f32| ((x - 240.0) / 140.0).hypot((y - 170.0) / 30.0) * 30.0 - 30.0;
    canvas.fill(rim, move |_, _| shade(glaze, 1.25));
    let inside = |x: f32, y: f32| ((x - 240.0) / 130.0).hypot((y - 172.0) / 25.0) * 25.0 - 25.0;
    canvas.fill(inside, move |_, y| shade(glaze, 0.4 + (y - 145.0) / 110.0));
}

fn stamps(canvas: &mut Canvas, ink: Colour) {
    for (index, (x0, y0)) in [
        (150.0, 120.0),
        (330.0, 110.0),
        (170.0, 245.0),
        (315.0, 240.0),
    ]
    .into_iter()
    .enumerate()
    {
        canvas.shadow(x0 + 6.0, y0 + 62.0, 90.0);
        let paper = move |x: f32, y: f32| {
            // Perforation: half circles along the edge.
            let wave = 3.0 * ((x * 0.42).cos() + (y * 0.42).cos());
            round_box(x, y, (x0, y0), (68.0, 54.0), 2.0) + wave * 0.5
        };
        canvas.fill(paper, |_, _| [0xfa, 0xf6, 0xec]);
        let turn = [0.0, 0.9, 1.9, 2.7][index];
        let field = move |x: f32, y: f32| round_box(x, y, (x0, y0), (54.0, 40.0), 2.0);
        canvas.fill(field, move |x, y| {
            let waves = ((x - x0) * 0.11 + turn).sin() + ((y - y0) * 0.16 - turn).cos();
            shade(ink, 0.9 + 0.35 * waves + 0.15 * turn)
        });
        canvas.fill(
            move |x, y| (x - x0 - 22.0).hypot(y - y0 + 14.0) - 11.0,
            |_, _| [0xff, 0xe8, 0xa3],
        );
    }
}

fn lamp(canvas: &mut Canvas, colour: Colour) {
    canvas.shadow(200.0, 316.0, 120.0);
    // The cone of light, then what makes it.
    canvas.fill(
        |x, y| {
            ((x - 300.0).abs() - 30.0 - (y - 150.0) * 0.62)
                .max(152.0 - y)
                .max(y - 318.0)
                * 0.2
        },
        |_, y| shade([0xff, 0xf1, 0xc4], 1.05 - (y - 150.0) / 1_000.0),
    );
    let metal = |x: f32, _: f32| shade([0x6b, 0x70, 0x76], 0.8 + x / 900.0);
    canvas.fill(
        |x, y| line(x, y, (190.0, 310.0), (150.0, 190.0), 6.0),
        metal,
    );
    canvas.fill(
        |x, y| line(x, y, (150.0, 190.0), (290.0, 100.0), 6.0),
        metal,
    );
    canvas.fill(|x, y| (x - 150.0).hypot(y - 190.0) - 11.0, metal);
    canvas.fill(
        |x, y| round_box(x, y, (190.0, 314.0), (70.0, 9.0), 8.0),
        move |x, _| shade(colour, round_light(x, 190.0, 70.0)),
    );
    canvas.fill(
        |x, y| {
            ((x - 300.0).abs() - 16.0 - (y - 85.0) * 0.62)
                .max(85.0 - y)
                .max(y - 156.0)
        },
        move |x, y| shade(colour, round_light(x, 300.0, 20.0 + (y - 85.0) * 0.62)),
    );
}

fn calculator(canvas: &mut Canvas, body: Colour) {
    canvas.shadow(245.0, 320.0, 130.0);
    let shell = |x: f32, y: f32| round_box(x, y, (240.0, 180.0), (84.0, 142.0), 16.0);
    canvas.fill(shell, move |x, y| shade(body, 1.25 - (x + y) / 1_100.0));
    let screen = |x: f32, y: f32| round_box(x, y, (240.0, 98.0), (66.0, 42.0), 5.0);
    canvas.fill(screen, |_, y| {
        shade([0xc5, 0xd8, 0xb5], 0.9 + (y - 56.0) / 700.0)
    });
    let graph = |x: f32, y: f32| {
        let curve = 98.0 - 24.0 * ((x - 240.0) * 0.075).sin();
        ((y - curve).abs() * 0.6 - 1.6).max((x - 240.0).abs() - 60.0)
    };
    canvas.fill(graph, |_, _| [0x1c, 0x2b, 0x1a]);
    for row in 0..5_u8 {
        for column in 0..4_u8 {
            let (x0, y0) = (
                189.0 + 34.0 * f32::from(column),
                168.0 + 31.0 * f32::from(row),
            );
            let key = move |x: f32, y: f32| round_box(x, y, (x0, y0), (13.0, 10.0), 5.0);
            let cap = match (row, column) {
                (4, 3) => [0xe7, 0x6f, 0x51],
                (0, _) => [0x8d, 0x99, 0xae],
                _ => [0xed, 0xf2, 0xf4],
            };
            canvas.fill(key, move |_, y| shade(cap, 1.0 - (y - y0) / 60.0));
        }
    }
}

fn scarf(canvas: &mut Canvas, wool: Colour, stripe: Colour) {
    canvas.shadow(240.0, 312.0, 180.0);
    let knit = move |x: f32, y: f32, along: f32| {
        let stitches = 0.94 + 0.08 * (x * 1.1 + y * 0.3).sin() * (y * 1.3).cos();
        let is_stripe = (along / 34.0).rem_euclid(3.0) < 1.0;
        shade(if is_stripe { stripe } else { wool }, stitches)
    };
    // Two folded layers, and an end with fringes.
    for (y0, dark) in [(235.0, 0.78), (190.0, 0.9), (145.0, 1.0)] {
        let fold = move |x: f32, y: f32| round_box(x, y, (240.0, y0), (165.0, 42.0), 30.0);
        canvas.fill(fold, move |x, y| shade(knit(x, y, x + y0), dark));
    }
    let end = |x: f32, y: f32| round_box(x, y, (330.0, 225.0), (44.0, 84.0), 6.0);
    canvas.fill(end, move |x, y| shade(knit(x, y, y), 1.06));
    for fringe in 0..8_u8 {
        let x0 = 293.0 + 10.6 * f32::from(fringe);
        canvas.fill(
            move |x, y| line(x, y, (x0, 308.0), (x0 + 2.0, 334.0), 2.4),
            move |_, _| shade(wool, 0.95),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_picture_is_a_png_of_its_own_and_always_the_same() {
        let red = [200, 30, 30];
        let all = [
            Picture::Book(red, [0, 0, 0]),
            Picture::Vase(red),
            Picture::Bowl(red),
            Picture::Stamps(red),
            Picture::Lamp(red),
            Picture::Calculator(red),
            Picture::Scarf(red, [255, 255, 255]),
        ];
        let painted: std::collections::BTreeSet<Vec<u8>> = all.into_iter().map(paint).collect();
        assert_eq!(painted.len(), all.len());
        assert_eq!(paint(all[0]), paint(all[0]));
        for png in painted {
            let picture = image::load_from_memory(&png).unwrap();
            assert_eq!((picture.width(), picture.height()), (WIDTH, HEIGHT));
        }
    }
}
