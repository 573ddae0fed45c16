//! Requests and replies about accounts.

use auboutique_protocol::accounts::{
    LoggedIn, LoggedOut, Login, Logout, Ping, Pong, Profile, Register, Registered, Resume, WhoAmI,
};
use auboutique_protocol::envelope;
use auboutique_protocol::ids::UnixMillis;

use super::{SOLD_AT, Vector, reply, request, token};
use crate::recode;

pub(super) fn all() -> Vec<Vector> {
    let password = "correct horse battery staple";
    let profile = Profile {
        name: "منى خوري".into(),
        email: "mona@mail.aub.edu.lb".into(),
        username: "mona".into(),
        member_since: UnixMillis(1_760_000_000_000),
    };
    vec![
        request(
            "",
            &Register {
                name: profile.name.clone(),
                email: profile.email.clone(),
                password: password.into(),
                username: profile.username.clone(),
            },
        ),
        reply::<Register>(
            "",
            &Registered {
                username: profile.username.clone(),
            },
        ),
        request(
            "",
            &Login {
                password: password.into(),
                username: "Mona".into(),
            },
        ),
        reply::<Login>(
            "",
            &LoggedIn {
                token: token(),
                profile: profile.clone(),
            },
        ),
        request("", &Resume { token: token() }),
        reply::<Resume>("", &profile),
        request("", &Ping {}),
        Vector {
            name: "call.ping.highest_id".into(),
            frame: envelope::call(u64::MAX, &Ping {}),
            recode: recode::request,
        },
        reply::<Ping>("", &Pong { time: SOLD_AT }),
        request("", &Logout {}),
        reply::<Logout>("", &LoggedOut {}),
        request("", &WhoAmI {}),
        reply::<WhoAmI>("", &profile),
    ]
}
