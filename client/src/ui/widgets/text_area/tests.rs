use proptest::prelude::*;
use ratatui::layout::Rect;

use super::*;
use crate::ui::input::Size;
use crate::ui::testing::{self, SMALL};
use crate::ui::theme::Theme;

fn area(text: &str, columns: u16, lines: u16) -> TextArea {
    let mut area = TextArea::new(200);
    area.set_size(columns, lines);
    area.set(text);
    area
}

fn press(area: &mut TextArea, codes: &[Code]) -> Edit {
    let mut edit = Edit::Ignored;
    for code in codes {
        edit = area.input(&Input::Key(Key::of(*code)));
    }
    edit
}

fn held(area: &mut TextArea, code: Code) -> Edit {
    let key = Key {
        control: true,
        ..Key::of(code)
    };
    area.input(&Input::Key(key))
}

/// The lines and the cursor, at the size that the field was told.
fn drawn(area: &TextArea) -> (Vec<String>, (u16, u16)) {
    let (columns, lines) = area.size;
    let drawn = testing::draw(SMALL, |frame| {
        area.draw(
            frame,
            Rect::new(0, 0, columns, lines),
            &Theme::plain(),
            "",
            true,
        );
    });
    let text = drawn.text();
    let shown = text.lines().take(usize::from(lines)).map(str::to_owned);
    (shown.collect(), drawn.cursor.unwrap())
}

#[test]
fn enter_makes_a_line_or_is_left_to_the_program() {
    let mut description = TextArea::new(20);
    press(
        &mut description,
        &[Code::Char('a'), Code::Enter, Code::Char('b')],
    );
    assert_eq!(description.text(), "a\nb");
    let mut message = TextArea::message(20);
    assert_eq!(
        press(&mut message, &[Code::Char('a'), Code::Enter]),
        Edit::Ignored
    );
    assert_eq!(message.text(), "a");
    let alt_enter = Key {
        alt: true,
        ..Key::of(Code::Enter)
    };
    assert_eq!(message.input(&Input::Key(alt_enter)), Edit::Changed);
    assert_eq!(message.text(), "a\n");
}

#[test]
fn a_paste_keeps_its_lines_however_they_end_and_what_does_not_fit_is_told() {
    let mut area = TextArea::new(12);
    let paste = |text: &str| Input::Paste(text.to_owned());
    assert_eq!(area.input(&paste("a\r\nb\rc\td\u{7}\n")), Edit::Changed);
    assert_eq!(area.text(), "a\nb\nc d\n");
    assert_eq!(area.input(&paste("12345")), Edit::Full);
    assert_eq!(area.text(), "a\nb\nc d\n1234");
    assert_eq!(area.input(&Input::PasteTooLong), Edit::Full);
    assert_eq!(area.text().len(), 12, "nothing typed is lost");
}

#[test]
fn up_and_down_follow_the_lines_that_are_seen_and_keep_their_column() {
    let mut area = area("first line\nno\nthe third line", 11, 5);
    assert_eq!(
        drawn(&area).0,
        ["first line", "no", "the third", "line", ""]
    );
    assert_eq!(drawn(&area).1, (4, 3));
    press(&mut area, &[Code::Up, Code::Up]);
    assert_eq!(drawn(&area).1, (2, 1));
    press(&mut area, &[Code::Up]);
    assert_eq!(drawn(&area).1, (4, 0), "the column from which it began");
    assert_eq!(press(&mut area, &[Code::Up]), Edit::Ignored);
    press(&mut area, &[Code::End, Code::Down, Code::Down]);
    assert_eq!(drawn(&area).1, (9, 2), "before the space at the break");
    press(&mut area, &[Code::Right]);
    assert_eq!(drawn(&area).1, (0, 3));
    assert_eq!(press(&mut area, &[Code::Down]), Edit::Ignored);
}

