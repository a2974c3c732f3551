//! The search library's own use of the directory.

use tantivy::collector::Count;
use tantivy::query::{AllQuery, TermQuery};
use tantivy::schema::{FAST, Field, IndexRecordOption, STORED, STRING, Schema, TEXT};
use tantivy::{Index, IndexWriter, Term, doc};

use super::*;

const CANARY: &str = "canarywordthatstandsnowhereelse";
const CANARY_NUMBER: &str = "4915550100777";

fn schema() -> (Schema, Field, Field) {
    let mut builder = Schema::builder();
    let text = builder.add_text_field("text", TEXT | STORED);
    let number = builder.add_text_field("number", STRING | FAST | STORED);
    (builder.build(), text, number)
}

fn count(index: &Index, term: Term) -> usize {
    let searcher = index.reader().unwrap().searcher();
    searcher.search(&TermQuery::new(term, IndexRecordOption::Basic), &Count).unwrap()
}

fn names(place: &Place) -> Vec<String> {
    let entries = fs::read_dir(place.dir.path()).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// Two segments with a hundred documents each.
fn fill(place: &Place) -> (Index, IndexWriter) {
    let (schema, text, number) = schema();
    let index = Index::create(place.open(), schema, tantivy::IndexSettings::default()).unwrap();
    let mut writer = index.writer_with_num_threads(1, 15_000_000).unwrap();
    writer.set_merge_policy(Box::new(tantivy::merge_policy::NoMergePolicy));
    for batch in 0..2 {
        for row in 0..100 {
            let body = format!("{CANARY} row{row} of batch{batch}");
            writer.add_document(doc!(text => body, number => CANARY_NUMBER)).unwrap();
        }
        writer.commit().unwrap();
    }
    (index, writer)
}

#[test]
fn an_index_is_written_reopened_searched_merged_and_cleaned() {
    let place = Place::new();
    let (index, mut writer) = fill(&place);
    let (_, text, number) = schema();
    assert_eq!(index.searchable_segment_ids().unwrap().len(), 2);
    let before = names(&place);
    writer.delete_term(Term::from_field_text(text, "row7"));
    writer.commit().unwrap();
    writer.merge(&index.searchable_segment_ids().unwrap()).wait().unwrap();
    writer.garbage_collect_files().wait().unwrap();
    drop((index, writer));

    let index = Index::open(place.open()).unwrap();
    assert_eq!(index.searchable_segment_ids().unwrap().len(), 1);
    assert_eq!(count(&index, Term::from_field_text(text, CANARY)), 198);
    assert_eq!(count(&index, Term::from_field_text(text, "row7")), 0);
    assert_eq!(count(&index, Term::from_field_text(number, CANARY_NUMBER)), 198);
    assert!(index.validate_checksum().unwrap().is_empty());
    let after = names(&place);
    let segments = |names: &[String]| names.iter().filter(|name| name.ends_with(".idx")).count();
    assert_eq!((segments(&before), segments(&after)), (2, 1), "{after:?}");
}

#[test]
fn no_plaintext_reaches_the_disk() {
    let place = Place::new();
    let (_index, writer) = fill(&place);
    drop(writer);
    let mut whole = 0;
    for name in names(&place) {
        let bytes = place.bytes(&name);
        for canary in [CANARY, CANARY_NUMBER, "canaryword", "segments", "num_docs", "batch1"] {
            let found = bytes.windows(canary.len()).any(|window| window == canary.as_bytes());
            assert!(!found, "{canary} in {name}");
        }
        whole += bytes.len();
    }
    assert!(whole > 2000, "an index was written");
}

#[test]
fn a_new_searcher_sees_a_commit() {
    let place = Place::new();
    let (index, mut writer) = fill(&place);
    let (_, text, number) = schema();
    let reader = index.reader().unwrap();
    assert_eq!(reader.searcher().search(&AllQuery, &Count).unwrap(), 200);
    writer.add_document(doc!(text => "one more", number => "1")).unwrap();
    writer.commit().unwrap();
    reader.reload().unwrap();
    assert_eq!(reader.searcher().search(&AllQuery, &Count).unwrap(), 201);
}

#[test]
fn damage_to_any_file_is_an_error_and_never_another_answer() {
    let place = Place::new();
    drop(fill(&place));
    let (_, text, _) = schema();
    for name in names(&place).into_iter().filter(|name| !name.ends_with(".lock")) {
        let whole = place.bytes(&name);
        let mut damaged = whole.clone();
        let middle = damaged.len() / 2;
        damaged[middle] ^= 1;
        place.put(&name, &damaged);
        let answer = Index::open(place.open()).and_then(|index| {
            let searcher = index.reader()?.searcher();
            let term = Term::from_field_text(text, CANARY);
            searcher.search(&TermQuery::new(term, IndexRecordOption::WithFreqsAndPositions), &Count)
        });
        assert!(matches!(answer, Ok(200) | Err(_)), "{name}: {answer:?}");
        let opened = place.read(&name);
        assert!(opened.is_err(), "{name} was read with a byte flipped");
        place.put(&name, &whole);
    }
}

#[test]
fn the_writers_lock_does_not_outlive_the_writer() {
    let place = Place::new();
    drop(fill(&place));
    let index = Index::open(place.open()).unwrap();
    let writer: IndexWriter = index.writer_with_num_threads(1, 15_000_000).unwrap();
    let second = Index::open(place.open())
        .unwrap()
        .writer_with_num_threads::<tantivy::TantivyDocument>(1, 15_000_000);
    assert!(matches!(second, Err(tantivy::TantivyError::LockFailure(..))));
    drop(writer);
}
