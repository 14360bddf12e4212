//! NSD answers from the same zones.

use nameward_tests::peer::nsd::Nsd;
use nameward_tests::peer::{program, skip};

use crate::comparison::{Peer, compare_all, zones};

#[test]
fn nsd_answers_alike_or_as_was_decided() {
    let Some(program) = program("nsd") else {
        return skip("NSD is not installed");
    };
    let Some(files) = zones() else {
        return skip("NAMEWARD_CORPORA names no folder with the zones");
    };
    let nsd = Nsd::start_with(&program, &files, &["ipv4-edns-size: 4096"]).expect("NSD starts");
    let (name, address) = ("NSD", nsd.address());
    compare_all(&Peer { name, address }, &files);
}
