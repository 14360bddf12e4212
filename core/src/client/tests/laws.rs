//! What holds whatever is asked and whatever the servers do.

use super::*;
use crate::rrset::TtlRule;
use proptest::prelude::*;

/// Something that happens to a stub.
#[derive(Clone, Debug)]
enum Happening {
    Begin(Query, LookupOptions),
    Cancel(prop::sample::Index),
    Pass(u64),
    NetworkChanged,
    Reconfigure(Box<Config>),
}

fn any_query() -> impl Strategy<Value = Query> {
    let name = prop::sample::select(&[
        "a",
        "b",
        "c.example",
        "d.corp.example.",
        "e.example.",
        "localhost",
    ]);
    let rtype = prop::sample::select(&[Rtype::A, Rtype::AAAA, Rtype::MX, Rtype::CNAME, Rtype::ANY]);
    prop_oneof![
        (name.clone(), rtype).prop_map(|(name, rtype)| Query::records(name, rtype).unwrap()),
        name.prop_map(|name| Query::addresses(name).unwrap()),
    ]
}

fn any_config() -> impl Strategy<Value = Config> {
    let preference = prop::sample::select(&[Preference::Fastest, Preference::InOrder, Preference::Rotate]);
    let rule = prop::sample::select(&[TtlRule::Strict, TtlRule::Lowest]);
    let numbers = (
        0u8..4,
        1u8..=5,
        prop::sample::select(&[1u16, 2, 256]),
        100u64..6_000,
    );
    (preference, rule, numbers, any::<[bool; 5]>()).prop_map(|(preference, ttl_rule, numbers, switches)| {
        let (servers, attempts, most_in_flight, timeout) = numbers;
        let [stream_only, single_request, no_aaaa, kept, routed] = switches;
        let of_route = Vec::from([Server::new(([192, 0, 2, 9], 53).into())]);
        let route = Route {
            suffix: "corp.example".parse().unwrap(),
            servers: of_route,
        };
        let plain = config(servers);
        Config {
            preference,
            ttl_rule,
            attempts,
            most_in_flight,
            timeout: Duration::from_millis(timeout),
            stream_only,
            single_request,
            no_aaaa,
            cache: plain.cache.clone().filter(|_| kept),
            routes: if routed { Vec::from([route]) } else { Vec::new() },
            search: Vec::from(["x.example".parse().unwrap(), "example".parse().unwrap()]),
            ..plain
        }
    })
}

fn any_happening() -> impl Strategy<Value = Happening> {
    let time = prop::option::of((0u64..9_000).prop_map(Duration::from_millis));
    let options = (time, any::<bool>()).prop_map(|(time, fresh)| LookupOptions { time, fresh });
    prop_oneof![
        6 => (any_query(), options).prop_map(|(query, options)| Happening::Begin(query, options)),
        2 => any::<prop::sample::Index>().prop_map(Happening::Cancel),
        4 => (0u64..4_000).prop_map(Happening::Pass),
        1 => Just(Happening::NetworkChanged),
        1 => any_config().prop_map(|config| Happening::Reconfigure(Box::new(config))),
    ]
}

