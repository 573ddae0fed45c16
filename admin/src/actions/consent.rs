//! Asking before something is done.

use auboutique_client::terminal::failure::Failure;

use crate::context::Context;

/// Whether somebody has to be asked.
pub(super) struct Consent<'a> {
    context: &'a Context,
    is_given: bool,
}

impl<'a> Consent<'a> {
    /// Fails where consent is neither given nor can be asked for, before anything is sent.
    pub(super) fn of(context: &'a Context, is_given: bool) -> Result<Self, Failure> {
        if !is_given && !context.prompter.may_ask() {
            return Err(Failure::missing("your consent", "--yes"));
        }
        Ok(Self { context, is_given })
    }

    pub(super) fn is_asked_for(&self) -> bool {
        !self.is_given
    }

    pub(super) async fn ask(&self, question: &str) -> Result<(), Failure> {
        if self.context.prompter.confirm(question).await? {
            return Ok(());
        }
        Err(Failure::failed("nothing was done"))
    }
}
