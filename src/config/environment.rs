//! The process's environment, read once and passed on as a value.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

/// Variables that are no overrides of keys.
const OTHERS: [&str; 7] = [
    "MUNIMENT_ARCHIVE_PASSPHRASE",
    "MUNIMENT_CONFIG",
    "MUNIMENT_MEDIA_TOKEN",
    "MUNIMENT_META_APP_SECRETS",
    "MUNIMENT_META_VERIFY_TOKEN",
    "MUNIMENT_SERVER",
    "MUNIMENT_TOKEN",
];

/// The variables whose names begin with `MUNIMENT_`.
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<String, Zeroizing<String>>);

impl Environment {
    /// The process's own.
    pub fn of_process() -> Self {
        let pairs = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        Self::from_pairs(pairs)
    }

    /// One made for the purpose.
    pub fn from_pairs(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        let ours = pairs.into_iter().filter(|(name, _)| name.starts_with("MUNIMENT_"));
        Self(ours.map(|(name, value)| (name, Zeroizing::new(value))).collect())
    }

    /// The variable, where it is set and not empty.
    pub(super) fn secret(&self, name: &str) -> Option<&Zeroizing<String>> {
        self.0.get(name).filter(|value| !value.trim().is_empty())
    }

    /// `MUNIMENT_SECTION__KEY` variables and their values.
    pub(super) fn overrides(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .filter(|(name, _)| name.contains("__"))
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Variables that look like ours and mean nothing.
    pub(super) fn idle(&self) -> impl Iterator<Item = &str> {
        self.0
            .keys()
            .map(String::as_str)
            .filter(|name| !name.contains("__") && !OTHERS.contains(name))
    }
}

impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
