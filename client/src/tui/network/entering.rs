//! The way into the market: the server, its trust, a login that is remembered or a new one; and what is told
//! from then on.

use auboutique_certs::{ServerAddress, Trust};
use auboutique_protocol::accounts::{Password, Register};
use auboutique_protocol::event::{Event, Topic};

use super::{Network, refused_by};
use crate::cli::args::ServerChoice;
use crate::cli::failure::Failure;
use crate::cli::state::Login;
use crate::tui::message::{Door, Entered, Facts, Message};
use crate::ui::runtime::Messages;
use crate::{Client, Error, Events, Notice, probe};

/// What is followed: what is for sale, and who is there.
const TOPICS: &[Topic] = &[Topic::Products, Topic::Presence];

impl Network {
    /// Goes through a door, as far as that leads.
    pub(super) async fn enter(&self, door: Door, messages: &Messages<Message>) {
        let entered = match door {
            Door::Remembered => self.enter_remembered(messages).await,
            Door::Server(typed) => self.enter_typed(&typed, messages).await,
            Door::Trusted {
                address,
                fingerprint,
            } => {
                let trust = Trust::Pinned(fingerprint);
                self.enter_trusted(address, trust, messages).await
            }
            Door::LogIn { username, password } => self.log_in(&username, password, messages).await,
            Door::Register(request) => self.register(*request, messages).await,
        };
        if let Some(entered) = entered {
            messages.send(Message::Entered(entered)).await;
        }
    }

    async fn enter_remembered(&self, messages: &Messages<Message>) -> Option<Entered> {
        if let Some(chosen) = self.context.server().cloned() {
            return self.enter_chosen(&chosen, messages).await;
        }
        let remembered = match self.context.state.load() {
            Ok(remembered) => remembered,
            Err(failure) => return Some(not_reached(String::new(), &failure)),
        };
        let Some(server) = remembered.server else {
            return Some(Entered::AskServer);
        };
        self.enter_typed(&server, messages).await
    }

    async fn enter_typed(&self, typed: &str, messages: &Messages<Message>) -> Option<Entered> {
        match typed.parse::<ServerChoice>() {
            Ok(chosen) => self.enter_chosen(&chosen, messages).await,
            Err(reason) => Some(Entered::NotReached {
                server: typed.to_owned(),
                reason,
            }),
        }
    }

    async fn enter_chosen(
        &self,
        chosen: &ServerChoice,
        messages: &Messages<Message>,
    ) -> Option<Entered> {
        let address = chosen.address();
        let remembered = self.context.state.load();
        let trust = remembered
            .and_then(|remembered| self.context.trust_of(Some(chosen), &remembered, &address));
        match trust {
            Ok(Some(trust)) => self.enter_trusted(address, trust, messages).await,
            Err(failure) => Some(not_reached(address.to_string(), &failure)),
            Ok(None) => Some(match probe(&address).await {
                Ok(fingerprint) => Entered::AskTrust {
                    address,
                    fingerprint,
                },
                Err(error) => not_reached(address.to_string(), &error.into()),
            }),
        }
    }

    async fn enter_trusted(
        &self,
        address: ServerAddress,
        trust: Trust,
        messages: &Messages<Message>,
    ) -> Option<Entered> {
        let opened = self.context.open(&address, &trust).await;
        let remembered = opened.and_then(|client| {
            self.context.state.remember_server(&address, &trust)?;
            Ok((client, self.context.state.load()?))
        });
        let (client, remembered) = match remembered {
            Ok(opened) => opened,
            Err(failure) => return Some(not_reached(address.to_string(), &failure)),
        };
        let facts = facts(&client, &address);
        self.change(|now| {
            now.client = Some(client.clone());
            now.server = Some((address.clone(), trust));
        });
        let server = remembered.servers.get(&address.to_string());
        let login = server.and_then(|server| server.login.clone());
        let username = login.as_ref().map(|login| login.username.clone());
        let Some(token) = login.as_ref().and_then(Login::token) else {
            return Some(Entered::AskLogIn {
                facts,
                username,
                reason: None,
            });
        };
        let events = client.events();
        match client.resume(token).await {
            Ok(profile) => {
                self.change(|now| now.username.clone_from(&profile.username));
                let member = Entered::Member { facts, profile };
                self.follow(&client, events, member, messages).await
            }
            Err(error) => {
                let is_of_login = error.is_of_login();
                let reason = Failure::from(error).on_screen();
                if is_of_login {
                    // What cannot be forgotten is void all the same.
                    let _ = self.context.state.remember_login(&address, None);
                }
                Some(Entered::AskLogIn {
                    facts,
                    username,
                    reason: Some(reason),
                })
            }
        }
    }

