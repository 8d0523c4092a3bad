//! The route of Predictive Play: the verbs between the rooms, and what the commands are made of.

pub mod settings;
