//! Attempts, matching, truncation, and the ends of an exchange.

use super::*;

#[test]
fn rfc1035_4_1_a_question_is_asked_and_answered() {
    let mut bench = Bench::asking(plain());
    let open = bench.actions[0].clone();
    assert!(
        matches!(open, Action::Open { proto: Proto::Datagram, remote, read: true, .. } if remote == server())
    );
    let (flow, query) = bench.sent();
    let view = Message::parse(&query).unwrap();
    assert!(view.question().unwrap().repeats(&question()));
    assert_eq!(view.flags(), Flags::default().with_rd(true));
    assert_eq!(
        view.opt().map(|opt| (opt.udp_payload(), opt.dnssec_ok())),
        Some((1232, false))
    );

    bench.now.mono = bench.now.mono.after(Duration::from_millis(30));
    let reply = response(&query, |_| ());
    bench.answer(flow, &reply);
    let Event::Answered { id, reply: answered } = bench.only_event() else {
        panic!("{:?}", bench.events)
    };
    assert_eq!(
        (*id, answered.server, answered.proto),
        (ID, server(), Proto::Datagram)
    );
    assert_eq!(answered.round_trip, Duration::from_millis(30));
    assert_eq!(&answered.message.as_bytes()[..], &reply[..]);
    assert_eq!(bench.actions, [Action::Close { flow }]);
    bench.assert_nothing_is_left();
}

#[test]
fn options_reach_the_wire() {
    let mut options = Options::default();
    options.push(OptionCode::NSID, b"");
    options.push(OptionCode(65_001), &[7; 600]);
    let edns = Edns {
        udp_payload: 1000,
        dnssec_ok: true,
        version: 1,
        options: options.clone(),
    };
    let asked = QueryOptions {
        recursion_desired: false,
        authentic_data: true,
        checking_disabled: true,
        edns: Some(edns),
        ..plain()
    };
    let (_, query) = Bench::asking(asked).sent();
    let view = Message::parse(&query).unwrap();
    assert_eq!(view.flags(), Flags::default().with_ad(true).with_cd(true));
    assert_eq!(
        view.opt()
            .map(|opt| (opt.udp_payload(), opt.dnssec_ok(), opt.version())),
        Some((1000, true, 1))
    );
    assert!(view.opt().unwrap().options().eq(options.iter()));
    let (_, plain) = Bench::asking(QueryOptions {
        edns: None,
        ..plain()
    })
    .sent();
    assert!(Message::parse(&plain).unwrap().opt().is_none());
}

/// RFC 5452 section 9.1 lists what a reply must match. What does not neither ends the wait nor leaves a trace.
#[test]
fn rfc5452_9_1_near_misses_are_ignored_by_name_and_the_true_reply_is_taken() {
    type Change = fn(&mut Response);
    let other_name =
        |response: &mut Response| response.questions[0].name = "www.example.com".parse().unwrap();
    let other_case =
        |response: &mut Response| response.questions[0].name = "www.example.org".parse().unwrap();
    let cases: [(Ignored, Change); 10] = [
        (Ignored::WrongId, |response| response.id ^= 1),
        (Ignored::NotAResponse, |response| {
            response.flags = response.flags.with_qr(false)
        }),
        (Ignored::WrongOpcode, |response| {
            response.flags = response.flags.with_opcode(Opcode::NOTIFY)
        }),
        (Ignored::WrongQuestion, other_name),
        (Ignored::WrongQuestion, other_case),
        (Ignored::WrongQuestion, |response| {
            response.questions[0].rtype = Rtype::AAAA
        }),
        (Ignored::WrongQuestion, |response| {
            response.questions[0].class = crate::wire::Class::CH
        }),
        (Ignored::WrongQuestion, |response| {
            response.questions.push(question())
        }),
        (Ignored::WrongQuestion, |response| response.questions.clear()),
        (Ignored::LargerThanAdvertised, |response| response.padding = 512),
    ];
    let mut bench = Bench::asking(QueryOptions {
        edns: None,
        ..plain()
    });
    let (flow, query) = bench.sent();
    let wake = bench.wake;
    for (why, change) in cases {
        bench.answer(flow, &response(&query, change));
        assert_eq!(bench.ignored.pop(), Some(why));
    }
    let whole = response(&query, |_| ());
    for length in 0..whole.len() {
        bench.answer(flow, &whole[..length]);
        assert!(
            matches!(bench.ignored.pop(), Some(Ignored::Malformed { .. })),
            "{length} octets"
        );
    }
    assert_eq!((bench.events.len(), bench.ignored.len()), (0, 0));
    assert_eq!(bench.wake, wake);
    // Somebody may be guessing, so a stream is asked as well, once; the datagram counts if nobody is there.
    let (stream, _) = bench.streamed();
    bench.answer(flow, &whole);
    assert!(bench.events.is_empty());
    bench.give(Input::Closed {
        flow: stream,
        cause: CloseCause::Refused,
    });
    assert!(matches!(bench.only_event(), Event::Answered { .. }));
    bench.assert_nothing_is_left();
}