#[test]
fn words_lines_and_ends_are_reached_and_removed_at_once() {
    let mut area = area("one two\nthree four", 30, 4);
    held(&mut area, Code::Left);
    assert_eq!(drawn(&area).1, (6, 1));
    press(&mut area, &[Code::Home]);
    assert_eq!(drawn(&area).1, (0, 1));
    held(&mut area, Code::Home);
    held(&mut area, Code::Right);
    assert_eq!(drawn(&area).1, (3, 0));
    held(&mut area, Code::Char('k'));
    assert_eq!(area.text(), "one\nthree four");
    held(&mut area, Code::Char('k'));
    assert_eq!(area.text(), "onethree four");
    held(&mut area, Code::Down);
    held(&mut area, Code::Char('w'));
    assert_eq!(area.text(), "onethree ");
    press(&mut area, &[Code::Enter, Code::Char('x')]);
    held(&mut area, Code::Char('u'));
    assert_eq!(area.text(), "onethree \n");
    press(&mut area, &[Code::Backspace, Code::Backspace]);
    assert_eq!(area.text(), "onethree");
}

#[test]
fn wide_and_arabic_texts_have_the_cursor_where_it_is_seen() {
    let mut area = area("書籍書籍\nسلام", 8, 3);
    assert_eq!(drawn(&area).1, (4, 2));
    assert_eq!(drawn(&area).0, ["書籍書", "籍", "سلام"]);
    press(&mut area, &[Code::Left, Code::Up]);
    assert_eq!(drawn(&area).1, (2, 1), "the line is not longer");
    press(&mut area, &[Code::Up]);
    assert_eq!(drawn(&area).1, (2, 0), "no cursor stands within a sign");
    area.set("a\u{202e}b");
    assert_eq!(
        drawn(&area),
        (
            vec!["a\u{fffd}b".into(), String::new(), String::new()],
            (3, 0)
        )
    );
}

#[test]
fn of_a_long_text_the_part_around_the_cursor_is_shown() {
    let mut area = area("1\n2\n3\n4\n5", 4, 3);
    assert_eq!(
        drawn(&area),
        (vec!["3  ↑".into(), "4".into(), "5".into()], (1, 2))
    );
    press(&mut area, &[Code::Up, Code::Up]);
    assert_eq!(
        drawn(&area).1,
        (1, 0),
        "nothing moves while the cursor is seen"
    );
    press(&mut area, &[Code::Up]);
    assert_eq!(
        drawn(&area),
        (vec!["2  ↑".into(), "3".into(), "4  ↓".into()], (1, 0))
    );
    assert_eq!(area.lines(4), 5);
}

fn any_input() -> impl Strategy<Value = Input> {
    let codes = proptest::sample::select(vec![
        Code::Left,
        Code::Right,
        Code::Up,
        Code::Down,
        Code::Home,
        Code::End,
        Code::Enter,
        Code::Backspace,
        Code::Delete,
        Code::Char('w'),
        Code::Char('k'),
        Code::Char('u'),
    ]);
    let keys = (codes, any::<bool>(), any::<bool>())
        .prop_map(|(code, control, alt)| Input::Key(Key { code, control, alt }));
    let texts = "[a \u{301}\u{200d}書عل🇱🇧👩\u{202e}\r\n]{0,9}".prop_map(Input::Paste);
    prop_oneof![keys, texts]
}

proptest! {
    #[test]
    fn any_inputs_leave_the_cursor_between_clusters_and_on_the_screen(
        inputs in proptest::collection::vec(any_input(), 0..40),
        (width, height) in (1_u16..12, 1_u16..5),
        told in (0_u16..12, 0_u16..5),
    ) {
        let mut area = TextArea::new(40);
        area.set_size(told.0, told.1);
        for input in inputs {
            area.input(&input);
            let cursor = area.edited.cursor();
            prop_assert!(area.edited.boundaries().any(|boundary| boundary == cursor));
            prop_assert!(area.text().chars().count() <= 40);
            prop_assert!(!area.text().contains('\r'));
            let drawn = testing::draw(Size { width, height }, |frame| {
                area.draw(frame, frame.area(), &Theme::plain(), "empty", true);
            });
            let (column, line) = drawn.cursor.unwrap();
            prop_assert!(column < width && line < height);
        }
    }
}
