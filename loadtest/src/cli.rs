//! The program: what was typed becomes a run, its report goes where it was asked for, and the exit
//! code says what came of it.

mod judging;
mod outputs;

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::path::Path;
use std::process::ExitCode;

use auboutique_certs::{Invite, ServerAddress, Trust};
use auboutique_client::Error;
use clap::Parser as _;
use tokio_util::sync::CancellationToken;

use self::outputs::{OutputError, Outputs};
use crate::args::Args;
use crate::context::Abort;
use crate::people::CastError;
use crate::plan::{Plan, PlanError};
use crate::progress::{Progress, ProgressMode};
use crate::report::{Verdict, json};
use crate::run::{Elsewhere, Outcome, RunError, ServerChoice, Setting, run};

/// What the exit code says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Exit {
    Held = 0,
    Broken = 1,
    Usage = 2,
    NotRun = 3,
    SloMissed = 4,
    Interrupted = 130,
}

/// Why there is no report, or none that was asked for.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Plan(#[from] PlanError),
    #[error("{0}")]
    Usage(String),
    #[error(transparent)]
    Output(#[from] OutputError),
    #[error(transparent)]
    Run(#[from] RunError),
    #[error("{0}")]
    System(String),
}

impl Failure {
    /// What to do about it.
    fn hint(&self) -> Option<&'static str> {
        let Self::Run(RunError::Server(error) | RunError::Cast(CastError::Register(error))) = self
        else {
            return None;
        };
        match error {
            Error::Trust { .. } => Some("give its authority with --ca FILE, or its invite"),
            Error::TrustMaterial(_) => Some("--ca takes the server's tls/ca.pem"),
            Error::Resolve { .. } | Error::Connect { .. } => Some("does a server run there?"),
            Error::Protocol(_)
            | Error::Refused(_)
            | Error::TooLarge { .. }
            | Error::ConnectionLost { .. }
            | Error::TimedOut { .. }
            | Error::OutcomeUnknown { .. }
            | Error::Closed => None,
        }
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Plan(_) | Self::Usage(_) => Exit::Usage,
            Self::Run(RunError::Interrupted) => Exit::Interrupted,
            Self::Output(_) | Self::Run(_) | Self::System(_) => Exit::NotRun,
        }
    }
}

/// Runs the program.
#[must_use]
pub fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            // Nobody may be left to read it.
            let _ = error.print();
            return u8::try_from(error.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from);
        }
    };
    start_log();
    let exit = match perform(&args) {
        Ok(exit) => exit,
        Err(failure) => {
            let _ = writeln!(io::stderr(), "error: {failure}");
            if let Some(hint) = failure.hint() {
                let _ = writeln!(io::stderr(), "hint: {hint}");
            }
            failure.exit()
        }
    };
    ExitCode::from(exit as u8)
}

/// The log is for finding faults of the load test itself; it is silent unless asked for.
fn start_log() {
    let Ok(filter) = tracing_subscriber::EnvFilter::try_from_env("AUBOUTIQUE_LOG") else {
        return;
    };
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .init();
}

fn perform(args: &Args) -> Result<Exit, Failure> {
    let seed = draw_seed()?;
    if args.common.self_test {
        let seed = args.common.seed.unwrap_or(seed);
        let passed = judging::judge_the_judge(seed, args.common.json.as_deref())?;
        return Ok(if passed { Exit::Held } else { Exit::Broken });
    }
    let plan = args.plan(seed);
    let server = server_choice(args)?;
    plan.check(matches!(server, ServerChoice::Embedded { .. }))?;
    let outputs = Outputs::reserve(&args.common)?;
    ask(args, &plan, &server)?;
    let setting = Setting {
        server,
        progress: Progress::new(if args.common.quiet {
            ProgressMode::Never
        } else {
            ProgressMode::Auto
        }),
        interrupt: CancellationToken::new(),
        slo: args.common.slo.clone(),
        baseline: baseline(args.common.baseline.as_deref())?,
        command: command(&plan),
    };
    let outcome = run_until_interrupted(&plan, setting)?;
    outputs.write(&outcome.report)?;
    if let Some(reason) = &outcome.aborted {
        let _ = writeln!(io::stderr(), "error: {reason}");
    }
    Ok(exit(&outcome))
}

fn exit(outcome: &Outcome) -> Exit {
    match (&outcome.aborted, outcome.report.verdict) {
        // A broken promise weighs more than how the run ended.
        (_, Verdict::Broken) => Exit::Broken,
        (Some(Abort::Interrupted), _) => Exit::Interrupted,
        (Some(_), _) => Exit::NotRun,
        (None, _) if outcome.report.slo.iter().any(|slo| !slo.kept) => Exit::SloMissed,
        (None, _) => Exit::Held,
    }
}

