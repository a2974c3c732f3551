//! Whatever is done in whatever order: what was kept opens, what was destroyed does not.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::{Archive, Record, text};
use crate::record::Class;
use crate::seal::Error;

#[derive(Clone, Copy, Debug)]
enum Step {
    /// Seals some records of a class in a month.
    Seal(usize, u8, u8),
    /// Destroys one of those that are there.
    Destroy(prop::sample::Index),
    /// Gives the buckets of some months other keys.
    Rekey(u8),
    /// Begins anew with the same files.
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..2_usize, 1..4_u8, 1..5_u8).prop_map(|(class, month, some)| {
            Step::Seal(class, month, some)
        }),
        3 => any::<prop::sample::Index>().prop_map(Step::Destroy),
        2 => (0..8_u8).prop_map(Step::Rekey),
        1 => Just(Step::Reopen),
    ]
}

const CLASSES: [Class; 2] = [Class::Message, Class::Medium];

fn buckets(months: u8) -> BTreeSet<String> {
    let chosen = (1..4_u8).filter(|month| months & (1 << (month - 1)) != 0);
    let named = |month: u8| CLASSES.map(|class| format!("{class}-2026-{month:02}"));
    chosen.flat_map(named).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn what_is_kept_opens_and_what_was_destroyed_and_rekeyed_never_does(
        steps in prop::collection::vec(step(), 1..25),
    ) {
        let archive = Archive::new();
        let mut keyring = archive.keyring();
        let mut kept: BTreeMap<u64, Record> = BTreeMap::new();
        // Destroyed, and whether its bucket was given another key since.
        let mut destroyed: Vec<(Record, bool)> = vec![];
        let mut next = 0;
        for step in steps {
            match step {
                Step::Seal(class, month, some) => for _ in 0..some {
                    let at = format!("2026-{month:02}-05T08:00:00Z").parse().unwrap();
                    let sealed = keyring.seal(CLASSES[class], at, text(next).as_bytes()).unwrap();
                    kept.insert(next, archive.keep(next, sealed));
                    next += 1;
                },
                Step::Destroy(chosen) => if !kept.is_empty() {
                    let index = *kept.keys().nth(chosen.index(kept.len())).unwrap();
                    let record = kept.remove(&index).unwrap();
                    archive.destroy(&record);
                    destroyed.push((record, false));
                },
                Step::Rekey(months) => {
                    let buckets = buckets(months);
                    keyring.rekey(&buckets).unwrap();
                    for (record, rekeyed) in &mut destroyed {
                        *rekeyed |= buckets.contains(&record.kept.bucket);
                    }
                }
                Step::Reopen => keyring = archive.keyring(),
            }
            for (index, record) in &kept {
                let opened = record.open(&keyring).unwrap();
                prop_assert_eq!(String::from_utf8(opened.to_vec()).unwrap(), text(*index));
            }
            for (record, _) in destroyed.iter().filter(|(_, rekeyed)| *rekeyed) {
                let header = archive.store.header(record.index).unwrap();
                prop_assert_eq!(header, None);
                let copy = record.open_copy(&keyring);
                prop_assert!(matches!(copy, Err(Error::NoBucket(_))), "{:?}", copy);
            }
            prop_assert_eq!(keyring.half_rekeyed().unwrap(), BTreeSet::new());
        }
        // Every share belongs to a key that is there, and every key has its share.
        let shares: BTreeSet<_> = keyring.shares().names().unwrap().into_iter().collect();
        let rows = archive.store.bucket_names().unwrap().into_iter();
        let live: BTreeSet<_> =
            rows.filter(|row| !archive.store.bucket(row).unwrap().unwrap().is_empty()).collect();
        prop_assert_eq!(shares, live);
    }
}
