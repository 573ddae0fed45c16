//! From the command line to a connection: which server, on what grounds trusted, as whom.

use std::path::PathBuf;

use auboutique_certs::{HandshakeFailure, ServerAddress, Trust};
use auboutique_protocol::accounts::Profile;
use auboutique_protocol::text::Agent;

use crate::cli::args::{Globals, ServerChoice};
use crate::cli::failure::Failure;
use crate::cli::news::News;
use crate::cli::settings::Settings;
use crate::cli::state::{Login, Remembered, State};
use crate::terminal::doubt::Doubt;
use crate::terminal::output::Output;
use crate::terminal::prompt::Prompter;
use crate::{Client, ConnectOptions, Error, Events, probe};

/// What every command works with.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) out: Output,
    pub(crate) prompter: Prompter,
    pub(crate) state: State,
    pub(crate) doubt: Doubt,
    server: Option<ServerChoice>,
    ca: Option<PathBuf>,
}

/// A connection with somebody logged in.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) client: Client,
    pub(crate) address: ServerAddress,
    pub(crate) profile: Profile,
    /// Printed at the end of the command, where it does not print them itself.
    _news: Option<News>,
}

impl Context {
    pub(crate) fn new(globals: Globals, doubt: Doubt) -> Result<Self, Failure> {
        let globals = Settings::load()?.under(globals)?;
        Ok(Self {
            out: globals.output(),
            prompter: Prompter::new(globals.no_input),
            state: State::of_profile(&globals.profile.unwrap_or_default())?,
            doubt,
            server: globals.server,
            ca: globals.ca,
        })
    }

    /// Connects to the server of this run without logging in, and remembers the server.
    pub(crate) async fn connect(&self) -> Result<(Client, ServerAddress), Failure> {
        let remembered = self.state.load()?;
        let address = self.address(&remembered)?;
        let trust = match self.known_trust(&remembered, &address)? {
            Some(trust) => trust,
            None => self.first_use(&address).await?,
        };
        let client = self.open(&address, &trust).await?;
        self.state.remember_server(&address, &trust)?;
        Ok((client, address))
    }

    /// Connects and logs in with the session of an earlier `login`.
    pub(crate) async fn member(&self) -> Result<Member, Failure> {
        let mut news = None;
        let listen = |client: &Client| news = Some(News::listen(client, self.out));
        let mut member = self.member_with(listen).await?;
        member._news = news;
        Ok(member)
    }

    /// As [`Self::member`], for a command that prints events itself.
    pub(crate) async fn listening_member(&self) -> Result<(Member, Events), Failure> {
        let mut events = None;
        let listen = |client: &Client| events = Some(client.events());
        let member = self.member_with(listen).await?;
        let events = events.expect("a member's client was listened to");
        Ok((member, events))
    }

