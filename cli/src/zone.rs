//! `nameward zone`: zone files, read in pieces: a zone that is checked or signed as a whole is kept, a formatted one is not. Keys of
//! zones.

mod check;
mod files;
mod format;
mod keys;
mod sign;

#[cfg(test)]
mod tests;

pub(crate) use check::{Report, check, judge};

pub(crate) use format::format;
pub(crate) use keys::{ds, keygen};
pub(crate) use sign::{sign, verify};
