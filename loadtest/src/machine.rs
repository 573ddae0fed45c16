//! What a run had to work with, and what it used: facts of the machine, processor time and memory.
//!
//! Linux tells in `/proc`; elsewhere what is not known says so, and no run fails for it.

use std::fs;
use std::num::NonZero;
use std::thread::available_parallelism;
use std::time::Duration;

use rustix::param::clock_ticks_per_second;
use rustix::system::uname;
use rustix::time::{ClockId, clock_gettime};

use crate::report::Machine;

/// What a process has used since it began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// Processor time of all its threads, in the program and in the kernel.
    pub cpu: Duration,
    /// Most memory that was resident at once, in bytes; 0 where it is not known.
    pub memory_peak_bytes: u64,
}

/// The machine that this process runs on, with its load at this moment.
#[must_use]
pub fn machine() -> Machine {
    let system = uname();
    let kernel = [system.sysname(), system.release(), system.machine()];
    let kernel = kernel.map(|part| part.to_string_lossy().into_owned());
    let cores = available_parallelism().map_or(1, NonZero::get);
    Machine {
        processor: processor(&read("/proc/cpuinfo")).unwrap_or_else(|| kernel[2].clone()),
        cores: cores.try_into().unwrap_or(u64::MAX),
        memory_bytes: kibibytes(&read("/proc/meminfo"), "MemTotal").unwrap_or(0),
        system: kernel.join(" "),
        load: load(&read("/proc/loadavg")).unwrap_or(0.0),
    }
}

/// What this process has used; the time is exact.
#[must_use]
pub fn own_usage() -> Usage {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Usage {
        cpu: Duration::try_from(time).unwrap_or(Duration::ZERO),
        memory_peak_bytes: kibibytes(&read("/proc/self/status"), "VmHWM").unwrap_or(0),
    }
}

/// What another process has used, its time in hundredths of a second as the kernel counts it; `None`
/// when there is no such process, or no way to know.
#[must_use]
pub fn usage_of(pid: u32) -> Option<Usage> {
    let ticks = cpu_ticks(&read(&format!("/proc/{pid}/stat")))?;
    let milliseconds = ticks.checked_mul(1_000)? / clock_ticks_per_second().max(1);
    let status = read(&format!("/proc/{pid}/status"));
    Some(Usage {
        cpu: Duration::from_millis(milliseconds),
        // One that has ended and was not waited for has its times still, and no memory.
        memory_peak_bytes: kibibytes(&status, "VmHWM").unwrap_or(0),
    })
}

/// A file that may not be there.
fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

/// The value of a line `name : value`.
fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        (found.trim() == name).then_some(value.trim())
    })
}

/// The processor's name; on ARM the kernel knows only numbers.
fn processor(cpuinfo: &str) -> Option<String> {
    let name = field(cpuinfo, "model name").or_else(|| field(cpuinfo, "Model"))?;
    (!name.is_empty()).then(|| name.to_owned())
}

/// A field in kibibytes (`name: 123 kB`), in bytes.
fn kibibytes(text: &str, name: &str) -> Option<u64> {
    let number = field(text, name)?.strip_suffix("kB")?.trim();
    number.parse::<u64>().ok()?.checked_mul(1024)
}

fn load(loadavg: &str) -> Option<f64> {
    loadavg.split_whitespace().next()?.parse().ok()
}

/// Ticks in the program and in the kernel: fields 14 and 15 of `stat` (proc_pid_stat(5)). The second
/// field is the program's name in parentheses, which may hold anything, so what counts begins after
/// the last one.
fn cpu_ticks(stat: &str) -> Option<u64> {
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut fields = after_name.split_whitespace().skip(11);
    let mut next = || fields.next()?.parse::<u64>().ok();
    next()?.checked_add(next()?)
}

#[cfg(test)]
mod tests {
    use std::hint::black_box;
    use std::time::Instant;

    use super::*;

    #[test]
    fn fields_are_found_by_their_name() {
        let text = "processor\t: 0\nmodel name\t: AMD EPYC 7B13: fast\nVmHWM:\t   12 kB\n";
        assert_eq!(processor(text).as_deref(), Some("AMD EPYC 7B13: fast"));
        assert_eq!(kibibytes(text, "VmHWM"), Some(12 * 1024));
        assert_eq!(kibibytes(text, "processor"), None);
        assert_eq!(kibibytes(text, "Vm"), None);
        assert_eq!(processor("processor : 0\nmodel name :\n"), None);
        assert_eq!(load("0.42 1.00 2.00 1/2 3\n"), Some(0.42));
        assert_eq!(load(""), None);
    }

    #[test]
    fn ticks_are_counted_after_any_name() {
        let rest = "S 1 2 3 4 5 6 7 8 9 10 120 34 0 0 20";
        for name in ["server", "a) R 1 (b", ") ) )"] {
            assert_eq!(cpu_ticks(&format!("77 ({name}) {rest}")), Some(154));
        }
        assert_eq!(cpu_ticks("77 (server) S 1 2"), None);
        assert_eq!(cpu_ticks(""), None);
    }

    #[test]
    fn a_machine_has_a_name_and_a_core() {
        let machine = machine();
        assert!(!machine.processor.is_empty() && machine.cores > 0);
        assert!(!machine.system.trim().is_empty());
    }

    #[test]
    fn work_is_counted() {
        let before = own_usage();
        let since = Instant::now();
        let mut sum = 0_u64;
        while since.elapsed() < Duration::from_millis(20) || own_usage().cpu == before.cpu {
            sum = black_box(sum.wrapping_add(1));
        }
        assert!(own_usage().cpu > before.cpu);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_process_is_seen_alike_from_inside_and_outside() {
        let outside = usage_of(std::process::id()).unwrap();
        let inside = own_usage();
        assert!(inside.memory_peak_bytes > 1024 * 1024);
        assert!(outside.memory_peak_bytes <= inside.memory_peak_bytes);
        assert!(outside.cpu <= inside.cpu + Duration::from_millis(100));
        assert_eq!(usage_of(u32::MAX), None);
    }
}
