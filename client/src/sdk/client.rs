//! The client: typed requests over a connection that is remade when it breaks.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use auboutique_protocol::accounts::{
    LoggedIn, LoggedOut, Login, Logout, Password, Profile, Resume,
};
use auboutique_protocol::call::{Call, Repeat};
use auboutique_protocol::codec;
use auboutique_protocol::error::Retry;
use auboutique_protocol::event::{Topic, Watch};
use auboutique_protocol::hello::ServerHello;
use auboutique_protocol::ids::Token;
use tokio::sync::{broadcast, watch};

use crate::sdk::connect::{establish, protocol};
use crate::sdk::error::Error;
use crate::sdk::events::{EVENTS_MAX, Events, Notice};
use crate::sdk::link::{Answer, Link, Written, refused};
use crate::sdk::options::ConnectOptions;
use crate::sdk::reconnect::{Attempts, Failure};

/// A connection to a server that mends itself. Cheap to clone; clones share the connection.
///
/// Up to 16 requests travel at once; more wait their turn. Dropping a call's future gives its
/// answer up but does not take the request back.
#[derive(Clone)]
pub struct Client {
    pub(crate) shared: Arc<Shared>,
}

pub(crate) struct Shared {
    options: ConnectOptions,
    current: Mutex<Current>,
    /// Held while a connection is made, so that only one is.
    connecting: tokio::sync::Mutex<()>,
    events: broadcast::Sender<Notice>,
}

struct Current {
    link: Option<Link>,
    server: Arc<ServerHello>,
    token: Option<Token>,
    /// The token turned out to be void, and nobody has logged in since.
    login_has_ended: bool,
    /// What to watch on every connection.
    watching: Option<Watch>,
    is_closed: bool,
}

/// Who listens to events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audience {
    /// A member, for whose events a lost connection is remade.
    Member,
    /// Somebody who has not logged in, and to whom little is said.
    Anonymous,
    /// Nobody any more.
    Over,
}

impl Current {
    fn log_in(&mut self, token: Token) {
        self.token = Some(token);
        self.login_has_ended = false;
    }
}

impl Client {
    /// Connects. An unreachable server is reported at once; one that says `busy` is waited for as
    /// the options' policy allows.
    ///
    /// # Errors
    /// The server cannot be found, reached or trusted, or refuses the connection.
    pub async fn connect(options: ConnectOptions) -> Result<Self, Error> {
        let (events, _) = broadcast::channel(EVENTS_MAX);
        let mut attempts = Attempts::new(options.retry, Repeat::Safe);
        let (link, server) = loop {
            match open(&options, &events).await {
                Ok(opened) => break opened,
                Err(error) if error.retry() == Retry::After => {
                    attempts.pause_after(Failure::NotSent(error)).await?;
                }
                Err(error) => return Err(error),
            }
        };
        let current = Mutex::new(Current {
            link: Some(link),
            server,
            token: None,
            login_has_ended: false,
            watching: None,
            is_closed: false,
        });
        Ok(Self {
            shared: Arc::new(Shared {
                options,
                current,
                connecting: tokio::sync::Mutex::new(()),
                events,
            }),
        })
    }

    /// What the server said in its latest hello: its limits and what it trades in.
    #[must_use]
    pub fn server(&self) -> Arc<ServerHello> {
        Arc::clone(&self.current().server)
    }

    /// Sends a request and returns the reply.
    ///
    /// # Errors
    /// Any [`Error`]; a request that may not be repeated fails with [`Error::OutcomeUnknown`] when
    /// its answer got lost.
    pub async fn call<C: Call>(&self, request: &C) -> Result<C::Reply, Error> {
        let reply = self.call_raw(request).await?;
        self.decode::<C>(&reply)
    }

