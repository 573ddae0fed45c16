//! The catalog's indexes: every order and filter of a list is a walk along one of them.

mod items;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hint::black_box;
use std::ops::Bound;
use std::sync::Arc;

use auboutique_protocol::catalog::Sort;
use auboutique_protocol::ids::ProductId;

use self::items::{Item, Items, Slot};
use super::{EXAMINED_MAX, EncodedPage, Position, Query, item};
use crate::store::catalog::ForSale;

/// What the processor fetches from memory at once, in bytes.
const CACHE_LINE_BYTES: usize = 64;

/// All items with their indexes. Pure: no lock, no clock.
#[derive(Debug, Default)]
pub(super) struct Shelves {
    items: Items,
    everything: Shelf,
    categories: HashMap<Arc<str>, Shelf>,
    owners: HashMap<Arc<str>, BTreeMap<ProductId, Slot>>,
    /// The keys of `owners`, in order.
    owner_names: BTreeSet<Arc<str>>,
}

/// A set of products in both orders.
#[derive(Debug, Default)]
struct Shelf {
    by_time: BTreeMap<ProductId, Slot>,
    by_price: BTreeMap<(u64, ProductId), Slot>,
}

impl Shelf {
    fn insert(&mut self, price: u64, id: ProductId, slot: Slot) {
        self.by_time.insert(id, slot);
        self.by_price.insert((price, id), slot);
    }

    fn remove(&mut self, price: u64, id: ProductId) {
        self.by_time.remove(&id);
        self.by_price.remove(&(price, id));
    }
}

/// Where a walk along an index begins and ends.
type Bounds<E> = (Bound<E>, Bound<E>);

/// An entry of an index.
trait Entry: Ord + Copy {
    fn position(self) -> Position;
    fn from_position(position: Position) -> Option<Self>;
}

impl Entry for ProductId {
    fn position(self) -> Position {
        Position::Time(self)
    }

    fn from_position(position: Position) -> Option<Self> {
        match position {
            Position::Time(id) => Some(id),
            Position::Price(..) => None,
        }
    }
}

impl Entry for (u64, ProductId) {
    fn position(self) -> Position {
        Position::Price(self.0, self.1)
    }

    fn from_position(position: Position) -> Option<Self> {
        match position {
            Position::Price(price, id) => Some((price, id)),
            Position::Time(_) => None,
        }
    }
}

/// What the products of a page have in common. Names are those of the indexes, of which there is one copy
/// each, so that nobody has to look into them.
struct Filter<'a> {
    query: &'a Query,
    owner: Option<&'a Arc<str>>,
    category: Option<&'a Arc<str>>,
}

impl Filter<'_> {
    fn passes(&self, item: &Item) -> bool {
        self.query.prices.contains(&item.price)
            && self
                .owner
                .is_none_or(|owner| Arc::ptr_eq(owner, &item.owner))
            && self
                .category
                .is_none_or(|category| Arc::ptr_eq(category, &item.category))
    }
}

impl Shelves {
    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    pub(super) fn contains(&self, id: ProductId) -> bool {
        self.items.slot(id).is_some()
    }

    pub(super) fn owner(&self, id: ProductId) -> Option<Arc<str>> {
        let item = self.items.at(self.items.slot(id)?);
        Some(Arc::clone(&item.owner))
    }

    pub(super) fn encoded(&self, id: ProductId) -> Option<&[u8]> {
        let item = self.items.at(self.items.slot(id)?);
        Some(&item.encoded)
    }

