use super::*;

const PAGE: &str = r#"{
  "query":"invoice","total":3,"next":"c-7","searchable":9,"log":2011,
  "hits":[
    {"record":"0123456789abcdef0123456789abcdef","entry":4,"class":"message","kind":"text",
     "origin":"live","direction":"inbound","at":"2026-11-21T08:15:02Z",
     "captured":"2026-11-21T08:15:03.5Z","thread":null,"number":"4915550100001",
     "from":{"phone":"4915550100777","name":"Leyla"},"to":{"phone":"4915550100001"},
     "excerpt":[{"text":"…the\n","hit":false},{"text":"invoice","hit":true},
                {"text":" please\u001b[2J","hit":false}],"medium":null},
    {"record":"1123456789abcdef0123456789abcdef","entry":6,"class":"message","kind":"document",
     "origin":"echo","direction":"outbound","at":"2026-11-21T08:16:00Z","captured":null,
     "thread":null,"number":null,"from":null,"to":{"name":"דנה","phone":"972555010101"},
     "excerpt":[{"text":"הנה ה","hit":false},{"text":"חשבונית","hit":true}],
     "medium":{"mime":"application/pdf","file_name":"invoice.pdf"}},
    {"record":"2123456789abcdef0123456789abcdef","entry":7,"class":null,"kind":null,
     "origin":null,"direction":null,"at":"2026-11-21T08:17:00Z","captured":null,"thread":null,
     "number":null,"from":null,"to":null,"excerpt":[],"medium":null,"problem":"destroyed"}]}"#;

/// What is printed, isolates made visible as `<…>`.
fn printed(colours: bool) -> String {
    let page: SearchView = serde_json::from_str(PAGE).unwrap();
    let mut out = vec![];
    print(&page, &mut Printer::new(&mut out, colours)).unwrap();
    String::from_utf8(out).unwrap().replace('\u{2068}', "<").replace('\u{2069}', ">")
}

#[test]
fn results_are_readable() {
    insta::assert_snapshot!(printed(false), @r"
    2026-11-21 08:15:02 UTC  in   text        Leyla (4915550100777) to 4915550100001
        …the invoice please�[2J
        0123456789abcdef0123456789abcdef  entry 4

    2026-11-21 08:16:00 UTC  out  document    to <דנה> (972555010101)
        [application/pdf, invoice.pdf]
        <הנה החשבונית>
        1123456789abcdef0123456789abcdef  entry 6

    2026-11-21 08:17:00 UTC
        [destroyed: its key is gone, its entry remains]
        2123456789abcdef0123456789abcdef  entry 7

    3 found
    for more, add: --after c-7
    the newest 2002 entries are not searchable yet
    ");
}

#[test]
fn what_was_looked_for_is_painted_on_a_terminal_only() {
    assert!(printed(true).contains("\u{1b}[1;33minvoice\u{1b}[0m"));
    assert!(!printed(false).contains('\u{1b}'));
}

#[test]
fn a_party_narrows_the_whole_query() {
    assert_eq!(query("a b", None), "a b");
    assert_eq!(query("a b", Some("+49 1")), "a b party:\"+49 1\"");
    assert_eq!(query("a OR b", Some("x\"y")), "(a OR b) party:\"x y\"");
    assert_eq!(query(" ", Some("x")), "party:\"x\"");
}
