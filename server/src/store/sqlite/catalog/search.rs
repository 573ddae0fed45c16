//! Search for words in names and descriptions, by SQLite's full-text index (FTS5).

use auboutique_protocol::ids::ProductId;
use auboutique_protocol::text::SearchText;
use sqlx::{Row as _, SqliteExecutor};

use super::super::{from_sql, to_sql};

pub(super) async fn search(
    executor: impl SqliteExecutor<'_>,
    text: &SearchText,
    before: Option<ProductId>,
    limit: usize,
) -> Result<Vec<ProductId>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT rowid FROM product_texts
         WHERE product_texts MATCH ? AND rowid < ?
         ORDER BY rowid DESC
         LIMIT ?",
    )
    .bind(expression(text))
    .bind(before.map_or(i64::MAX, |id| to_sql(id.0)))
    .bind(to_sql(limit as u64))
    .fetch_all(executor)
    .await?;
    rows.iter()
        .map(|row| row.try_get("rowid").map(|id| ProductId(from_sql(id))))
        .collect()
}

/// The text in the language of FTS5: every term is quoted, so that nothing in it is an operator, all
/// must occur, and the last may be the beginning of a word (sqlite.org/fts5.html, section 3). A term
/// without a letter or digit asks for nothing; a text of such terms alone finds nothing.
fn expression(text: &SearchText) -> String {
    let quoted = |term: &str| format!("\"{}\"", term.replace('"', "\"\""));
    let terms: Vec<_> = text.as_str().split_whitespace().map(quoted).collect();
    format!("{} *", terms.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_term_is_quoted_and_the_last_is_a_beginning() {
        let expression = |text| expression(&SearchText::parse(text).unwrap());
        assert_eq!(expression("calculus"), "\"calculus\" *");
        assert_eq!(expression("  a  OR b* "), "\"a\" \"OR\" \"b*\" *");
        assert_eq!(expression("say \"x\""), "\"say\" \"\"\"x\"\"\" *");
    }
}