/// RFC 1035 section 4.1.1: who could not read the query cannot repeat its question.
#[test]
fn rfc1035_4_1_1_an_error_need_not_repeat_the_question() {
    for (rcode, taken) in [
        (Rcode::FORMERR, true),
        (Rcode::REFUSED, true),
        (Rcode::NOERROR, false),
        (Rcode::NXDOMAIN, false),
    ] {
        let mut bench = Bench::asking(QueryOptions {
            edns: None,
            ..plain()
        });
        let (flow, query) = bench.sent();
        let reply = response(&query, |response| {
            response.questions.clear();
            response.answers = 0;
            response.flags = response.flags.with_rcode(rcode);
        });
        bench.answer(flow, &reply);
        assert_eq!(bench.events.len(), usize::from(taken), "{rcode}");
    }
}

#[test]
fn retries_back_off_on_fresh_flows_and_retire_the_older_attempt() {
    let mut bench = Bench::asking(plain());
    let (first_flow, first_query) = bench.sent();
    assert_eq!(
        bench.wake.map(|wake| wake.at),
        Some(Instant::ZERO.after(Duration::from_secs(1)))
    );
    bench.wake();
    assert_eq!(bench.actions.first(), Some(&Action::Close { flow: first_flow }));
    let (second_flow, second_query) = bench.sent();
    assert_ne!(first_flow, second_flow);
    assert_ne!(first_query[..2], second_query[..2], "a fresh ID");
    let asked = |query: &[u8]| Message::parse(query).unwrap().question().unwrap().to_question();
    assert_eq!(asked(&first_query), asked(&second_query));
    assert_eq!(
        bench.wake.map(|wake| wake.at),
        Some(Instant::ZERO.after(Duration::from_secs(3)))
    );

    // The reply to the first attempt comes late.
    bench.answer(first_flow, &response(&first_query, |_| ()));
    assert_eq!(bench.ignored, [Ignored::UnknownFlow]);

    bench.wake();
    bench.sent();
    bench.wake();
    assert_eq!(bench.now.mono, Instant::ZERO.after(Duration::from_secs(7)));
    assert_eq!(bench.failure(), ExchangeError::TimedOut);
    bench.assert_nothing_is_left();
}

#[test]
fn no_timeout_outlasts_the_time_of_the_question() {
    let options = QueryOptions {
        timeout: Duration::from_secs(10),
        ..plain()
    };
    let mut bench = Bench::asking(options);
    bench.wake();
    assert_eq!(bench.now.mono, Instant::ZERO.after(Limits::default().time));
    assert_eq!(bench.failure(), ExchangeError::TimedOut);
    bench.assert_nothing_is_left();
}

