//! The story of the demonstration, tested where every test is found.

#[path = "../examples/demo/story.rs"]
mod story;

#[allow(dead_code, unreachable_pub, reason = "the demonstration uses all of it")]
#[path = "../examples/demo/settings.rs"]
mod settings;

#[allow(dead_code, unreachable_pub, reason = "the demonstration uses all of it")]
#[path = "../examples/demo/forge.rs"]
mod forge;
