//! The items themselves. Each has a slot, which indexes name: a walk along an index looks nothing up.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

use auboutique_protocol::ids::ProductId;

/// A product as lists need it.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) encoded: Box<[u8]>,
    pub(super) price: u64,
    pub(super) owner: Arc<str>,
    pub(super) category: Arc<str>,
}

/// Where an item is, as long as it is for sale.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slot(u32);

/// All items.
#[derive(Debug, Default)]
pub(super) struct Items {
    by_id: HashMap<ProductId, Slot, BuildHasherDefault<IdHasher>>,
    slots: Vec<Option<Item>>,
    free: Vec<Slot>,
}

impl Items {
    pub(super) fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Where this product is, if it is for sale.
    pub(super) fn slot(&self, id: ProductId) -> Option<Slot> {
        self.by_id.get(&id).copied()
    }

    /// The item in a slot.
    ///
    /// # Panics
    /// It has been removed.
    pub(super) fn at(&self, slot: Slot) -> &Item {
        self.slots[slot.0 as usize]
            .as_ref()
            .expect("indexes name items that are there")
    }

    /// Keeps an item that is not there yet.
    pub(super) fn insert(&mut self, id: ProductId, item: Item) -> Slot {
        let slot = match self.free.pop() {
            Some(slot) => {
                self.slots[slot.0 as usize] = Some(item);
                slot
            }
            None => {
                let count = u32::try_from(self.slots.len());
                self.slots.push(Some(item));
                Slot(count.expect("memory ends before 2^32 products"))
            }
        };
        self.by_id.insert(id, slot);
        slot
    }

    pub(super) fn remove(&mut self, id: ProductId) -> Option<Item> {
        let slot = self.by_id.remove(&id)?;
        self.free.push(slot);
        self.slots[slot.0 as usize].take()
    }
}

/// Hashes ids of products, which the database counts: nobody can choose them so that they collide.
#[derive(Debug, Default)]
struct IdHasher(u64);

impl Hasher for IdHasher {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, number: u64) {
        // Fibonacci hashing (Knuth, The Art of Computer Programming, volume 3, 6.4). The table takes its
        // bits from both ends.
        let product = (self.0 ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = product ^ (product >> 32);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
