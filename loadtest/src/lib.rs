//! Load on an AUBoutique server, and a verdict on its promises.
//!
//! A run has three parts that know nothing of each other. *Load*: simulated users ([`user`]), each
//! with a connection of its own, act as the [`plan`] says ([`scenario`], [`schedule`]) against a server
//! that the load test starts as a child of itself, or against one elsewhere ([`target`]), which may be
//! killed under them ([`crash`]) or be reached through a faulty network ([`chaos`]). *Record*: every
//! call becomes an event of the [`history`], its latency goes into histograms ([`record`]). *Judge*:
//! the [`checker`] reads the history, with what the database holds ([`ledger`]) and what everybody
//! sees in the end ([`verify`]), and says which promises it refutes. The [`report`] shows all of it as
//! text, JSON or a page. [`self_test`] judges the judge.

pub mod args;
pub mod chaos;
pub mod checker;
pub mod cli;
pub mod clock;
pub mod context;
pub mod crash;
pub mod descriptors;
pub mod history;
pub mod items;
pub mod keys;
pub mod ledger;
pub mod machine;
pub mod names;
pub mod people;
pub mod plan;
pub mod progress;
pub mod record;
pub mod report;
pub mod run;
pub mod scenario;
pub mod schedule;
pub mod self_test;
pub mod target;
pub mod user;
pub mod verify;
