//! The colours themselves, for every depth and shade.

use ratatui::style::Color;

use crate::ui::theme::{Depth, Shade};

/// A colour on a dark and on a light background.
#[derive(Debug, Clone, Copy)]
pub(super) struct Named {
    dark: Tints,
    light: Tints,
}

/// One colour as each kind of terminal can show it.
#[derive(Debug, Clone, Copy)]
struct Tints {
    sixteen: Color,
    indexed: u8,
    rgb: (u8, u8, u8),
}

impl Named {
    /// The colour on a terminal, if that has colours.
    pub(super) const fn on(self, depth: Depth, shade: Shade) -> Option<Color> {
        let tints = match shade {
            Shade::Dark => self.dark,
            Shade::Light => self.light,
        };
        let (red, green, blue) = tints.rgb;
        Some(match depth {
            Depth::Plain => return None,
            Depth::Sixteen => tints.sixteen,
            Depth::Indexed => Color::Indexed(tints.indexed),
            Depth::True => Color::Rgb(red, green, blue),
        })
    }
}

const fn tints(sixteen: Color, indexed: u8, rgb: (u8, u8, u8)) -> Tints {
    Tints {
        sixteen,
        indexed,
        rgb,
    }
}

pub(super) const MUTED: Named = Named {
    dark: tints(Color::Gray, 245, (147, 153, 178)),
    light: tints(Color::DarkGray, 242, (92, 95, 119)),
};
pub(super) const ACCENT: Named = Named {
    dark: tints(Color::LightCyan, 111, (137, 180, 250)),
    light: tints(Color::Blue, 25, (23, 84, 200)),
};
pub(super) const GOOD: Named = Named {
    dark: tints(Color::LightGreen, 114, (166, 227, 161)),
    light: tints(Color::Green, 28, (34, 118, 34)),
};
pub(super) const WARNING: Named = Named {
    dark: tints(Color::LightYellow, 222, (249, 226, 175)),
    light: tints(Color::Magenta, 94, (138, 84, 0)),
};
pub(super) const BAD: Named = Named {
    dark: tints(Color::LightRed, 210, (243, 139, 168)),
    light: tints(Color::Red, 160, (192, 15, 57)),
};
pub(super) const BORDER: Named = Named {
    dark: tints(Color::DarkGray, 240, (98, 102, 123)),
    light: tints(Color::Gray, 248, (156, 160, 176)),
};
/// Behind the selected row.
pub(super) const SELECTION: Named = Named {
    dark: tints(Color::DarkGray, 238, (69, 71, 90)),
    light: tints(Color::Gray, 252, (204, 208, 218)),
};
/// Behind the selected row of what does not have the focus.
pub(super) const SELECTION_AWAY: Named = Named {
    dark: tints(Color::DarkGray, 236, (49, 50, 68)),
    light: tints(Color::Gray, 254, (225, 227, 234)),
};
