//! What fuzzing drives: a connection from its first byte to its last, and the way of a picture.
//!
//! Only there with the feature `fuzzing`, and in tests, which run the inputs that fuzzing has found.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use auboutique_protocol::envelope::{self, ClientFrame, ServerFrame};
use auboutique_protocol::frame;
use auboutique_protocol::hello::ClientHello;
use auboutique_protocol::io::FrameReader;
use auboutique_protocol::limits::FRAME_BYTES_MAX;
use auboutique_protocol::text::{Email, PersonName, Username};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};
use tokio::runtime::Runtime;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use crate::auth::password::PasswordParameters;
use crate::auth::token::SessionToken;
use crate::config::Config;
use crate::connection;
use crate::context::Context;
use crate::limits::Rate;
use crate::pictures::{PictureLimits, process};
use crate::session::Session;
use crate::store::accounts::{NewUser, UserRecord};

/// More than a connection ever says to what fits into an input.
const PIPE_BYTES: usize = 64 * 1024 * 1024;
/// A connection whose peer has closed has nothing to wait for.
const ENDS_WITHIN: Duration = Duration::from_secs(20);
/// As fast as one can.
const UNLIMITED: Rate = Rate {
    burst: u32::MAX,
    refill: Duration::ZERO,
};
/// The user of the sessions that are logged in.
const USERNAME: &str = "mona";

/// Bits of an input's first byte.
mod begins {
    /// Hellos are exchanged.
    pub(super) const WITH_HELLO: u8 = 1;
    /// A user is logged in.
    pub(super) const LOGGED_IN: u8 = 2;
    /// The rest are bytes as they are, not frames.
    pub(super) const RAW: u8 = 4;
}

/// A market in which inputs are tried one after the other. Removes its directory when dropped.
pub struct Bench {
    runtime: Runtime,
    context: Arc<Context>,
    user: UserRecord,
    directory: PathBuf,
}

