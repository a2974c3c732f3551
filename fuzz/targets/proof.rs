#![no_main]
#![doc = "See `muniment_fuzz::checks::proof`."]

libfuzzer_sys::fuzz_target!(|input: &[u8]| muniment_fuzz::checks::proof::check(input));
