//! What the things of a run are called on the wire and in the database.

use std::collections::HashMap;
use std::sync::Arc;

use auboutique_protocol::ids::{Key, ProductId};

use crate::history::{Actor, Item, KeyId};
use crate::items::Items;
use crate::keys::Keys;
use crate::ledger::Numbering;

/// The way from names to the numbers of a history, and back.
pub struct Names {
    items: Arc<Items>,
    keys: Keys,
    by_name: HashMap<String, Actor>,
    names: Vec<String>,
}

impl Names {
    /// The names of a run.
    #[must_use]
    pub fn new(items: Arc<Items>, keys: Keys, by_name: HashMap<String, Actor>) -> Self {
        let mut names = vec![String::new(); by_name.len()];
        for (name, actor) in &by_name {
            names[actor.index()].clone_from(name);
        }
        Self {
            items,
            keys,
            by_name,
            names,
        }
    }

    /// The username of an actor.
    #[must_use]
    pub fn username(&self, actor: Actor) -> &str {
        &self.names[actor.index()]
    }
}

impl Numbering for Names {
    fn item(&self, product: ProductId) -> Option<Item> {
        self.items.find(product)
    }

    fn actor(&self, username: &str) -> Option<Actor> {
        self.by_name.get(username).copied()
    }

    fn key(&self, key: &Key) -> Option<KeyId> {
        self.keys.number(key)
    }
}