#[test]
fn rfc7766_5_truncation_leads_to_a_stream_in_arbitrary_pieces() {
    for piece in [1, 2, 3, 5, 64, 1000] {
        let mut bench = Bench::asking(plain());
        let (flow, query) = bench.sent();
        bench.answer(
            flow,
            &response(&query, |response| response.flags = response.flags.with_tc(true)),
        );
        assert_eq!(bench.actions.first(), Some(&Action::Close { flow }));
        assert!(matches!(
            bench.actions[1],
            Action::Open {
                proto: Proto::Stream,
                ..
            }
        ));
        let (flow, query) = bench.streamed();
        let reply = response(&query, |response| response.answers = 200);
        assert!(reply.len() > 1232);
        bench.give(Input::Opened {
            flow,
            local: "192.0.2.1:40000".parse().unwrap(),
        });
        for piece in framed(&reply).chunks(piece) {
            assert!(bench.events.is_empty());
            bench.answer(flow, piece);
        }
        let Event::Answered { reply: answered, .. } = bench.only_event() else {
            panic!("{:?}", bench.events)
        };
        assert_eq!(
            (&answered.message.as_bytes()[..], answered.proto),
            (&reply[..], Proto::Stream)
        );
        bench.assert_nothing_is_left();
    }
}

/// RFC 2181 section 9: truncated data is never an answer, not even where there is nowhere else to ask.
#[test]
fn rfc2181_9_truncation_over_a_stream_is_no_answer() {
    let mut bench = Bench::asking(QueryOptions {
        proto: Proto::Stream,
        ..plain()
    });
    let (flow, query) = bench.streamed();
    bench.answer(
        flow,
        &framed(&response(&query, |response| {
            response.flags = response.flags.with_tc(true)
        })),
    );
    assert_eq!(bench.failure(), ExchangeError::Truncated);
    bench.assert_nothing_is_left();
}

#[test]
fn a_stream_skips_garbage_but_pays_for_it() {
    let over_streams = || QueryOptions {
        proto: Proto::Stream,
        ..plain()
    };
    let mut bench = Bench::asking(over_streams());
    let (flow, query) = bench.streamed();
    bench.answer(flow, &framed(&query[..2]));
    bench.answer(flow, &framed(&query));
    assert!(matches!(
        bench.ignored[..],
        [Ignored::Malformed { .. }, Ignored::NotAResponse]
    ));
    bench.answer(flow, &framed(&response(&query, |_| ())));
    assert!(matches!(bench.only_event(), Event::Answered { .. }));

    let mut flooded = Bench::asking(over_streams());
    let (flow, query) = flooded.streamed();
    let mut garbage = query[..2].to_vec();
    garbage.resize(10_000, 0);
    for _ in 0..10 {
        assert!(flooded.events.is_empty());
        flooded.answer(flow, &framed(&garbage));
    }
    flooded.answer(flow, &framed(&garbage));
    assert_eq!(flooded.failure(), ExchangeError::Exhausted(Exhausted::Octets));
    flooded.assert_nothing_is_left();
}

/// Only the server can send on a stream: one that answers what nobody asked there cannot be relied on to keep answers apart.
#[test]
fn a_stream_with_a_strangers_answer_is_closed_and_the_question_asked_on_another() {
    for stranger in [&[][..], b"garbage"] {
        let mut bench = Bench::asking(QueryOptions {
            proto: Proto::Stream,
            ..plain()
        });
        for _ in 0..3 {
            let (flow, _) = bench.streamed();
            bench.answer(flow, &framed(stranger));
            assert!(matches!(
                bench.ignored.pop(),
                Some(Ignored::WrongId | Ignored::Malformed { offset: 0 })
            ));
            assert_eq!(bench.actions.first(), Some(&Action::Close { flow }));
        }
        assert_eq!(bench.failure(), ExchangeError::Closed(CloseCause::Reset));
        bench.assert_nothing_is_left();
    }
}

