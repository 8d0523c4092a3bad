//! A Redis of the tests' own, where redis-server is installed: private, empty, in memory, gone when the tests are.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::supervised::{Supervised, free_port, on_path};

const READY_WITHIN: Duration = Duration::from_secs(20);

/// A private Redis on a free port of 127.0.0.1. Dropped, or when the process ends in any way: stopped and removed.
#[derive(Debug)]
pub struct RedisServer {
    supervised: Supervised,
    port: u16,
}

/// Why no Redis can be had on this machine; `None` where one can.
#[must_use]
pub fn skip_reason() -> Option<String> {
    on_path("redis-server").is_none().then(|| "redis-server is not installed".to_owned())
}

/// A Redis of one test's own; `None`, and a line that says so, where it is not installed.
///
/// # Panics
/// Where it is installed and does not start.
#[must_use]
pub fn dedicated() -> Option<RedisServer> {
    if let Some(reason) = skip_reason() {
        crate::skipped(&reason);
        return None;
    }
    Some(RedisServer::start())
}

impl RedisServer {
    /// Starts a Redis; returns when it answers.
    ///
    /// # Panics
    /// Where it is not installed (ask [`skip_reason`] first) or does not start; the message carries its output.
    #[must_use]
    pub fn start() -> Self {
        let mut tried = Vec::new();
        for _ in 0..3 {
            match Self::try_start() {
                Ok(server) => return server,
                Err(reason) => tried.push(reason),
            }
        }
        panic!("redis-server does not start: {}", tried.join("\n---\n"));
    }

    fn try_start() -> Result<Self, String> {
        let program = on_path("redis-server").ok_or("redis-server is not installed")?.display().to_string();
        let port = free_port();
        let supervised = Supervised::new("predictive-play-redis-", None, "KILL", |folder| {
            let (port, folder) = (port.to_string(), folder.display().to_string());
            let options = ["--bind", "127.0.0.1", "--port", &port, "--dir", &folder, "--save", "", "--appendonly", "no"];
            std::iter::once(program).chain(options.map(str::to_owned)).collect()
        });
        let mut server = Self { supervised, port };
        server.restart()?;
        Ok(server)
    }

    /// Starts it again after [`RedisServer::stop_immediate`], on the same port, empty.
    ///
    /// # Errors
    /// The end of its output, where it does not start.
    pub fn restart(&mut self) -> Result<(), String> {
        self.supervised.start();
        self.supervised.wait_until(READY_WITHIN, || self.command("PING").is_ok_and(|answer| answer.starts_with("+PONG")))
    }

    /// Kills it: everything in it is lost.
    pub fn stop_immediate(&mut self) {
        self.supervised.stop();
    }

    /// Its port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Where it is (`redis://127.0.0.1:PORT`).
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// One command as a line (`SET key value`), and the start of the raw answer, past the code under test.
    ///
    /// # Errors
    /// Where Redis cannot be reached or does not answer within two seconds.
    pub fn command(&self, line: &str) -> std::io::Result<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        stream.write_all(format!("{line}\r\n").as_bytes())?;
        let mut answer = vec![0; 4096];
        let len = stream.read(&mut answer)?;
        Ok(String::from_utf8_lossy(&answer[..len]).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redis_keeps_values_until_it_is_killed_and_comes_back_empty() {
        let Some(mut redis) = dedicated() else { return };
        assert_eq!(redis.command("SET board 1").unwrap(), "+OK\r\n");
        assert_eq!(redis.command("GET board").unwrap(), "$1\r\n1\r\n");
        redis.stop_immediate();
        assert!(redis.command("PING").is_err());
        redis.restart().unwrap();
        assert_eq!(redis.command("GET board").unwrap(), "$-1\r\n");
    }
}
