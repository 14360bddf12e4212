//! Records as lines of a zone file.

use core::fmt;

use crate::wire::{Record, RecordRef};

/// Owner, TTL, class, type and RDATA with tabs between them.
impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}\t{}\t{}\t{}\t{}",
            self.owner,
            self.ttl,
            self.class,
            self.rtype(),
            self.rdata_text()
        )
    }
}

/// Owner, TTL, class, type and RDATA with tabs between them.
impl fmt::Display for RecordRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            owner,
            rtype,
            class,
            ttl,
            ..
        } = *self;
        write!(f, "{owner}\t{ttl}\t{class}\t{rtype}\t{}", self.rdata_text())
    }
}
