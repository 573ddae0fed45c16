//! How many bytes large frames may hold at once, over all connections.
//!
//! Every connection may hold a little. What is larger, a picture on its way in or a page that its reader
//! does not take, reserves its bytes first, so that ten thousand peers which send or read slowly cannot
//! fill the memory together. Who waits is served in the order of arrival.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Bytes are counted in units of this size, rounded up.
const UNIT_BYTES: usize = 1024;

/// See the module's description.
#[derive(Debug, Clone)]
pub(crate) struct FrameBudget {
    units: Arc<Semaphore>,
}

/// Bytes that are reserved until this is dropped.
#[derive(Debug)]
#[must_use = "what is dropped is not reserved"]
pub(crate) struct Reserved {
    _units: OwnedSemaphorePermit,
}

impl FrameBudget {
    /// Frames of up to this many bytes need no reservation.
    pub(crate) const FREE_BYTES: usize = 64 * 1024;

    /// A budget of so many bytes.
    pub(crate) fn new(bytes_max: usize) -> Self {
        let units = (bytes_max / UNIT_BYTES).min(Semaphore::MAX_PERMITS);
        Self {
            units: Arc::new(Semaphore::new(units)),
        }
    }

    /// Waits until so many bytes can be reserved; `None` for a frame that is small enough to need no
    /// reservation.
    ///
    /// # Cancel safety
    /// Safe; whoever asks again stands at the end of the queue.
    pub(crate) async fn reserve(&self, bytes: usize) -> Option<Reserved> {
        let units = Self::units(bytes)?;
        // It is never closed.
        let units = Arc::clone(&self.units).acquire_many_owned(units).await;
        units.ok().map(|units| Reserved { _units: units })
    }

    /// Reserves so many bytes if they are free now: `Ok(None)` for a frame that needs no reservation.
    ///
    /// # Errors
    /// They are not free.
    pub(crate) fn try_reserve(&self, bytes: usize) -> Result<Option<Reserved>, BudgetSpent> {
        let Some(units) = Self::units(bytes) else {
            return Ok(None);
        };
        match Arc::clone(&self.units).try_acquire_many_owned(units) {
            Ok(units) => Ok(Some(Reserved { _units: units })),
            Err(_) => Err(BudgetSpent),
        }
    }

    fn units(bytes: usize) -> Option<u32> {
        (bytes > Self::FREE_BYTES)
            .then(|| u32::try_from(bytes.div_ceil(UNIT_BYTES)).unwrap_or(u32::MAX))
    }
}

/// Large frames hold as many bytes as they may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("large frames hold as many bytes as they may")]
pub(crate) struct BudgetSpent;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    const LARGE: usize = 100 * 1024;

    #[tokio::test(start_paused = true)]
    async fn large_frames_share_the_budget_and_small_ones_need_none() {
        let budget = FrameBudget::new(2 * LARGE);
        let first = budget.reserve(LARGE).await.unwrap();
        let second = budget.try_reserve(LARGE).unwrap().unwrap();
        assert_eq!(budget.try_reserve(LARGE).unwrap_err(), BudgetSpent);
        assert!(
            budget
                .try_reserve(FrameBudget::FREE_BYTES)
                .unwrap()
                .is_none()
        );
        assert!(budget.reserve(FrameBudget::FREE_BYTES).await.is_none());
        budget.try_reserve(FrameBudget::FREE_BYTES + 1).unwrap_err();
        let waiting = timeout(Duration::from_secs(1), budget.reserve(LARGE)).await;
        assert!(waiting.is_err());
        drop(first);
        let third = budget.reserve(LARGE).await.unwrap();
        drop((second, third));
    }
}
