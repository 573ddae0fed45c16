//! What can be done from the console, with what is said before and after: the same requests and
//! sentences as those of the commands.

use auboutique_client::terminal::failure::Failure;
use auboutique_client::{AdminClient, Error};
use auboutique_protocol::accounts::Password;
use auboutique_protocol::admin::{
    Announce, Disconnect, Reinstate, RemoveProduct, ResetPassword, SessionNumber, Statistics,
    Suspend,
};
use auboutique_protocol::ids::ProductId;
use auboutique_protocol::limits::{ANNOUNCEMENT_CHARACTERS_MAX, REASON_CHARACTERS_MAX};
use auboutique_protocol::text::{AnnouncementText, Reason, TextError, Username};

use crate::actions::refusals::{explain, of_action, of_product};
use crate::actions::{announced, disconnected, reinstated, removed, suspended};
use crate::consequences::{
    of_announcing, of_disconnecting, of_ending_session, of_removing, of_resetting_password,
    of_suspending,
};
use crate::market::for_sale;
use crate::sessions::of_session;
use crate::users::find;

/// Something to do, and to whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Deed {
    Disconnect(Username),
    EndSession(SessionNumber),
    Suspend(Username),
    Reinstate(Username),
    ResetPassword(Username),
    RemoveProduct(ProductId),
    Announce,
}

/// What was done.
#[derive(Debug)]
pub(crate) enum Done {
    /// In a sentence.
    Said(String),
    /// A password that is shown once.
    Password { user: Username, password: Password },
}

/// The words that belong to a deed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Words {
    pub(crate) label: &'static str,
    pub(crate) hint: &'static str,
    pub(crate) characters_max: usize,
}

impl Deed {
    /// What is to be done: a heading.
    pub(crate) fn title(&self) -> String {
        match self {
            Self::Disconnect(user) => format!("Disconnect {}", user.as_str()),
            Self::EndSession(session) => format!("End session {session}"),
            Self::Suspend(user) => format!("Suspend {}", user.as_str()),
            Self::Reinstate(user) => format!("Reinstate {}", user.as_str()),
            Self::ResetPassword(user) => format!("Reset the password of {}", user.as_str()),
            Self::RemoveProduct(product) => format!("Remove product {product}"),
            Self::Announce => "Say something to everybody online".into(),
        }
    }

