//! A finding of conduct, and the words for why it is one.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::projection::findings::{FindingId, FindingVerdict, Findings};
use crate::record::RecordId;

/// A suspected breach. It names records and holds nothing of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Its name.
    pub id: FindingId,
    /// The entry of the record that shows it.
    pub entry: u64,
    /// When the message was sent; of what is ending, when it ends.
    pub at: Timestamp,
    /// When it was found, by the time of the log.
    pub found: Timestamp,
    /// Why.
    pub because: Because,
    /// Whether the provider itself or the person said so; else something may be missing
    /// from the archive.
    pub certain: bool,
    /// The record that shows why: a signal of consent, a notice about a template.
    pub evidence: Option<RecordId>,
    /// When and why it turned out to be none.
    pub withdrawn: Option<Withdrawn>,
}

/// That a finding turned out to be none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawn {
    /// When, by the time of the log.
    pub at: Timestamp,
    /// Why.
    pub why: Withdrawal,
}

/// Where a finding stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingState {
    /// Nobody has looked at it.
    Open,
    /// It turned out to be none.
    Withdrawn,
    /// Somebody looked at it: it was a breach.
    Accepted,
    /// Somebody looked at it: it was none.
    Dismissed,
}

macro_rules! words {
    ($(#[doc = $about:literal])+ $name:ident { $($word:literal $variant:ident: $told:literal,)+ }) => {
        $(#[doc = $about])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $(
                #[doc = $told]
                #[serde(rename = $word)]
                $variant,
            )+
        }

        impl $name {
            /// The word for it.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }

            /// The same in a sentence.
            pub const fn told(self) -> &'static str {
                match self {
                    $(Self::$variant => $told,)+
                }
            }
        }
    };
}

words! {
    /// Why something is a finding.
    Because {
        "never_given" NeverGiven: "nothing shows that the person had consented",
        "expired" Expired: "what the person had consented to had ended",
        "outdated" Outdated: "the consent was older than the archive lets it count",
        "withdrawn" Withdrawn: "the person had withdrawn their consent",
        "refused" Refused: "the person had refused their consent",
        "in_review" InReview: "a message that may be an opt-out was not looked at yet",
        "provider_stopped" ProviderStopped: "the provider refused it: the person had stopped marketing messages (131050)",
        "no_message" NoMessage: "the archive has no message or call of the person in the 24 hours before",
        "provider_window" ProviderWindow: "the provider refused it: more than 24 hours had passed (131047)",
        "template_pending" TemplatePending: "the template was not approved yet",
        "template_rejected" TemplateRejected: "the template had been rejected",
        "template_in_appeal" TemplateInAppeal: "the template had been rejected, and an appeal was not decided",
        "template_paused" TemplatePaused: "the template was paused",
        "template_disabled" TemplateDisabled: "the template was disabled",
        "template_archived" TemplateArchived: "the template was archived",
        "provider_template_missing" ProviderTemplateMissing: "the provider refused it: no such template is approved (132001)",
        "provider_template_paused" ProviderTemplatePaused: "the provider refused it: the template was paused (132015)",
        "provider_template_disabled" ProviderTemplateDisabled: "the provider refused it: the template was disabled (132016)",
        "consent_ends" ConsentEnds: "the consent ends by itself, or will be too old",
        "evidence_due" EvidenceDue: "the record that proves the consent falls due for destruction",
    }
}

words! {
    /// Why a finding turned out to be none.
    Withdrawal {
        "consent_told" ConsentTold: "what was told since shows that it was allowed",
        "message_came" MessageCame: "a message or call of the person came to light that allowed it",
        "template_told" TemplateTold: "what the provider told since shows that the template could be sent",
        "status_told" StatusTold: "what the provider told of the message since shows that it was allowed",
        "typed" Typed: "it was typed in the business app",
        "cannot_tell" CannotTell: "a message that may have allowed it was destroyed: nobody can tell",
        "settled" Settled: "the consent was renewed, withdrawn or has ended, or its proof is kept longer",
    }
}

impl Finding {
    /// Where it stands, by the verdicts on findings. What turned out to be none is
    /// withdrawn, whatever somebody made of it before.
    pub fn state(&self, verdicts: &Findings) -> FindingState {
        if self.withdrawn.is_some() {
            return FindingState::Withdrawn;
        }
        match verdicts.verdict(self.id).map(|reviewed| reviewed.verdict) {
            None => FindingState::Open,
            Some(FindingVerdict::Accepted) => FindingState::Accepted,
            Some(FindingVerdict::Dismissed) => FindingState::Dismissed,
        }
    }
}

impl FindingState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Open, Self::Withdrawn, Self::Accepted, Self::Dismissed];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Withdrawn => "withdrawn",
            Self::Accepted => "accepted",
            Self::Dismissed => "dismissed",
        }
    }
}