    pub(super) fn insert(&mut self, product: &ForSale) {
        self.remove(product.id);
        let (id, price) = (product.id, product.price.minor);
        let owner = interned(
            self.owners.get_key_value(&*product.owner_username),
            &product.owner_username,
        );
        let category = interned(
            self.categories.get_key_value(&*product.category),
            &product.category,
        );
        let item = Item {
            encoded: item::encode(product),
            price,
            owner: Arc::clone(&owner),
            category: Arc::clone(&category),
        };
        let slot = self.items.insert(id, item);
        self.everything.insert(price, id, slot);
        self.categories
            .entry(category)
            .or_default()
            .insert(price, id, slot);
        let owned = self.owners.entry(Arc::clone(&owner)).or_default();
        if owned.is_empty() {
            self.owner_names.insert(owner);
        }
        owned.insert(id, slot);
    }

    pub(super) fn remove(&mut self, id: ProductId) {
        let Some(item) = self.items.remove(id) else {
            return;
        };
        self.everything.remove(item.price, id);
        if let Some(shelf) = self.categories.get_mut(&item.category) {
            shelf.remove(item.price, id);
        }
        if let Some(owned) = self.owners.get_mut(&item.owner) {
            owned.remove(&id);
            if owned.is_empty() {
                self.owners.remove(&item.owner);
                self.owner_names.remove(&item.owner);
            }
        }
    }

    /// The owners behind `after` by username, with how many products each has; at most `limit`, and
    /// whether there are more.
    pub(super) fn owners(&self, after: Option<&str>, limit: usize) -> (Vec<(Arc<str>, u64)>, bool) {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let mut owners = self.owner_names.range::<str, _>((from, Bound::Unbounded));
        let count = |owner| self.owners.get(owner).map_or(0, BTreeMap::len) as u64;
        let page = owners.by_ref().take(limit);
        let page = page
            .map(|owner| (Arc::clone(owner), count(owner)))
            .collect();
        (page, owners.next().is_some())
    }

    pub(super) fn page(&self, query: &Query) -> EncodedPage {
        let by_price = matches!(query.sort, Sort::Cheapest | Sort::Dearest);
        let Some(filter) = self.filter(query) else {
            return EncodedPage::default();
        };
        if let Some(owner) = filter.owner {
            // One owner has few products (a quota), so the other order is made on the spot.
            let owned = &self.owners[owner];
            return if by_price {
                let priced = owned
                    .iter()
                    .map(|(id, slot)| ((self.items.at(*slot).price, *id), *slot))
                    .collect();
                self.walk(&priced, price_bounds(query), &filter)
            } else {
                self.walk(owned, everything(), &filter)
            };
        }
        let shelf = match filter.category {
            Some(category) => &self.categories[category],
            None => &self.everything,
        };
        if by_price {
            self.walk(&shelf.by_price, price_bounds(query), &filter)
        } else {
            self.walk(&shelf.by_time, everything(), &filter)
        }
    }

    /// As [`Self::page`], of products that were found elsewhere. What is not for sale is left out.
    pub(super) fn page_of(&self, found: &[ProductId], query: &Query) -> EncodedPage {
        let found = found.iter().map(|id| (*id, self.items.slot(*id)));
        self.filter(query)
            .map_or_else(EncodedPage::default, |filter| self.collect(found, &filter))
    }

    /// What a query asks of each product; `None` when there are none of that owner or category.
    fn filter<'a>(&'a self, query: &'a Query) -> Option<Filter<'a>> {
        let owner = match &query.owner {
            Some(owner) => Some(self.owners.get_key_value(owner.as_str())?.0),
            None => None,
        };
        let category = match &query.category {
            Some(category) => Some(self.categories.get_key_value(category.as_str())?.0),
            None => None,
        };
        Some(Filter {
            query,
            owner,
            category,
        })
    }

    /// Walks along an index between two bounds, from the query's position on, in its direction.
    fn walk<E: Entry>(
        &self,
        index: &BTreeMap<E, Slot>,
        bounds: Bounds<E>,
        filter: &Filter<'_>,
    ) -> EncodedPage {
        let query = filter.query;
        let falling = matches!(query.sort, Sort::Newest | Sort::Dearest);
        let after = query.after.and_then(E::from_position).map(Bound::Excluded);
        let bounds = match after {
            Some(after) if falling => (bounds.0, least(bounds.1, after)),
            Some(after) => (greatest(bounds.0, after), bounds.1),
            None => bounds,
        };
        if is_empty(&bounds) {
            return EncodedPage::default();
        }
        let range = index
            .range(bounds)
            .map(|(entry, slot)| (*entry, Some(*slot)));
        if falling {
            self.collect(range.rev(), filter)
        } else {
            self.collect(range, filter)
        }
    }

