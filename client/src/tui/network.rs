//! What the member's screen wants done, done: each effect is a task of its own and sends back what came of
//! it. The way into the market is in `entering`, buying in `buying`.

mod buying;
mod entering;
mod files;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use auboutique_certs::{ServerAddress, Trust};
use auboutique_protocol::bytes::ByteString;
use auboutique_protocol::call::Call;
use auboutique_protocol::catalog::{Picture, PictureSize, ProductDetail, Sell};
use auboutique_protocol::chat::SendMessage;
use auboutique_protocol::error::{ErrorCode, Retry};
use auboutique_protocol::limits::PICTURE_BYTES_MAX;

use crate::cli::failure::Failure;
use crate::cli::picture;
use crate::cli::session::Context;
use crate::tui::message::{Effect, Found, Message, Read, Refused, Unsent};
use crate::tui::pictures::cache::Cache;
use crate::tui::pictures::view::{Drawing, Way, prepare};
use crate::tui::pictures::{PictureKey, Source};
use crate::ui::runtime::Messages;
use crate::{Client, Error};

/// The way to the server.
#[derive(Debug)]
pub(crate) struct Network {
    context: Context,
    way: Way,
    cache: Cache,
    now: Mutex<Now>,
}

/// With whom one is connected, and as whom.
#[derive(Debug, Clone, Default)]
struct Now {
    client: Option<Client>,
    server: Option<(ServerAddress, Trust)>,
    username: String,
}

impl Network {
    /// Not connected yet.
    pub(crate) fn new(context: Context, way: Way) -> Arc<Self> {
        Arc::new(Self {
            context,
            way,
            cache: Cache::of_user(),
            now: Mutex::default(),
        })
    }

