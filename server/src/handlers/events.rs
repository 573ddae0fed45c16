//! What a connection wants to hear of.

use auboutique_protocol::event::{Watch, Watching};

use crate::context::Context;
use crate::error::ServiceError;
use crate::session::Session;

pub(crate) fn watch(
    request: &Watch,
    session: &mut Session,
    context: &Context,
) -> Result<Watching, ServiceError> {
    let topics = request.topics.iter().copied().collect();
    session.watch(topics, context)?;
    Ok(Watching {})
}
