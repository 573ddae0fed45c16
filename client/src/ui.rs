//! The kit that full-screen programs are built of. It knows nothing of members, admins or servers.

pub mod area;
pub mod input;
pub mod keys;
pub mod runtime;
pub mod terminal;
pub mod testing;
pub mod text;
pub mod theme;

mod events;

pub use ratatui;
pub use ratatui::Frame;
pub use ratatui::layout::Rect;

pub use runtime::App;
