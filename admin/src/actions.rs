//! What can be done. Whatever is not taken back easily is asked about, with its consequence.

mod consent;
pub(crate) mod refusals;

use auboutique_client::terminal::failure::Failure;
use auboutique_client::terminal::output::rfc3339;
use auboutique_client::{AdminClient, Error};
use auboutique_protocol::admin::{
    Announce, Announced, Disconnect, Reinstate, RemoveProduct, ResetPassword, SessionNumber,
    SessionsEnded, Statistics, Suspend, UserReinstated, UserSuspended,
};
use auboutique_protocol::error::ErrorCode;
use auboutique_protocol::ids::ProductId;
use auboutique_protocol::text::{Reason, Username};
use serde_json::{Value, json};

use self::consent::Consent;
use self::refusals::{explain, of_action, of_product};
use crate::args;
use crate::consequences::{
    count, of_announcing, of_disconnecting, of_ending_session, of_removing, of_resetting_password,
    of_suspending,
};
use crate::context::Context;
use crate::market::for_sale;
use crate::sessions::of_session;
use crate::users::find;

/// For an action whose answer got lost.
const LOOK: &str = "it may have been done: `auboutique-admin audit` tells";

pub(crate) async fn disconnect(
    context: &Context,
    arguments: args::Disconnect,
) -> Result<(), Failure> {
    let consent = Consent::of(context, arguments.yes)?;
    let why = arguments.why.as_ref().map(Reason::as_str);
    let client = context.connect().await?;
    let target = match (&arguments.user, arguments.session) {
        (Some(user), _) => Target::User(user),
        (None, Some(session)) => Target::Session(session),
        (None, None) => return Err(Failure::missing("the user or the session", "--session")),
    };
    if consent.is_asked_for() {
        let question = target.consequence(&client, why).await?;
        consent.ask(&question).await?;
    }
    let request = Disconnect {
        why: why.map(str::to_owned),
        session: arguments.session,
        username: arguments.user.as_ref().map(|user| user.as_str().to_owned()),
    };
    let ended = context.doubt.during(LOOK, client.call(&request)).await;
    let ended = ended.map_err(|error| target.failure(error))?;
    client.close().await;
    let mut value = sessions_ended(ended.sessions, ended.connections);
    match &target {
        Target::User(user) => value["username"] = json!(user.as_str()),
        Target::Session(session) => value["session"] = json!(session.0),
    }
    let whom = target.name();
    context
        .out
        .result(&value, || vec![disconnected(&whom, &ended)])
}

/// Whose sessions end.
enum Target<'a> {
    User(&'a Username),
    Session(SessionNumber),
}

impl Target<'_> {
    fn name(&self) -> String {
        match self {
            Self::User(user) => user.as_str().to_owned(),
            Self::Session(session) => format!("session {session}"),
        }
    }

    async fn consequence(
        &self,
        client: &AdminClient,
        why: Option<&str>,
    ) -> Result<String, Failure> {
        Ok(match self {
            Self::User(user) => of_disconnecting(&find(client, user).await?, why),
            Self::Session(session) => {
                of_ending_session(*session, &of_session(client, *session).await?, why)
            }
        })
    }

    fn failure(&self, error: Error) -> Failure {
        let is_unknown = matches!(error.code(), Some(ErrorCode::NotFound(_)));
        match self {
            Self::User(user) => of_action(user, error),
            Self::Session(session) if is_unknown => Failure::from(error)
                .told(format!("session {session} is not connected"))
                .hint("`auboutique-admin sessions` lists those that are"),
            Self::Session(_) => explain(error),
        }
    }
}

pub(crate) async fn suspend(context: &Context, arguments: args::Suspend) -> Result<(), Failure> {
    let consent = Consent::of(context, arguments.yes)?;
    let client = context.connect().await?;
    let (user, reason) = (&arguments.user, arguments.reason.as_str());
    if consent.is_asked_for() {
        let question = of_suspending(&find(&client, user).await?, reason);
        consent.ask(&question).await?;
    }
    let request = Suspend {
        reason: reason.to_owned(),
        username: user.as_str().to_owned(),
    };
    let done = context.doubt.during(LOOK, client.call(&request)).await;
    let done = done.map_err(|error| of_action(user, error))?;
    client.close().await;
    let mut value = sessions_ended(done.sessions, done.connections);
    value["username"] = json!(user.as_str());
    value["products_hidden"] = json!(done.products_hidden);
    context
        .out
        .result(&value, || vec![suspended(user.as_str(), &done)])
}

