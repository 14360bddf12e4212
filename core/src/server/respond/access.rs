//! Who may ask what, and where.

use alloc::vec::Vec;
use core::net::IpAddr;

use crate::client::Prefix;
use crate::flow::ListenerId;

/// What becomes of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Access {
    /// It is answered.
    #[default]
    Allow,
    /// It gets REFUSED (RFC 1035 section 4.1.1).
    Refuse,
    /// It gets no reply at all.
    Drop,
}

/// A rule about requests that come from some addresses, to some listeners.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AccessRule {
    /// The addresses of the peers; all, if there is none. One of IPv4 that is mapped into IPv6 is one of IPv4.
    pub peers: Option<Prefix>,
    /// The listener; all, if there is none.
    pub listener: Option<ListenerId>,
    /// What becomes of such a request.
    pub access: Access,
}

/// Rules of access. The first one that a request fits counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccessRules {
    /// The rules. They are looked at one after the other for each request.
    pub rules: Vec<AccessRule>,
    /// What becomes of a request that fits none.
    pub otherwise: Access,
}

impl AccessRules {
    /// The same for all requests.
    pub const fn all(access: Access) -> Self {
        Self {
            rules: Vec::new(),
            otherwise: access,
        }
    }

    /// What becomes of a request.
    ///
    /// ```
    /// use nameward_core::flow::ListenerId;
    /// use nameward_core::server::respond::{Access, AccessRule, AccessRules};
    ///
    /// let rules = AccessRules {
    ///     rules: vec![AccessRule { peers: Some("192.0.2.0/24".parse().unwrap()), ..AccessRule::default() }],
    ///     otherwise: Access::Drop,
    /// };
    /// assert_eq!(rules.access("192.0.2.1".parse().unwrap(), ListenerId(0)), Access::Allow);
    /// assert_eq!(rules.access("198.51.100.1".parse().unwrap(), ListenerId(0)), Access::Drop);
    /// ```
    #[inline]
    pub fn access(&self, peer: IpAddr, listener: ListenerId) -> Access {
        if self.rules.is_empty() {
            self.otherwise
        } else {
            self.first_that_fits(peer, listener)
        }
    }

    #[inline(never)]
    fn first_that_fits(&self, peer: IpAddr, listener: ListenerId) -> Access {
        let peer = peer.to_canonical();
        let fits = |rule: &&AccessRule| {
            rule.listener.is_none_or(|wanted| wanted == listener)
                && rule.peers.is_none_or(|peers| peers.contains(peer))
        };
        self.rules
            .iter()
            .find(fits)
            .map_or(self.otherwise, |rule| rule.access)
    }
}
