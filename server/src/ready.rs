//! What the server says once it is ready: to a person on standard output, to a program in a file.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::Path;

use auboutique_certs::{Fingerprint, Invite, ServerAddress};
use tokio::net::TcpListener;

use crate::Listeners;
use crate::demo::DemoLogin;

/// Where a server can be reached, and by what it can be known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ready {
    /// Where members connect.
    pub member: SocketAddr,
    /// Where administrators connect, if they can.
    pub admin: Option<SocketAddr>,
    /// Where metrics are told, if they are.
    pub metrics: Option<SocketAddr>,
    /// The fingerprint of the server's own authority; `None` with a certificate from elsewhere.
    pub ca_fingerprint: Option<Fingerprint>,
    /// Who can be logged in as, in a demo. Not in the ready file.
    pub demo_users: Vec<DemoLogin>,
    /// The first name that the certificate is for.
    name: String,
}

impl Ready {
    pub(crate) fn new(listeners: &Listeners) -> Self {
        let unknown = SocketAddr::from(([0, 0, 0, 0], 0));
        let address = |listener: &TcpListener| listener.local_addr().unwrap_or(unknown);
        Self {
            member: address(&listeners.member),
            admin: listeners.admin.as_ref().map(address),
            metrics: listeners.metrics.as_ref().map(address),
            ca_fingerprint: None,
            demo_users: Vec::new(),
            name: "localhost".into(),
        }
    }

    /// What its certificate says.
    pub(crate) fn known_by(&mut self, ca_fingerprint: Option<Fingerprint>, names: &[String]) {
        self.ca_fingerprint = ca_fingerprint;
        if let Some(name) = names.first() {
            self.name.clone_from(name);
        }
    }

    /// What a member needs to join.
    #[must_use]
    pub fn invite(&self) -> Invite {
        let address = ServerAddress {
            host: self.name.clone(),
            port: self.member.port(),
        };
        Invite::new(address, self.ca_fingerprint)
    }

    /// Writes the ready file whole: who finds it finds all of it.
    pub(crate) fn write(&self, file: &Path) -> io::Result<()> {
        let json = serde_json::json!({
            "addresses": {
                "member": self.member.to_string(),
                "admin": self.admin.map(|admin| admin.to_string()),
                "metrics": self.metrics.map(|metrics| metrics.to_string()),
            },
            "pid": std::process::id(),
            "ca_fingerprint": self.ca_fingerprint.map(|fingerprint| fingerprint.to_string()),
            "invite": self.invite().to_string(),
        });
        let mut temporary = file.as_os_str().to_owned();
        temporary.push(".new");
        std::fs::write(&temporary, format!("{json}\n"))?;
        std::fs::rename(&temporary, file)
    }
}

impl fmt::Display for Ready {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "AUBoutique is open on {}", self.member)?;
        if let Some(fingerprint) = self.ca_fingerprint {
            writeln!(formatter, "  fingerprint  {}", fingerprint.grouped())?;
        }
        writeln!(formatter, "  invite       {}", self.invite())?;
        if let Some(admin) = self.admin {
            writeln!(formatter, "  for admins   {admin}")?;
        }
        if let Some(metrics) = self.metrics {
            writeln!(formatter, "  metrics      http://{metrics}/metrics")?;
        }
        write!(
            formatter,
            "  to join      auboutique --server '{}' register",
            self.invite()
        )?;
        let usable = self
            .demo_users
            .iter()
            .find(|user| user.passphrase.is_some());
        if let Some(first) = usable {
            write!(
                formatter,
                "\n  to look      auboutique --server '{}' login --username {}",
                self.invite(),
                first.username
            )?;
        }
        if !self.demo_users.is_empty() {
            write!(
                formatter,
                "\nWho lives in this demo, and their passphrases:"
            )?;
        }
        for DemoLogin {
            username,
            passphrase,
        } in &self.demo_users
        {
            let passphrase = passphrase.as_deref().unwrap_or("(changed)");
            write!(formatter, "\n  {username:<8} {passphrase}")?;
        }
        Ok(())
    }
}
