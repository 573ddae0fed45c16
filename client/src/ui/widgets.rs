//! What screens are made of. Each has plain state that can be tested without a terminal, and a way
//! to draw it that changes nothing.

pub mod banner;
pub mod chart;
pub mod confirm;
pub mod footer;
pub mod form;
pub mod heading;
pub mod help;
pub mod palette;
pub mod panel;
pub mod progress;
pub mod table;
pub mod tabs;
pub mod text_area;
pub mod text_input;
pub mod toast;

mod edited;
