//! Who is at the other end of a connection: a member, or an administrator. Each has a table of
//! requests and a dispatcher of its own; all else about a connection is the same.

use std::future::Future;
use std::net::IpAddr;
use std::sync::Arc;

use auboutique_protocol::call::{AdminCall, CallError, MemberCall};
use tokio::time::Instant;

use crate::admin_dispatch;
use crate::context::Context;
use crate::dispatch::{self, Answer};
use crate::limits::{Pace, RetryAfter};
use crate::monitoring::meters::RequestKind;
use crate::presence::{Ending, Letter, Meter};
use crate::session::{AdminSession, Session};

/// See the module's description.
pub(super) trait Party: Send {
    /// What it can ask.
    type Call: Send;

    /// Decodes the body of the request with this name.
    fn decode(name: &str, body: &[u8]) -> Result<Self::Call, CallError>;

    /// Which of its requests this is.
    fn kind(call: &Result<Self::Call, CallError>) -> RequestKind;

    /// Who speaks, for the log.
    fn name(&self) -> Option<&str>;

    /// Whether nobody is known to speak yet: then little is taken, and not for long.
    fn is_anonymous(&self) -> bool;

    /// Whether the time for a login begins anew when this request is answered: it is an attempt at
    /// one, or the end of one. Nobody stays by asking for other things.
    fn restarts_login(&self, call: &Result<Self::Call, CallError>) -> bool;

    /// Answers a request, whatever came.
    fn answer<'a>(
        &'a mut self,
        context: &'a Context,
        source: IpAddr,
        call: Result<Self::Call, CallError>,
    ) -> Answer<'a>;

    /// Passes on what the connection does to whoever wants to see it, once it is known who speaks.
    fn describe(&mut self, meter: &Arc<Meter>, context: &Context);

    /// Says that a request is about to be answered. `anonymous` is the pace of the connection while
    /// nobody is logged in.
    ///
    /// # Errors
    /// It must not be answered now.
    fn take_turn(&self, anonymous: &Pace, now: Instant) -> Result<(), RetryAfter>;

    /// Whether and why the session is to end.
    fn ending(&self) -> Option<Ending>;

    /// What happened in the market, as far as it is watched and due, as encoded events.
    fn take_news(&mut self) -> Vec<Vec<u8>>;

    /// The next encoded event that others have left.
    fn take_letter(&self) -> Option<Letter>;

    /// Waits until there is something to take, or the session is to end.
    ///
    /// # Cancel safety
    /// Safe.
    fn arrived(&self) -> impl Future<Output = ()> + Send;
}

impl Party for Session {
    type Call = MemberCall;

    fn decode(name: &str, body: &[u8]) -> Result<MemberCall, CallError> {
        MemberCall::decode(name, body)
    }

    fn kind(call: &Result<MemberCall, CallError>) -> RequestKind {
        RequestKind::of_member(call)
    }

    fn name(&self) -> Option<&str> {
        match self {
            Self::Anonymous => None,
            Self::Member(member) => Some(member.user().username().as_str()),
        }
    }

    fn is_anonymous(&self) -> bool {
        matches!(self, Self::Anonymous)
    }

    fn restarts_login(&self, call: &Result<MemberCall, CallError>) -> bool {
        use MemberCall::{Login, Register, Resume};
        !self.is_anonymous() || matches!(call, Ok(Register(_) | Login(_) | Resume(_)))
    }

    fn answer<'a>(
        &'a mut self,
        context: &'a Context,
        source: IpAddr,
        call: Result<MemberCall, CallError>,
    ) -> Answer<'a> {
        dispatch::dispatch(context, self, source, call)
    }

    fn describe(&mut self, meter: &Arc<Meter>, context: &Context) {
        if let Self::Member(member) = self {
            member.describe(meter, &context.desk);
        }
    }

    fn take_turn(&self, anonymous: &Pace, now: Instant) -> Result<(), RetryAfter> {
        match self {
            Self::Anonymous => anonymous.take(now),
            Self::Member(member) => member.pace().take(now),
        }
    }

    fn ending(&self) -> Option<Ending> {
        match self {
            Self::Anonymous => None,
            Self::Member(member) => member.mailbox().ending(),
        }
    }

    fn take_news(&mut self) -> Vec<Vec<u8>> {
        match self {
            Self::Anonymous => Vec::new(),
            Self::Member(member) => member.take_news(),
        }
    }

    fn take_letter(&self) -> Option<Letter> {
        match self {
            Self::Anonymous => None,
            Self::Member(member) => member.take_letter(),
        }
    }

    async fn arrived(&self) {
        match self {
            Self::Anonymous => std::future::pending().await,
            Self::Member(member) => member.arrived().await,
        }
    }
}

impl Party for AdminSession {
    type Call = AdminCall;

    fn decode(name: &str, body: &[u8]) -> Result<AdminCall, CallError> {
        AdminCall::decode(name, body)
    }

    fn kind(call: &Result<AdminCall, CallError>) -> RequestKind {
        RequestKind::of_admin(call)
    }

    fn name(&self) -> Option<&str> {
        Some(self.admin().name().as_str())
    }

    fn is_anonymous(&self) -> bool {
        false
    }

    fn restarts_login(&self, _: &Result<AdminCall, CallError>) -> bool {
        false
    }

    fn answer<'a>(
        &'a mut self,
        context: &'a Context,
        _: IpAddr,
        call: Result<AdminCall, CallError>,
    ) -> Answer<'a> {
        admin_dispatch::dispatch(context, self, call)
    }

    fn describe(&mut self, _: &Arc<Meter>, _: &Context) {}

    /// Administrators are few, known by name, and may ask as fast as they can.
    fn take_turn(&self, _: &Pace, _: Instant) -> Result<(), RetryAfter> {
        Ok(())
    }

    fn ending(&self) -> Option<Ending> {
        self.mailbox().ending()
    }

    fn take_news(&mut self) -> Vec<Vec<u8>> {
        Vec::new()
    }

    fn take_letter(&self) -> Option<Letter> {
        self.mailbox().take()
    }

    async fn arrived(&self) {
        self.mailbox().arrived().await;
    }
}
