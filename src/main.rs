//! The `muniment` program: all of it is in the library, see `cli`.

fn main() -> std::process::ExitCode {
    muniment::cli::main()
}
