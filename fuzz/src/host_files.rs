//! `resolv.conf` and hosts files: whatever is in them, the rest is taken.

use std::net::IpAddr;

use allocation_counter::measure;
use nameward_core::text::hosts::Hosts;
use nameward_core::text::resolv_conf::ResolvConf;
use nameward_core::text::scan::TextError;
use nameward_core::wire::Name;

/// Takes `data` as either file.
pub fn body(data: &[u8]) {
    let mut read = (ResolvConf::default(), Hosts::default());
    let memory = measure(|| read = (ResolvConf::read(data), Hosts::read(data))).bytes_max;
    // A word takes an octet and a blank at least, and becomes a name or a fault of less than a hundred octets, in lists that
    // double.
    assert!(
        memory <= 1_000 + 400 * data.len() as u64,
        "{memory} octets for {}",
        data.len()
    );
    let (resolv_conf, hosts) = read;
    let lines = data.iter().filter(|&&octet| octet == b'\n').count() + 1;
    let servers = resolv_conf.nameservers.iter().map(|server| server.line);
    check_lines(servers, lines);
    check_lines(hosts.entries.iter().map(|entry| entry.line), lines);
    check_faults(&resolv_conf.faults, data);
    check_faults(&hosts.faults, data);
    hosts_again(&hosts);
    resolv_conf_again(&resolv_conf);
}

fn check_lines(numbers: impl Iterator<Item = u32>, lines: usize) {
    let mut last = 0;
    for number in numbers {
        assert!(number > last && number as usize <= lines);
        last = number;
    }
}

/// A fault lies in the file, and its line and column are those of its offset.
fn check_faults(faults: &[TextError], data: &[u8]) {
    for fault in faults {
        let place = fault.position();
        let offset = usize::try_from(place.offset).expect("a file is in memory");
        let before = data.get(..offset).expect("a fault lies in the file");
        let line = before.split(|&octet| octet == b'\n').count();
        let column = before.iter().rev().take_while(|&&octet| octet != b'\n').count() + 1;
        assert_eq!(
            (place.line as usize, place.column as usize),
            (line, column),
            "{fault}"
        );
    }
}

/// What was read is the same when it is written down and read again.
fn hosts_again(hosts: &Hosts) {
    let mut text = String::new();
    for entry in &hosts.entries {
        let names = std::iter::once(&entry.canonical).chain(&entry.aliases);
        let names: Vec<_> = names.map(Name::to_string).collect();
        text += &format!(
            "{} {}\n",
            address(entry.address, entry.zone.as_deref()),
            names.join(" ")
        );
    }
    // A name can have a number sign in it, which begins a comment here, and means the same when it is escaped.
    let again = Hosts::read(text.replace('#', "\\035").as_bytes());
    assert_eq!(again.faults, [], "{text}");
    assert_eq!(again.entries.len(), hosts.entries.len());
    for (again, entry) in again.entries.iter().zip(&hosts.entries) {
        assert_eq!(
            (again.address, &again.zone),
            (entry.address, &entry.zone),
            "{text}"
        );
        assert_eq!(
            (&again.canonical, &again.aliases),
            (&entry.canonical, &entry.aliases),
            "{text}"
        );
    }
}

fn resolv_conf_again(read: &ResolvConf) {
    let mut text = String::new();
    for server in &read.nameservers {
        text += &format!("nameserver {}\n", address(server.address, server.zone.as_deref()));
    }
    let search: Vec<_> = read.search.iter().map(Name::to_string).collect();
    text += &format!("search {}\n", search.join(" "));
    let networks = read
        .sortlist
        .iter()
        .map(|network| format!("{}/{}", network.address, network.mask));
    text += &format!("sortlist {}\n", networks.collect::<Vec<_>>().join(" "));
    let again = ResolvConf::read(text.as_bytes());
    assert_eq!(again.faults, [], "{text}");
    assert_eq!((&again.search, &again.sortlist), (&read.search, &read.sortlist));
    let servers = |read: &ResolvConf| -> Vec<_> {
        read.nameservers
            .iter()
            .map(|server| (server.address, server.zone.clone()))
            .collect()
    };
    assert_eq!(servers(&again), servers(read));
}

fn address(address: IpAddr, zone: Option<&str>) -> String {
    zone.map_or_else(|| address.to_string(), |zone| format!("{address}%{zone}"))
}
