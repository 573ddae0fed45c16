use super::*;

fn form() -> Form {
    Form::new(
        vec![
            Field::text("name", "Name", 10),
            Field::choice("category", "Category", &["books", "other"]),
            Field::check("agree", "I agree"),
            Field::secret("password", "Password", 10),
        ],
        "Register",
    )
}

fn press(form: &mut Form, codes: &[Code]) -> Outcome {
    let mut outcome = Outcome::Ignored;
    for code in codes {
        outcome = form.input(&Input::Key(Key::of(*code)));
    }
    outcome
}

#[test]
fn the_focus_goes_round_and_enter_goes_on_to_the_end() {
    let mut form = form();
    assert_eq!(press(&mut form, &[Code::BackTab]), Outcome::Moved);
    assert_eq!(form.focused(), None, "the button");
    press(&mut form, &[Code::Tab, Code::Enter, Code::Down, Code::Down]);
    assert_eq!(form.focused(), Some("password"));
    assert_eq!(press(&mut form, &[Code::Enter]), Outcome::Submit);
    assert_eq!(
        press(&mut form, &[Code::Tab, Code::Char(' ')]),
        Outcome::Submit
    );
    assert_eq!(press(&mut form, &[Code::Esc]), Outcome::Cancel);
}

#[test]
fn every_kind_of_field_is_edited_by_its_keys() {
    let mut form = form();
    assert!(form.is_typing());
    let typed = press(&mut form, &[Code::Char('q')]);
    assert_eq!((typed, form.value("name")), (Outcome::Changed("name"), "q"));
    press(&mut form, &[Code::Tab, Code::Right]);
    assert!(!form.is_typing());
    assert_eq!(form.value("category"), "other");
    press(&mut form, &[Code::Char(' '), Code::Tab, Code::Char(' ')]);
    assert_eq!(form.value("category"), "books");
    assert!(form.is_checked("agree"));
    assert_eq!(form.value("no such field"), "");
}

#[test]
fn the_first_field_that_was_refused_has_the_focus_and_keeps_its_text() {
    let mut form = form();
    form.field_mut("name").unwrap().set("mona");
    form.set_busy(true);
    assert_eq!(press(&mut form, &[Code::Char('x')]), Outcome::Ignored);
    form.refuse("password", "is too short");
    form.refuse("name", "is taken");
    assert_eq!((form.focused(), form.value("name")), (Some("name"), "mona"));
    assert!(form.has_errors());
    press(&mut form, &[Code::Char('2')]);
    assert_eq!(form.field("name").unwrap().error, None);
    form.refuse("", "the server is full");
    form.clear_errors();
    assert!(!form.has_errors());
}

#[test]
fn what_does_not_fit_is_said() {
    let mut form = form();
    let long = Input::Paste("x".repeat(11));
    assert_eq!(form.input(&long), Outcome::Changed("name"));
    assert_eq!(form.value("name").len(), 10);
    assert!(form.has_errors());
}

fn listing() -> Form {
    Form::new(
        vec![
            Field::text("name", "Name", 10),
            Field::text_area("text", "Description", 100, 4),
            Field::button("picture", "Picture", "none"),
        ],
        "Offer",
    )
}

#[test]
fn a_field_of_several_lines_is_left_at_its_ends_and_by_tab() {
    let mut form = listing();
    press(&mut form, &[Code::Down, Code::Char('a'), Code::Enter]);
    assert_eq!(form.focused(), Some("text"));
    let typed = press(&mut form, &[Code::Char('b')]);
    assert_eq!(
        (typed, form.value("text")),
        (Outcome::Changed("text"), "a\nb")
    );
    assert!(form.is_typing());
    assert_eq!(press(&mut form, &[Code::Up]), Outcome::Moved);
    assert_eq!(form.focused(), Some("text"));
    press(&mut form, &[Code::Up]);
    assert_eq!(form.focused(), Some("name"));
    press(&mut form, &[Code::Tab, Code::Tab]);
    assert_eq!(form.focused(), Some("picture"));
    press(&mut form, &[Code::BackTab, Code::Down, Code::Down]);
    assert_eq!(form.focused(), Some("picture"), "it was on its first line");
    form.focus("text");
    assert_eq!(press(&mut form, &[Code::Esc]), Outcome::Cancel);
}

#[test]
fn up_and_down_follow_the_lines_at_the_width_that_was_told() {
    let mut form = listing();
    form.set_width(30);
    form.field_mut("text")
        .unwrap()
        .set("some words that are too wide");
    form.focus("text");
    press(&mut form, &[Code::Up]);
    assert_eq!(form.focused(), Some("text"));
    form.set_width(80);
    press(&mut form, &[Code::Up]);
    assert_eq!(form.focused(), Some("name"));
}

#[test]
fn a_button_among_the_fields_is_pressed_by_enter_and_space_and_says_what_it_is_told() {
    let mut form = listing();
    form.focus("picture");
    assert!(!form.is_typing());
    for code in [Code::Enter, Code::Char(' ')] {
        assert_eq!(press(&mut form, &[code]), Outcome::Pressed("picture"));
    }
    assert_eq!(press(&mut form, &[Code::Char('x')]), Outcome::Ignored);
    let picture = form.field_mut("picture").unwrap();
    picture.set("photo.jpg, 312 kB");
    assert_eq!(form.value("picture"), "photo.jpg, 312 kB");
    form.set_busy(true);
    assert_eq!(press(&mut form, &[Code::Enter]), Outcome::Ignored);
}

#[test]
fn the_lines_of_a_form_are_those_of_its_fields() {
    assert_eq!(form().lines(), 15);
    assert_eq!(listing().lines(), 3 + 6 + 3 + 3);
}
