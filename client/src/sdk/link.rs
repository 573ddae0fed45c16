//! One connection, seen from those who send requests over it.
//!
//! A [`Link`] is the way to the task that owns the connection (see [`task`]). When the connection
//! ends, every request learns whether it can have been acted on.

mod task;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use auboutique_protocol::envelope;
use auboutique_protocol::hello::ServerHello;
use auboutique_protocol::limits::{FRAME_BYTES_MAX, IN_FLIGHT_REQUESTS_MAX};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{broadcast, mpsc, oneshot, watch};

use self::task::Task;
use crate::sdk::error::{Error, Refusal};
use crate::sdk::events::{Notice, Pushed};
use crate::sdk::reconnect::Failure;

/// Requests that wait to be taken by the task, beyond those in flight.
const QUEUE_REQUESTS_MAX: usize = IN_FLIGHT_REQUESTS_MAX;

/// How far a request has been written: bytes so far, bytes in all.
pub(crate) type Written = (u64, u64);

/// What an attempt ends with: the encoded reply, or why there is none.
pub(crate) type Answer = Result<Vec<u8>, Failure>;

/// A request on its way to the task.
struct Request {
    name: &'static str,
    body: Arc<[u8]>,
    written: Option<watch::Sender<Written>>,
    answer: oneshot::Sender<Answer>,
}

/// The way to the task. The connection closes when the last clone is gone.
#[derive(Debug, Clone)]
pub(crate) struct Link {
    requests: mpsc::Sender<Request>,
    shared: Arc<Shared>,
    ended: watch::Receiver<bool>,
}

/// What outlives the task.
#[derive(Debug)]
struct Shared {
    frame_bytes_max: usize,
    /// Why the connection ended; set before any waiter hears of it.
    cause: OnceLock<Error>,
}

impl Link {
    /// Starts the task on a connection that has exchanged hellos.
    pub(crate) fn start<S: AsyncRead + AsyncWrite + Send + 'static, E: Pushed>(
        stream: S,
        hello: &ServerHello,
        answer_timeout: Duration,
        events: broadcast::Sender<Notice<E>>,
    ) -> Self {
        let (requests, queue) = mpsc::channel(QUEUE_REQUESTS_MAX);
        let (ending, ended) = watch::channel(false);
        let announced = usize::try_from(hello.limits.frame_bytes_max).unwrap_or(usize::MAX);
        let shared = Arc::new(Shared {
            frame_bytes_max: announced.min(FRAME_BYTES_MAX),
            cause: OnceLock::new(),
        });
        let task = Task::new(
            stream,
            hello,
            answer_timeout,
            events,
            queue,
            Arc::clone(&shared),
        );
        tokio::spawn(async move {
            task.run().await;
            // Nobody may be left to hear it.
            let _ = ending.send(true);
        });
        Self {
            requests,
            shared,
            ended,
        }
    }

    /// Whether the connection takes no more requests.
    pub(crate) fn is_ended(&self) -> bool {
        self.requests.is_closed()
    }

    /// Turns true when the connection has ended.
    pub(crate) fn ended(&self) -> watch::Receiver<bool> {
        self.ended.clone()
    }

    /// Whether both lead to the same connection.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }

    /// Sends one request and waits for its answer.
    ///
    /// # Cancel safety
    /// Dropping it gives the answer up, nothing else.
    pub(crate) async fn exchange(
        &self,
        name: &'static str,
        body: Arc<[u8]>,
        written: Option<watch::Sender<Written>>,
    ) -> Answer {
        // The longest id takes nine bytes; the rest of the envelope is counted in full.
        let bytes = envelope::call_encoded(u64::MAX, name, &[]).len() + body.len();
        let max = self.shared.frame_bytes_max;
        if bytes > max {
            return Err(Failure::NotSent(Error::TooLarge { bytes, max }));
        }
        let (answer, waiter) = oneshot::channel();
        let request = Request {
            name,
            body,
            written,
            answer,
        };
        if self.requests.send(request).await.is_err() {
            return Err(Failure::NotSent(self.shared.cause()));
        }
        match waiter.await {
            Ok(answer) => answer,
            // The task was torn down together with the runtime.
            Err(_) => Err(Failure::Lost(self.shared.cause())),
        }
    }

    /// Lets go of the connection and waits until it is closed, which is when all clones are gone
    /// and what is in flight was answered.
    pub(crate) async fn close(self) {
        let Self {
            requests,
            mut ended,
            ..
        } = self;
        drop(requests);
        // An error means that the task is gone, which is what is waited for.
        let _ = ended.wait_for(|ended| *ended).await;
    }
}

impl Shared {
    fn cause(&self) -> Error {
        self.cause.get().cloned().unwrap_or(Error::Closed)
    }
}

/// The refusal inside a failed attempt, if the server answered with one.
pub(crate) fn refused(failure: &Failure) -> Option<&Refusal> {
    match failure {
        Failure::Refused(refusal) | Failure::NotSent(Error::Refused(refusal)) => Some(refusal),
        Failure::NotSent(_) | Failure::Lost(_) => None,
    }
}
