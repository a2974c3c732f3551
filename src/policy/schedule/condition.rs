//! Which records a rule is for.

use super::super::facts::TemplateCategory;
use crate::record::{Class, Direction, Origin};

/// The conditions of a rule: all that are given must hold. A list holds where any
/// of its values does; an empty one was not given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct When {
    /// The record's class.
    pub classes: Vec<Class>,
    /// How it reached the archive.
    pub sources: Vec<Origin>,
    /// Which way it went.
    pub direction: Option<Direction>,
    /// An identifier of the author or the addressee, other than the business.
    pub parties: Vec<String>,
    /// The business number, or its id at the provider.
    pub numbers: Vec<String>,
    /// The category of the template.
    pub templates: Vec<TemplateCategory>,
    /// Names of jurisdictions of the schedule.
    pub jurisdictions: Vec<String>,
    /// Tags put on the record.
    pub tags: Vec<String>,
    /// Names of lexicons of the schedule.
    pub lexicons: Vec<String>,
}

/// Where a party or a business number is at home.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jurisdiction {
    /// What rules call it.
    pub name: String,
    /// Calling codes of its parties: digits, the country's, or longer up to four.
    pub calling: Vec<u16>,
    /// Business numbers, or their ids, that belong to it whoever they speak with.
    pub numbers: Vec<String>,
    /// The line of the file, from 1.
    pub line: usize,
}

impl When {
    /// Whether nothing is asked for: the rule is for every record.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether something is asked for that only a record proper has, tags among it: not a
    /// delivery, an access, a decision.
    pub fn needs_a_record(&self) -> bool {
        let named = Self { classes: vec![], ..self.clone() };
        !named.is_empty()
    }
}

/// The word of a source in schedules.
pub(super) const fn source_word(origin: Origin) -> &'static str {
    match origin {
        Origin::Live => "live",
        Origin::Echo => "echo",
        Origin::History => "history",
        Origin::Standby => "standby",
    }
}

/// Every source.
pub(super) const SOURCES: [Origin; 4] =
    [Origin::Live, Origin::Echo, Origin::History, Origin::Standby];

/// Both directions.
pub(super) const DIRECTIONS: [Direction; 2] = [Direction::Inbound, Direction::Outbound];
