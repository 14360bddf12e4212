//! Drives Nameward machines on tokio.
