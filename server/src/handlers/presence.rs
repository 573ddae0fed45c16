//! Presence: who is online.

use auboutique_protocol::limits::PRESENCE_NAMES_MAX;
use auboutique_protocol::presence::{Online, Presence};
use auboutique_protocol::text::Username;

use crate::context::Context;
use crate::error::ServiceError;
use crate::session::User;

pub(crate) fn presence(
    request: &Presence,
    _: &User,
    context: &Context,
) -> Result<Online, ServiceError> {
    if !(1..=PRESENCE_NAMES_MAX).contains(&request.names.len()) {
        return Err(ServiceError::field("names", "out_of_range"));
    }
    let mut online = Vec::new();
    for name in &request.names {
        let username = Username::parse(name).map_err(ServiceError::text("names"))?;
        if context.presence.is_online(&username) {
            online.push(username.into());
        }
    }
    Ok(Online { online })
}
