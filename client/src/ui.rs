//! The kit that full-screen programs are built of. It knows nothing of members, admins or servers.
//!
//! | module | is |
//! |---|---|
//! | [`runtime`] | the loop: an [`App`] takes messages, returns effects, is drawn |
//! | [`terminal`] | the terminal while the program has it; given back whatever happens |
//! | [`input`] | keys, pastes, the mouse, sizes, as plain values |
//! | [`keys`] | one table of keys for bindings, footer, help and manual |
//! | [`theme`] | styles by meaning, for every number of colours, dark and light |
//! | [`text`] | text on its way to the screen; **the one place where it is made safe** |
//! | [`rows`], [`single`], [`ticket`] | lists that are read page by page and told live; things that are read as a whole; answers that come too late |
//! | [`widgets`] | tables, forms, charts, overlays: plain state, and how it is drawn |
//! | [`area`] | parts of the screen |
//! | [`testing`] | draw and press keys in tests, without a terminal |
//!
//! # How to write a screen
//!
//! A screen is three things, each in a file of its own once it grows: the **state**, a plain value;
//! **`update`**, which takes the state and a message, changes the one and returns what is to be done
//! (nothing is done in it: no waiting, no files, no clock); and **`view`**, which draws the state and
//! changes nothing. Only `view.rs` and the kit name the drawing library. A program of several screens
//! has a state, messages and effects that hold those of each screen, and passes them on.
//!
//! ```
//! use std::time::Duration;
//!
//! use auboutique_client::ui::area::{above_last, last_lines};
//! use auboutique_client::ui::input::{Code, Input, Key};
//! use auboutique_client::ui::keys::{Binding, KeyTable, clashes};
//! use auboutique_client::ui::runtime::{App, Messages};
//! use auboutique_client::ui::theme::Theme;
//! use auboutique_client::ui::widgets::footer::footer;
//! use auboutique_client::ui::widgets::table::{Column, Content, Look, MOVES, Move, Row, Table};
//! use auboutique_client::ui::{Frame, testing};
//!
//! // The state.
//! struct City(String);
//!
//! impl Row for City {
//!     type Key = String;
//!     fn key(&self) -> String {
//!         self.0.clone()
//!     }
//! }
//!
//! struct Cities {
//!     table: Table<City>,
//!     is_over: bool,
//! }
//!
//! // What changes it, and what it wants done.
//! enum Message {
//!     Go(Move),
//!     Reload,
//!     Leave,
//!     Arrived(Result<Vec<City>, String>),
//! }
//!
//! #[derive(Debug, PartialEq)]
//! enum Effect {
//!     Fetch,
//! }
//!
//! // The keys, once: for bindings, footer and help.
//! #[derive(Clone, Copy)]
//! enum Action {
//!     Leave,
//!     Reload,
//! }
//!
//! const KEYS: KeyTable<Action> = KeyTable::new(
//!     "Cities",
//!     &[
//!         Binding::new(&[Key::char('r')], Action::Reload, "load anew").in_footer(),
//!         Binding::new(&[Key::char('q'), Key::of(Code::Esc)], Action::Leave, "leave").in_footer(),
//!     ],
//! );
//!
//! impl App for Cities {
//!     type Message = Message;
//!     type Effect = Effect;
//!
//!     fn start(&mut self) -> Vec<Effect> {
//!         vec![Effect::Fetch]
//!     }
//!
//!     fn input(&self, input: Input) -> Option<Message> {
//!         let key = input.key()?;
//!         if let Some(way) = MOVES.action(key) {
//!             return Some(Message::Go(way));
//!         }
//!         Some(match KEYS.action(key)? {
//!             Action::Leave => Message::Leave,
//!             Action::Reload => Message::Reload,
//!         })
//!     }
//!
//!     fn update(&mut self, message: Message) -> Vec<Effect> {
//!         match message {
//!             Message::Go(way) => self.table.go(way),
//!             Message::Leave => self.is_over = true,
//!             Message::Arrived(Ok(cities)) => self.table.set_rows(cities),
//!             Message::Arrived(Err(reason)) => self.table.set_content(Content::Failed(reason)),
//!             Message::Reload => {
//!                 self.table.set_content(Content::Loading);
//!                 return vec![Effect::Fetch];
//!             }
//!         }
//!         Vec::new()
//!     }
//!
//!     fn view(&self, frame: &mut Frame<'_>, theme: &Theme) {
//!         let area = frame.area();
//!         let look = Look {
//!             columns: &[Column::new("CITY", 10).growing(1)],
//!             empty: "There are no cities.",
//!             is_focused: true,
//!         };
//!         let body = above_last(area, 1);
//!         self.table.draw(frame, body, theme, &look, |city, _| city.0.as_str().into());
//!         footer(frame, last_lines(area, 1), theme, &[&KEYS, &MOVES]);
//!     }
//!
//!     fn is_finished(&self) -> bool {
//!         self.is_over
//!     }
//! }
//!
//! // What is done outside, as a task of its own. With this, the program runs:
//! //
//! //     run(&mut cities, Theme::of_environment(choice, shade), Options::default(), perform).await?
//! async fn perform(effect: Effect, messages: Messages<Message>) {
//!     match effect {
//!         Effect::Fetch => {
//!             tokio::time::sleep(Duration::from_secs(1)).await;
//!             messages.send(Message::Arrived(Ok(vec![City("Beirut".into())]))).await;
//!         }
//!     }
//! }
//!
//! // And its tests need neither a terminal nor a server.
//! let mut cities = Cities { table: Table::loading(), is_over: false };
//! assert!(testing::draw_app(testing::SMALL, &cities).text().contains("Loading"));
//! cities.update(Message::Arrived(Ok(vec![City("Tyre".into()), City("Byblos".into())])));
//! testing::press(&mut cities, Key::char('j'));
//! assert!(testing::draw_app(testing::SMALL, &cities).text().contains("▸ Byblos"));
//! assert_eq!(testing::press(&mut cities, Key::char('r')), [Effect::Fetch]);
//! assert!(clashes(&[&KEYS, &MOVES]).is_empty());
//! # let _ = perform;
//! ```
//!
//! # What to hold to
//!
//! - **While a field has the focus, letters are typed**: ask [`keys::KeyTable::action_while_typing`].
//! - **Give rows a key** and change them with [`Table::put`], [`Table::remove`] and
//!   [`Table::set_rows`]: the selection then stays with its row.
//! - **Tell tables their height** when [`input::Input::Resized`] arrives, for pages and for the mouse;
//!   and fields of several lines their size, for up and down to go where a person sees them go.
//! - **Say what is old**: while the connection is lost, show [`widgets::banner::Connection`]'s notice.
//! - **Ask before what cannot be taken back**, with [`widgets::confirm::Confirm`] and the consequence.
//! - **Time comes as messages**: [`App::tick`] while something counts down, `None` otherwise.
//! - **Results that come too late** must be known by something in them, such as the text that was
//!   searched for, and dropped by `update`.
//! - **Every screen has snapshots** in both sizes of [`testing`], empty, loading, full and after an
//!   error, and a test that [`keys::clashes`] finds nothing.
//!
//! [`Table::put`]: widgets::table::Table::put
//! [`Table::remove`]: widgets::table::Table::remove
//! [`Table::set_rows`]: widgets::table::Table::set_rows

pub mod area;
pub mod input;
pub mod keys;
pub mod rows;
pub mod runtime;
pub mod single;
pub mod terminal;
pub mod testing;
pub mod text;
pub mod theme;
pub mod ticket;
pub mod widgets;

mod events;

pub use ratatui;
pub use ratatui::Frame;
pub use ratatui::layout::Rect;

pub use runtime::App;
