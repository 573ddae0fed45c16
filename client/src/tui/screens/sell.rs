//! Putting something up for sale: a form, a picture from a file, and the way of both to the server.

pub(crate) mod view;

use std::path::{Path, PathBuf};

use auboutique_protocol::catalog::Sell;
use auboutique_protocol::ids::{Key, ProductId};
use auboutique_protocol::limits::{DESCRIPTION_CHARACTERS_MAX, PRODUCT_NAME_CHARACTERS_MAX};
use auboutique_protocol::money::Currency;
use auboutique_protocol::text::{Description, ProductName};

use crate::tui::message::{Effect, Entry, Facts, Refused};
use crate::tui::screens::browse::{PRICE_CHARACTERS_MAX, price_of};
use crate::ui::input::{Code, Input, Key as Pressed};
use crate::ui::widgets::form::{Field, Form, Outcome};
use crate::ui::widgets::table::{Content, MOVES, Row, Table};

/// The screen.
#[derive(Debug)]
pub(crate) struct Selling {
    form: Form,
    currency: Currency,
    columns: u16,
    picture: Option<PathBuf>,
    files: Option<Files>,
    /// Where the last picture was looked for.
    folder: Option<PathBuf>,
    /// The listing that was sent and not answered: repeated, it has the same key.
    sent: Option<Box<Sell>>,
    progress: Option<(u64, u64)>,
    is_sending: bool,
}

/// The files of a folder, of which one is chosen.
#[derive(Debug)]
pub(crate) struct Files {
    pub(crate) path: PathBuf,
    pub(crate) table: Table<FileRow>,
}

/// A file, or a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileRow(pub(crate) Entry);

impl Row for FileRow {
    type Key = PathBuf;

    fn key(&self) -> PathBuf {
        self.0.path.clone()
    }
}

const NAME: &str = "name";
const PRICE: &str = "price";
const CATEGORY: &str = "category";
const DESCRIPTION: &str = "description";
const PICTURE: &str = "picture";
/// Lines of a description that are seen while it is typed.
pub(crate) const LINES: u16 = 4;
/// Longest path that is typed.
const PATH_CHARACTERS_MAX: usize = 4000;

impl Selling {
    /// An empty form for a server.
    pub(crate) fn new(facts: &Facts) -> Self {
        let categories: Vec<&str> = facts.categories.iter().map(String::as_str).collect();
        let currency = facts.currency;
        let fields = vec![
            Field::text(NAME, "Name", PRODUCT_NAME_CHARACTERS_MAX).hint("What it is."),
            Field::text(PRICE, "Price", PRICE_CHARACTERS_MAX)
                .hint(format!("In {currency}, such as 12.50.")),
            Field::choice(CATEGORY, "Category", &categories).hint("← and → choose."),
            Field::text_area(
                DESCRIPTION,
                "Description",
                DESCRIPTION_CHARACTERS_MAX,
                LINES,
            )
            .hint("More about it; may be left empty. Tab goes on."),
            Field::text(PICTURE, "Picture", PATH_CHARACTERS_MAX)
                .hint("A PNG, JPEG or WebP file; Ctrl-O looks for one. May be left empty."),
        ];
        Self {
            form: Form::new(fields, "Put it up for sale"),
            currency,
            columns: 0,
            picture: None,
            files: None,
            folder: None,
            sent: None,
            progress: None,
            is_sending: false,
        }
    }

    /// Says how wide the form is.
    pub(crate) fn set_width(&mut self, columns: u16) {
        self.columns = columns;
        self.form.set_width(columns);
    }

    pub(crate) const fn form(&self) -> &Form {
        &self.form
    }

    pub(crate) const fn files(&self) -> Option<&Files> {
        self.files.as_ref()
    }

    pub(crate) const fn progress(&self) -> Option<(u64, u64)> {
        self.progress
    }

    /// The picture that would be sent.
    pub(crate) fn picture(&self) -> Option<&Path> {
        self.picture.as_deref()
    }

    /// Looks for a picture, where the last one was, or at home.
    pub(crate) fn pick(&mut self) -> Vec<Effect> {
        let typed = self.form.value(PICTURE).trim();
        let typed = (!typed.is_empty()).then(|| PathBuf::from(typed));
        let beside = typed.as_deref().and_then(Path::parent).map(Path::to_owned);
        let beside = beside.filter(|path| !path.as_os_str().is_empty());
        let path = beside
            .or_else(|| self.folder.clone())
            .unwrap_or_else(|| PathBuf::from("."));
        self.look_into(path)
    }

