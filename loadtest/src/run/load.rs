//! The load itself, with what goes on beside it: the live view, the kills, the accounts of cost.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use tokio::time::MissedTickBehavior;

use super::SLICE;
use super::stage::Stage;
use crate::context::{SharedContext, Stopped};
use crate::crash::{self, Crashes, Killer};
use crate::history::{Event, Item, Moment};
use crate::machine::{Usage, own_usage, usage_of};
use crate::plan::{MixedPlan, Plan, RacePlan, Workload};
use crate::progress::{Length, Live, Phase, Progress};
use crate::record::{Recorder, precise};
use crate::report::Overlap;
use crate::scenario::arrivals::Arrivals;
use crate::scenario::mix::MixedLoad;
use crate::scenario::race::Race;
use crate::scenario::{Done, idle};
use crate::user::User;

/// Those who make the load, and what each of them sells.
pub(super) struct Crew {
    pub(super) users: Vec<User>,
    pub(super) own: Vec<Vec<Item>>,
}

/// What the load left behind, beside the record.
#[derive(Default)]
pub(super) struct Loaded {
    pub(super) events: Vec<Event>,
    pub(super) overlap: Option<Overlap>,
    pub(super) crashes: Crashes,
    pub(super) harness: Spent,
    pub(super) server: Option<Spent>,
    pub(super) notes: Vec<String>,
}

/// What a process spent on the load.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Spent {
    pub(super) cpu: Duration,
    pub(super) memory_peak_bytes: u64,
}

/// How much of the load has passed.
type Passed = Arc<dyn Fn() -> f64 + Send + Sync>;

/// Runs the load.
pub(super) async fn act(
    plan: &Plan,
    progress: &Progress,
    stage: &Stage,
    crew: Crew,
    loaded: &mut Loaded,
) -> Result<(), Stopped> {
    let context = &stage.context;
    let recorder = &context.recorder;
    let meter = Meter::start(stage).await;
    let done = Arc::new(Done::default());
    let begin = recorder.now();
    recorder.measure_from(Moment::after(begin.since(Moment(0)) + plan.warm_up));
    let (length, passed, acting) = begin_load(plan, stage, crew, begin, &done);
    let phase = progress.phase(plan.name(), length);
    let is_over = AtomicBool::new(false);
    let acting = async {
        let acted = acting.await;
        recorder.stop_measuring();
        is_over.store(true, Relaxed);
        acted
    };
    // A kill that has begun is waited for: what follows needs a server.
    let killing = kill(plan, stage, begin, passed, &is_over, &mut loaded.crashes);
    let both = async { tokio::join!(acting, killing) };
    let position = || match length {
        Length::Steps(_) | Length::Unknown => done.count(),
        Length::Time(_) => {
            let passed = recorder.now().since(begin).as_millis();
            u64::try_from(passed).unwrap_or(u64::MAX)
        }
    };
    let (acted, killed) = watching(&phase, recorder, position, both).await;
    meter.read(stage, loaded).await;
    let acted = acted?;
    killed?;
    phase.finish(&format!("{} requests answered", recorder.answered()));
    note_missing_crashes(plan, loaded);
    if let Workload::Idle { connections, .. } = plan.workload {
        loaded
            .notes
            .extend(memory_of_connections(stage, loaded.server, connections));
    }
    loaded.overlap = acted.overlap;
    loaded.notes.extend(acted.notes);
    Ok(())
}

/// What the load of a workload has to say for itself.
#[derive(Default)]
struct Acted {
    overlap: Option<Overlap>,
    notes: Vec<String>,
}

type Acting = std::pin::Pin<Box<dyn Future<Output = Result<Acted, Stopped>> + Send>>;

fn begin_load(
    plan: &Plan,
    stage: &Stage,
    crew: Crew,
    begin: Moment,
    done: &Arc<Done>,
) -> (Length, Passed, Acting) {
    match plan.workload.clone() {
        Workload::Race(race) => begin_race(race, stage, crew, done),
        Workload::Mixed(mixed) => begin_mix(plan.seed, mixed, stage, crew, begin, done),
        Workload::Idle { duration, .. } => {
            let context = SharedContext::clone(&stage.context);
            let counted = SharedContext::clone(&stage.context);
            let passed = move || {
                let since = counted.recorder.now().since(begin).as_secs_f64();
                since / duration.as_secs_f64()
            };
            let acting = async move {
                let count = crew.users.len();
                let held = idle::hold(&context, crew.users, duration).await?;
                let good = held.good;
                let mut notes = vec![format!(
                    "{good} of {count} connections were good to the end"
                )];
                notes.push(match held.visit_max {
                    Some(longest) => {
                        let millis = longest.as_millis();
                        format!("a new client was served after {millis} ms at most")
                    }
                    None => "a new client was not served".into(),
                });
                Ok(Acted {
                    overlap: None,
                    notes,
                })
            };
            (Length::Time(duration), Arc::new(passed), Box::pin(acting))
        }
    }
}

fn begin_race(
    plan: RacePlan,
    stage: &Stage,
    crew: Crew,
    done: &Arc<Done>,
) -> (Length, Passed, Acting) {
    let context = SharedContext::clone(&stage.context);
    let items: Vec<_> = crew.own.into_iter().flatten().collect();
    let hold = stage.server.as_ref().filter(|_| plan.hold).cloned();
    let race = Race {
        buyers: crew.users,
        items: items
            .iter()
            .map(|item| (*item, context.items.price(*item)))
            .collect(),
        hold,
        done: Arc::clone(done),
    };
    let total = u64::from(plan.buyers) * u64::from(plan.items);
    let counted = Arc::clone(done);
    let passed = move || precise(counted.count()) / precise(total);
    let acting = async move {
        let raced = race.run(&context).await?;
        let notes = vec![format!(
            "winners sent {} purchases again, with their own key or with it on another item; they \
             count neither as attempts nor as retries",
            raced.repeats
        )];
        Ok(Acted {
            overlap: raced.overlap,
            notes,
        })
    };
    (Length::Steps(total), Arc::new(passed), Box::pin(acting))
}

