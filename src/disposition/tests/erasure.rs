//! Erasure at a person's request, on a real archive: what goes, what stays and why.

use jiff::civil::date;

use super::*;
use crate::policy::consent::Notice;
use crate::policy::consent::Signals;
use crate::projection::holds::{HoldAct, Placed, Scope};
use crate::projection::runs::Cause;
use crate::projection::subjects::{
    Ground, Identifier, IdentifierKind, RequestKind, Requested, Restricted, SubjectAct, Why,
};
use crate::query::fixtures::PHONE;

const OTHER: &str = "4930111222333";

impl Scene {
    /// A request of the person with this phone number.
    pub(super) async fn request(&self, phone: &str) -> RecordId {
        let requested = SubjectAct::Requested(Requested {
            kind: RequestKind::Erasure,
            identifiers: vec![format!("+{phone}")],
            reason: "by letter, with a copy of the passport".into(),
            received: date(2026, 11, 20),
        });
        let request = self.tell(requested).await;
        let identifiers = vec![Identifier { kind: IdentifierKind::Phone, value: phone.into() }];
        let reason = "as she said".to_owned();
        self.tell(SubjectAct::Identified { request, identifiers, reason }).await;
        request
    }

    pub(super) async fn tell(&self, act: SubjectAct) -> RecordId {
        self.archive.govern.act(&mira(), Act::Subject(act)).await.unwrap().record
    }

    async fn plan_erasure(&self, request: RecordId) -> crate::disposition::erasure::PlannedErasure {
        self.archive.indexed().await;
        self.disposition.plan_erasure(&mira(), request).await.unwrap()
    }

    /// Approves and carries out.
    pub(super) async fn carry_out(&self, run: RecordId) -> Done {
        for approver in [kostas(), Actor { who: "cc03".into(), name: "Amal Board".into() }] {
            let _ = self.disposition.approve(&approver, run, "read it".into()).await;
        }
        self.disposition.execute(&mira(), run).await.unwrap()
    }

    async fn erase(&self, request: RecordId) -> (RecordId, Done) {
        let run = self.plan_erasure(request).await.run.expect("something goes");
        (run, self.carry_out(run).await)
    }

    pub(super) async fn hold(&self, phone: &str) -> RecordId {
        let placed = HoldAct::Placed(Placed {
            matter: "Matter 7".into(),
            custodian: "the desk".into(),
            reason: "a claim".into(),
            authority: "the court".into(),
            scope: Scope { parties: vec![format!("+{phone}")], ..Scope::default() },
            silent: false,
            notice: None,
        });
        self.archive.govern.act(&kostas(), Act::Hold(placed)).await.unwrap().record
    }
}

/// A status of a message to the person: no rule of the house is for it.
fn status(phone: &str, provider_id: &str) -> Record {
    let mut record = message(0, provider_id, "delivered");
    record.class = Class::Status;
    record.direction = Some(crate::record::Direction::Outbound);
    record.to = Some(crate::record::Party { phone: Some(phone.into()), ..Default::default() });
    record.from = None;
    record
}

fn said(phone: &str, provider_id: &str, text: &str) -> Record {
    let mut record = message(0, provider_id, text);
    record.from.as_mut().unwrap().phone = Some(phone.to_owned());
    record
}

/// What the archive notes beside a message that says `STOP`.
fn noted(phone: &str, kind: &str, notice: &Notice) -> Record {
    let mut record = said(phone, "noted", "");
    (record.class, record.raw) = (Class::Consent, notice.to_raw());
    (record.body.kind, record.body.text) = (kind.to_owned(), None);
    record
}

fn stop() -> Notice {
    let what = Signals::shipped().read("STOP").unwrap();
    Notice::Recognised { record: RecordId::from_bytes([7; 16]), what }
}

fn whys(kept: &[crate::projection::subjects::Kept]) -> Vec<(Class, u64, &Why)> {
    kept.iter().map(|kept| (kept.counted.class, kept.counted.records, &kept.why)).collect()
}

