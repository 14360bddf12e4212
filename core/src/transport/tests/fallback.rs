//! EDNS that a server does not take, replies that are too large for the way, letters that come back in another case.

use super::*;

/// What the query says of EDNS: version, payload size and DO.
fn edns(query: &[u8]) -> Option<(u8, u16, bool)> {
    let opt = Message::parse(query).unwrap().opt();
    opt.map(|opt| (opt.version(), opt.udp_payload(), opt.dnssec_ok()))
}

fn with_edns(edns: Edns) -> QueryOptions {
    QueryOptions {
        edns: Some(edns),
        ..plain()
    }
}

impl Bench {
    /// Answers the one question in flight with what `change` made of an ordinary response, over whatever it was asked.
    fn respond(&mut self, change: impl FnOnce(&mut Response)) {
        let stream = self
            .actions
            .iter()
            .any(|action| matches!(action, Action::Writable { .. }));
        if stream {
            let (flow, query) = self.streamed();
            self.answer(flow, &framed(&response(&query, change)));
        } else {
            let (flow, query) = self.sent();
            self.answer(flow, &response(&query, change));
        }
    }

    /// The reply that came, which is the only event.
    fn reply(&mut self) -> super::super::Reply {
        match self.events.pop() {
            Some(Event::Answered { reply, .. }) if self.events.is_empty() => reply,
            event => panic!("{event:?} after {:?}", self.events),
        }
    }
}

#[test]
fn rfc6891_6_2_2_who_refuses_edns_is_asked_once_without_it() {
    for rcode in [Rcode::FORMERR, Rcode::NOTIMP] {
        for proto in [Proto::Datagram, Proto::Stream] {
            let mut bench = Bench::asking(QueryOptions {
                proto,
                attempts: 1,
                ..plain()
            });
            bench.respond(|response| response.error(rcode));
            assert!(bench.events.is_empty());
            bench.respond(|response| response.error(rcode));
            let reply = bench.reply();
            assert_eq!((reply.message.view().rcode(), reply.edns_dropped), (rcode, true));
            bench.assert_nothing_is_left();
        }
    }
}

/// The flag days of 2019 and 2020: these say nothing of EDNS, and are answers.
#[test]
fn rfc6891_7_an_error_with_opt_or_of_another_kind_is_an_answer() {
    let with_opt = |response: &mut Response| {
        response.error(Rcode::FORMERR);
        response.opt = Some(Opt::default());
    };
    let mut bench = Bench::asking(plain());
    bench.respond(with_opt);
    assert_eq!(bench.reply().message.view().rcode(), Rcode::FORMERR);
    for rcode in [Rcode::SERVFAIL, Rcode::REFUSED, Rcode::NXDOMAIN] {
        let mut bench = Bench::asking(plain());
        bench.respond(|response| response.error(rcode));
        assert_eq!(bench.reply().message.view().rcode(), rcode);
    }
}

/// Else one forged reply would take all signatures away.
#[test]
fn rfc4035_4_1_who_wants_signatures_never_asks_without_edns() {
    let wanted = Edns {
        dnssec_ok: true,
        ..Edns::default()
    };
    let mut bench = Bench::asking(with_edns(wanted));
    bench.respond(|response| response.error(Rcode::FORMERR));
    let reply = bench.reply();
    assert_eq!(
        (reply.message.view().rcode(), reply.edns_dropped),
        (Rcode::FORMERR, false)
    );
}

/// CVE-2026-52690: what anybody may have sent teaches nothing; over a stream nobody else can have sent it.
#[test]
fn cve_2026_52690_that_a_server_has_no_edns_takes_two_observations_over_streams_and_ends() {
    for (proto, learnt) in [(Proto::Datagram, false), (Proto::Stream, true)] {
        let mut bench = Bench::new();
        for number in 0..2 {
            bench
                .ask(QuestionId(number), QueryOptions { proto, ..plain() })
                .unwrap();
            bench.respond(|response| response.error(Rcode::FORMERR));
            bench.respond(|_| ());
            assert!(bench.reply().edns_dropped);
            bench.actions.clear();
        }
        bench.ask(ID, plain()).unwrap();
        let (flow, query) = bench.sent();
        assert_eq!(edns(&query).is_none(), learnt);
        bench.answer(flow, &response(&query, |_| ()));
        assert_eq!(bench.reply().edns_dropped, learnt);

        // It is never held against who wants signatures, and not for long.
        let wanted = Edns {
            dnssec_ok: true,
            ..Edns::default()
        };
        bench.ask(ID, with_edns(wanted)).unwrap();
        assert!(edns(&bench.sent().1).is_some());
        bench.requester.command(bench.now, Command::Cancel(ID)).unwrap();
        bench.drain();
        bench.actions.clear();
        bench.now.mono = bench.now.mono.after(Duration::from_secs(15 * 60));
        bench.ask(ID, plain()).unwrap();
        assert!(edns(&bench.sent().1).is_some());
    }
}

