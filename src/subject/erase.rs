//! Requests for erasure, from who is meant to what they are told (GDPR art. 17, 12).
//!
//! What goes and what stays is judged by `disposition`, and destroyed by its runs, with
//! their approvals and certificates. Here the person is identified, which no erasure goes
//! without, and the request is answered, which it cannot be while something of theirs
//! could go and is still there.

use crate::disposition::erasure::{self, PlannedErasure};
use crate::govern::{self, Actor, Decided, Told};
use crate::projection::subjects::{
    Account, Answered, Identifier, Identity, Request, RequestKind, SubjectAct,
};
use crate::projection::{Act, Projection, Refused};
use crate::query::Access;
use crate::record::RecordId;

use super::letter::Letter;
use super::{Error, Subject};

/// Why an identity counts, where nobody said so.
const JOINED: &str = "joined by the archive's records to what the person named";

/// An erasure to be planned.
#[derive(Clone, Debug)]
pub struct Erasing {
    /// The request.
    pub request: RecordId,
    /// By what the person is known, in place of what the request says.
    pub identifiers: Option<Vec<String>>,
    /// Whether by these alone, without what records join to them.
    pub exact: bool,
    /// Whether nothing is written down but who looked.
    pub preview: bool,
}

/// An answer to be given.
#[derive(Clone, Debug)]
pub struct Answering {
    /// The request.
    pub request: RecordId,
    /// The letter's language.
    pub language: String,
    /// Who answers, and where to reach them.
    pub from: String,
    /// What they say, for the letter.
    pub reason: String,
    /// Whether what was asked for is not done, for that reason.
    pub refuse: bool,
    /// Whether the letter is only looked at.
    pub draft: bool,
}

/// A letter that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The letter.
    pub letter: String,
    /// The decision that it stands in; `None` of a draft.
    pub decided: Option<RecordId>,
    /// What it tells of, where it is of an erasure.
    pub account: Option<Account>,
}

impl Subject {
    /// Plans the erasure that a request asks for: settles who is meant, writes that down,
    /// and plans the run that others approve. Where nothing can go, none is planned.
    ///
    /// # Errors
    /// [`Error::NoRequest`]; as [`Subject::identify`]; [`Error::Conflict`] where the
    /// identifiers may be more than one person's; when a run for the request is not ended.
    pub async fn erase(&self, access: &Access, erasing: Erasing) -> Result<PlannedErasure, Error> {
        let Erasing { request, identifiers, exact, preview } = erasing;
        let found = self.open_request(request, &[RequestKind::Erasure])?;
        let identity = match identifiers {
            Some(named) => self.settle(access, &named, exact).await?,
            None if found.identifiers.is_empty() => self.settle(access, &found.said, exact).await?,
            None => Identity::of(&found.identifiers),
        };
        let disposition = &self.0.disposition;
        if preview {
            let preview = disposition.preview_erasure(request, Some(identity)).await;
            return preview.map_err(Error::Disposition);
        }
        let actor = actor(access);
        if found.identifiers != identity.identifiers() {
            let reason = access.reason.clone().unwrap_or_else(|| JOINED.to_owned());
            self.identified(&actor, request, identity.identifiers().to_vec(), reason).await?;
        }
        disposition.plan_erasure(&actor, request).await.map_err(Error::Disposition)
    }

    async fn identified(
        &self,
        actor: &Actor,
        request: RecordId,
        identifiers: Vec<Identifier>,
        reason: String,
    ) -> Result<Decided, Error> {
        let decide = move |projection: &Projection| {
            no_open_run(projection, request)?;
            Ok(Act::Subject(SubjectAct::Identified { request, identifiers, reason }))
        };
        self.0.govern.act_on(actor, decide).await.map_err(Error::Govern)
    }

    /// Answers a request with a letter. That of an erasure tells what is gone, what is kept
    /// and why, as of now.
    ///
    /// # Errors
    /// [`Error::NoRequest`], [`Error::Language`]; when something could be erased and is
    /// still there, and that is not refused; when a run for the request is not ended.
    pub async fn answer(&self, actor: &Actor, answering: Answering) -> Result<Written, Error> {
        let Answering { request, language, from, reason, refuse, draft } = answering;
        let found = self.open_request(request, &RequestKind::ALL)?;
        let is_looked_for = found.kind == RequestKind::Erasure && !refuse;
        let account = match is_looked_for {
            false => None,
            true => Some(self.0.disposition.account(request).await.map_err(Error::Disposition)?),
        };
        if let Some(left) = account.as_ref().map(|account| account.left).filter(|left| *left > 0) {
            return Err(refused(format!(
                "{left} records of the person can be erased and are still there: plan that and \
                 have it carried out, or send `refuse` with the reason that the person is told"
            )));
        }
        let letter = Letter {
            reference: request,
            request: &found,
            from: &from,
            note: &reason,
            account: account.as_ref(),
        };
        let Some(letter) = letter.write(&language) else { return Err(Error::Language(language)) };
        if draft {
            return Ok(Written { letter, decided: None, account });
        }
        let text = letter.clone();
        let told = account.clone();
        let decide = move |projection: &Projection| {
            no_open_run(projection, request)?;
            let answered =
                Answered { request, reason, from, account: told, language, letter: text };
            Ok(Act::Subject(SubjectAct::Answered(answered)))
        };
        let decided = self.0.govern.act_on(actor, decide).await.map_err(Error::Govern)?;
        Ok(Written { letter, decided: Some(decided.record), account })
    }

    /// The letter that a request was answered with, to the byte; or in another language,
    /// which says the same. Blocks.
    ///
    /// # Errors
    /// [`Error::NoRequest`], [`Error::NotAnswered`], [`Error::Language`].
    pub fn letter(&self, request: RecordId, language: Option<&str>) -> Result<String, Error> {
        let found = self.0.govern.read(|projection| projection.subjects.request(request).cloned());
        let found = found.map_err(Error::Govern)?.ok_or(Error::NoRequest(request))?;
        let answer = found.answered.as_ref().ok_or(Error::NotAnswered(request))?;
        let told = self.0.govern.told(answer.record).map_err(Error::Govern)?;
        let Some((_, Told { act: Act::Subject(SubjectAct::Answered(answered)), .. })) = told else {
            return Err(Error::NotAnswered(request));
        };
        let language = match language {
            Some(language) if language != answered.language => language,
            Some(_) | None => return Ok(answered.letter),
        };
        let letter = Letter {
            reference: request,
            request: &found,
            from: &answered.from,
            note: &answered.reason,
            account: answered.account.as_ref(),
        };
        letter.write(language).ok_or_else(|| Error::Language(language.to_owned()))
    }

    /// A request of one of these kinds that is not answered.
    fn open_request(&self, request: RecordId, kinds: &[RequestKind]) -> Result<Request, Error> {
        let found = self.0.govern.read(|projection| projection.subjects.request(request).cloned());
        let found = found.map_err(Error::Govern)?;
        let open = found.filter(|it| it.answered.is_none() && kinds.contains(&it.kind));
        open.ok_or(Error::NoRequest(request))
    }
}

fn actor(access: &Access) -> Actor {
    Actor { who: access.who.clone(), name: access.name.clone() }
}

fn no_open_run(projection: &Projection, request: RecordId) -> Result<(), Refused> {
    match erasure::open_run(projection, request) {
        None => Ok(()),
        Some(run) => Err(Refused(format!(
            "run {run} for this request is not ended: have it carried out or rejected"
        ))),
    }
}

fn refused(why: String) -> Error {
    Error::Govern(govern::Error::Refused(Refused(why)))
}
