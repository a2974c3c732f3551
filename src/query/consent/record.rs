//! A consent record in the shape of ISO/IEC TS 27560: header, processing, parties, events.
//!
//! The sections and what they say are the standard's, as the W3C's guide to it describes
//! them; what only this archive knows stands under `muniment`. What the archive does not
//! know is `null`, never invented. `docs/API.md` has the table of fields.

use serde_json::{Value, json};

use super::{ConsentAsked, state_of};
use crate::policy::Mark;
use crate::policy::consent::{Certainty, Kind, Purpose};
use crate::projection::consent::{Given, Ledger, Verdict};

/// The record of a subject and a purpose; `None` where no signal is about it.
pub(super) fn of(
    ledger: &Ledger,
    asked: &ConsentAsked,
    purpose: Purpose,
    controller: &str,
) -> Option<Value> {
    let mark = Mark::of(&asked.subject);
    let number = asked.number.as_deref().map(Mark::of);
    let concerns = |given: &&Given| {
        let signal = &given.signal;
        let numbers = || signal.numbers.iter().map(|name| Mark::of(name));
        let channel = signal.channel.as_ref();
        signal.purposes.contains(purpose)
            && channel.is_none_or(|channel| *channel == asked.channel)
            && (signal.numbers.is_empty() || number.is_none_or(|one| numbers().any(|it| it == one)))
    };
    let given: Vec<&Given> = ledger.history(mark).iter().filter(concerns).collect();
    let first = given.first()?;
    let now = state_of(ledger, mark, asked, purpose, asked.number.as_deref());
    Some(json!({
        "header": {
            "schema_version": "muniment/consent-record/1 (ISO/IEC TS 27560)",
            "record_id": format!("{}/{}", first.id.record, purpose.as_str()),
            "pii_principal_id": ledger.identifiers(mark),
        },
        "processing": [processing(&given, asked, purpose)],
        "party_identification": [{
            "party_id": controller,
            "party_role": "pii_controller",
            "party_name": null,
            "party_contact": null,
        }],
        "events": given.iter().map(|given| event(given)).collect::<Vec<_>>(),
        "muniment": {
            "as_of": asked.at,
            "state": now.state,
            "since": now.since,
            "then": now.then,
            "forgotten": now.forgotten,
            "channel": asked.channel,
            "number": asked.number,
        },
    }))
}

fn processing(given: &[&Given], asked: &ConsentAsked, purpose: Purpose) -> Value {
    // What was told last of each: an earlier signal may know what a later one leaves out.
    let signals = || given.iter().rev().map(|given| &given.signal);
    let wording = signals().find_map(|signal| signal.wording.as_ref());
    json!({
        "privacy_notice": wording.and_then(|wording| wording.text.as_ref()),
        "privacy_notice_version": wording.and_then(|wording| wording.version.as_ref()),
        "language": wording.and_then(|wording| wording.language.as_ref()),
        "purpose": purpose,
        "lawful_basis": signals().find_map(|signal| signal.legal_basis.as_ref()),
        "jurisdiction": signals().find_map(|signal| signal.jurisdiction.as_ref()),
        "collection_method": signals().next().map(|signal| signal.evidence.means),
        "service": asked.channel,
        "pii_information": null,
        "pii_controllers": null,
        "storage_locations": null,
        "retention_period": null,
        "recipient_third_parties": null,
        "withdrawal_method": null,
    })
}

fn event(given: &Given) -> Value {
    let signal = &given.signal;
    let state = match (signal.certainty, given.resolution.as_ref(), signal.kind) {
        (Certainty::Candidate, None, _) => "in_review",
        (Certainty::Candidate, Some(one), _) if one.verdict == Verdict::NotMeant => "invalidated",
        (_, _, Kind::OptIn) => "given",
        (_, _, Kind::OptOut) => "withdrawn",
        (_, _, Kind::Refused) => "refused",
        (_, _, Kind::Expired) => "expired",
    };
    json!({
        "event_time": signal.at,
        "event_type": signal.evidence.means,
        "event_state": state,
        "validity_duration": signal.expires,
        "entity_id": signal.subject.first(),
        "muniment": {
            "record": given.id.record,
            "line": Some(given.id.line).filter(|line| *line != 0),
            "entry": given.index.get(),
            "recorded": given.recorded,
            "recorded_by": given.by.as_ref().map(|(who, _)| who),
            "evidence": signal.evidence,
            "resolution": given.resolution.as_ref().map(|resolution| json!({
                "verdict": resolution.verdict,
                "record": resolution.record,
                "recorded": resolution.recorded,
                "reason": resolution.reason,
            })),
        },
    })
}
