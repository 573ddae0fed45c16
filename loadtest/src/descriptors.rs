//! File descriptors: every connection takes one, and a run that has too few fails in ways that look
//! like failures of the server. So it is checked before.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// There are too few file descriptors.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DescriptorError {
    /// The hard limit does not allow as many.
    #[error(
        "this run needs {needed} file descriptors, and this system allows {allowed}: raise the \
         limit with `ulimit -Hn {needed}` as root, for good in /etc/security/limits.conf (`nofile`) \
         or with LimitNOFILE={needed} in a systemd unit, or use fewer connections"
    )]
    TooFew {
        /// Descriptors that the run needs.
        needed: u64,
        /// The hard limit.
        allowed: u64,
    },
    /// The system refused to raise the soft limit.
    #[error(
        "this run needs {needed} file descriptors, and the limit cannot be raised to that ({cause}): \
         try `ulimit -n {needed}` before, or use fewer connections"
    )]
    NotRaised {
        /// Descriptors that the run needs.
        needed: u64,
        /// What the system said.
        cause: rustix::io::Errno,
    },
}

/// Makes sure that this process, and every child that it starts from here on, may open `needed` file
/// descriptors. Returns a note for the report when the limit had to be raised.
///
/// # Errors
/// There are too few, with what to do about it.
pub fn ensure(needed: u64) -> Result<Option<String>, DescriptorError> {
    let limit = getrlimit(Resource::Nofile);
    match decide(limit, needed)? {
        None => Ok(None),
        Some(raised) => {
            setrlimit(Resource::Nofile, raised)
                .map_err(|cause| DescriptorError::NotRaised { needed, cause })?;
            let before = limit.current.unwrap_or(u64::MAX);
            Ok(Some(format!(
                "the limit of file descriptors was raised from {before} to {needed}"
            )))
        }
    }
}

/// The limit to set, if there must be another one. `None` in a limit is none at all.
fn decide(limit: Rlimit, needed: u64) -> Result<Option<Rlimit>, DescriptorError> {
    let suffices = |limit: Option<u64>| limit.is_none_or(|limit| limit >= needed);
    if suffices(limit.current) {
        return Ok(None);
    }
    match limit.maximum {
        Some(allowed) if allowed < needed => Err(DescriptorError::TooFew { needed, allowed }),
        maximum => Ok(Some(Rlimit {
            current: Some(needed),
            maximum,
        })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(current: Option<u64>, maximum: Option<u64>) -> Rlimit {
        Rlimit { current, maximum }
    }

    #[test]
    fn what_suffices_is_left_alone() {
        for enough in [
            limit(Some(100), Some(100)),
            limit(Some(101), None),
            limit(None, None),
        ] {
            assert_eq!(decide(enough, 100), Ok(None));
        }
    }

    #[test]
    fn the_soft_limit_is_raised_to_what_is_needed_and_no_further() {
        for maximum in [Some(100), Some(5_000), None] {
            let raised = decide(limit(Some(99), maximum), 100);
            assert_eq!(raised, Ok(Some(limit(Some(100), maximum))));
        }
    }

    #[test]
    fn the_hard_limit_is_explained() {
        let error = decide(limit(Some(10), Some(99)), 100).unwrap_err();
        let (needed, allowed) = (100, 99);
        assert_eq!(error, DescriptorError::TooFew { needed, allowed });
        let text = error.to_string();
        for part in ["100", "99", "ulimit", "limits.conf", "LimitNOFILE=100"] {
            assert!(text.contains(part), "{text}");
        }
    }

    #[test]
    fn a_limit_that_is_low_is_raised_for_real() {
        let limit = getrlimit(Resource::Nofile);
        assert_eq!(ensure(1), Ok(None));
        // By one, so that other tests in this process do not notice.
        let Some(needed) = limit.current.and_then(|current| current.checked_add(1)) else {
            return;
        };
        match ensure(needed) {
            Ok(note) => {
                assert!(note.is_some_and(|note| note.contains(&needed.to_string())));
                assert_eq!(getrlimit(Resource::Nofile).current, Some(needed));
            }
            Err(error) => assert!(matches!(error, DescriptorError::TooFew { .. }), "{error}"),
        }
    }
}