    fn now(&self) -> Now {
        self.now
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn change(&self, change: impl FnOnce(&mut Now)) {
        change(&mut self.now.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn client(&self) -> Result<Client, Failure> {
        let absent = || Failure::server_lost("the server is not connected");
        self.now().client.ok_or_else(absent)
    }

    /// Does what is wanted.
    pub(crate) async fn perform(self: Arc<Self>, effect: Effect, messages: Messages<Message>) {
        let message = match effect {
            Effect::Enter(door) => return self.enter(door, &messages).await,
            Effect::LogOut => return self.log_out(&messages).await,
            Effect::Buy { product, price } => return self.buy(product, price, &messages).await,
            Effect::Read { ticket, read } => {
                let outcome = self.read(read).await.map_err(|failure| failure.on_screen());
                Message::Found { ticket, outcome }
            }
            Effect::Draw(key) => {
                let outcome = self.draw(&key).await;
                Message::Drawn { key, outcome }
            }
            Effect::Send(request) => {
                let outcome = self.send(&request).await;
                Message::Sent { request, outcome }
            }
            Effect::MarkRead(request) => {
                // What was not marked is marked with what comes next.
                if let Ok(client) = self.client() {
                    let _ = client.call(&request).await;
                }
                return;
            }
            Effect::Sell { request, picture } => {
                Message::Listed(self.sell(*request, picture, &messages).await)
            }
            Effect::Edit(request) => {
                let outcome = self.call(&request, "the change").await;
                let said =
                    |product: ProductDetail| format!("Saved: {}, {}.", product.name, product.price);
                Message::Changed(outcome.map(said))
            }
            Effect::Withdraw(request) => {
                let outcome = self.call(&request, "the withdrawal").await;
                let said = format!("Off the market: product {}.", request.id);
                Message::Changed(outcome.map(|_| said))
            }
            Effect::Folder(path) => {
                let looked_into = path.clone();
                let read = tokio::task::spawn_blocking(move || files::folder(&looked_into)).await;
                let outcome = match read {
                    Ok(entries) => entries.map_err(|error| error.to_string()),
                    Err(error) => Err(error.to_string()),
                };
                Message::Folder { path, outcome }
            }
        };
        messages.send(message).await;
    }

    async fn call<C: Call>(&self, request: &C, what: &str) -> Result<C::Reply, Refused> {
        let client = self.client().map_err(|failure| refused(&failure))?;
        let outcome = client.call(request).await;
        outcome.map_err(|error| refused_by(error, what))
    }

    async fn read(&self, read: Read) -> Result<Found, Failure> {
        let client = self.client()?;
        Ok(match read {
            Read::Products(request) => Found::Products(client.call(&request).await?),
            Read::Product(request) => Found::Product(Box::new(client.call(&request).await?)),
            Read::Online(request) => Found::Online(client.call(&request).await?),
            Read::Mine(request) => Found::Mine(client.call(&request).await?),
            Read::Purchases(request) => Found::Purchases(client.call(&request).await?),
            Read::Conversations(request) => Found::Conversations(client.call(&request).await?),
            Read::History(request) => Found::History(client.call(&request).await?),
        })
    }

    async fn draw(&self, key: &PictureKey) -> Result<Drawing, String> {
        let (columns, lines, way) = (key.columns, key.lines, self.way);
        let (file, id) = match &key.source {
            Source::Product {
                hash,
                product,
                is_large,
            } => {
                let [first, second, third, fourth, ..] = hash.0;
                let id = u32::from_be_bytes([first, second, third, fourth]);
                let (cache, hash, is_large) = (self.cache.clone(), *hash, *is_large);
                let kept = tokio::task::spawn_blocking(move || cache.read(hash, is_large)).await;
                let file = match kept {
                    Ok(Some(file)) => file,
                    Ok(None) | Err(_) => {
                        let request = Picture {
                            id: *product,
                            size: if is_large {
                                PictureSize::Full
                            } else {
                                PictureSize::Thumbnail
                            },
                        };
                        let client = self.client().map_err(|failure| failure.on_screen())?;
                        let picture = client.call(&request).await;
                        let picture = picture.map_err(|error| Failure::from(error).on_screen())?;
                        let file = picture.data.0;
                        let (cache, kept) = (self.cache.clone(), file.clone());
                        // A full disk only means that it is fetched again.
                        tokio::task::spawn_blocking(move || {
                            let _ = cache.write(hash, is_large, &kept);
                        });
                        file
                    }
                };
                (file, id)
            }
            Source::File(path) => {
                let path = path.clone();
                let read = tokio::task::spawn_blocking(move || picture::read(&path)).await;
                let read = read.map_err(|error| error.to_string())?;
                (read.map_err(|error| error.to_string())?, 1)
            }
        };
        let prepared = tokio::task::spawn_blocking(move || {
            // Twice as fine as half blocks need, and as fine as other ways show it.
            let (across, down) = (u32::from(columns) * 10, u32::from(lines) * 20);
            let pixels =
                picture::pixels(file, across, down).map_err(|failure| failure.on_screen())?;
            prepare(pixels, way, columns, lines, id)
        });
        prepared.await.map_err(|error| error.to_string())?
    }

    async fn send(
        &self,
        request: &SendMessage,
    ) -> Result<auboutique_protocol::chat::MessageSent, Unsent> {
        let client = self.client();
        let client = client.map_err(|failure| Unsent::Refused(failure.on_screen()))?;
        client.call(request).await.map_err(|error| {
            if matches!(error.code(), Some(ErrorCode::RecipientOffline(_))) {
                return Unsent::RecipientOffline;
            }
            let is_doubtful = error.retry() == Retry::SameKey;
            let sentence = Failure::from(error).on_screen();
            if is_doubtful {
                Unsent::Unknown(sentence)
            } else {
                Unsent::Refused(sentence)
            }
        })
    }

    async fn sell(
        &self,
        mut request: Sell,
        path: Option<PathBuf>,
        messages: &Messages<Message>,
    ) -> Result<auboutique_protocol::ids::ProductId, Refused> {
        if let Some(path) = path {
            let prepare = move || picture::prepare(&path, PICTURE_BYTES_MAX);
            let prepared = tokio::task::spawn_blocking(prepare).await;
            let prepared = prepared.unwrap_or_else(|error| Err(Failure::failed(error.to_string())));
            let file = prepared.map_err(|failure| Refused {
                field: Some("picture"),
                reason: failure.on_screen(),
            })?;
            request.picture = Some(ByteString(file));
        }
        let client = self.client().map_err(|failure| refused(&failure))?;
        let (reports, mut reported) = tokio::sync::watch::channel((0, 0));
        let selling = client.call_with_progress(&request, |done, total| {
            // Nobody needs to see each step.
            let _ = reports.send((done, total));
        });
        tokio::pin!(selling);
        loop {
            tokio::select! {
                biased;
                outcome = &mut selling => {
                    let outcome = outcome.map_err(|error| refused_by(error, "the listing"));
                    return outcome.map(|listed| listed.product);
                }
                Ok(()) = reported.changed() => {
                    let (done, total) = *reported.borrow_and_update();
                    messages.send(Message::Uploaded { done, total }).await;
                }
            }
        }
    }

    /// Ends the connection in order.
    pub(crate) async fn close(&self) {
        if let Ok(client) = self.client() {
            client.close().await;
        }
    }
}

fn refused(failure: &Failure) -> Refused {
    Refused {
        field: None,
        reason: failure.on_screen(),
    }
}

/// Why the server refused something, and the field that it names.
fn refused_by(error: Error, what: &str) -> Refused {
    const FIELDS: [&str; 8] = [
        "name",
        "email",
        "username",
        "password",
        "price",
        "category",
        "description",
        "picture",
    ];
    let field = match error.code() {
        Some(ErrorCode::InvalidField(invalid)) => {
            FIELDS.into_iter().find(|field| *field == invalid.field)
        }
        Some(ErrorCode::NameTaken(_)) => Some("username"),
        Some(ErrorCode::AuthFailed(_)) => Some("password"),
        _ => None,
    };
    let is_doubtful = error.retry() == Retry::SameKey;
    let mut reason = Failure::from(error).on_screen();
    if is_doubtful {
        reason =
            format!("no answer; {what} may have been made. The same again settles it ({reason})");
    }
    Refused { field, reason }
}
