//! What is counted as it happens, in the form in which Prometheus reads it.
//!
//! Names follow <https://prometheus.io/docs/practices/naming/>: base units, `_total` for what only grows.
//! The library keeps counters in atomics and each histogram behind a lock that is held for some
//! nanoseconds; whoever answers a request looks nothing up, because its meters stand at its place in the
//! table of requests.

use std::sync::Arc;
use std::time::Duration;

use auboutique_protocol::call::{AdminCall, CallError, MemberCall};
use auboutique_protocol::error::ErrorCode;
use jiff::Timestamp;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::statistics::is_fault;

/// What every name of ours begins with.
pub(super) const PREFIX: &str = "auboutique";

/// Bounds of what requests and commits take, in seconds: from a list out of memory to a slow disk.
const SECONDS: [f64; 13] = [
    0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0,
];
/// Bounds of how many jobs one commit holds.
const JOBS: [f64; 10] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0];

/// Which request was answered: its place in the members' table, or after it in the administrators'.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RequestKind(usize);

impl RequestKind {
    /// What is no request.
    pub(crate) const MALFORMED: Self =
        Self(MemberCall::TABLE.len().strict_add(AdminCall::TABLE.len()));

    /// A member's.
    pub(crate) fn of_member(call: &Result<MemberCall, CallError>) -> Self {
        call.as_ref()
            .map_or(Self::MALFORMED, |call| Self(call.position()))
    }

    /// An administrator's.
    pub(crate) fn of_admin(call: &Result<AdminCall, CallError>) -> Self {
        let position = |call: &AdminCall| Self(MemberCall::TABLE.len() + call.position());
        call.as_ref().map_or(Self::MALFORMED, position)
    }

