use super::*;
use crate::wire::NameErrorKind;
use alloc::string::String;
use proptest::prelude::*;

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

/// The faults of a file: what, and where.
fn faults(read: &ResolvConf) -> Vec<(TextErrorKind, u32, u32)> {
    let places = read
        .faults
        .iter()
        .map(|fault| (fault.kind(), fault.position().line, fault.position().column));
    places.collect()
}

#[test]
fn resolv_conf_5_lines_are_taken() {
    let text = "# comment\n; another\nnameserver 192.0.2.1 trailing\nnameserver\t2001:db8::1\r\nnameserver fe80::1%eth0\n\
                domain example.net\nsearch example.org. example\n\nsortlist 130.155.160.0/255.255.240.0 130.155.0.0 10.1.2.3 192.0.2.0\n";
    let read = ResolvConf::read(text.as_bytes());
    assert_eq!(read.faults, []);
    let server = |line, address: &str, zone: Option<&str>| NameServer {
        line,
        address: address.parse().unwrap(),
        zone: zone.map(Box::from),
    };
    assert_eq!(
        read.nameservers,
        [
            server(3, "192.0.2.1", None),
            server(4, "2001:db8::1", None),
            server(5, "fe80::1", Some("eth0"))
        ]
    );
    assert_eq!(read.search, [name("example.org"), name("example")]);
    let masks: Vec<_> = read
        .sortlist
        .iter()
        .map(|network| network.mask.octets())
        .collect();
    assert_eq!(
        masks,
        [
            [255, 255, 240, 0],
            [255, 255, 0, 0],
            [255, 0, 0, 0],
            [255, 255, 255, 0]
        ]
    );
    // Of search and domain the last one counts.
    let read = ResolvConf::read(b"search a b\ndomain c\n");
    assert_eq!(read.search, [name("c")]);
}

#[test]
fn resolv_conf_5_every_option_is_known() {
    let options = |text: &str| ResolvConf::read(text.as_bytes());
    let read = options("options ndots:3 timeout:9\noptions attempts:4");
    assert_eq!(
        (read.options.ndots, read.options.timeout, read.options.attempts),
        (3, 9, 4)
    );
    let read = options("options ndots:16 timeout:300 attempts:4294967295");
    assert_eq!(
        (read.options.ndots, read.options.timeout, read.options.attempts),
        (15, 30, 5)
    );
    let flags = "debug rotate no-aaaa no-check-names inet6 ip6-bytestring ip6-dotint edns0 single-request \
                 single-request-reopen no-tld-query use-vc no-reload trust-ad strict-error";
    let mut seen = Vec::new();
    for flag in flags.split_whitespace() {
        let read = options(&(String::from("options ") + flag));
        assert_eq!(read.faults, [], "{flag}");
        assert_ne!(read.options, ResolverOptions::default(), "{flag}");
        assert!(!seen.contains(&read.options), "{flag}");
        seen.push(read.options);
    }
    assert_eq!(seen.len(), 15);
    assert!(!options("options ip6-dotint no-ip6-dotint").options.ip6_dotint);
}

#[test]
fn a_bad_line_is_reported_and_the_others_are_taken() {
    let read = ResolvConf::read(
        b"nameserver\nnameserver 1.2.3\nlookup file\nsearch a b..c d\noptions ndots timeout:x foo edns0:1 rotate\nsortlist ::1 10.0.0.0/8\n domain x\n",
    );
    use TextErrorKind::{Missing, Name, Unrecognised};
    assert_eq!(
        faults(&read),
        [
            (Missing, 1, 11),
            (Unrecognised, 2, 12),
            (Unrecognised, 3, 1),
            (Name(NameErrorKind::EmptyLabel), 4, 12),
            (Unrecognised, 5, 9),
            (Unrecognised, 5, 23),
            (Unrecognised, 5, 25),
            (Unrecognised, 5, 29),
            (Unrecognised, 6, 10),
            (Unrecognised, 6, 23),
        ]
    );
    assert!(read.options.rotate && read.sortlist.is_empty());
    assert_eq!(read.search, [name("x")]);
}

proptest! {
    #[test]
    fn any_octets_are_read(octets in prop::collection::vec(any::<u8>(), 0..100)) {
        let read = ResolvConf::read(&octets);
        for fault in &read.faults {
            prop_assert!(fault.position().offset as usize + fault.length() as usize <= octets.len());
        }
    }
}
