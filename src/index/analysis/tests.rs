use proptest::prelude::*;

use super::*;

fn sought(text: &str) -> Vec<String> {
    tokens(text).into_iter().map(|token| token.sought).collect()
}

/// Whether a query of one word finds a document.
fn finds(query: &str, document: &str) -> bool {
    let query = sought(query);
    let document = tokens(document);
    // A phrase: each word at the place behind the one before it.
    (0..document.len()).any(|start| {
        query.iter().enumerate().all(|(at, word)| {
            document.get(start + at).is_some_and(|token| token.forms().any(|form| form == word))
        })
    })
}

fn finds_each_other(table: &[&[&str]]) {
    for words in table {
        for (query, document) in words.iter().flat_map(|a| words.iter().map(move |b| (a, b))) {
            assert!(finds(query, document), "{query} {document}");
        }
    }
}

fn tells_apart(pairs: &[(&str, &str)]) {
    for (a, b) in pairs {
        assert!(!finds(a, b) && !finds(b, a), "{a} {b}");
    }
}

#[test]
fn latin_words_are_found_without_their_diacritics() {
    finds_each_other(&[
        &["Straße", "STRASSE", "straẞe", "strasse"],
        &["ação", "acao", "AÇÃO", "ac\u{327}a\u{303}o"],
        &["não", "nao"],
        &["coração", "CORAÇÃO", "coracao"],
        &["mañana", "manana", "MAÑANA"],
        &["pingüino", "pinguino"],
        &["¿cuándo?", "cuando"],
        &["Œuvre", "oeuvre"],
        &["Smørrebrød", "smorrebrod"],
        &["Łódź", "lodz", "ŁÓDŹ"],
        &["Þórr", "thorr"],
        &["naïve", "naive", "ＮＡＩＶＥ"],
        &["Việt", "viet"],
        &["col·lecció", "colleccio"],
        &["ﬁnanz", "finanz"],
        &["co\u{ad}operate", "cooperate"],
    ]);
    tells_apart(&[("ano", "anao"), ("si", "so")]);
}

#[test]
fn turkish_words_are_found_whatever_their_i() {
    finds_each_other(&[
        &["İstanbul", "istanbul", "ISTANBUL", "ıstanbul"],
        &["ışık", "IŞIK", "isik"],
        &["teşekkürler", "TEŞEKKÜRLER", "tesekkurler"],
        &["ağaç", "agac"],
    ]);
    assert!(finds("ankara", "Ankara'da buluşalım"));
    assert!(finds("ankara", "Ankara’da buluşalım"));
}

#[test]
fn greek_words_are_found_without_accents_and_final_sigma() {
    finds_each_other(&[
        &["λόγος", "ΛΟΓΟΣ", "λογοσ", "λογος"],
        &["Αθήνα", "αθηνα", "ΑΘΉΝΑ"],
        &["προϋπόθεση", "προυποθεση", "ΠΡΟΫΠΟΘΕΣΗ"],
        &["ΐ", "ι", "Ϊ"],
        &["ἄνθρωπος", "άνθρωπος", "ΑΝΘΡΩΠΟΣ"],
        &["ᾠδῇ", "ωδη"],
        &["Ὀδυσσεύς", "οδυσσευσ"],
        &["ευχαριστώ", "ευχαριστω"],
    ]);
    tells_apart(&[("λόγος", "λόγοι")]);
}

#[test]
fn cyrillic_words_are_found_without_the_dots_of_yo() {
    finds_each_other(&[&["ещё", "еще", "ЕЩЁ"], &["договор", "догово́р", "ДОГОВОР"]]);
    tells_apart(&[("мой", "мои"), ("їх", "іх"), ("белый", "белыи")]);
}

#[test]
fn hebrew_words_are_found_without_points() {
    finds_each_other(&[&["שָׁלוֹם", "שלום"], &["צה\"ל", "צה״ל", "צהל"], &["ג׳ירפה", "גירפה"]]);
}

