//! Who consents to what, read. It names a person: so it is written down first.

mod record;

use jiff::Timestamp;

use super::access::Asked;
use super::view::consent::{ConsentView, HistoryView, ReviewView, SignalView, StateView};
use super::{Access, Error, Query};
use crate::govern::Govern;
use crate::policy::Mark;
use crate::policy::consent::{Channel, Purpose};
use crate::projection::consent::{self as ledger, Ledger};
use crate::record::RecordId;

/// Candidates on a page.
const PAGE_MAX: usize = 100;

/// Whose consent, to what, when.
#[derive(Clone, Debug)]
pub struct ConsentAsked {
    /// Any identifier of the person.
    pub subject: String,
    /// To what; `None` for every purpose.
    pub purpose: Option<Purpose>,
    /// On which channel.
    pub channel: Channel,
    /// To which business number; `None` for each that a signal names.
    pub number: Option<String>,
    /// When.
    pub at: Timestamp,
}

impl Query {
    /// Reads whether somebody consents. One access is written down.
    ///
    /// # Errors
    /// When the access cannot be written down, or the decisions not be read.
    pub async fn consent(
        &self,
        access: &Access,
        govern: &Govern,
        asked: ConsentAsked,
    ) -> Result<ConsentView, Error> {
        self.about_to_read(access, "state", Some(&asked)).await?;
        look(govern, |ledger| state(ledger, &asked))
    }

    /// Reads every signal of somebody. One access is written down.
    ///
    /// # Errors
    /// As [`Query::consent`].
    pub async fn consent_history(
        &self,
        access: &Access,
        govern: &Govern,
        asked: ConsentAsked,
    ) -> Result<HistoryView, Error> {
        self.about_to_read(access, "history", Some(&asked)).await?;
        let mark = Mark::of(&asked.subject);
        look(govern, |ledger| HistoryView {
            subject: ledger.identifiers(mark).into_iter().map(str::to_owned).collect(),
            signals: ledger.history(mark).iter().map(SignalView::of).collect(),
        })
    }

    /// Reads the candidates that nobody has resolved. One access is written down.
    ///
    /// # Errors
    /// [`Error::Limit`]; else as [`Query::consent`].
    pub async fn consent_review(
        &self,
        access: &Access,
        govern: &Govern,
        limit: Option<usize>,
        after: Option<RecordId>,
    ) -> Result<ReviewView, Error> {
        let limit = limit.unwrap_or(PAGE_MAX);
        if !(1..=PAGE_MAX).contains(&limit) {
            return Err(Error::Limit { limit, limit_max: PAGE_MAX });
        }
        self.about_to_read(access, "review", None).await?;
        look(govern, |ledger| {
            let mut reviews = ledger.review(after);
            let page: Vec<_> = reviews.by_ref().take(limit).collect();
            let more = reviews.next().is_some();
            let next = page.last().filter(|_| more).map(|review| review.given.id.record);
            let candidates = page.iter().map(|review| SignalView::of(review.given)).collect();
            ReviewView { open: ledger.open(), candidates, next }
        })
    }

    /// Reads the consent record of somebody for a purpose, in the shape of ISO/IEC TS
    /// 27560; `controller` is who asks for consent. One access is written down.
    ///
    /// # Errors
    /// [`Error::NotFound`] where there is no signal for that purpose; else as
    /// [`Query::consent`].
    pub async fn consent_record(
        &self,
        access: &Access,
        govern: &Govern,
        asked: ConsentAsked,
        purpose: Purpose,
    ) -> Result<serde_json::Value, Error> {
        self.about_to_read(access, "record", Some(&asked)).await?;
        let controller = self.0.log.origin().to_owned();
        let made = look(govern, |ledger| record::of(ledger, &asked, purpose, &controller))?;
        made.ok_or(Error::NotFound("consent record: no signal names this person and purpose"))
    }

    /// Whether the archive has a record.
    ///
    /// # Errors
    /// When rows cannot be read.
    pub async fn has_record(&self, record: RecordId) -> Result<bool, Error> {
        match self.blocking(move |inner| inner.place_of(record)).await {
            Ok(_) => Ok(true),
            Err(Error::NotFound(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn about_to_read(
        &self,
        access: &Access,
        of: &'static str,
        asked: Option<&ConsentAsked>,
    ) -> Result<(), Error> {
        let (access, asked) = (access.clone(), asked.cloned());
        let prepared = self
            .blocking(move |inner| {
                let asked = asked.as_ref();
                let told = Asked::Consent {
                    of,
                    subject: asked.map(|asked| asked.subject.as_str()),
                    purpose: asked.and_then(|asked| asked.purpose),
                    number: asked.and_then(|asked| asked.number.as_deref()),
                    at: asked.map(|asked| asked.at),
                };
                inner.prepare(&access, told)
            })
            .await?;
        self.write_down(prepared).await
    }
}

fn look<T>(govern: &Govern, look: impl FnOnce(&Ledger) -> T) -> Result<T, Error> {
    govern.read(|projection| look(&projection.consent)).map_err(Error::Govern)
}

fn state(ledger: &Ledger, asked: &ConsentAsked) -> ConsentView {
    let mark = Mark::of(&asked.subject);
    let numbers = match &asked.number {
        Some(number) => vec![Some(number.clone())],
        None => numbers(ledger, mark),
    };
    let purposes = match asked.purpose {
        Some(purpose) => vec![purpose],
        None => Purpose::ALL.to_vec(),
    };
    let mut states = vec![];
    for number in numbers {
        states.extend(purposes.iter().map(|purpose| StateView {
            number: number.clone(),
            ..state_of(ledger, mark, asked, *purpose, number.as_deref())
        }));
    }
    let subject = ledger.identifiers(mark).into_iter().map(str::to_owned).collect();
    ConsentView { subject, at: asked.at, states }
}

fn state_of(
    ledger: &Ledger,
    subject: Mark,
    asked: &ConsentAsked,
    purpose: Purpose,
    number: Option<&str>,
) -> StateView {
    let (channel, at) = (asked.channel.clone(), asked.at);
    let question =
        ledger::Asked { purpose, channel: channel.clone(), number: number.map(Mark::of), at };
    let found = ledger.consent(subject, &question);
    StateView {
        purpose,
        channel,
        number: number.map(str::to_owned),
        state: found.state,
        since: found.since,
        then: found.then,
        forgotten: found.forgotten,
        evidence: found.evidence.map(SignalView::of),
    }
}

/// The business numbers that signals of a subject name, each by its first name; and what
/// holds for every other.
fn numbers(ledger: &Ledger, subject: Mark) -> Vec<Option<String>> {
    let named = ledger.history(subject).iter();
    let mut numbers: Vec<Option<String>> =
        named.filter_map(|given| given.signal.numbers.first().cloned().map(Some)).collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers.insert(0, None);
    numbers
}
