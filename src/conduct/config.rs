//! What conduct is measured by.

use serde::Deserialize;

use crate::policy::TemplateCategory;

/// The longest text that names where a template stands in the sender's own note.
const NOTE_BYTES_MAX: usize = 64;

/// How findings of conduct are made.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ConductConfig {
    /// Whether they are.
    pub enabled: bool,
    /// The categories of templates that nobody may be sent without having asked for
    /// them: `marketing`, `utility`, `authentication`.
    pub consent_for: Vec<String>,
    /// How long after an opt-out one message may confirm it.
    pub confirmation_minutes: u32,
    /// After so many months what was consented to counts no more; 0 for no such limit.
    pub consent_valid_months: u16,
    /// So many days before consent or its proof ends it is a finding.
    pub warn_days: u16,
    /// What the name of a template stands behind, in the note that the sender gives each
    /// message (`biz_opaque_callback_data`): `template=`. Empty where it stands nowhere.
    pub template_in_callback: String,
    /// Most messages that are remembered until nothing more is told of them.
    pub messages_max: usize,
    /// Most findings that are listed; further ones are counted.
    pub findings_max: usize,
}

impl Default for ConductConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            consent_for: vec!["marketing".to_owned()],
            confirmation_minutes: 5,
            consent_valid_months: 0,
            warn_days: 30,
            template_in_callback: String::new(),
            messages_max: 200_000,
            findings_max: 100_000,
        }
    }
}

/// The same, as judging wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Measure {
    pub(super) consent_for: Vec<TemplateCategory>,
    pub(super) confirmation_seconds: i64,
    pub(super) consent_valid_months: u16,
    pub(super) template_in_callback: String,
    pub(super) messages_max: usize,
    pub(super) findings_max: usize,
}

impl ConductConfig {
    /// Whether it can be followed.
    ///
    /// # Errors
    /// The key, and what is wrong with its value.
    pub fn check(&self) -> Result<(), (&'static str, String)> {
        for word in &self.consent_for {
            if category(word).is_none() {
                let why = format!(
                    "names {word:?}, which is no category of templates: marketing, utility, \
                     authentication"
                );
                return Err(("conduct.consent_for", why));
            }
        }
        let note = &self.template_in_callback;
        if note.len() > NOTE_BYTES_MAX || note.chars().any(char::is_whitespace) {
            let why = "is what stands before a template's name, as in `template=`: at most 64 \
                       bytes, without spaces";
            return Err(("conduct.template_in_callback", why.to_owned()));
        }
        let zero = |key| Err((key, "is 0: allow one at least".to_owned()));
        if self.messages_max == 0 {
            return zero("conduct.messages_max");
        }
        if self.findings_max == 0 {
            return zero("conduct.findings_max");
        }
        Ok(())
    }

    pub(super) fn measure(&self) -> Measure {
        Measure {
            consent_for: self.consent_for.iter().filter_map(|word| category(word)).collect(),
            confirmation_seconds: i64::from(self.confirmation_minutes) * 60,
            consent_valid_months: self.consent_valid_months,
            template_in_callback: self.template_in_callback.clone(),
            messages_max: self.messages_max.max(1),
            findings_max: self.findings_max.max(1),
        }
    }
}

fn category(word: &str) -> Option<TemplateCategory> {
    let all =
        [TemplateCategory::Marketing, TemplateCategory::Utility, TemplateCategory::Authentication];
    all.into_iter().find(|category| category.as_str() == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_followed_is_refused_by_its_key() {
        ConductConfig::default().check().unwrap();
        let bad = |change: fn(&mut ConductConfig)| {
            let mut config = ConductConfig::default();
            change(&mut config);
            config.check().unwrap_err().0
        };
        for word in ["service", "Marketing", ""] {
            let mut config = ConductConfig::default();
            config.consent_for.push(word.to_owned());
            assert_eq!(config.check().unwrap_err().0, "conduct.consent_for", "{word}");
        }
        let note = "conduct.template_in_callback";
        assert_eq!(bad(|config| config.template_in_callback = "a b".into()), note);
        assert_eq!(bad(|config| config.template_in_callback = "t".repeat(65)), note);
        assert_eq!(bad(|config| config.messages_max = 0), "conduct.messages_max");
        assert_eq!(bad(|config| config.findings_max = 0), "conduct.findings_max");
    }
}