    /// As [`Client::call`], and reports how many bytes of how many were sent; again from the
    /// beginning when the request has to be repeated.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn call_with_progress<C: Call>(
        &self,
        request: &C,
        progress: impl FnMut(u64, u64),
    ) -> Result<C::Reply, Error> {
        let body = codec::encode(request).into();
        let reply = self.exchange(C::NAME, body, C::REPEAT, Some(progress));
        self.decode::<C>(&reply.await?)
    }

    /// As [`Client::call`], and returns the encoded reply as it came.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn call_raw<C: Call>(&self, request: &C) -> Result<Vec<u8>, Error> {
        let body = codec::encode(request).into();
        let silent = None::<fn(u64, u64)>;
        self.exchange(C::NAME, body, C::REPEAT, silent).await
    }

    /// Logs in, and keeps the token for reconnects.
    ///
    /// # Errors
    /// As [`Client::call`]; `auth_failed` for an unknown user and a wrong password alike.
    pub async fn login(&self, username: &str, password: Password) -> Result<LoggedIn, Error> {
        let username = username.to_owned();
        let reply = self.call(&Login { password, username }).await?;
        self.current().log_in(reply.token.clone());
        Ok(reply)
    }

    /// Logs in with the token of an earlier login, and keeps it for reconnects.
    ///
    /// # Errors
    /// As [`Client::call`]; [`Error::is_of_login`] when the token is void.
    pub async fn resume(&self, token: Token) -> Result<Profile, Error> {
        let profile = self
            .call(&Resume {
                token: token.clone(),
            })
            .await?;
        self.current().log_in(token);
        Ok(profile)
    }

    /// Ends the session; its token is void from here on.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn logout(&self) -> Result<LoggedOut, Error> {
        let reply = self.call(&Logout {}).await?;
        let mut current = self.current();
        current.token = None;
        current.watching = None;
        Ok(reply)
    }

    /// Listens to what the server pushes from now on. Ask for it before logging in, and nothing of
    /// what follows the login is missed.
    #[must_use]
    pub fn events(&self) -> Events {
        Events::new(self.shared.events.subscribe(), Arc::downgrade(&self.shared))
    }

    /// Asks for the events of some topics from now on, on this connection and those that follow it.
    /// To miss nothing, read what is to be shown after this, not before.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn watch(&self, topics: &[Topic]) -> Result<(), Error> {
        let watch = Watch {
            topics: topics.to_vec(),
        };
        self.call(&watch).await?;
        self.current().watching = (!topics.is_empty()).then_some(watch);
        Ok(())
    }

    /// Ends the connection in order, after what is in flight was answered. Later calls fail with
    /// [`Error::Closed`].
    pub async fn close(&self) {
        let link = {
            let mut current = self.current();
            current.is_closed = true;
            current.link.take()
        };
        if let Some(link) = link {
            link.close().await;
        }
    }

    async fn exchange(
        &self,
        name: &'static str,
        body: Arc<[u8]>,
        repeat: Repeat,
        mut progress: Option<impl FnMut(u64, u64)>,
    ) -> Result<Vec<u8>, Error> {
        let mut attempts = Attempts::new(self.shared.options.retry, repeat);
        loop {
            match self
                .attempt(name, Arc::clone(&body), progress.as_mut())
                .await
            {
                Ok(reply) => return Ok(reply),
                Err(failure) => attempts.pause_after(failure).await?,
            }
        }
    }

    async fn attempt(
        &self,
        name: &'static str,
        body: Arc<[u8]>,
        progress: Option<&mut impl FnMut(u64, u64)>,
    ) -> Answer {
        let link = self.link().await.map_err(Failure::NotSent)?;
        tracing::trace!(request = name, "sending");
        let answer = match progress {
            None => link.exchange(name, body, None).await,
            Some(progress) => exchange_reporting(&link, name, body, progress).await,
        };
        if let Err(failure) = &answer {
            self.heed(failure, &link);
        }
        answer
    }

    fn decode<C: Call>(&self, reply: &[u8]) -> Result<C::Reply, Error> {
        codec::decode(reply).map_err(|error| {
            // Whoever sends such a reply cannot be relied on for the next one.
            self.current().link = None;
            protocol(error)
        })
    }

    /// Gives up a connection that the server wants to be given up.
    fn heed(&self, failure: &Failure, link: &Link) {
        let Some(refusal) = refused(failure) else {
            return;
        };
        let mut current = self.current();
        let is_current = current.link.as_ref().is_some_and(|kept| kept.is_same(link));
        if refusal.retry() == Retry::NewConnection && is_current {
            current.link = None;
        }
    }

    /// The connection, remade if need be.
    pub(crate) async fn link(&self) -> Result<Link, Error> {
        if let Some(link) = self.usable_link()? {
            return Ok(link);
        }
        let _only_one = self.shared.connecting.lock().await;
        if let Some(link) = self.usable_link()? {
            return Ok(link);
        }
        let (link, server) = open(&self.shared.options, &self.shared.events).await?;
        let token = self.current().token.clone();
        if let Some(token) = token {
            self.log_in_again(&link, token).await?;
        }
        self.watch_again(&link).await?;
        // What was pushed between the connections is lost. Nobody may be listening.
        let _ = self.shared.events.send(Notice::Missed);
        let mut current = self.current();
        if current.is_closed {
            return Err(Error::Closed);
        }
        current.server = server;
        current.link = Some(link.clone());
        Ok(link)
    }

    fn usable_link(&self) -> Result<Option<Link>, Error> {
        let current = self.current();
        if current.is_closed {
            return Err(Error::Closed);
        }
        Ok(current.link.clone().filter(|link| !link.is_ended()))
    }

    /// Resumes the session on a new connection. A void token is forgotten: the server will then
    /// answer each request for what it is, and some need no login.
    async fn log_in_again(&self, link: &Link, token: Token) -> Result<(), Error> {
        let body = codec::encode(&Resume { token }).into();
        match link.exchange(Resume::NAME, body, None).await {
            Ok(_) => Ok(()),
            Err(Failure::Refused(refusal)) if refusal.is_of_login() => {
                let mut current = self.current();
                current.token = None;
                current.watching = None;
                current.login_has_ended = true;
                Ok(())
            }
            Err(failure) => Err(failure.into_error()),
        }
    }

    /// Asks for the same events as on the connection before.
    async fn watch_again(&self, link: &Link) -> Result<(), Error> {
        let Some(watch) = self.current().watching.clone() else {
            return Ok(());
        };
        let body = codec::encode(&watch).into();
        let answer = link.exchange(Watch::NAME, body, None).await;
        answer.map(drop).map_err(Failure::into_error)
    }

    /// Turns true when the connection of the moment has ended; `None` when there is none.
    pub(crate) fn connection_ended(&self) -> Option<watch::Receiver<bool>> {
        self.current().link.as_ref().map(Link::ended)
    }

    /// What there is to listen to.
    pub(crate) fn audience(&self) -> Audience {
        let current = self.current();
        if current.is_closed || current.login_has_ended {
            Audience::Over
        } else if current.token.is_some() {
            Audience::Member
        } else {
            Audience::Anonymous
        }
    }

    fn current(&self) -> MutexGuard<'_, Current> {
        // Nothing panics while it is held, and every state in it is a good one.
        let current = self.shared.current.lock();
        current.unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Client")
            .field("options", &self.shared.options)
            .finish_non_exhaustive()
    }
}

/// Sends one request and reports what was written of it meanwhile.
async fn exchange_reporting(
    link: &Link,
    name: &'static str,
    body: Arc<[u8]>,
    progress: &mut impl FnMut(u64, u64),
) -> Answer {
    let (sender, mut written) = watch::channel::<Written>((0, 0));
    let exchange = link.exchange(name, body, Some(sender));
    tokio::pin!(exchange);
    loop {
        tokio::select! {
            // Whoever waits should see the last report even if the answer is there already.
            biased;
            Ok(()) = written.changed() => {
                let (done, total) = *written.borrow_and_update();
                progress(done, total);
            }
            answer = &mut exchange => return answer,
        }
    }
}

async fn open(
    options: &ConnectOptions,
    events: &broadcast::Sender<Notice>,
) -> Result<(Link, Arc<ServerHello>), Error> {
    let (stream, hello) = establish(options).await?;
    let link = Link::start(stream, &hello, options.answer_timeout, events.clone());
    Ok((link, Arc::new(hello)))
}
