//! The client of administrators: typed requests over a connection that is remade when it breaks.
//!
//! It is made from the parts of the members' [`Client`](crate::Client), and simpler: the certificate
//! says who speaks, so there is no login to renew.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use auboutique_protocol::admin::{AdminEvent, Topic, Watch};
use auboutique_protocol::call::{AdminRequest, Repeat};
use auboutique_protocol::codec;
use auboutique_protocol::error::Retry;
use auboutique_protocol::hello::ServerHello;
use tokio::sync::broadcast::{self, error::RecvError};

use crate::sdk::connect::{establish, protocol};
use crate::sdk::error::Error;
use crate::sdk::events::{EVENTS_MAX, Notice};
use crate::sdk::link::{Link, refused};
use crate::sdk::options::{AdminOptions, ConnectOptions};
use crate::sdk::reconnect::{Attempts, Failure, backoff, random};

/// An administrator's connection to a server, which mends itself. Cheap to clone; clones share the
/// connection.
#[derive(Clone)]
pub struct AdminClient {
    shared: Arc<Shared>,
}

struct Shared {
    options: ConnectOptions,
    current: Mutex<Current>,
    /// Held while a connection is made, so that only one is.
    connecting: tokio::sync::Mutex<()>,
    events: broadcast::Sender<Notice<AdminEvent>>,
}

struct Current {
    link: Option<Link>,
    server: Arc<ServerHello>,
    /// What to watch on every connection.
    watching: Option<Watch>,
    is_closed: bool,
}