impl Bench {
    /// A market in this directory, which is made.
    ///
    /// # Panics
    /// It cannot be made.
    #[must_use]
    pub fn open(directory: &Path) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime can be made");
        std::fs::create_dir_all(directory).expect("the directory can be made");
        let mut config = Config::new(directory);
        let loopback = ["127.0.0.0/8".parse().expect("a network")];
        config.admission.exempt = loopback.to_vec();
        config.throttle.exempt = loopback.to_vec();
        config.requests = UNLIMITED;
        config.registrations = UNLIMITED;
        let cheap = PasswordParameters::new(64, 1, 1).expect("within bounds");
        let (context, user) = runtime.block_on(async {
            let context = Context::open_with(&config, cheap).await;
            let context = Arc::new(context.expect("the market can be opened"));
            let user = join(&context).await;
            (context, user)
        });
        Self {
            runtime,
            context,
            user,
            directory: directory.to_owned(),
        }
    }

    /// Serves a connection over which this comes: a byte that says how it begins, then frames, each with its
    /// length in two bytes before it, the highest first. Afterwards the peer closes its side.
    ///
    /// # Panics
    /// The connection does not end, or says what it may not say.
    pub fn converse(&self, input: &[u8]) {
        self.runtime.block_on(self.serve(input));
    }

    async fn serve(&self, input: &[u8]) {
        let Some((&begin, rest)) = input.split_first() else {
            return;
        };
        let has = |bit: u8| begin & bit != 0;
        let (mut sent, mut ids) = (Vec::new(), BTreeSet::new());
        if has(begins::WITH_HELLO) && !has(begins::LOGGED_IN) {
            frame::encode_into(&hello(), &mut sent);
        }
        if has(begins::RAW) {
            sent.extend_from_slice(rest);
        } else {
            for body in bodies(rest) {
                // An empty one as well, which no writer of ours makes.
                let length = u32::try_from(body.len()).expect("inputs are small");
                sent.extend_from_slice(&length.to_be_bytes());
                sent.extend_from_slice(body);
            }
        }
        note_ids(&sent, &mut ids);
        let (mut near, far) = duplex(PIPE_BYTES);
        near.write_all(&sent).await.expect("the pipe holds all");
        near.shutdown().await.expect("a pipe can be closed");
        let here = Ipv4Addr::LOCALHOST.into();
        let place = self.context.admission.admit(here, u32::MAX, Instant::now());
        let place = place.expect("only one connection is open");
        let (context, drain) = (Arc::clone(&self.context), CancellationToken::new());
        let serving = async {
            if has(begins::LOGGED_IN) {
                let session = self.session();
                connection::serve_greeted(far, place, context, drain, session).await;
            } else {
                connection::serve(far, place, context, drain).await;
            }
        };
        let served = timeout(ENDS_WITHIN, serving).await;
        served.expect("a connection ends when its peer has closed");
        let mut said = Vec::new();
        near.read_to_end(&mut said)
            .await
            .expect("a pipe can be read");
        judge(&said, &ids).await;
    }

    fn session(&self) -> Session {
        let token = SessionToken::from_bytes([7; 32]).digest();
        let mut session = Session::Anonymous;
        let logged_in = session.log_in(&self.user, token, &self.context);
        logged_in.expect("nobody else is logged in");
        session
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.runtime.block_on(self.context.store.close());
        // What stays is in a folder for temporary files.
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

async fn join(context: &Context) -> UserRecord {
    let username = Username::parse(USERNAME).expect("a username");
    let new = NewUser {
        username: username.clone(),
        name: PersonName::parse("Mona").expect("a name"),
        email: Email::parse("mona@mail.example.org").expect("an address"),
        password: "$none".into(),
        created_at: context.now(),
    };
    let created = context.store.create_user(new).await;
    let id = created.expect("the store works").expect("the name is free");
    UserRecord {
        id,
        username,
        name: "Mona".into(),
        email: "mona@mail.example.org".into(),
        created_at: context.now(),
        must_change_password: false,
    }
}

/// Frames by the lengths before them; the last one may be shorter than it says.
fn bodies(mut rest: &[u8]) -> Vec<&[u8]> {
    let mut bodies = Vec::new();
    while let Some((length, after)) = rest.split_first_chunk::<2>() {
        let length = usize::from(u16::from_be_bytes(*length)).min(after.len());
        let (body, next) = after.split_at(length);
        bodies.push(body);
        rest = next;
    }
    bodies
}

/// The ids that an answer to these frames can have.
fn note_ids(mut sent: &[u8], ids: &mut BTreeSet<u64>) {
    while let Some((length, after)) = sent.split_first_chunk::<4>() {
        let length = u32::from_be_bytes(*length);
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let Some((body, next)) = after.split_at_checked(length) else {
            return;
        };
        match ClientFrame::parse(body) {
            Ok(ClientFrame::Call { id, .. } | ClientFrame::Malformed { id: Some(id) }) => {
                ids.insert(id);
            }
            Ok(ClientFrame::Hello(_) | ClientFrame::Malformed { id: None }) | Err(_) => {}
        }
        sent = next;
    }
}

/// Everything that was said is a frame of the protocol, and every answer answers something.
async fn judge(mut said: &[u8], ids: &BTreeSet<u64>) {
    let mut reader = FrameReader::default();
    loop {
        let next = reader.next(&mut said, FRAME_BYTES_MAX).await;
        let Some(frame) = next.expect("a server writes whole frames") else {
            return;
        };
        match ServerFrame::parse(&frame).expect("a server writes strict CBOR") {
            ServerFrame::Ok { id, .. } | ServerFrame::Error { id: Some(id), .. } => {
                assert!(ids.contains(&id), "nobody asked with {id}");
            }
            ServerFrame::Hello(_) | ServerFrame::Event { .. } | ServerFrame::Error { .. } => {}
            ServerFrame::Malformed => panic!("not a frame of a server: {frame:?}"),
        }
    }
}

fn hello() -> Vec<u8> {
    envelope::client_hello(&ClientHello {
        agent: "fuzz/1".into(),
        version_max: 1,
        version_min: 1,
    })
}

/// Takes bytes for a picture, as large as fits into an input.
///
/// # Panics
/// What is stored would be larger than it may be.
pub fn process_picture(bytes: &[u8]) {
    let limits = PictureLimits {
        input_bytes_max: 64 * 1024,
        side_pixels_max: 128,
        decoded_bytes_max: 256 * 1024,
        stored_side_pixels_max: 64,
        stored_bytes_max: 16 * 1024,
        thumbnail_side_pixels_max: 16,
    };
    let Ok(picture) = process(bytes, &limits) else {
        return;
    };
    assert!(picture.full.jpeg.len() <= limits.stored_bytes_max);
    for (form, side) in [(&picture.full, 64), (&picture.thumbnail, 16)] {
        assert!((1..=side).contains(&form.width) && (1..=side).contains(&form.height));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The inputs of a target: its corpus, which must not be empty, and its findings.
    fn inputs(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
        let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz");
        let read = |folder: &str| {
            let entries = fuzz.join(folder).join(target).read_dir();
            let paths = entries
                .into_iter()
                .flatten()
                .map(|entry| entry.unwrap().path());
            paths
                .map(|path| (path.clone(), std::fs::read(path).unwrap()))
                .collect::<Vec<_>>()
        };
        let mut inputs = read("corpus");
        assert!(!inputs.is_empty(), "no corpus of {target}");
        inputs.extend(read("findings"));
        inputs
    }

    #[test]
    fn every_session_of_the_corpus_ends_as_it_should() {
        let directory = tempfile::tempdir().unwrap();
        let bench = Bench::open(&directory.path().join("market"));
        for (path, bytes) in inputs("session") {
            let what = std::panic::AssertUnwindSafe(|| bench.converse(&bytes));
            assert!(std::panic::catch_unwind(what).is_ok(), "{}", path.display());
        }
    }

    #[test]
    fn every_picture_of_the_corpus_is_refused_or_stored() {
        for (path, bytes) in inputs("picture") {
            let processed = std::panic::catch_unwind(|| process_picture(&bytes));
            assert!(processed.is_ok(), "{}", path.display());
        }
    }
}
