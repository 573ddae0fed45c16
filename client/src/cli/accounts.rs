//! Commands about accounts: register, login, logout, whoami.

use auboutique_protocol::accounts::{Password, Register};
use auboutique_protocol::catalog::ListProducts;
use auboutique_protocol::limits::{PASSWORD_CHARACTERS_MAX, PASSWORD_CHARACTERS_MIN};
use auboutique_protocol::text::{Email, PersonName, Username, term_safe};
use serde_json::json;
use zeroize::Zeroizing;

use crate::cli::args;
use crate::cli::catalog::product_table;
use crate::cli::failure::Failure;
use crate::cli::output::local_time;
use crate::cli::prompt::password_from_stdin;
use crate::cli::session::Context;
use crate::cli::state::Login;
use crate::cli::views::{ProfileView, summaries};

pub(crate) async fn register(context: &Context, arguments: args::Register) -> Result<(), Failure> {
    let prompter = context.prompter;
    let name = prompter
        .value(arguments.name, "Name", "--name", PersonName::parse)
        .await?;
    let email = prompter
        .value(arguments.email, "E-mail", "--email", Email::parse)
        .await?;
    let username = username(context, arguments.username).await?;
    let password = password(context, arguments.password_stdin, true).await?;
    check_new_password(&password, PASSWORD_CHARACTERS_MIN)?;
    let (client, _) = context.connect().await?;
    let least = client.server().limits.password_characters_min;
    check_new_password(&password, usize::try_from(least).unwrap_or(usize::MAX))?;
    let registered = client
        .call(&Register {
            name: name.into(),
            email: email.into(),
            password: Password(password),
            username: username.into(),
        })
        .await?;
    client.close().await;
    let username = registered.username;
    context.out.result(&json!({ "username": username }), || {
        let username = term_safe(&username);
        vec![format!(
            "Registered {username}. Log in with `auboutique login --username {username}`."
        )]
    })
}

/// Logs in, and shows the newest products.
pub(crate) async fn login(context: &Context, arguments: args::Login) -> Result<(), Failure> {
    let username = username(context, arguments.username).await?;
    let password = password(context, arguments.password_stdin, false).await?;
    let (client, address) = context.connect().await?;
    let login = client.login(username.as_str(), Password(password)).await?;
    let remembered = Login::new(&login.profile.username, &login.token);
    context.state.remember_login(&address, Some(remembered))?;
    let page = client.call(&ListProducts::default()).await?;
    client.close().await;
    let profile = &login.profile;
    let value = json!({
        "username": profile.username,
        "name": profile.name,
        "products": summaries(&page.products),
    });
    context.out.result(&value, || {
        let mut lines = vec![
            format!("Welcome, {}.", term_safe(&profile.name)),
            String::new(),
        ];
        lines.extend(product_table(context.out, &page.products));
        lines
    })
}

pub(crate) async fn logout(context: &Context) -> Result<(), Failure> {
    let member = context.member().await?;
    match member.client.logout().await {
        Ok(_) => {}
        // The session was over already, or a first attempt ended it whose answer got lost.
        Err(error) if error.is_of_login() => {}
        Err(error) => return Err(error.into()),
    }
    context.state.remember_login(&member.address, None)?;
    member.client.close().await;
    context.out.result(&json!({ "logged_out": true }), || {
        vec!["Logged out.".into()]
    })
}

pub(crate) async fn whoami(context: &Context) -> Result<(), Failure> {
    let member = context.member().await?;
    member.client.close().await;
    let profile = &member.profile;
    context.out.result(&ProfileView::from(profile), || {
        vec![
            format!("Username      {}", term_safe(&profile.username)),
            format!("Name          {}", term_safe(&profile.name)),
            format!("E-mail        {}", term_safe(&profile.email)),
            format!("Member since  {}", local_time(profile.member_since)),
            format!("Server        {}", member.address),
        ]
    })
}

async fn username(context: &Context, given: Option<Username>) -> Result<Username, Failure> {
    context
        .prompter
        .value(given, "Username", "--username", Username::parse)
        .await
}

async fn password(
    context: &Context,
    from_stdin: bool,
    is_new: bool,
) -> Result<Zeroizing<String>, Failure> {
    if from_stdin {
        return password_from_stdin().await;
    }
    context.prompter.password(is_new).await
}

/// The server judges the password; what it refuses for certain need not travel.
fn check_new_password(password: &str, least: usize) -> Result<(), Failure> {
    let characters = password.chars().count();
    if characters < least {
        return Err(Failure::usage(format!(
            "the password must have at least {least} characters"
        ))
        .hint("several words in a row make a good one"));
    }
    if characters > PASSWORD_CHARACTERS_MAX {
        return Err(Failure::usage(format!(
            "the password must have at most {PASSWORD_CHARACTERS_MAX} characters"
        )));
    }
    Ok(())
}
