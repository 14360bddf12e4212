//! Every typed view of RDATA, chosen by type number at run time.

use nameward_core::wire::rdata::*;
use nameward_core::wire::{Rdata, RecordRef, Rtype};

/// What is made of RDATA by each view there is, as the views say it themselves.
macro_rules! views {
    ($($view:ident)+) => {
        /// The RDATA that the typed view of this RDATA builds; none if there is no view, or it does not fit.
        pub fn rebuilt(rdata: &Rdata) -> Option<Rdata> {
            match rdata.rtype() {
                $( rtype if rtype == <$view as RecordType>::SCHEMA.rtype => {
                    let view: $view = rdata.view()?;
                    let shown = format!("{view:?}");
                    assert!(shown.starts_with(stringify!($view)), "{shown}");
                    Some(view.to_rdata())
                } )+
                _ => None,
            }
        }

        /// The same for RDATA in a message, where names may be compressed.
        pub fn rebuilt_from_message(record: &RecordRef<'_>) -> Option<Rdata> {
            match record.rtype {
                $( rtype if rtype == <$view as RecordType>::SCHEMA.rtype => {
                    record.rdata::<$view>().ok().flatten().map(|view| view.to_rdata())
                } )+
                _ => None,
            }
        }

        /// The types that have a view here.
        pub const VIEWED: &[Rtype] = &[$( <$view as RecordType>::SCHEMA.rtype, )+];
    };
}

views! {
    A A6 Aaaa Afsdb Amtrelay Apl Atma Avc Brid Caa Cdnskey Cds Cert Cla Cname Csync Deleg Delegparam Dhcid Dlv Dname Dnskey Doa
    Ds Dsync Eid Eui48 Eui64 Gpos Hhit Hinfo Hip Https Ipn Ipseckey Isdn Key Kx L32 L64 Loc Lp Mb Md Mf Mg Minfo Mr Mx Naptr
    Nid Nimloc Ninfo Ns Nsap NsapPtr Nsec Nsec3 Nsec3param Null Nxt Openpgpkey Ptr Px Resinfo Rkey Rp Rrsig Rt Sig Sink
    Smimea Soa Spf Srv Sshfp Svcb Ta Talink Tkey Tlsa Tsig Txt Uri Wallet Wks X25 Zonemd
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_that_is_known_has_its_view_here() {
        let missing: Vec<_> = Schema::all()
            .map(|schema| schema.rtype)
            .filter(|rtype| !VIEWED.contains(rtype))
            .collect();
        assert_eq!(missing, []);
        assert_eq!(Schema::all().count(), VIEWED.len());
    }
}
