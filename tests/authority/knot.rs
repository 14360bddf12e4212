//! Knot DNS answers from the same zones.

use nameward_tests::peer::knot::Knot;
use nameward_tests::peer::{program, skip};

use crate::comparison::{Peer, compare_all, zones};

#[test]
fn knot_answers_alike_or_as_was_decided() {
    let Some(program) = program("knotd") else {
        return skip("Knot is not installed");
    };
    let Some(files) = zones() else {
        return skip("NAMEWARD_CORPORA names no folder with the zones");
    };
    let knot = Knot::start(&program, &files, &["udp-max-payload: 4096"], &[]).expect("Knot starts");
    let (name, address) = ("Knot", knot.address());
    compare_all(&Peer { name, address }, &files);
}
