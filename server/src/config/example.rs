//! The example of a configuration: every key, its default, and what it means.
//!
//! `server/config.example.toml` is this text; a test compares them.

use super::settings::Settings;

const HEAD: &str = "\
# The configuration of auboutique-server, with every key and its default.
#
# Start with `auboutique-server --config FILE`, or name the file in AUBOUTIQUE_CONFIG. Flags win over
# the environment, the environment over this file, this file over the defaults. Unknown keys are
# refused. `auboutique-server check-config --config FILE` shows what a file means.
# Paths are taken from the directory in which the server starts.
";

/// What stands above a key or a table.
struct Note {
    key: &'static str,
    text: &'static str,
    /// Without a default of its own; the value here is an example and commented out.
    example: Option<&'static str>,
}

const fn note(key: &'static str, text: &'static str) -> Note {
    Note {
        key,
        text,
        example: None,
    }
}

const fn optional(key: &'static str, example: &'static str, text: &'static str) -> Note {
    Note {
        key,
        text,
        example: Some(example),
    }
}

/// In the order of the example.
const NOTES: &[Note] = &[
    note(
        "listen",
        "Address to listen on. Flag --listen, AUBOUTIQUE_LISTEN.",
    ),
    note(
        "port",
        "Port to listen on; 0 takes any free one. First argument, AUBOUTIQUE_PORT.",
    ),
    optional(
        "data_dir",
        "\"/var/lib/auboutique\"",
        "Databases, certificates and the lock; made for its owner alone. Without it\n\
         $XDG_DATA_HOME/auboutique. Flag --data-dir, AUBOUTIQUE_DATA_DIR.",
    ),
    note(
        "names",
        "Host names and addresses that clients use, for the certificate; at most 100. Members are\n\
         invited by the first. Empty: this machine's. Flag --name, AUBOUTIQUE_NAME.",
    ),
    optional(
        "cert",
        "\"server.pem\"",
        "A certificate from elsewhere with its chain, PEM; needs `key`. Without it the server has an\n\
         authority of its own. Flag --cert, AUBOUTIQUE_CERT.",
    ),
    optional(
        "key",
        "\"server.key\"",
        "The key of `cert`, PEM, readable by its owner alone. Flag --key, AUBOUTIQUE_KEY.",
    ),
    optional(
        "ready_file",
        "\"ready.json\"",
        "Written once the server is ready: addresses, pid, fingerprint, invite, as JSON. Flag\n\
         --ready-file, AUBOUTIQUE_READY_FILE.",
    ),
    note(
        "log_format",
        "The log on standard error: \"text\" or \"json\". Flag --log-format, AUBOUTIQUE_LOG_FORMAT.",
    ),
    note(
        "connections_max",
        "Connections at once, 1 to 1,000,000; more are closed at once.",
    ),
    note(
        "connections_per_user_max",
        "Connections of one user at once, 1 to 10,000.",
    ),
    note(
        "admin",
        "The listener for administrators, who need a certificate from `auboutique-certs admin`.",
    ),
    note("admin.enabled", "Whether there is one."),
    note(
        "admin.listen",
        "Address to listen on; by default this machine only.",
    ),
    optional(
        "admin.port",
        "7444",
        "Port to listen on; 0 takes any free one. Without it the one after `port`, or 0 when that is 0.\n\
         Flag --admin-port, AUBOUTIQUE_ADMIN_PORT.",
    ),
    note(
        "metrics",
        "Whether the server lives and is ready, and its metrics, over HTTP: /livez, /readyz, /metrics.\n\
         Whoever can connect can read them.",
    ),
    note(
        "metrics.listen",
        "Address to listen on, of this machine itself: 127.0.0.0/8 or ::1.",
    ),
    optional(
        "metrics.port",
        "7445",
        "Port to listen on; 0 takes any free one. Without it nobody is told. Flag --metrics-port,\n\
         AUBOUTIQUE_METRICS_PORT.",
    ),
    note(
        "backups",
        "Backups that the server takes by itself. `auboutique-server backup` takes one at any time.",
    ),
    optional(
        "backups.directory",
        "\"/var/backups/auboutique\"",
        "Where they are put, each in a directory of its own named by its time; best on another disk. It\n\
         must exist. Without it none are taken.",
    ),
    note(
        "backups.every_hours",
        "One is taken when the newest is so many hours old; 1 to 8,760.",
    ),
    note(
        "backups.keep",
        "So many are kept, the oldest are removed; 1 to 10,000.",
    ),
    note("market", ""),
    note(
        "market.currency",
        "Of all prices: \"USD\", \"EUR\" or \"LBP\". Fixed by the first start on a data directory.",
    ),
    note(
        "market.categories",
        "What a product's category can be; 1 to 64.",
    ),
    optional(
        "market.messages_kept_days",
        "365",
        "Messages are removed so many days after they were sent, 1 to 36,500. Without it they are kept.",
    ),
    note(
        "market.collection",
        "What a confirmation says. A change holds for later sales only.",
    ),
    note(
        "market.collection.place",
        "Where products are collected; one line, at most 120 characters.",
    ),
    note(
        "market.collection.hours",
        "When the place is open; one line, at most 120 characters.",
    ),
    note(
        "market.collection.business_days",
        "Business days from a sale to its collection, 1 to 30. Weekends do not count.",
    ),
    note(
        "market.collection.zone",
        "The place's time zone, by its IANA name.",
    ),
    note(
        "market.collection.holidays",
        "Days that do not count either, as dates: [2026-12-25, 2027-01-01]. At most 1,000.",
    ),
    note("limits", ""),
    note(
        "limits.products_per_user_max",
        "Products for sale of one user, 1 to 100,000.",
    ),
    note(
        "limits.picture_bytes_per_user_max",
        "Bytes of the pictures of what one user has for sale or withdrew within a day, 1 MiB to 1 TiB.",
    ),
    note(
        "limits.messages_per_day_max",
        "Messages that one user may send on one day of the place's time zone, 1 to 100,000.",
    ),
    note(
        "limits.password_characters_min",
        "Characters of a new password, 15 to 128. Fewer than 15 are not enough where a password is\n\
         all that protects an account (NIST SP 800-63B-4).",
    ),
    note(
        "limits.large_frame_bytes_max",
        "Bytes that frames of more than 64 KiB may hold together, arriving or not taken by their\n\
         readers; 2 MiB to 1 TiB. More of them wait, and readers that take nothing are cut off.",
    ),
    note(
        "limits.disk_free_bytes_min",
        "When fewer bytes of the disk with the data are free, nothing is listed, sent or registered any\n\
         more; below a quarter of it nothing is sold either. 0 to look at nothing, at most 1 PiB.",
    ),
    note(
        "limits.connections",
        "Which connections are taken; the others are closed at once. A source is an IPv4 address or a\n\
         /64 of IPv6.",
    ),
    note(
        "limits.connections.per_source_max",
        "Connections of one source, 1 to 1,000,000.",
    ),
    note(
        "limits.connections.unauthenticated_max",
        "Connections that nobody has logged in on, 1 to 1,000,000. From half of it on new ones are\n\
         refused at random, more of them the fewer places are left.",
    ),
    note(
        "limits.connections.unauthenticated_per_source_max",
        "Of one source, 1 to 1,000,000.",
    ),
    note(
        "limits.connections.new_per_source_burst",
        "New connections that one source may make at once, 1 to 1,000,000,",
    ),
    note(
        "limits.connections.new_per_source_and_second",
        "and then each second, 1 to 1,000,000.",
    ),
    note(
        "limits.connections.exempt_networks",
        "Networks without a limit per source, such as a campus behind one address:\n\
         [\"192.0.2.0/24\", \"2001:db8::/32\"].",
    ),
    note(
        "limits.requests",
        "How fast one user may ask, over all connections; more is answered `rate_limited`.",
    ),
    note(
        "limits.requests.per_user_burst",
        "Requests at once, 1 to 1,000,000,",
    ),
    note(
        "limits.requests.per_user_and_second",
        "and then each second, 1 to 1,000,000.",
    ),
    note(
        "limits.registration",
        "How fast accounts may be made from one source, but for `limits.login.exempt_networks`.",
    ),
    note(
        "limits.registration.source_burst",
        "Accounts at once, 1 to 1,000,000.",
    ),
    note(
        "limits.registration.source_refill_seconds",
        "Seconds until one more may be made, 1 to 86,400.",
    ),
    note(
        "limits.login",
        "How often passwords may be guessed. Only failures count.",
    ),
    note(
        "limits.login.back_off_first_seconds",
        "Wait after the first failure of a username from one source, 1 to 3,600; each further one\n\
         doubles it,",
    ),
    note(
        "limits.login.back_off_max_seconds",
        "up to this, at most 86,400.",
    ),
    note(
        "limits.login.forget_after_seconds",
        "Without a failure for this long the count starts anew; from back_off_max_seconds to 604,800.",
    ),
    note(
        "limits.login.parallel_max",
        "Attempts at once on a username from one source that has not failed yet, 1 to 100.",
    ),
    note(
        "limits.login.source_burst",
        "Failures that one source may have at once, whatever the usernames, 1 to 100,000.",
    ),
    note(
        "limits.login.source_refill_seconds",
        "Seconds until a source may have one failure more, 1 to 3,600.",
    ),
    note(
        "limits.login.known_for_days",
        "Days for which a user who logged in from a source is not held up by others there, 0 to 365.",
    ),
    note(
        "limits.login.failures_per_day_max",
        "Failures on one username in a day, 10 to 1,000,000. After that its password is taken only from\n\
         sources that it is known at, until the day is over. Tokens, and one-time passwords from an\n\
         administrator, always are.",
    ),
    note(
        "limits.login.entries_max",
        "Sources and usernames to remember, 1,024 to 10,000,000.",
    ),
    note(
        "limits.login.exempt_networks",
        "Networks without a limit per source, such as a campus behind one address:\n\
         [\"192.0.2.0/24\", \"2001:db8::/32\"]. The limit per username holds for them too.",
    ),
    note(
        "limits.passwords",
        "Password hashing: each thread keeps one core and 19 MiB busy.",
    ),
    optional(
        "limits.passwords.threads",
        "1",
        "Threads, 1 to 256. Without it half of the cores.",
    ),
    note(
        "limits.passwords.queue_max",
        "Passwords that wait, 1 to 10,000; more are answered `busy`.",
    ),
    note("limits.pictures", "Decoding and encoding pictures."),
    optional(
        "limits.pictures.workers",
        "1",
        "Pictures at once, 1 to 64, tens of MiB each. Without it half of the cores.",
    ),
    note(
        "limits.pictures.queue_max",
        "Pictures that wait, 1 to 1,000, at most 768 KiB each; more are answered `busy`.",
    ),
];

