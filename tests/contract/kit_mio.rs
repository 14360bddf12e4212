//! The conformance kit on mio.

nameward_tests::conformance!(nameward_tests::kit::mio::Mio);
