//! Random sequences of what happens to an index, against a model that knows every record.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::Index as Any;

use super::archive::{Archive, Running};
use crate::entry::Ranges;
use crate::index::Selection;
use crate::index::fixtures::Draft;
use crate::index::language::parse;
use crate::log;
use crate::record::RecordId;
use crate::store::Commit;
use crate::tlog::LeafIndex;

const WORDS: [&str; 3] = ["wire", "invoice", "meeting"];
const PHONES: [&str; 3] = ["4915550100777", "390655501234", "15550100999"];

#[derive(Clone, Debug)]
enum Step {
    /// A record comes in: its word and its party.
    Append(usize, usize),
    /// The searchable state is waited for.
    CatchUp,
    /// Records are destroyed and erased, in the order that disposition takes.
    Destroy(Vec<Any>),
    /// The log says that records are destroyed; nobody erases.
    Say(Vec<Any>),
    /// The index is erased from without a change in the log: an interrupted run's again.
    EraseAgain,
    Restart,
    DeleteTheIndex,
}

fn steps() -> impl Strategy<Value = Step> {
    let some = || prop::collection::vec(any::<Any>(), 1..5);
    prop_oneof![
        12 => (0..WORDS.len(), 0..PHONES.len()).prop_map(|(word, phone)| Step::Append(word, phone)),
        2 => Just(Step::CatchUp),
        3 => some().prop_map(Step::Destroy),
        1 => some().prop_map(Step::Say),
        1 => Just(Step::EraseAgain),
        1 => Just(Step::Restart),
        1 => Just(Step::DeleteTheIndex),
    ]
}

struct Model {
    archive: Archive,
    /// What is there, and its word and party.
    alive: BTreeMap<LeafIndex, (usize, usize)>,
    gone: Selection,
}

impl Model {
    fn destroy(&mut self, which: &[Any]) {
        let picked = which.iter().filter(|_| !self.alive.is_empty());
        let picked = picked.map(|any| *any.get(&self.alive.keys().copied().collect::<Vec<_>>()));
        let picked: Selection = picked.collect();
        for ranges in Ranges::covering(picked.iter()) {
            let draft = log::Draft::destroyed(RecordId::from_bytes([7; 16]), ranges);
            self.archive.log().append_blocking(log::Group::of(draft)).unwrap();
        }
        let mut commit = Commit::default();
        picked.iter().for_each(|entry| commit.destroy_sealed(entry));
        self.archive.log().store().commit(commit).unwrap();
        self.alive.retain(|entry, _| !picked.contains(*entry));
        self.gone.unite(&picked);
    }

    fn check(&self, running: &Running) -> Result<(), TestCaseError> {
        running.catch_up();
        let of = |holds: &dyn Fn(&(usize, usize)) -> bool| {
            let some = self.alive.iter().filter(|(_, record)| holds(record));
            some.map(|(entry, _)| *entry).collect::<Selection>()
        };
        let selected = |query: &str| running.index.select(&parse(query).unwrap()).unwrap().entries;
        prop_assert_eq!(selected("*"), of(&|_| true));
        for (at, word) in WORDS.iter().enumerate() {
            prop_assert_eq!(selected(word), of(&|record| record.0 == at), "{}", word);
        }
        for (at, phone) in PHONES.iter().enumerate() {
            let found = selected(&format!("party:+{phone}"));
            prop_assert_eq!(found, of(&|record| record.1 == at), "{}", phone);
        }
        let mut told = Selection::new();
        running.index.facts(|entry, _| assert!(told.insert(entry))).unwrap();
        prop_assert_eq!(told, of(&|_| true));
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn whatever_happens_it_finds_what_is_there_and_nothing_else(
        steps in prop::collection::vec(steps(), 1..40),
    ) {
        let archive = Archive::new();
        let mut model = Model { archive, alive: BTreeMap::new(), gone: Selection::new() };
        let mut running = model.archive.run();
        for step in steps {
            match step {
                Step::Append(word, phone) => {
                    let draft = Draft::inbound(PHONES[phone], WORDS[word]);
                    let (_, entry) = model.archive.append(draft);
                    model.alive.insert(entry, (word, phone));
                }
                Step::CatchUp => model.check(&running)?,
                Step::Destroy(which) => {
                    model.destroy(&which);
                    running.index.erase(&model.gone).unwrap();
                }
                Step::Say(which) => model.destroy(&which),
                Step::EraseAgain => running.index.erase(&model.gone).unwrap(),
                Step::Restart => {
                    running.stop();
                    running = model.archive.run();
                }
                Step::DeleteTheIndex => {
                    running.stop();
                    // A merge that was on its way when it stopped may write its last file yet.
                    while std::fs::remove_dir_all(model.archive.index_dir()).is_err() {}
                    running = model.archive.run();
                }
            }
        }
        model.check(&running)?;
        running.stop();
    }
}
