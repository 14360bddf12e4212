//! Presentation format (RFC 1035 section 5.1).
