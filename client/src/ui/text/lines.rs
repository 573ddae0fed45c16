//! Where the lines of a text begin and end, for what moves through it: in bytes of the text as it is,
//! measured as it is shown.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation as _;

use crate::ui::text::{columns, safe};

/// The clusters of a line as it is shown: the bytes that each has in the text as it is, and its
/// columns.
#[must_use]
pub fn clusters(line: &str) -> Vec<(usize, usize)> {
    let shown = safe(line);
    // Making a text safe keeps the number of its characters, though not of their bytes.
    let mut characters = line.chars();
    let mut measured = |cluster: &str| {
        let characters = characters.by_ref().take(cluster.chars().count());
        (characters.map(char::len_utf8).sum(), columns(cluster))
    };
    shown.graphemes(true).map(&mut measured).collect()
}

/// Breaks a text into lines of a width, between words where that is possible. Line feeds break, too,
/// and belong to no line; spaces at a break belong to the line before it, which they may overfill.
#[must_use]
pub fn lines(text: &str, columns_max: usize) -> Vec<Range<usize>> {
    let mut lines = Vec::new();
    let mut start = 0;
    for paragraph in text.split('\n') {
        let broken = break_paragraph(paragraph, columns_max.max(2));
        lines.extend(broken.map(|line| start + line.start..start + line.end));
        start += paragraph.len() + 1;
    }
    lines
}

fn break_paragraph(paragraph: &str, columns_max: usize) -> impl Iterator<Item = Range<usize>> {
    let mut ends = Vec::new();
    let (mut start, mut position, mut taken) = (0, 0, 0);
    // The start of the last word of the line, and the columns before it.
    let mut word = None;
    for (bytes, columns) in clusters(paragraph) {
        // One with a mark on it is seen.
        let is_space = paragraph[position..position + bytes] == *" ";
        while !is_space && taken + columns > columns_max && position > start {
            let (end, before) = word.take().unwrap_or((position, taken));
            ends.push(end);
            start = end;
            taken -= before;
        }
        position += bytes;
        taken += columns;
        if is_space {
            word = Some((position, taken));
        }
    }
    ends.push(paragraph.len());
    let mut start = 0;
    ends.into_iter()
        .map(move |end| std::mem::replace(&mut start, end)..end)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ui::text::width;

    fn broken(text: &str, columns_max: usize) -> Vec<&str> {
        let lines = lines(text, columns_max);
        lines.into_iter().map(|line| &text[line]).collect()
    }

    #[test]
    fn lines_break_between_words_and_say_where() {
        assert_eq!(broken("one two three", 8), ["one two ", "three"]);
        assert_eq!(broken("one   two", 4), ["one   ", "two"]);
        assert_eq!(broken("a\n\nb\n", 8), ["a", "", "b", ""]);
        assert_eq!(broken("", 8), [""]);
        assert_eq!(broken("xxxxxxxxxx", 4), ["xxxx", "xxxx", "xx"]);
        assert_eq!(broken("go 書籍書籍 on", 5), ["go ", "書籍", "書籍 ", "on"]);
        assert_eq!(broken(" 書書書", 5), [" ", "書書", "書"]);
        assert_eq!(lines("a b\nc", 2), [0..2, 2..3, 4..5]);
    }

    #[test]
    fn what_is_not_safe_is_measured_as_it_is_shown() {
        // A sign for the direction is shown as one column, and has three bytes here as there.
        assert_eq!(clusters("a\u{202e}b"), [(1, 1), (3, 1), (1, 1)]);
        // A control of two bytes is shown as a sign of three.
        assert_eq!(clusters("\u{9b}b"), [(2, 1), (1, 1)]);
        // Persian words have non-joiners, which take no column and are not replaced.
        let persian = "می\u{200c}روم";
        let columns: usize = clusters(persian).iter().map(|(_, columns)| columns).sum();
        assert_eq!(columns, width(persian));
        assert_eq!(columns, 5);
    }

    proptest! {
        #[test]
        fn nothing_of_a_text_is_lost_and_no_line_is_wider_than_wanted(
            text in "[a  \u{301}\u{200d}書عل🇱👩\u{202e}\n]{0,60}",
            columns_max in 2_usize..12,
        ) {
            let lines = lines(&text, columns_max);
            let mut next = 0;
            for line in lines {
                prop_assert_eq!(text[next..line.start].trim_matches('\n'), "");
                prop_assert!(line.start - next <= 1);
                next = line.end;
                let measured = clusters(&text[line.clone()]);
                let bytes: usize = measured.iter().map(|(bytes, _)| bytes).sum();
                prop_assert_eq!(bytes, line.len());
                let shown = text[line].trim_end_matches(' ');
                // What joined two signs is shown as one where a break has parted them.
                let alone = clusters(shown).len() == 1;
                prop_assert!(alone || width(shown) <= columns_max + 1, "{:?}", shown);
            }
            prop_assert_eq!(next, text.len());
        }
    }
}
