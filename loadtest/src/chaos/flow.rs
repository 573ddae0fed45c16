//! One direction of a connection: bytes go from one side to the other at a pace, until a fault
//! strikes.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::time::{sleep, timeout};

use super::fate::{Direction, Fate, Spot};

/// Bytes of one direction that are in the proxy at most.
const CHUNK_BYTES: usize = 8 * 1024;

/// How a direction behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Flow {
    pace: Pace,
    fault: Option<(u64, Fault)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pace {
    Even,
    Delayed(Duration),
    Dripping {
        from: u64,
        until: u64,
        piece: u64,
        pause: Duration,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Reset,
    HalfClose(Duration),
    BlackHole(Duration),
}

/// Why both directions end at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Break {
    /// Both sides are to be reset.
    Reset,
    /// Both sides are to be swallowed for this time.
    BlackHole(Duration),
}

impl From<io::Error> for Break {
    /// What breaks on one side is passed on to the other as what it was.
    fn from(_: io::Error) -> Self {
        Self::Reset
    }
}

impl Flow {
    /// How a direction behaves under a fate.
    pub(super) fn of(fate: &Fate, direction: Direction) -> Self {
        let even = |spot: &Spot, fault| Self {
            pace: Pace::Even,
            fault: (spot.direction == direction).then_some((spot.after_bytes, fault)),
        };
        let paced = |pace| Self { pace, fault: None };
        match fate {
            Fate::Pass => paced(Pace::Even),
            Fate::Delay { each } => paced(Pace::Delayed(*each)),
            Fate::Drip {
                after_bytes,
                bytes,
                piece,
                pause,
            } => paced(Pace::Dripping {
                from: *after_bytes,
                until: after_bytes + bytes,
                piece: *piece,
                pause: *pause,
            }),
            Fate::Reset(spot) => even(spot, Fault::Reset),
            Fate::HalfClose(spot, hold) => even(spot, Fault::HalfClose(*hold)),
            Fate::BlackHole(spot, hold) => even(spot, Fault::BlackHole(*hold)),
        }
    }

    /// Bytes that may still be carried before the fault; 0 is now.
    fn room(&self, carried: u64) -> usize {
        let left = self.fault.map_or(u64::MAX, |(after, _)| after - carried);
        usize::try_from(left).map_or(CHUNK_BYTES, |left| left.min(CHUNK_BYTES))
    }
}

impl Pace {
    /// How many of the bytes that wait go on next, and after which pause.
    fn next(self, carried: u64, waiting: usize) -> (usize, Duration) {
        let at_most = |bytes: u64| usize::try_from(bytes).map_or(waiting, |most| most.min(waiting));
        match self {
            Self::Even => (waiting, Duration::ZERO),
            Self::Delayed(each) => (waiting, each),
            Self::Dripping { from, .. } if carried < from => {
                (at_most(from - carried), Duration::ZERO)
            }
            Self::Dripping {
                until,
                piece,
                pause,
                ..
            } if carried < until => (at_most(piece.min(until - carried)), pause),
            Self::Dripping { .. } => (waiting, Duration::ZERO),
        }
    }
}

/// Carries bytes until the sender ends, which is passed on, or until a fault strikes, which is told
/// to `struck`.
pub(super) async fn carry(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    flow: Flow,
    struck: impl Fn(),
) -> Result<(), Break> {
    let mut buffer = vec![0; CHUNK_BYTES];
    let mut carried = 0;
    loop {
        let room = flow.room(carried);
        if let (0, Some((_, fault))) = (room, flow.fault) {
            struck();
            return strike(fault, from, to).await;
        }
        let count = from.read(&mut buffer[..room]).await?;
        if count == 0 {
            to.shutdown().await?;
            return Ok(());
        }
        let mut waiting = &buffer[..count];
        while !waiting.is_empty() {
            let (next, pause) = flow.pace.next(carried, waiting.len());
            if !pause.is_zero() {
                sleep(pause).await;
            }
            let (piece, rest) = waiting.split_at(next);
            to.write_all(piece).await?;
            carried += piece.len() as u64;
            waiting = rest;
        }
    }
}

async fn strike(
    fault: Fault,
    from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
) -> Result<(), Break> {
    match fault {
        Fault::Reset => Err(Break::Reset),
        Fault::BlackHole(hold) => Err(Break::BlackHole(hold)),
        Fault::HalfClose(hold) => {
            to.shutdown().await?;
            match timeout(hold, swallow(from)).await {
                Ok(()) => Ok(()),
                Err(_) => Err(Break::Reset),
            }
        }
    }
}

