//! Values with a form of their own, and how they are read.

use auboutique_certs::{AddressError, DEFAULT_PORT, ServerAddress};
use auboutique_protocol::text::{AnnouncementText, Reason, SearchText, TextError, Username};

/// The port for administrators where the members' is the usual one: the one after it.
const ADMIN_PORT: u16 = DEFAULT_PORT + 1;

pub(super) fn server(text: &str) -> Result<ServerAddress, AddressError> {
    let behind_brackets = text.rsplit_once(']').map_or(text, |(_, rest)| rest);
    let address: ServerAddress = text.parse()?;
    Ok(if behind_brackets.contains(':') {
        address
    } else {
        ServerAddress {
            port: ADMIN_PORT,
            ..address
        }
    })
}

pub(super) fn username(text: &str) -> Result<Username, TextError> {
    Username::parse(text)
}

pub(super) fn search_text(text: &str) -> Result<SearchText, TextError> {
    SearchText::parse(text)
}

pub(super) fn reason(text: &str) -> Result<Reason, TextError> {
    Reason::parse(text)
}

pub(super) fn announcement(text: &str) -> Result<AnnouncementText, TextError> {
    AnnouncementText::parse(text)
}