fn begin_mix(
    seed: u64,
    plan: MixedPlan,
    stage: &Stage,
    crew: Crew,
    begin: Moment,
    done: &Arc<Done>,
) -> (Length, Passed, Acting) {
    let context = SharedContext::clone(&stage.context);
    let arrivals = Arrivals::new(plan.schedule, plan.stop, plan.ramp_up, begin, plan.users);
    let arrivals = Arc::new(arrivals);
    let total = match plan.stop {
        crate::schedule::Stop::Requests(requests) => Length::Steps(requests),
        crate::schedule::Stop::After(duration) => Length::Time(duration),
    };
    let passed = {
        let (arrivals, done) = (Arc::clone(&arrivals), Arc::clone(done));
        let context = SharedContext::clone(&context);
        move || arrivals.passed(context.recorder.now(), done.count())
    };
    let load = MixedLoad {
        mix: plan.mix,
        arrivals,
        seed,
        password: stage.cast.password.clone(),
        done: Arc::clone(done),
    };
    let acting = async move {
        let users = crew.users.into_iter().zip(crew.own).collect();
        load.run(&context, users).await?;
        Ok(Acted::default())
    };
    (total, Arc::new(passed), Box::pin(acting))
}

/// Kills the server as often as the plan says, or until the load is over.
async fn kill(
    plan: &Plan,
    stage: &Stage,
    begin: Moment,
    passed: Passed,
    is_over: &AtomicBool,
    crashes: &mut Crashes,
) -> Result<(), Stopped> {
    let Some(server) = stage.server.as_ref().filter(|_| plan.crashes > 0) else {
        return Ok(());
    };
    let place = plan.people().count();
    let probers = stage.cast.users(place..place + 1, &stage.context);
    let Some(prober) = probers.into_iter().next() else {
        return Err(Stopped);
    };
    let mut killer = Killer {
        context: SharedContext::clone(&stage.context),
        server: Arc::clone(server),
        names: Arc::clone(&stage.names),
        begin,
        prober,
    };
    let points = crash::points(plan.seed, plan.crashes);
    let is_over = || is_over.load(Relaxed);
    killer.run(points, || passed(), is_over, crashes).await
}

fn note_missing_crashes(plan: &Plan, loaded: &mut Loaded) {
    let done = loaded.crashes.report.len();
    let asked = usize::try_from(plan.crashes).unwrap_or(usize::MAX);
    if done < asked {
        let note = format!("the load ended after {done} of {asked} kills; make it longer");
        loaded.notes.push(note);
    }
}

/// What the connections cost the server.
fn memory_of_connections(stage: &Stage, after: Option<Spent>, connections: u32) -> Option<String> {
    let grown = after?
        .memory_peak_bytes
        .saturating_sub(stage.memory_before?);
    let each = grown / u64::from(connections.max(1));
    Some(format!(
        "the server's memory grew by {grown} bytes with {connections} connections, {each} bytes each"
    ))
}

/// Measures what the load costs.
struct Meter {
    harness: Usage,
    server: Option<Usage>,
}

impl Meter {
    async fn start(stage: &Stage) -> Self {
        Self {
            harness: own_usage(),
            server: server_usage(stage).await,
        }
    }

    async fn read(self, stage: &Stage, loaded: &mut Loaded) {
        let now = own_usage();
        loaded.harness = Spent {
            cpu: now.cpu.saturating_sub(self.harness.cpu),
            memory_peak_bytes: now.memory_peak_bytes,
        };
        let Some(now) = server_usage(stage).await else {
            return;
        };
        let before = self.server.map_or(Duration::ZERO, |usage| usage.cpu);
        loaded.server = Some(Spent {
            cpu: (now.cpu + loaded.crashes.cpu).saturating_sub(before),
            memory_peak_bytes: now.memory_peak_bytes,
        });
    }
}

async fn server_usage(stage: &Stage) -> Option<Usage> {
    let server = stage.server.as_ref()?;
    let pid = server.lock().await.pid();
    usage_of(pid)
}

/// Waits for something, and keeps a bar moving meanwhile.
pub(super) async fn showing<T>(
    phase: &Phase,
    position: impl Fn() -> u64,
    what: impl Future<Output = T>,
) -> T {
    let mut what = std::pin::pin!(what);
    let mut ticks = tokio::time::interval(SLICE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            done = &mut what => return done,
            _ = ticks.tick() => phase.set(position()),
        }
    }
}

/// As [`showing`], and turns the record into slices.
async fn watching<T>(
    phase: &Phase,
    recorder: &Recorder,
    position: impl Fn() -> u64,
    what: impl Future<Output = T>,
) -> T {
    let position = || {
        if let Some(turn) = recorder.turn() {
            let mut errors: Vec<_> = turn.errors.into_iter().collect();
            errors.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
            let errors = errors
                .into_iter()
                .map(|(code, count)| (code.to_owned(), count));
            phase.live(&Live {
                per_second: turn.slice.per_second,
                p50_us: turn.slice.p50,
                p99_us: turn.slice.p99,
                errors: errors.collect(),
                confirmed: turn.slice.confirmed,
                violations: recorder.oversold_count(),
            });
        }
        position()
    };
    showing(phase, position, what).await
}
