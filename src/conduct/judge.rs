//! Judging one message by what is known: pure.
//!
//! Only what is known is judged. A message whose time of sending, price or conversation
//! nobody knows is no finding; such are counted ([`is_unclear`]).

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use super::config::Measure;
use super::finding::{Because, Withdrawal};
use super::sent::Sent;
use super::template::{TemplateState, Templates};
use super::told::{How, Price, Priced};
use crate::policy::TemplateCategory;
use crate::policy::consent::{Channel, Purpose};
use crate::projection::consent::{Asked, Consent, Ledger, State};
use crate::projection::findings::FindingKind;
use crate::record::RecordId;

/// How long a customer's message lets answers through.
pub(super) const WINDOW_SECONDS: i64 = 24 * 3600;

/// How far two times that the provider tells may be off.
pub(super) const SLACK_SECONDS: i64 = 60;

/// How late a record may come for what it tells to be put among the others: the provider
/// tries for seven days.
pub(super) const LATE_SECONDS_MAX: i64 = 7 * 24 * 3600;

/// What messages are judged by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ground<'a> {
    pub(super) ledger: &'a Ledger,
    pub(super) templates: &'a Templates,
    pub(super) measure: &'a Measure,
}

/// What is wrong with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) kind: FindingKind,
    pub(super) because: Because,
    pub(super) certain: bool,
    pub(super) evidence: Option<RecordId>,
}

/// The kinds that messages are judged by.
pub(super) const KINDS: [FindingKind; 4] = [
    FindingKind::WithoutConsent,
    FindingKind::AfterOptOut,
    FindingKind::OutsideWindow,
    FindingKind::TemplateNotApproved,
];

/// What is wrong with a message; of each kind once at most.
pub(super) fn judge(sent: &Sent, ground: &Ground<'_>) -> Vec<Wrong> {
    if !sent.sent_then {
        return vec![];
    }
    if let Some(code) = sent.refused {
        return refused(code).into_iter().collect();
    }
    let found = [without_consent(sent, ground), outside_window(sent), not_approved(sent, ground)];
    found.into_iter().flatten().collect()
}

/// Whether something that would have to be known of a message never was.
pub(super) fn is_unclear(sent: &Sent) -> bool {
    let unpriced = sent.how == How::Api && matches!(sent.price, None | Some(Price::Other));
    let blind = is_plain(sent) && (is_late(sent) || sent.around.blind);
    sent.refused.is_none() && (!sent.sent_then || unpriced || blind)
}

/// Why a message is no finding of a kind.
pub(super) fn why_not(sent: &Sent, kind: FindingKind) -> Withdrawal {
    match kind {
        FindingKind::OutsideWindow => match sent.around.inbound {
            _ if sent.how == How::Typed => Withdrawal::Typed,
            Some(inbound) if is_within(sent, inbound) => Withdrawal::MessageCame,
            _ if sent.around.free || !is_plain(sent) => Withdrawal::StatusTold,
            _ => Withdrawal::CannotTell,
        },
        FindingKind::TemplateNotApproved => Withdrawal::TemplateTold,
        FindingKind::WithoutConsent | FindingKind::AfterOptOut if sent.refused.is_some() => {
            Withdrawal::StatusTold
        }
        FindingKind::WithoutConsent
        | FindingKind::AfterOptOut
        | FindingKind::ConsentEnding
        | FindingKind::EvidenceEnding => Withdrawal::ConsentTold,
    }
}

/// What the provider itself refused an attempt for.
fn refused(code: u32) -> Option<Wrong> {
    let (kind, because) = match code {
        131_047 => (FindingKind::OutsideWindow, Because::ProviderWindow),
        131_050 => (FindingKind::AfterOptOut, Because::ProviderStopped),
        132_001 => (FindingKind::TemplateNotApproved, Because::ProviderTemplateMissing),
        132_015 => (FindingKind::TemplateNotApproved, Because::ProviderTemplatePaused),
        132_016 => (FindingKind::TemplateNotApproved, Because::ProviderTemplateDisabled),
        _ => return None,
    };
    Some(Wrong { kind, because, certain: true, evidence: None })
}

