//! The typed views of RDATA, by number.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use nameward_core::wire::rdata::*;
use nameward_core::wire::{ParseError, Rdata, RecordRef, RecordType, Rtype};

/// Reads the typed view of a record, looks at all of it, and builds the RDATA anew.
pub(crate) type Rebuild = fn(&RecordRef<'_>) -> Result<Option<Rdata>, ParseError>;

macro_rules! views {
    ($($view:ident)+) => {
        [$( (<$view as RecordType>::SCHEMA.rtype, |record| {
            let view = record.rdata::<$view>()?;
            assert!(!format!("{view:?}").is_empty());
            Ok(view.map($view::to_rdata))
        }), )+]
    };
}

static VIEWS: LazyLock<BTreeMap<Rtype, Rebuild>> = LazyLock::new(|| {
    let views: [(Rtype, Rebuild); 88] = views! {
        A A6 Aaaa Afsdb Amtrelay Apl Atma Avc Brid Caa Cds Cdnskey Cert Cla Cname Csync Deleg Delegparam Dhcid Dlv Dname Dnskey
        Doa Ds Dsync Eid Eui48 Eui64 Gpos Hhit Hinfo Hip Https Ipn Ipseckey Isdn Key Kx L32 L64 Loc Lp Mb Md Mf Mg Minfo Mr
        Mx Naptr Nid Nimloc Ninfo Ns Nsap NsapPtr Nsec Nsec3 Nsec3param Null Nxt Openpgpkey Ptr Px Resinfo Rkey Rp Rrsig Rt
        Sig Sink Smimea Soa Spf Srv Sshfp Svcb Ta Talink Tkey Tlsa Tsig Txt Uri Wallet Wks X25 Zonemd
    };
    let views = BTreeMap::from(views);
    assert!(
        views.keys().copied().eq(Schema::all()
            .map(|schema| schema.rtype)
            .collect::<std::collections::BTreeSet<_>>())
    );
    views
});

/// How a record of this type is rebuilt; none if there is no view of the type.
pub(crate) fn rebuild(rtype: Rtype) -> Option<Rebuild> {
    VIEWS.get(&rtype).copied()
}
