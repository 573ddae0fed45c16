//! Fields of several lines.

use auboutique_client::ui::area::{first_lines, last_lines};
use auboutique_client::ui::input::{Code, Input, Key};
use auboutique_client::ui::widgets::panel::panel;
use auboutique_client::ui::widgets::text_area::TextArea;

use crate::widgets::looked_at;

const DESCRIPTION: &str = "An atlas of the world, printed in 1978 and hardly ever opened.\n\n- all \
                           pages are there\n- the cover is a little worn\n\n書籍: 世界地図、状態は良好です。\n\
                           كتاب أطلس العالم في حالة جيدة، للبيع في بيروت. a\u{202e}b";

/// At the top of the window, and along its lower edge as a line to write messages in.
fn show(name: &str, area: &TextArea, placeholder: &str) {
    looked_at(name, |frame, theme| {
        let whole = frame.area();
        let inside = panel(frame, first_lines(whole, 12), theme, "Description", true);
        area.draw(frame, inside, theme, placeholder, true);
        let inside = panel(frame, last_lines(whole, 5), theme, "Narrow", false);
        area.draw(frame, inside, theme, placeholder, false);
    });
}

#[test]
fn text_areas() {
    let mut area = TextArea::new(4000);
    show("text_area_empty", &area, "What is it like?");
    area.set_size(78, 10);
    area.set(DESCRIPTION);
    show("text_area_full", &area, "What is it like?");
    area.set(&DESCRIPTION.repeat(4));
    area.set_size(78, 10);
    for _ in 0..14 {
        area.input(&Input::Key(Key::of(Code::Up)));
    }
    show("text_area_scrolled", &area, "What is it like?");
}
