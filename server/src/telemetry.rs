//! Logs, on standard error: text for people or one JSON object a line.
//!
//! `RUST_LOG` selects what is logged (tracing's `EnvFilter`); without it, informative lines and
//! worse. What is never logged: passwords, tokens, keys, and texts that members write.

use std::io::{self, IsTerminal as _};

use tracing_subscriber::EnvFilter;

use crate::config::args::LogFormat;

/// Starts logging. Has no effect the second time.
pub fn start(format: LogFormat) {
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn"));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr);
    // A test harness may have started logging before.
    let _ = match format {
        LogFormat::Text => {
            let colours = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
            builder.with_target(false).with_ansi(colours).try_init()
        }
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
}