#[test]
fn hindi_words_are_found_in_both_spellings() {
    finds_each_other(&[
        &["हिन्दी", "हिंदी"],
        &["हाँ", "हां"],
        &["सम्बन्ध", "संबंध"],
        &["ज़रूर", "जरूर", "ज\u{93c}रूर"],
        &["पढ़ना", "पढना", "प\u{95d}ना"],
        &["क्\u{200d}या", "क्या"],
        &["२०२६", "2026"],
    ]);
    tells_apart(&[("कि", "की"), ("दिन", "दीन"), ("मै", "मे"), ("जन्म", "जंम")]);
    assert_eq!(sought("नमस्ते, आप कैसे हैं?"), ["नमस्ते", "आप", "कैसे", "हैं"]);
}

#[test]
fn arabic_words_are_found_in_every_spelling() {
    finds_each_other(&[
        &["أحمد", "احمد", "إحمد", "ٱحمد", "أَحْمَد"],
        &["مدرسة", "مدرسه", "مَدْرَسَةٌ"],
        &["مصطفى", "مصطفي", "مصطفی"],
        &["مسؤول", "مسوول"],
        &["رئيس", "رييس"],
        &["كـــتاب", "كتاب", "کتاب"],
        &["آخر", "اخر"],
        &["ﻻ", "لا"],
        &["٢٠٢٦", "۲۰۲۶", "2026"],
    ]);
    assert!(finds("می\u{200c}خواهم", "ميخواهم"));
}

#[test]
fn arabic_words_are_found_with_and_without_their_article() {
    finds_each_other(&[
        &["كتاب", "الكتاب"],
        &["والد", "الوالد"],
        &["واحد", "الواحد"],
        &["إلكتروني", "الإلكتروني"],
        &["فاتورة", "الفاتورة", "للفاتورة", "بالفاتورة", "والفاتورة", "كالفاتورة", "فالفاتورة"],
        &["شركة", "الشركة", "وبالشركة", "وللشركة"],
        &["حل", "الحل"],
    ]);
}

#[test]
fn arabic_words_are_found_behind_a_conjunction_or_preposition() {
    for (query, document) in [
        ("كتاب", "وكتاب"),
        ("الكتاب", "وكتاب"),
        ("كتاب", "فكتاب"),
        ("كتاب", "بكتاب"),
        ("كتاب", "لكتاب"),
        ("كتاب", "وبكتاب"),
        ("الرد", "وبالرد"),
        ("رد", "بالرد"),
        ("الله", "والله"),
        ("الله", "بالله"),
        ("وكتاب", "وكتاب"),
    ] {
        assert!(finds(query, document), "{query} {document}");
    }
}

#[test]
fn arabic_words_that_only_begin_so_are_left_whole() {
    for word in ["الله", "الان", "اللي", "الف", "الم", "والد", "واحد", "كتاب", "بنك", "ولد", "لله"]
    {
        assert_eq!(sought(word), [word]);
    }
    tells_apart(&[("الله", "له"), ("الآن", "أن"), ("اللي", "لي"), ("بيت", "يت")]);
    // A query is taken at its word: the letter may be its own.
    assert!(!finds("وكتاب", "كتاب"));
}

#[test]
fn arabic_phrases_are_found_across_articles() {
    let document = "تم إرسال الفاتورة والعقد بالبريد الإلكتروني";
    assert!(finds("فاتورة وعقد", "فاتورة وعقد"));
    assert!(finds("الفاتورة والعقد", document));
    assert!(finds("بريد إلكتروني", document));
    assert!(finds("ارسال فاتورة عقد", document));
    assert!(!finds("فاتورة بريد", document));
}

#[test]
fn scripts_without_spaces_are_found_as_phrases() {
    assert!(finds("合同", "请签署合同谢谢"));
    assert!(!finds("同合", "请签署合同谢谢"));
    assert!(finds("ありがとう", "どうもありがとうございます"));
    assert!(finds("ﾃﾞｰﾀ", "データ"));
    assert!(finds("สวัสดี", "สวัสดีครับ"));
    assert!(finds("㍻", "平成"));
}

