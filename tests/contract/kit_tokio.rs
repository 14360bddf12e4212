//! The conformance kit on tokio.

mod on_one_thread {
    nameward_tests::conformance!(nameward_tests::kit::tokio::Tokio);
}

mod on_threads {
    nameward_tests::conformance!(nameward_tests::kit::tokio::TokioThreads);
}
