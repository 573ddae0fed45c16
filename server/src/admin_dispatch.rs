//! From a decoded request of an administrator to its encoded answer. The members' dispatcher knows
//! none of these, and this one none of theirs.

use auboutique_protocol::accounts::Pong;
use auboutique_protocol::call::{AdminCall, CallError};
use auboutique_protocol::error::{ErrorCode, ErrorReply, Nothing};

use crate::context::Context;
use crate::dispatch::Encoded;
use crate::error::{ServiceError, reply};
use crate::handlers::admin::{actions, lists};
use crate::session::AdminSession;

/// Does what was asked and returns the answer, whatever comes.
pub(crate) async fn dispatch(
    context: &Context,
    session: &mut AdminSession,
    call: Result<AdminCall, CallError>,
) -> Result<Encoded, ErrorReply> {
    let call = call.map_err(|error| {
        tracing::debug!(%error, "a malformed request of an administrator");
        reply(ErrorCode::BadRequest(Nothing {}))
    })?;
    handle(context, session, call)
        .await
        .map_err(ServiceError::into_reply)
}

async fn handle(
    context: &Context,
    session: &mut AdminSession,
    call: AdminCall,
) -> Result<Encoded, ServiceError> {
    let admin = session.admin();
    Ok(match call {
        AdminCall::Ping(_) => (&Pong {
            time: context.now(),
        })
            .into(),
        AdminCall::Users(request) => (&lists::users(request, admin, context).await?).into(),
        AdminCall::User(request) => (&lists::user(&request, admin, context).await?).into(),
        AdminCall::Sessions(request) => (&lists::sessions(&request, admin, context)?).into(),
        AdminCall::Sales(request) => (&lists::sales(&request, admin, context).await?).into(),
        AdminCall::Products(request) => (&lists::products(&request, admin, context).await?).into(),
        AdminCall::Statistics(request) => {
            (&lists::statistics(&request, admin, context).await?).into()
        }
        AdminCall::Audit(request) => (&lists::audit(&request, admin, context).await?).into(),
        AdminCall::Disconnect(request) => {
            (&actions::disconnect(&request, admin, context).await?).into()
        }
        AdminCall::Suspend(request) => (&actions::suspend(&request, admin, context).await?).into(),
        AdminCall::Reinstate(request) => {
            (&actions::reinstate(&request, admin, context).await?).into()
        }
        AdminCall::ResetPassword(request) => {
            (&actions::reset_password(&request, admin, context).await?).into()
        }
        AdminCall::RemoveProduct(request) => {
            (&actions::remove_product(&request, admin, context).await?).into()
        }
        AdminCall::Announce(request) => {
            (&actions::announce(&request, admin, context).await?).into()
        }
        AdminCall::Watch(request) => (&lists::watch(&request, session, context)).into(),
    })
}
