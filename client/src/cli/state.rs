//! What the program remembers between runs: servers, whom to trust, logins.
//!
//! Everything lives in `$XDG_STATE_HOME/auboutique/PROFILE/` (directories 0700, files 0600). The
//! file `session.json` is changed under a lock and replaced in one step, so that several commands
//! may run at once.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use auboutique_certs::{Fingerprint, ServerAddress, Trust};
use auboutique_protocol::ids::Token;
use etcetera::BaseStrategy as _;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::cli::args::ProfileName;
use crate::cli::failure::Failure;
use crate::terminal::files::{
    cannot, create_directory, hex, make_private, open_lock, read_if_exists, replace, unhex,
};
use crate::terminal::output::warn;

/// The content of `session.json`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Remembered {
    /// The server used last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) server: Option<String>,
    /// All servers ever used, by `HOST:PORT`.
    #[serde(default)]
    pub(crate) servers: BTreeMap<String, Server>,
}

/// What is remembered of one server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Server {
    pub(crate) trust: RememberedTrust,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) login: Option<Login>,
}

/// Who is logged in.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Login {
    pub(crate) username: String,
    /// The session's token in hexadecimal digits: a secret.
    token: String,
}

impl Login {
    pub(crate) fn new(username: &str, token: &Token) -> Self {
        Self {
            username: username.to_owned(),
            token: hex(&token.0),
        }
    }

    /// The token, unless the file was damaged.
    pub(crate) fn token(&self) -> Option<Token> {
        let bytes = Zeroizing::new(unhex(&self.token)?);
        bytes.as_slice().try_into().ok().map(Token)
    }
}

impl std::fmt::Debug for Login {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Login")
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}

/// The grounds on which a server was trusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RememberedTrust {
    /// A PEM file, by its absolute path.
    Ca(PathBuf),
    /// The fingerprint of its authority.
    Pin(String),
    /// The roots of the system.
    SystemRoots,
}

impl RememberedTrust {
    pub(crate) fn of(trust: &Trust) -> Self {
        match trust {
            Trust::Authority(path) => Self::Ca(path.clone()),
            Trust::Pinned(pin) => Self::Pin(pin.to_string()),
            Trust::SystemRoots => Self::SystemRoots,
        }
    }

    /// The trust itself, unless the file was damaged.
    pub(crate) fn trust(&self) -> Option<Trust> {
        Some(match self {
            Self::Ca(path) => Trust::Authority(path.clone()),
            Self::Pin(pin) => Trust::Pinned(pin.parse::<Fingerprint>().ok()?),
            Self::SystemRoots => Trust::SystemRoots,
        })
    }
}

/// A profile's directory.
#[derive(Debug, Clone)]
pub(crate) struct State {
    directory: PathBuf,
}

impl State {
    /// Finds the directory of a profile; creates nothing.
    pub(crate) fn of_profile(profile: &ProfileName) -> Result<Self, Failure> {
        let strategy = etcetera::choose_base_strategy()
            .map_err(|_| Failure::failed("cannot find the home directory").hint("set HOME"))?;
        let states = strategy.state_dir().unwrap_or_else(|| strategy.data_dir());
        Ok(Self {
            directory: states.join("auboutique").join(profile.as_str()),
        })
    }

    /// A file or directory of this profile.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// What is remembered. Nothing, when the profile is new.
    pub(crate) fn load(&self) -> Result<Remembered, Failure> {
        let path = self.path("session.json");
        let content = read_if_exists(&path).map_err(|error| cannot("read", &path, &error))?;
        let Some(content) = content else {
            return Ok(Remembered::default());
        };
        if make_private(&path).map_err(|error| cannot("protect", &path, &error))? {
            let path = path.display();
            warn(&format!(
                "others could read {path}; now only you can. Log in anew if you do not trust them"
            ));
        }
        serde_json::from_slice(&Zeroizing::new(content)).map_err(|_| {
            Failure::failed(format!("{} is damaged", path.display()))
                .hint("remove the file, and log in again")
        })
    }

    /// Changes what is remembered, all of it or nothing.
    pub(crate) fn update(&self, change: impl FnOnce(&mut Remembered)) -> Result<(), Failure> {
        let directory = &self.directory;
        create_directory(directory).map_err(|error| cannot("create", directory, &error))?;
        let lock = self.path("lock");
        let locked = open_lock(&lock).and_then(|file| file.lock().map(|()| file));
        let _held = locked.map_err(|error| cannot("lock", &lock, &error))?;
        let mut remembered = self.load()?;
        change(&mut remembered);
        let path = self.path("session.json");
        let content = serde_json::to_vec_pretty(&remembered).map_err(io::Error::from);
        content
            .and_then(|content| replace(&path, &Zeroizing::new(content)))
            .map_err(|error| cannot("write", &path, &error))
    }

    /// Remembers a server that was reached, and on what grounds it was trusted.
    pub(crate) fn remember_server(
        &self,
        address: &ServerAddress,
        trust: &Trust,
    ) -> Result<(), Failure> {
        let trust = RememberedTrust::of(trust);
        let name = address.to_string();
        let known = self.load()?;
        let same = known
            .servers
            .get(&name)
            .is_some_and(|server| server.trust == trust);
        if same && known.server.as_ref() == Some(&name) {
            return Ok(());
        }
        self.update(|remembered| {
            remembered.server = Some(name.clone());
            let server = remembered.servers.entry(name).or_insert_with(|| Server {
                trust: trust.clone(),
                login: None,
            });
            server.trust = trust;
        })
    }

    /// Remembers a login at a server, or forgets it.
    pub(crate) fn remember_login(
        &self,
        address: &ServerAddress,
        login: Option<Login>,
    ) -> Result<(), Failure> {
        self.update(|remembered| {
            if let Some(server) = remembered.servers.get_mut(&address.to_string()) {
                server.login = login;
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_is_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let state = State {
            directory: folder.path().join("auboutique/default"),
        };
        assert_eq!(state.load().unwrap(), Remembered::default());
        let address: ServerAddress = "localhost:7000".parse().unwrap();
        let trust = Trust::Pinned(Fingerprint([7; 32]));
        state.remember_server(&address, &trust).unwrap();
        let token = Token([3; 32]);
        state
            .remember_login(&address, Some(Login::new("mona", &token)))
            .unwrap();
        // Reaching it again keeps the login; other grounds for trust replace the old ones.
        let trust = Trust::Authority("/tmp/ca.pem".into());
        state.remember_server(&address, &trust).unwrap();
        let remembered = state.load().unwrap();
        assert_eq!(remembered.server.as_deref(), Some("localhost:7000"));
        let server = &remembered.servers["localhost:7000"];
        assert_eq!(server.trust.trust(), Some(trust));
        let login = server.login.as_ref().unwrap();
        assert_eq!(login.token(), Some(token));
        assert!(
            !format!("{remembered:?}").contains("0303"),
            "the token is not shown"
        );
        state.remember_login(&address, None).unwrap();
        assert_eq!(state.load().unwrap().servers["localhost:7000"].login, None);
    }

    #[test]
    fn a_damaged_file_is_reported_and_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let state = State {
            directory: folder.path().to_owned(),
        };
        std::fs::write(state.path("session.json"), b"{").unwrap();
        assert!(state.load().is_err());
        let address: ServerAddress = "localhost".parse().unwrap();
        assert!(state.remember_login(&address, None).is_err());
        assert_eq!(std::fs::read(state.path("session.json")).unwrap(), b"{");
    }
}
