//! Files of signals, good and bad.

use super::*;

const HEADER: &str = "subject,kind,purposes,channel,number,at,expires,language,version,wording,jurisdiction,legal_basis,reference";

fn file(lines: &[&str]) -> Vec<u8> {
    format!("{HEADER}\n{}\n", lines.join("\n")).into_bytes()
}

fn read(book: &Book, file: &[u8]) -> Import {
    Import::read(file, &book.ledger, at(9 * HOUR)).unwrap()
}

const GOOD: &str = "+49 1555 0100777|DE.555,opt_in,marketing ai,whatsapp,4915550100100,1970-01-01T00:01:00Z,1970-01-01T05:00:00Z,de,v3,\"Ja, gern\",DE,GDPR 6(1)(a),crm 12";

#[test]
fn a_good_file_is_taken_whole_with_its_digest_and_its_lines_as_evidence() {
    let mut book = Book::new();
    let second = "4915550100888,opt_out,all,,,1970-01-01T00:01:00+00:00,,,,,,,";
    let mut bytes = b"\xEF\xBB\xBF".to_vec();
    bytes.extend(file(&[GOOD, second]));
    let import = read(&book, &bytes);
    assert_eq!(import.lines, [(2, LineOutcome::New), (3, LineOutcome::New)]);
    book.act(&import.act.unwrap()).unwrap();
    let given = &book.ledger.history(Mark::of("DE.555"))[0];
    assert_eq!(given.id.line, 2);
    assert_eq!(given.signal.evidence.sha256.as_deref(), Some(import.sha256.as_str()));
    assert_eq!(given.signal.evidence.reference.as_deref(), Some("crm 12"));
    assert_eq!(given.signal.wording.as_ref().unwrap().text.as_deref(), Some("Ja, gern"));
    assert_eq!(given.by.as_ref().unwrap().1, "Dana");
    assert_eq!(book.state(MIRA, Purpose::Ai, at(100)), State::Given);
    assert_eq!(book.state("4915550100888", Purpose::Ai, at(100)), State::Withdrawn);
}

#[test]
fn what_is_known_is_a_duplicate_in_the_archive_and_in_the_file() {
    let mut book = Book::new();
    let bytes = file(&[GOOD, GOOD]);
    let import = read(&book, &bytes);
    assert_eq!(import.lines, [(2, LineOutcome::New), (3, LineOutcome::Duplicate)]);
    book.act(&import.act.unwrap()).unwrap();
    let again = read(&book, &bytes);
    assert_eq!(again.lines, [(2, LineOutcome::Duplicate), (3, LineOutcome::Duplicate)]);
    assert!(again.act.is_none());
}

#[test]
fn one_bad_line_keeps_the_whole_file_out_and_each_says_why() {
    let book = Book::new();
    let cases = [
        ("a,opt_in,marketing", "it has 3 columns"),
        (",opt_in,marketing,,,1970-01-01T00:01:00Z,,,,,,,", "subject"),
        ("1,yes,marketing,,,1970-01-01T00:01:00Z,,,,,,,", "kind"),
        ("1,opt_in,everything,,,1970-01-01T00:01:00Z,,,,,,,", "purposes"),
        ("1,opt_in,,,,1970-01-01T00:01:00Z,,,,,,,", "purposes"),
        ("1,opt_in,all,e mail,,1970-01-01T00:01:00Z,,,,,,,", "channel"),
        ("1,opt_in,all,,,1970-01-01,,,,,,,", "at: write a moment"),
        ("1,opt_in,all,,,2970-01-01T00:00:00Z,,,,,,,", "in the future"),
        ("1,opt_in,all,,,1970-01-01T00:01:00Z,1970-01-01T00:00:00Z,,,,,,", "expires"),
    ];
    let mut lines = vec![GOOD];
    lines.extend(cases.map(|(line, _)| line));
    let import = read(&book, &file(&lines));
    assert!(import.act.is_none());
    assert_eq!(import.lines[0], (2, LineOutcome::New));
    for ((line, why), (at, outcome)) in cases.iter().zip(&import.lines[1..]) {
        let LineOutcome::Refused(told) = outcome else { panic!("{line}: {outcome:?}") };
        assert!(told.contains(why), "line {at} {line}: {told}");
    }
}

#[test]
fn a_line_is_counted_as_an_editor_counts_it() {
    let book = Book::new();
    let two_lines = GOOD.replace("Ja, gern", "Ja,\ngern");
    let import = read(&book, &file(&[&two_lines, "bad"]));
    assert_eq!(import.lines[0], (2, LineOutcome::New));
    assert_eq!(import.lines[1].0, 4);
}

#[test]
fn what_is_no_such_file_is_refused_at_once() {
    let book = Book::new();
    let refused =
        |file: &[u8]| Import::read(file, &book.ledger, at(9 * HOUR)).unwrap_err().to_string();
    assert!(refused(b"").contains("the first line must be exactly: subject,kind"));
    assert!(refused(b"phone;state\n").contains("the first line"));
    assert!(refused(b"\xff\xfe").contains("UTF-8"));
    assert!(refused(&vec![b'x'; IMPORT_BYTES_MAX + 1]).contains("bytes"));
    assert!(refused(&file(&vec!["x"; LINES_MAX + 1])).contains("lines"));
    let mut latin1 = file(&[GOOD]);
    latin1.extend(b"M\xfcller,opt_in,all,,,1970-01-01T00:01:00Z,,,,,,,\n");
    let told = read(&book, &latin1).lines;
    assert!(
        matches!(&told[1], (3, LineOutcome::Refused(why)) if why.contains("UTF-8")),
        "{told:?}"
    );
}

#[test]
fn one_person_has_only_so_many_lines_and_the_largest_file_is_read_and_taken() {
    let mut book = Book::new();
    let line = |who: usize, number: usize| {
        format!("49{who},opt_in,all,,{number},1970-01-01T00:01:00Z,,,,,,,")
    };
    let of_one: Vec<String> = (0..1001).map(|number| line(1, number)).collect();
    let of_one: Vec<&str> = of_one.iter().map(String::as_str).collect();
    let import = read(&book, &file(&of_one));
    assert!(import.act.is_none());
    assert!(
        matches!(&import.lines[1000], (1002, LineOutcome::Refused(why)) if why.contains("one person"))
    );
    let all: Vec<String> = (0..LINES_MAX).map(|at| line(at / 1000, at)).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    let import = read(&book, &file(&all));
    book.act(&import.act.unwrap()).unwrap();
    assert_eq!(book.ledger.history(Mark::of("499")).len(), 1000);
    let more = format!("490,opt_in,all,,{LINES_MAX},1970-01-01T00:01:00Z,,,,,,,");
    let refused = read(&book, &file(&[&more])).lines;
    assert!(matches!(&refused[0], (2, LineOutcome::Refused(why)) if why.contains("already")));
}
