//! All servers, running on the same data, and everything that has to go when they do.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::Failure;
use super::checking::kept;
use super::layout::Fleet;
use super::load::Shelf;
use super::process::Process;
use super::programs::Programs;
use super::seeding;
use super::side::Side;
use crate::market::SETTINGS;

/// What is to run.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Whom.
    pub sides: Vec<Side>,
    /// Clients of each.
    pub clients: u32,
    /// Products of each.
    pub products: u64,
    /// Further arguments of the servers on a pool.
    pub peer_arguments: Vec<String>,
}

/// A server with those who ask it.
pub struct Actor {
    /// Who.
    pub side: Side,
    /// Its clients.
    pub fleet: Fleet,
    /// Its products.
    pub shelf: Shelf,
    /// The process.
    pub process: Process,
    data: PathBuf,
}

/// All servers. Dropping it ends them and removes their data.
pub struct Stage {
    // Dropped in this order: data in use must not be removed.
    /// The servers, in the order of the plan.
    pub actors: Vec<Actor>,
    _folder: TempDir,
}

impl Stage {
    /// Fills a folder for each server, starts them all, and connects their clients.
    ///
    /// # Errors
    /// A server does not start; nothing is left behind.
    pub async fn open(
        programs: &Programs,
        plan: &Plan,
        progress: impl Fn(&str),
    ) -> Result<Self, Failure> {
        let folder = tempfile::Builder::new()
            .prefix("auboutique-compare-")
            .tempdir()
            .map_err(|error| format!("there is no temporary directory: {error}"))?;
        let settings = folder.path().join("server.toml");
        let written = std::fs::write(&settings, SETTINGS);
        written.map_err(|error| format!("{}: {error}", settings.display()))?;
        progress("filling the databases");
        let ours = folder.path().join(Side::Ours.program());
        seeding::fill_ours(&ours, &settings, plan.clients, plan.products).await?;
        let mut stage = Self {
            actors: Vec::new(),
            _folder: folder,
        };
        // Ours is always there: it issues the certificate that all show.
        let others = plan.sides.iter().filter(|side| **side != Side::Ours);
        for side in others.clone() {
            let data = ours.with_file_name(side.program());
            match side.has_our_store() {
                true => seeding::copy(&ours, &data)?,
                false => seeding::fill_peer(&ours, &data)?,
            }
        }
        for side in std::iter::once(&Side::Ours).chain(others) {
            progress(&format!("starting {}", side.name()));
            let actor = start(*side, programs.of(*side)?, &ours, &settings, plan).await?;
            stage.actors.push(actor);
        }
        Ok(stage)
    }

    /// Ends all servers in order and looks at what they have kept: what is wrong with it.
    ///
    /// # Errors
    /// A server does not end, or a database cannot be read.
    pub async fn close(mut self) -> Result<Vec<String>, Failure> {
        let mut complaints = Vec::new();
        for actor in self.actors.drain(..) {
            let name = actor.side.name();
            drop(actor.fleet);
            let stopped = actor.process.stop().await;
            stopped.map_err(|error| format!("{name}: {error}"))?;
            let kept = kept(&actor.data, actor.side.has_our_store())?;
            let complaint = kept.complaint(actor.shelf.confirmed());
            complaints.extend(complaint.map(|complaint| format!("{name}: {complaint}")));
        }
        Ok(complaints)
    }
}

async fn start(
    side: Side,
    program: &Path,
    ours: &Path,
    settings: &Path,
    plan: &Plan,
) -> Result<Actor, Failure> {
    let tls = ours.join("tls");
    let data = ours.with_file_name(side.program());
    let mut command = Command::new(program);
    match side {
        Side::Ours => {
            command.args(seeding::our_arguments(&data, settings));
        }
        Side::Axum | Side::Tonic | Side::AxumStore => {
            command.arg(&data);
            command.args([tls.join("server.pem"), tls.join("server.key")]);
            command.args(&plan.peer_arguments);
        }
    }
    let log = data.with_extension("log");
    let named = |error| format!("{}: {error}", side.name());
    let (process, port) = Process::start(command, &log).await.map_err(named)?;
    let fleet = Fleet::open(side, port, &tls.join("ca.pem"), plan.clients).await;
    Ok(Actor {
        side,
        fleet: fleet.map_err(|error| format!("{}: {error}{}", side.name(), process.said()))?,
        shelf: Shelf::new(plan.products),
        process,
        data,
    })
}
