//! What it costs when nobody reads: the real server as a process, and the memory that it takes.

use std::collections::BTreeMap;
use std::time::Duration;

use auboutique_client::{Client, Events, Mirror, Notice};
use auboutique_protocol::accounts::{MyQuota, Resume};
use auboutique_protocol::catalog::{ProductSummary, Sell};
use auboutique_protocol::chat::{History, IfOffline, Message, SendMessage};
use auboutique_protocol::envelope::ServerFrame;
use auboutique_protocol::event::{Event, Topic, Watch};
use auboutique_protocol::ids::{Key, ProductId, Token};
use auboutique_protocol::limits::{DESCRIPTION_CHARACTERS_MAX, MESSAGE_CHARACTERS_MAX};
use tokio::io::AsyncReadExt as _;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{interval, timeout};

use crate::common::raw::{RawClient, Received};
use crate::common::{PASSWORD, book, registration};
use crate::process::Process;
use crate::{PATIENCE, for_sale, reprice};

/// Connections that say what they want to hear, and never read it.
const SILENT: usize = 20;
const SENDERS: usize = 8;
const MESSAGES: usize = 10_000;
const MESSAGES_EACH: usize = MESSAGES / SENDERS;
/// A sender changes the price of a product for every so many messages.
const MESSAGES_PER_EDIT: usize = 4;
/// The messages alone are 80 MB. What may be kept of them is 1 MiB, of what happened in the market
/// 4 MiB, and for each connection a buffer that is being written; the rest is room for the databases'
/// caches. Measured are 5 MiB, and with a mailbox without a bound 34 MB until the first write of a
/// silent connection is given up.
const GROWTH_BYTES_MAX: u64 = 16 * 1024 * 1024;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn those_who_never_read_are_cut_off_cost_little_memory_and_nobody_else_anything() {
    let directory = tempfile::tempdir().unwrap();
    let config = directory.path().join("market.toml");
    let text = "connections_per_user_max = 100\n[limits]\nmessages_per_day_max = 100000\n";
    std::fs::write(&config, text).unwrap();
    let data_dir = directory.path().join("data");
    let server = Process::start_with(&data_dir, &["--config", config.to_str().unwrap()], &[]);

    let mona = server.anonymous().await;
    let inbox = Inbox::new(mona.clone());
    mona.call(&registration("mona")).await.unwrap();
    let login = mona.login("mona", PASSWORD.into()).await.unwrap();
    let mut silent = Vec::new();
    for _ in 0..SILENT {
        silent.push(silent_watcher(&server, login.token.clone()).await);
    }
    let (tell_truth, truth) = watch::channel(None);
    let mirror = Mirror::start(server.user("rima").await).await.unwrap();
    let following = tokio::spawn(follow(mirror, truth));
    let mut senders = Vec::new();
    for number in 0..SENDERS {
        let client = server.user(&sender(number)).await;
        let product = client.call(&long_product(number)).await.unwrap().product;
        senders.push((client, product));
    }
    let reading = tokio::spawn(inbox.read_all());

    let before = resident_bytes(server.pid());
    let mut sending = JoinSet::new();
    for (client, product) in senders {
        sending.spawn(async move { send_all(&client, product).await });
    }
    let mut most = before;
    let mut measuring = interval(Duration::from_millis(50));
    loop {
        tokio::select! {
            sent = sending.join_next() => match sent {
                Some(sent) => sent.unwrap(),
                None => break,
            },
            _ = measuring.tick() => most = most.max(resident_bytes(server.pid())),
        }
    }
    timeout(PATIENCE, reading).await.unwrap().unwrap();
    tell_truth.send_replace(Some(for_sale(&mona).await));
    timeout(PATIENCE, following).await.unwrap().unwrap();
    timeout(PATIENCE, until_alone(&mona)).await.unwrap();
    let after = resident_bytes(server.pid());

    let grown = most.max(after) - before;
    assert!(grown < GROWTH_BYTES_MAX, "{before} bytes grew by {grown}");
    for client in silent {
        let heard = heard_at_last(client).await;
        assert!(
            heard < MESSAGES / 2,
            "not cut off, it heard {heard} messages"
        );
    }
    server.stop();
}

/// What the system says that a process has in memory.
fn resident_bytes(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let kibibytes = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB"));
    kibibytes.unwrap().parse::<u64>().unwrap() * 1024
}

/// A connection that is logged in and watches; what is said from here on, it does not read.
async fn silent_watcher(server: &Process, token: Token) -> RawClient {
    let mut client = server.raw().await;
    client.request(1, &Resume { token }).await;
    let topics = vec![Topic::Products, Topic::Presence];
    client.request(2, &Watch { topics }).await;
    for expected in [1, 2] {
        let answer = client.receive().await;
        assert!(
            matches!(answer, Received::Ok { id, .. } if id == expected),
            "{answer:?}"
        );
    }
    client
}

