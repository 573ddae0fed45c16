//! What the console wants done, done: each effect is a task of its own and sends back what came of it.

use std::sync::{Arc, Mutex, PoisonError};

use auboutique_client::AdminClient;
use auboutique_client::terminal::failure::Failure;
use auboutique_client::ui::runtime::Messages;
use auboutique_protocol::admin::Topic;

use crate::console::message::{Effect, Found, Message, Read};
use crate::context::Context;
use crate::list::{Listing, Page};
use crate::users::find;

/// Everything: what is shown is shown live.
const TOPICS: &[Topic] = &[
    Topic::Sessions,
    Topic::Sales,
    Topic::Products,
    Topic::Users,
    Topic::Audit,
    Topic::Statistics,
];

/// The way to the server.
#[derive(Debug)]
pub(crate) struct Network {
    context: Context,
    client: Mutex<Option<AdminClient>>,
}

impl Network {
    /// Not connected yet.
    pub(crate) fn new(context: Context) -> Arc<Self> {
        let client = Mutex::new(None);
        Arc::new(Self { context, client })
    }

    /// Does what is wanted.
    pub(crate) async fn perform(self: Arc<Self>, effect: Effect, messages: Messages<Message>) {
        let message = match effect {
            Effect::Connect => return self.connect(&messages).await,
            Effect::Read { ticket, read } => {
                let outcome = match self.client() {
                    Ok(client) => found(&client, read).await,
                    Err(failure) => Err(failure),
                };
                let outcome = outcome.map_err(|failure| told(&failure));
                Message::Found { ticket, outcome }
            }
            Effect::Weigh {
                ticket,
                deed,
                words,
            } => {
                let outcome = match self.client() {
                    Ok(client) => deed.consequence(&client, words.as_deref()).await,
                    Err(failure) => Err(failure),
                };
                let outcome = outcome.map_err(|failure| told(&failure));
                Message::Weighed { ticket, outcome }
            }
            Effect::Perform {
                ticket,
                deed,
                words,
            } => {
                let outcome = match self.client() {
                    Ok(client) => deed.perform(&client, words).await,
                    Err(failure) => Err(failure),
                };
                let outcome = outcome.map_err(|failure| told(&failure));
                Message::Done { ticket, outcome }
            }
        };
        messages.send(message).await;
    }

    fn client(&self) -> Result<AdminClient, Failure> {
        let client = self.client.lock().unwrap_or_else(PoisonError::into_inner);
        let absent = || Failure::server_lost("the server is not connected");
        client.clone().ok_or_else(absent)
    }

    /// Connects, and tells what happens until nothing more will.
    async fn connect(&self, messages: &Messages<Message>) {
        let connected = self.context.open().await;
        let client = match connected {
            Ok(client) => client,
            Err(failure) => return messages.send(Message::NotConnected(failure)).await,
        };
        let mut events = client.events();
        if let Err(error) = client.watch(TOPICS).await {
            return messages.send(Message::NotConnected(error.into())).await;
        }
        *self.client.lock().unwrap_or_else(PoisonError::into_inner) = Some(client);
        messages.send(Message::Connected).await;
        while let Some(notice) = events.next().await {
            messages.send(Message::Told(notice)).await;
        }
        messages.send(Message::Over).await;
    }

    /// Ends the connection in order.
    pub(crate) async fn close(&self) {
        if let Ok(client) = self.client() {
            client.close().await;
        }
    }
}

fn told(failure: &Failure) -> String {
    failure.sentence_with(crate::failure::hint)
}

async fn found(client: &AdminClient, read: Read) -> Result<Found, Failure> {
    Ok(match read {
        Read::Users(request) => Found::Users(page(client, request).await?),
        Read::Sessions(request) => Found::Sessions(page(client, request).await?),
        Read::Sales(request) => Found::Sales(page(client, request).await?),
        Read::Products(request) => Found::Products(page(client, request).await?),
        Read::Audit(request) => Found::Audit(page(client, request).await?),
        Read::User(name) => Found::User(Box::new(find(client, &name).await?)),
        Read::Statistics(request) => {
            let report = client.call(&request).await;
            Found::Statistics(Box::new(report?))
        }
    })
}

async fn page<R: Listing>(client: &AdminClient, request: R) -> Result<Page<R::Item>, Failure> {
    Ok(R::page(client.call(&request).await?))
}