#[tokio::test]
async fn what_no_duty_keeps_goes_and_what_a_duty_keeps_is_told_until_when() {
    let scene = Scene::new(HOUSE).await;
    let (message_delivery, kept) = scene.deliver(&[message(0, "w1", "sell")]).await;
    let (delivery, gone) = scene.deliver(&[status(PHONE, "w2")]).await;
    let (_, other) = scene.deliver(&[status(OTHER, "w3")]).await;
    let request = scene.request(PHONE).await;
    let planned = scene.plan_erasure(request).await;
    assert_eq!(planned.plan.cause, Cause::Erasure { request });
    let listed: Vec<u64> = listed(&planned.plan).iter().map(LeafIndex::get).collect();
    assert_eq!(listed, [delivery.get(), gone[0].1.get()]);
    let [(Class::Message, 1, Why::Duty { rule, authority, until })] = whys(&planned.kept)[..]
    else {
        panic!("{planned:?}")
    };
    assert_eq!(rule, "house/messages");
    assert_eq!(authority, &["House rules, 1.2"]);
    assert_eq!(*until, "2027-11-22T00:00:00Z".parse().unwrap());

    let done = scene.carry_out(planned.run.unwrap()).await;
    assert_eq!(done, Done { destroyed: 2, withheld: 0 });
    assert!(!scene.is_there(gone[0].1) && !scene.is_there(delivery));
    for index in [kept[0].1, message_delivery, other[0].1] {
        assert!(scene.is_there(index));
    }
    let account = scene.disposition.account(request).await.unwrap();
    assert_eq!((account.left, account.runs.len()), (0, 1));
    let destroyed: Vec<_> =
        account.destroyed.iter().map(|counted| (counted.class, counted.records)).collect();
    assert_eq!(destroyed, [(Class::Delivery, 1), (Class::Status, 1)]);
    assert_eq!(whys(&account.kept), whys(&planned.kept));

    // Once the year is over the message goes as well, before any schedule's run.
    scene.pass_days(367);
    let (run, done) = scene.erase(request).await;
    assert_eq!(done, Done { destroyed: 2, withheld: 0 });
    assert!(!scene.is_there(kept[0].1) && scene.is_there(other[0].1));
    scene.archive.signed().await;
    let certificate = scene.disposition.certificate(run).await.unwrap().unwrap();
    let proven = certificate.verify(&[scene.archive.log.verifier_key().clone()]).unwrap();
    assert_eq!((proven.run, proven.records), (run, 2));
    let rule = format!("\nrule erasure/{request} records 2 schedule ");
    assert!(certificate.text.contains(&rule), "{}", certificate.text);
}

#[tokio::test]
async fn a_maximum_alone_keeps_nothing_from_erasure() {
    let most = HOUSE.replace("keep = {", "max = {");
    let scene = Scene::new(&most).await;
    let (_, gone) = scene.deliver(&[message(0, "w1", "sell")]).await;
    let request = scene.request(PHONE).await;
    assert_eq!(scene.plan().await.run, None, "it is not due yet");
    let (_, done) = scene.erase(request).await;
    assert_eq!(done.destroyed, 2);
    assert!(!scene.is_there(gone[0].1));
}

#[tokio::test]
async fn what_waits_for_an_event_is_a_duty_without_an_end() {
    let contract = HOUSE.replace("starts = \"message\"", "starts = { event = \"contract_end\" }");
    let scene = Scene::new(&contract).await;
    scene.deliver(&[message(0, "w1", "terms")]).await;
    let request = scene.request(PHONE).await;
    scene.pass_days(4000);
    let planned = scene.plan_erasure(request).await;
    assert_eq!(planned.run, None);
    assert!(matches!(whys(&planned.kept)[..], [(_, 1, Why::DutyAfter { .. })]), "{planned:?}");
}

