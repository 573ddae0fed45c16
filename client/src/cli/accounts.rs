//! Commands about accounts: register, login, logout, whoami, passwd, quota, delete-account.

use auboutique_protocol::accounts::{
    ChangePassword, DeleteAccount, MyQuota, Password, Register, Usage, WhoAmI,
};
use auboutique_protocol::catalog::ListProducts;
use auboutique_protocol::chat::Conversations;
use auboutique_protocol::limits::{PASSWORD_CHARACTERS_MAX, PASSWORD_CHARACTERS_MIN};
use auboutique_protocol::text::{Email, PersonName, Username, term_safe};
use serde_json::json;
use zeroize::Zeroizing;

use crate::cli::args;
use crate::cli::catalog::product_table;
use crate::cli::chat::unread_note;
use crate::cli::failure::Failure;
use crate::cli::news::News;
use crate::cli::session::Context;
use crate::cli::state::Login;
use crate::cli::views::{ProfileView, summaries};
use crate::generate_passphrase;
use crate::terminal::output::local_time;
use crate::terminal::prompt::{password_from_stdin, two_passwords_from_stdin};
use crate::terminal::table::{layout, left, right};

pub(crate) async fn register(context: &Context, arguments: args::Register) -> Result<(), Failure> {
    let prompter = context.prompter;
    let name = prompter
        .value(arguments.name, "Name", "--name", PersonName::parse)
        .await?;
    let email = prompter
        .value(arguments.email, "E-mail", "--email", Email::parse)
        .await?;
    let username = username(context, arguments.username).await?;
    let chosen = chosen_password(
        context,
        arguments.password_stdin,
        arguments.generate_password,
    )
    .await?;
    let (client, _) = context.connect().await?;
    let least = client.server().limits.password_characters_min;
    let (password, is_generated) = match chosen {
        Some(password) => {
            check_new_password(&password, usize::try_from(least).unwrap_or(usize::MAX))?;
            (Password(password), false)
        }
        None => (generated(least)?, true),
    };
    let request = Register {
        name: name.into(),
        email: email.into(),
        password,
        username: username.into(),
    };
    let mut advice = "the account may exist: try to log in".to_owned();
    if is_generated {
        // Its password must not be lost.
        advice = format!("{advice}; the passphrase would be {}", *request.password.0);
    }
    let registered = context.doubt.settle(&advice, client.call(&request)).await?;
    client.close().await;
    let username = registered.username;
    let mut value = json!({ "username": username });
    if is_generated {
        value["password"] = json!(*request.password.0);
    }
    context.out.result(&value, || {
        let username = term_safe(&username);
        let mut lines = vec![format!(
            "Registered {username}. Log in with `auboutique login --username {username}`."
        )];
        if is_generated {
            lines.push(format!("Your passphrase: {}", *request.password.0));
            lines.push("Write it down now: it is not shown again.".into());
        }
        lines
    })
}

/// The password that the person chose; `None` to have one made up.
async fn chosen_password(
    context: &Context,
    from_stdin: bool,
    is_generated: bool,
) -> Result<Option<Zeroizing<String>>, Failure> {
    if is_generated {
        return Ok(None);
    }
    let password = if from_stdin {
        password_from_stdin().await?
    } else {
        let prompter = context.prompter;
        if prompter.may_ask() {
            context
                .out
                .note("Leave the password empty to have a passphrase made up.");
        }
        let password = prompter.new_password("Password").await?;
        if password.is_empty() {
            return Ok(None);
        }
        password
    };
    check_new_password(&password, PASSWORD_CHARACTERS_MIN)?;
    Ok(Some(password))
}

fn generated(characters_min: u32) -> Result<Password, Failure> {
    generate_passphrase(characters_min)
        .map_err(|error| Failure::failed(format!("no randomness: {error}")))
}

