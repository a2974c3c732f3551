use std::collections::BTreeSet;

use proptest::prelude::*;
use zeroize::Zeroizing;

use super::*;
use crate::tlog::checkpoint::{self, Checkpoint};
use crate::tlog::note::{BadKey, CosigningKey, SigningKey};
use crate::tlog::{TreeSize, leaf_hash};

fn cosigner(number: u8) -> CosigningKey {
    let name = format!("witness.example/{number}").parse().unwrap();
    CosigningKey::from_seed(name, Zeroizing::new([number; 32]))
}

fn vkey(number: u8) -> VerifierKey {
    cosigner(number).verifier().clone()
}

fn log_key() -> SigningKey {
    SigningKey::from_seed("log.example/1".parse().unwrap(), Zeroizing::new([77; 32]))
}

/// `witness W1 …` to `witness W<count> …`.
fn witnesses(count: u8) -> String {
    (1..=count).map(|number| format!("witness W{number} {}\n", vkey(number))).collect()
}

fn refusal(text: &str) -> BadPolicy {
    text.parse::<Policy>().unwrap_err()
}

fn problem(text: &str) -> (usize, PolicyProblem) {
    let refused = refusal(text);
    let BadPolicy::Line { line, problem } = refused else { panic!("{text}: {refused}") };
    (line, problem)
}

#[test]
fn the_example_of_the_specification_means_what_it_says() {
    let text = format!(
        "log {}\n\n# Two of the Xs …\nwitness X1 {}\nwitness X2 {}\nwitness X3 {}\n\
         group X-witnesses 2 X1 X2 X3\n\n\twitness  Y1\t{} \nwitness Y2 {}\n\
         group Y-witnesses any Y1 Y2\n # … and a Y\n\
         group X-and-Y all X-witnesses Y-witnesses\nquorum X-and-Y\n",
        log_key().verifier(),
        vkey(1),
        vkey(2),
        vkey(3),
        vkey(4),
        vkey(5),
    );
    let policy: Policy = text.parse().unwrap();
    assert_eq!((policy.logs().len(), policy.witnesses().len()), (1, 5));
    for (names, met) in [
        (&["X1", "X2", "Y1"][..], true),
        (&["X1", "X3", "Y2"], true),
        (&["X1", "X2", "X3", "Y1", "Y2"], true),
        (&["X1", "X2", "X3"], false),
        (&["X1", "Y1", "Y2"], false),
        (&["X1", "X1", "Y1"], false),
        (&["X-and-Y"], false),
        (&[], false),
    ] {
        assert_eq!(policy.is_met_by(names), met, "{names:?}");
    }
}

#[test]
fn one_witness_or_none_can_be_the_quorum() {
    let one: Policy = format!("{}quorum W2\n", witnesses(2)).parse().unwrap();
    assert!(one.is_met_by(&["W2"]) && !one.is_met_by(&["W1"]));
    let none: Policy = "quorum none".parse().unwrap();
    assert!(none.is_met_by(&[]));
    assert!(none.logs().is_empty() && none.witness_keys().is_empty());
}

#[test]
fn addresses_are_kept_and_may_be_absent() {
    let text = format!(
        "log {} https://log.example/a\nwitness W {} https://w.example/\nquorum W\n",
        log_key().verifier(),
        vkey(1),
    );
    let policy: Policy = text.parse().unwrap();
    assert_eq!(policy.logs()[0].url(), Some("https://log.example/a"));
    assert_eq!(policy.logs()[0].key(), log_key().verifier());
    assert_eq!(policy.witnesses()[0].url(), Some("https://w.example/"));
    let bare: Policy = format!("{}quorum W1", witnesses(1)).parse().unwrap();
    assert_eq!((bare.witnesses()[0].name(), bare.witnesses()[0].url()), ("W1", None));
}

#[test]
fn what_is_wrong_is_told_with_its_line() {
    use PolicyProblem as P;
    let two = witnesses(2);
    let other_name = {
        let name = "elsewhere".parse().unwrap();
        CosigningKey::from_seed(name, Zeroizing::new([1; 32])).verifier().to_string()
    };
    let log = log_key().verifier().to_string();
    for (line, last, expected) in [
        (3, "log", P::Form("log VKEY [URL]")),
        (3, "log a b c", P::Form("log VKEY [URL]")),
        (3, "witness W3", P::Form("witness NAME VKEY [URL]")),
        (3, "log nonsense", P::Key(BadKey::Malformed)),
        (
            3,
            &format!("witness W3 {log}"),
            P::KeyOfOtherUse { found: "a log's checkpoints", expected: "a witness's cosignatures" },
        ),
        (3, &format!("witness W3 {other_name}"), P::KeyTwice),
        (4, &format!("log {log}\nlog {log} https://x"), P::KeyTwice),
        (3, &format!("witness W1 {}", vkey(9)), P::NameTaken("W1".into())),
        (3, &format!("witness none {}", vkey(9)), P::NameTaken("none".into())),
        (3, "group W1 any W2", P::NameTaken("W1".into())),
        (3, "group none any W2", P::NameTaken("none".into())),
        (3, "group G any", P::Form("group NAME all|any|NUMBER MEMBER…")),
        (3, "group G any W9", P::UnknownName("W9".into())),
        (3, "group G any G", P::UnknownName("G".into())),
        (3, "group G any none", P::UnknownName("none".into())),
        (3, "group G all W1 W1", P::MemberTwice("W1".into())),
        (4, "group G all W1\ngroup H any W1 W2", P::MemberTwice("W1".into())),
        (3, "group G 0 W1", P::Threshold { enough: "0".into(), members: 1 }),
        (3, "group G 3 W1 W2", P::Threshold { enough: "3".into(), members: 2 }),
        (3, "group G -1 W1", P::Threshold { enough: "-1".into(), members: 1 }),
        (3, "group G +1 W1", P::Threshold { enough: "+1".into(), members: 1 }),
        (3, "group G most W1", P::Threshold { enough: "most".into(), members: 1 }),
        (3, "quorum", P::Form("quorum NAME, or quorum none")),
        (3, "quorum G\ngroup G any W1", P::UnknownName("G".into())),
        (4, "quorum W1\nquorum W2", P::QuorumTwice),
        (3, "Quorum W1", P::UnknownWord("Quorum".into())),
        (3, "quorum W1\r", P::ControlCharacter),
        (3, "# a bell \u{7}", P::ControlCharacter),
    ] {
        assert_eq!(problem(&format!("{two}{last}\n")), (line, expected), "{last}");
    }
    assert_eq!(refusal(&two), BadPolicy::NoQuorum);
    assert_eq!(refusal(""), BadPolicy::NoQuorum);
}

