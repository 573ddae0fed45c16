//! From a decoded request of an administrator to its encoded answer. The members' dispatcher knows
//! none of these, and this one none of theirs.

use auboutique_protocol::accounts::Pong;
use auboutique_protocol::call::{AdminCall, CallError};
use auboutique_protocol::error::{ErrorCode, Nothing};

use crate::context::Context;
use crate::dispatch::Answer;
use crate::error::reply;
use crate::handlers::admin::{actions, lists};
use crate::session::AdminSession;

/// Answers a request, whatever came.
pub(crate) fn dispatch<'a>(
    context: &'a Context,
    session: &'a mut AdminSession,
    call: Result<AdminCall, CallError>,
) -> Answer<'a> {
    match call {
        Ok(call) => handle(context, session, call),
        Err(error) => {
            tracing::debug!(%error, "a malformed request of an administrator");
            Answer::Ready(Err(reply(ErrorCode::BadRequest(Nothing {}))))
        }
    }
}

fn handle<'a>(context: &'a Context, session: &'a mut AdminSession, call: AdminCall) -> Answer<'a> {
    match call {
        AdminCall::Ping(_) => Answer::at_once(Ok(Pong {
            time: context.now(),
        })),
        AdminCall::Users(request) => {
            Answer::after(async move { lists::users(request, session.admin(), context).await })
        }
        AdminCall::User(request) => {
            Answer::after(async move { lists::user(&request, session.admin(), context).await })
        }
        AdminCall::Sessions(request) => {
            Answer::at_once(lists::sessions(&request, session.admin(), context))
        }
        AdminCall::Sales(request) => {
            Answer::after(async move { lists::sales(&request, session.admin(), context).await })
        }
        AdminCall::Products(request) => {
            Answer::after(async move { lists::products(&request, session.admin(), context).await })
        }
        AdminCall::Statistics(request) => {
            Answer::after(
                async move { lists::statistics(&request, session.admin(), context).await },
            )
        }
        AdminCall::Audit(request) => {
            Answer::after(async move { lists::audit(&request, session.admin(), context).await })
        }
        AdminCall::Disconnect(request) => {
            Answer::after(
                async move { actions::disconnect(&request, session.admin(), context).await },
            )
        }
        AdminCall::Suspend(request) => {
            Answer::after(async move { actions::suspend(&request, session.admin(), context).await })
        }
        AdminCall::Reinstate(request) => {
            Answer::after(
                async move { actions::reinstate(&request, session.admin(), context).await },
            )
        }
        AdminCall::ResetPassword(request) => Answer::after(async move {
            actions::reset_password(&request, session.admin(), context).await
        }),
        AdminCall::RemoveProduct(request) => Answer::after(async move {
            actions::remove_product(&request, session.admin(), context).await
        }),
        AdminCall::Announce(request) => {
            Answer::after(
                async move { actions::announce(&request, session.admin(), context).await },
            )
        }
        AdminCall::Watch(request) => Answer::at_once(Ok(lists::watch(&request, session, context))),
    }
}
