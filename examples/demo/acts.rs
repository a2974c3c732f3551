//! The acts of the demonstration, in order. Each checks what it shows and fails
//! where the archive did otherwise.

pub mod damage;
pub mod deliver;
pub mod find;
pub mod open;
pub mod prove;
pub mod read;
pub mod verify;
