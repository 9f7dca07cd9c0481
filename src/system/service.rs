//! The service manager that started this process, if one did.
//!
//! Owns the datagrams of systemd's notification protocol (sd_notify(3)). Must not decide
//! whether the process is well.

use std::time::Duration;

use super::Environment;

/// Where the service manager listens.
#[derive(Clone, Debug, Default)]
pub struct ServiceManager {
    socket: Option<String>,
    watchdog: Option<Duration>,
}

impl ServiceManager {
    /// As the environment says; without one, telling it anything does nothing.
    #[must_use]
    pub fn find(environment: &Environment) -> Self {
        let ours = environment
            .get("WATCHDOG_PID")
            .is_none_or(|pid| pid == std::process::id().to_string());
        let micros = environment.get("WATCHDOG_USEC").filter(|_| ours);
        Self {
            socket: environment.get("NOTIFY_SOCKET").map(str::to_owned),
            watchdog: micros
                .and_then(|micros| micros.parse().ok())
                .map(Duration::from_micros),
        }
    }

    /// How often it wants to hear `WATCHDOG=1`; `None`: never.
    #[must_use]
    pub fn watchdog(&self) -> Option<Duration> {
        self.watchdog
    }

    /// Sends lines such as `READY=1`. A manager that does not listen is not worth an error.
    pub fn tell(&self, lines: &[&str]) {
        if let Some(socket) = &self.socket {
            let _ = send(socket, lines.join("\n").as_bytes());
        }
    }
}

#[cfg(target_os = "linux")]
fn send(socket: &str, message: &[u8]) -> std::io::Result<()> {
    use std::os::linux::net::SocketAddrExt as _;
    use std::os::unix::net::{SocketAddr, UnixDatagram};
    let address = match socket.strip_prefix('@') {
        Some(name) => SocketAddr::from_abstract_name(name)?,
        None => SocketAddr::from_pathname(socket)?,
    };
    let from = UnixDatagram::unbound()?;
    from.set_nonblocking(true)?;
    from.send_to_addr(message, &address).map(drop)
}

#[cfg(not(target_os = "linux"))]
fn send(_socket: &str, _message: &[u8]) -> std::io::Result<()> {
    Ok(())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        let variables = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Environment {
            variables: variables.collect(),
            working_directory: None,
        }
    }

    #[test]
    fn a_manager_hears_by_path_and_by_abstract_name() {
        use std::os::linux::net::SocketAddrExt as _;
        use std::os::unix::net::{SocketAddr, UnixDatagram};
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let by_path = UnixDatagram::bind(&path).unwrap();
        let name = format!("mergecast-{}", std::process::id());
        let abstract_name = SocketAddr::from_abstract_name(&name).unwrap();
        let by_name = UnixDatagram::bind_addr(&abstract_name).unwrap();
        for (listener, address) in [
            (by_path, path.display().to_string()),
            (by_name, format!("@{name}")),
        ] {
            let manager = ServiceManager::find(&environment(&[("NOTIFY_SOCKET", &address)]));
            manager.tell(&["READY=1", "STATUS=well"]);
            let mut buffer = [0; 64];
            let size = listener.recv(&mut buffer).unwrap();
            assert_eq!(&buffer[..size], b"READY=1\nSTATUS=well");
        }
    }

    #[test]
    fn a_watchdog_of_another_process_is_not_ours() {
        let own = std::process::id().to_string();
        let found = |pid: &str| {
            let variables = [("WATCHDOG_USEC", "60000000"), ("WATCHDOG_PID", pid)];
            ServiceManager::find(&environment(&variables)).watchdog()
        };
        assert_eq!(found(&own), Some(Duration::from_secs(60)));
        assert_eq!(found("1"), None);
        ServiceManager::default().tell(&["READY=1"]);
    }
}
