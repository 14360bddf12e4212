//! How the question is put.

use nameward_core::edns::{ClientSubnet, Cookie, Expire, Nsid, OptionType, Padding, TcpKeepalive};
use nameward_core::machine::Proto;
use nameward_core::transport::{Edns, QueryOptions};
use nameward_core::wire::{Name, Opt, Options};

use crate::arguments::{EdnsWords, Flags, WantedCookie};

/// The octets of a header, and those of a question without its name.
const HEADER_AND_QUESTION: usize = 12 + 4;

/// What the flags of a question for `name` want. `fresh` is the cookie to send if one is wanted without saying which.
pub(super) fn of(flags: &Flags, name: &Name, fresh: [u8; 8]) -> QueryOptions {
    QueryOptions {
        proto: if flags.tcp { Proto::Stream } else { Proto::Datagram },
        recursion_desired: flags.recurse,
        authentic_data: flags.authenticated,
        checking_disabled: flags.checking_disabled,
        edns: flags.edns.as_ref().map(|words| Edns {
            udp_payload: words.udp_payload,
            dnssec_ok: words.dnssec,
            version: words.version,
            options: options(words, name, fresh),
        }),
        timeout: flags.time,
        attempts: flags.tries,
        // What is asked is what the user wrote, letter for letter, as dig asks it.
        version_negotiation: false,
        cookies: false,
        case_randomization: false,
        ..QueryOptions::default()
    }
}

/// The options, in the order in which dig writes them.
fn options(words: &EdnsWords, name: &Name, fresh: [u8; 8]) -> Options {
    let mut options = Options::default();
    if words.nsid {
        options.add(&Nsid { identifier: b"" });
    }
    if let Some((address, prefix)) = words.subnet {
        let mut octets = [0; 16];
        // The words are read so that the prefix is not longer than the address.
        if let Some(subnet) = ClientSubnet::of(address, prefix, &mut octets) {
            options.add(&subnet);
        }
    }
    match &words.cookie {
        Some(WantedCookie::Fresh) => {
            options.add(&Cookie {
                client: fresh,
                server: b"",
            });
        }
        Some(WantedCookie::Octets(octets)) => {
            options.push(Cookie::CODE, octets);
        }
        None => {}
    }
    if words.expire {
        options.add(&Expire { seconds: None });
    }
    if words.keepalive {
        options.add(&TcpKeepalive { timeout: None });
    }
    for (code, data) in &words.others {
        options.push(*code, data);
    }
    if words.padding > 0 {
        let opt = Opt {
            options: options.clone(),
            ..Opt::default()
        };
        let length = HEADER_AND_QUESTION + name.as_wire().len() + opt.wire_len();
        options.add(&Padding::to_block(length, words.padding));
    }
    options
}
