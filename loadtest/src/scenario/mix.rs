//! A weighted mix of what people do: browse, look, sell, change their minds, buy, write.

use std::sync::Arc;

use auboutique_protocol::accounts::{Login, Logout, Password};
use auboutique_protocol::bytes::ByteString;
use auboutique_protocol::catalog::{ListProducts, Sort};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt as _, SeedableRng as _};
use tokio::task::JoinSet;

use super::arrivals::{Arrivals, Turn};
use super::{Done, all};
use crate::context::{SharedContext, Stopped};
use crate::history::{Actor, Item, Price};
use crate::record::Request;
use crate::user::actions::{Offer, Order};
use crate::user::{Attempt, User};

/// A picture of a few hundred bytes, so that encoding it costs the load test nothing.
const PICTURE: &[u8] = include_bytes!("item.png");
/// One offer in so many has a picture: making it costs the server as much as hundreds of pages.
const PICTURE_EVERY: u32 = 8;
/// People forget one time in so many that an item of theirs is sold.
const TIDY_EVERY: u32 = 8;
/// A buyer sends one purchase in so many again, with the same key.
const REPEAT_EVERY: u32 = 8;
/// Beyond so many items of their own, people take one off the market before they add another.
const OWN_ITEMS_MAX: usize = 40;

/// Something that a user does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Reads a page of products.
    List,
    /// Looks at a product.
    Show,
    /// Fetches a picture.
    Picture,
    /// Puts something up for sale.
    Sell,
    /// Changes a price.
    Edit,
    /// Takes something off the market.
    Withdraw,
    /// Buys.
    Buy,
    /// Writes to somebody.
    Chat,
    /// Logs in with a password, and out again.
    Login,
    /// Makes a connection and ends it.
    Connect,
}

/// How often users do what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mix(&'static [(Action, u32)]);

impl Mix {
    /// Everything that members do.
    pub const MARKET: Self = Self(&[
        (Action::List, 40),
        (Action::Show, 20),
        (Action::Picture, 8),
        (Action::Buy, 12),
        (Action::Sell, 8),
        (Action::Edit, 4),
        (Action::Withdraw, 2),
        (Action::Chat, 6),
    ]);
    /// Looking only.
    pub const BROWSE: Self = Self(&[(Action::List, 70), (Action::Show, 22), (Action::Picture, 8)]);
    /// Logging in with a password.
    pub const LOGIN: Self = Self(&[(Action::Login, 1)]);
    /// Handshakes.
    pub const CONNECT: Self = Self(&[(Action::Connect, 1)]);

    /// Draws an action.
    fn draw(self, random: &mut ChaCha8Rng) -> Action {
        let total = self.0.iter().map(|(_, weight)| weight).sum();
        let mut point = random.random_range(0..total);
        for (action, weight) in self.0 {
            match point.checked_sub(*weight) {
                None => return *action,
                Some(rest) => point = rest,
            }
        }
        self.0[0].0
    }
}

/// A load of this kind.
pub struct MixedLoad {
    /// What the users do.
    pub mix: Mix,
    /// When.
    pub arrivals: Arc<Arrivals>,
    /// The seed that reproduces who does what.
    pub seed: u64,
    /// The password of all users, for those who log in with it.
    pub password: Password,
    /// Counts requests.
    pub done: Arc<Done>,
}

/// What a user remembers.
struct Shopper {
    user: User,
    load: Arc<MixedLoad>,
    random: ChaCha8Rng,
    people: Arc<Vec<(Actor, String)>>,
    /// What the last page showed.
    seen: Vec<(Item, Price)>,
    own: Vec<Item>,
}

impl MixedLoad {
    /// Lets the users act until the load has ended. `own` are the items that each of them sells
    /// from the beginning.
    ///
    /// # Errors
    /// The run was given up.
    pub async fn run(
        self,
        context: &SharedContext,
        users: Vec<(User, Vec<Item>)>,
    ) -> Result<(), Stopped> {
        let load = Arc::new(self);
        let names = users
            .iter()
            .map(|(user, _)| (user.actor, user.name.clone()));
        let people = Arc::new(names.collect());
        let mut tasks = JoinSet::new();
        for (user, own) in users {
            let mut random = ChaCha8Rng::seed_from_u64(load.seed);
            random.set_stream(user.actor.0.into());
            let shopper = Shopper {
                user,
                load: Arc::clone(&load),
                random,
                people: Arc::clone(&people),
                seen: Vec::new(),
                own,
            };
            tasks.spawn(shopper.live());
        }
        all(context, tasks).await.map(drop)
    }
}

impl Shopper {
    async fn live(mut self) -> Result<(), Stopped> {
        let context = SharedContext::clone(&self.user.context);
        let load = Arc::clone(&self.load);
        load.arrivals.ramp(self.user.actor.0, &context).await?;
        while let Turn::Go(planned) = load.arrivals.next(&context).await? {
            self.user.plan(planned);
            let action = load.mix.draw(&mut self.random);
            self.act(action).await?;
            load.done.add();
        }
        self.user.disconnect().await;
        Ok(())
    }

    /// Does it, or what must come before it.
    async fn act(&mut self, action: Action) -> Result<(), Stopped> {
        match action {
            Action::List => self.list().await,
            Action::Show => match self.pick(|_, _| true) {
                Some((_, (item, _))) => self.user.show(item).await,
                None => self.list().await,
            },
            Action::Picture => match self.pick(|user, item| user.context.items.has_picture(item)) {
                Some((_, (item, _))) => self.user.picture(item).await,
                None => self.list().await,
            },
            Action::Buy => self.buy().await,
            Action::Sell => self.sell().await,
            Action::Edit => self.edit().await,
            Action::Withdraw => self.withdraw().await,
            Action::Chat => self.chat().await,
            Action::Login => self.log_in_and_out().await,
            Action::Connect => self.connect_and_leave().await,
        }
    }