    fn look_into(&mut self, path: PathBuf) -> Vec<Effect> {
        self.files = Some(Files {
            path: path.clone(),
            table: Table::loading(),
        });
        vec![Effect::Folder(path)]
    }

    /// What a folder holds.
    pub(crate) fn folder(&mut self, path: &Path, outcome: Result<Vec<Entry>, String>) {
        let Some(files) = self.files.as_mut().filter(|files| files.path == path) else {
            return;
        };
        match outcome {
            Ok(entries) => {
                self.folder = Some(path.to_owned());
                let rows = entries.into_iter().map(FileRow).collect();
                files.table.set_rows(rows);
            }
            Err(reason) => {
                files.table.set_rows(Vec::new());
                files.table.set_content(Content::Failed(reason));
            }
        }
    }

    /// Takes what a person does.
    pub(crate) fn input(&mut self, input: &Input) -> Vec<Effect> {
        if self.files.is_some() {
            return self.choose(input);
        }
        match self.form.input(input) {
            Outcome::Submit => self.submit(),
            Outcome::Changed(PICTURE) => {
                let typed = self.form.value(PICTURE).trim();
                self.picture = (!typed.is_empty()).then(|| PathBuf::from(typed));
                self.sent = None;
                Vec::new()
            }
            Outcome::Changed(_) => {
                // Another listing has another key.
                self.sent = None;
                Vec::new()
            }
            Outcome::Ignored | Outcome::Moved | Outcome::Pressed(_) | Outcome::Cancel => Vec::new(),
        }
    }

    fn choose(&mut self, input: &Input) -> Vec<Effect> {
        let Some(files) = &mut self.files else {
            return Vec::new();
        };
        let Some(key) = input.key() else {
            return Vec::new();
        };
        if let Some(way) = MOVES.action(key) {
            files.table.go(way);
            return Vec::new();
        }
        let is = |codes: &[Code]| codes.contains(&key.code);
        if is(&[Code::Esc, Code::Char('q')]) {
            self.files = None;
        } else if is(&[Code::Backspace, Code::Left]) {
            let above = files.path.join("..");
            return self.look_into(above);
        } else if is(&[Code::Enter, Code::Right])
            && let Some(FileRow(entry)) = files.table.selected().cloned()
        {
            if entry.is_folder {
                return self.look_into(entry.path);
            }
            self.take(&entry.path);
        }
        Vec::new()
    }

    fn take(&mut self, path: &Path) {
        self.files = None;
        self.picture = Some(path.to_owned());
        self.sent = None;
        if let Some(field) = self.form.field_mut(PICTURE) {
            field.set(&path.to_string_lossy());
        }
    }

    /// Whether a key goes to the files that are looked at.
    pub(crate) const fn is_choosing(&self) -> bool {
        self.files.is_some()
    }

    /// Closes the files. Returns whether they were open.
    pub(crate) fn close_files(&mut self) -> bool {
        self.files.take().is_some()
    }

    fn submit(&mut self) -> Vec<Effect> {
        self.form.clear_errors();
        let name = ProductName::parse(self.form.value(NAME));
        if let Err(error) = &name {
            self.form.refuse(NAME, error.to_string());
        }
        let price = price_of(&self.form, PRICE, self.currency)
            .and_then(|price| price.ok_or((PRICE, "is missing".into())));
        if let Err((field, reason)) = &price {
            self.form.refuse(field, reason);
        }
        let description = Description::parse(self.form.value(DESCRIPTION));
        if let Err(error) = &description {
            self.form.refuse(DESCRIPTION, error.to_string());
        }
        let (Ok(name), Ok(price), Ok(description)) = (name, price, description) else {
            return Vec::new();
        };
        let request = self.sent.take().unwrap_or_else(|| {
            Box::new(Sell {
                key: Key::now(),
                name: name.into(),
                price,
                picture: None,
                category: self.form.value(CATEGORY).to_owned(),
                description: description.into(),
            })
        });
        self.sent = Some(request.clone());
        self.form.set_busy(true);
        self.is_sending = true;
        self.progress = None;
        vec![Effect::Sell {
            request,
            picture: self.picture.clone(),
        }]
    }

