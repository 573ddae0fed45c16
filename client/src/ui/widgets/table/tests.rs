use proptest::prelude::*;

use super::*;
use crate::ui::input::Size;
use crate::ui::testing::{SMALL, draw};
use crate::ui::theme::Theme;

impl Row for u32 {
    type Key = Self;

    fn key(&self) -> Self {
        *self
    }
}

fn table(rows: impl IntoIterator<Item = u32>) -> Table<u32> {
    let mut table = Table::loading();
    table.set_rows(rows.into_iter().collect());
    table
}

fn go_all(table: &mut Table<u32>, ways: &[Move]) {
    for way in ways {
        table.go(*way);
    }
}

#[test]
fn the_selection_stays_with_its_row_and_that_on_its_line() {
    let mut table = table(0..100);
    table.set_height(10);
    go_all(&mut table, &[Move::PageDown, Move::PageDown, Move::Up]);
    let line = table.selected - table.top;
    assert_eq!(table.selected(), Some(&17));
    table.set_rows((10..110).rev().collect());
    assert_eq!(table.selected(), Some(&17));
    assert_eq!(table.selected - table.top, line);
    table.put(0, 500);
    table.put(900, 501);
    table.remove(&100);
    assert_eq!(table.selected(), Some(&17));
    assert_eq!(table.selected - table.top, line);
}

#[test]
fn a_selected_row_that_goes_leaves_its_place_to_the_next() {
    let mut table = table([1, 2, 3]);
    table.go(Move::Down);
    table.remove(&2);
    assert_eq!(table.selected(), Some(&3));
    table.remove(&3);
    assert_eq!(table.selected(), Some(&1));
    table.remove(&1);
    assert_eq!(table.selected(), None);
    assert_eq!(table.remove(&1), None);
    table.put(0, 7);
    assert_eq!(table.selected(), Some(&7));
    table.set_rows(vec![8, 9]);
    assert_eq!(table.selected(), Some(&8));
}

#[test]
fn pages_and_ends_are_reached() {
    let mut table = table(0..30);
    table.set_height(10);
    table.go(Move::PageDown);
    assert_eq!((table.selected, table.top), (9, 0));
    table.go(Move::PageDown);
    assert_eq!((table.selected, table.top), (18, 9));
    table.go(Move::Last);
    assert_eq!((table.selected, table.top, table.rows_below()), (29, 20, 0));
    table.go(Move::Down);
    assert_eq!(table.selected, 29);
    go_all(&mut table, &[Move::PageUp, Move::First, Move::Up]);
    assert_eq!((table.selected, table.top), (0, 0));
    assert!(table.select(&12) && !table.select(&99));
    assert_eq!((table.selected, table.top), (12, 3));
}

#[test]
fn a_row_is_replaced_in_its_place_and_never_stands_twice() {
    let mut table = table([1, 2]);
    table.set_content(Content::Loading);
    table.append(vec![2, 3]);
    assert_eq!(table.rows(), [1, 2, 3]);
    assert_eq!(table.content(), &Content::Ready);
    table.append(vec![4, 4]);
    assert_eq!(table.remove(&4), Some(4));
    table.put(0, 3);
    assert_eq!(table.rows(), [1, 2, 3]);
}

/// The lines of a table with so many lines for rows.
fn lines_drawn(table: &Table<u32>, height: u16) -> Vec<String> {
    let columns = [Column::new("ROW", 4)];
    let look = Look {
        columns: &columns,
        empty: "none",
        is_focused: true,
    };
    let size = Size {
        width: 20,
        height: height + HEADING_LINES,
    };
    let drawn = draw(size, |frame| {
        let area = frame.area();
        table.draw(frame, area, &Theme::plain(), &look, |row, _| {
            row.to_string().into()
        });
    });
    drawn.text().lines().map(str::to_owned).collect()
}

