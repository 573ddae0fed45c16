//! Requests and replies about who is online.

use auboutique_protocol::presence::{Online, Presence};

use super::{Vector, reply, request};

pub(super) fn all() -> Vec<Vector> {
    let names = ["mona", "omar"].map(String::from).into();
    vec![
        request("", &Presence { names }),
        reply::<Presence>("nobody", &Online { online: vec![] }),
        reply::<Presence>(
            "somebody",
            &Online {
                online: vec!["mona".into()],
            },
        ),
    ]
}
