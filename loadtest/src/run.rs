//! A run from its beginning to its report.
//!
//! `stage` gets everything ready: the server, the people, the way between them. Then the load acts
//! (`load`), everybody looks at what came of it (`verify`), the server is stopped, its database read,
//! and the judge asked (`conclude`). A run that is given up in between, by Ctrl-C or because the
//! server failed, goes straight to the end: what was recorded until then is judged and reported.

mod conclude;
mod elsewhere;
mod load;
mod stage;

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use self::conclude::Ending;
pub use self::elsewhere::Elsewhere;
use self::load::Loaded;
use self::stage::Stage;
pub use self::stage::{RunError, ServerChoice};
use crate::context::{Abort, SharedContext, Stopped};
use crate::history::{BuyerView, Inbox, SellerView, ToldSale};
use crate::plan::Plan;
use crate::progress::{Length, Progress};
use crate::report::slo::Slo;
use crate::report::{Report, Watchers};
use crate::scenario::Done;
use crate::verify::{self, Views};

/// How often the live view is renewed, and how long a slice of the timeline is.
pub(crate) const SLICE: Duration = Duration::from_millis(200);

/// What a run is told beside its plan.
pub struct Setting {
    /// Where the server is.
    pub server: ServerChoice,
    /// For the live view.
    pub progress: Progress,
    /// Cancelled by Ctrl-C.
    pub interrupt: CancellationToken,
    /// Limits to be kept.
    pub slo: Vec<Slo>,
    /// An earlier report to compare with.
    pub baseline: Option<Report>,
    /// The command line, for the report.
    pub command: String,
}

/// What a run ends with.
pub struct Outcome {
    /// The report.
    pub report: Report,
    /// Why the run was given up, if it was.
    pub aborted: Option<Abort>,
}

/// What was seen after the load; without views when nobody could look any more.
#[derive(Default)]
struct Aftermath {
    loaded: Loaded,
    told_sales: Option<Vec<ToldSale>>,
    sellers: Option<Vec<SellerView>>,
    buyers: Option<Vec<BuyerView>>,
    inboxes: Option<Vec<Inbox>>,
    watchers: Option<Watchers>,
}

/// Runs a plan. The plan has been checked.
///
/// # Errors
/// The run could not begin: no server, no people, too few file descriptors.
pub async fn run(plan: &Plan, setting: Setting) -> Result<Outcome, RunError> {
    let mut stage = Stage::set(plan, &setting).await?;
    let context = SharedContext::clone(&stage.context);
    let interrupted = tokio::spawn({
        let (context, interrupt) = (SharedContext::clone(&context), setting.interrupt.clone());
        async move {
            interrupt.cancelled().await;
            context.abort(Abort::Interrupted);
        }
    });
    let guard = stage.watch_over_server();
    let mut aftermath = Aftermath::default();
    if play(plan, &setting, &mut stage, &mut aftermath)
        .await
        .is_err()
    {
        // Whoever stopped it has said why; that nobody did would be a fault of the load test.
        context.abort(Abort::Panicked("it stopped without a reason".into()));
    }
    interrupted.abort();
    guard.abort();
    conclude::conclude(plan, setting, stage, Ending::of(aftermath)).await
}

/// The part of a run that can be stopped.
async fn play(
    plan: &Plan,
    setting: &Setting,
    stage: &mut Stage,
    aftermath: &mut Aftermath,
) -> Result<(), Stopped> {
    let progress = &setting.progress;
    let own = stage.put_up_items(plan, progress).await?;
    let crew = stage.connect(plan, progress, own).await?;
    let watching = stage.start_watching(plan, progress).await?;
    let acted = load::act(plan, progress, stage, crew, &mut aftermath.loaded).await;
    stage.context.take_detour(false);
    acted?;
    if let Some(watching) = watching {
        aftermath.watchers = Some(stage.finish_watching(watching).await?);
    }
    look(plan, progress, stage, aftermath).await
}

/// Everybody looks at what came of it.
async fn look(
    plan: &Plan,
    progress: &Progress,
    stage: &mut Stage,
    aftermath: &mut Aftermath,
) -> Result<(), Stopped> {
    let context = &stage.context;
    aftermath.loaded.events = context.recorder.take_events();
    if context.items.count() == 0 && aftermath.loaded.events.is_empty() {
        return Ok(());
    }
    let correspondents = verify::correspondents(&aftermath.loaded.events);
    let users = stage.cast.users(0..plan.people().count(), context);
    let done = Arc::new(Done::default());
    let phase = progress.phase("Everybody looks", Length::Steps(users.len() as u64));
    let looking = verify::look(users, &stage.names, correspondents, &done);
    let looked = load::showing(&phase, || done.count(), looking).await;
    let Views {
        sellers,
        buyers,
        inboxes,
    } = looked?;
    phase.finish(&format!(
        "{} sales, {} purchases seen",
        sellers.len(),
        buyers.len()
    ));
    aftermath.told_sales = match &stage.admin {
        Some(admin) => Some(verify::told_sales(admin, &stage.names, context, &stage.hello).await?),
        None => None,
    };
    aftermath.sellers = Some(sellers);
    aftermath.buyers = Some(buyers);
    aftermath.inboxes = Some(inboxes);
    Ok(())
}
