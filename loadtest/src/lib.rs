//! Load on an AUBoutique server, and a verdict on its promises.
//!
//! A run has three parts that know nothing of each other. *Load*: simulated users, each with a
//! connection of its own, act as their plan says (`plan`, `schedule`, `user`, `scenario`) against a
//! server that the load test starts as a child of itself, or against one elsewhere (`target`).
//! *Record*: every call becomes an event of the [`history`], its latency goes into histograms
//! (`record`). *Judge*: the [`checker`] reads the history and says which promises it refutes. The
//! [`report`] shows all of it as text, JSON or a page.

pub mod checker;
pub mod history;
pub mod report;
pub mod self_test;
