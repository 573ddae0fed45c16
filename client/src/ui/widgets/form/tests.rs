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
