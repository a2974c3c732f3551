//! What is ending: consent that will be too old, and proof of it that falls due.
//!
//! This depends on the present moment, unlike what was sent when. It is looked at again and
//! again; what was ending and is not any more (renewed, withdrawn, ended, kept longer) is
//! withdrawn.

use std::collections::{HashMap, HashSet};

use jiff::{Span, Timestamp};

use super::finding::{Because, Finding};
use super::judge::valid_until;
use super::{Below, Error, piece};
use crate::index::Index;
use crate::policy::consent::{Channel, Kind};
use crate::policy::{Due, Facts, Lexicons, Mark, Rules, Triggers, message_time};
use crate::projection::consent::{Asked, Given, Ledger, SignalId, State};
use crate::projection::findings::{FindingId, FindingKind};
use crate::projection::tags::TagsOn;
use crate::record::{Class, RecordId};
use crate::tlog::LeafIndex;

/// Consent that is relied upon now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Relied {
    id: SignalId,
    entry: LeafIndex,
    given: Timestamp,
    expires: Option<Timestamp>,
    /// The record that shows it, beside the signal itself.
    evidence: Option<RecordId>,
    /// Whether the signal's own record may be destroyed when it is due.
    may_go: bool,
}

/// How far ahead is looked, and how long consent counts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ahead {
    pub(super) now: Timestamp,
    pub(super) warn_days: u16,
    pub(super) consent_valid_months: u16,
}

impl Ahead {
    fn until(&self) -> Timestamp {
        let span = Span::new().hours(i64::from(self.warn_days) * 24);
        self.now.checked_add(span).unwrap_or(Timestamp::MAX)
    }
}

/// Every signal by which somebody consents to something now.
pub(super) fn relied(ledger: &Ledger, now: Timestamp) -> Vec<Relied> {
    let opt_ins = ledger.subjects().flatten().filter(|given| given.signal.kind == Kind::OptIn);
    let relied = opt_ins.filter(|given| is_relied_upon(ledger, given, now));
    let of = |given: &Given| Relied {
        id: given.id,
        entry: given.index,
        given: given.signal.at,
        expires: given.signal.expires,
        evidence: given.signal.evidence.record.filter(|record| *record != given.id.record),
        // What the ledger rests on is withheld from destruction, and decisions are kept.
        may_go: given.by.is_none() && !ledger.rests_on(given.index, now),
    };
    relied.map(of).collect()
}

fn is_relied_upon(ledger: &Ledger, given: &Given, now: Timestamp) -> bool {
    let signal = &given.signal;
    let Some(subject) = signal.subject.first() else { return false };
    let channel = signal.channel.clone().unwrap_or_else(Channel::whatsapp);
    let number = signal.numbers.first().map(|number| Mark::of(number));
    signal.purposes.each().any(|purpose| {
        let asked = Asked { purpose, channel: channel.clone(), number, at: now };
        let found = ledger.consent(Mark::of(subject), &asked);
        found.state == State::Given && found.evidence.is_some_and(|by| by.id == given.id)
    })
}

/// Consent that ends soon, by its own date or by its age.
pub(super) fn ending(relied: &[Relied], ahead: &Ahead) -> Vec<Finding> {
    let ends = |one: &Relied| {
        let too_old = valid_until(one.given, ahead.consent_valid_months);
        one.expires.into_iter().chain(too_old).min()
    };
    let soon = relied.iter().filter_map(|one| {
        let at = ends(one).filter(|at| *at > ahead.now && *at <= ahead.until())?;
        Some(one.finding(FindingKind::ConsentEnding, Because::ConsentEnds, at, None, ahead.now))
    });
    soon.collect()
}

