//! Pictures for asynchronous callers: a few workers, a short queue, and *busy* beyond that.
//!
//! Decoding takes tens of milliseconds and tens of MiB, so it runs on tokio's blocking threads,
//! and never on more of them at once than there are workers. Two semaphores do the bounding: a
//! *place* is held from the call until the work is done and limits callers in total, a *bench* is
//! held while working and limits threads. Both travel with the work itself: a caller that goes
//! away while waiting gives its place back at once, and one that goes away during the work does
//! not make room for more threads than allowed.

use std::{num::NonZeroUsize, sync::Arc};

use thiserror::Error;
use tokio::sync::{Semaphore, TryAcquireError};

use super::{PictureError, PictureLimits, ProcessedPicture, check_size, process};

/// Why the workshop returned no picture.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum WorkshopError {
    /// All workers are at work and the queue is full: nothing was done, ask again later.
    #[error("too many pictures are waiting")]
    Busy,
    /// The picture itself is refused.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// The workshop was closed, or the runtime is going down: nothing was done.
    #[error("the picture workshop is closed")]
    Stopped,
}

/// Runs [`process`] for many callers within a fixed amount of threads and memory.
#[derive(Debug)]
pub(crate) struct PictureWorkshop {
    limits: Arc<PictureLimits>,
    places_max: usize,
    places: Arc<Semaphore>,
    benches: Arc<Semaphore>,
}

impl PictureWorkshop {
    /// A workshop in which `workers` pictures are processed at once while `queue_max` more wait.
    pub(crate) fn new(workers: NonZeroUsize, queue_max: usize, limits: PictureLimits) -> Self {
        let places = workers
            .get()
            .saturating_add(queue_max)
            .min(Semaphore::MAX_PERMITS);
        Self {
            limits: Arc::new(limits),
            places_max: places,
            places: Arc::new(Semaphore::new(places)),
            benches: Arc::new(Semaphore::new(workers.get().min(Semaphore::MAX_PERMITS))),
        }
    }

    /// Processes one picture.
    ///
    /// Must be called within a tokio runtime. Cancellation safe: when the caller goes away
    /// before its turn, nothing is done; afterwards the work ends unseen.
    ///
    /// # Errors
    /// [`WorkshopError`]. A decoder that panics counts as [`PictureError::Damaged`].
    pub(crate) async fn process(&self, bytes: Vec<u8>) -> Result<ProcessedPicture, WorkshopError> {
        // Files that are refused without a look inside take no place in the queue.
        check_size(&bytes, &self.limits)?;
        let limits = Arc::clone(&self.limits);
        self.run(move || process(&bytes, &limits)).await
    }

    /// Pictures that are processed or wait for it.
    pub(crate) fn taken(&self) -> usize {
        self.places_max - self.places.available_permits()
    }

    /// Ends the workshop: whoever waits and whoever comes gets [`WorkshopError::Stopped`], work
    /// already begun is finished.
    pub(crate) fn stop(&self) {
        self.places.close();
        self.benches.close();
    }

