//! A simulated internet for Nameward machines, in virtual time.
