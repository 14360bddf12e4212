//! How one question reaches one server: ports, exchanges, framing.