/// What a server does with a query, by a number.
fn reaction(number: u8, asked: &Asked) -> Reaction {
    let name = asked.question.name.to_canonical();
    let lines = |lines: &str| answer(&lines.replace('@', &name.to_string()));
    let reply = match number % 16 {
        0..=2 => return Reaction::Silent,
        3 => return Reaction::Reject,
        4 => answer("").rcode(Rcode::SERVFAIL),
        5 => answer("").rcode(Rcode::REFUSED),
        6 => answer("").rcode(Rcode::FORMERR),
        7 => answer("").authority("example. 60 NS ns.example."),
        8 => lines("@ 60 CNAME e.example."),
        9 => lines("@ 60 CNAME d.corp.example.\nd.corp.example. 60 A 192.0.2.66"),
        10 => lines("@ 60 A 192.0.2.1\n@ 61 A 192.0.2.2\n@ 60 AAAA 2001:db8::1"),
        11 => denial(Rcode::NXDOMAIN),
        12 => denial(Rcode::NOERROR),
        13 => lines("@ 60 A 192.0.2.1").flags(|flags| flags.with_tc(asked.proto == Proto::Datagram)),
        14 => lines("example. 60 DNAME corp.example."),
        _ => lines("@ 0 A 192.0.2.1\n@ 60 AAAA 2001:db8::1\n@ 60 MX 10 mx.example."),
    };
    reply.after(u64::from(number) * 8).into()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Each look-up that is not cancelled has one outcome, in time and within its budget; and everything comes to rest, without a
    /// flow left, and replays (all of which [`World`] checks when it is dropped).
    #[test]
    fn inv_2_6_11_15_each_look_up_ends_once_in_time_and_leaves_nothing(
        first in any_config(),
        numbers in prop::collection::vec(any::<u8>(), 1..40),
        happenings in prop::collection::vec(any_happening(), 1..25),
    ) {
        let mut count = 0usize;
        let mut world = World::new(first, move |asked| {
            count += 1;
            reaction(numbers[count % numbers.len()], asked)
        });
        let mut begun = Vec::new();
        let mut cancelled = Vec::new();
        for happening in happenings {
            match happening {
                Happening::Begin(query, options) => {
                    let at = world.elapsed();
                    let time = options.time.unwrap_or(Duration::MAX).min(Duration::from_secs(7));
                    begun.push((world.begin_with(query, options), at + time));
                }
                Happening::Cancel(index) if !begun.is_empty() => {
                    let (id, _) = *index.get(&begun);
                    let over = world.ended(id).is_some() || cancelled.contains(&id);
                    let result = world.command(Command::Cancel(id));
                    prop_assert_eq!(result.is_err(), over);
                    if !over {
                        cancelled.push(id);
                    }
                }
                Happening::Cancel(_) => {}
                Happening::Pass(milliseconds) => world.pass(milliseconds),
                Happening::NetworkChanged => world.network_changed(),
                Happening::Reconfigure(config) => {
                    world.command(Command::Reconfigure(config)).unwrap();
                }
            }
        }
        while world.step() {}
        prop_assert!(world.asked.len() <= 50 * begun.len(), "{} queries", world.asked.len());
        for (id, deadline) in begun {
            let of_lookup: Vec<_> = world.events.iter().filter(|(_, event)| event.id() == id).collect();
            if cancelled.contains(&id) {
                prop_assert!(of_lookup.is_empty());
                continue;
            }
            prop_assert_eq!(of_lookup.len(), 1, "{:?}: {:?}", id, of_lookup);
            let (at, event) = of_lookup[0];
            prop_assert!(*at <= deadline, "{:?} at {:?}, and not by {:?}", event, at, deadline);
            if let Event::Answered { answer, .. } = event {
                let left = answer.valid_until.since(Instant::ZERO).saturating_sub(*at);
                prop_assert!(u64::from(answer.ttl) <= left.as_secs());
                prop_assert!(!answer.authentic_data);
                let positive = answer.outcome == Outcome::Positive;
                prop_assert!(!positive || !answer.rrsets.is_empty());
                prop_assert!(answer.rrsets.iter().all(|set| set.ttl() >= answer.ttl || answer.ttl == 0));
            }
        }
    }

    /// No reply at all makes it panic, or forget a look-up.
    #[test]
    fn tudor_any_octets_on_any_flow_are_survived(
        octets in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..60), 1..20),
        stream_only: bool,
    ) {
        let mut world = World::new(Config { stream_only, ..config(2) }, |_| Reaction::Silent);
        let id = world.begin(records_query("www.example. A"));
        for octets in octets {
            let flow = *world.flows.keys().next().unwrap();
            let mut data = octets;
            if !stream_only {
                // As near to a reply as somebody comes who sees the query.
                data.resize(60, 0);
            }
            world.deliver(flow, Delivery::Data(data));
            if world.ended(id).is_some() {
                break;
            }
        }
        prop_assert!(world.outcome(id).is_err());
        prop_assert!(world.elapsed() <= Duration::from_secs(7));
    }
}
