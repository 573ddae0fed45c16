//! The people of a run: names and tokens, drawn for a server of its own, or registered one after the
//! other on a server elsewhere.

use std::collections::HashMap;
use std::sync::Arc;

use auboutique_client::{Client, ConnectOptions, Error, RetryPolicy, generate_passphrase};
use auboutique_protocol::accounts::{Password, Register};
use auboutique_protocol::ids::Token;
use auboutique_protocol::limits::TOKEN_BYTES;
use auboutique_protocol::text::Username;
use auboutique_server::seed::SeedUser;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::context::SharedContext;
use crate::history::Actor;
use crate::user::User;

/// Registrations at once. A server hashes passwords on a few threads, and refuses what it cannot
/// queue.
const REGISTERING_MAX: usize = 8;

/// Characters of a password: as many as the strictest server can ask for.
const PASSWORD_CHARACTERS: u32 = 128;

/// Somebody who takes part.
#[derive(Debug, Clone)]
pub struct Person {
    /// The username.
    pub name: Username,
    /// Of a session that is open.
    pub token: Token,
}

/// Everybody who takes part; an [`Actor`] is a place in this list.
#[derive(Debug, Clone)]
pub struct Cast {
    people: Vec<Person>,
    /// Everybody's password.
    pub password: Password,
}

/// Why there are no people.
#[derive(Debug, thiserror::Error)]
pub enum CastError {
    /// The operating system has no random numbers.
    #[error("the operating system has no random numbers: {0}")]
    Random(#[from] getrandom::Error),
    /// Likewise, for a password.
    #[error("no password could be made up: {0}")]
    Password(std::io::Error),
    /// The server would not take one.
    #[error("cannot register simulated users: {0}")]
    Register(#[from] Error),
    /// Registering was given up.
    #[error("registering simulated users has failed: {0}")]
    Panicked(String),
}

impl Cast {
    /// Draws people for a server that does not run yet. `tag` keeps them apart from other runs'.
    ///
    /// # Errors
    /// There are no random numbers.
    pub fn draw(count: u32, tag: &str) -> Result<Self, CastError> {
        let people = (0..count).map(|number| {
            let mut token = [0; TOKEN_BYTES];
            getrandom::fill(&mut token)?;
            let name = username(number, tag);
            Ok(Person {
                name,
                token: Token(token),
            })
        });
        Ok(Self {
            people: people.collect::<Result<_, getrandom::Error>>()?,
            password: password()?,
        })
    }

    /// Registers people with a server that runs, and logs them in. `progress` hears how many are
    /// ready.
    ///
    /// # Errors
    /// The server cannot be used, or refuses one of them.
    pub async fn register(
        count: u32,
        tag: &str,
        options: &ConnectOptions,
        mut progress: impl FnMut(u64),
    ) -> Result<Self, CastError> {
        let password = password()?;
        let registering = Arc::new(Semaphore::new(REGISTERING_MAX));
        let mut tasks = JoinSet::new();
        for number in 0..count {
            let options = options.clone().retry(RetryPolicy {
                wait_when_rate_limited: true,
                ..RetryPolicy::default()
            });
            let (name, password) = (username(number, tag), password.clone());
            let registering = Arc::clone(&registering);
            tasks.spawn(async move {
                let _permit = registering.acquire().await;
                let person = join(name, password, options).await?;
                Ok::<_, Error>((number, person))
            });
        }
        let mut people = Vec::with_capacity(tasks.len());
        while let Some(ended) = tasks.join_next().await {
            people.push(ended.map_err(|error| CastError::Panicked(error.to_string()))??);
            progress(people.len() as u64);
        }
        people.sort_by_key(|(number, _)| *number);
        let people = people.into_iter().map(|(_, person)| person).collect();
        Ok(Self { people, password })
    }

    /// Everybody.
    #[must_use]
    pub fn people(&self) -> &[Person] {
        &self.people
    }

    /// As the server's store takes them.
    #[must_use]
    pub fn seeds(&self) -> Vec<SeedUser> {
        let seeds = self.people.iter().map(|person| SeedUser {
            username: person.name.clone(),
            token: person.token.clone(),
        });
        seeds.collect()
    }

    /// The actors by their names on the wire.
    #[must_use]
    pub fn by_name(&self) -> HashMap<String, Actor> {
        let names = (0..).zip(&self.people);
        names
            .map(|(number, person)| (person.name.as_str().to_owned(), Actor(number)))
            .collect()
    }

    /// The users with these numbers, not connected yet.
    #[must_use]
    pub fn users(&self, numbers: std::ops::Range<u32>, context: &SharedContext) -> Vec<User> {
        let numbered = (0..).zip(&self.people);
        let chosen = numbered.filter(|(number, _)| numbers.contains(number));
        chosen
            .map(|(number, person)| {
                let name = person.name.as_str().to_owned();
                let context = SharedContext::clone(context);
                User::new(Actor(number), name, person.token.clone(), context)
            })
            .collect()
    }
}

/// A name that no other run has.
fn username(number: u32, tag: &str) -> Username {
    let name = format!("load-{tag}-{number}");
    Username::parse(&name).expect("a tag of hexadecimal digits and a number make a username")
}

/// The password of all people of a run. They own nothing but what the run puts up for sale.
fn password() -> Result<Password, CastError> {
    generate_passphrase(PASSWORD_CHARACTERS).map_err(CastError::Password)
}

/// Registers and logs in.
async fn join(
    name: Username,
    password: Password,
    options: ConnectOptions,
) -> Result<Person, Error> {
    let client = Client::connect(options).await?;
    let username = name.as_str().to_owned();
    let registration = Register {
        name: "Load test".into(),
        email: format!("{username}@load-test.invalid"),
        password: password.clone(),
        username: username.clone(),
    };
    client.call(&registration).await?;
    let token = client.login(&username, password).await?.token.clone();
    client.close().await;
    Ok(Person { name, token })
}