/// The first Ctrl-C ends the run in order, the second at once.
fn run_until_interrupted(plan: &Plan, setting: Setting) -> Result<Outcome, Failure> {
    let runtime = tokio::runtime::Runtime::new()
        .map_err(|error| Failure::System(format!("cannot start: {error}")))?;
    let interrupt = setting.interrupt.clone();
    let outcome = runtime.block_on(async {
        let running = run(plan, setting);
        let mut running = std::pin::pin!(running);
        loop {
            tokio::select! {
                outcome = &mut running => return outcome.map_err(Failure::from),
                signalled = signalled() => {
                    signalled.map_err(|error| Failure::System(error.to_string()))?;
                    if interrupt.is_cancelled() {
                        return Err(Failure::Run(RunError::Interrupted));
                    }
                    interrupt.cancel();
                }
            }
        }
    });
    runtime.shutdown_background();
    outcome
}

/// Waits for Ctrl-C, for somebody to ask the program to end, or for the end of the terminal.
async fn signalled() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminate.recv() => Ok(()),
        _ = hangup.recv() => Ok(()),
    }
}

/// A seed that fits into a number that people can type.
fn draw_seed() -> Result<u64, Failure> {
    let drawn = getrandom::u32();
    drawn
        .map(u64::from)
        .map_err(|error| Failure::System(error.to_string()))
}

/// What was typed, with the seed that reproduces it.
fn command(plan: &Plan) -> String {
    let mut typed: Vec<String> = std::env::args().collect();
    if let Some(program) = typed.first_mut() {
        "auboutique-loadtest".clone_into(program);
    }
    if !typed.iter().any(|word| word.starts_with("--seed")) {
        typed.push(format!("--seed {}", plan.seed));
    }
    typed.join(" ")
}

fn server_choice(args: &Args) -> Result<ServerChoice, Failure> {
    let common = &args.common;
    let Some(server) = &common.server else {
        let program = std::env::current_exe()
            .map_err(|error| Failure::System(format!("cannot find this program: {error}")))?;
        let keep = common.keep_data.clone();
        if let Some(keep) = keep.as_ref().filter(|keep| keep.exists()) {
            let keep = keep.display();
            return Err(Failure::Usage(format!("--keep-data {keep} exists already")));
        }
        return Ok(ServerChoice::Embedded { program, keep });
    };
    let (address, pinned) = match server.parse::<Invite>() {
        Ok(invite) => (invite.address(), invite.fingerprint),
        Err(_) => {
            let address: ServerAddress = server
                .parse()
                .map_err(|error| Failure::Usage(format!("--server {server}: {error}")))?;
            (address, None)
        }
    };
    let trust = match (&common.ca, pinned) {
        (Some(ca), _) => Trust::Authority(ca.clone()),
        (None, Some(fingerprint)) => Trust::Pinned(fingerprint),
        (None, None) => Trust::SystemRoots,
    };
    let admin = common.admin.clone().zip(common.identity.clone());
    Ok(ServerChoice::Elsewhere {
        address,
        trust,
        admin,
    })
}

/// Nothing is done to a server that others use before somebody has agreed to it.
fn ask(args: &Args, plan: &Plan, server: &ServerChoice) -> Result<(), Failure> {
    let ServerChoice::Elsewhere { address, .. } = server else {
        return Ok(());
    };
    let announcement = Elsewhere::announcement(plan, &address.to_string());
    let _ = writeln!(io::stderr(), "{announcement}");
    if args.common.yes {
        return Ok(());
    }
    if !io::stdin().is_terminal() {
        let message = "there is no terminal to ask at; agree with --yes";
        return Err(Failure::Usage(message.into()));
    }
    let _ = write!(io::stderr(), "Go on? [y/N] ");
    let mut answer = String::new();
    // Without an answer the answer is no.
    let _ = io::stdin().lock().read_line(&mut answer);
    match answer.trim() {
        "y" | "Y" | "yes" => Ok(()),
        _ => Err(Failure::Run(RunError::Interrupted)),
    }
}

fn baseline(file: Option<&Path>) -> Result<Option<crate::report::Report>, Failure> {
    let Some(file) = file else { return Ok(None) };
    let text = std::fs::read_to_string(file)
        .map_err(|error| Failure::Usage(format!("--baseline {}: {error}", file.display())))?;
    let report = json::read(&text)
        .map_err(|error| Failure::Usage(format!("--baseline {}: {error}", file.display())))?;
    Ok(Some(report))
}
