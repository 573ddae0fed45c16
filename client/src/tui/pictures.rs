//! The pictures that are shown: which are there, which are on their way, which cannot be had.
//!
//! They are fetched, decoded and scaled elsewhere (`network`, `view`) and kept here for the size in which
//! they are shown; the files of the server's pictures are kept on disk (`cache`).

pub(crate) mod cache;
pub(crate) mod view;

use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;

use auboutique_protocol::ids::{PictureHash, ProductId};

use crate::tui::message::Effect;
use crate::tui::pictures::view::Drawing;

/// Pictures that are kept ready.
const PICTURES_MAX: usize = 48;

/// Which picture, how large.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct PictureKey {
    pub(crate) source: Source,
    /// Columns and lines that it may take.
    pub(crate) columns: u16,
    pub(crate) lines: u16,
}

/// Where a picture comes from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Source {
    /// A product of the market, by the hash of its picture.
    Product {
        hash: PictureHash,
        product: ProductId,
        /// Not the thumbnail.
        is_large: bool,
    },
    /// A file of one's own.
    File(PathBuf),
}

/// What there is of a picture.
#[derive(Debug)]
pub(crate) enum Picture {
    /// It is on its way.
    Awaited,
    /// It can be shown.
    Ready(Drawing),
    /// It cannot be had, and why.
    Failed(String),
}

/// The pictures.
#[derive(Debug, Default)]
pub(crate) struct Pictures {
    known: HashMap<PictureKey, Picture>,
    /// The keys, the one wanted last at the end.
    order: VecDeque<PictureKey>,
}

impl Pictures {
    pub(crate) fn get(&self, key: &PictureKey) -> Option<&Picture> {
        self.known.get(key)
    }

    /// A picture is to be shown. Fetches it unless it is known.
    pub(crate) fn want(&mut self, key: PictureKey) -> Option<Effect> {
        if self.known.contains_key(&key) {
            return None;
        }
        if self.order.len() == PICTURES_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        self.known.insert(key.clone(), Picture::Awaited);
        self.order.push_back(key.clone());
        Some(Effect::Draw(key))
    }

    /// A picture has come, or cannot. One that nobody waits for any more is dropped.
    pub(crate) fn drawn(&mut self, key: &PictureKey, outcome: Result<Drawing, String>) {
        if let Some(picture) = self.known.get_mut(key) {
            *picture = match outcome {
                Ok(drawing) => Picture::Ready(drawing),
                Err(reason) => Picture::Failed(reason),
            };
        }
    }

    /// What could not be had may be had now.
    pub(crate) fn try_again(&mut self) {
        let Self { known, order } = self;
        known.retain(|_, picture| !matches!(picture, Picture::Failed(_)));
        order.retain(|key| known.contains_key(key));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: u8) -> PictureKey {
        PictureKey {
            source: Source::Product {
                hash: PictureHash([number; 32]),
                product: ProductId(u64::from(number)),
                is_large: false,
            },
            columns: 30,
            lines: 10,
        }
    }

    #[test]
    fn a_picture_is_fetched_once_and_few_are_kept() {
        let mut pictures = Pictures::default();
        assert!(pictures.want(key(0)).is_some());
        assert!(pictures.want(key(0)).is_none());
        for number in 1..=100 {
            assert!(pictures.want(key(number)).is_some());
        }
        assert_eq!(pictures.known.len(), PICTURES_MAX);
        pictures.drawn(&key(0), Err("late".into()));
        assert!(pictures.get(&key(0)).is_none());
        pictures.drawn(&key(100), Err("broken".into()));
        assert!(pictures.want(key(100)).is_none());
        pictures.try_again();
        assert!(pictures.want(key(100)).is_some());
    }
}