/// Reads and forgets, until the sender ends or is gone.
pub(super) async fn swallow(mut from: impl AsyncRead + Unpin) {
    let mut buffer = vec![0; CHUNK_BYTES];
    while matches!(from.read(&mut buffer).await, Ok(1..)) {}
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use tokio::io::duplex;
    use tokio::time::Instant;

    use super::*;

    /// Everything fits, so that nobody waits for room.
    const ROOM: usize = 1024 * 1024;

    /// What comes out of a flow that this goes into, how it ends, how often a fault struck, and how
    /// long it took.
    async fn outcome(fate: Fate, sent: &[u8]) -> (Vec<u8>, Result<(), Break>, u32, Duration) {
        let (mut sender, from) = duplex(ROOM);
        let (to, mut receiver) = duplex(ROOM);
        sender.write_all(sent).await.unwrap();
        drop(sender);
        let strikes = Cell::new(0);
        let since = Instant::now();
        let flow = Flow::of(&fate, Direction::ToServer);
        let end = carry(from, to, flow, || strikes.set(strikes.get() + 1)).await;
        let took = since.elapsed();
        let mut received = Vec::new();
        receiver.read_to_end(&mut received).await.unwrap();
        (received, end, strikes.get(), took)
    }

    fn bytes(count: usize) -> Vec<u8> {
        (0..=250).cycle().take(count).collect()
    }

    fn spot(after_bytes: u64) -> Spot {
        Spot {
            direction: Direction::ToServer,
            after_bytes,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_passes_comes_out_whole_and_at_once() {
        let sent = bytes(100_000);
        let (received, end, strikes, took) = outcome(Fate::Pass, &sent).await;
        assert!(received == sent && end == Ok(()) && strikes == 0);
        assert_eq!(took, Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_delay_keeps_each_chunk_for_its_time() {
        let sent = bytes(3 * CHUNK_BYTES);
        let each = Duration::from_millis(20);
        let (received, end, _, took) = outcome(Fate::Delay { each }, &sent).await;
        assert!(received == sent && end == Ok(()));
        assert_eq!(took, 3 * each);
    }

    #[tokio::test(start_paused = true)]
    async fn a_drip_takes_a_pause_before_each_piece_and_none_elsewhere() {
        let sent = bytes(5_000);
        for (piece, pieces) in [(1, 300), (7, 43)] {
            let drip = Fate::Drip {
                after_bytes: 1_000,
                bytes: 300,
                piece,
                pause: Duration::from_millis(2),
            };
            let (received, end, _, took) = outcome(drip, &sent).await;
            assert!(received == sent && end == Ok(()));
            assert_eq!(took, Duration::from_millis(2) * pieces);
        }
    }

    #[test]
    fn a_drip_gives_one_piece_at_a_time() {
        let drip = Pace::Dripping {
            from: 10,
            until: 20,
            piece: 4,
            pause: Duration::from_millis(1),
        };
        let steps = [
            (0, 100, 10),
            (10, 90, 4),
            (14, 2, 2),
            (18, 80, 2),
            (20, 78, 78),
        ];
        for (carried, waiting, next) in steps {
            assert_eq!(drip.next(carried, waiting).0, next, "at {carried}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_fault_strikes_after_exactly_its_bytes() {
        let sent = bytes(20_000);
        for after in [0, 1, 777, 8_192, 8_193, 20_000] {
            let (received, end, strikes, _) = outcome(Fate::Reset(spot(after)), &sent).await;
            assert_eq!(received, sent[..usize::try_from(after).unwrap()]);
            assert_eq!((end, strikes), (Err(Break::Reset), 1));
        }
        let hold = Duration::from_secs(2);
        let (received, end, strikes, _) = outcome(Fate::BlackHole(spot(9), hold), &sent).await;
        assert_eq!(received, sent[..9]);
        assert_eq!((end, strikes), (Err(Break::BlackHole(hold)), 1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_fault_that_comes_too_late_or_on_the_other_way_spares_the_flow() {
        let sent = bytes(500);
        let other = Spot {
            direction: Direction::ToClient,
            after_bytes: 100,
        };
        for fate in [Fate::Reset(spot(501)), Fate::Reset(other)] {
            let (received, end, strikes, _) = outcome(fate, &sent).await;
            assert!(received == sent && end == Ok(()) && strikes == 0);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_half_close_ends_the_receiver_and_swallows_what_follows() {
        let sent = bytes(50_000);
        let fate = Fate::HalfClose(spot(123), Duration::from_secs(2));
        let (received, end, strikes, took) = outcome(fate, &sent).await;
        assert_eq!(received, sent[..123]);
        assert_eq!((end, strikes, took), (Ok(()), 1, Duration::ZERO));
    }

    #[tokio::test(start_paused = true)]
    async fn a_half_close_is_reset_when_its_time_is_over() {
        let (mut sender, from) = duplex(ROOM);
        let (to, mut receiver) = duplex(ROOM);
        sender.write_all(b"hello").await.unwrap();
        let hold = Duration::from_secs(2);
        let flow = Flow::of(&Fate::HalfClose(spot(2), hold), Direction::ToServer);
        let since = Instant::now();
        assert_eq!(carry(from, to, flow, || ()).await, Err(Break::Reset));
        assert_eq!(since.elapsed(), hold);
        let mut received = String::new();
        receiver.read_to_string(&mut received).await.unwrap();
        assert_eq!(received, "he");
    }
}
