//! Packets that are not the reply (INV-1).

use std::collections::BTreeSet;

use super::*;
use crate::machine::Ignored;
use crate::wire::Opcode;

const TRUE: &str = "www.example. 60 A 192.0.2.1";
const FORGED: &str = "www.example. 60 A 192.0.2.66";

/// A server whose reply comes after what a forger makes of it.
fn forged(forge: impl Fn(&Asked) -> Vec<u8> + 'static) -> World {
    World::new(config(1), move |asked| match asked.proto {
        Proto::Datagram => Reaction::Octets(Vec::from([forge(asked), asked.written(&answer(TRUE))])),
        Proto::Stream => answer(TRUE).into(),
    })
}

#[test]
fn twisted_12696_a_reply_to_another_question_is_not_the_reply() {
    let mut world = forged(|asked| {
        let mut out = BytesMut::new();
        let flags = Flags::default().with_qr(true);
        let id = asked.query().id();
        let mut writer = MessageWriter::new(&mut out, u16::MAX, id, flags);
        let name = "other.example.".parse().unwrap();
        writer.question(&name, Rtype::A, Class::IN).unwrap();
        writer.record(Section::Answer, &records(FORGED)[0]).unwrap();
        writer.finish();
        out.to_vec()
    });
    assert_eq!(addresses(&world.answer("www.example. A")), ["192.0.2.1"]);
    assert!(world.ignored.contains(&Ignored::WrongQuestion));
}

#[test]
fn dnspython_1045_garbage_before_the_reply_neither_ends_the_wait_nor_counts_against_the_server() {
    let mut world = forged(|asked| [&asked.octets[..2], &[0x80, 0, 0, 9]].concat());
    for number in 0..5 {
        let answer = world.look_up(records_query("www.example. A"));
        assert_eq!(addresses(&answer.unwrap()), ["192.0.2.1"], "{number}");
        world.pass(61_000);
    }
    assert!(
        world.whom().iter().all(|&server| server == 1),
        "no stream, and no other try"
    );
    assert!(matches!(world.ignored[..], [Ignored::Malformed { .. }, ..]));
}

#[test]
fn cares_1263_a_query_that_comes_back_or_another_operation_is_not_the_reply() {
    let mut world = forged(|asked| asked.octets.clone());
    assert_eq!(addresses(&world.answer("www.example. A")), ["192.0.2.1"]);
    assert!(world.ignored.contains(&Ignored::NotAResponse));
    let mut world =
        forged(|asked| asked.written(&answer(FORGED).flags(|flags| flags.with_opcode(Opcode::NOTIFY))));
    assert_eq!(addresses(&world.answer("www.example. A")), ["192.0.2.1"]);
    assert!(world.ignored.contains(&Ignored::WrongOpcode));
    // An empty answer without SOA record may be forged or odd, and is good for one look-up only.
    let mut world = World::new(config(1), |asked| match asked.at.as_millis() {
        0 => answer("").into(),
        _ => answer(TRUE).into(),
    });
    assert_eq!(world.answer("www.example. A").outcome, Outcome::NoData);
    assert_eq!(addresses(&world.answer("www.example. A")), ["192.0.2.1"]);
}

#[test]
fn shadowsocks_libev_1641_ids_and_flows_are_fresh_and_a_guess_gains_nothing() {
    let mut world = World::new(
        Config {
            cache: None,
            ..config(1)
        },
        |_| answer(TRUE).into(),
    );
    let mut ids = BTreeSet::new();
    let mut flows = BTreeSet::new();
    for _ in 0..100 {
        world.answer("www.example. A");
        for asked in world.asked() {
            ids.insert(asked.query().id());
            flows.insert(asked.flow);
        }
    }
    assert_eq!(flows.len(), 100, "a flow, and so a port, is used once");
    assert!(ids.len() > 95, "{} different IDs", ids.len());
    let mut world = forged(|asked| {
        let mut guess = asked.written(&answer(FORGED));
        guess[1] ^= 0x55;
        guess
    });
    assert_eq!(addresses(&world.answer("www.example. A")), ["192.0.2.1"]);
    assert!(world.ignored.contains(&Ignored::WrongId));
    // Whom somebody is guessing at is asked over a stream as well, where there is nothing to guess.
    assert_eq!(world.whom(), [1, 101]);
}
