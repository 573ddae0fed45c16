//! Who speaks on a connection. Only this module makes a [`User`] or an [`Admin`], so a handler that
//! asks for one cannot be reached by anybody who is not logged in, or has no certificate.

mod admin;

use std::sync::Arc;

use auboutique_protocol::error::{ErrorCode, Nothing};
use auboutique_protocol::text::Username;

pub(crate) use self::admin::{Admin, AdminGate, AdminSession};
use crate::auth::token::TokenDigest;
use crate::context::Context;
use crate::desk::{Desk, Presented};
use crate::error::ServiceError;
use crate::feed::{Subscription, Topics};
use crate::limits::Pace;
use crate::presence::{ConnectionId, Letter, Mailbox, Membership, Meter};
use crate::store::UserId;
use crate::store::accounts::UserRecord;

/// Proof of a login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct User {
    id: UserId,
    username: Username,
    token: TokenDigest,
    connection: ConnectionId,
}

impl User {
    pub(crate) fn id(&self) -> UserId {
        self.id
    }

    pub(crate) fn username(&self) -> &Username {
        &self.username
    }

    pub(crate) fn token(&self) -> TokenDigest {
        self.token
    }

    /// The connection that the user speaks on.
    pub(crate) fn connection(&self) -> ConnectionId {
        self.connection
    }
}

/// The state of a connection.
#[derive(Debug, Default)]
pub(crate) enum Session {
    /// Nobody has logged in.
    #[default]
    Anonymous,
    /// A user has.
    Member(Member),
}

/// A login with its place among the connections.
#[derive(Debug)]
pub(crate) struct Member {
    user: User,
    membership: Membership,
    /// What the connection watches of the market.
    watching: Option<Subscription>,
    /// The password only serves to choose another.
    must_change_password: bool,
    /// Administrators see the connection until this is dropped; before the login is over, they do
    /// not.
    presented: Option<Presented>,
}

impl Member {
    pub(crate) fn user(&self) -> &User {
        &self.user
    }

    pub(crate) fn mailbox(&self) -> &Mailbox {
        self.membership.mailbox()
    }

    /// How fast the user may ask, over all connections.
    pub(crate) fn pace(&self) -> &Pace {
        self.membership.pace()
    }

    /// Shows the connection to administrators, once.
    pub(crate) fn describe(&mut self, meter: &Arc<Meter>, desk: &Desk) {
        if self.presented.is_none()
            && let Some(connection) = self.membership.describe(Arc::clone(meter))
        {
            self.presented = Some(desk.present(connection));
        }
    }

    /// The next encoded event for the connection, if there is one.
    pub(crate) fn take_letter(&self) -> Option<Letter> {
        self.membership.mailbox().take()
    }

    /// What happened in the market, as far as it is watched and due, as encoded events.
    pub(crate) fn take_news(&mut self) -> Vec<Vec<u8>> {
        match &mut self.watching {
            Some(watching) if watching.is_due() => watching.take(),
            Some(_) | None => Vec::new(),
        }
    }

    /// Waits until there is something to take.
    ///
    /// # Cancel safety
    /// Safe.
    pub(crate) async fn arrived(&self) {
        let news = async {
            match &self.watching {
                Some(watching) => watching.arrived().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = self.membership.mailbox().arrived() => {}
            () = news => {}
        }
    }
}

impl Session {
    /// The user, or what to answer when there is none.
    pub(crate) fn user(&self) -> Result<&User, ServiceError> {
        match self {
            Self::Anonymous => Err(ErrorCode::Unauthenticated(Nothing {}).into()),
            Self::Member(member) => Ok(&member.user),
        }
    }

    /// Refuses a login on a connection that has one.
    pub(crate) fn require_anonymous(&self) -> Result<(), ServiceError> {
        match self {
            Self::Anonymous => Ok(()),
            Self::Member(_) => Err(ErrorCode::Forbidden(Nothing {}).into()),
        }
    }

    /// Logs the connection in. The caller has checked the password or the token.
    pub(crate) fn log_in(
        &mut self,
        record: &UserRecord,
        token: TokenDigest,
        context: &Context,
    ) -> Result<(), ServiceError> {
        let membership = context
            .presence
            .join(record.id, &record.username, token)
            .map_err(|_| {
                ServiceError::quota(
                    "connections",
                    context.presence.connections_per_user_max() as u64,
                )
            })?;
        let user = User {
            id: record.id,
            username: record.username.clone(),
            token,
            connection: membership.connection(),
        };
        *self = Self::Member(Member {
            user,
            membership,
            watching: None,
            must_change_password: record.must_change_password,
            presented: None,
        });
        Ok(())
    }

    /// Refuses what a one-time password does not serve for.
    pub(crate) fn require_own_password(&self) -> Result<(), ServiceError> {
        match self {
            Self::Member(member) if member.must_change_password => {
                Err(ErrorCode::MustChangePassword(Nothing {}).into())
            }
            Self::Member(_) | Self::Anonymous => Ok(()),
        }
    }

    /// The user has chosen another password.
    pub(crate) fn password_is_changed(&mut self) {
        if let Self::Member(member) = self {
            member.must_change_password = false;
        }
    }

    /// Watches these topics from here on, instead of those of before.
    pub(crate) fn watch(&mut self, topics: Topics, context: &Context) -> Result<(), ServiceError> {
        let Self::Member(member) = self else {
            return Err(ErrorCode::Unauthenticated(Nothing {}).into());
        };
        member.watching = (!topics.is_empty()).then(|| context.feed.subscribe(topics));
        Ok(())
    }

    /// Makes the connection anonymous again.
    pub(crate) fn log_out(&mut self) {
        *self = Self::Anonymous;
    }
}