    pub(crate) const fn uploaded(&mut self, done: u64, total: u64) {
        if self.is_sending {
            self.progress = Some((done, total));
        }
    }

    /// What became of the listing. Returns the product, once it is for sale; the form is empty then.
    pub(crate) fn listed(
        &mut self,
        outcome: Result<ProductId, Refused>,
        facts: &Facts,
    ) -> Option<ProductId> {
        self.progress = None;
        self.is_sending = false;
        self.form.set_busy(false);
        match outcome {
            Ok(product) => {
                let (folder, columns) = (self.folder.take(), self.columns);
                *self = Self::new(facts);
                self.folder = folder;
                self.set_width(columns);
                Some(product)
            }
            Err(refused) => {
                let field = refused.field.unwrap_or_default();
                self.form.refuse(field, refused.reason);
                None
            }
        }
    }
}

/// Whether a key is for the screen and not for its field.
pub(crate) fn is_command(key: Pressed) -> bool {
    matches!(key.code, Code::F(_) | Code::Esc) || key == Pressed::control('o')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::testing::facts;

    fn filled() -> Selling {
        let mut selling = Selling::new(&facts());
        for (name, value) in [(NAME, "Calculus"), (PRICE, "12.5")] {
            selling.form.field_mut(name).expect("a field").set(value);
        }
        selling
    }

    fn press(selling: &mut Selling, code: Code) -> Vec<Effect> {
        selling.input(&Input::Key(Pressed::of(code)))
    }

    fn submit(selling: &mut Selling) -> Vec<Effect> {
        selling.form.focus(PICTURE);
        press(selling, Code::Enter)
    }

    #[test]
    fn mistakes_are_said_of_their_fields_and_nothing_is_sent() {
        let mut selling = Selling::new(&facts());
        assert_eq!(submit(&mut selling), []);
        assert!(selling.form.has_errors());
        assert_eq!(selling.form.focused(), Some(NAME));
    }

    #[test]
    fn the_same_listing_is_repeated_with_the_same_key_and_another_with_another() {
        let mut selling = filled();
        let first = submit(&mut selling);
        let lost = Refused {
            field: None,
            reason: "no answer".into(),
        };
        assert_eq!(selling.listed(Err(lost.clone()), &facts()), None);
        assert_eq!(submit(&mut selling), first);
        selling.listed(Err(lost), &facts());
        selling.form.focus(NAME);
        press(&mut selling, Code::Char('!'));
        assert_ne!(submit(&mut selling), first);
        assert_eq!(
            selling.listed(Ok(ProductId(7)), &facts()),
            Some(ProductId(7))
        );
        assert_eq!(selling.form.value(NAME), "");
    }

    #[test]
    fn a_folder_that_cannot_be_read_is_said_and_nothing_is_lost() {
        let mut selling = filled();
        let [Effect::Folder(path)] = &selling.pick()[..] else {
            panic!("a folder is read");
        };
        let path = path.clone();
        selling.folder(&path, Err("permission denied".into()));
        let files = selling.files().expect("they are open");
        assert_eq!(
            *files.table.content(),
            Content::Failed("permission denied".into())
        );
        assert_eq!(press(&mut selling, Code::Backspace).len(), 1);
        press(&mut selling, Code::Esc);
        assert!(selling.files().is_none());
        assert_eq!(selling.form.value(NAME), "Calculus");
    }

    #[test]
    fn a_file_that_is_chosen_is_the_picture() {
        let mut selling = filled();
        selling.pick();
        let entry = |name: &str, is_folder| Entry {
            path: PathBuf::from("pictures").join(name),
            name: name.into(),
            is_folder,
            bytes: 5,
        };
        let files = vec![entry("photos", true), entry("atlas.png", false)];
        selling.folder(Path::new("."), Ok(files));
        press(&mut selling, Code::Down);
        press(&mut selling, Code::Enter);
        assert_eq!(selling.picture(), Some(Path::new("pictures/atlas.png")));
        let sent = submit(&mut selling);
        assert!(
            matches!(
                &sent[..],
                [Effect::Sell {
                    picture: Some(_),
                    ..
                }]
            ),
            "{sent:?}"
        );
    }
}
