//! One request: by when it must be answered, and what was done about it.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

use super::{Answered, Identifier, RequestKind, Requested, SubjectAct};
use crate::projection::At;
use crate::projection::runs::Person;
use crate::record::RecordId;
use crate::tlog::{Hash, LeafIndex};

/// Months in which a request is answered (GDPR art. 12(3)).
const MONTHS: i32 = 1;

/// Months more, where it was told within the first that they are needed.
const MONTHS_MORE: i32 = 2;

/// What is known of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// What was asked for.
    pub kind: RequestKind,
    /// By which identifiers, as the person said them.
    pub said: Vec<String>,
    /// How they asked.
    pub reason: String,
    /// When it was received.
    pub received: Date,
    /// The entry that tells of it, when it was written, and who told it.
    pub told: (LeafIndex, Timestamp, Person),
    /// By what the person's records are known; empty until somebody said so.
    pub identifiers: Vec<Identifier>,
    /// Why it is answered later, where it is.
    pub extended: Option<String>,
    /// How it was answered.
    pub answered: Option<Answer>,
}

/// An answer that was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The record of the decision, which has the letter.
    pub record: RecordId,
    /// When.
    pub time: Timestamp,
    /// By whom.
    pub by: Person,
    /// The letter's language.
    pub language: String,
    /// The letter's SHA-256.
    pub sha256: Hash,
}

/// The first moment at which an answer is late: the end, in UTC, of the day that has the
/// same number so many months later, or of the last day of that month.
pub fn due_of(received: Date, extended: bool) -> Timestamp {
    let months = if extended { MONTHS + MONTHS_MORE } else { MONTHS };
    let end = received.checked_add(months.months()).and_then(Date::tomorrow);
    let end = end.and_then(|date| date.to_zoned(TimeZone::UTC));
    end.map_or(Timestamp::MAX, |zoned| zoned.timestamp())
}

impl Request {
    pub(super) fn told(at: &At<'_>, requested: &Requested) -> Self {
        Self {
            kind: requested.kind,
            said: requested.identifiers.clone(),
            reason: requested.reason.clone(),
            received: requested.received,
            told: (at.index, at.time, Person::of(at)),
            identifiers: vec![],
            extended: None,
            answered: None,
        }
    }

    /// The first moment at which an answer is late.
    pub fn due(&self) -> Timestamp {
        due_of(self.received, self.extended.is_some())
    }

    /// Whether it is late, or was answered late.
    pub fn is_late(&self, now: Timestamp) -> bool {
        self.answered.as_ref().map_or(now, |answer| answer.time) >= self.due()
    }

    pub(super) fn takes(&self, at: &At<'_>, act: &SubjectAct) -> Result<(), String> {
        if self.answered.is_some() {
            return Err("was answered: what is asked since is a request of its own".to_owned());
        }
        match act {
            SubjectAct::Extended { .. } if self.extended.is_some() => {
                Err("was extended before, which can be done once".to_owned())
            }
            SubjectAct::Extended { .. } if at.time >= self.due() => Err(format!(
                "was due by {}: a longer time is told to the person before that (GDPR art. 12(3))",
                self.due()
            )),
            SubjectAct::Requested(_)
            | SubjectAct::Identified { .. }
            | SubjectAct::Extended { .. }
            | SubjectAct::Answered(_)
            | SubjectAct::Restricted(_)
            | SubjectAct::Lifted(_) => Ok(()),
        }
    }

