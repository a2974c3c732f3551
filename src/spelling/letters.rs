//! Tables: which characters are one in the normal form.

/// The zeros of the decimal digits that NFKC does not resolve, each followed by
/// its nine others (Unicode, property Numeric_Type=Decimal).
const ZEROS: [char; 22] = [
    '\u{660}', '\u{6f0}', '\u{7c0}', '\u{966}', '\u{9e6}', '\u{a66}', '\u{ae6}', '\u{b66}',
    '\u{be6}', '\u{c66}', '\u{ce6}', '\u{d66}', '\u{de6}', '\u{e50}', '\u{ed0}', '\u{f20}',
    '\u{1040}', '\u{1090}', '\u{17e0}', '\u{1810}', '\u{1946}', '\u{a620}',
];

/// The ASCII digit of a decimal digit of another script.
pub(super) fn digit(c: char) -> Option<char> {
    let zero = ZEROS.iter().rev().find(|zero| **zero <= c)?;
    char::from_digit(u32::from(c) - u32::from(*zero), 10)
}

/// Characters without a meaning of their own: joiners, marks of direction, soft
/// hyphens, variants of a glyph, the colour of an emoji's skin; the lengthening
/// stroke of Arabic; what abbreviates in Hebrew; the middle dot of Catalan.
pub(super) fn is_ignored(c: char) -> bool {
    matches!(
        c,
        '"' | '\u{ad}' | '\u{b7}' | '\u{34f}' | '\u{5f3}' | '\u{5f4}' | '\u{61c}' | '\u{640}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{1f3fb}'..='\u{1f3ff}'
            | '\u{e0001}'..='\u{e01ef}'
    )
}

/// Marks that are left out, in the scripts where people leave them out: the
/// general ones; Hebrew points and accents; Arabic vowels, hamza and madda on
/// their carriers, Koranic marks.
pub(super) fn is_diacritic(c: char) -> bool {
    matches!(
        c,
        '\u{300}'..='\u{36f}'
            | '\u{483}'..='\u{489}'
            | '\u{1ab0}'..='\u{1aff}'
            | '\u{1dc0}'..='\u{1dff}'
            | '\u{20d0}'..='\u{20ff}'
            | '\u{fe20}'..='\u{fe2f}'
            | '\u{591}'..='\u{5bd}' | '\u{5bf}' | '\u{5c1}' | '\u{5c2}' | '\u{5c4}' | '\u{5c5}' | '\u{5c7}'
            | '\u{610}'..='\u{61a}'
            | '\u{64b}'..='\u{65f}'
            | '\u{670}'
            | '\u{6d6}'..='\u{6dc}'
            | '\u{6df}'..='\u{6e4}'
            | '\u{6e7}' | '\u{6e8}'
            | '\u{6ea}'..='\u{6ed}'
            | '\u{8d3}'..='\u{8ff}'
    )
}

/// Whether a diacritic makes another letter of its base: Cyrillic `й`, `ў`, `ї`.
pub(super) fn keeps(base: Option<char>, diacritic: char) -> bool {
    matches!((base, diacritic), (Some('и' | 'у'), '\u{306}') | (Some('і'), '\u{308}'))
}

/// What stands for a lower-case letter in the normal form, where it is another.
pub(super) fn replacement(c: char) -> Option<&'static str> {
    Some(match c {
        // Latin letters that Unicode does not decompose.
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'þ' => "th",
        'ø' => "o",
        'đ' | 'ð' | 'ɗ' => "d",
        'ħ' => "h",
        'ı' => "i",
        'ł' => "l",
        'ŋ' => "n",
        'ŧ' => "t",
        'ɓ' => "b",
        'ƙ' => "k",
        'ƴ' => "y",
        // The sigma at the end of a word.
        'ς' => "σ",
        // Arabic: the alef of connection, final ye and te as people type them, and
        // the Persian and Urdu letters that are the same to the eye.
        'ٱ' => "ا",
        'ى' | 'ی' => "ي",
        'ة' | 'ە' | 'ہ' | 'ھ' | 'ۃ' => "ه",
        'ک' => "ك",
        _ => return None,
    })
}
