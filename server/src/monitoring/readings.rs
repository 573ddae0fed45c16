//! What is read at the moment when somebody asks for metrics.

use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;
use rustix::process::{Resource, getrlimit};
use rustix::time::{ClockId, clock_gettime};

use super::meters::PREFIX;
use crate::context::Context;
use crate::limits::RoomLevel;

const SECONDS_A_DAY: f64 = 24.0 * 60.0 * 60.0;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labelled {
    state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Reason {
    reason: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Version {
    version: &'static str,
}

/// How the server does now.
pub(super) fn of_server(context: &Context) -> Registry {
    let mut registry = Registry::with_prefix(PREFIX);
    let now = context.instruments.now(context.store.as_ref());
    let version = env!("CARGO_PKG_VERSION");
    registry.register("build", "What runs", Info::new(Version { version }));
    gauge(&mut registry, "users", "Registered users", now.users);
    gauge(
        &mut registry,
        "users_online",
        "Users with a connection",
        now.online,
    );
    connections(&mut registry, context);
    gauge(
        &mut registry,
        "products_for_sale",
        "Products in the catalog",
        now.products_for_sale,
    );
    let sold = context.statistics.sales();
    counter(
        &mut registry,
        "sales",
        "Products sold since the start",
        sold,
    );
    gauge(
        &mut registry,
        "writer_queue_jobs",
        "Writes that wait for the next commit",
        now.writer_queue,
    );
    gauge(
        &mut registry,
        "writer_open",
        "Whether the writer has its database open",
        context.store.size().writer_is_open.into(),
    );
    gauge(
        &mut registry,
        "database_bytes",
        "Size of both databases",
        now.database_bytes,
    );
    gauge(
        &mut registry,
        "write_ahead_log_bytes",
        "Size of their write-ahead logs",
        now.log_bytes,
    );
    if let Some(free) = now.disk_free_bytes {
        gauge(
            &mut registry,
            "disk_free_bytes",
            "Room on the disk with the data",
            free,
        );
    }
    let level = match context.room.level() {
        RoomLevel::Plenty => 0,
        RoomLevel::Low => 1,
        RoomLevel::Full => 2,
    };
    gauge(
        &mut registry,
        "disk_level",
        "0: everything is written, 1: only sales, 2: not even those",
        level,
    );
    gauge(
        &mut registry,
        "password_queue_jobs",
        "Passwords that wait to be hashed",
        context.passwords.queue_length() as u64,
    );
    let hashes = context.passwords.hashes_done();
    counter(&mut registry, "password_hashes", "Passwords hashed", hashes);
    gauge(
        &mut registry,
        "pictures_in_work",
        "Pictures that are processed or wait for it",
        context.pictures.taken() as u64,
    );
    let ends = now.certificate_expires_at.0.saturating_sub(now.at.0);
    registry.register(
        "certificate_days",
        "Days until the server's certificate ends",
        ConstGauge::new(seconds(ends) / SECONDS_A_DAY),
    );
    registry
}

fn connections(registry: &mut Registry, context: &Context) {
    let (all, anonymous) = context.admission.counts();
    let states = Family::<Labelled, Gauge<u64, AtomicU64>>::default();
    for (state, count) in [
        ("anonymous", anonymous),
        ("authenticated", all.saturating_sub(anonymous)),
    ] {
        states.get_or_create(&Labelled { state }).set(count as u64);
    }
    registry.register("connections", "Members' connections", states);
    let refused = Family::<Reason, Counter>::default();
    for (refusal, count) in context.admission.refused() {
        let reason = refusal.name();
        refused.get_or_create(&Reason { reason }).inc_by(count);
    }
    registry.register(
        "connections_refused",
        "Members' connections that were not admitted, by why",
        refused,
    );
}

/// How the process does now, by the names that dashboards know
/// (<https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics>).
pub(super) fn of_process() -> Registry {
    let mut registry = Registry::with_prefix("process");
    let cpu = clock_gettime(ClockId::ProcessCPUTime);
    // Exact for thousands of years.
    #[expect(
        clippy::cast_precision_loss,
        reason = "seconds of processor time are few"
    )]
    let cpu = cpu.tv_sec as f64 + cpu.tv_nsec as f64 / 1e9;
    registry.register("cpu_seconds", "Processor time", ConstCounter::new(cpu));
    if let Some(bytes) = resident_bytes() {
        gauge(&mut registry, "resident_memory_bytes", "Memory", bytes);
    }
    if let Ok(open) = std::fs::read_dir("/proc/self/fd") {
        // One of them is the one that reads the folder.
        let open = (open.count() as u64).saturating_sub(1);
        gauge(&mut registry, "open_fds", "Open descriptors", open);
    }
    if let Some(most) = getrlimit(Resource::Nofile).current {
        gauge(&mut registry, "max_fds", "Descriptors allowed", most);
    }
    registry
}

/// proc(5): the second number is pages.
fn resident_bytes() -> Option<u64> {
    let pages = std::fs::read_to_string("/proc/self/statm").ok()?;
    let resident: u64 = pages.split(' ').nth(1)?.parse().ok()?;
    resident.checked_mul(rustix::param::page_size() as u64)
}

fn gauge(registry: &mut Registry, name: &str, help: &str, value: u64) {
    registry.register(name, help, ConstGauge::new(value));
}

fn counter(registry: &mut Registry, name: &str, help: &str, value: u64) {
    registry.register(name, help, ConstCounter::new(value));
}

fn seconds(millis: u64) -> f64 {
    std::time::Duration::from_millis(millis).as_secs_f64()
}
