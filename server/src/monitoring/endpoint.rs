//! Answers `/livez`, `/readyz` and `/metrics`.
//!
//! There is no login, so nobody but this machine is listened to; whoever wants more puts a proxy before it
//! that asks who comes. Each connection brings one request and has little time for it.

use std::convert::Infallible;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use prometheus_client::encoding::text;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::readings;
use crate::context::Context;

/// Connections at once; more wait.
const CONNECTIONS_MAX: usize = 16;
/// A connection is over after this time.
const CONNECTION_WITHIN: Duration = Duration::from_secs(10);
/// Bytes of a request's head; the smallest buffer that the library allows.
const HEAD_BYTES_MAX: usize = 8 * 1024;
/// Wait after `accept` failed, for example for want of descriptors.
const ACCEPT_BACK_OFF: Duration = Duration::from_millis(50);
const PLAIN: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
/// <https://prometheus.io/docs/specs/om/open_metrics_spec/>
const OPEN_METRICS: HeaderValue =
    HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");

/// What the answers come from.
#[derive(Clone)]
pub(crate) struct Watched {
    /// Set once the server is ready.
    context: Arc<OnceLock<Arc<Context>>>,
    shutdown: CancellationToken,
}

impl Watched {
    /// A server that starts, until [`Watched::ready`].
    pub(crate) fn starting(shutdown: CancellationToken) -> Self {
        Self {
            context: Arc::default(),
            shutdown,
        }
    }

    /// Requests are answered from now on.
    pub(crate) fn ready(&self, context: &Arc<Context>) {
        // It is said once.
        let _ = self.context.set(Arc::clone(context));
    }

    /// Why the server is not ready, if it is not.
    fn unready(&self) -> Option<&'static str> {
        let Some(context) = self.context.get() else {
            return Some("starting");
        };
        if self.shutdown.is_cancelled() {
            return Some("stopping");
        }
        let is_open = context.store.size().writer_is_open;
        (!is_open).then_some("the database is being opened again")
    }

    fn metrics(&self) -> Option<String> {
        let context = self.context.get()?;
        let mut told = String::with_capacity(64 * 1024);
        let registries = [
            context.meters.registry(),
            &readings::of_server(context),
            &readings::of_process(),
        ];
        for registry in registries {
            // Writing to a string does not fail.
            text::encode_registry(&mut told, registry).ok()?;
        }
        text::encode_eof(&mut told).ok()?;
        Some(told)
    }

    fn answer(&self, method: &Method, path: &str) -> Response<Full<Bytes>> {
        if method != Method::GET && method != Method::HEAD {
            let mut response = plain(StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD\n");
            let allowed = HeaderValue::from_static("GET, HEAD");
            response.headers_mut().insert(ALLOW, allowed);
            return response;
        }
        match path {
            "/livez" => plain(StatusCode::OK, "alive\n"),
            "/readyz" => match self.unready() {
                None => plain(StatusCode::OK, "ready\n"),
                Some(why) => plain(StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")),
            },
            "/metrics" => match self.metrics() {
                Some(told) => respond(StatusCode::OK, OPEN_METRICS, told),
                None => plain(StatusCode::SERVICE_UNAVAILABLE, "starting\n"),
            },
            _ => plain(StatusCode::NOT_FOUND, "/livez, /readyz or /metrics\n"),
        }
    }
}

/// Answers until `stop`, which is later than the end of the server's own connections: until then it says
/// that the server stops.
pub(crate) async fn serve(listener: TcpListener, watched: Watched, stop: CancellationToken) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let accept = async {
        loop {
            // The semaphore is never closed.
            let Ok(place) = Arc::clone(&places).acquire_owned().await else {
                return;
            };
            let Ok((stream, _)) = listener.accept().await else {
                sleep(ACCEPT_BACK_OFF).await;
                continue;
            };
            let watched = watched.clone();
            tokio::spawn(async move {
                let _held = place;
                // Who is too slow, or speaks no HTTP, is somebody on this machine.
                let _ = timeout(CONNECTION_WITHIN, converse(stream, watched)).await;
            });
        }
    };
    let _: Option<()> = stop.run_until_cancelled(accept).await;
}

async fn converse(stream: TcpStream, watched: Watched) -> hyper::Result<()> {
    let service = service_fn(move |request: Request<Incoming>| {
        let response = watched.answer(request.method(), request.uri().path());
        async { Ok::<_, Infallible>(response) }
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .keep_alive(false)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), service)
        .await
}

fn plain(status: StatusCode, text: impl Into<Bytes>) -> Response<Full<Bytes>> {
    respond(status, PLAIN, text)
}

fn respond(status: StatusCode, kind: HeaderValue, body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_starts_lives_and_is_not_ready() {
        let watched = Watched::starting(CancellationToken::new());
        let status = |path| watched.answer(&Method::GET, path).status();
        assert_eq!(status("/livez"), StatusCode::OK);
        assert_eq!(status("/readyz"), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(status("/metrics"), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(status("/"), StatusCode::NOT_FOUND);
        assert_eq!(status("/livez/"), StatusCode::NOT_FOUND);
    }

    #[test]
    fn nothing_can_be_changed() {
        let watched = Watched::starting(CancellationToken::new());
        for method in [Method::POST, Method::PUT, Method::DELETE, Method::CONNECT] {
            let response = watched.answer(&method, "/livez");
            assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
            assert_eq!(response.headers()[ALLOW], "GET, HEAD");
        }
    }
}