/// Waits until the server has cut off all connections of a user but the one that asks.
async fn until_alone(client: &Client) {
    let mut asking = interval(Duration::from_millis(100));
    while client.call(&MyQuota {}).await.unwrap().connections.used > 1 {
        asking.tick().await;
    }
}

/// Reads what a silent connection finds when it looks at last, until the end, and counts messages.
async fn heard_at_last(mut client: RawClient) -> usize {
    let mut bytes = Vec::new();
    // It ends in order or not; a connection that goes on fails the test.
    let reading = client.stream.read_to_end(&mut bytes);
    let _ = timeout(PATIENCE, reading)
        .await
        .expect("the connection goes on");
    let mut rest = &bytes[..];
    let mut heard = 0;
    // The last frame may be broken off.
    while let Some((header, body)) = rest.split_first_chunk::<4>() {
        let length = usize::try_from(u32::from_be_bytes(*header)).unwrap();
        let Some((frame, behind)) = body.split_at_checked(length) else {
            break;
        };
        if let ServerFrame::Event { event, .. } = ServerFrame::parse(frame).unwrap() {
            heard += usize::from(event.name == "message");
        }
        rest = behind;
    }
    heard
}

fn sender(number: usize) -> String {
    format!("sender-{number}")
}

/// A product whose list item is as long as it may be.
fn long_product(number: usize) -> Sell {
    Sell {
        description: "𠀀".repeat(DESCRIPTION_CHARACTERS_MAX),
        ..book(&format!("Book {number}"), 100)
    }
}

/// Begins with the message's number, and is as long as it may be.
fn text(number: u64) -> String {
    let number = number.to_string();
    let rest = "𠀀".repeat(MESSAGE_CHARACTERS_MAX - number.len());
    number + &rest
}

async fn send_all(client: &Client, product: ProductId) {
    for number in 1..=MESSAGES_EACH {
        let message = SendMessage {
            to: "mona".into(),
            key: Key::now(),
            text: text(number as u64),
            about: None,
            if_offline: IfOffline::Refuse,
        };
        let sent = client.call(&message).await.unwrap();
        assert_eq!(sent.number, number as u64);
        if number % MESSAGES_PER_EDIT == 0 {
            let price = 100 + number as u64;
            client.call(&reprice(product, price)).await.unwrap();
        }
    }
}

/// Somebody who reads what comes, and reads again what was missed.
struct Inbox {
    client: Client,
    events: Events,
    /// The last message from each sender; all before it were read too.
    last: BTreeMap<String, u64>,
}

impl Inbox {
    fn new(client: Client) -> Self {
        Self {
            events: client.events(),
            client,
            last: (0..SENDERS).map(|number| (sender(number), 0)).collect(),
        }
    }

    /// Reads until every message of every sender was read, each once and in order.
    async fn read_all(mut self) {
        while self.last.values().any(|last| *last < MESSAGES_EACH as u64) {
            match self.events.next().await.unwrap() {
                Notice::Event(Event::Message(message)) => {
                    if message.number > self.last[&message.from] + 1 {
                        self.read_again(&message.from).await;
                    } else {
                        self.read(&message);
                    }
                }
                Notice::Missed => {
                    for number in 0..SENDERS {
                        self.read_again(&sender(number)).await;
                    }
                }
                Notice::Event(_) => {}
                Notice::Lost { reason, .. } => panic!("{reason}"),
            }
        }
    }

    /// Notes a message that was not read before.
    fn read(&mut self, message: &Message) {
        let last = self.last.get_mut(&message.from).unwrap();
        if message.number > *last {
            assert_eq!(message.number, *last + 1);
            assert!(message.text == text(message.number), "another text");
            *last = message.number;
        }
    }

    async fn read_again(&mut self, sender: &str) {
        loop {
            let request = History {
                with: sender.into(),
                after: Some(self.last[sender]),
                limit: Some(100),
                before: None,
            };
            let page = self.client.call(&request).await.unwrap();
            for message in &page.messages {
                self.read(message);
            }
            if !page.more {
                return;
            }
        }
    }
}

/// Follows the market until it shows the truth, once that is known.
async fn follow(mut mirror: Mirror, mut truth: watch::Receiver<Option<Vec<ProductSummary>>>) {
    loop {
        let is_true = match &*truth.borrow() {
            Some(truth) => mirror.products().values().eq(truth.iter()),
            None => false,
        };
        if is_true {
            return;
        }
        tokio::select! {
            told = mirror.next() => drop(told.unwrap().unwrap()),
            told = truth.changed() => told.unwrap(),
        }
    }
}
