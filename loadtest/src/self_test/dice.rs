//! Chance that a seed repeats.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

/// Random decisions, the same for the same seed.
pub(super) struct Dice(ChaCha8Rng);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// Yes in so many of a hundred cases.
    pub(super) fn chance(&mut self, percent: u32) -> bool {
        self.0.random_range(0..100) < percent
    }

    /// A number from 0 to one less than `bound`, or 0.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.0.random_range(0..bound.max(1))
    }

    /// A number from `from` to one less than `to`.
    pub(super) fn between(&mut self, from: u32, to: u32) -> u32 {
        self.0.random_range(from..to)
    }

    /// One of these, if there are any.
    pub(super) fn pick<T: Copy>(&mut self, all: &[T]) -> Option<T> {
        let last = all.len().checked_sub(1)?;
        Some(all[self.0.random_range(0..=last)])
    }
}