/// No consent, or one that was withdrawn.
fn without_consent(sent: &Sent, ground: &Ground<'_>) -> Option<Wrong> {
    let category = match sent.price {
        Some(Price::Template(Priced::Marketing)) => Some(TemplateCategory::Marketing),
        Some(Price::Template(Priced::Utility)) => Some(TemplateCategory::Utility),
        Some(Price::Template(Priced::Authentication)) => Some(TemplateCategory::Authentication),
        Some(Price::Service | Price::FreeEntry | Price::Other) | None => None,
    };
    let purpose = match category {
        Some(TemplateCategory::Marketing) => Purpose::Marketing,
        Some(_) | None => Purpose::Service,
    };
    let at = Timestamp::from_second(sent.at).ok()?;
    let found = newest(sent, purpose, at, ground.ledger)?;
    let needs = category.is_some_and(|category| ground.measure.consent_for.contains(&category));
    let (kind, because, certain) = match found.state {
        State::Withdrawn | State::Refused => {
            let since = found.since?.as_second();
            if purpose == Purpose::Service && is_answer(sent, since)
                || is_confirmation(sent, since, purpose, ground.measure)
            {
                return None;
            }
            let refused = found.state == State::Refused;
            let because = if refused { Because::Refused } else { Because::Withdrawn };
            (FindingKind::AfterOptOut, because, true)
        }
        State::InReview => (FindingKind::AfterOptOut, Because::InReview, false),
        State::Unknown if needs => (FindingKind::WithoutConsent, Because::NeverGiven, false),
        State::Expired if needs => (FindingKind::WithoutConsent, Because::Expired, true),
        State::Given if needs && is_outdated(found.since?, at, ground.measure) => {
            (FindingKind::WithoutConsent, Because::Outdated, true)
        }
        State::Unknown | State::Expired | State::Given => return None,
    };
    Some(Wrong { kind, because, certain, evidence: found.evidence.map(|it| it.id.record) })
}

/// What held of a person, by whichever of their names something newest was told.
fn newest<'a>(
    sent: &Sent,
    purpose: Purpose,
    at: Timestamp,
    ledger: &'a Ledger,
) -> Option<Consent<'a>> {
    let channel = Channel::whatsapp();
    let asked = Asked { purpose, channel, number: Some(sent.number), at };
    let all = sent.parties.iter().map(|party| ledger.consent(*party, &asked));
    all.max_by_key(|found| found.since)
}

/// Whether it may be an answer to what the person wrote after they had stopped messages:
/// who asks wants to be answered. Where that cannot be known, nobody is accused.
fn is_answer(sent: &Sent, since: i64) -> bool {
    let asked = sent.around.inbound.filter(|inbound| *inbound > since);
    is_late(sent) || sent.around.blind || asked.is_some_and(|asked| is_within(sent, asked))
}

/// Whether it is the one message that may confirm an opt-out. An offer confirms nothing.
fn is_confirmation(sent: &Sent, since: i64, purpose: Purpose, measure: &Measure) -> bool {
    let after = sent.at.saturating_sub(since);
    let first = sent.around.previous.is_none_or(|previous| previous < since);
    purpose != Purpose::Marketing && first && after <= measure.confirmation_seconds
}

/// Whether consent given then is too old at a time.
fn is_outdated(given: Timestamp, at: Timestamp, measure: &Measure) -> bool {
    valid_until(given, measure.consent_valid_months).is_some_and(|until| until <= at)
}

/// Until when consent counts that was given then, in calendar months of UTC; `None` where
/// it counts for ever.
pub(super) fn valid_until(given: Timestamp, months: u16) -> Option<Timestamp> {
    if months == 0 {
        return None;
    }
    let until = given.to_zoned(TimeZone::UTC).checked_add(Span::new().months(months));
    until.ok().map(|until| until.timestamp())
}

/// No template, and no message of the customer in the day before.
fn outside_window(sent: &Sent) -> Option<Wrong> {
    let around = &sent.around;
    let open = around.free || around.inbound.is_some_and(|inbound| is_within(sent, inbound));
    if !is_plain(sent) || open || is_late(sent) || around.blind {
        return None;
    }
    let (kind, because) = (FindingKind::OutsideWindow, Because::NoMessage);
    Some(Wrong { kind, because, certain: false, evidence: None })
}

/// A template that could not be sent.
fn not_approved(sent: &Sent, ground: &Ground<'_>) -> Option<Wrong> {
    let (state, record) = ground.templates.barred(sent.template?, sent.at)?;
    let because = match state {
        TemplateState::Approved => return None,
        TemplateState::Pending => Because::TemplatePending,
        TemplateState::Rejected => Because::TemplateRejected,
        TemplateState::InAppeal => Because::TemplateInAppeal,
        TemplateState::Paused => Because::TemplatePaused,
        TemplateState::Disabled => Because::TemplateDisabled,
        TemplateState::Archived => Because::TemplateArchived,
    };
    let kind = FindingKind::TemplateNotApproved;
    Some(Wrong { kind, because, certain: false, evidence: Some(record) })
}

/// Whether it is known to be bound by the window: sent through the API, and no template.
fn is_plain(sent: &Sent) -> bool {
    match sent.how {
        How::Api => sent.price == Some(Price::Service),
        How::ApiPlain => !matches!(sent.price, Some(Price::Template(_) | Price::FreeEntry)),
        How::Typed => false,
    }
}

/// Whether an answer to what was written then is let through.
fn is_within(sent: &Sent, inbound: i64) -> bool {
    sent.at.saturating_sub(inbound) <= WINDOW_SECONDS + SLACK_SECONDS
}

/// Whether it was told of so late that what was around it is not known any more.
pub(super) const fn is_late(sent: &Sent) -> bool {
    sent.captured.saturating_sub(sent.at) > LATE_SECONDS_MAX
}

#[cfg(test)]
mod tests;
