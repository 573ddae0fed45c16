//! Administrators: whoever shows a certificate that is on the list.

use std::path::PathBuf;
use std::sync::Arc;

use auboutique_certs::{AdminList, AdminName};
use auboutique_protocol::admin::Topic;
use jiff::Timestamp;
use rustls::pki_types::CertificateDer;

use crate::desk::{Desk, Watching};
use crate::presence::Mailbox;

/// Proof that an administrator speaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Admin {
    name: AdminName,
}

impl Admin {
    /// What the administrator is called in the audit.
    pub(crate) fn name(&self) -> &AdminName {
        &self.name
    }
}

/// Decides who is an administrator at this moment. The list is read every time, so that whoever
/// leaves it is sent away without a restart; it has a line for each of a few people.
#[derive(Debug, Clone)]
pub(crate) struct AdminGate {
    folder: PathBuf,
}

impl AdminGate {
    /// The list in the folder `tls` decides.
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Who shows this certificate, which the handshake has verified; `None` when it is not on the
    /// list, or has ended. A list that cannot be read lets nobody in.
    pub(crate) async fn admit(&self, certificate: CertificateDer<'static>) -> Option<Admin> {
        let folder = self.folder.clone();
        let find = move || {
            let list = AdminList::load(&folder)?;
            let found = list.find(&certificate, Timestamp::now());
            Ok::<_, auboutique_certs::Error>(found.map(|admin| admin.name.clone()))
        };
        match tokio::task::spawn_blocking(find).await {
            Ok(Ok(name)) => name.map(|name| Admin { name }),
            Ok(Err(error)) => {
                tracing::error!(%error, "the list of administrators cannot be read");
                None
            }
            Err(error) => {
                tracing::error!(%error, "the list of administrators was not read");
                None
            }
        }
    }
}

/// An administrator's connection.
#[derive(Debug)]
pub(crate) struct AdminSession {
    admin: Admin,
    mailbox: Arc<Mailbox>,
    watching: Option<Watching>,
}

impl AdminSession {
    pub(crate) fn new(admin: Admin) -> Self {
        Self {
            admin,
            mailbox: Arc::default(),
            watching: None,
        }
    }

    pub(crate) fn admin(&self) -> &Admin {
        &self.admin
    }

    pub(crate) fn mailbox(&self) -> &Arc<Mailbox> {
        &self.mailbox
    }

    /// Watches these topics from here on, instead of those of before.
    pub(crate) fn watch(&mut self, topics: &[Topic], desk: &Desk) {
        // The old ones first, so that no event comes twice.
        self.watching = None;
        if !topics.is_empty() {
            self.watching = Some(desk.watch(topics, Arc::clone(&self.mailbox)));
        }
    }
}