    /// The button that does it.
    pub(crate) const fn verb(&self) -> &'static str {
        match self {
            Self::Disconnect(_) => "Disconnect",
            Self::EndSession(_) => "End it",
            Self::Suspend(_) => "Suspend",
            Self::Reinstate(_) => "Reinstate",
            Self::ResetPassword(_) => "Reset",
            Self::RemoveProduct(_) => "Remove",
            Self::Announce => "Say it",
        }
    }

    /// Whether it is asked about, with the consequence, before it is done.
    pub(crate) const fn is_asked_about(&self) -> bool {
        !matches!(self, Self::Reinstate(_))
    }

    /// The words that are asked for.
    pub(crate) const fn words(&self) -> Words {
        let (label, hint, characters_max) = match self {
            Self::Disconnect(_) | Self::EndSession(_) => (
                "Why",
                "The user is told; may be left empty.",
                REASON_CHARACTERS_MAX,
            ),
            Self::Suspend(_) => (
                "Reason",
                "The user is told at each login.",
                REASON_CHARACTERS_MAX,
            ),
            Self::Reinstate(_) | Self::ResetPassword(_) => (
                "Why",
                "For the audit; may be left empty.",
                REASON_CHARACTERS_MAX,
            ),
            Self::RemoveProduct(_) => ("Reason", "The owner is told.", REASON_CHARACTERS_MAX),
            Self::Announce => (
                "Text",
                "Everybody online reads it.",
                ANNOUNCEMENT_CHARACTERS_MAX,
            ),
        };
        Words {
            label,
            hint,
            characters_max,
        }
    }

    /// Checks the words; `None` where they may be left out and are.
    pub(crate) fn check(&self, typed: &str) -> Result<Option<String>, TextError> {
        let is_needed = match self {
            Self::Suspend(_) | Self::RemoveProduct(_) | Self::Announce => true,
            Self::Disconnect(_)
            | Self::EndSession(_)
            | Self::Reinstate(_)
            | Self::ResetPassword(_) => false,
        };
        if typed.trim().is_empty() && !is_needed {
            return Ok(None);
        }
        if *self == Self::Announce {
            return AnnouncementText::parse(typed).map(|text| Some(text.into()));
        }
        Reason::parse(typed).map(|reason| Some(reason.into()))
    }

    /// What it would lead to, as a question.
    ///
    /// # Errors
    /// It cannot be found out, or there is nobody to do it to.
    pub(crate) async fn consequence(
        &self,
        client: &AdminClient,
        words: Option<&str>,
    ) -> Result<String, Failure> {
        let text = words.unwrap_or_default();
        Ok(match self {
            Self::Disconnect(user) => of_disconnecting(&find(client, user).await?, words),
            Self::EndSession(session) => {
                of_ending_session(*session, &of_session(client, *session).await?, words)
            }
            Self::Suspend(user) => of_suspending(&find(client, user).await?, text),
            Self::Reinstate(user) => format!("Reinstate {}?", user.as_str()),
            Self::ResetPassword(user) => of_resetting_password(&find(client, user).await?),
            Self::RemoveProduct(product) => {
                of_removing(*product, for_sale(client, *product).await?.as_ref(), text)
            }
            Self::Announce => {
                let now = client.call(&Statistics::default()).await?.now;
                of_announcing(text, now.connections)
            }
        })
    }

    /// Does it.
    ///
    /// # Errors
    /// It is refused, or its outcome is not known: the audit tells.
    pub(crate) async fn perform(
        &self,
        client: &AdminClient,
        words: Option<String>,
    ) -> Result<Done, Failure> {
        let of_user = |user: &Username, error: Error| of_action(user, error);
        match self {
            Self::Disconnect(user) => {
                let request = Disconnect {
                    why: words,
                    session: None,
                    username: Some(user.as_str().to_owned()),
                };
                let ended = client.call(&request).await;
                let ended = ended.map_err(|error| of_user(user, error))?;
                Ok(Done::Said(disconnected(user.as_str(), &ended)))
            }
            Self::EndSession(session) => {
                let request = Disconnect {
                    why: words,
                    session: Some(*session),
                    username: None,
                };
                let ended = client.call(&request).await.map_err(explain)?;
                Ok(Done::Said(disconnected(
                    &format!("session {session}"),
                    &ended,
                )))
            }
            Self::Suspend(user) => {
                let request = Suspend {
                    reason: words.unwrap_or_default(),
                    username: user.as_str().to_owned(),
                };
                let done = client.call(&request).await;
                let done = done.map_err(|error| of_user(user, error))?;
                Ok(Done::Said(suspended(user.as_str(), &done)))
            }
            Self::Reinstate(user) => {
                let request = Reinstate {
                    why: words,
                    username: user.as_str().to_owned(),
                };
                let done = client.call(&request).await;
                let done = done.map_err(|error| of_user(user, error))?;
                Ok(Done::Said(reinstated(user.as_str(), &done)))
            }
            Self::ResetPassword(user) => {
                let request = ResetPassword {
                    why: words,
                    username: user.as_str().to_owned(),
                };
                let done = client.call(&request).await;
                let done = done.map_err(|error| of_user(user, error))?;
                Ok(Done::Password {
                    user: user.clone(),
                    password: done.password,
                })
            }
            Self::RemoveProduct(product) => {
                let request = RemoveProduct {
                    reason: words.unwrap_or_default(),
                    product: *product,
                };
                let done = client.call(&request).await;
                done.map_err(|error| of_product(*product, error))?;
                Ok(Done::Said(removed(*product)))
            }
            Self::Announce => {
                let request = Announce {
                    text: words.unwrap_or_default(),
                };
                let told = client.call(&request).await.map_err(explain)?;
                Ok(Done::Said(announced(&told)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mona() -> Username {
        Username::parse("mona").expect("a username")
    }

    #[test]
    fn words_may_be_left_out_only_where_nobody_needs_them() {
        let product = Deed::RemoveProduct(ProductId(1));
        for needed in [Deed::Suspend(mona()), product, Deed::Announce] {
            assert!(needed.check(" ").is_err(), "{needed:?}");
            assert_eq!(needed.check("fraud"), Ok(Some("fraud".into())));
        }
        for free in [
            Deed::Disconnect(mona()),
            Deed::EndSession(SessionNumber(1)),
            Deed::Reinstate(mona()),
            Deed::ResetPassword(mona()),
        ] {
            assert_eq!(free.check(" "), Ok(None), "{free:?}");
            assert!(free.check("\u{202e}").is_err(), "{free:?}");
        }
    }
}
