//! Zone files, read.

mod decisions;
mod digests;
mod domain;
mod files;
mod knot;
mod loading;
mod reading;
mod semantics;
