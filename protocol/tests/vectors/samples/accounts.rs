//! Requests and replies about accounts.

use auboutique_protocol::accounts::{
    AccountDeleted, AccountExport, ChangePassword, DeleteAccount, ExportAccount, ExportedProduct,
    LoggedIn, LoggedOut, Login, Logout, MyQuota, PasswordChanged, Ping, Pong, Profile, Quotas,
    Register, Registered, Resume, Usage, WhoAmI,
};
use auboutique_protocol::envelope;
use auboutique_protocol::error::Nothing;
use auboutique_protocol::ids::UnixMillis;
use auboutique_protocol::purchases::{OwnProductState, Purchase, SoldTo};

use super::purchases::{COLLECT_ON, confirmation};
use super::{
    LISTED_AT, PRODUCT, SOLD_AT, Vector, chat, cursor, picture_hash, reply, request, token, usd,
};
use crate::recode;

pub(super) fn all() -> Vec<Vector> {
    let password = "correct horse battery staple";
    let profile = Profile {
        name: "منى خوري".into(),
        email: "mona@mail.aub.edu.lb".into(),
        username: "mona".into(),
        member_since: UnixMillis(1_760_000_000_000),
    };
    let mut vectors = vec![
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
    ];
    vectors.extend(leaving(password, &profile));
    vectors.extend(export(profile));
    vectors
}

fn leaving(password: &str, profile: &Profile) -> Vec<Vector> {
    let usage = |used, limit| Usage { used, limit };
    vec![
        request(
            "",
            &ChangePassword {
                new: "seven blue horses sing quietly".into(),
                old: password.into(),
            },
        ),
        reply::<ChangePassword>("", &PasswordChanged {}),
        request("", &MyQuota {}),
        reply::<MyQuota>(
            "",
            &Quotas {
                connections: usage(2, 8),
                picture_bytes: usage(184_320, 67_108_864),
                messages_per_day: usage(12, 1_000),
                products_for_sale: usage(3, 200),
            },
        ),
        request(
            "",
            &DeleteAccount {
                password: password.into(),
            },
        ),
        reply::<DeleteAccount>("", &AccountDeleted {}),
        reply::<ExportAccount>(
            "first",
            &AccountExport {
                next: Some(cursor()),
                profile: Some(profile.clone()),
                messages: vec![],
                products: vec![
                    exported(OwnProductState::Sold(SoldTo {
                        buyer: "karim".into(),
                        sold_at: SOLD_AT,
                        buyer_name: "Karim Haddad".into(),
                        collect_on: COLLECT_ON.into(),
                    })),
                    ExportedProduct {
                        picture: None,
                        ..exported(OwnProductState::Withdrawn(Nothing {}))
                    },
                ],
                purchases: vec![],
            },
        ),
    ]
}

fn export(profile: Profile) -> Vec<Vector> {
    let purchase = Purchase {
        name: "Chemistry".into(),
        seller: "deleted-3".into(),
        confirmation: confirmation(),
    };
    let page = |profile, messages, purchases| AccountExport {
        next: None,
        profile,
        messages,
        products: vec![],
        purchases,
    };
    vec![
        request("minimal", &ExportAccount::default()),
        request(
            "full",
            &ExportAccount {
                cursor: Some(cursor()),
            },
        ),
        reply::<ExportAccount>("middle", &page(None, vec![], vec![purchase])),
        reply::<ExportAccount>("last", &page(None, vec![chat::message()], vec![])),
        reply::<ExportAccount>("only", &page(Some(profile), vec![], vec![])),
    ]
}

fn exported(state: OwnProductState) -> ExportedProduct {
    ExportedProduct {
        id: PRODUCT,
        name: "Calculus".into(),
        price: usd(1250),
        state,
        picture: Some(picture_hash()),
        category: "textbooks".into(),
        listed_at: LISTED_AT,
        description: "Hardly used.\nNo markings.".into(),
    }
}
