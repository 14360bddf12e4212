//! Answers from a hosts file.

use core::net::IpAddr;

use crate::client::{HostsIndex, address_of};
use crate::server::answer::Outcome;
use crate::wire::{Class, MessageWriter, QuestionRef, Rcode, Rtype, Section};

/// The TTL of what a hosts file says, in seconds: whoever edits it does not want to wait.
const TTL: u32 = 60;

/// What the file has to say to a question; none if it has not. A name that it knows has the addresses that it says and no others; about other
/// types it says nothing.
pub(super) fn answer(
    hosts: &HostsIndex,
    question: QuestionRef<'_>,
    out: &mut MessageWriter<'_>,
) -> Option<Outcome> {
    if hosts.is_empty() || question.class != Class::IN {
        return None;
    }
    let name = question.name.to_name();
    let mut put = |rdata: &[u8]| {
        let rtype = question.rtype;
        // Of very many addresses, those that fit are as good as all.
        let _ = out.records(Section::Answer, question.name, rtype, Class::IN, TTL, [rdata]);
    };
    match question.rtype {
        Rtype::A | Rtype::AAAA => {
            let addresses = hosts.addresses(&name);
            if addresses.is_empty() {
                return None;
            }
            for address in addresses {
                match address {
                    IpAddr::V4(address) if question.rtype == Rtype::A => put(&address.octets()),
                    IpAddr::V6(address) if question.rtype == Rtype::AAAA => put(&address.octets()),
                    IpAddr::V4(_) | IpAddr::V6(_) => {}
                }
            }
        }
        Rtype::PTR => {
            let names = hosts.names(address_of(&name)?);
            if names.is_empty() {
                return None;
            }
            names.iter().for_each(|name| put(name.as_wire()));
        }
        _ => return None,
    }
    Some(Outcome {
        authoritative: true,
        ..Outcome::bare(Rcode::NOERROR)
    })
}
