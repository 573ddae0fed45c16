//! Events put beside those of the same item, key or conversation.

use crate::history::{Call, Event, Item};

/// Indices in groups, by a counting sort: two passes, and 8 bytes for each index and group.
///
/// Groups are numbered from 0; numbers should be dense, since each costs a little even when its
/// group is empty.
pub(super) struct Groups {
    /// Where each group begins in `indices`; one more at the end.
    starts: Vec<usize>,
    indices: Vec<usize>,
}

impl Groups {
    /// Puts `0..count` into groups. `group_of` must give the same answer each time; `None` leaves an
    /// index out.
    pub(super) fn new(count: usize, group_of: impl Fn(usize) -> Option<usize>) -> Self {
        let mut starts = vec![0];
        for group in (0..count).filter_map(&group_of) {
            if starts.len() < group + 2 {
                starts.resize(group + 2, 0);
            }
            starts[group + 1] += 1;
        }
        for group in 1..starts.len() {
            starts[group] += starts[group - 1];
        }
        let mut free = starts.clone();
        let mut indices = vec![0; starts.last().copied().unwrap_or(0)];
        for index in 0..count {
            if let Some(group) = group_of(index) {
                indices[free[group]] = index;
                free[group] += 1;
            }
        }
        Self { starts, indices }
    }

    pub(super) fn by_item(events: &[Event]) -> Self {
        Self::new(events.len(), |index| {
            item_of(&events[index].call).map(Item::index)
        })
    }

    /// How many groups there are.
    pub(super) fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// A group; empty if there is none of this number.
    pub(super) fn of(&self, group: usize) -> &[usize] {
        let bounds = self.starts.get(group..group.saturating_add(2));
        bounds.map_or(&[], |bounds| &self.indices[bounds[0]..bounds[1]])
    }

    /// All groups in the order of their numbers.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[usize]> {
        self.starts
            .windows(2)
            .map(|bounds| &self.indices[bounds[0]..bounds[1]])
    }
}

fn item_of(call: &Call) -> Option<Item> {
    match call {
        Call::Sell { item, .. }
        | Call::Edit { item, .. }
        | Call::Withdraw { item, .. }
        | Call::Buy { item, .. }
        | Call::See { item, .. } => Some(*item),
        Call::Send { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indices_stand_with_their_group_in_order() {
        let groups = [2, 0, 9, 2, 0, 2].map(|group| (group < 9).then_some(group));
        let groups = Groups::new(groups.len(), |index| groups[index]);
        let all: Vec<&[usize]> = groups.iter().collect();
        assert_eq!(all, [&[1, 4][..], &[], &[0, 3, 5]]);
        assert_eq!(groups.len(), 3);
        assert_eq!(groups.of(2), [0, 3, 5]);
        assert!(groups.of(3).is_empty());
    }

    #[test]
    fn nothing_makes_no_groups() {
        assert_eq!(Groups::new(0, |_| None).iter().count(), 0);
        assert_eq!(Groups::new(3, |_| None).iter().count(), 0);
    }
}
