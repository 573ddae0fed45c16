//! Colours and emphasis by meaning: a screen says that something is bad, the theme says how bad looks
//! on this terminal.
//!
//! The background stays the terminal's own. Meaning never hangs on a colour alone: selections have a
//! mark, notices a sign ([`Tone::sign`]), and every theme works without any colour.

mod colors;

use ratatui::style::{Modifier, Style};

use colors::Named;

/// What a text is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tone {
    /// Nothing in particular.
    #[default]
    Plain,
    /// Beside the point: hints, units, what is over.
    Muted,
    /// Stands out: what can be chosen, what is new.
    Accent,
    /// Went well, is online.
    Good,
    /// Wants attention.
    Warning,
    /// Failed, or destroys something.
    Bad,
}

impl Tone {
    /// A sign for those who see no colours.
    #[must_use]
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Plain | Self::Muted => " ",
            Self::Accent => "i",
            Self::Good => "✓",
            Self::Warning => "!",
            Self::Bad => "✗",
        }
    }
}

/// How many colours a terminal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// None, or none are wanted.
    Plain,
    /// Sixteen, which the person may have chosen.
    Sixteen,
    /// The 256 of xterm.
    Indexed,
    /// All.
    True,
}

/// Whether the terminal's background is dark or light.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Shade {
    /// Light text on dark.
    #[default]
    Dark,
    /// Dark text on light.
    Light,
}

/// What a person has set about colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ColorChoice {
    /// As the environment says.
    #[default]
    Auto,
    /// Colours even if `NO_COLOR` is set: at least sixteen.
    Always,
    /// No colours.
    Never,
}

/// How meanings look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Theme {
    depth: Depth,
    shade: Shade,
}

impl Theme {
    /// A theme for a number of colours and a background.
    #[must_use]
    pub const fn new(depth: Depth, shade: Shade) -> Self {
        Self { depth, shade }
    }

    /// The theme without colours.
    #[must_use]
    pub const fn plain() -> Self {
        Self::new(Depth::Plain, Shade::Dark)
    }

    /// How many colours it uses.
    #[must_use]
    pub const fn depth(&self) -> Depth {
        self.depth
    }

    /// The theme for this process's environment. What was set wins over what the environment says.
    #[must_use]
    pub fn of_environment(choice: ColorChoice, shade: Option<Shade>) -> Self {
        Self::of_variables(choice, shade, |name| std::env::var(name).ok())
    }

