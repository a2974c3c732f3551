//! The process's environment, read once and passed on as a value.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use crate::fault;

/// Variables that are no overrides of keys.
const OTHERS: [&str; 8] = [
    "MUNIMENT_ARCHIVE_PASSPHRASE",
    "MUNIMENT_CONFIG",
    "MUNIMENT_MEDIA_TOKEN",
    "MUNIMENT_META_APP_SECRETS",
    "MUNIMENT_META_VERIFY_TOKEN",
    "MUNIMENT_REASON",
    "MUNIMENT_SERVER",
    "MUNIMENT_TOKEN",
];

/// The variables whose names begin with `MUNIMENT_`, and whether colours are unwanted.
#[derive(Clone, Default)]
pub struct Environment {
    ours: BTreeMap<String, Zeroizing<String>>,
    plain: bool,
}

impl Environment {
    /// The process's own.
    pub fn of_process() -> Self {
        let pairs = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        Self { plain: wants_plain(), ..Self::from_pairs(pairs) }
    }

    /// One made for the purpose.
    pub fn from_pairs(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        let ours = pairs.into_iter().filter(|(name, _)| name.starts_with("MUNIMENT_"));
        let ours = ours.map(|(name, value)| (name, Zeroizing::new(value))).collect();
        Self { ours, plain: false }
    }

    /// Whether whoever runs this wants no colours on a terminal
    /// (<https://no-color.org>, or a terminal that knows none).
    pub const fn wants_plain(&self) -> bool {
        self.plain
    }

    /// The token of the API, where it is given.
    pub fn api_token(&self) -> Option<Zeroizing<String>> {
        self.secret("MUNIMENT_TOKEN").map(|token| Zeroizing::new(token.trim().to_owned()))
    }

    /// The passphrase of the identity, where it is given.
    pub fn passphrase(&self) -> Option<Zeroizing<String>> {
        let passphrase = self.secret("MUNIMENT_ARCHIVE_PASSPHRASE")?;
        Some(Zeroizing::new(passphrase.trim().to_owned()))
    }

    /// The variable, where it is set and not empty.
    pub(super) fn secret(&self, name: &str) -> Option<&Zeroizing<String>> {
        self.ours.get(name).filter(|value| !value.trim().is_empty())
    }

    /// `MUNIMENT_SECTION__KEY` variables and their values.
    pub(super) fn overrides(&self) -> impl Iterator<Item = (&str, &str)> {
        self.ours
            .iter()
            .filter(|(name, _)| name.contains("__"))
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Variables that look like ours and mean nothing.
    pub(super) fn idle(&self) -> impl Iterator<Item = &str> {
        self.ours
            .keys()
            .map(String::as_str)
            .filter(|name| !name.contains("__") && !OTHERS.contains(name))
            .filter(|name| !fault::is_armed_by(name))
    }
}

fn wants_plain() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    set("NO_COLOR") || std::env::var_os("TERM").is_some_and(|term| term == "dumb")
}

impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.ours.keys()).finish()
    }
}
