//! Who may ask what, and where.

use alloc::vec::Vec;
use core::net::IpAddr;

use crate::client::Prefix;
use crate::flow::ListenerId;
use crate::wire::Name;

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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccessRule {
    /// The addresses of the peers; all, if there is none. One of IPv4 that is mapped into IPv6 is one of IPv4.
    pub peers: Option<Prefix>,
    /// The listener; all, if there is none.
    pub listener: Option<ListenerId>,
    /// The name of the key with which the request is signed (RFC 8945); any or none, if there is none.
    pub key: Option<Name>,
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

    /// Whether it may matter with which key a request is signed.
    pub(super) fn ask_for_keys(&self) -> bool {
        self.rules.iter().any(|rule| rule.key.is_some())
    }

    /// What becomes of a request that is signed with this key, if it is signed.
    ///
    /// ```
    /// use nameward_core::flow::ListenerId;
    /// use nameward_core::server::respond::{Access, AccessRule, AccessRules};
    ///
    /// let rules = AccessRules {
    ///     rules: vec![AccessRule { peers: Some("192.0.2.0/24".parse().unwrap()), ..AccessRule::default() }],
    ///     otherwise: Access::Drop,
    /// };
    /// assert_eq!(rules.access("192.0.2.1".parse().unwrap(), ListenerId(0), None), Access::Allow);
    /// assert_eq!(rules.access("198.51.100.1".parse().unwrap(), ListenerId(0), None), Access::Drop);
    /// ```
    #[inline]
    pub fn access(&self, peer: IpAddr, listener: ListenerId, key: Option<&Name>) -> Access {
        if self.rules.is_empty() {
            self.otherwise
        } else {
            self.first_that_fits(peer, listener, key)
        }
    }

    #[inline(never)]
    fn first_that_fits(&self, peer: IpAddr, listener: ListenerId, key: Option<&Name>) -> Access {
        let peer = peer.to_canonical();
        let fits = |rule: &&AccessRule| {
            rule.listener.is_none_or(|wanted| wanted == listener)
                && rule.peers.is_none_or(|peers| peers.contains(peer))
                && rule.key.as_ref().is_none_or(|wanted| key == Some(wanted))
        };
        self.rules
            .iter()
            .find(fits)
            .map_or(self.otherwise, |rule| rule.access)
    }
}
