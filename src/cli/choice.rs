//! Words of the command line that stand for one of a few things.

/// Reads such a word. One that stands for nothing is answered with `told` and all the words
/// that there are.
pub(super) fn of<T: Copy + Send + Sync + 'static>(
    told: &'static str,
    all: &'static [T],
    as_str: fn(T) -> &'static str,
) -> impl Fn(&str) -> Result<T, String> + Clone + Send + Sync + 'static {
    move |word| {
        let found = all.iter().copied().find(|one| as_str(*one) == word);
        found.ok_or_else(|| {
            let words: Vec<_> = all.iter().map(|one| as_str(*one)).collect();
            format!("{told} {}", words.join(", "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_read_and_one_that_is_none_is_refused_with_those_there_are() {
        let read = of("a switch is", &[true, false], |on| if on { "on" } else { "off" });
        assert_eq!((read("on"), read("off")), (Ok(true), Ok(false)));
        assert_eq!(read("of"), Err("a switch is on, off".to_owned()));
    }
}
