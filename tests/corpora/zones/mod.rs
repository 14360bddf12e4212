//! Zone files, read.

mod decisions;
mod domain;
mod files;
mod knot;
mod loading;
mod reading;
