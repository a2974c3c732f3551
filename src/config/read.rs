//! From a file's text and the environment to the typed tree.
//!
//! The file is walked key by key first, so that an unknown key is named with its
//! line and its nearest neighbour; serde's own complaint says neither.

use std::path::Path;

use serde::Deserialize as _;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::keys::{self, Key, Kind};
use super::{Config, ConfigError, Environment};

/// Above this similarity (0 to 1) a known key is offered for an unknown one.
const SIMILARITY_MIN: f64 = 0.7;

/// Keys that would hold a secret, and where the secret belongs.
const SECRETS: [(&[&str], &str); 4] = [
    (
        &["meta.app_secret", "meta.app_secrets"],
        "put it into a file named in meta.app_secret_files, or into MUNIMENT_META_APP_SECRETS",
    ),
    (
        &["meta.verify_token"],
        "put it into a file and name that in meta.verify_token_file, or into \
         MUNIMENT_META_VERIFY_TOKEN",
    ),
    (
        &["media.token", "media.access_token"],
        "put it into a file and name that in media.token_file, or into MUNIMENT_MEDIA_TOKEN",
    ),
    (
        &["archive.passphrase", "archive.identity", "archive.identity_passphrase"],
        "put it into a file and name that in archive.passphrase_file, or into \
         MUNIMENT_ARCHIVE_PASSPHRASE",
    ),
];

/// Reads the tree: defaults, then the file, then the environment.
pub(super) fn tree(
    text: &str,
    path: &Path,
    environment: &Environment,
) -> Result<Config, ConfigError> {
    let at = Place { text, path };
    let keys = keys::of::<Config>();
    let parsed = DeTable::parse(text).map_err(|error| at.syntax(&error))?;
    check_keys(&at, &keys, "", parsed.get_ref())?;
    // Read once for itself, so that a value of the wrong kind is told with its line.
    toml::from_str::<Config>(text).map_err(|error| at.syntax(&error))?;
    let mut table: toml::Table = text.parse().map_err(|error| at.syntax(&error))?;
    for (variable, value) in environment.overrides() {
        let key = keys.iter().find(|key| key.variable() == variable);
        let key = key.ok_or_else(|| unknown_variable(&keys, variable))?;
        put(&mut table, &key.path, value_of(key, variable, value)?);
    }
    Config::deserialize(table).map_err(|error| ConfigError::Variable {
        variable: "MUNIMENT_…".to_owned(),
        expected: error.message().to_owned(),
    })
}

/// The file that is being read, to name places in it.
struct Place<'a> {
    text: &'a str,
    path: &'a Path,
}

impl Place<'_> {
    fn line(&self, at: usize) -> usize {
        1 + self.text.bytes().take(at).filter(|byte| *byte == b'\n').count()
    }

    fn name(&self, at: usize) -> String {
        format!("{}, line {}", self.path.display(), self.line(at))
    }

    fn syntax(&self, error: &toml::de::Error) -> ConfigError {
        ConfigError::Syntax {
            path: self.path.to_owned(),
            line: self.line(error.span().map_or(0, |span| span.start)),
            message: error.message().to_owned(),
        }
    }
}

fn check_keys(
    at: &Place<'_>,
    keys: &[Key],
    section: &str,
    table: &DeTable<'_>,
) -> Result<(), ConfigError> {
    for (word, value) in table {
        let key = match section {
            "" => word.get_ref().to_string(),
            section => format!("{section}.{}", word.get_ref()),
        };
        check_key(at, keys, &key, word.span().start, value)?;
    }
    Ok(())
}

fn check_key(
    at: &Place<'_>,
    keys: &[Key],
    key: &str,
    start: usize,
    value: &Spanned<DeValue<'_>>,
) -> Result<(), ConfigError> {
    let inside = format!("{key}.");
    if keys.iter().any(|known| known.name() == key) {
        return Ok(());
    }
    if keys.iter().any(|known| known.name().starts_with(&inside)) {
        return match value.get_ref().as_table() {
            Some(table) => check_keys(at, keys, key, table),
            None => Err(ConfigError::Syntax {
                path: at.path.to_owned(),
                line: at.line(start),
                message: format!("`{key}` is a section: write [{key}] on a line of its own"),
            }),
        };
    }
    let place = at.name(start);
    let key = key.to_owned();
    let secret = SECRETS.iter().find(|(words, _)| words.contains(&key.as_str()));
    Err(match secret {
        Some((_, advice)) => ConfigError::SecretInFile { place, key, advice },
        None => {
            let nearest = nearest(&key, known_names(keys));
            ConfigError::UnknownKey { place, key, nearest }
        }
    })
}

/// The keys and the sections.
fn known_names(keys: &[Key]) -> Vec<String> {
    let sections = keys.iter().filter_map(|key| key.path.first().map(|word| (*word).to_owned()));
    let mut names: Vec<String> = sections.chain(keys.iter().map(Key::name)).collect();
    names.sort();
    names.dedup();
    names
}

fn nearest(word: &str, known: Vec<String>) -> Option<String> {
    let near = |name: &str| strsim::normalized_damerau_levenshtein(word, name);
    known
        .into_iter()
        .max_by(|left, right| near(left).total_cmp(&near(right)))
        .filter(|name| near(name) >= SIMILARITY_MIN)
}

fn unknown_variable(keys: &[Key], variable: &str) -> ConfigError {
    ConfigError::UnknownKey {
        place: "environment".to_owned(),
        key: variable.to_owned(),
        nearest: nearest(variable, keys.iter().map(Key::variable).collect()),
    }
}

fn value_of(key: &Key, variable: &str, text: &str) -> Result<toml::Value, ConfigError> {
    let text = text.trim();
    let value = match key.kind {
        Kind::Text => Some(toml::Value::String(text.to_owned())),
        Kind::Whole => text.parse().ok().map(toml::Value::Integer),
        Kind::Decimal => text.parse().ok().map(toml::Value::Float),
        Kind::Switch => text.parse().ok().map(toml::Value::Boolean),
        Kind::List => Some(list_of(text)),
        Kind::Words(words) => words.contains(&text).then(|| toml::Value::String(text.to_owned())),
    };
    value.ok_or_else(|| ConfigError::Variable {
        variable: variable.to_owned(),
        expected: key.kind.expected(),
    })
}

fn list_of(text: &str) -> toml::Value {
    let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
    toml::Value::Array(items.map(|item| toml::Value::String(item.to_owned())).collect())
}

fn put(table: &mut toml::Table, path: &[&str], value: toml::Value) {
    let [section, rest @ ..] = path else { return };
    if rest.is_empty() {
        table.insert((*section).to_owned(), value);
        return;
    }
    let inner = table.entry(*section).or_insert_with(|| toml::Value::Table(toml::Table::new()));
    if let toml::Value::Table(inner) = inner {
        put(inner, rest, value);
    }
}
