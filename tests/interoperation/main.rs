//! Tests of interoperation.
