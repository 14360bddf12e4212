//! Truncated replies (the client's side).

use super::*;

fn truncated(reply: Reply) -> Reply {
    reply.flags(|flags| flags.with_tc(true))
}

const ALL: &str = "big.example. 60 MX 10 a.example.\nbig.example. 60 MX 10 b.example.";
const PART: &str = "big.example. 60 MX 10 a.example.";

#[test]
fn hickory_2608_a_truncated_answer_is_neither_returned_nor_kept_when_the_stream_fails() {
    let mut world = World::new(config(1), |asked| match (asked.proto, asked.at.as_secs()) {
        (Proto::Datagram, _) => truncated(answer(PART)).into(),
        (Proto::Stream, ..60) => Reaction::Reject,
        (Proto::Stream, _) => answer(ALL).into(),
    });
    assert!(world.look_up(records_query("big.example. MX")).is_err());
    assert_eq!(world.stub.machine().cache().unwrap().entries(), 0);
    world.pass(60_000);
    assert_eq!(shown(&world.answer("big.example. MX")).len(), 2);
}

#[test]
fn hickory_1629_a_truncated_reply_without_any_record_leads_to_a_stream_too() {
    let mut world = World::new(config(1), |asked| match asked.proto {
        Proto::Datagram => truncated(answer("")).into(),
        Proto::Stream => answer(ALL).into(),
    });
    assert_eq!(shown(&world.answer("big.example. MX")).len(), 2);
    assert_eq!(world.whom(), [1, 101]);
}

#[test]
fn hickory_3959_what_is_kept_is_the_whole_set_and_not_the_truncated_one() {
    let mut world = World::new(config(1), |asked| match asked.proto {
        Proto::Datagram => truncated(answer(PART)).into(),
        Proto::Stream => answer(ALL).into(),
    });
    let first = world.answer("big.example. MX");
    let second = world.answer("big.example. MX");
    assert_eq!((shown(&second), second.source), (shown(&first), Source::Cache));
    assert_eq!((shown(&second).len(), world.asked().len()), (2, 2));
}

#[test]
fn omicron_6415_a_reply_that_is_cut_in_the_middle_of_a_record_leads_to_a_stream_at_once() {
    let mut world = World::new(config(1), |asked| match asked.proto {
        Proto::Datagram => {
            let mut cut = asked.written(&truncated(answer(ALL)));
            cut.truncate(cut.len() - 20);
            Reaction::Octets(Vec::from([cut]))
        }
        Proto::Stream => answer(ALL).into(),
    });
    assert_eq!(shown(&world.answer("big.example. MX")).len(), 2);
    assert!(world.elapsed() < Duration::from_millis(100));
    assert_eq!(world.whom(), [1, 101]);
}

#[test]
fn dnspython_1053_garbage_before_a_truncated_reply_does_not_hide_it() {
    let mut world = World::new(config(1), |asked| match asked.proto {
        Proto::Datagram => {
            let garbage = [&asked.octets[..2], b"garbage"].concat();
            let mut another = asked.written(&answer(PART));
            another[0] ^= 1;
            let reply = asked.written(&truncated(answer(PART)));
            Reaction::Octets(Vec::from([garbage, another, reply]))
        }
        Proto::Stream => answer(ALL).into(),
    });
    assert_eq!(shown(&world.answer("big.example. MX")).len(), 2);
    assert!(world.elapsed() < Duration::from_millis(100));
}

#[test]
fn rfc2181_9_truncation_over_a_stream_is_no_answer_and_another_server_is_asked() {
    let mut world = World::new(config(2), |asked| match asked.last_octet() {
        1 => truncated(answer(PART)).into(),
        _ => answer(ALL).into(),
    });
    assert_eq!(shown(&world.answer("big.example. MX")).len(), 2);
    assert_eq!(world.whom(), [1, 101, 2]);
}
