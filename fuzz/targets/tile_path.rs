#![no_main]
#![doc = "See `muniment_fuzz::checks::tile_path`."]

libfuzzer_sys::fuzz_target!(|input: &[u8]| muniment_fuzz::checks::tile_path::check(input));
