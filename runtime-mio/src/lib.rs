//! Drives Nameward machines on mio.
