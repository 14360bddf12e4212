//! The order of addresses in an answer (`sortlist` of `resolv.conf(5)`).

use core::net::Ipv4Addr;

use crate::rrset::Rrset;
use crate::text::resolv_conf::SortedNetwork;
use crate::wire::{A, Rtype};

/// Puts the addresses of the networks in the list first, in its order; all others stay as they are.
pub(super) fn sort(rrsets: &mut [Rrset], sortlist: &[SortedNetwork]) {
    if sortlist.is_empty() {
        return;
    }
    for set in rrsets.iter_mut().filter(|set| set.rtype() == Rtype::A) {
        *set = set.sorted_by_key(|rdata| {
            let address = rdata.view::<A>().map(|a| a.address);
            let place =
                address.and_then(|address| sortlist.iter().position(|network| lies_in(address, *network)));
            place.unwrap_or(sortlist.len())
        });
    }
}

fn lies_in(address: Ipv4Addr, network: SortedNetwork) -> bool {
    address & network.mask == network.address & network.mask
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::resolv_conf::ResolvConf;
    use crate::wire::{Class, Name};
    use alloc::vec::Vec;

    #[test]
    fn resolv_conf_5_addresses_of_listed_networks_come_first_in_the_order_of_the_list() {
        let list = ResolvConf::read(b"sortlist 130.155.160.0/255.255.240.0 130.155.0.0").sortlist;
        let addresses = [
            [192, 0, 2, 1],
            [130, 155, 1, 1],
            [130, 155, 161, 2],
            [192, 0, 2, 0],
            [130, 155, 160, 9],
        ];
        let rdata = addresses.map(|octets| {
            A {
                address: octets.into(),
            }
            .to_rdata()
        });
        let set = Rrset::new(Name::root(), Rtype::A, Class::IN, 60, rdata).unwrap();
        let mut sets = [set.clone()];
        sort(&mut sets, &list);
        let sorted: Vec<_> = sets[0].rdata().map(|rdata| rdata.octets().to_vec()).collect();
        assert_eq!(
            sorted,
            [
                [130, 155, 161, 2],
                [130, 155, 160, 9],
                [130, 155, 1, 1],
                [192, 0, 2, 1],
                [192, 0, 2, 0]
            ]
        );
        let mut unsorted = [set.clone()];
        sort(&mut unsorted, &[]);
        assert!(unsorted[0].rdata().eq(set.rdata()));
    }
}
