//! Finds what looks like the number of a payment card.
//!
//! 13 to 19 digits, in groups with a space, a hyphen or a dot between them or in
//! one, in any script's digits, whose check digit is right (Luhn, ISO/IEC 7812-1)
//! and which begin as cards do. It errs towards finding: one in ten numbers of
//! that length has a right check digit.

/// The fewest digits of a card's number.
pub(super) const DIGITS_MIN: usize = 13;
const DIGITS_MAX: usize = 19;

/// Separators in a row, at most.
const SEPARATORS_MAX: usize = 2;

/// Whether a text that [`fold`](crate::spelling::fold) was given, which makes every
/// script's digits ASCII, has a card's number in it.
pub(super) fn has_card_number(folded: &str) -> bool {
    let mut run = Run::default();
    for c in folded.chars() {
        match c.to_digit(10) {
            Some(value) => run.take(u8::try_from(value).unwrap_or_default()),
            None if is_separator(c) && run.separators < SEPARATORS_MAX => run.separators += 1,
            None => {
                if run.has_card() {
                    return true;
                }
                // What is written with a plus is a phone number.
                run = Run { is_phone: c == '+', ..Run::default() };
            }
        }
        if run.digits.len() > RUN_DIGITS_MAX {
            if run.has_card() {
                return true;
            }
            run.forget_first();
        }
    }
    run.has_card()
}

/// Digits looked at together: enough that every card in a longer run lies whole in
/// what is kept after the first half is forgotten.
const RUN_DIGITS_MAX: usize = 8 * DIGITS_MAX;

/// Groups of digits with at most separators between them.
#[derive(Default)]
struct Run {
    digits: Vec<u8>,
    /// Where groups begin.
    starts: Vec<usize>,
    /// Since the last digit.
    separators: usize,
    is_phone: bool,
}

impl Run {
    fn take(&mut self, value: u8) {
        if self.digits.is_empty() || self.separators > 0 {
            self.starts.push(self.digits.len());
        }
        self.digits.push(value);
        self.separators = 0;
    }

    /// A card begins with a group and ends with one.
    fn has_card(&self) -> bool {
        if self.is_phone || self.digits.len() < DIGITS_MIN {
            return false;
        }
        let ends = || self.starts.iter().copied().skip(1).chain([self.digits.len()]);
        self.starts
            .iter()
            .any(|start| ends().any(|end| self.digits.get(*start..end).is_some_and(is_card)))
    }

    fn forget_first(&mut self) {
        let keep_from = RUN_DIGITS_MAX / 2;
        // A group that long is no card; it is cut where groups end.
        let cut = self.starts.iter().copied().find(|start| *start >= keep_from);
        let cut = cut.unwrap_or(keep_from);
        self.digits.drain(..cut.min(self.digits.len()));
        self.starts.retain(|start| *start >= cut);
        self.starts.iter_mut().for_each(|start| *start = start.saturating_sub(cut));
    }
}

fn is_separator(c: char) -> bool {
    c.is_whitespace() || matches!(c, '-' | '.' | '\u{2010}'..='\u{2015}')
}

fn is_card(digits: &[u8]) -> bool {
    (DIGITS_MIN..=DIGITS_MAX).contains(&digits.len())
        && digits.first().is_some_and(|first| (2..=6).contains(first) || *first == 8)
        && is_luhn(digits)
}

/// The check digit of ISO/IEC 7812-1, annex B.
fn is_luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| match (place % 2, u32::from(*digit)) {
            (0, digit) => digit,
            (_, digit) if digit > 4 => digit * 2 - 9,
            (_, digit) => digit * 2,
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::spelling::fold;

    #[test]
    fn test_numbers_of_the_brands_are_found_in_every_spelling() {
        for text in [
            "4111111111111111",
            "my card: 4111 1111 1111 1111, cvv 123",
            "5555-5555-5555-4444",
            "3782 822463 10005",
            "6011.1111.1111.1117",
            "٤١١١ ١١١١ ١١١١ ١١١١",
            "۴۱۱۱۱۱۱۱۱۱۱۱۱۱۱۱",
            "४१११११११११११११११",
            "4111\u{200B}1111\u{200B}1111\u{200B}1111",
            "4111111111111111 12 27",
            "order 17: 4222222222222",
            "４１１１１１１１１１１１１１１１",
        ] {
            assert!(has_card_number(&fold(text)), "{text}");
        }
    }

    #[test]
    fn other_numbers_are_not() {
        for text in [
            "",
            "4111111111111112",
            "0000 0000 0000 0000",
            "+4222222222222",
            "41111111111111111111111",
            "4111 1111 1111",
            "1790000100000",
            "4111, 1111, 1111, 1111",
        ] {
            assert!(!has_card_number(&fold(text)), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_card_is_found_wherever_it_stands(before in "[0-9 ]{0,400}", after in "[0-9 ]{0,400}") {
            let text = format!("{before} 4111 1111 1111 1111 {after}");
            let separated = text.replace("  ", " ");
            prop_assert!(has_card_number(&separated));
        }

        #[test]
        fn a_wrong_digit_is_seen(digits in prop::collection::vec(0..10_u8, 12..18), at in any::<prop::sample::Index>(), by in 1..10_u8) {
            let check = (0..10).find(|check| is_luhn(&[&digits[..], &[*check]].concat())).unwrap();
            let mut whole = [&digits[..], &[check]].concat();
            prop_assert!(is_luhn(&whole));
            let at = at.index(whole.len());
            whole[at] = (whole[at] + by) % 10;
            prop_assert!(!is_luhn(&whole));
        }
    }
}
