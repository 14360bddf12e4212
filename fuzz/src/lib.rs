//! What fuzzing checks: one module for each target, whose `body` takes any octets and panics if a promise is broken.
//!
//! The bodies use nothing but public interfaces. `fuzz/run` lets libFuzzer call them with inputs of its own making; the tests of
//! this crate call them on stable with the inputs in `fuzz/corpus`, so that what was found once stays found.

pub mod bitmap;
pub mod edns;
pub mod framing;
pub mod host_files;
pub mod message;
pub mod name;
pub mod params;
mod pretended;
pub mod raw;
pub mod rdata;
pub mod rdata_text;
pub mod rdata_wire;
pub mod recording;
pub mod recursor;
pub mod requester;
pub mod respond;
pub mod round_trip;
pub mod signatures;
mod steps;
pub mod tsig;
pub mod versions;
pub mod zone;

/// Something that is to be tried on any octets.
pub type Body = fn(&[u8]);

/// The bodies, by the names of their targets and corpora.
pub const BODIES: [(&str, Body); 19] = [
    ("bitmap", bitmap::body),
    ("edns", edns::body),
    ("framing", framing::body),
    ("host_files", host_files::body),
    ("message", message::body),
    ("name", name::body),
    ("params", params::body),
    ("raw", raw::body),
    ("rdata_text", rdata_text::body),
    ("rdata_wire", rdata_wire::body),
    ("recording", recording::body),
    ("recursor", recursor::body),
    ("requester", requester::body),
    ("respond", respond::body),
    ("round_trip", round_trip::body),
    ("signatures", signatures::body),
    ("tsig", tsig::body),
    ("versions", versions::body),
    ("zone", zone::body),
];
