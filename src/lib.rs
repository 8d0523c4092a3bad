//! The route: what turns replies of providers into a record that can be trusted. The binary is a thin door to it.

pub mod schedule;