impl AdminClient {
    /// Connects.
    ///
    /// # Errors
    /// The server cannot be found, reached or trusted, or does not take the certificate:
    /// [`Error::Trust`] with `ClientCertificate` when it is not one of the server's authority, valid
    /// now; a refusal with `forbidden` when it is not on the list.
    pub async fn connect(options: AdminOptions) -> Result<Self, Error> {
        let AdminOptions(options) = options;
        let (events, _) = broadcast::channel(EVENTS_MAX);
        let (link, server) = open(&options, &events).await?;
        let current = Mutex::new(Current {
            link: Some(link),
            server,
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
    /// Any [`Error`]; an action whose answer got lost fails with [`Error::OutcomeUnknown`]: the audit
    /// tells whether it was done.
    pub async fn call<C: AdminRequest>(&self, request: &C) -> Result<C::Reply, Error> {
        let body: Arc<[u8]> = codec::encode(request).into();
        let mut attempts = Attempts::new(self.shared.options.retry, C::REPEAT);
        let reply = loop {
            match self.attempt(C::NAME, Arc::clone(&body)).await {
                Ok(reply) => break reply,
                Err(failure) => attempts.pause_after(failure).await?,
            }
        };
        codec::decode(&reply).map_err(|error| {
            // Whoever sends such a reply cannot be relied on for the next one.
            self.current().link = None;
            protocol(error)
        })
    }

    /// Listens to what the server pushes from now on.
    #[must_use]
    pub fn events(&self) -> AdminEvents {
        AdminEvents {
            receiver: self.shared.events.subscribe(),
            client: Arc::downgrade(&self.shared),
            failed: 0,
            pause: Duration::ZERO,
            is_over: false,
        }
    }

    /// Asks for the events of some topics from now on, on this connection and those that follow it.
    /// To miss nothing, read what is to be shown after this, not before.
    ///
    /// # Errors
    /// As [`AdminClient::call`].
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

    async fn attempt(&self, name: &'static str, body: Arc<[u8]>) -> Result<Vec<u8>, Failure> {
        let link = self.link().await.map_err(Failure::NotSent)?;
        let answer = link.exchange(name, body, None).await;
        if let Err(failure) = &answer
            && let Some(refusal) = refused(failure)
            && refusal.retry() == Retry::NewConnection
        {
            self.give_up(&link);
        }
        answer
    }

    /// Gives up a connection that the server wants to be given up.
    fn give_up(&self, link: &Link) {
        let mut current = self.current();
        if current.link.as_ref().is_some_and(|kept| kept.is_same(link)) {
            current.link = None;
        }
    }

    /// The connection, remade if need be.
    async fn link(&self) -> Result<Link, Error> {
        if let Some(link) = self.usable_link()? {
            return Ok(link);
        }
        let _only_one = self.shared.connecting.lock().await;
        if let Some(link) = self.usable_link()? {
            return Ok(link);
        }
        let (link, server) = open(&self.shared.options, &self.shared.events).await?;
        let watching = self.current().watching.clone();
        if let Some(watch) = watching {
            let body = codec::encode(&watch).into();
            let answer = link.exchange(Watch::NAME, body, None).await;
            answer.map_err(Failure::into_error)?;
        }
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

    fn current(&self) -> MutexGuard<'_, Current> {
        // Nothing panics while it is held, and every state in it is a good one.
        let current = self.shared.current.lock();
        current.unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for AdminClient {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("AdminClient")
            .field("options", &self.shared.options)
            .finish_non_exhaustive()
    }
}

/// The events of an administrator's client from the moment at which they were asked for, across
/// reconnects: as long as somebody waits for the next one, a lost connection is remade.
#[derive(Debug)]
pub struct AdminEvents {
    receiver: broadcast::Receiver<Notice<AdminEvent>>,
    client: Weak<Shared>,
    /// Attempts to connect again that failed since the last success.
    failed: u32,
    /// The pause before the next attempt.
    pause: Duration,
    is_over: bool,
}

impl AdminEvents {
    /// Waits for the next; `None` once the client is gone or closed, or the server cannot be used any
    /// more, for example because the certificate was revoked.
    ///
    /// # Cancel safety
    /// Safe: no event is lost.
    pub async fn next(&mut self) -> Option<Notice<AdminEvent>> {
        loop {
            let ended = self.connection_ended();
            let received = tokio::select! {
                biased;
                received = self.receiver.recv() => received,
                () = ended => match self.connect_again().await {
                    Ok(()) => continue,
                    Err(last) => return last,
                },
            };
            return match received {
                Ok(notice) => Some(notice),
                Err(RecvError::Lagged(_)) => Some(Notice::Missed),
                Err(RecvError::Closed) => None,
            };
        }
    }

    /// Waits for the end of the connection, without keeping it or the client.
    fn connection_ended(&self) -> impl Future<Output = ()> + use<> {
        let client = self.client.upgrade().map(|shared| AdminClient { shared });
        let ended = client.and_then(|client| client.current().link.as_ref().map(Link::ended));
        async move {
            if let Some(mut ended) = ended {
                // An error means that the task is gone, which is what is waited for.
                let _ = ended.wait_for(|ended| *ended).await;
            }
        }
    }

    /// Makes the connection again, or says what to tell the listener instead.
    async fn connect_again(&mut self) -> Result<(), Option<Notice<AdminEvent>>> {
        if self.is_over {
            return Err(None);
        }
        if self.failed > 0 {
            tokio::time::sleep(self.pause).await;
        }
        let shared = self.client.upgrade().ok_or(None)?;
        let client = AdminClient { shared };
        match client.link().await {
            Ok(_) => {
                self.failed = 0;
                Ok(())
            }
            Err(Error::Closed) => Err(None),
            Err(error) => {
                self.is_over = error.retry() == Retry::Never;
                self.pause = backoff(self.failed, random());
                self.failed += 1;
                let (reason, pause) = (error.to_string(), self.pause);
                Err(Some(Notice::Lost { reason, pause }))
            }
        }
    }
}

async fn open(
    options: &ConnectOptions,
    events: &broadcast::Sender<Notice<AdminEvent>>,
) -> Result<(Link, Arc<ServerHello>), Error> {
    let mut attempts = Attempts::new(options.retry, Repeat::Safe);
    loop {
        match establish(options).await {
            Ok((stream, hello)) => {
                let link = Link::start(stream, &hello, options.answer_timeout, events.clone());
                return Ok((link, Arc::new(hello)));
            }
            // An unreachable server is reported at once, a busy one waited for.
            Err(error) if error.retry() == Retry::After => {
                attempts.pause_after(Failure::NotSent(error)).await?;
            }
            Err(error) => return Err(error),
        }
    }
}
