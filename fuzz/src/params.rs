//! Service parameters: one octet that chooses the registry and whether the rest is wire or text.

use nameward_core::wire::rdata::{Registry, ServiceParams};
use nameward_core::wire::{Rdata, Rtype};

/// Takes `data` as parameters.
pub fn body(data: &[u8]) {
    let Some((&kind, data)) = data.split_first() else {
        return;
    };
    let registry = if kind & 1 == 0 {
        Registry::Service
    } else {
        Registry::Delegation
    };
    if kind & 2 == 0 {
        wire(registry, data);
    } else if let Ok(text) = std::str::from_utf8(data)
        && let Ok(rdata) = Rdata::from_text(rtype(registry), &format!("{} {text}", start(registry).1), None)
    {
        let wire = start(registry).0;
        let params = rdata
            .octets()
            .strip_prefix(wire)
            .expect("what stands before the parameters is fixed");
        check(registry, params);
    }
}

fn wire(registry: Registry, data: &[u8]) {
    let alone = ServiceParams::from_wire(registry, data).is_ok();
    let whole = Rdata::from_wire(rtype(registry), &[start(registry).0, data].concat());
    assert_eq!(alone, whole.is_ok());
    if alone {
        check(registry, data);
    }
}

/// A record that ends with parameters of the registry.
const fn rtype(registry: Registry) -> Rtype {
    match registry {
        Registry::Service => Rtype::SVCB,
        Registry::Delegation => Rtype::DELEG,
    }
}

/// What stands before the parameters, as wire and as text.
const fn start(registry: Registry) -> (&'static [u8], &'static str) {
    match registry {
        Registry::Service => (&[0, 1, 0], "1 ."),
        Registry::Delegation => (&[], ""),
    }
}

fn check(registry: Registry, data: &[u8]) {
    let params = ServiceParams::from_wire(registry, data).expect("it was taken before");
    let all: Vec<_> = params.iter().collect();
    assert!(all.windows(2).all(|pair| pair[0].0 < pair[1].0), "{params:?}");
    let mut written = Vec::new();
    for (key, value) in all {
        assert_eq!(params.get(key), Some(value));
        let length = u16::try_from(value.len()).expect("a value has two octets of length");
        written.extend([key.to_be_bytes(), length.to_be_bytes()].concat());
        written.extend(value);
    }
    assert_eq!(written, data);
    assert_eq!(params.is_empty(), data.is_empty());
    assert!(
        params
            .mandatory()
            .all(|key| key != ServiceParams::MANDATORY && params.get(key).is_some())
    );
    if registry == Registry::Service {
        assert_eq!(params.get(1).is_some(), params.alpn().is_some());
        assert!(
            params
                .alpn()
                .is_none_or(|protocols| protocols.iter().all(|protocol| !protocol.is_empty()))
        );
        assert!(!params.no_default_alpn() || params.alpn().is_some());
        assert_eq!(params.get(3).is_some(), params.port().is_some());
        assert_eq!(
            params.get(4).map_or(0, <[u8]>::len),
            params.ipv4_hints().count() * 4
        );
        assert_eq!(
            params.get(6).map_or(0, <[u8]>::len),
            params.ipv6_hints().count() * 16
        );
        assert_eq!(params.get(5), params.ech());
        assert_eq!(params.get(7), params.doh_path().map(str::as_bytes));
    }
    let rdata = Rdata::opaque(rtype(registry), &[start(registry).0, data].concat());
    crate::rdata_wire::check(&rdata);
}
