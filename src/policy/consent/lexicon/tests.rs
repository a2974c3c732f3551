//! Words of every language, as people type them, and what makes no difference.

use proptest::prelude::*;

use super::*;

fn read(text: &str) -> Option<(Kind, Certainty, String)> {
    let found = Signals::shipped().read(text)?;
    Some((found.kind, found.certainty, found.language))
}

#[track_caller]
fn expect(cases: &[(&str, &str)], kind: Kind, certainty: Certainty) {
    for (language, text) in cases {
        let expected = Some((kind, certainty, (*language).to_owned()));
        assert_eq!(read(text), expected, "{text}");
    }
}

#[test]
fn a_message_that_is_an_opt_out_word_is_certain_in_every_language_and_spelling() {
    let cases = [
        ("en", "STOP"),
        ("en", "Stop."),
        ("en", "stooooop!!"),
        ("en", "*STOP*"),
        ("en", "🛑 stop 🛑"),
        ("en", "ＳＴＯＰ"),
        ("en", "\u{200e}stop\u{200f}"),
        ("en", "st\u{200b}op"),
        ("en", "please STOP"),
        ("en", "opt-out"),
        ("en", "Don’t contact me"),
        ("en", "dont contact me"),
        ("ar", "إيقاف"),
        ("ar", "ايقاف"),
        ("ar", "إِيقَافٌ"),
        ("ar", "إيـــقاف"),
        ("ar", "إلغاء الاشتراك"),
        ("ar", "الغاء الإشتراك"),
        ("ar", "لا أريد رسائل"),
        ("ar", "لا اريد رسائل."),
        ("ar", "توقف من فضلك"),
        ("ar", "\u{202b}توقف\u{202c}"),
        ("el", "ΔΙΑΚΟΠΗ"),
        ("el", "διακοπή"),
        ("el", "Διακοπη"),
        ("el", "ΣΤΟΠ"),
        ("el", "σταματήστε!"),
        ("el", "Απεγγραφή"),
        ("el", "diakopi"),
        ("es", "BAJA"),
        ("es", "no más mensajes"),
        ("es", "NO MAS MENSAJES"),
        ("es", "¡baja, por favor!"),
        ("es", "darme de baja"),
        ("es", "PARAR"),
        ("pt", "SAIR"),
        ("pt", "descadastrar"),
        ("pt", "nao quero mais mensagens"),
        ("pt", "Não quero mais mensagens"),
        ("hi", "रोको"),
        ("hi", "बंद करो"),
        ("hi", "बन्द करो"),
        ("hi", "बंद करें।"),
        ("hi", "स्टॉप"),
        ("hi", "Band karo"),
        ("hi", "कृपया बंद करें"),
        ("fr", "arrêt"),
        ("fr", "ARRET"),
        ("fr", "Désabonner"),
        ("fr", "desabonner svp"),
        ("fr", "arrêtez de m’écrire"),
        ("de", "Stopp"),
        ("de", "abmelden"),
        ("de", "bitte abbestellen"),
        ("de", "AUFHÖREN"),
        ("de", "aufhoren"),
        ("it", "disiscrivi"),
        ("it", "Cancellami!"),
        ("it", "non voglio piu messaggi"),
        ("it", "non voglio più messaggi"),
        ("tr", "RET"),
        ("tr", "abonelikten çık"),
        ("tr", "ABONELİKTEN ÇIK"),
        ("tr", "ABONELIKTEN CIK"),
        ("tr", "mesaj istemiyorum lütfen"),
    ];
    expect(&cases, Kind::OptOut, Certainty::Certain);
}

#[test]
fn a_word_that_means_other_things_in_a_conversation_is_a_candidate() {
    let cases = [
        ("en", "cancel"),
        ("en", "End"),
        ("ar", "إلغاء"),
        ("ar", "الغاء"),
        ("ar", "كفى"),
        ("el", "Ακύρωση"),
        ("el", "ΔΙΑΓΡΑΦΗ"),
        ("el", "ΤΕΛΟΣ"),
        ("es", "cancelar"),
        ("es", "alto"),
        ("pt", "chega"),
        ("hi", "बंद"),
        ("hi", "बन्द"),
        ("fr", "annuler"),
        ("de", "kündigen"),
        ("de", "kundigen"),
        ("it", "annulla"),
        ("tr", "İPTAL"),
        ("tr", "IPTAL"),
        ("tr", "ıptal"),
        ("tr", "ÇIK"),
        ("tr", "cik"),
        ("tr", "dur"),
    ];
    expect(&cases, Kind::OptOut, Certainty::Candidate);
}

