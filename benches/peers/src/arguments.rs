//! What every peer is told: where its data and certificate are, and what can be tuned. The defaults are
//! a pool whose writers need not wait for each other; see `README.md`.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

/// The arguments of a peer.
#[derive(Debug, Clone, Parser)]
pub struct Arguments {
    /// Directory with the database, which exists
    pub data: PathBuf,

    /// Certificate with its chain, PEM
    pub cert: PathBuf,

    /// The certificate's key, PEM
    pub key: PathBuf,

    /// Connections of the pool that reads; 0 to read with those that write
    #[arg(long, default_value_t = 4)]
    pub readers: u32,

    /// Connections of the pool that writes
    #[arg(long, default_value_t = 1)]
    pub writers: u32,

    /// How a purchase's transaction begins
    #[arg(long, value_enum, default_value_t = Begin::Immediate)]
    pub begin: Begin,

    /// Ask the database for the session of every request
    #[arg(long)]
    pub sessions_from_database: bool,

    /// Page cache of each connection, in KiB
    #[arg(long, default_value_t = 2_000)]
    pub cache: u32,

    /// Bytes of the database that are mapped into memory
    #[arg(long, default_value_t = 0)]
    pub mmap: u64,

    /// Window of each HTTP/2 stream, in bytes
    #[arg(long, default_value_t = 65_535)]
    pub stream_window: u32,

    /// Window of each HTTP/2 connection, in bytes
    #[arg(long, default_value_t = 1 << 20)]
    pub connection_window: u32,
}

/// How a transaction begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Begin {
    /// With the lock for writing.
    Immediate,
    /// With the lock for reading, raised when something is written.
    Deferred,
}

impl Begin {
    /// In SQL.
    #[must_use]
    pub const fn statement(self) -> &'static str {
        match self {
            Self::Immediate => "BEGIN IMMEDIATE",
            Self::Deferred => "BEGIN",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_what_turned_out_best() {
        let told = Arguments::try_parse_from(["peer", "data", "server.pem", "server.key"]).unwrap();
        assert_eq!((told.readers, told.writers), (4, 1));
        assert_eq!(told.begin.statement(), "BEGIN IMMEDIATE");
        assert!(!told.sessions_from_database);
    }

    #[test]
    fn what_is_tuned_is_told() {
        let typed = ["peer", "d", "c", "k", "--begin=deferred", "--writers=10"];
        let told = Arguments::try_parse_from(typed).unwrap();
        assert_eq!((told.begin, told.writers), (Begin::Deferred, 10));
        assert!(Arguments::try_parse_from(["peer", "data"]).is_err());
    }
}
