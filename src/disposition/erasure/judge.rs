//! Whether a record of a person goes when they ask for it.
//!
//! Asked again by the same code before anything is destroyed: of the record itself, by the
//! holds, rules and restrictions of that moment.

use super::super::bundle::Bundle;
use super::super::look::Standing;
use super::super::{Error, Inner};
use super::Person;
use crate::entry::Entry;
use crate::policy::{Decision, Facts, Then};
use crate::projection::subjects::{Why, is_of};
use crate::record::{Class, RecordId};
use crate::tlog::LeafIndex;

/// What becomes of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It goes; `reviewed` where its rule wants somebody to decide.
    Goes { reviewed: bool },
    /// It stays.
    Stays(Why),
    /// It was destroyed before.
    Gone,
    /// It is somebody else's.
    NotTheirs,
}

impl Inner {
    /// Why a record of an erasure's plan stays after all; `None` where it goes.
    pub(in crate::disposition) fn why_not_erased(
        &self,
        standing: &Standing,
        person: &Person,
        bundle: &Bundle,
    ) -> Result<Option<String>, Error> {
        Ok(match self.fate(standing, person, bundle)? {
            Fate::Goes { .. } => None,
            Fate::Stays(why) => Some(why.told()),
            Fate::Gone => Some("it was destroyed before".to_owned()),
            Fate::NotTheirs => Some("it is not the person's any more".to_owned()),
        })
    }

    pub(super) fn fate(
        &self,
        standing: &Standing,
        person: &Person,
        bundle: &Bundle,
    ) -> Result<Fate, Error> {
        let entry = &bundle.entry;
        let Some(kept) = entry.kept() else { return Ok(Fate::NotTheirs) };
        let record = match self.open(entry.index, kept) {
            Ok(Some(record)) => record,
            Ok(None) => return Ok(Fate::Gone),
            Err(error) if is_of_record(&error) => return Ok(Fate::Stays(Why::Unreadable)),
            Err(other) => return Err(other),
        };
        if !is_of(&record, &person.identity) {
            return Ok(Fate::NotTheirs);
        }
        let Some(facts) = self.facts_of(standing, entry)? else { return Ok(Fate::Gone) };
        if standing.held.is_on(entry.index, &facts) {
            return Ok(Fate::Stays(Why::Claim));
        }
        if standing.restrictions.on(&facts).is_some() {
            return Ok(Fate::Stays(Why::Restricted));
        }
        if kept.class == Class::Consent && self.is_needed(person, kept.record, entry.index)? {
            return Ok(Fate::Stays(Why::Refusal));
        }
        let decision = standing.decide(entry.index, &facts);
        if let Some(why) = duty(&decision, standing) {
            return Ok(Fate::Stays(why));
        }
        if let Some(why) = self.why_bound(standing, bundle)? {
            return Ok(Fate::Stays(why));
        }
        let then = decision.winner().map(|rule| rule.then);
        let reviewed = then.is_some_and(|then| then != Then::Destroy);
        Ok(Fate::Goes { reviewed })
    }

    /// Whether a record of class consent is what a refusal rests on. Where there is one,
    /// so is what shows that two identifiers are one person's: without it the refusal would
    /// count for one of them alone.
    fn is_needed(
        &self,
        person: &Person,
        record: RecordId,
        entry: LeafIndex,
    ) -> Result<bool, Error> {
        if person.refusals.is_empty() || person.refusals.contains(&record) {
            return Ok(!person.refusals.is_empty());
        }
        let shows = self.govern.read(|projection| projection.consent.shows_one_person(entry));
        shows.map_err(Error::Govern)
    }

    /// Why what goes along with a record keeps it.
    fn why_bound(&self, standing: &Standing, bundle: &Bundle) -> Result<Option<Why>, Error> {
        for sibling in &bundle.siblings {
            // One that is gone, or no record, holds nothing back: only a hold does.
            let facts = match self.facts_of(standing, sibling) {
                Ok(Some(facts)) => facts,
                Ok(None) | Err(Error::NotFound(_)) => continue,
                Err(error) if is_of_record(&error) => return Ok(Some(Why::Unreadable)),
                Err(other) => return Err(other),
            };
            if standing.held.is_on(sibling.index, &facts) {
                return Ok(Some(Why::Claim));
            }
        }
        let bare = |entry: &Entry, class| {
            let facts = Facts::bare(class, entry.time);
            duty(&standing.decide(entry.index, &facts), standing)
        };
        let delivery = bundle.delivery.iter().find_map(|entry| bare(entry, Class::Delivery));
        let media = || bundle.media.iter().find_map(|entry| bare(entry, Class::Medium));
        Ok(delivery.or_else(media))
    }
}

/// The longest duty to keep a record that has not ended. A maximum is none, and neither is
/// that no rule is for it.
fn duty(decision: &Decision, standing: &Standing) -> Option<Why> {
    let minima = decision.applied.iter().filter(|rule| rule.keep.is_some());
    let open = minima.filter(|rule| rule.due.is_none_or(|due| due > standing.now));
    let longest = open.max_by_key(|rule| (rule.due.is_none(), rule.due))?;
    let rule = format!("{}/{}", longest.schedule, longest.rule);
    let authority = longest.authority.clone();
    Some(match longest.due {
        Some(until) => Why::Duty { rule, authority, until },
        None => Why::DutyAfter { rule, authority },
    })
}

/// Whether a failure is of one record alone, which then cannot be judged.
fn is_of_record(error: &Error) -> bool {
    matches!(error, Error::Seal(_) | Error::Log(crate::log::Error::Broken(_)))
}
