//! The address that HTTP is served on: taken, not allowed, or not of this machine.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};

use super::{Line, State};

pub(super) fn examine(address: SocketAddr) -> Line {
    let subject = format!("listen {address}");
    let error = match TcpListener::bind(address) {
        Ok(_) => return Line::ok(subject, "free"),
        Err(error) => error,
    };
    match error.kind() {
        ErrorKind::AddrInUse => {
            let advice = "that is as it should be while this product runs; else stop who listens there, or set PREDICTIVE_PLAY_LISTEN";
            Line::of(State::Warning, &subject, "port_busy", "somebody listens there already", advice)
        }
        ErrorKind::PermissionDenied => Line::of(
            State::Misconfigured,
            &subject,
            "port_refused",
            "this user may not listen there",
            "set a port from 1024 up in PREDICTIVE_PLAY_LISTEN",
        ),
        _ => {
            let reason = format!("it cannot be listened on: {error}");
            Line::of(State::Misconfigured, &subject, "address_refused", reason, "set an address of this machine in PREDICTIVE_PLAY_LISTEN")
        }
    }
}
