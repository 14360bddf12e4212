//! BIND answers from the same zones.

use nameward_tests::peer::bind::Bind;
use nameward_tests::peer::{program, skip};

use crate::comparison::{Peer, compare_all, zones};

#[test]
fn bind_answers_alike_or_as_was_decided() {
    let Some(program) = program("named") else {
        return skip("BIND is not installed");
    };
    let Some(files) = zones() else {
        return skip("NAMEWARD_CORPORA names no folder with the zones");
    };
    let sizes = [
        "edns-udp-size 4096;",
        "max-udp-size 4096;",
        "nocookie-udp-size 4096;",
    ];
    let bind = Bind::start(&program, &files, &sizes).expect("BIND starts");
    let (name, address) = ("BIND", bind.address());
    compare_all(&Peer { name, address }, &files);
}