/// The text of `server/config.example.toml`.
#[must_use]
pub fn example() -> String {
    let defaults = toml::Table::try_from(Settings::default())
        .expect("the defaults are plain values that TOML has");
    let mut text = HEAD.to_owned();
    for Note {
        key,
        text: lines,
        example,
    } in NOTES
    {
        let value = key
            .split('.')
            .try_fold(None, |found: Option<&toml::Value>, part| {
                let table = match found {
                    None => Some(&defaults),
                    Some(value) => value.as_table(),
                };
                table.and_then(|table| table.get(part)).map(Some)
            })
            .flatten();
        let name = key.rsplit('.').next().unwrap_or(key);
        text.push('\n');
        for line in lines.lines() {
            text.push_str(&format!("# {line}\n"));
        }
        text.push_str(&match (value, example) {
            (Some(value), _) if value.is_table() => format!("[{key}]\n"),
            (Some(value), _) => format!("{name} = {value}\n"),
            (None, example) => format!("# {name} = {}\n", example.unwrap_or_default()),
        });
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    fn keys(table: &toml::Table, prefix: &str, found: &mut BTreeSet<String>) {
        for (name, value) in table {
            let key = format!("{prefix}{name}");
            if let Some(inner) = value.as_table() {
                keys(inner, &format!("{key}."), found);
            }
            found.insert(key);
        }
    }

    fn without_comments_before_values(text: &str) -> String {
        let values = NOTES
            .iter()
            .filter(|note| note.example.is_some())
            .map(|note| format!("# {} = ", note.key.rsplit('.').next().unwrap()))
            .collect::<Vec<_>>();
        text.lines()
            .map(|line| {
                let is_value = values.iter().any(|value| line.starts_with(value));
                let line = if is_value { &line[2..] } else { line };
                format!("{line}\n")
            })
            .collect()
    }

    #[test]
    fn the_example_file_is_the_generated_one() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("config.example.toml");
        if std::env::var_os("AUBOUTIQUE_WRITE_EXAMPLE").is_some() {
            std::fs::write(&file, example()).unwrap();
        }
        let written = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(
            written == example(),
            "{} differs; run this test with AUBOUTIQUE_WRITE_EXAMPLE=1",
            file.display()
        );
    }

    #[test]
    fn the_example_means_the_defaults() {
        let settings: Settings = toml::from_str(&example()).unwrap();
        assert_eq!(settings, Settings::default());
    }

    #[test]
    fn every_key_stands_in_the_example_once() {
        let text = without_comments_before_values(&example());
        let full: Settings = toml::from_str(&text).unwrap();
        let mut known = BTreeSet::new();
        keys(&toml::Table::try_from(full).unwrap(), "", &mut known);
        let noted: BTreeSet<_> = NOTES.iter().map(|note| note.key.to_owned()).collect();
        assert_eq!(noted, known);
        assert_eq!(noted.len(), NOTES.len());
        // A key that has no note would be absent above too, unless it is optional: count those.
        let Settings {
            data_dir,
            cert,
            key,
            ready_file,
            admin,
            limits,
            ..
        } = toml::from_str(&text).unwrap();
        assert!(
            [data_dir, cert, key, ready_file]
                .iter()
                .all(Option::is_some)
        );
        assert!(admin.port.is_some());
        assert!(limits.passwords.threads.is_some() && limits.pictures.workers.is_some());
    }
}
