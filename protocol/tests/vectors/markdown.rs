//! Reads what the tests compare out of docs/PROTOCOL.md: tables, and code blocks with their names.

use std::fs;
use std::path::Path;

/// A table of a document, cells without surrounding white space.
#[derive(Debug)]
pub(crate) struct Table {
    /// The text of the heading above it.
    pub(crate) heading: String,
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
}

/// A fenced block with the info string `LANGUAGE NAME`.
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) language: String,
    pub(crate) name: String,
    pub(crate) text: String,
}

pub(crate) fn protocol_document() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/PROTOCOL.md");
    fs::read_to_string(path).expect("docs/PROTOCOL.md can be read")
}

pub(crate) fn tables(document: &str) -> Vec<Table> {
    let mut tables: Vec<Table> = Vec::new();
    let mut heading = "";
    let mut inside = false;
    for line in document.lines() {
        if let Some(title) = line.strip_prefix('#') {
            heading = title.trim_start_matches('#').trim();
        }
        let Some(row) = line.strip_prefix('|') else {
            inside = false;
            continue;
        };
        let row = row.strip_suffix('|').expect("a row ends with a bar");
        let cells: Vec<String> = row.split('|').map(|cell| cell.trim().to_owned()).collect();
        match tables.last_mut().filter(|_| inside) {
            None => tables.push(Table {
                heading: heading.to_owned(),
                columns: cells,
                rows: Vec::new(),
            }),
            Some(_)
                if cells
                    .iter()
                    .all(|cell| cell.chars().all(|mark| mark == '-')) => {}
            Some(table) => {
                assert_eq!(cells.len(), table.columns.len(), "{line}");
                table.rows.push(cells);
            }
        }
        inside = true;
    }
    tables
}

pub(crate) fn blocks(document: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for line in document.lines() {
        match (line.strip_prefix("```"), open.as_mut()) {
            (Some(info), None) => {
                let (language, name) = info.split_once(' ').unwrap_or((info, ""));
                open = Some(Block {
                    language: language.to_owned(),
                    name: name.to_owned(),
                    text: String::new(),
                });
            }
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (None, Some(block)) => block.text.extend([line, "\n"]),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block is not closed");
    blocks
}

/// The words of a cell that stand in backquotes.
pub(crate) fn quoted(cell: &str) -> Vec<String> {
    cell.split('`')
        .skip(1)
        .step_by(2)
        .map(String::from)
        .collect()
}
