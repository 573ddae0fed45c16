//! How much of the server one peer, one network or one user may take.
//!
//! Everything here is a pure count or a pure clock: times come in, decisions go out, and whoever asks
//! says what to do with a refusal. [`Admission`] decides which connections are taken at all, [`Pace`] how
//! fast one user may ask, [`PerSource`] how often something may happen from one source, [`FrameBudget`] how
//! many bytes large frames may hold together, [`PeerLines`] how much of the log strangers can fill, [`Room`] what is written while the disk fills up; [`Buckets`] and [`RecencyMap`] are what they are made of.
//! How often passwords may be guessed has rules of its own, in `auth::throttle`.

mod admission;
mod buckets;
mod budget;
mod lines;
mod network;
mod pace;
mod per_source;
mod recency;
mod room;

use std::time::Duration;

use thiserror::Error;

pub(crate) use self::admission::{Admission, AdmissionLimits, Place};
pub(crate) use self::buckets::{Buckets, Rate};
pub(crate) use self::budget::{FrameBudget, Reserved};
pub(crate) use self::lines::PeerLines;
pub(crate) use self::network::{Network, NetworkError, Source};
pub(crate) use self::pace::Pace;
pub(crate) use self::per_source::PerSource;
pub(crate) use self::recency::RecencyMap;
pub(crate) use self::room::{Room, RoomLevel};

/// It must not happen now: wait for so long, then ask again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("too often, wait for {0:?}")]
pub(crate) struct RetryAfter(pub(crate) Duration);
