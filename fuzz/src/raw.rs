//! The raw builder: it appends what it is told and nothing else, and whatever comes of it can be looked at.

use arbitrary::{Result, Unstructured};
use nameward_core::wire::raw::RawMessage;
use nameward_core::wire::{Class, Flags, Header, Name, Opt, OptionCode, Rtype};

/// Takes `data` as a list of parts to put together.
pub fn body(data: &[u8]) {
    let (mut raw, mut naive) = (RawMessage::new(), Vec::new());
    let mut source = Unstructured::new(data);
    while !source.is_empty() && naive.len() < 4_096 {
        let Ok(next) = step(&mut source, raw.clone(), &mut naive) else {
            break;
        };
        raw = next;
        assert_eq!(usize::from(raw.here()), naive.len());
    }
    let octets = raw.into_octets();
    assert_eq!(octets, naive);
    crate::message::body(&octets);
    crate::round_trip::body(&octets);
}

/// Adds a part, also to what is expected.
fn step(source: &mut Unstructured<'_>, raw: RawMessage, naive: &mut Vec<u8>) -> Result<RawMessage> {
    Ok(match source.int_in_range(0..=12)? {
        0 => {
            let [
                id,
                flags,
                question_count,
                answer_count,
                authority_count,
                additional_count,
            ] = source.arbitrary()?;
            naive.extend(
                [
                    id,
                    flags,
                    question_count,
                    answer_count,
                    authority_count,
                    additional_count,
                ]
                .map(u16::to_be_bytes)
                .concat(),
            );
            raw.header(Header {
                id,
                flags: Flags(flags),
                question_count,
                answer_count,
                authority_count,
                additional_count,
            })
        }
        1 => {
            let label: &[u8] = source.arbitrary()?;
            naive.push(u8::try_from(label.len()).unwrap_or(u8::MAX));
            naive.extend(label.iter().take(255));
            raw.label(label)
        }
        2 => {
            naive.push(0);
            raw.root()
        }
        3 => {
            let to: u16 = source.arbitrary()?;
            naive.extend((to | 0xC000).to_be_bytes());
            raw.pointer(to)
        }
        4 => {
            let (rtype, class): (u16, u16) = source.arbitrary()?;
            naive.extend([rtype, class].map(u16::to_be_bytes).concat());
            raw.question(Rtype(rtype), Class(class))
        }
        5 => {
            let (rtype, class, ttl, rdata): (u16, u16, u32, &[u8]) = source.arbitrary()?;
            fixed(naive, rtype, class, ttl, rdata.len() as u16);
            naive.extend(rdata);
            raw.record(Rtype(rtype), Class(class), ttl, rdata)
        }
        6 => {
            let (rtype, class, ttl, length): (u16, u16, u32, u16) = source.arbitrary()?;
            fixed(naive, rtype, class, ttl, length);
            raw.record_of_length(Rtype(rtype), Class(class), ttl, length)
        }
        7 => {
            let (udp_payload, extended_rcode, version, dnssec_ok) = source.arbitrary()?;
            let (code, data): (u16, &[u8]) = source.arbitrary()?;
            let mut opt = Opt {
                udp_payload,
                extended_rcode,
                version,
                dnssec_ok,
                ..Opt::default()
            };
            assert!(opt.options.push(OptionCode(code), data));
            naive.push(0);
            let ttl = u32::from_be_bytes([extended_rcode, version, u8::from(dnssec_ok) << 7, 0]);
            fixed(naive, 41, udp_payload, ttl, data.len() as u16 + 4);
            naive.extend([code, data.len() as u16].map(u16::to_be_bytes).concat());
            naive.extend(data);
            raw.opt(&opt)
        }
        8 => {
            let (at, over): (u16, &[u8]) = source.arbitrary()?;
            for (place, octet) in naive.iter_mut().skip(at.into()).zip(over) {
                *place = *octet;
            }
            raw.overwrite(at, over)
        }
        9 => {
            let length: u16 = source.arbitrary()?;
            naive.truncate(length.into());
            raw.cut(length)
        }
        10 => {
            let name: Name = source
                .choose(&["www.Example.", ".", "a.b.c.d.e.f.", "example."])?
                .parse()
                .expect("a name");
            naive.extend(name.as_wire());
            raw.name(&name)
        }
        11 => {
            let value: u32 = source.arbitrary()?;
            naive.extend(value.to_be_bytes());
            raw.u32(value)
        }
        _ => {
            let octets: &[u8] = source.arbitrary()?;
            naive.extend(octets);
            raw.octets(octets)
        }
    })
}

/// What stands between owner and RDATA.
fn fixed(naive: &mut Vec<u8>, rtype: u16, class: u16, ttl: u32, length: u16) {
    naive.extend([rtype, class].map(u16::to_be_bytes).concat());
    naive.extend(ttl.to_be_bytes());
    naive.extend(length.to_be_bytes());
}
