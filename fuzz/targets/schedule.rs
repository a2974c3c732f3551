#![no_main]
#![doc = "See `muniment_fuzz::checks::schedule`."]

libfuzzer_sys::fuzz_target!(|input: &[u8]| muniment_fuzz::checks::schedule::check(input));