#[test]
fn an_opt_in_word_is_certain_only_where_it_says_nothing_else() {
    let certain = [
        ("en", "START"),
        ("en", "subscribe"),
        ("ar", "اشتراك"),
        ("ar", "إشتراك"),
        ("el", "ΕΝΑΡΞΗ"),
        ("el", "έναρξη"),
        ("es", "ALTA"),
        ("hi", "सब्सक्राइब"),
        ("fr", "M'abonner"),
        ("de", "abonnieren"),
        ("it", "iscrivimi"),
        ("tr", "abone ol"),
    ];
    expect(&certain, Kind::OptIn, Certainty::Certain);
    let candidates = [
        ("en", "Yes!"),
        ("en", "yes please"),
        ("ar", "نعم"),
        ("ar", "مُوَافِق"),
        ("el", "Ναι"),
        ("el", "ΝΑΙ"),
        ("es", "Sí"),
        ("es", "si"),
        ("pt", "sim"),
        ("pt", "Aceito"),
        ("hi", "हाँ"),
        ("hi", "हां जी"),
        ("hi", "haan"),
        ("fr", "oui"),
        ("fr", "d’accord"),
        ("de", "Ja"),
        ("it", "accetto"),
        ("tr", "EVET"),
        ("tr", "onayliyorum"),
    ];
    expect(&candidates, Kind::OptIn, Certainty::Candidate);
}

#[test]
fn a_short_message_with_an_opt_out_word_goes_to_review() {
    let cases = [
        ("en", "can you stop this now"),
        ("en", "I want to cancel"),
        ("ar", "أريد إيقاف هذا الآن"),
        ("el", "θέλω διακοπή τώρα"),
        ("es", "quiero la baja ya"),
        ("pt", "quero parar com isso"),
        ("hi", "यह सब बंद करो अभी"),
        ("fr", "il faut arrêter maintenant"),
        ("de", "ich will mich abmelden"),
        ("it", "ferma tutto adesso"),
        ("tr", "bunu hemen durdur"),
    ];
    let own = |text| read(text).map(|(kind, certainty, _)| (kind, certainty));
    for (_, text) in cases {
        assert_eq!(own(text), Some((Kind::OptOut, Certainty::Candidate)), "{text}");
    }
}

#[test]
fn a_long_message_is_a_signal_only_by_words_that_say_nothing_else() {
    for text in [
        "I have asked three times now, so take me off your list before I complain",
        "Je vous ai demandé trois fois de me désabonner, que se passe-t-il avec mon compte ?",
        "Size kaç kere söyledim artık mesaj istemiyorum, beni rahat bırakın lütfen",
        "طلبت منكم أكثر من مرة إلغاء الاشتراك ولم يحدث أي شيء حتى اليوم",
    ] {
        let found = Signals::shipped().read(text).unwrap();
        assert_eq!((found.kind, found.certainty), (Kind::OptOut, Certainty::Candidate), "{text}");
    }
    for text in [
        "",
        "🙂",
        "the bus stop is in front of the door of our branch",
        "I would like to cancel the order that I made yesterday evening",
        "Στην οδό Διακοπής 5 είναι το κατάστημα που ψάχνετε εδώ και ώρα",
        "end of the month",
        "ja bitte morgen um zehn",
        "gracias por todo",
        "tall para mañana",
        "dur bakalım",
    ] {
        assert_eq!(Signals::shipped().read(text), None, "{text}");
    }
}

#[test]
fn a_signal_says_what_it_is_about_and_which_lexicon_said_so() {
    let purposes = |text| Signals::shipped().read(text).unwrap().purposes;
    assert_eq!(purposes("stop"), Purposes::ALL);
    assert_eq!(purposes("start"), "service, marketing".parse().unwrap());
    assert_eq!(purposes("Stop promotions"), "marketing".parse().unwrap());
    assert_eq!(purposes("keine Werbung mehr"), "marketing".parse().unwrap());
    let version = Signals::shipped().read("stop").unwrap().lexicon_version;
    assert_eq!(version, Signals::shipped().version());
    let (number, sum) = version.split_once('+').unwrap();
    assert_eq!((number, sum.len()), ("1", 8));
}