#[test]
fn a_policy_has_limits() {
    let bytes = POLICY_BYTES_MAX + 1;
    assert_eq!(refusal(&"#".repeat(bytes)), BadPolicy::TooLong { bytes });
    let most = u8::try_from(POLICY_DEFINITIONS_MAX).unwrap();
    format!("{}quorum W1", witnesses(most)).parse::<Policy>().unwrap();
    let (line, found) = problem(&format!("{}quorum W1", witnesses(most + 1)));
    assert_eq!((line, found), (POLICY_DEFINITIONS_MAX + 1, PolicyProblem::TooMany));
}

#[test]
fn no_control_character_and_no_long_word_of_the_text_is_repeated() {
    let word = "x".repeat(5000);
    let (_, found) = problem(&word);
    assert!(found.to_string().len() < 200, "{found}");
}

#[test]
fn the_cosignatures_of_known_witnesses_are_counted_and_a_false_one_refused() {
    let policy: Policy = format!("{}group G 2 W1 W2 W3\nquorum G\n", witnesses(3)).parse().unwrap();
    let stated = Checkpoint::new("log.example/1", TreeSize::new(1), leaf_hash(b"x")).unwrap();
    let at = |seconds| CosignatureTime::from_seconds(seconds).unwrap();
    let note = Note::parse(&checkpoint::sign(&stated, &log_key())).unwrap();
    assert_eq!(policy.cosigned(&note), Ok(Cosigned { by: vec![], meets: false }));
    let stranger = note.clone().cosign(&cosigner(9), at(5)).unwrap();
    assert!(policy.cosigned(&stranger).unwrap().by.is_empty());
    let once = note.clone().cosign(&cosigner(2), at(7)).unwrap();
    assert!(!policy.cosigned(&once).unwrap().meets);
    let twice = once.cosign(&cosigner(1), at(8)).unwrap();
    let cosigned = policy.cosigned(&twice).unwrap();
    let by: Vec<_> = cosigned.by.iter().map(|(witness, at)| (witness.name(), *at)).collect();
    assert_eq!((by, cosigned.meets), (vec![("W2", at(7)), ("W1", at(8))], true));

    // W1's line, on another text.
    let other = Checkpoint::new("log.example/1", TreeSize::new(1), leaf_hash(b"y")).unwrap();
    let other = Note::parse(&checkpoint::sign(&other, &log_key())).unwrap();
    let moved = other.with_signatures(twice.signatures().get(1..).unwrap()).unwrap();
    assert!(matches!(policy.cosigned(&moved), Err(Untrusted::BadSignature { .. })));
}

/// A group as the specification's words have it, not as the code does.
#[derive(Clone, Debug)]
enum Tree {
    Witness(u8),
    Group(usize, Vec<Tree>),
}

fn tree() -> impl Strategy<Value = Tree> {
    let leaf = Just(Tree::Witness(0));
    leaf.prop_recursive(3, 12, 4, |inner| {
        (1..5_usize, prop::collection::vec(inner, 1..4))
            .prop_map(|(enough, members)| Tree::Group(enough.min(members.len()), members))
    })
}

/// Writes a tree's definitions, each witness with a number of its own; tells its name.
fn define(tree: &mut Tree, next: &mut u8, text: &mut String) -> String {
    *next += 1;
    let number = *next;
    match tree {
        Tree::Witness(own) => {
            *own = number;
            text.push_str(&format!("witness W{number} {}\n", vkey(number)));
            format!("W{number}")
        }
        Tree::Group(enough, members) => {
            let names: Vec<String> =
                members.iter_mut().map(|member| define(member, next, text)).collect();
            text.push_str(&format!("group G{number} {enough} {}\n", names.join(" ")));
            format!("G{number}")
        }
    }
}

fn met(tree: &Tree, cosigned: &BTreeSet<u8>) -> bool {
    match tree {
        Tree::Witness(number) => cosigned.contains(number),
        Tree::Group(enough, members) => {
            members.iter().filter(|member| met(member, cosigned)).count() >= *enough
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_quorum_is_met_as_the_recursive_definition_says(
        mut tree in tree(),
        cosigned in prop::collection::btree_set(1..30_u8, 0..20),
    ) {
        let mut text = String::new();
        let name = define(&mut tree, &mut 0, &mut text);
        let policy: Policy = format!("{text}quorum {name}\n").parse().unwrap();
        let names: Vec<String> = cosigned.iter().map(|number| format!("W{number}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        prop_assert_eq!(policy.is_met_by(&names), met(&tree, &cosigned));
    }

    #[test]
    fn any_text_is_a_policy_or_refused(text in "((log|witness|group|quorum|none|all|any|[0-9a#]|W1)[ \t\n]?){0,20}") {
        let _ = text.parse::<Policy>();
    }
}