    /// Connects and logs in, and lets the caller listen to the client before that.
    async fn member_with(&self, listen: impl FnOnce(&Client)) -> Result<Member, Failure> {
        let remembered = self.state.load()?;
        let address = self.address(&remembered)?;
        let login = remembered
            .servers
            .get(&address.to_string())
            .and_then(|server| server.login.as_ref());
        let Some(token) = login.and_then(Login::token) else {
            return Err(Failure::log_in_first());
        };
        let (client, address) = self.connect().await?;
        listen(&client);
        match client.resume(token).await {
            Ok(profile) => Ok(Member {
                client,
                address,
                profile,
                _news: None,
            }),
            // Void: expired, or ended from elsewhere.
            Err(error) if error.is_of_login() => {
                self.state.remember_login(&address, None)?;
                Err(Failure::log_in_again())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The server of this run, as it was given, if it was.
    pub(crate) const fn server(&self) -> Option<&ServerChoice> {
        self.server.as_ref()
    }

    fn address(&self, remembered: &Remembered) -> Result<ServerAddress, Failure> {
        if let Some(server) = &self.server {
            return Ok(server.address());
        }
        let last = remembered
            .server
            .as_ref()
            .and_then(|server| server.parse().ok());
        last.ok_or_else(|| {
            Failure::missing(
                "the server",
                "--server HOST:PORT, or the invite you were given",
            )
        })
    }

    /// The grounds for trust that need no question: what was typed, else what is remembered.
    fn known_trust(
        &self,
        remembered: &Remembered,
        address: &ServerAddress,
    ) -> Result<Option<Trust>, Failure> {
        self.trust_of(self.server.as_ref(), remembered, address)
    }

    /// As the grounds of this run, for a server that was chosen later.
    pub(crate) fn trust_of(
        &self,
        chosen: Option<&ServerChoice>,
        remembered: &Remembered,
        address: &ServerAddress,
    ) -> Result<Option<Trust>, Failure> {
        if let Some(path) = &self.ca {
            let path = std::path::absolute(path).map_err(|error| {
                Failure::untrusted(format!("cannot use {}: {error}", path.display()))
            })?;
            return Ok(Some(Trust::Authority(path)));
        }
        let invite = match chosen {
            Some(ServerChoice::Invite(invite)) => Some(invite),
            Some(ServerChoice::Address(_)) | None => None,
        };
        if let Some(pin) = invite.and_then(|invite| invite.fingerprint) {
            return Ok(Some(Trust::Pinned(pin)));
        }
        let server = remembered.servers.get(&address.to_string());
        let known = server.and_then(|server| server.trust.trust());
        // An invite without a fingerprint says that the certificate comes from elsewhere.
        Ok(known.or_else(|| invite.map(|_| Trust::SystemRoots)))
    }

    /// Shows the authority of a server that nothing is known about, and asks.
    async fn first_use(&self, address: &ServerAddress) -> Result<Trust, Failure> {
        let hint = "give the server's authority with --ca, or the invite with --server";
        if !self.prompter.may_ask() {
            // Reaching it comes first: without a server there is nothing to trust.
            probe(address).await?;
            let message = format!("it is not known whether {address} can be trusted");
            return Err(Failure::untrusted(message).hint(hint));
        }
        let fingerprint = probe(address).await?;
        // Two halves, so that a terminal of 80 columns breaks neither in the middle of a group.
        let grouped = fingerprint.grouped();
        let (first, second) = grouped.split_at(grouped.len() / 2);
        let question = format!(
            "This is the first connection to {address}.\n\
             The server shows this fingerprint:\n\n  {}\n  {}\n\n\
             Compare it with the one that the operator published. If it differs,\n\
             somebody may be pretending to be the server.\n\
             Trust this server from now on?",
            first.trim_end(),
            second.trim_start(),
        );
        if self.prompter.confirm(&question).await? {
            return Ok(Trust::Pinned(fingerprint));
        }
        Err(Failure::untrusted(format!("{address} was not trusted")).hint(hint))
    }

    /// Connects with a server that is trusted.
    pub(crate) async fn open(
        &self,
        address: &ServerAddress,
        trust: &Trust,
    ) -> Result<Client, Failure> {
        let agent = Agent::parse(concat!("auboutique/", env!("CARGO_PKG_VERSION")))
            .expect("the program's name and version are a short printable text");
        let options = ConnectOptions::new(address.clone(), trust)?.agent(agent);
        match Client::connect(options).await {
            Ok(client) => Ok(client),
            Err(error) => Err(explain(error, address, trust).await),
        }
    }
}

/// Adds the fingerprints, expected and seen, to the report of a changed authority.
async fn explain(error: Error, address: &ServerAddress, trust: &Trust) -> Failure {
    let changed = matches!(
        error,
        Error::Trust {
            failure: HandshakeFailure::PinMismatch,
            ..
        }
    );
    let Trust::Pinned(expected) = trust else {
        return error.into();
    };
    if !changed {
        return error.into();
    }
    // What the server shows is only reported: a failure to learn it changes nothing.
    let seen = match probe(address).await {
        Ok(fingerprint) => fingerprint.grouped(),
        Err(_) => "unknown".into(),
    };
    let message = format!(
        "{error}\n  expected {}\n  seen     {seen}",
        expected.grouped()
    );
    Failure::untrusted(message)
        .hint("nothing was sent; ask the operator for a new invite before you connect again")
}
