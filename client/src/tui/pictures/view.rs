//! How a picture gets onto the screen: as half blocks everywhere with enough colours, or by a protocol of the
//! terminal's own where somebody says that it has one.
//!
//! The terminal is never asked: an answer that does not come would delay the first screen, and one that
//! comes late would be taken for keys.

use std::fmt;
use std::sync::Arc;

use image::imageops::FilterType;
use image::{DynamicImage, RgbImage};
use ratatui_image::Image;
use ratatui_image::protocol::Protocol;
use ratatui_image::protocol::halfblocks::Halfblocks;
use ratatui_image::protocol::iterm2::Iterm2;
use ratatui_image::protocol::kitty::Kitty;
use ratatui_image::protocol::sixel::Sixel;

use crate::cli::drawing::nearest_index;
use crate::tui::pictures::Picture;
use crate::ui::ratatui::layout::Size;
use crate::ui::ratatui::style::Color;
use crate::ui::text::{put_centered, put_wrapped};
use crate::ui::theme::{Depth, Theme, Tone};
use crate::ui::{Frame, Rect};

/// A cell in pixels, where the terminal does not say.
const CELL: (u16, u16) = (10, 20);

/// By which way pictures are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// Two pixels a cell, one above the other.
    HalfBlocks,
    /// Kitty's protocol, with a cell's size in pixels.
    Kitty(u16, u16),
    /// Sixels.
    Sixel(u16, u16),
    /// iTerm2's protocol.
    Iterm2(u16, u16),
}

/// A way as it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Images {
    /// As the environment names the terminal; half blocks where it does not
    Auto,
    /// Half blocks
    HalfBlocks,
    /// The protocol of kitty
    Kitty,
    /// Sixels
    Sixel,
    /// The protocol of iTerm2
    Iterm2,
}

impl Way {
    /// The way that was chosen, for a terminal of which the environment says so much. `cell` is the size
    /// of a cell in pixels, if the terminal has told it.
    pub(crate) fn new(
        chosen: Images,
        cell: Option<(u16, u16)>,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Self {
        let (width, height) = cell.unwrap_or(CELL);
        match chosen {
            Images::HalfBlocks => Self::HalfBlocks,
            Images::Kitty => Self::Kitty(width, height),
            Images::Sixel => Self::Sixel(width, height),
            Images::Iterm2 => Self::Iterm2(width, height),
            Images::Auto => {
                let value = |name: &str| variable(name).unwrap_or_default();
                let (term, program) = (value("TERM"), value("TERM_PROGRAM"));
                // Inside of a multiplexer the name is that of the terminal outside.
                let is_inside = !value("TMUX").is_empty() || term.starts_with("screen");
                match (&*program, &*term) {
                    _ if is_inside => Self::HalfBlocks,
                    ("iTerm.app" | "WezTerm", _) => Self::Iterm2(width, height),
                    ("ghostty", _) | (_, "xterm-kitty" | "xterm-ghostty") => {
                        Self::Kitty(width, height)
                    }
                    (_, "foot" | "mlterm" | "yaft-256color") => Self::Sixel(width, height),
                    _ => Self::HalfBlocks,
                }
            }
        }
    }

    /// The pixels of a cell.
    const fn cell(self) -> (u32, u32) {
        match self {
            Self::HalfBlocks => (1, 2),
            Self::Kitty(width, height)
            | Self::Sixel(width, height)
            | Self::Iterm2(width, height) => (width as u32, height as u32),
        }
    }
}

/// A picture as it is shown, for one size. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Drawing(Arc<Protocol>);

impl Drawing {
    fn is_blocks(&self) -> bool {
        matches!(*self.0, Protocol::Halfblocks(_))
    }
}

impl fmt::Debug for Drawing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Size { width, height } = self.0.size();
        write!(formatter, "Drawing({width}x{height})")
    }
}

