use proptest::prelude::*;

use super::*;
use crate::ui::input::{Mouse, MouseAction};

fn keys(bytes: &[u8]) -> Vec<Key> {
    let mut decoder = Decoder::default();
    let inputs = decoder.feed(bytes);
    assert!(!decoder.is_waiting(), "{bytes:?}");
    let key = |input: &Input| input.key().unwrap();
    inputs.iter().map(key).collect()
}

#[test]
fn keys_of_the_usual_terminals_are_understood() {
    let control = |code| Key {
        control: true,
        ..Key::of(code)
    };
    for (bytes, key) in [
        (&b"q"[..], Key::char('q')),
        ("ع".as_bytes(), Key::char('ع')),
        ("書".as_bytes(), Key::char('書')),
        (b"\r", Key::of(Code::Enter)),
        (b"\x7f", Key::of(Code::Backspace)),
        (b"\x03", Key::control('c')),
        (b"\x1c", Key::control('\\')),
        (b"\x1b[A", Key::of(Code::Up)),
        (b"\x1bOA", Key::of(Code::Up)),
        (b"\x1b[1;5C", control(Code::Right)),
        (b"\x1b[Z", Key::of(Code::BackTab)),
        (b"\x1b[3~", Key::of(Code::Delete)),
        (b"\x1b[6~", Key::of(Code::PageDown)),
        (b"\x1bOP", Key::of(Code::F(1))),
        (b"\x1b[[B", Key::of(Code::F(2))),
        (b"\x1b[24~", Key::of(Code::F(12))),
        (b"\x1bx", Key::alt('x')),
        ("\x1bü".as_bytes(), Key::alt('ü')),
        (b"\x1b[99;5u", Key::control('c')),
        (b"\x1b[9;2u", Key::of(Code::BackTab)),
    ] {
        assert_eq!(keys(bytes), [key], "{bytes:?}");
    }
}

#[test]
fn releases_and_what_is_unknown_mean_nothing() {
    for bytes in [
        &b"\x1b[97;1:3u"[..],
        b"\x1b[I",
        b"\x1b[?62;4c",
        b"\x1b[<35;4;4M",
        b"\x1b[<0;4;4m",
        b"\x1b[[Z",
        b"\x1bOz",
        b"\xff\xfe",
    ] {
        assert_eq!(keys(bytes), [], "{bytes:?}");
    }
    assert_eq!(keys(b"\x1b[12\x03"), [Key::control('c')]);
}

#[test]
fn an_escape_is_a_key_once_nothing_follows() {
    let mut decoder = Decoder::default();
    assert_eq!(decoder.feed(b"\x1b"), []);
    assert!(decoder.is_waiting());
    assert_eq!(decoder.give_up(), Some(Input::Key(Key::of(Code::Esc))));
    assert_eq!(decoder.feed(b"\x1b"), []);
    assert_eq!(decoder.feed(b"[B"), [Input::Key(Key::of(Code::Down))]);
    assert_eq!(decoder.give_up(), None);
    assert_eq!(decoder.feed(b"\x1b[1;"), []);
    assert_eq!(decoder.give_up(), None);
    assert_eq!(decoder.feed(b"a"), [Input::Key(Key::char('a'))]);
}

#[test]
fn a_paste_is_one_text_whatever_its_pieces() {
    let bytes = "\x1b[200~two\nlines \x1b[2 و\x1b[201~x".as_bytes();
    for split in 0..bytes.len() {
        let mut decoder = Decoder::default();
        let mut inputs = decoder.feed(&bytes[..split]);
        inputs.extend(decoder.feed(&bytes[split..]));
        let paste = Input::Paste("two\nlines \x1b[2 و".into());
        assert_eq!(inputs, [paste, Input::Key(Key::char('x'))], "{split}");
    }
}

#[test]
fn a_paste_without_end_is_left_with_an_interrupt() {
    let mut decoder = Decoder::default();
    assert_eq!(decoder.feed(b"\x1b[200~lost"), []);
    assert!(!decoder.is_waiting());
    assert_eq!(decoder.feed(b"q"), []);
    assert_eq!(
        decoder.feed(b"\x03q"),
        [Key::control('c'), Key::char('q')].map(Input::Key)
    );
}

#[test]
fn an_oversize_paste_is_told_and_its_rest_is_not_taken_for_keys() {
    let mut decoder = Decoder::default();
    decoder.feed(b"\x1b[200~");
    for _ in 0..PASTE_BYTES_MAX / 1024 + 2 {
        assert_eq!(decoder.feed(&[b'x'; 1024]), []);
    }
    assert!(decoder.paste.as_ref().unwrap().bytes.is_empty());
    assert_eq!(decoder.feed(b"\x1b[201~"), [Input::PasteTooLong]);
}

#[test]
fn the_mouse_has_its_place() {
    let mut decoder = Decoder::default();
    let mouse = |action| {
        Input::Mouse(Mouse {
            action,
            column: 9,
            line: 4,
        })
    };
    assert_eq!(
        decoder.feed(b"\x1b[<0;10;5M\x1b[<65;10;5M"),
        [mouse(MouseAction::Press), mouse(MouseAction::ScrollDown)]
    );
}

proptest! {
    #[test]
    fn any_bytes_in_any_pieces_do_no_harm(
        bytes in proptest::collection::vec(
            prop_oneof![Just(0x1b), Just(b'['), Just(b';'), Just(b'~'), any::<u8>()], 0..200),
        split in 0_usize..200,
    ) {
        let split = split.min(bytes.len());
        let mut pieces = Decoder::default();
        let mut inputs = pieces.feed(&bytes[..split]);
        inputs.extend(pieces.feed(&bytes[split..]));
        let mut whole = Decoder::default();
        prop_assert_eq!(&whole.feed(&bytes), &inputs);
        whole.give_up();
        prop_assert!(!whole.is_waiting());
    }
}