#[test]
fn addresses_links_and_file_names_are_found_by_their_parts() {
    for (text, parts) in [
        ("anna.kern@example.com", &["anna", "kern", "example", "com"][..]),
        ("https://shop.example/a_b?c=1", &["https", "shop", "example", "a", "b", "c", "1"]),
        ("Invoice_2026-01.final.PDF", &["invoice", "2026", "01", "final", "pdf"]),
        ("O'Brien", &["o", "brien"]),
        ("#launch @anna", &["launch", "anna"]),
        ("tel: 01555/0100-777", &["tel", "01555", "0100", "777"]),
    ] {
        assert_eq!(sought(text), parts, "{text}");
    }
    finds_each_other(&[&["O'Brien", "O’Brien", "oʼbrien"]]);
}

#[test]
fn amounts_are_found_however_they_are_grouped() {
    finds_each_other(&[&[
        "1250000",
        "1.250.000",
        "1,250,000",
        "1'250'000",
        "1\u{202f}250\u{202f}000",
        "١٬٢٥٠٬٠٠٠",
    ]]);
    let document = "total 1.250,00 EUR";
    for query in
        ["1250", "1.250", "1,250.00", "total 1250", "1", "250", "00 eur", "\"1.250,00 EUR\""]
    {
        assert!(finds(query, document), "{query}");
    }
    assert_eq!(sought("2026-01-02 3.14 10:45"), ["2026", "01", "02", "3", "14", "10", "45"]);
    assert_eq!(sought("1.25 12.3456 1234.567"), ["1", "25", "12", "3456", "1234", "567"]);
}

#[test]
fn international_numbers_are_found_however_they_are_grouped() {
    finds_each_other(&[
        &[
            "+49 1555 0100-777",
            "+4915550100777",
            "4915550100777",
            "+49 (1555) 0100 777",
            "+49-1555-0100.777",
        ],
        &["+1 (555) 010-0777", "15550100777", "+1.555.010.0777"],
    ]);
    let document = "ruf +49 1555 0100-777. 20 Euro";
    for query in ["0100", "1555", "777", "20 euro", "ruf +4915550100777"] {
        assert!(finds(query, document), "{query}");
    }
    assert!(finds("+49 1555 0100777", "+49 1555 0100777 20 Euro"));
    assert_eq!(sought("+49 7"), ["49", "7"]);
}

#[test]
fn emoji_are_words() {
    assert_eq!(sought("👍🏽"), ["👍"]);
    assert_eq!(sought("ok👍👍 ❤\u{fe0f}"), ["ok", "👍", "👍", "❤"]);
    assert_eq!(sought("🇩🇪🇬🇷"), ["🇩🇪", "🇬🇷"]);
    assert_eq!(sought("👩\u{200d}⚕\u{fe0f}"), ["👩", "⚕"]);
    assert_eq!(sought("1\u{fe0f}\u{20e3}"), ["1"]);
    assert_eq!(sought("… — !? “” $ + ="), Vec::<String>::new());
}

#[test]
fn a_mark_that_has_no_letter_is_no_word() {
    assert_eq!(sought("_\u{94d}да \u{301} ـ"), ["да"]);
    assert_eq!(sought("\u{93e}"), Vec::<String>::new());
}

#[test]
fn a_character_that_stands_for_words_is_those_words() {
    let tokens = tokens("½ ﷺ");
    assert!(tokens.iter().take(2).all(|token| token.range == (0..2)), "{tokens:?}");
    assert_eq!(tokens.len(), 6);
    assert!(finds("صلى الله", "ﷺ"));
}

#[test]
fn a_long_word_is_cut_and_still_finds_itself() {
    let long = "é".repeat(100_000);
    assert_eq!(sought(&long), ["e".repeat(FORM_BYTES_MAX)]);
    let arabic = "ب".repeat(1000);
    assert!(tokens(&arabic).iter().flat_map(Token::forms).all(|form| form.len() <= FORM_BYTES_MAX));
    assert!(finds(&arabic, &arabic));
}

