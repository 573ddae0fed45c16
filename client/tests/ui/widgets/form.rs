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
