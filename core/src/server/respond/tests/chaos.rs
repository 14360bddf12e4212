//! What a server tells about itself.

use super::*;
use crate::wire::Section;

fn ask(server: &mut Server, name: &str, rtype: Rtype) -> OwnedMessage {
    let flags = Flags::default().with_rd(true);
    server.reply(&query_with(flags, name, rtype, Class::CH, None))
}

#[test]
fn rfc4892_2_a_server_says_who_it_is_and_what_it_runs_if_it_is_to() {
    let mut server = Server::new(ResponderConfig {
        version: Some("Nameward".into()),
        identity: Some("ns1, rack \"7\"".into()),
        recursion: AccessRules::all(Access::Allow),
        ..ResponderConfig::default()
    });
    for (name, text) in [
        ("version.bind.", "\"Nameward\""),
        ("VERSION.Server.", "\"Nameward\""),
        ("id.server.", r#""ns1, rack \"7\"""#),
        ("hostname.bind.", r#""ns1, rack \"7\"""#),
    ] {
        let reply = ask(&mut server, name, Rtype::TXT);
        assert_eq!(head(&reply), "QUERY NOERROR qr aa rd ra");
        let [record] = reply.records(Section::Answer) else {
            panic!("{reply:?}");
        };
        let shown = record.to_string();
        assert_eq!(shown, alloc::format!("{name}\t0\tCH\tTXT\t{text}"));
    }
    // There is nobody elsewhere who could say it.
    assert_eq!(
        ask(&mut server, "version.bind.", Rtype::A).rcode(),
        Rcode::REFUSED
    );
    assert_eq!(
        ask(&mut server, "authors.bind.", Rtype::TXT).rcode(),
        Rcode::REFUSED
    );
    let mut silent = Server::default();
    assert_eq!(
        ask(&mut silent, "version.bind.", Rtype::TXT).rcode(),
        Rcode::REFUSED
    );
    assert_eq!(ask(&mut silent, "id.server.", Rtype::TXT).rcode(), Rcode::REFUSED);
}
