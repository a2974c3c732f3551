//! Entries of who read what, by whole months; and decisions, which stay.

use super::*;
use crate::projection::holds::{HoldAct, Placed, Scope};

/// Accesses for two months.
const ACCESSES: &str = r#"
name = "accesses"
title = "Who read what"
version = 1
authority = ["House rules, 2"]

[[rule]]
id = "accesses"
title = "Two months"
authority = ["House rules, 2.1"]
when = { class = ["access"] }
starts = "captured"
keep = { months = 2 }
then = "destroy"

[[rule]]
id = "decisions"
title = "Six years from their end"
authority = ["House rules, 2.2"]
when = { class = ["governance"] }
starts = { event = "policy_ended" }
keep = { years = 6 }
then = "review"
"#;

impl Scene {
    /// Reads a record so many times; gives the entries of the accesses.
    async fn read(&self, record: RecordId, times: usize) -> Vec<LeafIndex> {
        let from = self.archive.log.size().get();
        for _ in 0..times {
            self.archive.query.record(&fixtures::reader(), record).await.unwrap();
        }
        (from..self.archive.log.size().get()).map(LeafIndex::new).collect()
    }

    fn months(&self) -> Vec<String> {
        self.archive.keyring.months_of(Class::Access).unwrap().into_keys().collect()
    }
}

fn entries(indices: &[LeafIndex]) -> Vec<u64> {
    indices.iter().map(|index| index.get()).collect()
}

#[tokio::test]
async fn a_month_of_accesses_goes_when_the_last_of_it_is_due() {
    let scene = Scene::new(ACCESSES).await;
    let (_, kept) = scene.deliver(&[message(0, "w1", "one")]).await;
    let early = scene.read(kept[0].0, 2).await; // 21 November
    scene.pass_days(9);
    let november = [early, scene.read(kept[0].0, 1).await].concat(); // 30 November
    scene.pass_days(2);
    let december = scene.read(kept[0].0, 2).await;
    assert_eq!(scene.months(), ["access-2026-11", "access-2026-12"]);
    scene.pass_days(58); // 29 January: what was read on 21 November is due
    assert_eq!(scene.plan().await.run, None, "the month is not");
    scene.pass_days(3);
    let planned = scene.plan().await;
    assert_eq!(planned_entries(&planned), entries(&november));
    assert_eq!(planned.plan.groups[0].rule, "accesses");
    let (run, done) = scene.dispose().await;
    assert_eq!(done, Done { destroyed: 3, withheld: 0 });
    assert!(november.iter().all(|entry| !scene.is_there(*entry)));
    assert!(december.iter().all(|entry| scene.is_there(*entry)));
    assert!(scene.is_there(kept[0].1));
    assert_eq!(scene.months(), ["access-2026-12"], "its key is destroyed with it");
    assert_eq!(scene.plan().await.run, None);
    assert_eq!(scene.disposition.show(run).await.unwrap().destroyed, 3);
    scene.pass_days(10);
    assert_eq!(planned_entries(&scene.plan().await), entries(&december));
}

#[tokio::test]
async fn a_simulation_counts_accesses_by_whole_months_and_agrees_with_the_plan() {
    let scene = Scene::new(HOUSE).await;
    let (_, kept) = scene.deliver(&[message(0, "w1", "one")]).await;
    scene.read(kept[0].0, 2).await; // 21 November
    scene.pass_days(9);
    scene.read(kept[0].0, 1).await; // 30 November
    scene.pass_days(2);
    scene.read(kept[0].0, 4).await; // 2 December
    let counts = async |file: &str| {
        scene.archive.indexed().await;
        let told = scene.disposition.simulate(file.to_owned()).await.unwrap();
        let due = told.horizons.iter().map(|at| (at.due, at.held)).collect::<Vec<_>>();
        (due, told.waiting, told.unruled)
    };
    let without = ACCESSES.replace("\"access\"", "\"call\"");
    let messages = vec![(0, 0), (1, 0), (1, 0), (1, 0)];
    assert_eq!(counts(&without).await, (messages, 0, 0), "no rule is for them");
    // Of accesses the month is not over, or the last of it not due.
    let in_a_year = vec![(0, 0), (8, 0), (8, 0), (8, 0)];
    assert_eq!(counts(ACCESSES).await, (in_a_year.clone(), 0, 0));
    scene.pass_days(58);
    assert_eq!(counts(ACCESSES).await.0, in_a_year, "what is due waits for its month");
    scene.pass_days(3);
    assert_eq!(counts(ACCESSES).await.0, vec![(3, 0), (8, 0), (8, 0), (8, 0)]);
    scene.hold(fixtures::PHONE).await;
    assert_eq!(counts(ACCESSES).await.0, vec![(3, 3), (8, 8), (8, 8), (8, 8)]);
    let waits = ACCESSES.replace("\"captured\"", "{ event = \"audit_concluded\" }");
    assert_eq!(counts(&waits).await, (vec![(0, 0), (1, 1), (1, 1), (1, 1)], 7, 0));

    // Adopted, it lets go what was said.
    scene.adopt(ACCESSES).await;
    assert_eq!(scene.plan().await.held, 3);
}

