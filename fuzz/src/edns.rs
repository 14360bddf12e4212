//! EDNS: an OPT record whose RDATA is any octets, and what the typed options make of it.

use nameward_core::edns::*;
use nameward_core::wire::raw::RawMessage;
use nameward_core::wire::{Class, Flags, Header, Message, Opt, OptRef, OptionRef, Options, Rtype};

/// Takes `data` as the flags of a message, the TTL of its OPT record, and the options.
pub fn body(data: &[u8]) {
    let Some((&[a, b, c, d, e, f], options)) = data.split_first_chunk() else {
        return;
    };
    let header = Header {
        id: 1,
        flags: Flags(u16::from_be_bytes([a, b])),
        question_count: 0,
        answer_count: 0,
        authority_count: 0,
        additional_count: 1,
    };
    let ttl = u32::from_be_bytes([c, d, e, f]);
    let octets = RawMessage::new()
        .header(header)
        .root()
        .record(Rtype::OPT, Class(1232), ttl, options)
        .into_octets();
    crate::message::body(&octets);
    let Ok(message) = Message::parse(&octets) else {
        return;
    };
    let opt = message.opt().expect("the message has an OPT record");
    let record = opt.to_record();
    assert_eq!(OptRef::from_record(&record), Ok(Some(opt)));
    assert_eq!(record.ttl, ttl);
    let owned = Opt::from(opt);
    // What a version that nobody knows has may end with octets that make no option.
    let whole = owned.wire_len() - 11;
    assert!(whole == options.len() || whole < options.len() && opt.version() > 0);
    assert!(
        owned.options.iter().eq(opt.options()),
        "options are lost, or in another order"
    );
    let mut written = Options::default();
    for option in opt.options() {
        assert!(written.push(option.code, option.data));
        check(option);
    }
    assert_eq!(written, owned.options);
    if let Some(first) = opt.options().next() {
        written.remove(first.code);
        assert!(
            written
                .iter()
                .eq(opt.options().filter(|option| option.code != first.code))
        );
    }
}

/// Each typed option that can be read is written with the same octets.
macro_rules! check {
    ($($option:ident)+) => {
        fn check(option: OptionRef<'_>) {
            $( if let Ok(Some(typed)) = option.read::<$option>() {
                let mut data = Vec::new();
                typed.write(&mut data);
                assert_eq!(data, option.data, "{typed:?}");
                assert!(!format!("{}", option.text()).is_empty());
            } )+
        }

        #[cfg(test)]
        const CODES: &[nameward_core::wire::OptionCode] = &[$( $option::CODE, )+];
    };
}

check! {
    Chain ClientSubnet ClientTag Cookie Dau Dhu Expire ExtendedError KeyTag Llq N3u Nsid Padding ReportChannel ServerTag
    TcpKeepalive UpdateLease ZoneVersion
}

#[cfg(test)]
mod tests {
    use super::*;
    use nameward_core::wire::OptionCode;

    #[test]
    fn every_option_that_is_known_is_read_here() {
        let missing: Vec<_> = (0..=u16::MAX)
            .map(OptionCode)
            .filter(|&code| OptionSchema::of(code).is_some() && !CODES.contains(&code))
            .collect();
        assert_eq!(missing, []);
    }
}