    /// A random one of the items seen that this is true of, with its place among them.
    fn pick(&mut self, is_fit: impl Fn(&User, Item) -> bool) -> Option<(usize, (Item, Price))> {
        if self.seen.is_empty() {
            return None;
        }
        let start = self.random.random_range(0..self.seen.len());
        let places = (start..self.seen.len()).chain(0..start);
        let place = { places }.find(|place| is_fit(&self.user, self.seen[*place].0))?;
        Some((place, self.seen[place]))
    }

    async fn list(&mut self) -> Result<(), Stopped> {
        // Mostly what is new, so that people meet at the same items.
        let sort = match self.random.random_range(0..10) {
            0 => Some(Sort::Cheapest),
            1 => Some(Sort::Oldest),
            _ => None,
        };
        let request = ListProducts {
            sort,
            ..ListProducts::default()
        };
        self.seen = self.user.list(&request).await?;
        Ok(())
    }

    async fn buy(&mut self) -> Result<(), Stopped> {
        let others = |user: &User, item| user.context.items.owner(item) != user.actor;
        let Some((place, (item, price))) = self.pick(others) else {
            return self.list().await;
        };
        self.seen.swap_remove(place);
        let context = &self.user.context;
        let order = Order {
            item,
            product: context.items.product(item),
            price,
            key: context.new_key(),
        };
        let settled = self.user.buy(order).await?;
        if settled.outcome.is_ok() && self.random.random_range(0..REPEAT_EVERY) == 0 {
            self.test_key(order).await?;
        }
        Ok(())
    }

    /// Sends a purchase again, which must give the same confirmation, and uses its key for another
    /// item, which must be refused.
    async fn test_key(&mut self, order: Order) -> Result<(), Stopped> {
        self.user.buy(order).await?;
        let others = |user: &User, item| user.context.items.owner(item) != user.actor;
        if let Some((_, (item, price))) = self.pick(others) {
            let product = self.user.context.items.product(item);
            let other = Order {
                item,
                product,
                price,
                ..order
            };
            self.user.buy(other).await?;
        }
        Ok(())
    }

    async fn sell(&mut self) -> Result<(), Stopped> {
        if self.own.len() >= OWN_ITEMS_MAX && self.own_place().is_some() {
            return self.withdraw().await;
        }
        let number = self.random.random_range(1..=9999_u32);
        let has_picture = self.random.random_range(0..PICTURE_EVERY) == 0;
        let offer = Offer {
            name: format!("Load test item {number}"),
            price: Price(number * 5),
            picture: has_picture.then(|| ByteString(PICTURE.to_vec())),
        };
        self.own.extend(self.user.sell(offer).await?);
        Ok(())
    }

    async fn edit(&mut self) -> Result<(), Stopped> {
        let Some(place) = self.own_place() else {
            return self.sell().await;
        };
        let price = Price(self.random.random_range(1..=50_000));
        if !self.user.edit(self.own[place], price).await? {
            self.own.swap_remove(place);
        }
        Ok(())
    }

    async fn withdraw(&mut self) -> Result<(), Stopped> {
        let Some(place) = self.own_place() else {
            return self.list().await;
        };
        let item = self.own.swap_remove(place);
        self.user.withdraw(item).await.map(drop)
    }

    /// A random one of the own items. Now and then it is one that was just sold: then the server
    /// must refuse.
    fn own_place(&mut self) -> Option<usize> {
        if self.random.random_range(0..TIDY_EVERY) > 0 {
            let items = &self.user.context.items;
            self.own.retain(|item| !items.is_gone(*item));
        }
        (!self.own.is_empty()).then(|| self.random.random_range(0..self.own.len()))
    }

    async fn chat(&mut self) -> Result<(), Stopped> {
        let place = self.random.random_range(0..self.people.len());
        let people = Arc::clone(&self.people);
        let (to, name) = &people[place];
        if *to == self.user.actor {
            return self.list().await;
        }
        let about = self.pick(|_, _| true).map(|(_, (item, _))| item);
        let message = self.user.context.new_message();
        self.user.write_to((*to, name), about, message).await?;
        Ok(())
    }

    async fn log_in_and_out(&mut self) -> Result<(), Stopped> {
        if !self.user.connect_anonymously().await? {
            return Ok(());
        }
        let login = Login {
            password: self.load.password.clone(),
            username: self.user.name.clone(),
        };
        if let Attempt::Ok(_) = self.user.try_once(Request::Login, &login).await? {
            self.user.try_once(Request::Logout, &Logout {}).await?;
        }
        Ok(())
    }

    async fn connect_and_leave(&mut self) -> Result<(), Stopped> {
        if self.user.connect_anonymously().await? {
            self.user.disconnect().await;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_are_drawn_by_their_weights() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let drawn: Vec<_> = (0..10_000).map(|_| Mix::MARKET.draw(&mut random)).collect();
        for (action, weight) in Mix::MARKET.0 {
            let count = drawn.iter().filter(|drawn| *drawn == action).count();
            let expected = *weight as usize * 100;
            assert!(
                count.abs_diff(expected) < expected / 2,
                "{action:?}: {count}"
            );
        }
    }

    #[test]
    fn a_seed_reproduces_what_is_drawn() {
        let draw = |seed| {
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            (0..100)
                .map(|_| Mix::MARKET.draw(&mut random))
                .collect::<Vec<_>>()
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
    }
}
