//! The laws of every machine, on the recursor.

use std::time::Duration;

use nameward_core::client::Families;
use nameward_core::limits::Limits;
use nameward_core::machine::Proto;
use nameward_core::recursor::{Command, Config, Hint, Recursor, Resolution, ResolutionId};
use nameward_core::transport::QueryOptions;
use nameward_core::wire::{Class, Question, Rtype};
use nameward_tests::laws::{check, steps};
use proptest::prelude::*;

use crate::responses::data;

fn config(roots: u8, families: Families, proto: Proto) -> Config {
    let hint = |last| Hint {
        server: "a.root.".parse().unwrap(),
        address: [192, 0, 2, last].into(),
    };
    Config {
        hints: (1..=roots).map(hint).collect(),
        families,
        options: QueryOptions {
            proto,
            timeout: Duration::from_millis(300),
            ..Config::default().options
        },
        limits: Limits {
            packets: 9,
            ..Limits::default()
        },
        idle: Duration::from_millis(700),
        ..Config::default()
    }
}

/// Some are refused: of another class, of a type that is no type of data, with a number that is in use.
fn command() -> impl Strategy<Value = Command> {
    let question = (
        prop::sample::select(vec![".", "a.", "www.example."]),
        prop::sample::select(vec![Rtype::A, Rtype::DS, Rtype::AXFR]),
        prop::sample::select(vec![Class::IN, Class::IN, Class::CH]),
    );
    prop_oneof![
        3 => (0u64..7, question).prop_map(|(id, (name, rtype, class))| {
            let question = Question { name: name.parse().unwrap(), rtype, class };
            Command::Resolve(Resolution { id: ResolutionId(id), question })
        }),
        1 => (0u64..7).prop_map(|id| Command::Cancel(ResolutionId(id))),
    ]
}

fn families() -> impl Strategy<Value = Families> {
    prop::sample::select(vec![Families::Both, Families::Ipv4, Families::Ipv6])
}

fn proto() -> impl Strategy<Value = Proto> {
    prop::sample::select(vec![Proto::Datagram, Proto::Stream])
}

proptest! {
    #[test]
    fn recursor(roots in 1u8..4, families in families(), proto in proto(), steps in steps(
        Vec::new(),
        Some(command().boxed()),
        data(),
    )) {
        check::<Recursor>(1, &config(roots, families, proto), &steps)?;
    }
}
