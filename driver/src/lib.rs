//! What every Nameward runtime shares.