pub(crate) async fn reinstate(
    context: &Context,
    arguments: args::Reinstate,
) -> Result<(), Failure> {
    let client = context.connect().await?;
    let user = &arguments.user;
    let request = Reinstate {
        why: arguments.why.map(String::from),
        username: user.as_str().to_owned(),
    };
    let done = context.doubt.during(LOOK, client.call(&request)).await;
    let done = done.map_err(|error| of_action(user, error))?;
    client.close().await;
    let value = json!({ "username": user.as_str(), "products_shown": done.products_shown });
    context
        .out
        .result(&value, || vec![reinstated(user.as_str(), &done)])
}

pub(crate) async fn reset_password(
    context: &Context,
    arguments: args::ResetPassword,
) -> Result<(), Failure> {
    let consent = Consent::of(context, arguments.yes)?;
    let client = context.connect().await?;
    let user = &arguments.user;
    if consent.is_asked_for() {
        let question = of_resetting_password(&find(&client, user).await?);
        consent.ask(&question).await?;
    }
    let request = ResetPassword {
        why: arguments.why.map(String::from),
        username: user.as_str().to_owned(),
    };
    let advice = "the password may be reset, and the new one is lost: run the same command again";
    let done = context.doubt.during(advice, client.call(&request)).await;
    let done = done.map_err(|error| of_action(user, error))?;
    client.close().await;
    let password = done.password.0.as_str();
    let mut value = sessions_ended(done.sessions, done.connections);
    value["username"] = json!(user.as_str());
    value["password"] = json!(password);
    context.out.result(&value, || vec![password.to_owned()])?;
    if !context.out.json {
        context.out.note(&format!(
            "The one-time password of {}, shown once: {}. It only serves to choose another, with \
             `auboutique passwd`.",
            user.as_str(),
            endings(done.sessions, done.connections)
        ));
    }
    Ok(())
}

pub(crate) async fn remove_product(
    context: &Context,
    arguments: args::RemoveProduct,
) -> Result<(), Failure> {
    let consent = Consent::of(context, arguments.yes)?;
    let client = context.connect().await?;
    let (id, reason) = (arguments.id, arguments.reason.as_str());
    if consent.is_asked_for() {
        let product = for_sale(&client, id).await?;
        consent
            .ask(&of_removing(id, product.as_ref(), reason))
            .await?;
    }
    let request = RemoveProduct {
        reason: reason.to_owned(),
        product: id,
    };
    let done = context.doubt.during(LOOK, client.call(&request)).await;
    done.map_err(|error| of_product(id, error))?;
    client.close().await;
    let value = json!({ "product": id, "removed": true });
    context.out.result(&value, || vec![removed(id)])
}

pub(crate) async fn announce(context: &Context, arguments: args::Announce) -> Result<(), Failure> {
    let consent = Consent::of(context, arguments.yes)?;
    let client = context.connect().await?;
    if consent.is_asked_for() {
        let now = client.call(&Statistics::default()).await?.now;
        let question = of_announcing(arguments.text.as_str(), now.connections);
        consent.ask(&question).await?;
    }
    let request = Announce {
        text: arguments.text.into(),
    };
    let told = context.doubt.settle(LOOK, client.call(&request)).await?;
    client.close().await;
    let value = json!({ "at": rfc3339(told.at), "connections": told.connections });
    context.out.result(&value, || vec![announced(&told)])
}

fn sessions_ended(sessions: u64, connections: u64) -> Value {
    json!({ "sessions": sessions, "connections": connections })
}

// What was done, for people.

/// Sessions have ended.
pub(crate) fn disconnected(whom: &str, ended: &SessionsEnded) -> String {
    let endings = endings(ended.sessions, ended.connections);
    format!("Disconnected {whom}: {endings}.")
}

/// A user is suspended.
pub(crate) fn suspended(user: &str, done: &UserSuspended) -> String {
    let endings = endings(done.sessions, done.connections);
    let hidden = count(done.products_hidden, "product");
    format!("Suspended {user}: {endings}, {hidden} hidden.")
}

/// A suspension has ended.
pub(crate) fn reinstated(user: &str, done: &UserReinstated) -> String {
    let shown = count(done.products_shown, "product");
    format!("Reinstated {user}: {shown} for sale again.")
}

/// A product is off the market.
pub(crate) fn removed(product: ProductId) -> String {
    format!("Off the market: product {product}. Its owner is told.")
}

/// Everybody online is told something.
pub(crate) fn announced(told: &Announced) -> String {
    format!("Said to {}.", count(told.connections, "connection"))
}

fn endings(sessions: u64, connections: u64) -> String {
    let (sessions, connections) = (count(sessions, "session"), count(connections, "connection"));
    format!("{sessions} ended, {connections} closed")
}
