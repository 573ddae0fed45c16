//! The earliest of several moments, also when one party is left out.

use crate::history::Moment;

/// Something that happened, and who or what did it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct First<Tag> {
    moment: Moment,
    tag: Tag,
}

/// The earliest moment, and the earliest of all other tags. So "the earliest of anybody else" is
/// answered at once, whoever asks.
#[derive(Debug, Clone, Copy)]
pub(super) struct FirstTwo<Tag> {
    first: Option<First<Tag>>,
    other: Option<First<Tag>>,
}

impl<Tag> Default for FirstTwo<Tag> {
    fn default() -> Self {
        Self {
            first: None,
            other: None,
        }
    }
}

impl<Tag: Copy + PartialEq> FirstTwo<Tag> {
    pub(super) fn add(&mut self, moment: Moment, tag: Tag) {
        let new = Some(First { moment, tag });
        match self.first {
            None => self.first = new,
            Some(first) if first.tag == tag => {
                if moment < first.moment {
                    self.first = new;
                }
            }
            Some(first) if moment < first.moment => {
                self.other = self.first;
                self.first = new;
            }
            Some(_) => {
                if self.other.is_none_or(|other| moment < other.moment) {
                    self.other = new;
                }
            }
        }
    }

    /// The earliest of all.
    pub(super) fn earliest(&self) -> Option<Moment> {
        self.first.map(|first| first.moment)
    }

    /// The earliest with another tag than this.
    pub(super) fn earliest_except(&self, tag: Tag) -> Option<Moment> {
        let first = if self.first.is_some_and(|first| first.tag == tag) {
            self.other
        } else {
            self.first
        };
        first.map(|first| first.moment)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_knows_the_earliest_whoever_is_left_out(
            all in prop::collection::vec((0_u64..9, 0_u8..4), 0..12),
        ) {
            let mut two = FirstTwo::default();
            for (moment, tag) in &all {
                two.add(Moment(*moment), *tag);
            }
            let least = |left_out: u8| {
                let others = all.iter().filter(|(_, tag)| *tag != left_out);
                others.map(|(moment, _)| Moment(*moment)).min()
            };
            for tag in 0..5 {
                prop_assert_eq!(two.earliest_except(tag), least(tag));
            }
            prop_assert_eq!(two.earliest(), least(9));
        }
    }
}