#[test]
fn every_word_of_the_lexicon_is_recognised_as_it_stands_there() {
    let signals = Signals::shipped();
    assert!(signals.words.len() > 300, "{}", signals.words.len());
    for word in signals.words.values() {
        let found = signals.read(&word.say).unwrap();
        assert_eq!((found.kind, found.certainty), (word.kind, word.certainty), "{}", word.say);
    }
    let languages: std::collections::BTreeSet<_> =
        signals.words.values().map(|word| word.language.as_str()).collect();
    let all = ["ar", "de", "el", "en", "es", "fr", "hi", "it", "pt", "tr"];
    assert_eq!(languages.into_iter().collect::<Vec<_>>(), all);
}

const OWN: &str = r#"
version = "own"
short_words_max = 3
opt_out_purposes = ["marketing"]
opt_in_purposes = ["marketing"]
[[language]]
code = "nl"
opt_out = ["stop", { say = "uit", certainty = "candidate", within = "never" }]
opt_in = ["aan"]
"#;

#[test]
fn an_operators_own_lexicon_takes_the_place_of_the_shipped_one() {
    let own = Signals::parse(OWN).unwrap();
    let kinds = |text| own.read(text).map(|found| (found.kind, found.certainty));
    assert_eq!(kinds("Stop"), Some((Kind::OptOut, Certainty::Certain)));
    assert_eq!(kinds("stop er mee"), Some((Kind::OptOut, Certainty::Candidate)));
    assert_eq!(kinds("stop er nu mee"), None);
    assert_eq!(kinds("UIT"), Some((Kind::OptOut, Certainty::Candidate)));
    assert_eq!(kinds("uit ermee"), None);
    assert_eq!(kinds("baja"), None);
}

#[test]
fn a_lexicon_that_contradicts_itself_or_is_malformed_is_refused() {
    let with = |from: &str, to: &str| Signals::parse(&OWN.replace(from, to)).unwrap_err();
    let told = with(r#"["aan"]"#, r#"["Stop!"]"#).to_string();
    assert!(told.contains("\"Stop!\" of \"nl\" means opt-in and opt-out"), "{told}");
    let told = with(r#""aan""#, r#""!?""#).to_string();
    assert!(told.contains("1 to 8 words"), "{told}");
    for (from, to) in [
        ("short_words_max = 3", ""),
        ("code", "kode"),
        ("\"never\"", "\"sometimes\""),
        ("[\"aan\"]", "[7]"),
        ("opt_out_purposes = [\"marketing\"]", "opt_out_purposes = []"),
    ] {
        assert!(matches!(with(from, to), BadLexicon::Form(_)), "{to}");
    }
    let large = " ".repeat(LEXICON_BYTES_MAX + 1);
    assert!(matches!(Signals::parse(&large), Err(BadLexicon::TooLarge(_))));
}

proptest! {
    #[test]
    fn decoration_makes_no_difference(
        at in 0usize..10_000,
        before in "[ !.?*_~🛑🙏\u{200b}\u{200e}\u{202b}\u{2068}]{0,6}",
        after in "[ !.?*_~🛑🙏\u{200b}\u{200f}\u{202c}\u{2069}\u{fe0f}]{0,6}",
        upper in any::<bool>(),
    ) {
        let signals = Signals::shipped();
        let word = signals.words.values().nth(at % signals.words.len()).unwrap();
        let say = if upper { word.say.to_uppercase() } else { word.say.clone() };
        let found = signals.read(&format!("{before}{say}{after}"));
        prop_assert_eq!(found.map(|found| (found.kind, found.certainty)), Some((word.kind, word.certainty)));
    }

    #[test]
    fn no_text_breaks_it_and_none_is_certain_that_is_no_word(text in "\\PC{0,200}") {
        let signals = Signals::shipped();
        if let Some(found) = signals.read(&text)
            && found.certainty == Certainty::Certain
        {
            let mut words = folded(&text);
            words.retain(|word| !signals.courtesies.contains(word));
            let whole = signals.words.contains_key(&words.join(" "))
                || signals.words.contains_key(&folded(&text).join(" "));
            prop_assert!(whole);
        }
    }

    #[test]
    fn reading_goes_through_any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = Signals::shipped().read(&String::from_utf8_lossy(&bytes));
    }
}
