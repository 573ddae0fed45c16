//! How often something may happen from one source, with networks that are exempt.

use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use tokio::time::Instant;

use super::{Buckets, Network, Rate, RetryAfter, Source};

/// Sources that are remembered.
const SOURCES_MAX: usize = 65_536;

/// See the module's description.
#[derive(Debug)]
pub(crate) struct PerSource {
    start: Instant,
    exempt: Vec<Network>,
    buckets: Mutex<Buckets<Source>>,
}

impl PerSource {
    /// Nothing has happened yet.
    pub(crate) fn new(rate: Rate, exempt: Vec<Network>) -> Self {
        Self {
            start: Instant::now(),
            exempt,
            buckets: Mutex::new(Buckets::new(rate, SOURCES_MAX)),
        }
    }

    /// It is about to happen.
    ///
    /// # Errors
    /// It must not happen now; nothing was counted.
    pub(crate) fn take(&self, address: IpAddr, now: Instant) -> Result<(), RetryAfter> {
        if self.exempt.iter().any(|network| network.contains(address)) {
            return Ok(());
        }
        let now = now.saturating_duration_since(self.start);
        // Nothing panics while it holds the lock, so a poisoned one is as good as any.
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        buckets.try_take(address.into(), now)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn each_source_has_its_own_and_exempt_networks_have_no_limit() {
        let rate = Rate {
            burst: 1,
            refill: Duration::from_secs(60),
        };
        let limit = PerSource::new(rate, vec!["192.0.2.0/24".parse().unwrap()]);
        let at = |address: &str, seconds| {
            let now = limit.start + Duration::from_secs(seconds);
            limit.take(address.parse().unwrap(), now)
        };
        at("203.0.113.7", 0).unwrap();
        at("203.0.113.8", 0).unwrap();
        let refused = at("203.0.113.7", 20).unwrap_err();
        assert_eq!(refused, RetryAfter(Duration::from_secs(40)));
        at("203.0.113.7", 60).unwrap();
        for _ in 0..5 {
            at("192.0.2.1", 0).unwrap();
        }
    }
}
