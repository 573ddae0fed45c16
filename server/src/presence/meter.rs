//! What a connection has done: counted by its own task, read by administrators.
//!
//! Each number has one writer, so a plain store is enough and costs nothing that could be measured.

use std::net::IpAddr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use auboutique_protocol::ids::UnixMillis;
use tokio::time::Instant;

/// See the module's description.
#[derive(Debug)]
pub(crate) struct Meter {
    address: IpAddr,
    since: UnixMillis,
    started: Instant,
    agent: OnceLock<Box<str>>,
    bytes_in: AtomicU64,
    bytes_out: AtomicU64,
    requests: AtomicU64,
    /// Milliseconds from the start to the last frame.
    active_after_ms: AtomicU64,
}

/// The numbers at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reading {
    pub(crate) bytes_in: u64,
    pub(crate) bytes_out: u64,
    pub(crate) requests: u64,
    pub(crate) last_activity: UnixMillis,
}

impl Meter {
    /// A connection from this address begins.
    pub(crate) fn start(address: IpAddr, since: UnixMillis) -> Self {
        Self {
            address,
            since,
            started: Instant::now(),
            agent: OnceLock::new(),
            bytes_in: AtomicU64::new(0),
            bytes_out: AtomicU64::new(0),
            requests: AtomicU64::new(0),
            active_after_ms: AtomicU64::new(0),
        }
    }

    /// The client says what it is.
    pub(crate) fn introduce(&self, agent: &str) {
        // A client says hello once.
        let _ = self.agent.set(agent.into());
    }

    /// So many bytes of frames have come by now.
    pub(crate) fn received(&self, bytes: u64, now: Instant) {
        self.bytes_in.store(bytes, Ordering::Relaxed);
        let after = now.saturating_duration_since(self.started).as_millis();
        let after = u64::try_from(after).unwrap_or(u64::MAX);
        self.active_after_ms.store(after, Ordering::Relaxed);
    }

    /// So many requests have been answered.
    pub(crate) fn answered(&self, requests: u64) {
        self.requests.store(requests, Ordering::Relaxed);
    }

    /// So many bytes of frames have been written.
    pub(crate) fn written(&self, bytes: u64) {
        self.bytes_out.store(bytes, Ordering::Relaxed);
    }

    pub(crate) fn address(&self) -> IpAddr {
        self.address
    }

    pub(crate) fn since(&self) -> UnixMillis {
        self.since
    }

    pub(crate) fn agent(&self) -> &str {
        self.agent.get().map_or("unknown", |agent| agent)
    }

    pub(crate) fn read(&self) -> Reading {
        let active = self.active_after_ms.load(Ordering::Relaxed);
        Reading {
            bytes_in: self.bytes_in.load(Ordering::Relaxed),
            bytes_out: self.bytes_out.load(Ordering::Relaxed),
            requests: self.requests.load(Ordering::Relaxed),
            last_activity: UnixMillis(self.since.0.saturating_add(active)),
        }
    }
}