#[test]
fn the_row_on_a_line_is_selected_and_stays_there() {
    let mut long = table(0..30);
    long.set_height(5);
    go_all(&mut long, &[Move::PageDown, Move::PageDown]);
    assert_eq!((long.selected, long.top), (8, 4));
    assert!(!long.select_line(0), "the headings");
    assert!(long.select_line(1));
    assert_eq!((long.selected, long.top), (4, 4));
    assert!(long.select_line(5) && !long.select_line(6));
    assert_eq!((long.selected, long.top), (8, 4));
    let mut short = table([1, 2]);
    assert!(short.select_line(2) && !short.select_line(3));
    assert_eq!(short.selected(), Some(&2));
    assert!(!Table::<u32>::loading().select_line(1));
}

#[test]
fn a_note_below_the_rows_is_no_row() {
    let mut table = table(0..30);
    table.set_height(5);
    table.set_content(Content::Loading);
    table.go(Move::Last);
    let before = lines_drawn(&table, 5);
    assert!(before[5].contains("Loading") && before[4].contains("29"));
    assert!(!table.select_line(5));
    assert!(table.select_line(1));
    let after = lines_drawn(&table, 5);
    assert!(after[1].contains("▸ 26") && before[1].contains("26"));
    table.set_height(1);
    assert!(!table.select_line(1), "the note is all that is seen");
}

#[derive(Debug, Clone)]
enum Act {
    Go(Move),
    Set(Vec<u32>),
    Append(Vec<u32>),
    Put(usize, u32),
    Remove(u32),
    Select(u32),
    SelectLine(u16),
    Height(u16),
}

fn any_act() -> impl Strategy<Value = Act> {
    let moves = [
        Move::Up,
        Move::Down,
        Move::PageUp,
        Move::PageDown,
        Move::First,
        Move::Last,
    ];
    let rows = proptest::collection::btree_set(0_u32..40, 0..30);
    let rows = rows.prop_map(|rows| rows.into_iter().collect::<Vec<_>>());
    prop_oneof![
        proptest::sample::select(moves.to_vec()).prop_map(Act::Go),
        rows.clone().prop_shuffle().prop_map(Act::Set),
        rows.prop_map(Act::Append),
        (0_usize..50, 0_u32..40).prop_map(|(index, row)| Act::Put(index, row)),
        (0_u32..40).prop_map(Act::Remove),
        (0_u32..40).prop_map(Act::Select),
        (0_u16..30).prop_map(Act::SelectLine),
        (0_u16..50).prop_map(Act::Height),
    ]
}

fn act(table: &mut Table<u32>, act: Act) {
    match act {
        Act::Go(way) => table.go(way),
        Act::Set(rows) => table.set_rows(rows),
        Act::Append(rows) => table.append(rows),
        Act::Put(index, row) => table.put(index, row),
        Act::Remove(row) => drop(table.remove(&row)),
        Act::Select(row) => drop(table.select(&row)),
        Act::SelectLine(line) => drop(table.select_line(line)),
        Act::Height(lines) => table.set_height(lines),
    }
}

proptest! {
    #[test]
    fn whatever_happens_the_selection_is_a_row_that_is_seen_and_keeps_to_it(
        acts in proptest::collection::vec(any_act(), 0..40),
    ) {
        let mut table = Table::<u32>::loading();
        for step in acts {
            let before = table.selected().copied();
            let moves = matches!(step, Act::Go(_) | Act::Select(_) | Act::SelectLine(_));
            act(&mut table, step);
            let selected = table.selected().copied();
            prop_assert_eq!(selected.is_none(), table.rows().is_empty());
            if let Some(row) = before && !moves && table.rows().contains(&row) {
                prop_assert_eq!(selected, Some(row));
            }
            let seen = table.top..table.top + table.height;
            prop_assert!(seen.contains(&table.selected));
            let columns = [Column::new("ROW", 4)];
            let look = Look { columns: &columns, empty: "none", is_focused: true };
            let shown = draw(SMALL, |frame| {
                let area = frame.area();
                table.draw(frame, area, &Theme::plain(), &look, |row, _| row.to_string().into());
            });
            if let Some(row) = selected {
                let marked = format!("▸ {row}");
                prop_assert!(shown.text().contains(&marked), "{}", shown.text());
            }
        }
    }
}