#[test]
fn rfc6891_6_1_3_another_version_is_negotiated_and_version_0_is_not() {
    let newer = Edns {
        version: 3,
        ..Edns::default()
    };
    let mut bench = Bench::asking(with_edns(newer));
    let (flow, query) = bench.sent();
    assert_eq!(edns(&query), Some((3, 1232, false)));
    bench.answer(
        flow,
        &response(&query, |response| {
            response.error(Rcode::BADVERS);
            response.opt.get_or_insert_default().version = 1;
        }),
    );
    let (flow, query) = bench.sent();
    assert_eq!(edns(&query), Some((1, 1232, false)));
    // It offers what it refuses: that is its answer.
    bench.answer(
        flow,
        &response(&query, |response| {
            response.error(Rcode::BADVERS);
            response.opt.get_or_insert_default().version = 1;
        }),
    );
    assert_eq!(bench.reply().message.view().rcode(), Rcode::BADVERS);

    let mut bench = Bench::asking(plain());
    bench.respond(|response| response.error(Rcode::BADVERS));
    assert_eq!(bench.reply().message.view().rcode(), Rcode::BADVERS);
}

#[test]
fn rfc6891_6_2_5_lost_replies_lead_to_smaller_ones_and_those_to_a_stream() {
    let mut bench = Bench::asking(plain());
    let (_, query) = bench.sent();
    assert_eq!(edns(&query), Some((0, 1232, false)));
    bench.wake();
    let (flow, query) = bench.sent();
    assert_eq!(edns(&query), Some((0, 512, false)));
    // What it did not ask for is not its answer.
    bench.answer(flow, &response(&query, |response| response.padding = 512));
    assert_eq!(bench.ignored, [Ignored::LargerThanAdvertised]);
    bench.answer(
        flow,
        &response(&query, |response| response.flags = response.flags.with_tc(true)),
    );
    bench.respond(|response| response.padding = 2000);
    assert_eq!(bench.reply().proto, Proto::Stream);
    bench.assert_nothing_is_left();
}

/// The loss itself proves nothing: it is the large reply over a stream that does.
#[test]
fn that_large_replies_get_lost_takes_two_large_ones_over_streams_and_one_datagram_disproves_it() {
    let truncated = |response: &mut Response| response.flags = response.flags.with_tc(true);
    let mut bench = Bench::new();
    let lose_one = |bench: &mut Bench, number, octets| {
        bench
            .ask(
                QuestionId(number),
                QueryOptions {
                    cookies: true,
                    ..plain()
                },
            )
            .unwrap();
        let (_, query) = bench.sent();
        let first = edns(&query).map(|(_, payload, _)| payload);
        bench.wake();
        bench.respond(truncated);
        bench.respond(|response| response.padding = octets);
        assert_eq!(bench.reply().proto, Proto::Stream);
        bench.actions.clear();
        first
    };
    assert_eq!(lose_one(&mut bench, 0, 100), Some(1232));
    assert_eq!(lose_one(&mut bench, 1, 100), Some(1232));
    assert_eq!(
        lose_one(&mut bench, 2, 2000),
        Some(1232),
        "small replies were no evidence"
    );
    assert_eq!(
        lose_one(&mut bench, 3, 2000),
        Some(1232),
        "one observation is none"
    );
    assert_eq!(lose_one(&mut bench, 4, 2000), Some(512));
}

#[test]
fn other_tries_of_the_same_question_count() {
    let options = QueryOptions {
        sent_before: 1,
        ..plain()
    };
    let mut bench = Bench::asking(options);
    assert_eq!(edns(&bench.sent().1), Some((0, 512, false)));
    bench.wake();
    bench.sent();
    bench.wake();
    assert_eq!(bench.failure(), ExchangeError::TimedOut);
    bench.assert_nothing_is_left();
}

