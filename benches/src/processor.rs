//! Processor time of a process, from the system's own accounting.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

/// Quiet is a process that uses less than this part of a processor …
const QUIET_PART: u32 = 20;
/// … over so long: the store begins to close what was sold when nobody has bought anything for a quarter
/// of a second.
const QUIET_FOR: Duration = Duration::from_millis(350);

/// What all threads of a process have used so far.
///
/// By the scheduler's accounting, in nanoseconds; where the kernel keeps none, by its ticks of 10 ms. A
/// thread that has ended is missing in the former; the servers' threads live as long as they do.
///
/// # Errors
/// The process is gone, or this system does not say.
pub fn used(pid: u32) -> Result<Duration, String> {
    used_in(Path::new("/proc"), pid)
        .ok_or_else(|| format!("the processor time of process {pid} cannot be read"))
}

/// Waits until a process does nothing any more, but not for longer than `within`: what it has
/// [`used`] by then.
///
/// # Errors
/// As [`used`].
pub async fn quiet(pid: u32, within: Duration) -> Result<Duration, String> {
    let since = Instant::now();
    let mut before = used(pid)?;
    loop {
        tokio::time::sleep(QUIET_FOR).await;
        let now = used(pid)?;
        let is_quiet = now.saturating_sub(before) * QUIET_PART < QUIET_FOR;
        if is_quiet || since.elapsed() > within {
            return Ok(now);
        }
        before = now;
    }
}

fn used_in(proc: &Path, pid: u32) -> Option<Duration> {
    let process = proc.join(pid.to_string());
    scheduled(&process.join("task")).or_else(|| ticked(&process.join("stat")))
}

fn scheduled(tasks: &Path) -> Option<Duration> {
    let mut nanoseconds = 0_u64;
    for task in fs::read_dir(tasks).ok()? {
        // A thread may end in between.
        let Ok(text) = fs::read_to_string(task.ok()?.path().join("schedstat")) else {
            continue;
        };
        nanoseconds += text.split_whitespace().next()?.parse::<u64>().ok()?;
    }
    (nanoseconds > 0).then(|| Duration::from_nanos(nanoseconds))
}

/// Milliseconds in a tick of `/proc`, which is of a hundredth of a second on every system that Rust runs on.
const TICK_MILLISECONDS: u64 = 10;

fn ticked(stat: &Path) -> Option<Duration> {
    let text = fs::read_to_string(stat).ok()?;
    // The program's name, in parentheses, may hold anything.
    let (_, rest) = text.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(11);
    let mut next = || fields.next()?.parse::<u64>().ok();
    let ticks = next()? + next()?;
    Some(Duration::from_millis(ticks * TICK_MILLISECONDS))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(proc: &Path, files: &[(&str, &str)]) {
        for (name, text) in files {
            let file = proc.join("7").join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
    }

    #[test]
    fn all_threads_are_counted() {
        let proc = tempfile::tempdir().unwrap();
        process(
            proc.path(),
            &[
                ("task/7/schedstat", "1000 5 2\n"),
                ("task/8/schedstat", "234 0 1\n"),
                ("stat", "7 (server) S 1 7 7 0 -1 0 0 0 0 0 50 25 0 0"),
            ],
        );
        assert_eq!(used_in(proc.path(), 7), Some(Duration::from_nanos(1_234)));
    }

    #[test]
    fn without_the_schedulers_figures_ticks_are_counted() {
        let proc = tempfile::tempdir().unwrap();
        let stat = "7 (odd) name) S 1 7 7 0 -1 0 0 0 0 0 50 25 0 0";
        process(proc.path(), &[("stat", stat)]);
        assert_eq!(used_in(proc.path(), 7), Some(Duration::from_millis(750)));
        assert_eq!(used_in(proc.path(), 8), None);
    }

    #[tokio::test]
    async fn a_process_that_sleeps_is_quiet() {
        let within = Duration::from_secs(30);
        let mut child = std::process::Command::new("sleep")
            .arg("60")
            .spawn()
            .unwrap();
        let begun = Instant::now();
        quiet(child.id(), within).await.unwrap();
        assert!(begun.elapsed() < within);
        child.kill().unwrap();
        child.wait().unwrap();
    }

    #[test]
    fn what_this_process_uses_grows() {
        let own = std::process::id();
        let before = used(own).unwrap();
        let begun = Instant::now();
        let mut value = 0_u64;
        while begun.elapsed() < Duration::from_millis(30) {
            value = std::hint::black_box(value.wrapping_add(1));
        }
        assert!(used(own).unwrap() > before);
    }
}
