//! Tags in a decade: put on records, on what a query finds, on conversations, parties and
//! numbers; and taken again, by two people.

use super::{NUMBERS, PARTIES, WORDS, World};
use crate::disposition::tests::years::model::{Model, On, Putting};
use crate::disposition::tests::{kostas, mira};
use crate::entry::Ranges;
use crate::govern::{Actor, Decided, Error};
use crate::index::language;
use crate::projection::Act;
use crate::projection::tags::{self, Put, TagAct};
use crate::record::Class;

/// As they are written when they are put; rules have them in small letters.
pub(super) const TAGS: [&str; 3] = ["Contract", "Audit 2026", "متابعة"];

impl World {
    pub(super) async fn put_tag(&mut self, model: &mut Model) {
        let tag = self.dice.pick(TAGS.len());
        let found = match self.dice.throw(5) {
            0 => self.some_records(model),
            1 => self.found_records(model).await,
            2 => self.conversation(model).await,
            3 => {
                let party = self.dice.pick(PARTIES.len());
                let named = format!("+{}", PARTIES[party]);
                Some((tags::On::Party { party: named }, On::Party(party)))
            }
            _ => {
                let number = self.dice.pick(NUMBERS.len());
                let (phone, id) = NUMBERS[number];
                let named = if self.dice.throw(2) == 0 { phone } else { id };
                Some((tags::On::Number { number: named.to_owned() }, On::Number(number)))
            }
        };
        let Some((said, on)) = found else { return };
        let put = Put { tag: TAGS[tag].to_owned(), on: said, reason: "the board".into() };
        let decided = self.step(&mira(), TagAct::Put(put)).await.unwrap();
        let (id, since) = (decided.record, decided.index);
        model.puttings.push(Putting { id, tag, on, since, is_asked: false, is_taken: false });
    }

    /// Up to four records that are there.
    fn some_records(&mut self, model: &Model) -> Option<(tags::On, On)> {
        let there: Vec<_> = model.records.iter().filter(|told| !told.gone).collect();
        let mut picked = vec![];
        for _ in 0..=self.dice.throw(4) {
            picked.push(there.get(self.dice.pick(there.len().max(1)))?);
        }
        let records = picked.iter().map(|told| told.record).collect();
        let mut entries: Vec<_> = picked.iter().map(|told| told.index).collect();
        entries.sort_unstable();
        entries.dedup();
        let sets = Ranges::covering(entries.iter().copied());
        Some((tags::On::Records { records, entries: sets }, On::Records(entries)))
    }

    /// The messages with a word, as the index finds them.
    async fn found_records(&mut self, model: &Model) -> Option<(tags::On, On)> {
        let word = WORDS[self.dice.pick(WORDS.len())];
        self.scene.archive.indexed().await;
        let query = format!("class:message {word}");
        let selected = self.scene.archive.index.select(&language::parse(&query).unwrap()).unwrap();
        let there = model
            .records
            .iter()
            .filter(|told| (told.class, told.word) == (Class::Message, word) && !told.gone);
        let entries: Vec<_> = there.map(|told| told.index).collect();
        assert_eq!(selected.entries.iter().collect::<Vec<_>>(), entries, "seed {}", self.seed);
        if entries.is_empty() {
            return None;
        }
        let sets = Ranges::covering(entries.iter().copied());
        let searched = selected.searchable.get();
        Some((tags::On::Query { query, searched, entries: sets }, On::Records(entries)))
    }

    async fn conversation(&mut self, model: &Model) -> Option<(tags::On, On)> {
        let there: Vec<_> = model.records.iter().filter(|told| !told.gone).collect();
        let told = there.get(self.dice.pick(there.len().max(1)))?;
        self.scene.archive.indexed().await;
        let thread = self.scene.archive.index.thread_of(told.record).unwrap().unwrap();
        let (party, number) = (told.party, told.number);
        Some((tags::On::Thread { thread: thread.to_string() }, On::Thread { party, number }))
    }

    /// Somebody wants a tag taken; some weeks later somebody else agrees, or does not.
    pub(super) async fn take_tag(&mut self, model: &mut Model) {
        let open: Vec<usize> =
            (0..model.puttings.len()).filter(|at| !model.puttings[*at].is_taken).collect();
        let Some(at) = open.get(self.dice.pick(open.len().max(1))) else { return };
        let found = &mut model.puttings[*at];
        let (putting, reason) = (found.id, "as was found since".to_owned());
        if !found.is_asked {
            self.step(&mira(), TagAct::Taken { putting, reason }).await.unwrap();
            found.is_asked = true;
        } else if self.dice.throw(4) == 0 {
            self.step(&kostas(), TagAct::Kept { putting, reason }).await.unwrap();
            found.is_asked = false;
        } else {
            let agreed = TagAct::TakingApproved { putting, reason };
            assert!(self.step(&mira(), agreed.clone()).await.is_err(), "seed {}", self.seed);
            self.step(&kostas(), agreed).await.unwrap();
            found.is_taken = true;
        }
    }

    async fn step(&self, actor: &Actor, act: TagAct) -> Result<Decided, Error> {
        self.scene.archive.govern.act(actor, Act::Tag(act)).await
    }
}
