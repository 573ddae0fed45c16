//! Logins that are none, sessions that have ended, and requests from those who may not make them.

use auboutique_protocol::accounts::{ChangePassword, DeleteAccount, Login, Logout, Resume, WhoAmI};
use auboutique_protocol::catalog::ShowProduct;
use auboutique_protocol::envelope;
use auboutique_protocol::error::{ErrorCode, Nothing, Suspended};
use auboutique_protocol::ids::Token;
use auboutique_protocol::purchases::Buy;

use super::world::{FOREIGN, OWN, PRICE_MINOR, SUSPENDED_FOR, USED, World};
use super::{At, ID, MEMBER, Outcome, Row, Sent, Stage, bad_request, invalid};
use crate::common::raw::{framed, unhex};
use crate::common::{PASSWORD, registration, usd};

pub(super) fn rows() -> Vec<Row> {
    let mut rows = strangers();
    rows.extend(tokens());
    rows.extend(ended());
    rows
}

fn auth_failed() -> Outcome {
    Outcome::Error(ErrorCode::AuthFailed(Nothing {}))
}

fn unauthenticated() -> Outcome {
    Outcome::Error(ErrorCode::Unauthenticated(Nothing {}))
}

fn strangers() -> Vec<Row> {
    let login = |name: &str, username: &str, password: &str, outcome| {
        let login = Login {
            password: password.into(),
            username: username.into(),
        };
        Row::call(Stage::Session, At::Anonymous, name, &login, outcome)
    };
    let buy = Buy {
        key: USED,
        price: usd(PRICE_MINOR),
        product: FOREIGN,
    };
    let (stage, anyone) = (Stage::Session, At::Anonymous);
    let forbidden = || Outcome::Error(ErrorCode::Forbidden(Nothing {}));
    let again = Login {
        password: PASSWORD.into(),
        username: "mona".into(),
    };
    vec![
        Row::call(
            stage,
            anyone,
            "a purchase before login",
            &buy,
            unauthenticated(),
        ),
        login("a login as nobody", "nobody", PASSWORD, auth_failed()),
        login(
            "a login with a wrong password",
            "yara",
            "wrong",
            auth_failed(),
        ),
        login("a login without a name", "", PASSWORD, auth_failed()),
        login(
            "SQL as a username at a login",
            "mona' OR '1'='1' --",
            PASSWORD,
            auth_failed(),
        ),
        login(
            "a login with a password of 3,900 characters",
            "somebody",
            &"x".repeat(3_900),
            auth_failed(),
        ),
        login(
            "a login with a password of control characters",
            "anybody",
            "\0\u{1b}[2J\u{7f}\u{9b}31m",
            auth_failed(),
        ),
        login(
            "a login with a username of 3,900 characters",
            &"x".repeat(3_900),
            PASSWORD,
            auth_failed(),
        ),
        login(
            "a login as a deleted account",
            "deleted-1",
            PASSWORD,
            auth_failed(),
        ),
        login(
            "a login of a suspended user",
            "samir",
            PASSWORD,
            Outcome::Error(ErrorCode::Suspended(Suspended {
                reason: SUSPENDED_FOR.into(),
            })),
        ),
        Row::call(
            stage,
            MEMBER,
            "a login while logged in",
            &again,
            forbidden(),
        ),
        Row::call(
            stage,
            MEMBER,
            "a registration while logged in",
            &registration("twin"),
            forbidden(),
        ),
    ]
}

/// A `resume` by the token of this name.
macro_rules! resume {
    ($name:literal) => {
        Sent::Drawn(|world: &World| {
            let token = world.token($name);
            framed(&envelope::call(ID, &Resume { token }))
        })
    };
}

fn tokens() -> Vec<Row> {
    let row = |name: &str, sent| Row::new(Stage::Session, At::Anonymous, name, sent, auth_failed());
    let malformed = |name: &str, body: &str| {
        let body = envelope::call_encoded(ID, "resume", &unhex(body));
        let outcome = Outcome::Error(bad_request());
        Row::frame(Stage::Session, At::Anonymous, name, &body, outcome)
    };
    let of_zeros = Resume {
        token: Token([0; 32]),
    };
    let spoilt = Sent::Drawn(|world| {
        let mut token = world.token("mona");
        token.0[31] ^= 1;
        framed(&envelope::call(ID, &Resume { token }))
    });
    let while_logged_in = Row::new(
        Stage::Session,
        MEMBER,
        "another's token while logged in",
        resume!("karim"),
        Outcome::Error(ErrorCode::Forbidden(Nothing {})),
    );
    vec![
        row(
            "a token of zeros",
            Sent::Bytes(framed(&envelope::call(ID, &of_zeros))),
        ),
        row("a token with one bit changed", spoilt),
        row(
            "the token of a session that has logged out",
            resume!("before a logout"),
        ),
        row(
            "a token from before the password was changed",
            resume!("before another password"),
        ),
        row(
            "the token of a deleted account",
            resume!("of a deleted account"),
        ),
        row("the token of a suspended user", resume!("samir")),
        row(
            "a token from before an administrator reset the password",
            resume!("reem"),
        ),
        malformed(
            "a token of 31 bytes",
            &format!("a1 65746f6b656e 581f {}", "11".repeat(31)),
        ),
        malformed(
            "a token of 33 bytes",
            &format!("a1 65746f6b656e 5821 {}", "11".repeat(33)),
        ),
        malformed(
            "a token as an array of numbers",
            &format!("a1 65746f6b656e 9820 {}", "01".repeat(32)),
        ),
        while_logged_in,
    ]
}

fn ended() -> Vec<Row> {
    let who = || envelope::call(ID + 1, &WhoAmI {});
    let then_who = |name: &str, user, request: &[u8], what| {
        let sent = Sent::Bytes([framed(request), framed(&who())].concat());
        let done = Outcome::Served(what, |_| true);
        let outcome = Outcome::InTurn(vec![done, unauthenticated()]);
        Row::new(Stage::Session, At::User(user), name, sent, outcome)
    };
    let delete = DeleteAccount {
        password: PASSWORD.into(),
    };
    let one_time = At::User("with a one-time password");
    let must_change = || Outcome::Error(ErrorCode::MustChangePassword(Nothing {}));
    let show = ShowProduct { id: OWN };
    let short = ChangePassword {
        new: "short".into(),
        old: "no matter".into(),
    };
    vec![
        then_who(
            "a request behind a `logout`, in one write",
            "nadim",
            &envelope::call(ID, &Logout {}),
            "the `logout`",
        ),
        then_who(
            "a request behind a `delete_account`, in one write",
            "dina",
            &envelope::call(ID, &delete),
            "the `delete_account`",
        ),
        Row::call(
            Stage::Session,
            one_time,
            "a request with a one-time password",
            &show,
            must_change(),
        ),
        Row::call(
            Stage::Session,
            MEMBER,
            "a new password that is too short, with a wrong old one",
            &short,
            invalid("new", "too_short"),
        ),
    ]
}