    async fn register(&self, request: Register, messages: &Messages<Message>) -> Option<Entered> {
        let client = match self.renewed().await {
            Ok(client) => client,
            Err(failure) => return Some(Entered::Refused(super::refused(&failure))),
        };
        match client.call(&request).await {
            Ok(registered) => {
                let username = registered.username;
                let entered = self.log_in(&username, request.password, messages).await;
                match entered {
                    Some(Entered::Refused(refused)) => Some(Entered::Registered {
                        username,
                        reason: format!("You are registered. {}", refused.reason),
                    }),
                    other => other,
                }
            }
            Err(error) => Some(Entered::Refused(refused_by(error, "the account"))),
        }
    }

    async fn log_in(
        &self,
        username: &str,
        password: Password,
        messages: &Messages<Message>,
    ) -> Option<Entered> {
        let client = match self.renewed().await {
            Ok(client) => client,
            Err(failure) => return Some(Entered::Refused(super::refused(&failure))),
        };
        let events = client.events();
        let login = match client.login(username, password).await {
            Ok(login) => login,
            Err(error) => return Some(Entered::Refused(refused_by(error, "the login"))),
        };
        let profile = login.profile;
        let Some((address, _)) = self.now().server else {
            return Some(Entered::AskServer);
        };
        let remembered = Login::new(&profile.username, &login.token);
        if let Err(failure) = self
            .context
            .state
            .remember_login(&address, Some(remembered))
        {
            return Some(Entered::Refused(super::refused(&failure)));
        }
        self.change(|now| now.username.clone_from(&profile.username));
        let facts = facts(&client, &address);
        let member = Entered::Member { facts, profile };
        self.follow(&client, events, member, messages).await
    }

    /// The client, made anew where the one before has ended for good.
    async fn renewed(&self) -> Result<Client, Failure> {
        let client = self.client()?;
        match client.call(&auboutique_protocol::accounts::Ping {}).await {
            Ok(_) => Ok(client),
            Err(Error::Closed) => {
                let absent = || Failure::server_lost("the server is not connected");
                let (address, trust) = self.now().server.ok_or_else(absent)?;
                let client = self.context.open(&address, &trust).await?;
                self.change(|now| now.client = Some(client.clone()));
                Ok(client)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Tells what happens until nothing more will.
    async fn follow(
        &self,
        client: &Client,
        mut events: Events,
        member: Entered,
        messages: &Messages<Message>,
    ) -> Option<Entered> {
        if let Err(error) = client.watch(TOPICS).await {
            return Some(Entered::Refused(refused_by(error, "the login")));
        }
        messages.send(Message::Entered(member)).await;
        while let Some(notice) = events.next().await {
            let is_farewell = matches!(notice, Notice::Event(Event::Disconnected(_)));
            messages.send(Message::Told(notice)).await;
            if is_farewell && let Some((address, _)) = self.now().server {
                // The session has ended: its token is void.
                let _ = self.context.state.remember_login(&address, None);
            }
        }
        messages.send(Message::Over).await;
        None
    }

    /// Ends the session, and goes back to where one logs in.
    pub(super) async fn log_out(&self, messages: &Messages<Message>) {
        let now = self.now();
        if let (Some(client), Some((address, trust))) = (now.client, now.server) {
            // A session that has ended already is what is wanted.
            let _ = client.logout().await;
            let _ = self.context.state.remember_login(&address, None);
            client.close().await;
            let entered = match self.context.open(&address, &trust).await {
                Ok(client) => {
                    let facts = facts(&client, &address);
                    self.change(|now| now.client = Some(client));
                    Entered::AskLogIn {
                        facts,
                        username: Some(now.username),
                        reason: None,
                    }
                }
                Err(failure) => not_reached(address.to_string(), &failure),
            };
            messages.send(Message::Entered(entered)).await;
        }
    }
}

fn not_reached(server: String, failure: &Failure) -> Entered {
    Entered::NotReached {
        server,
        reason: failure.on_screen(),
    }
}

fn facts(client: &Client, address: &ServerAddress) -> Facts {
    let hello = client.server();
    let least = hello.limits.password_characters_min;
    Facts {
        server: address.to_string(),
        time: hello.time,
        currency: hello.market.currency,
        categories: hello.market.categories.clone(),
        password_characters_min: usize::try_from(least).unwrap_or(usize::MAX),
    }
}