#[tokio::test]
async fn a_hold_wins_before_and_after_the_plan_and_is_not_named() {
    let scene = Scene::new(HOUSE).await;
    let (_, held) = scene.deliver(&[status(PHONE, "w1")]).await;
    let request = scene.request(PHONE).await;
    let run = scene.plan_erasure(request).await.run.unwrap();
    let hold = scene.hold(PHONE).await;
    let done = scene.carry_out(run).await;
    assert_eq!(done, Done { destroyed: 0, withheld: 1 });
    assert!(scene.is_there(held[0].1));
    let shown = scene.disposition.show(run).await.unwrap();
    assert!(!format!("{:?}", shown.withheld).contains(&hold.to_string()));
    let planned = scene.plan_erasure(request).await;
    assert_eq!(whys(&planned.kept), [(Class::Status, 1, &Why::Claim)]);
    assert_eq!(planned.run, None);
    let told = serde_json::to_string(&planned).unwrap();
    assert!(!told.contains(&hold.to_string()) && !told.contains("Matter"), "{told}");
}

#[tokio::test]
async fn a_record_of_somebody_else_keeps_its_own_when_the_delivery_of_both_goes() {
    let scene = Scene::new(HOUSE).await;
    let (delivery, both) = scene.deliver(&[status(PHONE, "w1"), said(OTHER, "w2", "buy")]).await;
    let request = scene.request(PHONE).await;
    let (_, done) = scene.erase(request).await;
    assert_eq!(done.destroyed, 2);
    assert!(!scene.is_there(delivery) && !scene.is_there(both[0].1));
    assert!(scene.is_there(both[1].1));
    scene.archive.query.record(&fixtures::reader(), both[1].0).await.unwrap();
    // A hold on the other's record keeps the delivery, and so this person's.
    let (_, both) = scene.deliver(&[status(PHONE, "w3"), said(OTHER, "w4", "buy")]).await;
    scene.hold(OTHER).await;
    let planned = scene.plan_erasure(request).await;
    assert_eq!(whys(&planned.kept), [(Class::Status, 1, &Why::Claim)]);
    assert!(scene.is_there(both[0].1));
}

#[tokio::test]
async fn who_has_a_recycled_number_now_is_not_erased_with_who_had_it() {
    let scene = Scene::new(HOUSE).await;
    let (_, hers) = scene.deliver(&[status(PHONE, "w1")]).await;
    let mut his = status(PHONE, "w2");
    his.to.as_mut().unwrap().user_id = Some("DE.999".into());
    let (_, his) = scene.deliver(&[his]).await;
    let request = scene.request(PHONE).await;
    let (_, done) = scene.erase(request).await;
    assert_eq!(done.destroyed, 2);
    assert!(!scene.is_there(hers[0].1) && scene.is_there(his[0].1));
}

#[tokio::test]
async fn a_refusal_stays_so_that_it_is_heeded_also_after_a_restart() {
    let scene = Scene::new(HOUSE).await;
    let joined = Notice::Joined { record: RecordId::from_bytes([8; 16]) };
    let (_, refusal) = scene.deliver(&[noted(PHONE, "opt_out", &stop())]).await;
    let mut join = noted(PHONE, "joined", &joined);
    join.body.mentions =
        vec![crate::record::Party { user_id: Some("DE.5".into()), ..Default::default() }];
    let (_, join) = scene.deliver(&[join]).await;
    let (_, gone) = scene.deliver(&[status(PHONE, "w1")]).await;
    let request = scene.request(PHONE).await;
    let planned = scene.plan_erasure(request).await;
    assert_eq!(whys(&planned.kept), [(Class::Consent, 2, &Why::Refusal)]);
    scene.carry_out(planned.run.unwrap()).await;
    assert!(scene.is_there(refusal[0].1) && scene.is_there(join[0].1));
    assert!(!scene.is_there(gone[0].1));
    let Archive { log, keyring, clock, .. } = &scene.archive;
    let again = Govern::open(log.clone(), Arc::clone(keyring), clock.clone()).unwrap();
    let mark = crate::policy::Mark::of(PHONE);
    let refusals = again.read(|all| all.consent.refusals(mark, clock.now())).unwrap();
    assert!(refusals.contains(&refusal[0].0));
}