#[tokio::test]
async fn an_access_of_no_rule_keeps_its_month_in_a_simulation_too() {
    let scene = Scene::new(ACCESSES).await;
    let (_, kept) = scene.deliver(&[message(0, "w1", "one")]).await;
    scene.read(kept[0].0, 2).await;
    let in_force =
        scene.archive.govern.read(|all| all.schedules.in_force("accesses").unwrap().sha256());
    let (schedule, reason) = ("accesses".to_owned(), "to be rewritten".to_owned());
    let withdrawn = ScheduleAct::Withdrawn { schedule, sha256: in_force.unwrap(), reason };
    scene.archive.govern.act(&mira(), Act::Schedule(withdrawn)).await.unwrap();
    scene.read(kept[0].0, 1).await;
    scene.pass_days(200);
    assert_eq!(scene.plan().await.run, None);
    let told = scene.disposition.simulate(HOUSE.to_owned()).await.unwrap();
    assert_eq!((told.unruled, told.horizons[0].due), (3, 0), "{told:?}");
    assert_eq!(told.horizons[1].due, 1, "the message");
}

#[tokio::test]
async fn a_hold_keeps_the_accesses_of_its_time() {
    let scene = Scene::new(ACCESSES).await;
    let (_, kept) = scene.deliver(&[message(0, "w1", "one")]).await;
    let november = scene.read(kept[0].0, 2).await;
    scene.pass_days(100);
    let run = scene.plan().await.run.unwrap();
    let scope = Scope { parties: vec!["+4915550100777".into()], ..Scope::default() };
    let placed = Placed {
        matter: "m".into(),
        custodian: "c".into(),
        reason: "r".into(),
        authority: "a".into(),
        scope,
        silent: false,
        notice: None,
    };
    let act = Act::Hold(HoldAct::Placed(placed));
    scene.archive.govern.act(&kostas(), act).await.unwrap();
    scene.disposition.approve(&kostas(), run, "read it".into()).await.unwrap();
    let done = scene.disposition.execute(&mira(), run).await.unwrap();
    assert_eq!(done, Done { destroyed: 0, withheld: 2 });
    assert!(november.iter().all(|entry| scene.is_there(*entry)));
    let planned = scene.plan().await;
    assert_eq!((planned.run, planned.held), (None, 2));
}

#[tokio::test]
async fn accesses_that_no_rule_is_for_stay() {
    let scene = Scene::new(HOUSE).await;
    let (_, kept) = scene.deliver(&[message(0, "w1", "one")]).await;
    let read = scene.read(kept[0].0, 1).await;
    scene.pass_days(4_000);
    let (_, done) = scene.dispose().await;
    assert_eq!(done.destroyed, 2, "the message and its delivery");
    assert!(scene.is_there(read[0]));
}

#[tokio::test]
async fn a_decision_is_kept_for_life_and_its_period_is_told_when_its_policy_ended() {
    let scene = Scene::new(ACCESSES).await;
    scene.adopt(HOUSE).await;
    let versions = scene.archive.govern.read(|all| all.schedules.versions().to_vec()).unwrap();
    let adopted = scene.archive.entries();
    let record = |version: usize| {
        let since = usize::try_from(versions[version].adopted.since).unwrap();
        adopted[since].kept().unwrap().record
    };
    let of_house = record(1);
    scene.archive.indexed().await;
    let explained = scene.disposition.explain(of_house).await.unwrap();
    assert!(explained.for_life && !explained.may_go);
    assert_eq!(explained.decision.due, crate::policy::Due::Waiting);
    scene.pass_days(10);
    scene.adopt(&HOUSE.replace("version = 1", "version = 2")).await;
    scene.pass_days(4_000);
    scene.archive.indexed().await;
    let explained = scene.disposition.explain(of_house).await.unwrap();
    let due: Timestamp = "2032-12-02T00:00:00Z".parse().unwrap();
    assert_eq!(explained.decision.due, crate::policy::Due::At(due), "it was replaced");
    assert!(!explained.may_go && explained.bound.unwrap().contains("life of the archive"));
    assert_eq!(scene.plan().await.run, None);
}