    /// As [`Self::of_environment`], for any environment. Only variables are read: asking the terminal
    /// would delay the first frame and could swallow a key.
    #[must_use]
    pub fn of_variables(
        choice: ColorChoice,
        shade: Option<Shade>,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Self {
        let value = |name: &str| variable(name).unwrap_or_default();
        let term = value("TERM");
        let depth =
            if matches!(&*value("COLORTERM"), "truecolor" | "24bit") || term.ends_with("-direct") {
                Depth::True
            } else if term.contains("256") {
                Depth::Indexed
            } else if matches!(&*term, "" | "dumb") || term.starts_with("vt") {
                Depth::Plain
            } else {
                Depth::Sixteen
            };
        let depth = match choice {
            ColorChoice::Never => Depth::Plain,
            ColorChoice::Always if depth == Depth::Plain => Depth::Sixteen,
            ColorChoice::Always => depth,
            // https://no-color.org: present and not empty.
            ColorChoice::Auto if !value("NO_COLOR").is_empty() => Depth::Plain,
            ColorChoice::Auto => depth,
        };
        let shade = shade.unwrap_or_else(|| shade_of(&value("COLORFGBG")));
        Self { depth, shade }
    }

    /// A text of a tone.
    #[must_use]
    pub fn tone(&self, tone: Tone) -> Style {
        match tone {
            Tone::Plain => Style::new(),
            Tone::Muted => self.foreground(colors::MUTED, Modifier::DIM),
            Tone::Accent => self.foreground(colors::ACCENT, Modifier::BOLD),
            Tone::Good => self.foreground(colors::GOOD, Modifier::empty()),
            Tone::Warning => self.foreground(colors::WARNING, Modifier::BOLD),
            Tone::Bad => self.foreground(colors::BAD, Modifier::BOLD),
        }
    }

    /// The title of a screen or a box.
    #[must_use]
    pub fn title(&self) -> Style {
        self.tone(Tone::Accent).add_modifier(Modifier::BOLD)
    }

    /// The heading of a column or the label of a field.
    #[must_use]
    pub fn heading(&self) -> Style {
        self.tone(Tone::Muted).add_modifier(Modifier::BOLD)
    }

    /// A key in a footer or in the help.
    #[must_use]
    pub fn key(&self) -> Style {
        self.title()
    }

    /// The border of a box, or of the one that has the focus.
    #[must_use]
    pub fn border(&self, is_focused: bool) -> Style {
        if is_focused {
            return self.tone(Tone::Accent);
        }
        self.foreground(colors::BORDER, Modifier::DIM)
    }

    /// The selected row, tab or button. Where the focus is elsewhere it is quieter.
    #[must_use]
    pub fn selection(&self, is_focused: bool) -> Style {
        match (self.depth, is_focused) {
            (Depth::Plain | Depth::Sixteen, true) => Style::new().add_modifier(Modifier::REVERSED),
            (Depth::Plain | Depth::Sixteen, false) => Style::new().add_modifier(Modifier::BOLD),
            (Depth::Indexed | Depth::True, true) => self
                .background(colors::SELECTION)
                .add_modifier(Modifier::BOLD),
            (Depth::Indexed | Depth::True, false) => self.background(colors::SELECTION_AWAY),
        }
    }

    /// A button that destroys something, when it is chosen.
    #[must_use]
    pub fn danger(&self) -> Style {
        self.tone(Tone::Bad)
            .add_modifier(Modifier::REVERSED | Modifier::BOLD)
    }

    /// A line across the screen.
    #[must_use]
    pub fn banner(&self, tone: Tone) -> Style {
        self.tone(tone).add_modifier(Modifier::REVERSED)
    }

    fn foreground(&self, color: Named, without_colors: Modifier) -> Style {
        match color.on(self.depth, self.shade) {
            Some(color) => Style::new().fg(color),
            None => Style::new().add_modifier(without_colors),
        }
    }

    fn background(&self, color: Named) -> Style {
        let color = color.on(self.depth, self.shade);
        color.map_or(Style::new(), |color| Style::new().bg(color))
    }
}

/// Some terminals say `foreground;background` by the numbers of the sixteen colours.
fn shade_of(colors: &str) -> Shade {
    match colors.rsplit(';').next() {
        Some("7" | "15") => Shade::Light,
        _ => Shade::Dark,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn theme(choice: ColorChoice, variables: &[(&str, &str)]) -> Theme {
        Theme::of_variables(choice, None, |name| {
            let found = variables.iter().find(|(known, _)| *known == name)?;
            Some(found.1.to_owned())
        })
    }

    #[test]
    fn the_environment_says_how_many_colours_there_are() {
        for (variables, depth) in [
            (
                &[("TERM", "xterm"), ("COLORTERM", "truecolor")][..],
                Depth::True,
            ),
            (&[("TERM", "xterm-direct")], Depth::True),
            (&[("TERM", "tmux-256color")], Depth::Indexed),
            (&[("TERM", "linux")], Depth::Sixteen),
            (&[("TERM", "xterm")], Depth::Sixteen),
            (&[("TERM", "vt100")], Depth::Plain),
            (&[("TERM", "dumb")], Depth::Plain),
            (&[], Depth::Plain),
            (&[("TERM", "xterm"), ("NO_COLOR", "1")], Depth::Plain),
            (&[("TERM", "xterm"), ("NO_COLOR", "")], Depth::Sixteen),
        ] {
            assert_eq!(
                theme(ColorChoice::Auto, variables).depth,
                depth,
                "{variables:?}"
            );
        }
    }

    #[test]
    fn a_setting_wins_over_the_environment() {
        let refused = [("TERM", "xterm-256color"), ("NO_COLOR", "1")];
        assert_eq!(theme(ColorChoice::Always, &refused).depth, Depth::Indexed);
        assert_eq!(theme(ColorChoice::Always, &[]).depth, Depth::Sixteen);
        let many = [("TERM", "xterm-256color")];
        assert_eq!(theme(ColorChoice::Never, &many).depth, Depth::Plain);
    }

    #[test]
    fn a_light_background_is_known_by_its_number() {
        for (value, shade) in [
            ("0;15", Shade::Light),
            ("0;default;15", Shade::Light),
            ("15;0", Shade::Dark),
            ("", Shade::Dark),
        ] {
            let theme = theme(ColorChoice::Auto, &[("COLORFGBG", value)]);
            assert_eq!(theme.shade, shade, "{value}");
        }
    }

    #[test]
    fn without_colours_no_style_has_one_and_meanings_still_differ() {
        let theme = Theme::plain();
        let tones = [
            Tone::Plain,
            Tone::Muted,
            Tone::Accent,
            Tone::Good,
            Tone::Warning,
            Tone::Bad,
        ];
        let styles = tones.map(|tone| theme.tone(tone)).into_iter().chain([
            theme.selection(true),
            theme.selection(false),
            theme.border(true),
            theme.danger(),
            theme.banner(Tone::Bad),
        ]);
        for style in styles {
            assert_eq!((style.fg, style.bg), (None, None));
        }
        assert_ne!(theme.selection(true), theme.selection(false));
        let signs = [Tone::Accent, Tone::Good, Tone::Warning, Tone::Bad].map(Tone::sign);
        assert_eq!(signs, ["i", "✓", "!", "✗"]);
    }
}