/// The columns and lines of a picture that fits into so many, in its proportions.
fn fitting(picture: (u32, u32), cell: (u32, u32), columns: u16, lines: u16) -> Size {
    let (width, height) = (picture.0.max(1), picture.1.max(1));
    let (most_width, most_height) = (u32::from(columns) * cell.0, u32::from(lines) * cell.1);
    // By whichever side is the tighter one; never larger than it is.
    let by_width =
        u64::from(most_width) * u64::from(height) <= u64::from(most_height) * u64::from(width);
    let (width, height) = if width <= most_width && height <= most_height {
        (width, height)
    } else if by_width {
        let scaled = u64::from(height) * u64::from(most_width) / u64::from(width);
        (most_width, u32::try_from(scaled).unwrap_or(most_height))
    } else {
        let scaled = u64::from(width) * u64::from(most_height) / u64::from(height);
        (u32::try_from(scaled).unwrap_or(most_width), most_height)
    };
    let cells =
        |pixels: u32, of: u32| u16::try_from(pixels.div_ceil(of.max(1)).max(1)).unwrap_or(1);
    Size::new(
        cells(width, cell.0).min(columns.max(1)),
        cells(height, cell.1).min(lines.max(1)),
    )
}

/// Makes a picture ready to be shown. Takes a while: not for the thread that draws.
///
/// # Errors
/// It cannot be encoded.
pub(crate) fn prepare(
    picture: RgbImage,
    way: Way,
    columns: u16,
    lines: u16,
    id: u32,
) -> Result<Drawing, String> {
    let cell = way.cell();
    let size = fitting(picture.dimensions(), cell, columns, lines);
    let (width, height) = (
        u32::from(size.width) * cell.0,
        u32::from(size.height) * cell.1,
    );
    let picture = DynamicImage::ImageRgb8(picture);
    let picture = picture.resize_exact(width, height, FilterType::CatmullRom);
    let is_tmux = std::env::var_os("TMUX").is_some();
    let protocol = match way {
        Way::HalfBlocks => Halfblocks::new(picture, size).map(Protocol::Halfblocks),
        Way::Kitty(..) => Kitty::new(picture, size, id, is_tmux, false).map(Protocol::Kitty),
        Way::Sixel(..) => Sixel::new(picture, size, is_tmux).map(Protocol::Sixel),
        Way::Iterm2(..) => Iterm2::new(picture, size, is_tmux).map(Protocol::ITerm2),
    };
    let protocol = protocol.map_err(|error| error.to_string())?;
    Ok(Drawing(Arc::new(protocol)))
}

/// Draws what there is of a picture in the middle of an area. Of one that something else lies over only
/// blocks are drawn: the terminal would not know what is above what.
pub(crate) fn draw(
    picture: Option<&Picture>,
    is_covered: bool,
    frame: &mut Frame<'_>,
    area: Rect,
    theme: &Theme,
) {
    if area.is_empty() {
        return;
    }
    let muted = theme.tone(Tone::Muted);
    let middle = Rect {
        y: area.y + area.height / 2,
        height: area.height - area.height / 2,
        ..area
    };
    match picture {
        None => {}
        Some(Picture::Awaited) => {
            put_centered(frame.buffer_mut(), middle, "…", muted);
        }
        Some(Picture::Failed(reason)) => {
            let text = format!("No picture: {reason}");
            put_wrapped(frame.buffer_mut(), middle, &text, muted);
        }
        Some(Picture::Ready(drawing)) if is_covered && !drawing.is_blocks() => {}
        Some(Picture::Ready(drawing)) => draw_ready(drawing, frame, area, theme),
    }
}

fn draw_ready(drawing: &Drawing, frame: &mut Frame<'_>, area: Rect, theme: &Theme) {
    let size = drawing.0.size();
    let is_blocks = drawing.is_blocks();
    if is_blocks && matches!(theme.depth(), Depth::Plain | Depth::Sixteen) {
        let text = "This terminal has too few colours for a picture.";
        put_wrapped(frame.buffer_mut(), area, text, theme.tone(Tone::Muted));
        return;
    }
    if size.width > area.width || size.height > area.height {
        return;
    }
    let place = Rect {
        x: area.x + (area.width - size.width) / 2,
        y: area.y + (area.height - size.height) / 2,
        width: size.width,
        height: size.height,
    };
    frame.render_widget(Image::new(&drawing.0), place);
    if is_blocks && theme.depth() == Depth::Indexed {
        for position in place.positions() {
            let cell = &mut frame.buffer_mut()[position];
            let (above, below) = (indexed(cell.fg), indexed(cell.bg));
            cell.set_fg(above).set_bg(below);
        }
    }
}