/// Logs in, and shows the newest products.
pub(crate) async fn login(context: &Context, arguments: args::Login) -> Result<(), Failure> {
    let username = username(context, arguments.username).await?;
    let password = password(context, arguments.password_stdin).await?;
    let (client, address) = context.connect().await?;
    let _news = News::listen(&client, context.out);
    let login = client.login(username.as_str(), Password(password)).await?;
    let remembered = Login::new(&login.profile.username, &login.token);
    context.state.remember_login(&address, Some(remembered))?;
    let page = client.call(&ListProducts::default()).await?;
    let latest = Conversations {
        limit: Some(1),
        cursor: None,
    };
    let unread = client.call(&latest).await?.unread;
    client.close().await;
    if let Some(note) = unread_note(unread) {
        context.out.note(&note);
    }
    let profile = &login.profile;
    let value = json!({
        "username": profile.username,
        "name": profile.name,
        "unread": unread,
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
    let profile = member.client.call(&WhoAmI {}).await?;
    member.client.close().await;
    context.out.result(&ProfileView::from(&profile), || {
        vec![
            format!("Username      {}", term_safe(&profile.username)),
            format!("Name          {}", term_safe(&profile.name)),
            format!("E-mail        {}", term_safe(&profile.email)),
            format!("Member since  {}", local_time(profile.member_since)),
            format!("Server        {}", member.address),
        ]
    })
}

pub(crate) async fn passwd(context: &Context, arguments: &args::Passwd) -> Result<(), Failure> {
    let (old, new) = if arguments.password_stdin {
        two_passwords_from_stdin().await?
    } else {
        let old = context.prompter.password("Current password").await?;
        (old, context.prompter.new_password("New password").await?)
    };
    check_new_password(&new, PASSWORD_CHARACTERS_MIN)?;
    let member = context.member().await?;
    let request = ChangePassword {
        new: Password(new),
        old: Password(old),
    };
    let advice = "the password may be changed: try to log in with the new one, else with the old";
    let changing = member.client.call(&request);
    context.doubt.settle(advice, changing).await?;
    member.client.close().await;
    let value = json!({ "password_changed": true });
    context.out.result(&value, || {
        vec!["The password is changed. All other logins have ended.".into()]
    })
}

pub(crate) async fn quota(context: &Context) -> Result<(), Failure> {
    let member = context.member().await?;
    let quotas = member.client.call(&MyQuota {}).await?;
    member.client.close().await;
    let rows = [
        (
            "products_for_sale",
            "Products for sale",
            quotas.products_for_sale,
        ),
        ("picture_bytes", "Bytes of pictures", quotas.picture_bytes),
        (
            "messages_per_day",
            "Messages today",
            quotas.messages_per_day,
        ),
        ("connections", "Connections", quotas.connections),
    ];
    let mut value = json!({});
    for (name, _, Usage { used, limit }) in rows {
        value[name] = json!({ "used": used, "limit": limit });
    }
    context.out.result(&value, || {
        let columns = [left("QUOTA"), right("USED"), right("LIMIT")];
        let rows = rows.map(|(_, title, Usage { used, limit })| {
            [title.to_owned(), used.to_string(), limit.to_string()]
        });
        context
            .out
            .with_heading(layout(columns, 0, &rows, context.out.width))
    })
}

/// Asks whether that is meant, asks for the password, and deletes the account.
pub(crate) async fn delete_account(
    context: &Context,
    arguments: &args::DeleteAccount,
) -> Result<(), Failure> {
    if !arguments.yes && !context.prompter.may_ask() {
        return Err(Failure::missing("your consent", "--yes"));
    }
    let member = context.member().await?;
    let username = &member.profile.username;
    if !arguments.yes {
        let question = format!(
            "This deletes the account {} for good. What you have for sale is withdrawn; sales \
             stay, without your name.\n`auboutique export` saves your data first.\nDelete it?",
            term_safe(username)
        );
        if !context.prompter.confirm(&question).await? {
            return Err(Failure::failed("nothing was deleted"));
        }
    }
    let password = password(context, arguments.password_stdin).await?;
    let request = DeleteAccount {
        password: Password(password),
    };
    let advice = "the account may be deleted: `auboutique whoami` tells";
    let deleting = member.client.call(&request);
    context.doubt.settle(advice, deleting).await?;
    context.state.remember_login(&member.address, None)?;
    member.client.close().await;
    let value = json!({ "deleted": true, "username": username });
    context.out.result(&value, || {
        vec![format!("The account {} is deleted.", term_safe(username))]
    })
}

async fn username(context: &Context, given: Option<Username>) -> Result<Username, Failure> {
    context
        .prompter
        .value(given, "Username", "--username", Username::parse)
        .await
}

async fn password(context: &Context, from_stdin: bool) -> Result<Zeroizing<String>, Failure> {
    if from_stdin {
        return password_from_stdin().await;
    }
    context.prompter.password("Password").await
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