/// draft-vixie-dnsext-dns0x20: letters are drawn, must come back, and do not reach the asker.
#[test]
fn dns0x20_letters_are_drawn_and_the_asker_gets_back_its_own() {
    let options = QueryOptions {
        case_randomization: true,
        ..plain()
    };
    let mut bench = Bench::asking(options);
    let (flow, query) = bench.sent();
    let asked = Message::parse(&query).unwrap().question().unwrap();
    assert!(!asked.repeats(&question()), "seed 1 draws other letters");
    assert_eq!(asked.to_question(), question());
    bench.answer(
        flow,
        &response(&query, |response| {
            response.questions[0].name = "www.example.org".parse().unwrap();
        }),
    );
    assert_eq!(bench.ignored, [Ignored::WrongQuestion]);
    let (stream, _) = bench.streamed();
    bench.give(Input::Closed {
        flow: stream,
        cause: CloseCause::Refused,
    });
    bench.answer(flow, &response(&query, |_| ()));
    let reply = bench.reply();
    let view = reply.message.view();
    assert!(view.question().unwrap().repeats(&question()));
    for record in view.records(Section::Answer) {
        assert!(record.owner.same_octets(&question().name));
    }
}

#[test]
fn dns0x20_a_server_that_folds_letters_is_asked_over_streams_until_that_is_known() {
    let folded = |response: &mut Response| {
        response.questions[0].name = "www.example.org".parse().unwrap();
    };
    let mut bench = Bench::new();
    let options = || QueryOptions {
        case_randomization: true,
        ..plain()
    };
    for number in 0..2 {
        bench.ask(QuestionId(number), options()).unwrap();
        let (flow, query) = bench.sent();
        bench.answer(flow, &response(&query, folded));
        assert_eq!(bench.ignored.pop(), Some(Ignored::WrongQuestion));
        bench.respond(folded);
        assert_eq!(bench.reply().proto, Proto::Stream);
        bench.actions.clear();
    }
    bench.ask(ID, options()).unwrap();
    let (flow, query) = bench.sent();
    assert!(
        Message::parse(&query)
            .unwrap()
            .question()
            .unwrap()
            .repeats(&question())
    );
    bench.answer(flow, &response(&query, |_| ()));
    assert_eq!(bench.reply().proto, Proto::Datagram);
}

/// S4 of the attack classes: over a stream there is nothing to guess, and what a guess may have hit waits for it.
#[test]
fn a_guess_leads_to_a_stream_whose_answer_counts() {
    for right in [true, false] {
        let mut bench = Bench::asking(plain());
        let (flow, query) = bench.sent();
        bench.answer(flow, &response(&query, |response| response.id ^= 1));
        assert_eq!(bench.ignored.pop(), Some(Ignored::WrongId));
        let (stream, asked) = bench.streamed();
        // The next guess is right in all, and it is a forgery.
        bench.answer(flow, &response(&query, |response| response.answers = 2));
        assert!(bench.events.is_empty());
        if right {
            bench.answer(stream, &framed(&response(&asked, |_| ())));
            assert_eq!(bench.reply().proto, Proto::Stream);
        } else {
            bench.wake();
            assert_eq!(bench.reply().proto, Proto::Datagram, "there is no better one");
        }
        bench.assert_nothing_is_left();
    }
}

#[test]
fn what_a_guess_costs_is_bounded() {
    let mut bench = Bench::asking(plain());
    let (flow, query) = bench.sent();
    for guess in 1..1_000u16 {
        bench.answer(flow, &response(&query, |response| response.id ^= guess));
    }
    let opened = bench
        .actions
        .iter()
        .filter(|action| matches!(action, Action::Open { .. }))
        .count();
    assert_eq!((opened, bench.ignored.len()), (1, 999));
}

#[test]
fn a_stream_that_is_out_already_is_not_asked_twice() {
    let mut bench = Bench::asking(QueryOptions {
        sent_before: 2,
        ..plain()
    });
    let (flow, query) = bench.sent();
    bench.answer(flow, &response(&query, |response| response.id ^= 1));
    // The guess has led to a stream. To ask again without EDNS would take a fourth datagram, which is one too many.
    bench.answer(flow, &response(&query, |response| response.error(Rcode::FORMERR)));
    let (stream, query) = bench.streamed();
    assert!(bench.requester.stream_out(stream).is_empty());
    bench.answer(stream, &framed(&response(&query, |_| ())));
    assert_eq!(bench.reply().proto, Proto::Stream);
    bench.assert_nothing_is_left();
}
