//! Decisions as those read them who must not learn of silent holds.
//!
//! Earlier builds named, in the decision that ended a disposition, the hold that kept a
//! record. The decision stays as it was sealed; who may not place holds reads "a hold".

use serde_json::Value;
use serde_json::value::RawValue;

use crate::disposition::HELD;

/// The same decision, without the names of the holds that kept records from a disposition.
pub(super) fn without_holds(content: Box<RawValue>) -> Box<RawValue> {
    if !content.get().contains("\"why\":\"hold ") {
        return content;
    }
    let Ok(mut decision) = serde_json::from_str::<Value>(content.get()) else { return content };
    let withheld = decision.pointer_mut("/act/withheld").and_then(Value::as_array_mut);
    let mut named = false;
    for one in withheld.into_iter().flatten() {
        if let Some(why) = one.get_mut("why")
            && why.as_str().is_some_and(|why| why.starts_with("hold "))
        {
            (*why, named) = (HELD.into(), true);
        }
    }
    match named {
        true => serde_json::value::to_raw_value(&decision).unwrap_or(content),
        false => content,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        without_holds(RawValue::from_string(text.to_owned()).unwrap()).get().to_owned()
    }

    #[test]
    fn the_holds_of_an_earlier_build_s_decision_are_not_named() {
        let hold = "01abcdef01abcdef01abcdef01abcdef";
        let told = read(&format!(
            r#"{{"v":1,"on":"disposition","act":{{"did":"finished","run":"{hold}","withheld":[{{"why":"hold {hold}","entries":["1-2"]}},{{"why":"no rule is for it any more","entries":["3"]}}]}}}}"#
        ));
        let told: Value = serde_json::from_str(&told).unwrap();
        assert_eq!(told.pointer("/act/withheld/0/why").unwrap(), "a hold");
        assert_eq!(told.pointer("/act/withheld/0/entries/0").unwrap(), "1-2");
        assert_eq!(told.pointer("/act/withheld/1/why").unwrap(), "no rule is for it any more");
        assert_eq!(told.pointer("/act/run").unwrap(), hold);
    }

    #[test]
    fn any_other_decision_is_shown_as_it_was_sealed() {
        for other in [
            r#"{"v":1,  "on":"event","act":{"reason":"a hold of wool"}}"#,
            r#"{"on":"consent","act":{"why":"hold on"}}"#,
            r#"{"on":"hold",  "act":{"withheld":7,"why":"x","text":"\"why\":\"hold "}}"#,
        ] {
            assert_eq!(read(other), other);
        }
    }
}
