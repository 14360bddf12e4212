//! Connections that are shared, used again, and die (RFC 7766, RFC 7828, RFC 9210).

use super::*;
use crate::edns::TcpKeepalive;

fn over_streams() -> QueryOptions {
    QueryOptions {
        proto: Proto::Stream,
        ..plain()
    }
}

impl Bench {
    /// A requester that keeps connections for five seconds.
    fn keeping() -> Self {
        let mut bench = Self::new();
        bench.requester = Requester::new(Seed::from_number(1), Config::default()).unwrap();
        bench
    }

    /// The queries that wait on this stream, which takes them all at once.
    fn queries(&mut self, flow: FlowId) -> Vec<Bytes> {
        let mut deframer = Deframer::new();
        let waiting = self.requester.stream_out(flow);
        deframer.push(waiting);
        let count = waiting.len();
        self.requester.stream_sent(self.now, flow, count);
        core::iter::from_fn(|| deframer.message()).collect()
    }

    fn opened(&mut self) -> Vec<FlowId> {
        let opened = self.actions.drain(..).filter_map(|action| match action {
            Action::Open {
                flow,
                proto: Proto::Stream,
                ..
            } => Some(flow),
            _ => None,
        });
        opened.collect()
    }

    fn answered(&mut self) -> Vec<QuestionId> {
        let ids = self.events.drain(..).map(|event| match event {
            Event::Answered { id, .. } => id,
            Event::Failed { .. } => panic!("{event:?}"),
        });
        ids.collect()
    }
}

#[test]
fn rfc7766_6_2_1_1_questions_share_a_connection_and_rfc7766_7_replies_come_in_any_order() {
    let mut bench = Bench::keeping();
    for number in 0..10 {
        bench.ask(QuestionId(number), over_streams()).unwrap();
    }
    let opened = bench.opened();
    assert_eq!(opened.len(), 1);
    let flow = opened[0];
    let queries = bench.queries(flow);
    let mut ids: Vec<_> = queries.iter().map(|query| query[..2].to_vec()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 10, "each question has an ID of its own there");

    // All replies in one piece, the last first.
    let replies: Vec<u8> = queries
        .iter()
        .rev()
        .flat_map(|query| framed(&response(query, |_| ())))
        .collect();
    bench.answer(flow, &replies);
    let answered = bench.answered();
    assert_eq!(answered, (0..10).rev().map(QuestionId).collect::<Vec<_>>());
    assert_eq!(bench.requester.open_flows(), 1, "it is kept");
    bench.ask(ID, over_streams()).unwrap();
    assert_eq!(bench.opened(), []);
    let query = bench.queries(flow).remove(0);
    bench.answer(flow, &framed(&response(&query, |_| ())));
    assert_eq!(bench.answered(), [ID]);

    bench.wake();
    assert_eq!(bench.now.mono, Instant::ZERO.after(Duration::from_secs(5)));
    assert_eq!(bench.actions, [Action::Close { flow }]);
    bench.assert_nothing_is_left();
}

#[test]
fn rfc9210_4_a_connection_takes_so_many_questions_and_no_more() {
    let mut bench = Bench::keeping();
    for number in 0..60 {
        bench.ask(QuestionId(number), over_streams()).unwrap();
    }
    let opened = bench.opened();
    let counts: Vec<_> = opened.iter().map(|&flow| bench.queries(flow).len()).collect();
    assert_eq!(counts, [25, 25, 10]);
}

#[test]
fn rfc7828_3_2_2_the_server_says_how_long_a_connection_is_kept() {
    for (timeout, kept) in [(Some(300), 30), (Some(12_000), 120), (Some(0), 0), (None, 5)] {
        let mut bench = Bench::keeping();
        bench.ask(ID, over_streams()).unwrap();
        let flow = bench.opened()[0];
        let query = bench.queries(flow).remove(0);
        let opt = Message::parse(&query).unwrap().opt().unwrap();
        assert_eq!(
            opt.options().first::<TcpKeepalive>(),
            Some(Ok(TcpKeepalive { timeout: None })),
            "it is asked for"
        );
        let reply = response(&query, |response| {
            if timeout.is_some() {
                let opt = response.opt.get_or_insert_default();
                assert!(opt.options.add(&TcpKeepalive { timeout }));
            }
        });
        bench.answer(flow, &framed(&reply));
        assert_eq!(bench.answered(), [ID]);
        if kept > 0 {
            assert_eq!(bench.actions, []);
            bench.wake();
        }
        assert_eq!(bench.now.mono, Instant::ZERO.after(Duration::from_secs(kept)));
        assert_eq!(bench.actions, [Action::Close { flow }]);
        bench.assert_nothing_is_left();
    }
}

/// What is in flight is still answered there, what comes later goes elsewhere.
#[test]
fn rfc7828_3_2_2_a_connection_that_is_not_wanted_takes_no_further_question() {
    let mut bench = Bench::keeping();
    for number in 0..2 {
        bench.ask(QuestionId(number), over_streams()).unwrap();
    }
    let flow = bench.opened()[0];
    let queries = bench.queries(flow);
    let unwanted = |response: &mut Response| {
        let opt = response.opt.get_or_insert_default();
        assert!(opt.options.add(&TcpKeepalive { timeout: Some(0) }));
    };
    bench.answer(flow, &framed(&response(&queries[0], unwanted)));
    bench.ask(ID, over_streams()).unwrap();
    assert_eq!(bench.opened().len(), 1);
    bench.answer(flow, &framed(&response(&queries[1], |_| ())));
    assert_eq!(bench.answered(), [QuestionId(0), QuestionId(1)]);
    assert_eq!(bench.actions, [Action::Close { flow }]);
}

