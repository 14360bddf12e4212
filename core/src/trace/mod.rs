//! Recording what a machine did, and replaying it.
