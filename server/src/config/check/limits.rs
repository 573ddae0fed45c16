//! What one peer, one network or one user may take.

use std::time::Duration;

use super::{Invalid, not_more, within};
use crate::auth::throttle::ThrottleLimits;
use crate::config::settings::{LoginSettings, RegistrationSettings, RequestSettings, Settings};
use crate::limits::{AdmissionLimits, Network, NetworkError, Rate};

/// Networks without a limit per source, in each list.
const NETWORKS_MAX: usize = 1_000;
/// The most that can happen at once by any of the rates, and the most that can happen in a second.
const BURST_MAX: u64 = 1_000_000;

/// Which connections are taken.
pub(super) fn admission(settings: &Settings) -> Result<AdmissionLimits, Invalid> {
    let connections = &settings.limits.connections;
    let count = |key, value| within(key, value, 1..=1_000_000);
    Ok(AdmissionLimits {
        connections_max: count("connections_max", settings.connections_max)?,
        per_source_max: count(
            "limits.connections.per_source_max",
            connections.per_source_max,
        )?,
        unauthenticated_max: count(
            "limits.connections.unauthenticated_max",
            connections.unauthenticated_max,
        )?,
        unauthenticated_per_source_max: count(
            "limits.connections.unauthenticated_per_source_max",
            connections.unauthenticated_per_source_max,
        )?,
        rate: rate(
            (
                "limits.connections.new_per_source_burst",
                connections.new_per_source_burst,
            ),
            (
                "limits.connections.new_per_source_and_second",
                connections.new_per_source_and_second,
            ),
        )?,
        exempt: networks(
            "limits.connections.exempt_networks",
            &connections.exempt_networks,
        )?,
    })
}

/// How fast one user may ask.
pub(super) fn requests(requests: &RequestSettings) -> Result<Rate, Invalid> {
    rate(
        ("limits.requests.per_user_burst", requests.per_user_burst),
        (
            "limits.requests.per_user_and_second",
            requests.per_user_and_second,
        ),
    )
}

/// How fast accounts may be made from one source.
pub(super) fn registrations(registration: &RegistrationSettings) -> Result<Rate, Invalid> {
    Ok(Rate {
        burst: within(
            "limits.registration.source_burst",
            registration.source_burst,
            1..=BURST_MAX,
        )?,
        refill: Duration::from_secs(within(
            "limits.registration.source_refill_seconds",
            registration.source_refill_seconds,
            1..=86_400,
        )?),
    })
}

/// A rate of so many at once and so many in a second.
fn rate(burst: (&'static str, u64), per_second: (&'static str, u64)) -> Result<Rate, Invalid> {
    let per_second: u32 = within(per_second.0, per_second.1, 1..=BURST_MAX)?;
    Ok(Rate {
        burst: within(burst.0, burst.1, 1..=BURST_MAX)?,
        refill: Duration::from_secs(1) / per_second,
    })
}

/// How often passwords may be guessed.
pub(super) fn throttle(login: &LoginSettings) -> Result<ThrottleLimits, Invalid> {
    let seconds = |key, value, range| within(key, value, range).map(Duration::from_secs);
    Ok(ThrottleLimits {
        back_off_first: seconds(
            "limits.login.back_off_first_seconds",
            login.back_off_first_seconds,
            1..=3_600,
        )?,
        back_off_max: seconds(
            "limits.login.back_off_max_seconds",
            login.back_off_max_seconds,
            login.back_off_first_seconds..=86_400,
        )?,
        // A shorter memory would cut the longest wait.
        forget_after: seconds(
            "limits.login.forget_after_seconds",
            login.forget_after_seconds,
            login.back_off_max_seconds..=604_800,
        )?,
        parallel_max: within("limits.login.parallel_max", login.parallel_max, 1..=100)?,
        source_burst: within("limits.login.source_burst", login.source_burst, 1..=100_000)?,
        source_refill: seconds(
            "limits.login.source_refill_seconds",
            login.source_refill_seconds,
            1..=3_600,
        )?,
        known_for: seconds("limits.login.known_for_days", login.known_for_days, 0..=365)? * 86_400,
        failures_per_day_max: within(
            "limits.login.failures_per_day_max",
            login.failures_per_day_max,
            10..=1_000_000,
        )?,
        entries_max: within(
            "limits.login.entries_max",
            login.entries_max,
            1_024..=10_000_000,
        )?,
        exempt: networks("limits.login.exempt_networks", &login.exempt_networks)?,
    })
}

fn networks(key: &'static str, networks: &[String]) -> Result<Vec<Network>, Invalid> {
    not_more(key, networks.len(), NETWORKS_MAX)?;
    let parse = |network: &String| {
        network
            .parse()
            .map_err(|error: NetworkError| Invalid::refused(key, error.to_string()))
    };
    networks.iter().map(parse).collect()
}
