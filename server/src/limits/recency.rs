//! A map of bounded size that forgets what was not touched for the longest time.
//!
//! Time is a duration since some fixed start, given by the caller. Each operation costs one hash
//! look-up and one step in an ordered map, so O(log n).

use std::{
    collections::{BTreeMap, HashMap},
    hash::Hash,
    time::Duration,
};

/// When an entry was last written; the number orders what was written in the same instant.
type Stamp = (Duration, u64);

#[derive(Debug)]
struct Entry<V> {
    value: V,
    stamp: Stamp,
}

/// At most `entries_max` entries, each forgotten `lifetime` after it was last written, or earlier
/// if its place is needed: the one written longest ago goes first.
#[derive(Debug)]
pub(crate) struct RecencyMap<K, V> {
    entries: HashMap<K, Entry<V>>,
    by_age: BTreeMap<Stamp, K>,
    written: u64,
    entries_max: usize,
    lifetime: Duration,
}

impl<K: Copy + Eq + Hash, V> RecencyMap<K, V> {
    /// An empty map for at least one entry.
    pub(crate) fn new(entries_max: usize, lifetime: Duration) -> Self {
        Self {
            entries: HashMap::new(),
            by_age: BTreeMap::new(),
            written: 0,
            entries_max: entries_max.max(1),
            lifetime,
        }
    }

    /// The value of `key`, unless it is forgotten by now.
    pub(crate) fn value(&self, key: &K, now: Duration) -> Option<&V> {
        self.entries
            .get(key)
            .filter(|entry| self.is_alive(entry.stamp, now))
            .map(|e| &e.value)
    }

    /// When `key` was last written, unless it is forgotten by now.
    pub(crate) fn written_at(&self, key: &K, now: Duration) -> Option<Duration> {
        let stamp = self.entries.get(key)?.stamp;
        self.is_alive(stamp, now).then_some(stamp.0)
    }

    /// Writes `key` and makes it the youngest.
    pub(crate) fn insert(&mut self, key: K, value: V, now: Duration) {
        self.remove(&key);
        self.forget_the_dead(now);
        if self.entries.len() >= self.entries_max
            && let Some((_, stalest)) = self.by_age.pop_first()
        {
            self.entries.remove(&stalest);
        }
        let stamp = (now, self.written);
        self.written += 1;
        self.by_age.insert(stamp, key);
        self.entries.insert(key, Entry { value, stamp });
    }

    /// Takes `key` out; whether it was there.
    pub(crate) fn remove(&mut self, key: &K) -> bool {
        let removed = self.entries.remove(key);
        if let Some(entry) = &removed {
            self.by_age.remove(&entry.stamp);
        }
        removed.is_some()
    }

    /// Entries held, those included that are dead but not yet swept.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    fn is_alive(&self, stamp: Stamp, now: Duration) -> bool {
        now.saturating_sub(stamp.0) < self.lifetime
    }

    fn forget_the_dead(&mut self, now: Duration) {
        while let Some(oldest) = self.by_age.first_entry() {
            if now.saturating_sub(oldest.key().0) < self.lifetime {
                return;
            }
            self.entries.remove(&oldest.remove());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LIFETIME: Duration = Duration::from_secs(10);

    fn second(second: u64) -> Duration {
        Duration::from_secs(second)
    }

    #[test]
    fn entries_live_for_their_lifetime_from_the_last_write() {
        let mut map = RecencyMap::new(4, LIFETIME);
        map.insert('a', 1, second(0));
        map.insert('b', 1, second(0));
        map.insert('a', 2, second(5));
        assert_eq!(map.value(&'b', second(9)), Some(&1));
        assert_eq!(map.value(&'b', second(10)), None);
        assert_eq!(map.value(&'a', second(14)), Some(&2));
        assert_eq!(map.written_at(&'a', second(14)), Some(second(5)));
        assert_eq!(map.written_at(&'b', second(14)), None);
        map.insert('c', 3, second(15));
        assert_eq!(map.len(), 1);
    }

    #[test]
    fn the_entry_written_longest_ago_makes_room() {
        let mut map = RecencyMap::new(2, LIFETIME);
        map.insert('a', 1, second(0));
        map.insert('b', 2, second(1));
        map.insert('a', 3, second(2));
        map.insert('c', 4, second(3));
        assert_eq!(map.value(&'b', second(3)), None);
        assert_eq!(map.value(&'a', second(3)), Some(&3));
        assert_eq!(map.value(&'c', second(3)), Some(&4));
        map.remove(&'a');
        map.remove(&'z');
        assert_eq!(map.len(), 1);
    }

    proptest! {
        #[test]
        fn both_indexes_agree_and_the_bound_holds(
            writes in proptest::collection::vec((0_u8..12, any::<bool>(), 0_u64..30), 0..200),
        ) {
            let mut map = RecencyMap::new(5, LIFETIME);
            for (key, insert, at) in writes {
                if insert {
                    map.insert(key, (), second(at));
                    prop_assert_eq!(map.value(&key, second(at)), Some(&()));
                } else {
                    map.remove(&key);
                    prop_assert_eq!(map.value(&key, second(at)), None);
                }
                prop_assert!(map.len() <= 5);
                prop_assert_eq!(map.entries.len(), map.by_age.len());
                for (stamp, key) in &map.by_age {
                    prop_assert_eq!(map.entries[key].stamp, *stamp);
                }
            }
        }
    }
}
