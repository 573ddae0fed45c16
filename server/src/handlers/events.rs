//! What a connection wants to hear of.

use auboutique_protocol::event::{Watch, Watching};

use crate::context::Context;
use crate::error::ServiceError;
use crate::session::Session;

pub(crate) fn watch(
    _request: &Watch,
    _session: &mut Session,
    _context: &Context,
) -> Result<Watching, ServiceError> {
    unimplemented!("events slice")
}
