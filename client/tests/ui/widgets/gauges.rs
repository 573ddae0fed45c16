//! What shows an amount in one line.

use auboutique_client::ui::widgets::progress::{Progress, progress};

use crate::widgets::looked_at;

#[test]
fn progresses() {
    let long = "Sending a picture with a name that is longer than half of the line, and then some more \
                of it \u{202e}gpj.書籍.jpg";
    looked_at("progress", |frame, theme| {
        let shown = [
            ("Sending photo.jpg", 0, 312),
            ("Sending photo.jpg", 131, 312),
            ("Sending photo.jpg", 311, 312),
            ("Sending photo.jpg", 312, 312),
            ("Reading photo.jpg", 7, 0),
            (long, 1, 2),
            ("كتاب", 1, 2),
            ("", 1, 2),
        ];
        for ((what, done, total), row) in shown.into_iter().zip(frame.area().rows()) {
            progress(frame, row, theme, &Progress { what, done, total });
        }
    });
}