/// A colour among the fixed ones of a terminal that has 256.
fn indexed(color: Color) -> Color {
    if let Color::Rgb(red, green, blue) = color {
        return Color::Indexed(nearest_index([red, green, blue]));
    }
    color
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::testing::{SMALL, draw as drawn};
    use crate::ui::theme::Shade;

    fn picture(width: u32, height: u32) -> RgbImage {
        RgbImage::from_fn(width, height, |x, y| {
            let channel = |value: u32| u8::try_from(value % 256).unwrap_or(0);
            image::Rgb([channel(x * 9), channel(y * 9), 90])
        })
    }

    #[test]
    fn a_picture_keeps_its_proportions_and_is_never_enlarged() {
        for (pixels, room, cells) in [
            ((100, 100), (40, 10), (20, 10)),
            ((400, 100), (40, 10), (40, 5)),
            ((100, 400), (40, 10), (5, 10)),
            ((8, 8), (40, 10), (8, 4)),
            ((1, 10_000), (40, 10), (1, 10)),
        ] {
            let size = fitting(pixels, (1, 2), room.0, room.1);
            assert_eq!((size.width, size.height), cells, "{pixels:?}");
        }
    }

    #[test]
    fn the_environment_names_the_way_and_nothing_else_does() {
        let way = |chosen, variables: &[(&str, &str)]| {
            Way::new(chosen, None, |name| {
                let found = variables.iter().find(|(known, _)| *known == name)?;
                Some(found.1.to_owned())
            })
        };
        let (width, height) = CELL;
        for (variables, expected) in [
            (&[][..], Way::HalfBlocks),
            (&[("TERM", "xterm-256color")], Way::HalfBlocks),
            (&[("TERM", "xterm-kitty")], Way::Kitty(width, height)),
            (&[("TERM", "foot")], Way::Sixel(width, height)),
            (&[("TERM_PROGRAM", "WezTerm")], Way::Iterm2(width, height)),
            (
                &[("TERM", "xterm-kitty"), ("TMUX", "/tmp/x")],
                Way::HalfBlocks,
            ),
        ] {
            assert_eq!(way(Images::Auto, variables), expected, "{variables:?}");
        }
        let inside = &[("TMUX", "/tmp/x")];
        assert_eq!(way(Images::Sixel, inside), Way::Sixel(width, height));
    }

    #[test]
    fn blocks_have_the_colours_that_the_terminal_has() {
        let drawing = prepare(picture(40, 40), Way::HalfBlocks, 20, 10, 1).unwrap();
        let ready = Picture::Ready(drawing);
        for (depth, is_drawn) in [
            (Depth::True, true),
            (Depth::Indexed, true),
            (Depth::Sixteen, false),
            (Depth::Plain, false),
        ] {
            let theme = Theme::new(depth, Shade::Dark);
            let screen = drawn(SMALL, |frame| {
                draw(Some(&ready), false, frame, frame.area(), &theme);
            });
            assert_eq!(screen.text().contains('▀'), is_drawn, "{depth:?}");
            let is_true = |color| matches!(color, Color::Rgb(..));
            let cells = screen.buffer.content.iter();
            let has_true = cells
                .into_iter()
                .any(|cell| is_true(cell.fg) || is_true(cell.bg));
            assert_eq!(has_true, depth == Depth::True, "{depth:?}");
        }
    }

    #[test]
    fn other_ways_are_encoded_for_their_cells() {
        for way in [Way::Sixel(8, 16), Way::Kitty(8, 16), Way::Iterm2(8, 16)] {
            let drawing = prepare(picture(80, 80), way, 20, 10, 1).unwrap();
            assert_eq!(format!("{drawing:?}"), "Drawing(10x5)");
            let ready = Picture::Ready(drawing);
            let theme = Theme::new(Depth::Plain, Shade::Dark);
            let screen = drawn(SMALL, |frame| {
                draw(Some(&ready), false, frame, frame.area(), &theme);
            });
            let mut cells = screen.buffer.content.iter();
            assert!(
                cells.any(|cell| cell.symbol().starts_with('\u{1b}')),
                "{way:?}"
            );
        }
    }
}