#[test]
fn rfc7828_3_2_2_what_is_said_to_a_cancelled_question_counts() {
    let mut bench = Bench::keeping();
    bench.ask(ID, over_streams()).unwrap();
    let flow = bench.opened()[0];
    let query = bench.queries(flow).remove(0);
    bench.requester.command(bench.now, Command::Cancel(ID)).unwrap();
    bench.drain();
    assert_eq!(bench.actions, []);
    let reply = response(&query, |response| {
        let opt = response.opt.get_or_insert_default();
        assert!(opt.options.add(&TcpKeepalive { timeout: Some(0) }));
    });
    bench.answer(flow, &framed(&reply));
    assert_eq!(bench.actions, [Action::Close { flow }]);
    bench.assert_nothing_is_left();
}

/// RFC 7766 section 6.2.4: a server may close an idle connection at the very moment at which we use it.
#[test]
fn rfc7766_6_2_4_a_connection_that_was_closed_while_idle_costs_no_attempt() {
    let once = || QueryOptions {
        attempts: 1,
        ..over_streams()
    };
    for end in [CloseCause::Finished, CloseCause::Reset, CloseCause::TimedOut] {
        let mut bench = Bench::keeping();
        bench.ask(ID, once()).unwrap();
        let flow = bench.opened()[0];
        let query = bench.queries(flow).remove(0);
        bench.answer(flow, &framed(&response(&query, |_| ())));
        assert_eq!(bench.answered(), [ID]);

        bench.ask(ID, once()).unwrap();
        bench.queries(flow);
        bench.give(Input::Closed { flow, cause: end });
        let fresh = bench.opened();
        assert_eq!(fresh.len(), 1, "{end}");
        let query = bench.queries(fresh[0]).remove(0);
        bench.answer(fresh[0], &framed(&response(&query, |_| ())));
        assert_eq!(bench.answered(), [ID]);
    }
}

#[test]
fn all_questions_on_a_connection_that_ends_move_to_another() {
    let mut bench = Bench::keeping();
    for number in 0..5 {
        bench.ask(QuestionId(number), over_streams()).unwrap();
    }
    let flow = bench.opened()[0];
    let queries = bench.queries(flow);
    bench.answer(flow, &framed(&response(&queries[3], |_| ())));
    assert_eq!(bench.answered(), [QuestionId(3)]);
    bench.give(Input::Finished { flow });
    let opened = bench.opened();
    assert_eq!(opened.len(), 1, "they share the next one too: {opened:?}");
    assert_eq!(bench.queries(opened[0]).len(), 4);
}

#[test]
fn a_connection_that_stays_silent_is_given_up_for_all_its_questions() {
    let mut bench = Bench::keeping();
    for number in 0..3 {
        bench.ask(QuestionId(number), over_streams()).unwrap();
    }
    let flow = bench.opened()[0];
    bench.queries(flow);
    bench.wake();
    assert_eq!(bench.actions.first(), Some(&Action::Close { flow }));
    let failed: Vec<_> = bench.events.iter().map(Event::id).collect();
    let opened = bench.opened();
    assert_eq!(opened.len(), 1);
    assert_eq!(bench.queries(opened[0]).len() + failed.len(), 3);
}

#[test]
fn an_impatient_question_leaves_a_silent_connection_to_those_who_wait_longer() {
    let mut bench = Bench::keeping();
    let patient = QueryOptions {
        timeout: Duration::from_secs(3),
        ..over_streams()
    };
    let impatient = QueryOptions {
        timeout: Duration::from_millis(100),
        attempts: 1,
        ..over_streams()
    };
    bench.ask(QuestionId(0), patient).unwrap();
    let flow = bench.opened()[0];
    bench.ask(QuestionId(1), impatient).unwrap();
    let queries = bench.queries(flow);
    bench.wake();
    let ended: Vec<_> = bench.events.drain(..).map(|event| event.id()).collect();
    assert_eq!(ended, [QuestionId(1)]);
    assert!(!bench.actions.contains(&Action::Close { flow }));
    // Nobody knows whether the connection is alive: the next question has one of its own.
    bench.ask(QuestionId(2), over_streams()).unwrap();
    assert_eq!(bench.opened().len(), 1);
    bench.answer(flow, &framed(&response(&queries[0], |_| ())));
    assert_eq!(bench.answered(), [QuestionId(0)]);
    assert!(bench.actions.contains(&Action::Close { flow }));
}

/// A question that was given up leaves its ID behind: what still answers it is not taken for another's reply.
#[test]
fn what_answers_a_cancelled_question_is_nobodys() {
    let mut bench = Bench::keeping();
    bench.ask(QuestionId(0), over_streams()).unwrap();
    bench.ask(QuestionId(1), over_streams()).unwrap();
    let flow = bench.opened()[0];
    let queries = bench.queries(flow);
    bench
        .requester
        .command(bench.now, Command::Cancel(QuestionId(0)))
        .unwrap();
    bench.drain();
    bench.answer(flow, &framed(&response(&queries[0], |_| ())));
    assert_eq!(bench.ignored, [Ignored::Unexpected]);
    assert!(bench.events.is_empty());
    bench.answer(flow, &framed(&response(&queries[1], |_| ())));
    assert_eq!(bench.answered(), [QuestionId(1)]);
    // The second answer to the same question has no such excuse.
    bench.answer(flow, &framed(&response(&queries[0], |_| ())));
    assert_eq!(bench.ignored.pop(), Some(Ignored::WrongId));
    assert_eq!(bench.actions, [Action::Close { flow }]);
    bench.assert_nothing_is_left();
}
