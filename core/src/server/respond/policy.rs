//! The checked form of a configuration.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::config::ResponderConfig;
use crate::machine::Misuse;

/// A [`ResponderConfig`] that was checked. A clone is the same policy, and costs nothing.
#[derive(Clone, Debug)]
pub struct Policy {
    pub(super) inner: Arc<Checked>,
}

/// What the handles share.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) config: ResponderConfig,
    /// RDATA of the TXT records that say the version and who we are.
    pub(super) version: Option<Vec<u8>>,
    pub(super) identity: Option<Vec<u8>>,
    /// The timeout of connections as it is sent, in units of 100 milliseconds.
    pub(super) keepalive: Option<u16>,
}

impl Policy {
    /// The policy of this configuration.
    ///
    /// # Errors
    ///
    /// A value does not lie in its range: [`ResponderConfig::validate`].
    pub fn new(config: ResponderConfig) -> Result<Self, Misuse> {
        config.validate()?;
        let steps = |idle: core::time::Duration| u16::try_from(idle.as_millis() / 100).unwrap_or(u16::MAX);
        Ok(Self {
            inner: Arc::new(Checked {
                version: config.version.as_ref().map(text),
                identity: config.identity.as_ref().map(text),
                keepalive: config.keepalive.map(steps),
                config,
            }),
        })
    }

    /// The configuration.
    pub fn config(&self) -> &ResponderConfig {
        &self.inner.config
    }
}

/// RDATA of a TXT record with one text (RFC 1035 section 3.3.14). Invariant: it has 255 octets at most.
fn text(text: &String) -> Vec<u8> {
    let mut rdata = Vec::with_capacity(text.len().saturating_add(1));
    rdata.push(u8::try_from(text.len()).unwrap_or(u8::MAX));
    rdata.extend_from_slice(text.as_bytes());
    rdata
}
