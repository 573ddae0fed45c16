//! Forms.

use auboutique_client::ui::input::{Code, Input, Key};
use auboutique_client::ui::widgets::form::{Field, Form};
use auboutique_client::ui::widgets::panel::panel;

use crate::widgets::looked_at;

fn form() -> Form {
    Form::new(
        vec![
            Field::text("username", "Username", 32)
                .placeholder("mona")
                .hint("3 to 32 letters, digits, - and _"),
            Field::secret("password", "Password", 100).hint("at least 10 characters"),
            Field::choice(
                "category",
                "What do you study?",
                &["books", "anything else"],
            ),
            Field::check("agree", "Remember me"),
        ],
        "Register",
    )
}

fn show(name: &str, form: &Form) {
    looked_at(name, |frame, theme| {
        let area = frame.area();
        let inside = panel(frame, area, theme, "Register", true);
        form.draw(frame, inside, theme);
    });
}

#[test]
fn forms() {
    show("form_empty", &form());
    let mut full = form();
    full.field_mut("username").unwrap().set("ليلى 書籍");
    full.field_mut("password").unwrap().set("seven blue horses");
    full.field_mut("agree").unwrap().set("x");
    full.focus("category");
    full.input(&Input::Key(Key::of(Code::Right)));
    show("form_full", &full);
    let mut refused = full.clone();
    refused.refuse("password", "is one of the most usual passwords");
    refused.refuse("username", "is taken");
    refused.refuse("", "the server refused: too many attempts; wait 30 s");
    show("form_error", &refused);
    let mut busy = full;
    busy.focus("agree");
    busy.input(&Input::Key(Key::of(Code::Tab)));
    busy.set_busy(true);
    show("form_busy", &busy);
}

#[test]
fn a_form_that_does_not_fit_shows_the_part_with_the_focus() {
    let fields = (0..30).map(|_| Field::text("x", "Field", 10).hint("a hint"));
    let mut form = Form::new(fields.collect(), "Send");
    for _ in 0..20 {
        form.input(&Input::Key(Key::of(Code::Tab)));
    }
    show("form_long", &form);
}

fn listing() -> Form {
    Form::new(
        vec![
            Field::text("name", "Name", 100),
            Field::text_area("text", "Description", 4000, 6)
                .placeholder("What is it like?")
                .hint("up to 4000 characters"),
            Field::button("picture", "Picture", "none — Enter chooses")
                .hint("JPEG, PNG or WebP, up to 64 MiB"),
            Field::text("price", "Price", 12).hint("in US dollars: 12.50"),
        ],
        "Offer",
    )
}

#[test]
fn forms_with_fields_of_different_heights() {
    let mut form = listing();
    form.focus("text");
    show("form_lines_empty", &form);
    let text = "An atlas of the world, printed in 1978 and hardly ever opened.\n\n書籍: 世界地図\n\
                أطلس العالم\n\none\ntwo";
    form.field_mut("text").unwrap().set(text);
    let picture = format!("{}\u{1b}[2J.jpg, 312 kB", "holiday-".repeat(8));
    form.field_mut("picture").unwrap().set(&picture);
    form.refuse("text", "names somebody else");
    show("form_lines_full", &form);
    form.clear_errors();
    form.focus("picture");
    show("form_lines_button", &form);
}

#[test]
fn a_form_of_high_fields_that_does_not_fit_shows_the_part_with_the_focus() {
    let fields = (0..9).map(|_| Field::text_area("x", "Field", 10, 5).hint("a hint"));
    let mut form = Form::new(fields.collect(), "Send");
    for _ in 0..5 {
        form.input(&Input::Key(Key::of(Code::Tab)));
    }
    show("form_lines_long", &form);
}
