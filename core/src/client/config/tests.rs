use super::*;
use crate::text::resolv_conf::ResolvConf;
use alloc::string::{String, ToString};

fn read(text: &str) -> (Config, Vec<String>) {
    let surroundings = Surroundings {
        local_domain: Some("home.example".parse().unwrap()),
        links: Vec::from([("eth0".into(), 7)]),
    };
    let (config, warnings) = Config::from_resolv_conf(&ResolvConf::read(text.as_bytes()), &surroundings);
    config.validate().unwrap();
    (config, warnings.iter().map(ToString::to_string).collect())
}

fn addresses(config: &Config) -> Vec<String> {
    config
        .servers
        .iter()
        .map(|server| server.address.to_string())
        .collect()
}

#[test]
fn resolv_conf_5_an_empty_file_asks_the_host_itself_and_searches_its_domain() {
    let (config, warnings) = read("");
    assert_eq!(
        (addresses(&config), warnings),
        (Vec::from(["127.0.0.1:53".into()]), Vec::new())
    );
    assert_eq!(config.search, ["home.example".parse::<Name>().unwrap()]);
    assert_eq!(
        (config.ndots, config.timeout, config.attempts),
        (1, Duration::from_secs(5), 2)
    );
    assert_eq!(
        (config.preference, config.stream_only),
        (Preference::InOrder, false)
    );
}

#[test]
fn resolv_conf_5_three_servers_are_used_and_a_link_is_known_by_name_or_number() {
    let (config, warnings) = read(
        "nameserver 192.0.2.1\nnameserver fe80::1%eth0\nnameserver fe80::2%wlan9\nnameserver fe80::3%4\nnameserver 192.0.2.5\n",
    );
    assert_eq!(
        addresses(&config),
        ["192.0.2.1:53", "[fe80::1%7]:53", "[fe80::3%4]:53"]
    );
    assert_eq!(
        warnings,
        [
            "line 3: there is no link wlan9",
            "line 5: three servers are used, and 192.0.2.5 is not one of them"
        ]
    );
}

#[test]
fn resolv_conf_40_what_is_wrong_or_unknown_is_warned_about_with_its_line_and_the_rest_is_taken() {
    let (config, warnings) =
        read("nameserver 192.0.2.1\nfamily inet4\noptions foo rotate\nnameserver 192.0.2\nsearch a\n");
    assert_eq!(warnings.len(), 3);
    for (warning, line) in warnings.iter().zip(["line 2", "line 3", "line 4"]) {
        assert!(warning.starts_with(line), "{warning}");
    }
    assert_eq!(
        (addresses(&config), config.preference),
        (Vec::from(["192.0.2.1:53".into()]), Preference::Rotate)
    );
    assert_eq!(config.search, ["a".parse::<Name>().unwrap()]);
}

#[test]
fn dnspython_366_each_option_of_resolv_conf_5_that_concerns_a_stub_changes_something() {
    let (plain, _) = read("");
    let option = |option: &str| read(&(String::from("options ") + option)).0;
    for text in [
        "ndots:3",
        "timeout:9",
        "attempts:4",
        "rotate",
        "no-aaaa",
        "single-request",
        "no-tld-query",
        "use-vc",
        "trust-ad",
    ] {
        assert_ne!(option(text), plain, "{text}");
    }
    assert_ne!(read("sortlist 10.0.0.0").0, plain);
    for text in [
        "edns0",
        "single-request-reopen",
        "debug",
        "inet6",
        "no-reload",
        "strict-error",
        "no-check-names",
    ] {
        assert_eq!(option(text), plain, "{text}");
    }
    assert_eq!(option("timeout:0 attempts:0").timeout, Duration::from_secs(1));
    assert_eq!(option("timeout:0 attempts:0").attempts, 1);
}

#[test]
fn resolv_conf_5_trust_ad_trusts_the_servers_of_the_file_and_nothing_else_does() {
    let (config, _) = read("nameserver 192.0.2.1\nnameserver 192.0.2.2\noptions trust-ad\n");
    assert!(config.authentic_data && config.servers.iter().all(|server| server.trust_ad));
    let (config, _) = read("nameserver 127.0.0.1\noptions edns0\n");
    assert!(!config.authentic_data && config.servers.iter().all(|server| !server.trust_ad));
}

#[test]
fn values_out_of_range_are_refused_by_name() {
    let refused = |config: Config| match config.validate() {
        Err(Misuse::OutOfRange { what, .. }) => what,
        other => panic!("{other:?}"),
    };
    let default = Config::default;
    assert_eq!(default().validate(), Ok(()));
    assert_eq!(
        refused(Config {
            ndots: 16,
            ..default()
        }),
        "ndots"
    );
    assert_eq!(
        refused(Config {
            attempts: 0,
            ..default()
        }),
        "attempts"
    );
    assert_eq!(
        refused(Config {
            timeout: Duration::ZERO,
            ..default()
        }),
        "timeout in milliseconds"
    );
    assert_eq!(
        refused(Config {
            most_in_flight: 0,
            ..default()
        }),
        "most_in_flight"
    );
    let servers = Vec::from([Server::new(([192, 0, 2, 1], 53).into()); 65]);
    let suffix = Name::root();
    assert_eq!(
        refused(Config {
            routes: Vec::from([Route { suffix, servers }]),
            ..default()
        }),
        "servers"
    );
    let edns = Some(Edns {
        udp_payload: 4_096,
        ..Edns::default()
    });
    assert_eq!(refused(Config { edns, ..default() }), "udp_payload");
    let limits = Limits {
        packets: 0,
        ..Limits::default()
    };
    assert_eq!(refused(Config { limits, ..default() }), "packets");
}
