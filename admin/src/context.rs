//! From the command line to a connection: which listener, with which identity.

use std::path::PathBuf;

use auboutique_certs::{HandshakeFailure, ServerAddress};
use auboutique_client::terminal::doubt::Doubt;
use auboutique_client::terminal::failure::Failure;
use auboutique_client::terminal::output::{Output, warn};
use auboutique_client::terminal::prompt::Prompter;
use auboutique_client::{AdminClient, ConnectOptions, Error};
use auboutique_protocol::error::ErrorCode;
use auboutique_protocol::text::Agent;
use jiff::Timestamp;

use crate::args::Globals;
use crate::identity;

/// What every command works with.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) out: Output,
    pub(crate) prompter: Prompter,
    pub(crate) doubt: Doubt,
    server: ServerAddress,
    identity: PathBuf,
}

impl Context {
    pub(crate) fn new(globals: Globals, doubt: Doubt) -> Result<Self, Failure> {
        Ok(Self {
            out: globals.output(),
            prompter: Prompter::new(globals.no_input),
            doubt,
            server: globals.server,
            identity: identity::folder(globals.identity)?,
        })
    }

    /// The listener.
    pub(crate) fn server(&self) -> &ServerAddress {
        &self.server
    }

    /// Connects with the identity, and says when its certificate ends soon.
    pub(crate) async fn connect(&self) -> Result<AdminClient, Failure> {
        let notice = self.check_identity()?;
        if let Some(notice) = notice.filter(|_| !self.out.quiet) {
            warn(&notice);
        }
        self.open().await
    }

    /// Looks at the identity before it is used; returns what to say of it, if anything.
    pub(crate) fn check_identity(&self) -> Result<Option<String>, Failure> {
        identity::check(&self.identity, Timestamp::now())
    }

    /// Connects, and prints nothing.
    pub(crate) async fn open(&self) -> Result<AdminClient, Failure> {
        let agent = Agent::parse(concat!("auboutique-admin/", env!("CARGO_PKG_VERSION")))
            .expect("the program's name and version are a short printable text");
        let options = ConnectOptions::admin(self.server.clone(), &self.identity);
        let options = options.map_err(|error| self.explain(error))?.agent(agent);
        let client = AdminClient::connect(options).await;
        client.map_err(|error| self.explain(error))
    }

    /// Tells an identity that is not taken from a server that is not reached.
    fn explain(&self, error: Error) -> Failure {
        if let Error::TrustMaterial(error) = &error {
            return identity::unusable(&self.identity, error);
        }
        if let Error::Trust { failure, .. } = &error
            && *failure == HandshakeFailure::ClientCertificate
        {
            return identity::rejected("unauthenticated", error.to_string());
        }
        // Good by itself but not, or no longer, on the server's list.
        if let Some(ErrorCode::Forbidden(_)) = error.code() {
            return identity::rejected("forbidden", error.to_string());
        }
        error.into()
    }
}
