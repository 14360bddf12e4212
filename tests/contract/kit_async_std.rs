//! The conformance kit on async-std, and on smol, which shares its reactor.

use nameward_tests::kit::async_std::{AsyncStd, AsyncStdThreads, On, Smol};

mod on_one_thread {
    nameward_tests::conformance!(super::On<super::AsyncStd>);
}

mod on_threads {
    nameward_tests::conformance!(super::On<super::AsyncStdThreads>);
}

mod on_smol {
    nameward_tests::conformance!(super::On<super::Smol>);
}