    fn collect<E: Entry>(
        &self,
        mut entries: impl Iterator<Item = (E, Option<Slot>)>,
        filter: &Filter<'_>,
    ) -> EncodedPage {
        let limit = filter.query.limit;
        let mut chosen: Vec<&[u8]> = Vec::with_capacity(limit);
        let mut last = None;
        for (entry, slot) in entries.by_ref().take(EXAMINED_MAX) {
            last = Some(entry);
            let item = slot.map(|slot| self.items.at(slot));
            let Some(item) = item.filter(|item| filter.passes(item)) else {
                continue;
            };
            chosen.push(&item.encoded);
            if chosen.len() == limit {
                break;
            }
        }
        let next = entries.next().and(last).map(E::position);
        EncodedPage {
            count: chosen.len() as u64,
            items: concatenated(&chosen),
            next,
        }
    }
}

/// Items one after the other. In a large market they lie all over the memory: they are touched first, so that
/// they are fetched at the same time and not each when the one before is copied.
fn concatenated(chosen: &[&[u8]]) -> Vec<u8> {
    let mut touched = 0;
    for item in chosen {
        for byte in item.iter().step_by(CACHE_LINE_BYTES) {
            touched ^= byte;
        }
    }
    black_box(touched);
    chosen.concat()
}

/// The key under which a map holds this text already, or a new one: one copy of each name.
fn interned<V>(entry: Option<(&Arc<str>, V)>, text: &str) -> Arc<str> {
    entry.map_or_else(|| text.into(), |(key, _)| Arc::clone(key))
}

fn everything() -> Bounds<ProductId> {
    (Bound::Unbounded, Bound::Unbounded)
}

fn price_bounds(query: &Query) -> Bounds<(u64, ProductId)> {
    let (lowest, highest) = (*query.prices.start(), *query.prices.end());
    (
        Bound::Included((lowest, ProductId(u64::MIN))),
        Bound::Included((highest, ProductId(u64::MAX))),
    )
}

/// The tighter of two upper bounds; the second is excluded.
fn least<E: Entry>(bound: Bound<E>, excluded: Bound<E>) -> Bound<E> {
    match (bound, excluded) {
        (Bound::Included(here), Bound::Excluded(there)) if here < there => bound,
        _ => excluded,
    }
}

/// The tighter of two lower bounds; the second is excluded.
fn greatest<E: Entry>(bound: Bound<E>, excluded: Bound<E>) -> Bound<E> {
    match (bound, excluded) {
        (Bound::Included(here), Bound::Excluded(there)) if here > there => bound,
        _ => excluded,
    }
}