    pub(super) fn step(&mut self, at: &At<'_>, act: &SubjectAct) {
        match act {
            SubjectAct::Requested(_) | SubjectAct::Restricted(_) | SubjectAct::Lifted(_) => {}
            SubjectAct::Identified { identifiers, .. } => {
                self.identifiers.clone_from(identifiers);
            }
            SubjectAct::Extended { reason, .. } => self.extended = Some(reason.clone()),
            SubjectAct::Answered(Answered { language, .. }) => {
                self.answered = act.digest().map(|sha256| Answer {
                    record: at.record,
                    time: at.time,
                    by: Person::of(at),
                    language: language.clone(),
                    sha256,
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::projection::subjects::{IdentifierKind, Subjects};
    use crate::projection::{Act, Projection, Refused};

    const REQUEST: RecordId = RecordId::from_bytes([1; 16]);

    fn moment(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn requested(received: Date) -> SubjectAct {
        SubjectAct::Requested(Requested {
            kind: RequestKind::Erasure,
            identifiers: vec!["+49 1555 0100777".into()],
            reason: "by letter".into(),
            received,
        })
    }

    /// Tells an act at a moment; its record is the request's where it is the first.
    fn tell(to: &mut Projection, time: &str, act: SubjectAct) -> Result<(), Refused> {
        let is_first = matches!(act, SubjectAct::Requested(_));
        let record = if is_first { REQUEST } else { RecordId::from_bytes([9; 16]) };
        let (index, time) = (LeafIndex::new(1), moment(time));
        let at = At { index, time, record, who: "aa01", name: "Dana" };
        let act = Act::Subject(act);
        to.check(&at, &act)?;
        to.apply(&at, &act)
    }

    fn extended() -> SubjectAct {
        SubjectAct::Extended { request: REQUEST, reason: "there are many records".into() }
    }

    fn answered() -> SubjectAct {
        SubjectAct::Answered(Answered {
            request: REQUEST,
            reason: "it was done".into(),
            from: "Halyard Bank".into(),
            account: None,
            language: "en".into(),
            letter: "Dear customer\n".into(),
        })
    }

    fn subjects(projection: &Projection) -> &Subjects {
        &projection.subjects
    }

    #[test]
    fn an_answer_is_due_a_calendar_month_after_the_receipt() {
        for (received, month, quarter) in [
            (date(2026, 11, 21), "2026-12-22", "2027-02-22"),
            // No such day in the month: its last.
            (date(2027, 1, 31), "2027-03-01", "2027-05-01"),
            (date(2028, 1, 31), "2028-03-01", "2028-05-01"),
            (date(2026, 11, 30), "2026-12-31", "2027-03-01"),
            (date(2026, 12, 31), "2027-02-01", "2027-04-01"),
        ] {
            let midnight = |day: &str| moment(&format!("{day}T00:00:00Z"));
            assert_eq!(due_of(received, false), midnight(month), "{received}");
            assert_eq!(due_of(received, true), midnight(quarter), "{received}");
        }
        assert_eq!(due_of(Date::MAX, true), Timestamp::MAX);
    }

    #[test]
    fn a_longer_time_is_taken_once_and_before_the_month_is_over() {
        let mut all = Projection::default();
        let now = "2026-11-21T08:00:00Z";
        tell(&mut all, now, requested(date(2026, 11, 1))).unwrap();
        let late = tell(&mut all, "2026-12-02T00:00:00Z", extended()).unwrap_err();
        assert!(late.0.contains("12(3)"), "{late}");
        tell(&mut all, "2026-12-01T23:59:59Z", extended()).unwrap();
        let request = subjects(&all).request(REQUEST).unwrap();
        assert_eq!(request.due(), moment("2027-02-02T00:00:00Z"));
        assert!(!request.is_late(moment("2027-02-01T23:59:59Z")));
        assert!(request.is_late(moment("2027-02-02T00:00:00Z")));
        let again = tell(&mut all, "2026-12-02T00:00:00Z", extended()).unwrap_err();
        assert!(again.0.contains("once"), "{again}");
    }

    #[test]
    fn an_answered_request_takes_no_further_step_and_is_late_or_not_for_good() {
        let mut all = Projection::default();
        tell(&mut all, "2026-11-21T08:00:00Z", requested(date(2026, 11, 21))).unwrap();
        tell(&mut all, "2026-12-01T08:00:00Z", answered()).unwrap();
        let request = subjects(&all).request(REQUEST).unwrap();
        assert!(!request.is_late(moment("2030-01-01T00:00:00Z")));
        let answer = request.answered.as_ref().unwrap();
        assert_eq!(answer.sha256, crate::tlog::hash::sha256(b"Dear customer\n"));
        let identified = SubjectAct::Identified {
            request: REQUEST,
            identifiers: vec![Identifier { kind: IdentifierKind::Phone, value: "49".into() }],
            reason: "joined".into(),
        };
        for act in [answered(), extended(), identified] {
            let refused = tell(&mut all, "2026-12-02T08:00:00Z", act).unwrap_err();
            assert!(refused.0.contains("was answered"), "{refused}");
        }
    }

    #[test]
    fn a_request_of_nobody_or_from_the_future_is_refused() {
        let now = "2026-11-21T08:00:00Z";
        let told = |change: &dyn Fn(&mut Requested)| {
            let SubjectAct::Requested(mut act) = requested(date(2026, 11, 21)) else { panic!() };
            change(&mut act);
            tell(&mut Projection::default(), now, SubjectAct::Requested(act))
        };
        told(&|_| {}).unwrap();
        // Somewhere it is tomorrow already.
        told(&|act| act.received = date(2026, 11, 22)).unwrap();
        let bad: [&dyn Fn(&mut Requested); 6] = [
            &|act| act.received = date(2026, 11, 23),
            &|act| act.identifiers.clear(),
            &|act| act.identifiers = vec!["49".into(); 201],
            &|act| act.identifiers = vec!["4\u{7}9".into()],
            &|act| act.identifiers = vec!["9".repeat(257)],
            &|act| act.reason = " ".into(),
        ];
        for (place, change) in bad.into_iter().enumerate() {
            assert!(told(change).is_err(), "{place}");
        }
        let unknown = tell(&mut Projection::default(), now, extended()).unwrap_err();
        assert!(unknown.0.contains("no request"), "{unknown}");
    }

    #[test]
    fn every_act_survives_its_json() {
        for act in [requested(date(2026, 11, 21)), extended(), answered()] {
            let json = serde_json::to_string(&act).unwrap();
            assert_eq!(serde_json::from_str::<SubjectAct>(&json).unwrap(), act, "{json}");
        }
    }
}
