//! What a process has used, as Linux tells in `/proc`.

use std::fs;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Memory of this process that is resident, in bytes.
///
/// # Panics
/// This is not Linux.
#[must_use]
pub fn resident_bytes() -> u64 {
    status_bytes(std::process::id(), "VmRSS")
}

/// The most memory that was resident at once in a process that runs, in bytes, since
/// its start.
///
/// # Panics
/// There is no such process, or this is not Linux.
#[must_use]
pub fn peak_bytes(pid: u32) -> u64 {
    status_bytes(pid, "VmHWM")
}

/// Processor time of this thread.
///
/// # Panics
/// Never: every thread has a clock of its own.
#[must_use]
pub fn thread_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::try_from(time).expect("it does not run backwards")
}

fn status_bytes(pid: u32, name: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("the process runs");
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.trim_matches([':', ' ', '\t', 'k', 'B']).parse().ok());
    1024 * number.unwrap_or(0_u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_uses_something() {
        let pid = std::process::id();
        assert!(resident_bytes() > 100_000 && peak_bytes(pid) >= resident_bytes());
        assert!(thread_time() > Duration::ZERO);
    }
}
