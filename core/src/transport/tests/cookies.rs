//! Cookies (RFC 7873).

use super::*;
use crate::edns::Cookie;

const COOKIE: [u8; 16] = *b"the server knows";

fn options() -> QueryOptions {
    QueryOptions {
        cookies: true,
        ..plain()
    }
}

/// The cookies of a query: ours, and the server's.
fn cookies(query: &[u8]) -> ([u8; 8], Vec<u8>) {
    let opt = Message::parse(query).unwrap().opt().expect("an OPT record");
    let cookie = opt.options().first::<Cookie<'_>>().expect("a cookie").unwrap();
    (cookie.client, cookie.server.to_vec())
}

/// Puts both cookies into a response.
fn set(response: &mut Response, client: [u8; 8], server: &[u8]) {
    let opt = response.opt.get_or_insert_default();
    assert!(opt.options.add(&Cookie { client, server }));
}

/// A requester whose server gave it a cookie, and what ours is.
fn acquainted() -> (Bench, [u8; 8]) {
    let mut bench = Bench::asking(options());
    let (flow, query) = bench.sent();
    let (client, server) = cookies(&query);
    assert!(server.is_empty());
    bench.answer(flow, &response(&query, |response| set(response, client, &COOKIE)));
    assert!(matches!(bench.events.pop(), Some(Event::Answered { reply, .. }) if reply.cookie_verified));
    bench.actions.clear();
    (bench, client)
}

#[test]
fn rfc7873_5_1_the_cookie_of_a_server_is_sent_back_to_it_and_to_no_other() {
    let (mut bench, client) = acquainted();
    bench.ask(ID, options()).unwrap();
    assert_eq!(cookies(&bench.sent().1), (client, COOKIE.to_vec()));
    let elsewhere = Ask {
        id: QuestionId(99),
        server: "192.0.2.54:53".parse().unwrap(),
        question: question(),
        options: options(),
    };
    bench
        .requester
        .command(bench.now, Command::Ask(elsewhere))
        .unwrap();
    bench.drain();
    let (other, server) = cookies(&bench.sent().1);
    assert_ne!(other, client);
    assert!(server.is_empty());
}

/// RFC 7873 section 8.3: an address that moves must not be recognised.
#[test]
fn rfc7873_8_3_another_network_means_another_cookie() {
    let (mut bench, client) = acquainted();
    bench.give(Input::NetworkChanged);
    bench.ask(ID, options()).unwrap();
    let (fresh, server) = cookies(&bench.sent().1);
    assert_ne!(fresh, client);
    assert!(server.is_empty());
}

#[test]
fn rfc7873_5_3_a_wrong_cookie_or_none_where_there_was_one_is_ignored() {
    let (mut bench, client) = acquainted();
    bench.ask(ID, options()).unwrap();
    let (flow, query) = bench.sent();
    bench.answer(flow, &response(&query, |_| ()));
    bench.answer(flow, &response(&query, |response| set(response, [0; 8], &COOKIE)));
    bench.answer(
        flow,
        &response(&query, |response| {
            let opt = response.opt.get_or_insert_default();
            opt.options.push(crate::wire::OptionCode::COOKIE, &client[..7]);
        }),
    );
    assert_eq!(bench.ignored, [Ignored::WrongCookie; 3]);
    assert!(bench.events.is_empty());
    // With the cookie it is the server's, whatever was guessed before.
    bench.answer(flow, &response(&query, |response| set(response, client, &COOKIE)));
    assert!(matches!(bench.only_event(), Event::Answered { reply, .. } if reply.cookie_verified));
    bench.assert_nothing_is_left();
}

/// A server may stop using cookies. Over a stream one can believe it.
#[test]
fn a_server_that_stops_using_cookies_is_believed_over_a_stream() {
    let (mut bench, _) = acquainted();
    bench.ask(ID, options()).unwrap();
    let (flow, query) = bench.sent();
    bench.answer(flow, &response(&query, |_| ()));
    let (stream, query) = bench.streamed();
    bench.answer(stream, &framed(&response(&query, |_| ())));
    assert!(matches!(bench.events.pop(), Some(Event::Answered { reply, .. }) if !reply.cookie_verified));
    bench.actions.clear();
    bench.ask(ID, options()).unwrap();
    let (flow, query) = bench.sent();
    assert!(cookies(&query).1.is_empty());
    bench.answer(flow, &response(&query, |_| ()));
    assert!(matches!(bench.only_event(), Event::Answered { .. }));
}

#[test]
fn rfc7873_5_3_badcookie_is_answered_with_the_new_cookie_and_then_over_a_stream() {
    let (mut bench, client) = acquainted();
    bench.ask(ID, options()).unwrap();
    for new in [[1; 8], [2; 8]] {
        let (flow, query) = bench.sent();
        bench.answer(
            flow,
            &response(&query, |response| {
                response.error(Rcode::BADCOOKIE);
                set(response, client, &new);
            }),
        );
        assert!(bench.events.is_empty());
        if new == [1; 8] {
            let resent = bench.actions.iter().find_map(|action| match action {
                Action::Send { data, .. } => Some(data.clone()),
                _ => None,
            });
            assert_eq!(cookies(&resent.unwrap()), (client, new.to_vec()));
        }
    }
    let (stream, query) = bench.streamed();
    bench.answer(
        stream,
        &framed(&response(&query, |response| set(response, client, &[2; 8]))),
    );
    assert!(matches!(bench.only_event(), Event::Answered { reply, .. } if reply.proto == Proto::Stream));
    bench.assert_nothing_is_left();
}

#[test]
fn a_cookie_that_the_asker_wrote_is_the_only_one() {
    let mut edns = Edns::default();
    edns.options.push(crate::wire::OptionCode::COOKIE, b"mine4you");
    let mut bench = Bench::asking(QueryOptions {
        edns: Some(edns),
        ..options()
    });
    let (_, query) = bench.sent();
    let opt = Message::parse(&query).unwrap().opt().unwrap();
    let written: Vec<_> = opt.options().map(|option| option.data).collect();
    assert_eq!(written, [b"mine4you"]);
}