#[test]
fn a_stream_that_dies_in_mid_question_is_opened_again_within_the_attempts() {
    for end in [
        |flow| Input::Finished { flow },
        |flow| Input::Closed {
            flow,
            cause: CloseCause::Reset,
        },
        |flow| Input::Closed {
            flow,
            cause: CloseCause::Finished,
        },
    ] {
        let mut bench = Bench::asking(QueryOptions {
            proto: Proto::Stream,
            ..plain()
        });
        for attempt in 1..=3 {
            assert!(bench.events.is_empty());
            let (flow, query) = bench.streamed();
            let reply = framed(&response(&query, |_| ()));
            bench.answer(flow, &reply[..attempt * 10]);
            bench.give(end(flow));
        }
        assert!(matches!(
            bench.failure(),
            ExchangeError::Closed(CloseCause::Reset | CloseCause::Finished)
        ));
        bench.assert_nothing_is_left();
    }
}

#[test]
fn a_refused_stream_ends_the_question_and_local_trouble_does_not() {
    let mut refused = Bench::asking(QueryOptions {
        proto: Proto::Stream,
        ..plain()
    });
    let (flow, _) = refused.streamed();
    refused.give(Input::Closed {
        flow,
        cause: CloseCause::Refused,
    });
    assert_eq!(refused.failure(), ExchangeError::Closed(CloseCause::Refused));
    refused.assert_nothing_is_left();

    let mut bench = Bench::asking(plain());
    let (flow, _) = bench.sent();
    bench.give(Input::Closed {
        flow,
        cause: CloseCause::Descriptors,
    });
    assert_eq!((bench.actions.len(), bench.events.len()), (0, 0), "it waits");
    bench.wake();
    let (flow, query) = bench.sent();
    bench.answer(flow, &response(&query, |_| ()));
    assert!(matches!(bench.only_event(), Event::Answered { .. }));
}

/// Whoever guesses the port can forge a refusal. It hurries the next attempt, and the true reply is taken meanwhile.
#[test]
fn a_rejected_datagram_is_advice() {
    let mut bench = Bench::asking(plain());
    let (flow, query) = bench.sent();
    bench.give(Input::Rejected {
        flow,
        cause: CloseCause::Refused,
    });
    assert!(bench.actions.is_empty() && bench.events.is_empty());
    assert!(bench.wake.unwrap().at < Instant::ZERO.after(Duration::from_secs(1)));
    bench.answer(flow, &response(&query, |_| ()));
    assert!(matches!(bench.only_event(), Event::Answered { .. }));

    let mut all = Bench::asking(plain());
    for _ in 0..3 {
        let (flow, _) = all.sent();
        all.give(Input::Rejected {
            flow,
            cause: CloseCause::Refused,
        });
        all.wake();
    }
    assert_eq!(all.failure(), ExchangeError::Rejected(CloseCause::Refused));
    assert!(
        all.now.mono < Instant::ZERO.after(Duration::from_secs(1)),
        "sooner than a time-out"
    );
    all.assert_nothing_is_left();
}

#[test]
fn a_new_network_means_a_new_attempt_at_once() {
    let mut bench = Bench::asking(plain());
    let (first, _) = bench.sent();
    bench.give(Input::NetworkChanged);
    assert_eq!(bench.actions.first(), Some(&Action::Close { flow: first }));
    let (flow, query) = bench.sent();
    bench.answer(flow, &response(&query, |_| ()));
    assert!(matches!(bench.only_event(), Event::Answered { .. }));
}

#[test]
fn a_cancelled_question_leaves_nothing_and_says_nothing() {
    let mut bench = Bench::asking(plain());
    let (flow, query) = bench.sent();
    bench.requester.command(bench.now, Command::Cancel(ID)).unwrap();
    bench.drain();
    assert_eq!(bench.actions, [Action::Close { flow }]);
    bench.answer(flow, &response(&query, |_| ()));
    assert_eq!(bench.ignored, [Ignored::UnknownFlow]);
    assert!(bench.events.is_empty());
    bench.assert_nothing_is_left();
    assert_eq!(
        bench.requester.command(bench.now, Command::Cancel(ID)),
        Err(Misuse::NotInUse(7))
    );
}

