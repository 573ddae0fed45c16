//! Pieces of a page. All text is escaped here, so that no caller can forget to.

use auboutique_protocol::text::term_safe;

/// Text as it may stand in an element or a quoted attribute. What could turn the order of the
/// letters around becomes visible.
pub(in crate::report) fn escape(text: &str) -> String {
    let safe = term_safe(text);
    let mut escaped = String::with_capacity(safe.len());
    for character in safe.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// A section with its heading; nothing at all when there is no content.
pub(super) fn section(heading: &str, content: &str) -> String {
    if content.is_empty() {
        return String::new();
    }
    format!(
        "<section>\n<h2>{}</h2>\n{content}</section>\n",
        escape(heading)
    )
}

/// Names with their values.
pub(super) fn facts<'a>(
    class: &str,
    facts: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> String {
    let facts = facts.into_iter().map(|(name, value)| {
        let (name, value) = (escape(name), escape(value));
        format!("<div><dt>{name}</dt><dd>{value}</dd></div>\n")
    });
    let facts = facts.collect::<Vec<_>>().concat();
    format!("<dl class=\"{class}\">\n{facts}</dl>\n")
}

/// What a row says of its subject, as a class; a word in the row says the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    Good,
    Bad,
    Doubtful,
}

impl Tone {
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Good => "good",
            Self::Bad => "bad",
            Self::Doubtful => "doubtful",
        }
    }
}

/// A table that scrolls sideways by itself where the page is narrow. The first cell of a row is its
/// heading.
pub(super) struct Table {
    caption: String,
    columns: Vec<Column>,
    rows: String,
    class: &'static str,
}

/// A column's heading, and whether it holds numbers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    heading: &'static str,
    class: &'static str,
}

/// A column of text.
pub(super) const fn text(heading: &'static str) -> Column {
    let class = "text";
    Column { heading, class }
}

/// A column of numbers.
pub(super) const fn figure(heading: &'static str) -> Column {
    let class = "figure";
    Column { heading, class }
}

/// A column of words that judge, coloured by the tone of their row.
pub(super) const fn verdict(heading: &'static str) -> Column {
    let class = "verdict-word";
    Column { heading, class }
}

impl Table {
    pub(super) fn new(caption: &str, columns: &[Column]) -> Self {
        Self {
            caption: escape(caption),
            columns: columns.to_vec(),
            rows: String::new(),
            class: "narrow",
        }
    }

    /// Lets it take the width of the page; other tables are as wide as they need, so that figures
    /// stay near what they belong to.
    pub(super) fn wide(mut self) -> Self {
        self.class = "wide";
        self
    }

    /// Adds a row, which has a cell for every column.
    pub(super) fn row(&mut self, tone: Tone, cells: impl IntoIterator<Item = String>) {
        let mut row = format!("<tr class=\"{}\">", tone.class());
        for (number, (cell, column)) in cells.into_iter().zip(&self.columns).enumerate() {
            let (cell, class) = (escape(&cell), column.class);
            row.push_str(&if number == 0 {
                format!("<th scope=\"row\" class=\"{class}\">{cell}</th>")
            } else {
                format!("<td class=\"{class}\">{cell}</td>")
            });
        }
        self.rows.push_str(&row);
        self.rows.push_str("</tr>\n");
    }

    /// The table; nothing at all without rows.
    pub(super) fn draw(&self) -> String {
        if self.rows.is_empty() {
            return String::new();
        }
        let headings = self.columns.iter().map(|Column { heading, class }| {
            format!("<th scope=\"col\" class=\"{class}\">{heading}</th>")
        });
        let headings = headings.collect::<Vec<_>>().concat();
        let Self {
            caption,
            rows,
            class,
            ..
        } = self;
        format!(
            "<div class=\"scroll\" role=\"region\" aria-label=\"{caption}\" tabindex=\"0\">\n\
             <table class=\"{class}\">\n<caption>{caption}</caption>\n<thead><tr>{headings}</tr></thead>\n\
             <tbody>\n{rows}</tbody>\n</table>\n</div>\n"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_breaks_out_of_a_cell() {
        let evil = "<b>&\"'\u{202e}\n";
        assert_eq!(escape(evil), "&lt;b&gt;&amp;&quot;&#39;\u{fffd}\u{fffd}");
        let mut table = Table::new(evil, &[text("Name"), figure("Count")]);
        assert_eq!(table.draw(), "");
        table.row(Tone::Good, [evil.to_owned(), "1".to_owned()]);
        let drawn = table.draw();
        assert!(!drawn.contains("<b>"), "{drawn}");
        assert!(
            drawn.contains("<th scope=\"row\" class=\"text\">&lt;b&gt;"),
            "{drawn}"
        );
        assert!(drawn.contains("<td class=\"figure\">1</td>"), "{drawn}");
    }
}
