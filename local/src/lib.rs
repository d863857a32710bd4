//! The laptop cloud: reads `template.yaml` and runs it, without Docker and without an AWS account.

pub mod attached;
pub mod aws;
pub mod binaries;
pub mod cloud;
pub mod console;
pub mod credentials;
pub mod data;
pub mod demo;
pub mod deployment;
pub mod faults;
pub mod gateway;
pub mod host;
pub mod iam;
pub mod invocations;
pub mod invoke;
pub mod measure;
pub mod payment_gateway;
pub mod redrive;
pub mod seed;
pub mod sources;
pub mod stop;
pub mod template;
pub mod testing;
