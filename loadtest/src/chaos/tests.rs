//! Every fate, on real sockets, with a server that echoes.

use std::time::Instant;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::mpsc;

use super::*;

/// What a connection of the server has received, and how it ended.
type Seen = (usize, Result<(), io::ErrorKind>);

/// A server that sends back what it receives, and says how its connections end.
async fn echo() -> (SocketAddr, mpsc::UnboundedReceiver<Seen>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (say, seen) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let say = say.clone();
            tokio::spawn(async move {
                let (mut buffer, mut received) = (vec![0; 1024], 0);
                let end = loop {
                    match stream.read(&mut buffer).await {
                        Ok(0) => break Ok(()),
                        Ok(count) => {
                            received += count;
                            if let Err(error) = stream.write_all(&buffer[..count]).await {
                                break Err(error.kind());
                            }
                        }
                        Err(error) => break Err(error.kind()),
                    }
                };
                let _ = say.send((received, end));
            });
        }
    });
    (address, seen)
}

/// What comes back of this, and how the connection ends.
async fn exchange(chaos: &Chaos, sent: &[u8]) -> (Vec<u8>, Result<(), io::ErrorKind>) {
    let mut stream = TcpStream::connect(chaos.address()).await.unwrap();
    let (mut read, mut write) = stream.split();
    let mut received = Vec::new();
    let (written, read) = tokio::join!(
        async {
            write.write_all(sent).await?;
            write.shutdown().await
        },
        async {
            let mut buffer = vec![0; 1024];
            loop {
                match read.read(&mut buffer).await {
                    Ok(0) => break Ok(()),
                    Ok(count) => received.extend_from_slice(&buffer[..count]),
                    Err(error) => break Err(error.kind()),
                }
            }
        }
    );
    // A reset is told once, to whichever of the two asks first.
    (received, written.map_err(|error| error.kind()).and(read))
}

fn spot(direction: Direction, after_bytes: u64) -> Spot {
    Spot {
        direction,
        after_bytes,
    }
}

fn counted(chaos: &Chaos) -> Vec<(String, u64)> {
    chaos.report().fates.into_iter().collect()
}

/// Not an end in order. Whoever writes after a reset is told of a broken pipe.
fn is_reset(end: Result<(), io::ErrorKind>) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionReset, NotConnected};
    matches!(end, Err(BrokenPipe | ConnectionReset | NotConnected))
}

#[tokio::test]
async fn what_is_slow_comes_back_whole() {
    let (server, mut seen) = echo().await;
    let sent: Vec<u8> = (0..=255).cycle().take(5_000).collect();
    let drip = Fate::Drip {
        after_bytes: 100,
        bytes: 50,
        piece: 3,
        pause: Duration::from_millis(1),
    };
    let delay = Fate::Delay {
        each: Duration::from_millis(1),
    };
    for fate in [Fate::Pass, delay, drip] {
        let chaos = Chaos::start_with(server, move |_| fate).await.unwrap();
        let (received, end) = exchange(&chaos, &sent).await;
        assert!(received == sent && end == Ok(()), "{fate:?}: {end:?}");
        assert_eq!(seen.recv().await, Some((5_000, Ok(()))));
        assert_eq!(counted(&chaos), [(fate.name().to_owned(), 1)]);
        chaos.stop().await;
    }
}

#[tokio::test]
async fn a_reset_of_requests_reaches_both_ends_after_its_bytes() {
    let (server, mut seen) = echo().await;
    let fate = Fate::Reset(spot(Direction::ToServer, 777));
    let chaos = Chaos::start_with(server, move |_| fate).await.unwrap();
    let (received, end) = exchange(&chaos, &[1; 2_000]).await;
    assert!(received.len() <= 777 && is_reset(end), "{end:?}");
    let (at_server, end) = seen.recv().await.unwrap();
    assert!(at_server <= 777 && is_reset(end), "{at_server} {end:?}");
    assert_eq!(counted(&chaos), [("reset".to_owned(), 1)]);
    chaos.stop().await;
}