    async fn run(
        &self,
        work: impl FnOnce() -> Result<ProcessedPicture, PictureError> + Send + 'static,
    ) -> Result<ProcessedPicture, WorkshopError> {
        let place = match Arc::clone(&self.places).try_acquire_owned() {
            Ok(place) => place,
            Err(TryAcquireError::NoPermits) => return Err(WorkshopError::Busy),
            Err(TryAcquireError::Closed) => return Err(WorkshopError::Stopped),
        };
        let Ok(bench) = Arc::clone(&self.benches).acquire_owned().await else {
            return Err(WorkshopError::Stopped);
        };
        let done = tokio::task::spawn_blocking(move || {
            let _held_until_done = (bench, place);
            work()
        });
        match done.await {
            Ok(result) => Ok(result?),
            Err(error) if error.is_panic() => {
                tracing::warn!("a picture made its decoder panic; it was refused");
                Err(PictureError::Damaged.into())
            }
            Err(_cancelled) => Err(WorkshopError::Stopped),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        future::Future,
        pin::pin,
        sync::mpsc,
        task::{Context, Poll, Waker},
    };

    const ONE: NonZeroUsize = NonZeroUsize::MIN;

    fn workshop(workers: usize, queue_max: usize) -> Arc<PictureWorkshop> {
        let workers = NonZeroUsize::new(workers).unwrap();
        Arc::new(PictureWorkshop::new(
            workers,
            queue_max,
            PictureLimits::default(),
        ))
    }

    fn refused() -> Result<ProcessedPicture, PictureError> {
        Err(PictureError::UnknownFormat)
    }

    /// Work that says when it has begun and ends when it is told to.
    struct Held {
        begun: tokio::sync::oneshot::Receiver<()>,
        finish: mpsc::Sender<()>,
    }

    fn held() -> (
        Held,
        impl FnOnce() -> Result<ProcessedPicture, PictureError> + Send + 'static,
    ) {
        let (begin, begun) = tokio::sync::oneshot::channel();
        let (finish, finished) = mpsc::channel();
        let work = move || {
            let _ = begin.send(());
            let _ = finished.recv();
            refused()
        };
        (Held { begun, finish }, work)
    }

    fn poll_once<T>(future: std::pin::Pin<&mut impl Future<Output = T>>) -> Poll<T> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    #[tokio::test]
    async fn a_picture_is_processed() {
        let mut bytes = std::io::Cursor::new(Vec::new());
        image::RgbImage::new(300, 20)
            .write_to(&mut bytes, image::ImageFormat::Png)
            .unwrap();
        let picture = workshop(1, 0).process(bytes.into_inner()).await.unwrap();
        assert_eq!((picture.full.width, picture.thumbnail.width), (300, 256));
        let error = workshop(1, 0).process(b"words".to_vec()).await.unwrap_err();
        assert_eq!(error, WorkshopError::Picture(PictureError::UnknownFormat));
    }

    #[tokio::test]
    async fn beyond_workers_and_queue_the_answer_is_busy() {
        let workshop = workshop(1, 1);
        let (first, work) = held();
        let working = tokio::spawn({
            let workshop = Arc::clone(&workshop);
            async move { workshop.run(work).await }
        });
        first.begun.await.unwrap();
        let mut waiting = pin!(workshop.run(refused));
        assert!(poll_once(waiting.as_mut()).is_pending());
        assert_eq!(workshop.run(refused).await, Err(WorkshopError::Busy));
        // What is refused by its size alone is told so even now.
        let empty = workshop.process(Vec::new()).await;
        assert_eq!(empty, Err(WorkshopError::Picture(PictureError::Empty)));
        first.finish.send(()).unwrap();
        let expected = Err(WorkshopError::Picture(PictureError::UnknownFormat));
        assert_eq!(working.await.unwrap(), expected);
        assert_eq!(waiting.await, expected);
        assert_eq!(workshop.places.available_permits(), 2);
        assert_eq!(workshop.benches.available_permits(), 1);
    }

    #[tokio::test]
    async fn a_caller_that_leaves_the_queue_leaves_its_place() {
        let workshop = workshop(1, 1);
        let (first, work) = held();
        let mut working = Box::pin(workshop.run(work));
        assert!(poll_once(working.as_mut()).is_pending());
        first.begun.await.unwrap();
        {
            let mut waiting = pin!(workshop.run(refused));
            assert!(poll_once(waiting.as_mut()).is_pending());
            assert_eq!(workshop.places.available_permits(), 0);
        }
        assert_eq!(workshop.places.available_permits(), 1);
        // The caller of work that has begun may leave too; its bench is free only when it ends.
        drop(working);
        assert_eq!(workshop.benches.available_permits(), 0);
        first.finish.send(()).unwrap();
        let _bench = workshop.benches.acquire().await.unwrap();
        let _places = workshop.places.acquire_many(2).await.unwrap();
    }

    #[tokio::test]
    async fn a_panic_of_the_decoder_is_a_damaged_picture() {
        let workshop = PictureWorkshop::new(ONE, 0, PictureLimits::default());
        for _ in 0..3 {
            let result = workshop
                .run(|| panic!("deliberate, part of the test"))
                .await;
            assert_eq!(result, Err(WorkshopError::Picture(PictureError::Damaged)));
        }
        assert_eq!(workshop.places.available_permits(), 1);
        assert_eq!(workshop.benches.available_permits(), 1);
    }

    #[tokio::test]
    async fn a_stopped_workshop_refuses_those_who_wait_and_those_who_come() {
        let workshop = workshop(1, 1);
        let (first, work) = held();
        let mut working = pin!(workshop.run(work));
        assert!(poll_once(working.as_mut()).is_pending());
        first.begun.await.unwrap();
        let mut waiting = pin!(workshop.run(refused));
        assert!(poll_once(waiting.as_mut()).is_pending());
        workshop.stop();
        assert_eq!(waiting.await, Err(WorkshopError::Stopped));
        assert_eq!(workshop.run(refused).await, Err(WorkshopError::Stopped));
        first.finish.send(()).unwrap();
        assert_eq!(
            working.await,
            Err(WorkshopError::Picture(PictureError::UnknownFormat))
        );
    }
}