#[test]
fn the_tokenizer_gives_every_form_at_the_position_of_its_word() {
    let text = "والكتاب +49 1555 0100777 x";
    let mut analyzer = analyzer();
    let mut stream = analyzer.token_stream(text);
    let mut terms = vec![];
    stream.process(&mut |term| {
        assert_eq!(term.position_length, 1);
        terms.push((term.position, term.text.clone(), &text[term.offset_from..term.offset_to]));
    });
    let expected: Vec<_> = tokens(text)
        .into_iter()
        .flat_map(|token| {
            let (position, range) = (token.position, token.range.clone());
            let forms: Vec<_> = token.forms().map(str::to_owned).collect();
            forms.into_iter().map(move |form| (position, form, &text[range.clone()]))
        })
        .collect();
    assert_eq!(terms, expected);
    assert_eq!(terms.iter().filter(|(position, ..)| *position == 0).count(), 2);
    assert_eq!(terms.last().map(|(position, ..)| *position), Some(2));
}

/// Texts in which what is special here is not rare.
fn texts() -> impl Strategy<Value = String> {
    let special = prop::sample::select(vec![
        "ال", "و", "ب", "لل", "كتاب", "ـ", "\u{64b}", "\u{654}", "أ", "ة", "ى", "ﷺ", "٠", "٬", "न्",
        "द", "ँ", "\u{93c}", "\u{94d}", "ी", "Σ", "ς", "\u{301}", "\u{308}", "ΐ", "ᾳ", "é", "ß",
        "İ", "ı", "й", "\u{306}", "и", "\u{200d}", "\u{200c}", "\u{fe0f}", "👩", "🏽", "🇩", "🇬",
        "½", "㍻", "ﬁ", "²", "ｶ", "ﾞ", "か", "\u{3099}", "한", "ᄒ", "ำ", "ก", "\"", "ש", "״", "·",
        ".", ",", "'", "_", "-", "+", "(", " ", "49", "1555", "123", "1", "a", "B", "\u{a0}",
    ]);
    let part = prop_oneof![3 => special.prop_map(str::to_owned), 1 => any::<char>().prop_map(String::from)];
    prop::collection::vec(part, 0..24).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn tokens_stand_in_the_text_in_order(text in texts()) {
        let mut before = 0..0;
        for (at, token) in tokens(&text).into_iter().enumerate() {
            prop_assert_eq!(token.position, at);
            prop_assert!(text.get(token.range.clone()).is_some_and(|piece| !piece.is_empty()));
            prop_assert!(token.range == before || token.range.start >= before.end);
            prop_assert!(token.forms().all(|form| !form.is_empty() && form.len() <= FORM_BYTES_MAX));
            let distinct: std::collections::BTreeSet<_> = token.forms().collect();
            prop_assert_eq!(distinct.len(), 1 + token.also.len());
            before = token.range;
        }
    }

    #[test]
    fn what_is_in_normal_form_stays_as_it_is(text in texts()) {
        for token in tokens(&text) {
            let again = tokens(&token.sought);
            prop_assert_eq!(again.len(), 1, "{:?}", token);
            prop_assert_eq!(&again[0].sought, &token.sought);
            for form in token.forms() {
                prop_assert_eq!(&fold(form), form);
            }
        }
    }

    #[test]
    fn every_text_finds_itself(text in texts()) {
        prop_assert!(tokens(&text).is_empty() || finds(&text, &text));
    }

    #[test]
    fn an_arabic_word_is_found_with_what_is_joined_to_it(word in "[ابتثجحخدذرزسشصضطظعغفقكلمنهوي]{4,9}") {
        for prefix in ["ال", "و", "ف", "ب", "ك", "ل", "وال", "بال", "فال", "كال", "لل"] {
            let document = format!("{prefix}{word}");
            prop_assert!(finds(&word, &document), "{} {}", word, document);
        }
        for article in ["ال", "وال", "بال", "لل"] {
            let query = format!("{article}{word}");
            prop_assert!(finds(&query, &word), "{} {}", query, word);
            let document = format!("و{word}");
            prop_assert!(finds(&query, &document), "{} {}", query, document);
        }
    }
}