#[tokio::test]
async fn a_restriction_keeps_records_from_schedules_and_from_erasure_until_it_is_lifted() {
    let scene = Scene::new(HOUSE).await;
    let (_, kept) = scene.deliver(&[message(0, "w1", "sell")]).await;
    scene.pass_days(400);
    let run = scene.plan().await.run.unwrap();
    let restricted = |ground| Restricted {
        identifiers: vec![Identifier { kind: IdentifierKind::Phone, value: PHONE.into() }],
        ground,
        reason: "she needs them in court".into(),
        request: None,
    };
    let restriction = scene.tell(SubjectAct::Restricted(restricted(Ground::Claims))).await;
    // Planned before, and kept.
    assert_eq!(scene.carry_out(run).await, Done { destroyed: 0, withheld: 1 });
    let planned = scene.plan().await;
    assert_eq!((planned.run, planned.restricted), (None, 1));
    let explained = scene.disposition.explain(kept[0].0).await.unwrap();
    assert!(!explained.may_go);
    assert!(explained.bound.unwrap().contains(&restriction.to_string()));
    let request = scene.request(PHONE).await;
    let planned = scene.plan_erasure(request).await;
    assert_eq!(whys(&planned.kept), [(Class::Message, 1, &Why::Restricted)]);
    let lifted = crate::projection::subjects::Lifted {
        restriction,
        reason: "the suit is over".into(),
        informed: "by letter of yesterday".into(),
    };
    scene.tell(SubjectAct::Lifted(lifted)).await;
    // Who objects does not want anything kept.
    scene.tell(SubjectAct::Restricted(restricted(Ground::Objection))).await;
    assert_eq!(scene.erase(request).await.1.destroyed, 2);
    assert!(!scene.is_there(kept[0].1));
}

#[tokio::test]
async fn a_request_has_one_run_at_a_time_and_must_say_who_is_meant() {
    let scene = Scene::new(HOUSE).await;
    scene.deliver(&[status(PHONE, "w1")]).await;
    let request = scene.request(PHONE).await;
    let run = scene.plan_erasure(request).await.run.unwrap();
    let again = scene.disposition.plan_erasure(&mira(), request).await.unwrap_err();
    assert!(format!("{again}").contains(&run.to_string()), "{again}");
    scene.disposition.reject(&kostas(), run, "not yet".into()).await.unwrap();
    scene.plan_erasure(request).await.run.unwrap();

    let unknown = RecordId::from_bytes([9; 16]);
    assert!(scene.disposition.plan_erasure(&mira(), unknown).await.is_err());
    let nobody = SubjectAct::Requested(Requested {
        kind: RequestKind::Erasure,
        identifiers: vec!["+49 1555".into()],
        reason: "by letter".into(),
        received: date(2026, 11, 20),
    });
    let nobody = scene.tell(nobody).await;
    let refused = scene.disposition.plan_erasure(&mira(), nobody).await.unwrap_err();
    assert!(refused.to_string().contains("identifiers"), "{refused}");
}

#[tokio::test]
async fn an_erasure_that_was_interrupted_is_finished_at_the_next_start() {
    let scene = Scene::new(HOUSE).await;
    let (delivery, gone) = scene.deliver(&[status(PHONE, "w1")]).await;
    let (_, later) = scene.deliver(&[status(PHONE, "w2")]).await;
    let request = scene.request(PHONE).await;
    let run = scene.plan_erasure(request).await.run.unwrap();
    for approver in [kostas(), Actor { who: "cc03".into(), name: "Amal Board".into() }] {
        let _ = scene.disposition.approve(&approver, run, "read it".into()).await;
    }
    scene.disposition.act(&mira(), DispositionAct::Started { run }).await.unwrap();
    let sets = crate::entry::Ranges::covering([delivery, gone[0].1]);
    let drafts = sets.into_iter().map(|set| Draft::destroyed(run, set)).collect();
    scene.archive.log.append(Group::all(drafts)).await.unwrap();
    let again = super::disposition(&scene.archive);
    let done = again.resume().await.unwrap().unwrap();
    assert_eq!(done, Done { destroyed: 4, withheld: 0 });
    for index in [delivery, gone[0].1, later[0].1] {
        assert!(!scene.is_there(index));
    }
    assert_eq!(again.account(request).await.unwrap().left, 0);
}
