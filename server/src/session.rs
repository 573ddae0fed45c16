//! Who speaks on a connection. Only this module makes a [`User`], so a handler that asks for one
//! cannot be reached by anybody who is not logged in.

use auboutique_protocol::error::{ErrorCode, Nothing};
use auboutique_protocol::text::Username;

use crate::auth::token::TokenDigest;
use crate::context::Context;
use crate::error::ServiceError;
use crate::presence::{CONNECTIONS_PER_USER_MAX, ConnectionId, Membership};
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
}

impl Member {
    pub(crate) fn membership(&self) -> &Membership {
        &self.membership
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
            .map_err(|_| ServiceError::quota("connections", CONNECTIONS_PER_USER_MAX as u64))?;
        let user = User {
            id: record.id,
            username: record.username.clone(),
            token,
            connection: membership.connection(),
        };
        *self = Self::Member(Member { user, membership });
        Ok(())
    }

    /// Makes the connection anonymous again.
    pub(crate) fn log_out(&mut self) {
        *self = Self::Anonymous;
    }
}
