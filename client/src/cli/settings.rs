//! Settings that a person makes once: what would otherwise be typed as flags every time.
//!
//! They stand in one TOML file. Flags win over the environment, that over the file, and the file
//! over what was remembered from earlier runs.

use std::path::{Path, PathBuf};
use std::str::FromStr as _;

use clap::ValueEnum as _;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::cli::args::{Config, Globals, ProfileName, ServerChoice, SettingKey};
use crate::cli::failure::Failure;
use crate::terminal::color::Color;
use crate::terminal::files::{cannot, create_directory, read_if_exists, replace};
use crate::terminal::output::Output;

/// The content of the file, in the form in which it is typed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    #[serde(skip_serializing_if = "Option::is_none")]
    server: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ca: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    color: Option<String>,
}

impl Settings {
    /// Reads the file; nothing is set where there is none.
    pub(crate) fn load() -> Result<Self, Failure> {
        let path = path()?;
        let content = read_if_exists(&path).map_err(|error| cannot("read", &path, &error))?;
        let Some(content) = content else {
            return Ok(Self::default());
        };
        Self::parse(&content).map_err(|reason| {
            Failure::failed(format!("{}: {reason}", path.display())).hint(
                "correct the file, or remove it; `auboutique config --help` names the settings",
            )
        })
    }

