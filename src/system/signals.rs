//! What the system tells a running program.
//!
//! Owns which signals mean "stop". Must not know what stopping is.

/// Ends at the first SIGINT or SIGTERM (Ctrl-C on Windows). From the first call on, neither
/// ends the program by itself any more.
///
/// # Errors
/// When the system lets nobody listen.
pub async fn asked_to_stop() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted,
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}