#[tokio::test]
async fn a_reset_of_answers_lets_exactly_its_bytes_through() {
    let (server, mut seen) = echo().await;
    let fate = Fate::Reset(spot(Direction::ToClient, 777));
    let chaos = Chaos::start_with(server, move |_| fate).await.unwrap();
    let (received, end) = exchange(&chaos, &[1; 2_000]).await;
    assert!(received.len() == 777 && is_reset(end), "{end:?}");
    assert!(seen.recv().await.is_some());
    chaos.stop().await;
}

#[tokio::test]
async fn a_half_close_ends_one_way_and_leaves_the_other() {
    let (server, mut seen) = echo().await;
    let hold = Duration::from_secs(60);
    let fate = Fate::HalfClose(spot(Direction::ToServer, 100), hold);
    let chaos = Chaos::start_with(server, move |_| fate).await.unwrap();
    // The server sees an end after 100 bytes, and all that it sends still arrives.
    let (received, end) = exchange(&chaos, &[1; 2_000]).await;
    assert_eq!((received.len(), end), (100, Ok(())));
    assert_eq!(seen.recv().await, Some((100, Ok(()))));
    assert_eq!(counted(&chaos), [("half_close".to_owned(), 1)]);
    chaos.stop().await;
}

#[tokio::test]
async fn a_black_hole_lets_nothing_through_until_its_time_is_over() {
    let (server, mut seen) = echo().await;
    let hold = Duration::from_millis(50);
    let fate = Fate::BlackHole(spot(Direction::ToServer, 100), hold);
    let chaos = Chaos::start_with(server, move |_| fate).await.unwrap();
    let since = Instant::now();
    let mut stream = TcpStream::connect(chaos.address()).await.unwrap();
    stream.write_all(&[1; 2_000]).await.unwrap();
    let mut received = Vec::new();
    stream.read_to_end(&mut received).await.unwrap();
    assert!(since.elapsed() >= hold && received.len() <= 100);
    assert_eq!(seen.recv().await, Some((100, Ok(()))));
    assert_eq!(counted(&chaos), [("black_hole".to_owned(), 1)]);
    chaos.stop().await;
}

#[tokio::test]
async fn without_a_server_connections_are_reset_and_the_proxy_lives_on() {
    let (server, _seen) = echo().await;
    // A port that is ours, and that nobody listens on.
    let nobody = tokio::net::TcpSocket::new_v4().unwrap();
    nobody.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let away = nobody.local_addr().unwrap();
    let chaos = Chaos::start_with(away, |_| Fate::Pass).await.unwrap();
    for _ in 0..2 {
        let (received, end) = exchange(&chaos, b"").await;
        assert!(received.is_empty() && is_reset(end), "{end:?}");
    }
    assert_eq!(counted(&chaos), [("no_server".to_owned(), 2)]);
    drop(nobody);
    let listener = TcpListener::bind(away).await.unwrap();
    tokio::spawn(async move {
        let (mut client, _) = listener.accept().await.unwrap();
        let mut server = TcpStream::connect(server).await.unwrap();
        tokio::io::copy_bidirectional(&mut client, &mut server).await
    });
    let (received, end) = exchange(&chaos, b"hello").await;
    assert_eq!((&*received, end), (&b"hello"[..], Ok(())));
    chaos.stop().await;
}

#[tokio::test]
async fn connections_end_with_the_proxy_and_a_fault_that_never_came_is_not_counted() {
    let (server, mut seen) = echo().await;
    let fate = Fate::Reset(spot(Direction::ToServer, 1_000_000));
    let chaos = Chaos::start_with(server, move |_| fate).await.unwrap();
    let mut stream = TcpStream::connect(chaos.address()).await.unwrap();
    stream.write_all(b"hello").await.unwrap();
    let mut answer = [0; 5];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(counted(&chaos), [("spared".to_owned(), 1)]);
    let address = chaos.address();
    chaos.stop().await;
    assert_eq!(stream.read(&mut answer).await.unwrap(), 0);
    assert_eq!(seen.recv().await, Some((5, Ok(()))));
    assert!(TcpStream::connect(address).await.is_err());
}