#[test]
fn misuse_is_told_and_changes_nothing() {
    let mut bench = Bench::asking(plain());
    bench.sent();
    assert_eq!(bench.ask(ID, plain()), Err(Misuse::InUse(7)));
    let never = QueryOptions {
        attempts: 4,
        ..plain()
    };
    assert!(matches!(
        bench.ask(QuestionId(8), never),
        Err(Misuse::OutOfRange { what: "attempts", .. })
    ));
    let instant = QueryOptions {
        timeout: Duration::ZERO,
        ..plain()
    };
    assert!(matches!(
        bench.ask(QuestionId(8), instant),
        Err(Misuse::OutOfRange { .. })
    ));
    let huge = QueryOptions {
        edns: Some(Edns {
            udp_payload: 4096,
            ..Edns::default()
        }),
        ..plain()
    };
    assert!(matches!(
        bench.ask(QuestionId(8), huge),
        Err(Misuse::OutOfRange {
            what: "udp_payload",
            ..
        })
    ));
    assert_eq!((bench.actions.len(), bench.requester.in_flight()), (0, 1));
}

#[test]
fn each_question_pays_from_its_own_budget() {
    let mut bench = Bench::with_limits(Limits {
        packets: 2,
        ..Limits::default()
    });
    bench.ask(ID, plain()).unwrap();
    bench.ask(QuestionId(8), plain()).unwrap();
    bench.wake();
    bench.wake();
    let exhausted = ExchangeError::Exhausted(Exhausted::Packets);
    let failed = |id| Event::Failed { id, error: exhausted };
    assert_eq!(bench.events, [failed(ID), failed(QuestionId(8))]);
    bench.assert_nothing_is_left();
}

#[test]
fn inputs_that_belong_to_nobody_are_ignored_by_name() {
    let mut bench = Bench::asking(plain());
    let (known, _) = bench.sent();
    let unknown = FlowId::from_machine(Lane(0), 99);
    let accepted = FlowId::from_driver(Lane(0), 0);
    let listener = ListenerId(0);
    let cases = [
        (
            Input::Received {
                flow: unknown,
                data: b"x",
            },
            Ignored::UnknownFlow,
        ),
        (
            Input::Opened {
                flow: unknown,
                local: server(),
            },
            Ignored::UnknownFlow,
        ),
        (
            Input::Closed {
                flow: unknown,
                cause: CloseCause::Reset,
            },
            Ignored::UnknownFlow,
        ),
        (Input::Finished { flow: unknown }, Ignored::UnknownFlow),
        (Input::Finished { flow: known }, Ignored::OutOfPlace),
        (
            Input::Rejected {
                flow: unknown,
                cause: CloseCause::Refused,
            },
            Ignored::UnknownFlow,
        ),
        (
            Input::Accepted {
                flow: accepted,
                listener,
                peer: server(),
                local: server(),
            },
            Ignored::UnknownListener,
        ),
        (
            Input::Request {
                listener,
                peer: server(),
                local: None,
                data: b"x",
            },
            Ignored::UnknownListener,
        ),
        (
            Input::Stored {
                token: StoreId::new(Lane(0), 0),
                result: Ok(()),
            },
            Ignored::UnknownStore,
        ),
    ];
    for (input, why) in cases {
        bench.give(input);
        assert_eq!(bench.ignored.pop(), Some(why), "{input:?}");
    }
    assert_eq!(
        (
            bench.actions.len(),
            bench.events.len(),
            bench.requester.in_flight()
        ),
        (0, 0, 1)
    );
}