    fn parse(content: &[u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(content).map_err(|error| error.to_string())?;
        let settings: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        for key in SettingKey::value_variants() {
            if let Some(value) = settings.get(*key) {
                check(*key, value).map_err(|reason| format!("{}: {reason}", name(*key)))?;
            }
        }
        Ok(settings)
    }

    /// What was typed, with the settings where nothing was.
    pub(crate) fn under(self, typed: Globals) -> Result<Globals, Failure> {
        let refused = |_| Failure::failed("a setting cannot be used");
        let server = self.server.as_deref().map(ServerChoice::from_str);
        let profile = self.profile.as_deref().map(ProfileName::from_str);
        let color = self.color();
        Ok(Globals {
            server: match typed.server {
                Some(server) => Some(server),
                None => server.transpose().map_err(|_| refused(()))?,
            },
            ca: typed.ca.or(self.ca.map(PathBuf::from)),
            profile: match typed.profile {
                Some(profile) => Some(profile),
                None => profile.transpose().map_err(|_| refused(()))?,
            },
            color: typed.color.or(color),
            ..typed
        })
    }

    /// When to use colours, if that was set.
    pub(crate) fn color(&self) -> Option<Color> {
        let color = self.color.as_deref();
        color.and_then(|color| Color::from_str(color, false).ok())
    }

    fn get(&self, key: SettingKey) -> Option<&str> {
        let value = match key {
            SettingKey::Server => &self.server,
            SettingKey::Ca => &self.ca,
            SettingKey::Profile => &self.profile,
            SettingKey::Color => &self.color,
        };
        value.as_deref()
    }

    fn put(&mut self, key: SettingKey, value: Option<String>) {
        let place = match key {
            SettingKey::Server => &mut self.server,
            SettingKey::Ca => &mut self.ca,
            SettingKey::Profile => &mut self.profile,
            SettingKey::Color => &mut self.color,
        };
        *place = value;
    }

    fn save(&self, path: &Path) -> Result<(), Failure> {
        let text = toml::to_string(self).map_err(|error| Failure::failed(error.to_string()))?;
        let directory = path
            .parent()
            .expect("the path was joined from a directory and a name");
        create_directory(directory)
            .and_then(|()| replace(path, text.as_bytes()))
            .map_err(|error| cannot("write", path, &error))
    }

    /// All settings that are made, by name.
    fn all(&self) -> Map<String, Value> {
        let keys = SettingKey::value_variants().iter();
        let made = keys.filter_map(|key| Some((name(*key), json!(self.get(*key)?))));
        made.collect()
    }
}

/// Shows or changes the settings.
pub(crate) fn config(out: Output, command: Config) -> Result<(), Failure> {
    let path = path()?;
    match command {
        Config::Path => {
            let path = path.display().to_string();
            out.result(&json!({ "path": path }), || vec![path.clone()])
        }
        Config::List => {
            let all = Settings::load()?.all();
            let line = |(name, value): (&String, &Value)| {
                format!("{name} = {}", value.as_str().unwrap_or_default())
            };
            out.result(&all, || all.iter().map(line).collect())
        }
        Config::Get { key } => {
            let settings = Settings::load()?;
            let Some(value) = settings.get(key) else {
                let message = format!("{} is not set", name(key));
                return Err(Failure::not_found(message).hint(format!(
                    "`auboutique config set {} VALUE` sets it",
                    name(key)
                )));
            };
            out.result(&json!({ name(key): value }), || vec![value.to_owned()])
        }
        Config::Set { key, value } => {
            let value = absolute(key, value)?;
            check(key, &value)
                .map_err(|reason| Failure::usage(format!("{}: {reason}", name(key))))?;
            change(out, &path, key, Some(value))
        }
        Config::Unset { key } => change(out, &path, key, None),
    }
}

fn change(out: Output, path: &Path, key: SettingKey, value: Option<String>) -> Result<(), Failure> {
    let mut settings = Settings::load()?;
    settings.put(key, value);
    settings.save(path)?;
    let shown = settings.get(key);
    out.result(&json!({ name(key): shown }), || {
        vec![match shown {
            Some(value) => format!("{} = {value}", name(key)),
            None => format!("{} is not set any more.", name(key)),
        }]
    })
}

/// Files are meant from where the person is now, not from where later runs are.
fn absolute(key: SettingKey, value: String) -> Result<String, Failure> {
    if key != SettingKey::Ca {
        return Ok(value);
    }
    let path = std::path::absolute(&value)
        .map_err(|error| Failure::usage(format!("ca: {value}: {error}")))?;
    if !path.is_file() {
        return Err(Failure::usage(format!(
            "ca: there is no file {}",
            path.display()
        )));
    }
    path.into_os_string()
        .into_string()
        .map_err(|_| Failure::usage("ca: the path is not UTF-8"))
}

/// Whether the flag of the same name would take a value.
fn check(key: SettingKey, value: &str) -> Result<(), String> {
    match key {
        SettingKey::Server => value.parse::<ServerChoice>().map(drop),
        SettingKey::Ca if value.is_empty() => Err("is empty".into()),
        SettingKey::Ca => Ok(()),
        SettingKey::Profile => value
            .parse::<ProfileName>()
            .map(drop)
            .map_err(ToOwned::to_owned),
        SettingKey::Color => Color::from_str(value, false)
            .map(drop)
            .map_err(|_| "is auto, always or never".to_owned()),
    }
}

fn name(key: SettingKey) -> String {
    match key {
        SettingKey::Server => "server",
        SettingKey::Ca => "ca",
        SettingKey::Profile => "profile",
        SettingKey::Color => "color",
    }
    .to_owned()
}

fn path() -> Result<PathBuf, Failure> {
    use etcetera::BaseStrategy as _;
    let strategy = etcetera::choose_base_strategy()
        .map_err(|_| Failure::failed("cannot find the home directory").hint("set HOME"))?;
    Ok(strategy.config_dir().join("auboutique/config.toml"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_with_anything_but_settings_is_refused_with_its_place() {
        for (content, reason) in [
            ("sever = \"x\"", "unknown field `sever`"),
            ("server = 7", "line 1, column 10"),
            ("profile = \"No Such\"", "profile: a profile's name is"),
            ("color = \"pink\"", "color: is auto, always or never"),
            ("ca = \"\"", "ca: is empty"),
            ("server = \"a b\"", "server: "),
            ("=", "line 1"),
        ] {
            let error = Settings::parse(content.as_bytes()).unwrap_err();
            assert!(error.contains(reason), "{content}: {error}");
        }
        assert!(Settings::parse(b"\xff").is_err());
        assert_eq!(Settings::parse(b""), Ok(Settings::default()));
    }

    #[test]
    fn what_was_typed_wins_over_the_settings() {
        let settings = Settings {
            server: Some("market.example.org".into()),
            profile: Some("work".into()),
            ..Settings::default()
        };
        let typed = Globals {
            server: None,
            ca: None,
            profile: Some(ProfileName::default()),
            json: true,
            no_input: false,
            color: None,
            quiet: false,
        };
        let together = settings.under(typed).unwrap();
        let server = together.server.unwrap().address().to_string();
        assert_eq!(server, "market.example.org:7443");
        assert_eq!(together.profile, Some(ProfileName::default()));
        assert!(together.json);
    }
}