/// Whether nothing can lie between the bounds; `BTreeSet::range` panics on those.
fn is_empty<E: Entry>(bounds: &Bounds<E>) -> bool {
    match bounds {
        (Bound::Included(low), Bound::Included(high)) => low > high,
        (
            Bound::Included(low) | Bound::Excluded(low),
            Bound::Included(high) | Bound::Excluded(high),
        ) => low >= high,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use auboutique_protocol::catalog::ProductSummary;
    use auboutique_protocol::codec::{self, head};
    use auboutique_protocol::ids::UnixMillis;
    use auboutique_protocol::money::{Currency, Money};
    use proptest::prelude::*;

    use super::*;
    use crate::store::UserId;

    const OWNERS: [&str; 3] = ["mona", "omar", "rima"];
    const CATEGORIES: [&str; 2] = ["textbooks", "other"];

    fn product(id: u64, owner: usize, category: usize, price: u64) -> ForSale {
        ForSale {
            id: ProductId(id),
            owner: UserId(i64::try_from(owner).unwrap()),
            owner_username: OWNERS[owner].into(),
            name: format!("Product {id}"),
            description: String::new(),
            category: CATEGORIES[category].into(),
            price: Money {
                minor: price,
                currency: Currency::Usd,
            },
            picture: None,
            listed_at: UnixMillis(id),
        }
    }

    fn decode(page: &EncodedPage) -> Vec<ProductSummary> {
        let mut bytes = Vec::new();
        head::array(page.count, &mut bytes);
        bytes.extend_from_slice(&page.items);
        codec::decode(&bytes).unwrap()
    }

    fn all_pages(shelves: &Shelves, mut query: Query) -> Vec<u64> {
        let mut ids = Vec::new();
        for _ in 0..1_000 {
            let page = shelves.page(&query);
            assert!(page.count <= query.limit as u64);
            ids.extend(decode(&page).iter().map(|item| item.id.0));
            match page.next {
                Some(_) => query.after = page.next,
                None => return ids,
            }
        }
        panic!("pages without end");
    }

    fn query(sort: Sort) -> Query {
        Query {
            owner: None,
            category: None,
            prices: 0..=u64::MAX,
            sort,
            after: None,
            limit: 50,
        }
    }

    #[test]
    fn a_page_examines_a_bounded_number_of_entries_and_may_come_back_short() {
        let mut shelves = Shelves::default();
        (1..=5_000).for_each(|id| shelves.insert(&product(id, 0, 0, id)));
        let nothing = Query {
            prices: 9_999..=9_999,
            ..query(Sort::Newest)
        };
        let page = shelves.page(&nothing);
        assert_eq!(
            (page.count, page.next),
            (0, Some(Position::Time(ProductId(3_001))))
        );
        assert_eq!(all_pages(&shelves, nothing), Vec::<u64>::new());
    }

    #[test]
    fn a_full_last_page_names_no_next_one() {
        let mut shelves = Shelves::default();
        (1..=50).for_each(|id| shelves.insert(&product(id, 0, 0, 5)));
        assert_eq!(shelves.page(&query(Sort::Oldest)).next, None);
    }

    #[test]
    fn owners_are_listed_by_name_while_they_have_something_for_sale() {
        let mut shelves = Shelves::default();
        for (id, owner) in [(1, 2), (2, 0), (3, 1), (4, 2)] {
            shelves.insert(&product(id, owner, 0, 5));
        }
        let names = |(owners, more): (Vec<(Arc<str>, u64)>, bool)| {
            let owners: Vec<_> = owners
                .iter()
                .map(|(name, count)| (name.to_string(), *count))
                .collect();
            (owners, more)
        };
        let [mona, omar, rima] =
            [("mona", 1), ("omar", 1), ("rima", 2)].map(|(name, count)| (name.to_string(), count));
        assert_eq!(names(shelves.owners(None, 2)), (vec![mona, omar], true));
        assert_eq!(names(shelves.owners(Some("omar"), 2)), (vec![rima], false));
        shelves.remove(ProductId(1));
        shelves.remove(ProductId(4));
        assert_eq!(names(shelves.owners(Some("omar"), 2)), (vec![], false));
    }

    #[test]
    fn what_is_removed_leaves_nothing_behind() {
        let mut shelves = Shelves::default();
        shelves.insert(&product(1, 0, 0, 5));
        shelves.insert(&product(1, 0, 1, 6));
        shelves.remove(ProductId(1));
        shelves.remove(ProductId(1));
        assert!(shelves.len() == 0 && shelves.owners.is_empty());
        assert!(shelves.owner_names.is_empty());
        assert!(shelves.everything.by_time.is_empty() && shelves.everything.by_price.is_empty());
        assert!(
            shelves
                .categories
                .values()
                .all(|shelf| shelf.by_time.is_empty())
        );
    }

    #[test]
    fn of_what_was_found_a_page_holds_what_is_for_sale_and_names_the_next() {
        let mut shelves = Shelves::default();
        (1..=9).for_each(|id| shelves.insert(&product(id, usize::from(id > 5), 0, id)));
        let found: Vec<_> = [99, 8, 7, 6, 4, 2].map(ProductId).into();
        let some = Query {
            owner: Some(OWNERS[1].into()),
            prices: 0..=7,
            limit: 1,
            ..query(Sort::Newest)
        };
        let ids =
            |page: &EncodedPage| -> Vec<_> { decode(page).iter().map(|item| item.id.0).collect() };
        let page = shelves.page_of(&found, &some);
        assert_eq!(ids(&page), [7]);
        assert_eq!(page.next, Some(Position::Time(ProductId(7))));
        let page = shelves.page_of(&found[3..], &some);
        assert_eq!(ids(&page), [6]);
        let page = shelves.page_of(&found[4..], &some);
        assert_eq!((page.count, page.next), (0, None));
        let none: Vec<_> = (10_000..10_000 + EXAMINED_MAX as u64 + 1)
            .rev()
            .map(ProductId)
            .collect();
        let page = shelves.page_of(&none, &some);
        assert_eq!(page.next, Some(Position::Time(ProductId(10_001))));
    }

    fn sorts() -> impl Strategy<Value = Sort> {
        prop::sample::select(vec![
            Sort::Newest,
            Sort::Oldest,
            Sort::Cheapest,
            Sort::Dearest,
        ])
    }

    proptest! {
        #[test]
        fn pages_are_what_sorting_and_filtering_everything_gives(
            products in prop::collection::btree_map(1_u64..60, (0_usize..3, 0_usize..2, 1_u64..9), 0..40),
            changed in prop::collection::vec((1_u64..60, 0_usize..2, 1_u64..9), 0..10),
            removed in prop::collection::vec(1_u64..60, 0..10),
            owner in prop::option::of(0_usize..3),
            category in prop::option::of(0_usize..2),
            low in 0_u64..10,
            high in 0_u64..10,
            sort in sorts(),
            limit in 1_usize..7,
        ) {
            let mut shelves = Shelves::default();
            let mut model = products.clone();
            for (id, (owner, category, price)) in &products {
                shelves.insert(&product(*id, *owner, *category, *price));
            }
            for (id, category, price) in changed {
                if let Some(entry) = model.get_mut(&id) {
                    *entry = (entry.0, category, price);
                    shelves.insert(&product(id, entry.0, category, price));
                }
            }
            for id in removed {
                shelves.remove(ProductId(id));
                model.remove(&id);
            }
            let mut expected: Vec<(u64, u64)> = model
                .iter()
                .filter(|(_, (of, _, _))| owner.is_none_or(|owner| owner == *of))
                .filter(|(_, (_, of, _))| category.is_none_or(|category| category == *of))
                .filter(|(_, (_, _, price))| (low..=high).contains(price))
                .map(|(id, (_, _, price))| (*price, *id))
                .collect();
            match sort {
                Sort::Oldest => expected.sort_by_key(|(_, id)| *id),
                Sort::Newest => expected.sort_by_key(|(_, id)| std::cmp::Reverse(*id)),
                Sort::Cheapest => expected.sort_unstable(),
                Sort::Dearest => expected.sort_unstable_by(|left, right| right.cmp(left)),
            }
            let query = Query {
                owner: owner.map(|owner| OWNERS[owner].into()),
                category: category.map(|category| CATEGORIES[category].into()),
                prices: low..=high,
                sort,
                after: None,
                limit,
            };
            let expected: Vec<u64> = expected.into_iter().map(|(_, id)| id).collect();
            prop_assert_eq!(all_pages(&shelves, query), expected);
        }
    }
}
