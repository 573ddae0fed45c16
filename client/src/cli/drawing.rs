//! Drawing a picture with characters: each shows two pixels, one above the other, as the upper half
//! block in the colour of the one on a background of the other.

use std::fmt::Write as _;

use image::{Rgb, RgbImage};

/// How many colours a terminal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Palette {
    /// All of 24 bits.
    True,
    /// The fixed colours 16 to 255 of xterm: a cube of six steps a channel.
    Indexed,
}

impl Palette {
    /// What the environment says of the terminal; `None` when it promises too few colours.
    pub(crate) fn of_terminal(colorterm: Option<&str>, term: Option<&str>) -> Option<Self> {
        let term = term.unwrap_or_default();
        if matches!(colorterm, Some("truecolor" | "24bit")) || term.ends_with("-direct") {
            Some(Self::True)
        } else if term.contains("256color") {
            Some(Self::Indexed)
        } else {
            None
        }
    }

    /// The end of the escape sequence that chooses this colour.
    fn parameters(self, Rgb([red, green, blue]): Rgb<u8>) -> String {
        match self {
            Self::True => format!("2;{red};{green};{blue}"),
            Self::Indexed => format!("5;{}", nearest_index([red, green, blue])),
        }
    }
}

/// The colour of xterm's cube that is nearest.
pub(crate) fn nearest_index(color: [u8; 3]) -> u8 {
    let [red, green, blue] = color.map(nearest_step);
    u8::try_from(16 + 36 * red + 6 * green + blue).expect("six steps a channel are 216 colours")
}

/// The step of xterm's cube that is nearest to a channel: 0, 95, 135, 175, 215 or 255.
fn nearest_step(channel: u8) -> usize {
    const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    let distance = |step: &usize| STEPS[*step].abs_diff(channel);
    (0..STEPS.len()).min_by_key(distance).unwrap_or(0)
}

/// The lines that show a picture, one character a pixel wide and half as many high. Each line leaves
/// the terminal's colours as they were.
pub(crate) fn lines(picture: &RgbImage, palette: Palette) -> Vec<String> {
    (0..picture.height())
        .step_by(2)
        .map(|y| line(picture, y, palette))
        .collect()
}

fn line(picture: &RgbImage, y: u32, palette: Palette) -> String {
    let mut line = String::new();
    let mut colors = None;
    for x in 0..picture.width() {
        let above = *picture.get_pixel(x, y);
        let below = picture.get_pixel_checked(x, y + 1).copied();
        // Neighbours are often alike, and a colour holds until the next.
        if colors != Some((above, below)) {
            colors = Some((above, below));
            let below = below.map_or_else(
                || "49".to_owned(),
                |below| format!("48;{}", palette.parameters(below)),
            );
            let above = palette.parameters(above);
            write!(line, "\u{1b}[38;{above};{below}m").expect("a String takes every write");
        }
        line.push('▀');
    }
    line.push_str("\u{1b}[0m");
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    const RED: Rgb<u8> = Rgb([255, 0, 0]);
    const GREY: Rgb<u8> = Rgb([128, 128, 128]);

    fn picture() -> RgbImage {
        RgbImage::from_fn(3, 3, |x, y| if x == 0 || y == 2 { RED } else { GREY })
    }

    #[test]
    fn two_rows_of_pixels_are_a_line_and_the_last_may_be_half() {
        let lines = lines(&picture(), Palette::True);
        assert_eq!(
            lines,
            [
                "\u{1b}[38;2;255;0;0;48;2;255;0;0m▀\u{1b}[38;2;128;128;128;48;2;128;128;128m▀▀\u{1b}[0m",
                "\u{1b}[38;2;255;0;0;49m▀▀▀\u{1b}[0m",
            ]
        );
    }

    #[test]
    fn with_256_colours_the_nearest_of_the_cube_is_taken() {
        let lines = lines(&picture(), Palette::Indexed);
        assert_eq!(
            lines[0],
            "\u{1b}[38;5;196;48;5;196m▀\u{1b}[38;5;102;48;5;102m▀▀\u{1b}[0m"
        );
        let steps: Vec<_> = [0, 47, 48, 114, 116, 255].map(nearest_step).into();
        assert_eq!(steps, [0, 0, 1, 1, 2, 5]);
    }

    #[test]
    fn the_environment_says_how_many_colours_there_are() {
        let palette = Palette::of_terminal;
        assert_eq!(
            palette(Some("truecolor"), Some("xterm")),
            Some(Palette::True)
        );
        assert_eq!(palette(None, Some("xterm-direct")), Some(Palette::True));
        assert_eq!(
            palette(Some("yes"), Some("screen-256color")),
            Some(Palette::Indexed)
        );
        assert_eq!(palette(None, Some("vt100")), None);
        assert_eq!(palette(None, None), None);
    }
}
