//! What may still be written when the disk fills up.
//!
//! A database without room can write nothing, and neither can the log that would say so. So what makes the
//! market larger is refused while there is still some room, and purchases of what is for sale, which are
//! small and why everybody is here, stop last. Whoever reads is served throughout.

use std::sync::atomic::{AtomicU8, Ordering};

/// How much room there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum RoomLevel {
    /// Enough for everything.
    Plenty,
    /// Nothing but purchases and what belongs to a login is written.
    Low,
    /// Nothing is sold either.
    Full,
}

/// Purchases go on until only one part in so many of the limit is free.
const PURCHASES_SHARE: u64 = 4;

/// See the module's description.
#[derive(Debug)]
pub(crate) struct Room {
    free_bytes_min: u64,
    level: AtomicU8,
}

impl Room {
    /// So many bytes of the disk are to stay free; 0 to look at nothing.
    pub(crate) fn new(free_bytes_min: u64) -> Self {
        Self {
            free_bytes_min,
            level: AtomicU8::new(0),
        }
    }

    /// So much is free now; nothing changes where nobody knows.
    pub(crate) fn note(&self, free_bytes: Option<u64>) {
        let Some(free) = free_bytes else {
            return;
        };
        let level = self.judge(free);
        let before = self.level.swap(level as u8, Ordering::Relaxed);
        if before != level as u8 {
            match level {
                RoomLevel::Plenty => tracing::info!(free, "there is room on the disk again"),
                RoomLevel::Low => {
                    tracing::error!(
                        free,
                        "the disk is nearly full: nothing is written but sales"
                    );
                }
                RoomLevel::Full => {
                    tracing::error!(free, "the disk is full: nothing is sold any more");
                }
            }
        }
    }

    /// How much room there was at the last look.
    pub(crate) fn level(&self) -> RoomLevel {
        match self.level.load(Ordering::Relaxed) {
            0 => RoomLevel::Plenty,
            1 => RoomLevel::Low,
            _ => RoomLevel::Full,
        }
    }

    fn judge(&self, free: u64) -> RoomLevel {
        if free >= self.free_bytes_min {
            RoomLevel::Plenty
        } else if free >= self.free_bytes_min / PURCHASES_SHARE {
            RoomLevel::Low
        } else {
            RoomLevel::Full
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn purchases_stop_last_and_everything_begins_again() {
        let room = Room::new(400);
        for (free, level) in [
            (Some(400), RoomLevel::Plenty),
            (Some(399), RoomLevel::Low),
            (Some(100), RoomLevel::Low),
            (Some(99), RoomLevel::Full),
            (None, RoomLevel::Full),
            (Some(0), RoomLevel::Full),
            (Some(401), RoomLevel::Plenty),
        ] {
            room.note(free);
            assert_eq!(room.level(), level, "{free:?}");
        }
    }

    #[test]
    fn without_a_limit_there_is_always_room() {
        let room = Room::new(0);
        room.note(Some(0));
        assert_eq!(room.level(), RoomLevel::Plenty);
    }
}
