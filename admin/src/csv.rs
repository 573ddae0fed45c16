//! CSV that opens safely in a spreadsheet: RFC 4180, and no text becomes a formula.
//!
//! A spreadsheet takes a text that begins with `=`, `+`, `-`, `@`, a tab or a carriage return for a
//! formula, which may send the sheet elsewhere; what members typed may begin so. An apostrophe is put
//! before it (OWASP, "CSV Injection"). Numbers and moments of our own are never changed.

/// What makes a formula of a text, the wide forms of East Asian keyboards included.
const FORMULA_STARTS: &[char] = &[
    '=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
];

/// A text from elsewhere as what it is: text.
pub(crate) fn harmless(text: &str) -> String {
    if text.starts_with(FORMULA_STARTS) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

/// A record with the carriage return of its end; the line feed is the printer's.
pub(crate) fn record<T: AsRef<str>>(cells: impl IntoIterator<Item = T>) -> String {
    let mut line = String::new();
    for (index, cell) in cells.into_iter().enumerate() {
        if index > 0 {
            line.push(',');
        }
        push_quoted(&mut line, cell.as_ref());
    }
    line.push('\r');
    line
}

/// Quotes where the form or a careless reader needs it.
fn push_quoted(line: &mut String, cell: &str) {
    let needs_quotes = cell.contains([',', '"', '\r', '\n', ';', '\t'])
        || cell.starts_with(' ')
        || cell.ends_with(' ');
    if needs_quotes {
        line.push('"');
        line.push_str(&cell.replace('"', "\"\""));
        line.push('"');
    } else {
        line.push_str(cell);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn cells_are_quoted_as_rfc_4180_says() {
        let line = record(["1", "a,b", "say \"hi\"", "two\nlines", "", "é 書"]);
        assert_eq!(line, "1,\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\",,é 書\r");
    }

    #[test]
    fn no_text_becomes_a_formula() {
        for start in ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"] {
            let text = format!("{start}HYPERLINK(\"http://x\")");
            assert_eq!(harmless(&text), format!("'{text}"));
        }
        for text in ["", "a=b", "'tis", "1", " =1", "Calculus - 2nd edition"] {
            assert_eq!(harmless(text), text);
        }
    }

    /// Reads what [`record`] wrote.
    fn read(line: &str) -> Vec<String> {
        let mut cells = vec![String::new()];
        let mut is_quoted = false;
        let mut characters = line.strip_suffix('\r').unwrap().chars().peekable();
        while let Some(character) = characters.next() {
            let cell = cells.last_mut().unwrap();
            match (character, is_quoted) {
                ('"', true) if characters.peek() == Some(&'"') => {
                    characters.next();
                    cell.push('"');
                }
                ('"', _) => is_quoted = !is_quoted,
                (',', false) => cells.push(String::new()),
                (other, _) => cell.push(other),
            }
        }
        cells
    }

    proptest! {
        #[test]
        fn whatever_is_written_is_read_again(cells in prop::collection::vec(any::<String>(), 1..6)) {
            prop_assert_eq!(read(&record(&cells)), cells);
        }

        #[test]
        fn no_cell_of_text_begins_like_a_formula(text in "[=+@\\-\t\r\n]?.{0,20}") {
            prop_assert!(!harmless(&text).starts_with(FORMULA_STARTS));
        }
    }
}
