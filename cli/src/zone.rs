//! `nameward zone`: zone files, read in pieces: a zone that is checked as a whole is kept, a formatted one is not.

mod check;
mod files;
mod format;

#[cfg(test)]
mod tests;

pub(crate) use check::{Report, check, judge};

pub(crate) use format::format;
