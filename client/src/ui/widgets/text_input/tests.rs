use proptest::prelude::*;

use super::*;
use crate::ui::input::Size;
use crate::ui::testing::{self, SMALL};

fn field(text: &str) -> TextInput {
    let mut field = TextInput::new(20);
    field.set(text);
    field
}

fn press_all(field: &mut TextInput, codes: &[Code]) {
    for code in codes {
        assert_ne!(field.press(Key::of(*code)), Edit::Ignored, "{code}");
    }
}

/// The first line and the cursor's column, in so many columns.
fn drawn(field: &TextInput, columns: u16) -> (String, u16) {
    let drawn = testing::draw(SMALL, |frame| {
        let area = Rect::new(0, 0, columns, 1);
        field.draw(frame, area, &Theme::plain(), "", true);
    });
    let line = drawn.text().lines().next().unwrap().to_owned();
    (line, drawn.cursor.unwrap().0)
}

#[test]
fn keys_go_over_whole_clusters() {
    let mut field = field("ae\u{301}👩\u{200d}🔬");
    press_all(&mut field, &[Code::Left, Code::Left]);
    assert_eq!(field.edited.cursor(), 1);
    press_all(&mut field, &[Code::Delete]);
    assert_eq!(field.text(), "a👩\u{200d}🔬");
    press_all(
        &mut field,
        &[Code::End, Code::Backspace, Code::Backspace, Code::Backspace],
    );
    assert!(field.is_empty());
}

#[test]
fn words_and_ends_are_reached_and_removed_at_once() {
    let mut field = field("one two three");
    assert_eq!(field.press(Key::control('w')), Edit::Changed);
    assert_eq!(field.text(), "one two ");
    field.press(Key::control('w'));
    assert_eq!(field.text(), "one ");
    field.press(Key::control('a'));
    field.press(Key::alt('f'));
    assert_eq!(field.edited.cursor(), 3);
    field.press(Key::control('k'));
    assert_eq!(field.text(), "one");
    field.press(Key::control('u'));
    assert_eq!(field.text(), "");
}

#[test]
fn a_paste_becomes_one_line_and_what_does_not_fit_is_told() {
    let mut field = TextInput::new(8);
    let paste = |text: &str| Input::Paste(text.to_owned());
    assert_eq!(field.input(&paste("two\nli\u{7}nes\r\n")), Edit::Full);
    assert_eq!(field.text(), "two line");
    field.clear();
    assert_eq!(field.input(&paste("one\n")), Edit::Changed);
    assert_eq!(field.text(), "one");
    assert_eq!(field.input(&Input::PasteTooLong), Edit::Full);
    assert_eq!(field.text(), "one", "nothing typed is lost");
}

#[test]
fn wide_and_arabic_texts_have_the_cursor_where_they_end() {
    assert_eq!(drawn(&field("書籍"), 20), ("書籍".into(), 4));
    assert_eq!(drawn(&field("سلام"), 20), ("سلام".into(), 4));
    let mut wide = field("書籍");
    wide.press(Key::of(Code::Left));
    assert_eq!(drawn(&wide, 20).1, 2);
    assert_eq!(drawn(&field("a\u{202e}b"), 20), ("a\u{fffd}b".into(), 3));
}

#[test]
fn of_a_long_text_the_part_around_the_cursor_is_shown() {
    let mut field = field("0123456789");
    assert_eq!(drawn(&field, 6), ("56789".into(), 5));
    field.press(Key::of(Code::Home));
    assert_eq!(drawn(&field, 6), ("01234…".into(), 0));
}

#[test]
fn a_secret_is_neither_shown_nor_printed() {
    let mut secret = TextInput::secret(64);
    secret.set("blue horses");
    assert_eq!(drawn(&secret, 20).0, "•".repeat(11));
    assert!(!format!("{secret:?}").contains("blue"));
    secret.press(Key::control('w'));
    assert!(secret.is_empty(), "words of a secret are not told apart");
}

fn any_input() -> impl Strategy<Value = Input> {
    let codes = proptest::sample::select(vec![
        Code::Left,
        Code::Right,
        Code::Home,
        Code::End,
        Code::Backspace,
        Code::Delete,
        Code::Char('w'),
        Code::Char('k'),
        Code::Char('f'),
    ]);
    let keys = (codes, any::<bool>(), any::<bool>())
        .prop_map(|(code, control, alt)| Input::Key(Key { code, control, alt }));
    let texts = "[a \u{301}\u{200d}書عل🇱🇧👩\u{202e}\n]{0,5}".prop_map(Input::Paste);
    prop_oneof![keys, texts]
}

proptest! {
    #[test]
    fn any_inputs_leave_the_cursor_between_clusters_and_the_text_within_its_length(
        inputs in proptest::collection::vec(any_input(), 0..40),
        width in 1_u16..12,
    ) {
        let mut field = TextInput::new(12);
        for input in inputs {
            field.input(&input);
            prop_assert!(field.edited.boundaries().any(|boundary| boundary == field.edited.cursor()));
            prop_assert!(field.text().chars().count() <= 12);
            let size = Size { width, height: 1 };
            let drawn = testing::draw(size, |frame| {
                field.draw(frame, frame.area(), &Theme::plain(), "empty", true);
            });
            prop_assert!(drawn.cursor.unwrap().0 < width);
        }
    }
}
