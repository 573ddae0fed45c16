//! The benches: what things cost, measured with criterion on the real code.
//!
//! Each group is a file beside the manifest: `view` is what a frame of a full screen costs.
//! `cargo bench -p auboutique-benches` runs them all, `cargo test -p auboutique-benches --benches` each once,
//! to see that they work.
//!
//! Here is what groups share: which screens there are, and how large windows are.

use auboutique_client::ui::input::Size;

/// A window of half a large monitor.
pub const WINDOW: Size = Size {
    width: 140,
    height: 40,
};
/// A window over all of a large monitor.
pub const LARGE_WINDOW: Size = Size {
    width: 300,
    height: 90,
};
/// The operator's screens, by the keys that show them.
pub const CONSOLE_SCREENS: [(&str, char); 6] = [
    ("overview", '1'),
    ("users", '2'),
    ("sessions", '3'),
    ("sales", '4'),
    ("products", '5'),
    ("audit", '6'),
];
