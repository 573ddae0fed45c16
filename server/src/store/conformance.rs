//! The store's contract as tests.
