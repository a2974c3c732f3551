#![no_main]
#![doc = "See `muniment_fuzz::checks::hand_over`."]

libfuzzer_sys::fuzz_target!(|input: &[u8]| muniment_fuzz::checks::hand_over::check(input));
