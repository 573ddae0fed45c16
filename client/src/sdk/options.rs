//! What a caller decides before connecting: where, whom to trust, how patient to be.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use auboutique_certs::{
    ALPN_ADMIN, ALPN_MEMBER, ServerAddress, Trust, admin_client_config, client_config,
};
use auboutique_protocol::text::Agent;

use crate::sdk::error::Error;

/// How to connect to a server. Clones share the TLS configuration, so that many clients made from
/// one `ConnectOptions` cost little.
#[derive(Clone)]
pub struct ConnectOptions {
    pub(crate) address: ServerAddress,
    pub(crate) tls: Arc<rustls::ClientConfig>,
    /// The application protocol that the server must choose.
    pub(crate) alpn: &'static [u8],
    pub(crate) agent: Agent,
    pub(crate) connect_timeout: Duration,
    pub(crate) hello_timeout: Duration,
    pub(crate) answer_timeout: Duration,
    pub(crate) retry: RetryPolicy,
}

impl ConnectOptions {
    /// Prepares a connection to the server at `address`, trusted on the grounds of `trust`.
    ///
    /// # Errors
    /// [`Error::TrustMaterial`] when the file of an authority cannot be used or the system has no
    /// roots.
    pub fn new(address: ServerAddress, trust: &Trust) -> Result<Self, Error> {
        let tls = client_config(trust, ALPN_MEMBER)
            .map_err(|error| Error::TrustMaterial(Arc::new(error)))?;
        Ok(Self::with(address, tls, ALPN_MEMBER))
    }

    /// Prepares a connection of an administrator to the admin listener at `address`, with the folder
    /// that `auboutique-certs admin` has written.
    ///
    /// # Errors
    /// [`Error::TrustMaterial`] when a file in the folder cannot be used.
    pub fn admin(address: ServerAddress, identity: &Path) -> Result<AdminOptions, Error> {
        let tls = admin_client_config(identity, ALPN_ADMIN)
            .map_err(|error| Error::TrustMaterial(Arc::new(error)))?;
        Ok(AdminOptions(Self::with(address, tls, ALPN_ADMIN)))
    }

    fn with(address: ServerAddress, tls: Arc<rustls::ClientConfig>, alpn: &'static [u8]) -> Self {
        Self {
            address,
            tls,
            alpn,
            agent: Agent::parse(concat!("auboutique-client/", env!("CARGO_PKG_VERSION")))
                .expect("the package's name and version are a short printable text"),
            connect_timeout: Duration::from_secs(5),
            hello_timeout: Duration::from_secs(5),
            answer_timeout: Duration::from_secs(30),
            retry: RetryPolicy::default(),
        }
    }

    /// The server.
    #[must_use]
    pub fn address(&self) -> &ServerAddress {
        &self.address
    }

    /// What the client calls itself in its hello.
    #[must_use]
    pub fn agent(mut self, agent: Agent) -> Self {
        self.agent = agent;
        self
    }

    /// Longest wait for a name's addresses, and for each of them to take the connection, TLS
    /// included; 5 s unless set.
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Longest wait for the server's hello; 5 s unless set.
    #[must_use]
    pub fn hello_timeout(mut self, timeout: Duration) -> Self {
        self.hello_timeout = timeout;
        self
    }

    /// Longest time without progress while an answer is awaited; 30 s unless set. Progress is an
    /// answer to any request, or a byte of a request that could be sent.
    #[must_use]
    pub fn answer_timeout(mut self, timeout: Duration) -> Self {
        self.answer_timeout = timeout;
        self
    }

    /// How to repeat requests.
    #[must_use]
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }
}

impl fmt::Debug for ConnectOptions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ConnectOptions")
            .field("address", &self.address)
            .field("agent", &self.agent)
            .field("retry", &self.retry)
            .finish_non_exhaustive()
    }
}

/// How to connect to the admin listener of a server; see [`ConnectOptions::admin`]. A type of its own,
/// so that no member's client is made from it.
#[derive(Debug, Clone)]
pub struct AdminOptions(pub(crate) ConnectOptions);

impl AdminOptions {
    /// The server.
    #[must_use]
    pub fn address(&self) -> &ServerAddress {
        &self.0.address
    }

    /// See [`ConnectOptions::agent`].
    #[must_use]
    pub fn agent(self, agent: Agent) -> Self {
        Self(self.0.agent(agent))
    }

    /// See [`ConnectOptions::connect_timeout`].
    #[must_use]
    pub fn connect_timeout(self, timeout: Duration) -> Self {
        Self(self.0.connect_timeout(timeout))
    }

    /// See [`ConnectOptions::answer_timeout`].
    #[must_use]
    pub fn answer_timeout(self, timeout: Duration) -> Self {
        Self(self.0.answer_timeout(timeout))
    }

    /// See [`ConnectOptions::retry`].
    #[must_use]
    pub fn retry(self, policy: RetryPolicy) -> Self {
        Self(self.0.retry(policy))
    }
}

/// How often and how long a request is tried before its caller hears of the failure.
///
/// Only what the protocol allows is repeated, whatever stands here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Most attempts, the first included.
    pub attempts_max: u32,
    /// No further attempt begins later than this after the first.
    pub deadline: Duration,
    /// Whether to wait as long as a `busy` server asks for, within the deadline.
    pub wait_when_busy: bool,
    /// Whether to wait likewise when the server says `rate_limited`. That answer is meant for this
    /// user, who may want to hear of it.
    pub wait_when_rate_limited: bool,
}

impl RetryPolicy {
    /// Every failure goes straight to the caller.
    pub const NONE: Self = Self {
        attempts_max: 1,
        deadline: Duration::ZERO,
        wait_when_busy: false,
        wait_when_rate_limited: false,
    };
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts_max: 8,
            deadline: Duration::from_secs(15),
            wait_when_busy: true,
            wait_when_rate_limited: false,
        }
    }
}
