//! The words of a text, to be compared whole with the words of a lexicon.

use unicode_normalization::char::is_combining_mark;

/// The words of a text that [`fold`](crate::spelling::fold) was given.
///
/// In scripts that are written without spaces (Han, kana, Thai, Lao, Khmer,
/// Burmese) each letter is a word, so that a phrase is found within a sentence.
pub(super) fn words(folded: &str) -> Vec<&str> {
    let mut words = vec![];
    // Where the word that is being read begins, and whether it may grow.
    let mut open: Option<(usize, bool)> = None;
    let word = |from: usize, to: usize| folded.get(from..to).unwrap_or_default();
    for (at, c) in folded.char_indices() {
        // A vowel sign belongs to the letter before it.
        if is_combining_mark(c) && open.is_some() {
            continue;
        }
        let alone = stands_alone(c);
        match open {
            Some((_, true)) if c.is_alphanumeric() && !alone => continue,
            Some((from, _)) => words.push(word(from, at)),
            None => {}
        }
        open = (alone || c.is_alphanumeric()).then_some((at, !alone));
    }
    words.extend(open.map(|(from, _)| word(from, folded.len())));
    words
}

const fn stands_alone(c: char) -> bool {
    matches!(c,
        '\u{0E00}'..='\u{0EFF}'
        | '\u{1000}'..='\u{109F}'
        | '\u{1780}'..='\u{17FF}'
        | '\u{3040}'..='\u{30FF}'
        | '\u{3400}'..='\u{4DBF}'
        | '\u{4E00}'..='\u{9FFF}'
        | '\u{20000}'..='\u{323AF}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::spelling::fold;

    #[test]
    fn case_accents_and_marks_make_no_difference() {
        for (one, other) in [
            ("Beschwerde", "BESCHWERDE"),
            ("réclamation", "RECLAMATION"),
            ("Διακοπή", "ΔΙΑΚΟΠΗ"),
            ("παράπονος", "ΠΑΡΑΠΟΝΟΣ"),
            ("إلغاء", "الغاء"),
            ("شَكْوَى", "شكوي"),
            ("مـشـكـلة", "مشكله"),
            ("ÇIK", "çık"),
            ("İPTAL", "iptal"),
            ("٤٢", "42"),
            ("co\u{AD}op", "coop"),
        ] {
            let (one, other) = (fold(one), fold(other));
            assert_eq!(words(&one), words(&other));
            assert_eq!(words(&one).len(), 1, "{one}");
        }
    }

    #[test]
    fn vowel_signs_of_indic_scripts_make_a_difference() {
        assert_ne!(words(&fold("शिकायत")), words(&fold("शकयत")));
        assert_eq!(words(&fold("बंद करो")).len(), 2);
    }

    #[test]
    fn what_stands_between_words_is_left_out() {
        let text = fold("  Don't, please—stop! (now)");
        assert_eq!(words(&text), ["don", "t", "please", "stop", "now"]);
        assert!(words("… — !").is_empty());
    }

    #[test]
    fn where_no_spaces_are_written_each_letter_is_a_word() {
        assert_eq!(words("投诉ab信"), ["投", "诉", "ab", "信"]);
    }

    proptest! {
        #[test]
        fn nothing_is_lost_but_what_stands_between(text in "\\PC{0,40}") {
            let letters = |text: &str| -> String { text.chars().filter(|c| c.is_alphanumeric()).collect() };
            prop_assert_eq!(letters(&words(&text).concat()), letters(&text));
            prop_assert!(words(&text).iter().all(|word| !word.is_empty()));
        }
    }
}
