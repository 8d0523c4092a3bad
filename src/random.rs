//! The door of randomness: handed in, so that tests say what is drawn.

/// Draws bytes that nobody can foretell.
pub trait Randomness: Send + Sync {
    /// Fills a buffer.
    ///
    /// # Errors
    /// Where the system gives none.
    fn fill(&self, bytes: &mut [u8]) -> std::io::Result<()>;
}

/// The system's own.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandomness;

impl Randomness for SystemRandomness {
    fn fill(&self, bytes: &mut [u8]) -> std::io::Result<()> {
        getrandom::fill(bytes).map_err(|error| std::io::Error::other(error.to_string()))
    }
}