    /// Its name on the wire.
    pub(crate) fn name(self) -> &'static str {
        self.label().request
    }

    fn all() -> impl Iterator<Item = Self> {
        (0..=Self::MALFORMED.0).map(Self)
    }

    fn label(self) -> RequestLabel {
        let member = MemberCall::TABLE.get(self.0).map(|row| row.name);
        let admin = || {
            let row = AdminCall::TABLE.get(self.0 - MemberCall::TABLE.len());
            row.map_or("malformed", |row| row.name)
        };
        RequestLabel {
            listener: match member {
                Some(_) => "member",
                None if self == Self::MALFORMED => "any",
                None => "admin",
            },
            request: member.unwrap_or_else(admin),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabel {
    listener: &'static str,
    request: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AnswerLabel {
    listener: &'static str,
    request: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CodeLabel {
    code: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct HandshakeLabel {
    listener: &'static str,
    outcome: &'static str,
}

/// How a TLS handshake ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HandshakeOutcome {
    /// The connection is secure.
    Ok,
    /// The peer spoke otherwise, or showed no certificate that is accepted.
    Failed,
    /// It was not over in time.
    Timeout,
}

/// See the module's description.
#[derive(Debug)]
pub(crate) struct Meters {
    registry: Registry,
    requests: Vec<RequestMeter>,
    refusals: Family<CodeLabel, Counter>,
    handshakes: Family<HandshakeLabel, Counter>,
    jobs: Histogram,
    commit: Histogram,
    failed_commits: Counter,
    pub(crate) care: Arc<CareMeters>,
}

/// What became of the data's care.
#[derive(Debug, Default)]
pub(crate) struct CareMeters {
    last_backup: Gauge,
    failed_backups: Counter,
    last_look: Gauge,
    is_sound: Gauge,
}

impl CareMeters {
    /// The newest backup is from then.
    pub(crate) fn backup_taken(&self, at: Timestamp) {
        self.last_backup.set(at.as_second());
    }

    /// A backup that was due could not be taken.
    pub(crate) fn backup_failed(&self) {
        self.failed_backups.inc();
    }

    /// The databases were looked at.
    pub(crate) fn looked_at(&self, at: Timestamp, is_sound: bool) {
        self.last_look.set(at.as_second());
        self.is_sound.set(is_sound.into());
    }
}

#[derive(Debug)]
struct RequestMeter {
    ok: Counter,
    /// By a rule of the market or the protocol, or because too much was asked for.
    refused: Counter,
    /// By a fault of the server's.
    failed: Counter,
    duration: Histogram,
}

impl Default for Meters {
    fn default() -> Self {
        let mut registry = Registry::with_prefix(PREFIX);
        let answered = Family::<AnswerLabel, Counter>::default();
        let durations = Family::<RequestLabel, Histogram>::new_with_constructor(seconds);
        let requests = RequestKind::all().map(|kind| {
            let RequestLabel { listener, request } = kind.label();
            let counter = |outcome| {
                answered.get_or_create_owned(&AnswerLabel {
                    listener,
                    request,
                    outcome,
                })
            };
            RequestMeter {
                ok: counter("ok"),
                refused: counter("refused"),
                failed: counter("failed"),
                duration: durations.get_or_create_owned(&kind.label()),
            }
        });
        let requests = requests.collect();
        let meters = Self {
            requests,
            refusals: Family::default(),
            handshakes: Family::default(),
            jobs: Histogram::new(JOBS),
            commit: seconds(),
            failed_commits: Counter::default(),
            care: Arc::default(),
            registry: Registry::default(),
        };
        registry.register("requests", "Requests answered, by how", answered);
        registry.register(
            "request_duration_seconds",
            "From a decoded request to its answer",
            durations,
        );
        registry.register(
            "refusals",
            "Requests that were not done, by the code of the answer",
            meters.refusals.clone(),
        );
        registry.register(
            "handshakes",
            "TLS handshakes that ended, by how",
            meters.handshakes.clone(),
        );
        registry.register(
            "commit_jobs",
            "Writes that one commit of the main database held",
            meters.jobs.clone(),
        );
        registry.register(
            "commit_duration_seconds",
            "From a batch of writes to its commit, durable",
            meters.commit.clone(),
        );
        registry.register(
            "commits_failed",
            "Commits of unknown outcome; after each the database was opened anew",
            meters.failed_commits.clone(),
        );
        let care = &meters.care;
        registry.register(
            "backup_timestamp_seconds",
            "When the newest scheduled backup was taken; 0 before the first",
            care.last_backup.clone(),
        );
        registry.register(
            "backups_failed",
            "Attempts at a scheduled backup that failed",
            care.failed_backups.clone(),
        );
        registry.register(
            "databases_checked_timestamp_seconds",
            "When the databases were last looked at; 0 before the first time",
            care.last_look.clone(),
        );
        // Until something else is found.
        care.is_sound.set(1);
        registry.register(
            "databases_sound",
            "Whether the last look at the databases found no damage",
            care.is_sound.clone(),
        );
        Self { registry, ..meters }
    }
}

impl Meters {
    /// A request was answered, after this time, by a refusal or not.
    pub(crate) fn answered(&self, kind: RequestKind, after: Duration, refusal: Option<&ErrorCode>) {
        let Some(meter) = self.requests.get(kind.0) else {
            return;
        };
        let counter = match refusal {
            None => &meter.ok,
            Some(code) if is_fault(code) => &meter.failed,
            Some(_) => &meter.refused,
        };
        counter.inc();
        meter.duration.observe(after.as_secs_f64());
        if let Some(code) = refusal {
            let code = code.name();
            self.refusals.get_or_create(&CodeLabel { code }).inc();
        }
    }

    /// A handshake ended.
    pub(crate) fn shook_hands(&self, listener: &'static str, outcome: HandshakeOutcome) {
        let outcome = match outcome {
            HandshakeOutcome::Ok => "ok",
            HandshakeOutcome::Failed => "failed",
            HandshakeOutcome::Timeout => "timeout",
        };
        let label = HandshakeLabel { listener, outcome };
        self.handshakes.get_or_create(&label).inc();
    }

    /// So many jobs were committed together, and it took so long.
    pub(crate) fn committed(&self, jobs: usize, took: Duration) {
        // At most some hundreds.
        self.jobs
            .observe(u32::try_from(jobs).map_or(f64::MAX, f64::from));
        self.commit.observe(took.as_secs_f64());
    }

    /// A commit failed.
    pub(crate) fn commit_failed(&self) {
        self.failed_commits.inc();
    }

    pub(crate) fn registry(&self) -> &Registry {
        &self.registry
    }
}

fn seconds() -> Histogram {
    Histogram::new(SECONDS)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use auboutique_protocol::accounts::Ping;
    use auboutique_protocol::error::Nothing;
    use prometheus_client::encoding::text;

    use super::*;

    fn told(meters: &Meters) -> String {
        let mut told = String::new();
        text::encode(&mut told, meters.registry()).unwrap();
        told
    }

    #[test]
    fn every_request_of_both_tables_has_meters_of_its_own() {
        let labels: HashSet<_> = RequestKind::all().map(RequestKind::label).collect();
        let rows = MemberCall::TABLE.len() + AdminCall::TABLE.len();
        assert_eq!(labels.len(), rows + 1);
        let member = RequestKind::of_member(&Ok(MemberCall::Ping(Ping {})));
        let admin = RequestKind::of_admin(&Ok(AdminCall::Ping(Ping {})));
        assert_eq!((member.label().listener, member.name()), ("member", "ping"));
        assert_eq!((admin.label().listener, admin.name()), ("admin", "ping"));
        let unknown = RequestKind::of_admin(&Err(CallError::Unknown));
        assert_eq!(
            (unknown.label().listener, unknown.name()),
            ("any", "malformed")
        );
    }

    #[test]
    fn what_is_counted_is_told_with_its_name_and_outcome() {
        let meters = Meters::default();
        let ping = RequestKind::of_member(&Ok(MemberCall::Ping(Ping {})));
        let took = Duration::from_micros(200);
        meters.answered(ping, took, None);
        meters.answered(ping, took, Some(&ErrorCode::Draining(Nothing {})));
        meters.answered(ping, took, Some(&ErrorCode::Unavailable(Nothing {})));
        meters.committed(3, took);
        meters.commit_failed();
        meters.shook_hands("member", HandshakeOutcome::Timeout);
        let told = told(&meters);
        for line in [
            r#"auboutique_requests_total{listener="member",request="ping",outcome="ok"} 1"#,
            r#"auboutique_requests_total{listener="member",request="ping",outcome="refused"} 1"#,
            r#"auboutique_requests_total{listener="member",request="ping",outcome="failed"} 1"#,
            r#"auboutique_requests_total{listener="member",request="buy",outcome="failed"} 0"#,
            r#"auboutique_request_duration_seconds_bucket{le="0.00025",listener="member",request="ping"} 3"#,
            r#"auboutique_refusals_total{code="draining"} 1"#,
            r#"auboutique_commit_jobs_bucket{le="4.0"} 1"#,
            "auboutique_commit_duration_seconds_count 1",
            "auboutique_commits_failed_total 1",
            r#"auboutique_handshakes_total{listener="member",outcome="timeout"} 1"#,
        ] {
            assert!(told.lines().any(|told| told == line), "{line}\n{told}");
        }
    }
}
