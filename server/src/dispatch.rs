//! From a decoded request to its encoded answer: access, and the one match that names every handler.

use std::net::IpAddr;

use auboutique_protocol::call::{Access, CallError, MemberCall};
use auboutique_protocol::codec;
use auboutique_protocol::error::{ErrorCode, ErrorReply, Nothing};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde::Serialize;

use crate::context::Context;
use crate::error::{ServiceError, reply};
use crate::handlers::{accounts, catalog, chat, events, presence, purchases};
use crate::limits::RoomLevel;
use crate::session::Session;

/// An encoded reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Encoded(pub(crate) Vec<u8>);

/// What a handler says: a value to encode, or what it has put together from encoded parts.
pub(crate) trait Reply {
    fn encoded(self) -> Encoded;
}

impl<T: Serialize> Reply for T {
    fn encoded(self) -> Encoded {
        Encoded(codec::encode(&self))
    }
}

impl Reply for Encoded {
    fn encoded(self) -> Encoded {
        self
    }
}

/// The answer to a request, or the work that leads to it.
pub(crate) enum Answer<'a> {
    /// It stood in memory. No future and no span are made for it, and nothing about it can be logged.
    Ready(Result<Encoded, ErrorReply>),
    /// It is to be waited for. In memory of its own, which only those connections need that are being answered.
    Pending(BoxFuture<'a, Result<Encoded, ErrorReply>>),
}

impl<'a> Answer<'a> {
    pub(crate) fn at_once(answer: Result<impl Reply, ServiceError>) -> Self {
        Self::Ready(finished(answer))
    }

    pub(crate) fn after<T: Reply + 'a>(
        work: impl Future<Output = Result<T, ServiceError>> + Send + 'a,
    ) -> Self {
        Self::Pending(work.map(finished).boxed())
    }
}

fn finished(answer: Result<impl Reply, ServiceError>) -> Result<Encoded, ErrorReply> {
    let answer = answer.map(Reply::encoded);
    answer.map_err(ServiceError::into_reply)
}

/// Answers a request, whatever came.
pub(crate) fn dispatch<'a>(
    context: &'a Context,
    session: &'a mut Session,
    source: IpAddr,
    call: Result<MemberCall, CallError>,
) -> Answer<'a> {
    let call = match call {
        Ok(call) => call,
        Err(error) => {
            tracing::debug!(%error, "a malformed request");
            return Answer::Ready(Err(reply(ErrorCode::BadRequest(Nothing {}))));
        }
    };
    match admit(context, session, &call) {
        Ok(()) => handle(context, session, source, call),
        Err(error) => Answer::Ready(Err(error.into_reply())),
    }
}

/// Whether this request may be made in this session, now.
fn admit(context: &Context, session: &Session, call: &MemberCall) -> Result<(), ServiceError> {
    if call.row().access == Access::Member {
        session.user()?;
    }
    // Whoever has a one-time password may choose another with it, or leave.
    if !matches!(
        call,
        MemberCall::ChangePassword(_) | MemberCall::Logout(_) | MemberCall::Ping(_)
    ) {
        session.require_own_password()?;
    }
    if has_no_room(context, call) {
        return Err(ServiceError::NoRoom);
    }
    Ok(())
}

/// Whether a request makes the market larger, and there is hardly any room left. Purchases stop later, where
/// they are made: those that were made are confirmed again whatever happens.
fn has_no_room(context: &Context, call: &MemberCall) -> bool {
    use MemberCall::{EditProduct, Register, Sell, SendMessage};
    context.room.level() != RoomLevel::Plenty
        && matches!(
            call,
            Register(_) | Sell(_) | EditProduct(_) | SendMessage(_)
        )
}

fn handle<'a>(
    context: &'a Context,
    session: &'a mut Session,
    source: IpAddr,
    call: MemberCall,
) -> Answer<'a> {
    match call {
        MemberCall::Register(request) => {
            Answer::after(accounts::register(request, session, source, context))
        }
        MemberCall::Login(request) => {
            Answer::after(accounts::login(request, session, source, context))
        }
        MemberCall::Resume(request) => Answer::after(accounts::resume(request, session, context)),
        MemberCall::Ping(request) => Answer::at_once(Ok(accounts::ping(&request, context))),
        MemberCall::Logout(request) => {
            Answer::after(async move { accounts::logout(&request, session, context).await })
        }
        MemberCall::WhoAmI(request) => {
            Answer::after(async move { accounts::whoami(&request, session.user()?, context).await })
        }
        MemberCall::ListProducts(mut request) => match request.text.take() {
            None => Answer::at_once(
                session
                    .user()
                    .and_then(|user| catalog::list_products(request, user, context)),
            ),
            Some(text) => Answer::after(async move {
                catalog::search_products(&text, request, session.user()?, context).await
            }),
        },
        MemberCall::ShowProduct(request) => {
            Answer::after(
                async move { catalog::show_product(&request, session.user()?, context).await },
            )
        }
        MemberCall::ListSellers(request) => Answer::at_once(
            session
                .user()
                .and_then(|user| catalog::list_sellers(&request, user, context)),
        ),
        MemberCall::Picture(request) => {
            Answer::after(async move { catalog::picture(&request, session.user()?, context).await })
        }
        MemberCall::Sell(request) => {
            Answer::after(async move { catalog::sell(request, session.user()?, context).await })
        }
        MemberCall::Buy(request) => {
            Answer::after(async move { purchases::buy(&request, session.user()?, context).await })
        }
        MemberCall::MyPurchases(request) => Answer::after(async move {
            purchases::my_purchases(&request, session.user()?, context).await
        }),
        MemberCall::MySales(request) => {
            Answer::after(
                async move { purchases::my_sales(&request, session.user()?, context).await },
            )
        }
        MemberCall::EditProduct(request) => {
            Answer::after(
                async move { catalog::edit_product(request, session.user()?, context).await },
            )
        }
        MemberCall::WithdrawProduct(request) => Answer::after(async move {
            catalog::withdraw_product(&request, session.user()?, context).await
        }),
        MemberCall::Presence(request) => Answer::at_once(
            session
                .user()
                .and_then(|user| presence::presence(&request, user, context)),
        ),
        MemberCall::ChangePassword(request) => Answer::after(async move {
            let user = session.user()?;
            let changed = accounts::change_password(request, user, source, context).await?;
            session.password_is_changed();
            Ok(changed)
        }),
        MemberCall::MyQuota(request) => {
            Answer::after(
                async move { accounts::my_quota(&request, session.user()?, context).await },
            )
        }
        MemberCall::ExportAccount(request) => Answer::after(async move {
            accounts::export_account(&request, session.user()?, context).await
        }),
        MemberCall::DeleteAccount(request) => {
            Answer::after(accounts::delete_account(request, session, source, context))
        }
        MemberCall::SendMessage(request) => {
            Answer::after(
                async move { chat::send_message(request, session.user()?, context).await },
            )
        }
        MemberCall::Conversations(request) => {
            Answer::after(
                async move { chat::conversations(&request, session.user()?, context).await },
            )
        }
        MemberCall::History(request) => {
            Answer::after(async move { chat::history(&request, session.user()?, context).await })
        }
        MemberCall::MarkRead(request) => {
            Answer::after(async move { chat::mark_read(&request, session.user()?, context).await })
        }
        MemberCall::Watch(request) => Answer::at_once(events::watch(&request, session, context)),
    }
}