/// Proof that falls due soon, by the rules of now; blocks while the index is read once, and
/// where rules have lexicons while the proofs are opened.
pub(super) fn proof_ending(
    relied: &[Relied],
    ahead: &Ahead,
    below: &Below,
) -> Result<Vec<Finding>, Error> {
    let mut proofs: HashMap<LeafIndex, Vec<(&Relied, Option<RecordId>)>> = HashMap::new();
    for one in relied {
        if one.may_go {
            proofs.entry(one.entry).or_default().push((one, None));
        }
        let Some(record) = one.evidence else { continue };
        if let Some(entry) = below.log.store().index_of(record).map_err(Error::Store)? {
            proofs.entry(entry).or_default().push((one, Some(record)));
        }
    }
    if proofs.is_empty() {
        return Ok(vec![]);
    }
    let entries: HashSet<LeafIndex> = proofs.keys().copied().collect();
    let due = due(&entries, below)?;
    let mut found: HashMap<FindingId, Finding> = HashMap::new();
    for (entry, at) in due.into_iter().filter(|(_, at)| *at <= ahead.until()) {
        for (one, record) in proofs.get(&entry).into_iter().flatten() {
            let (kind, because) = (FindingKind::EvidenceEnding, Because::EvidenceDue);
            let finding = one.finding(kind, because, at, *record, ahead.now);
            let sooner = |other: &Finding| other.at <= finding.at;
            if !found.get(&finding.id).is_some_and(sooner) {
                found.insert(finding.id, finding);
            }
        }
    }
    let mut found: Vec<Finding> = found.into_values().collect();
    found.sort_unstable_by_key(|finding| finding.id);
    Ok(found)
}

/// When these entries' records fall due.
fn due(entries: &HashSet<LeafIndex>, below: &Below) -> Result<Vec<(LeafIndex, Timestamp)>, Error> {
    let read = below.govern.read(|projection| {
        let tagged = projection.tags.tagged();
        (projection.schedules.rules(), projection.events.clone(), tagged)
    });
    let (rules, events, tagged) = read.map_err(Error::Govern)?;
    let threads = last_of_threads(&rules, &below.index)?;
    let mut found = vec![];
    let look = |entry: LeafIndex, facts: &Facts| {
        if entries.contains(&entry) {
            found.push((entry, facts.clone()));
        }
    };
    below.index.facts(look).map_err(Error::Index)?;
    let lexicons = Lexicons::of(rules.adopted());
    let (mut due, mut told) = (vec![], vec![]);
    for (entry, mut facts) in found {
        if !lexicons.is_empty() {
            ask(&lexicons, below, entry, &mut facts)?;
        }
        tagged.put_on(entry, TagsOn::Now, &mut facts);
        events.of(entry, &facts, &mut told);
        let last_of_thread = facts.thread.and_then(|thread| threads.get(&thread).copied());
        let triggers = Triggers { last_of_thread, events: &told };
        if let Due::At(at) = rules.verdict(entry.get(), &facts, &triggers).due {
            due.push((entry, at));
        }
    }
    Ok(due)
}

/// Asks the lexicons of the record itself, as is done before it is destroyed: the index
/// does not know where their words stand. One that is gone or does not open stays as it is.
fn ask(
    lexicons: &Lexicons,
    below: &Below,
    entry: LeafIndex,
    facts: &mut Facts,
) -> Result<(), Error> {
    let kept = below.log.kept_at(entry).map_err(Error::Log)?;
    let record = piece::open(&below.log, &below.keyring, entry, &kept)?;
    if let Some(text) = record.as_ref().and_then(|record| record.body.text.as_deref()) {
        facts.lexicons = lexicons.hits(text);
    }
    Ok(())
}

fn last_of_threads(rules: &Rules, index: &Index) -> Result<HashMap<[u8; 16], Timestamp>, Error> {
    let mut last: HashMap<[u8; 16], Timestamp> = HashMap::new();
    if !rules.need_threads() {
        return Ok(last);
    }
    let look = |_: LeafIndex, facts: &Facts| {
        if let Some(thread) = facts.thread.filter(|_| facts.class == Class::Message) {
            let at = message_time(facts);
            let newest = last.entry(thread).or_insert(at);
            *newest = (*newest).max(at);
        }
    };
    index.facts(look).map_err(Error::Index)?;
    Ok(last)
}

impl Relied {
    fn finding(
        &self,
        kind: FindingKind,
        because: Because,
        at: Timestamp,
        evidence: Option<RecordId>,
        now: Timestamp,
    ) -> Finding {
        let SignalId { record, line } = self.id;
        Finding {
            id: FindingId { kind, record, line },
            entry: self.entry.get(),
            at,
            found: now,
            because,
            certain: true,
            evidence,
            withdrawn: None,
        }
    }
}

#[cfg(test)]
mod tests;
