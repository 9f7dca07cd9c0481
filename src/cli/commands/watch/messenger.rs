//! Sends messages to people, one after the other, beside everything else.
//!
//! Owns the queue. A message that does not arrive is a line in the log: it is sent after
//! the record is durable, and nothing waits for it but the end of the process, a little.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::header;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::model::config::NotifyTarget;
use crate::ports::{HttpRequest, Timeout, Transport as _};
use crate::system::http::HttpTransport;
use crate::watch::alerts::Alert;
use crate::watch::health::Health;

/// How long one message may take.
const LIMIT: Duration = Duration::from_secs(10);
/// How many may wait; more are dropped, and told.
const WAITING: usize = 100;
/// How long the end of the process waits for what is left.
const FAREWELL: Duration = Duration::from_secs(5);

/// Called with what is wrong.
pub(super) type Complain = dyn Fn(&str) + Send + Sync;

/// One message on its way.
struct Letter {
    name: String,
    url: String,
    body: String,
}

/// Where messages of one kind go.
struct Address {
    target: NotifyTarget,
    url: String,
}

/// See the module.
pub(super) struct Messenger {
    addresses: Vec<Address>,
    queue: mpsc::Sender<Letter>,
    sending: JoinHandle<()>,
    complain: Arc<Complain>,
}

impl Messenger {
    /// For `targets`, whose addresses are in `variables`.
    pub(super) fn new(
        targets: &[NotifyTarget],
        variables: &BTreeMap<String, String>,
        health: Arc<Mutex<Health>>,
        complain: Arc<Complain>,
    ) -> Self {
        let mut addresses = Vec::new();
        for target in targets {
            match variables
                .get(&target.url_env)
                .filter(|url| !url.trim().is_empty())
            {
                Some(url) => addresses.push(Address {
                    target: target.clone(),
                    url: url.trim().to_owned(),
                }),
                None => complain(&format!(
                    "`notify.{}` gets no messages: `{}` is not set",
                    target.name, target.url_env
                )),
            }
        }
        let (queue, letters) = mpsc::channel(WAITING);
        let sending = tokio::spawn(send_all(letters, health, Arc::clone(&complain)));
        Self {
            addresses,
            queue,
            sending,
            complain,
        }
    }

    /// Sends `alert` to everybody who wants to know, some time soon.
    pub(super) fn tell(&self, alert: &Alert) {
        let wanted = self.addresses.iter();
        for address in wanted.filter(|address| address.target.events.contains(&alert.event)) {
            let letter = Letter {
                name: address.target.name.clone(),
                url: address.url.clone(),
                body: alert.body(address.target.format),
            };
            if self.queue.try_send(letter).is_err() {
                let name = &address.target.name;
                (self.complain)(&format!(
                    "a message to `notify.{name}` was dropped: too many wait"
                ));
            }
        }
    }

    /// Waits a little for what has not been sent.
    pub(super) async fn farewell(self) {
        drop(self.queue);
        let _ = tokio::time::timeout(FAREWELL, self.sending).await;
    }
}

async fn send_all(
    mut letters: mpsc::Receiver<Letter>,
    health: Arc<Mutex<Health>>,
    complain: Arc<Complain>,
) {
    let transport = HttpTransport::new();
    while let Some(letter) = letters.recv().await {
        let sent = match &transport {
            Ok(transport) => send(transport, &letter).await,
            Err(problem) => Err(problem.to_string()),
        };
        let mut health = health.lock().unwrap_or_else(PoisonError::into_inner);
        *health.messages.entry(sent.is_ok()).or_default() += 1;
        drop(health);
        if let Err(problem) = sent {
            complain(&format!(
                "a message to `notify.{}` did not arrive: {problem}",
                letter.name
            ));
        }
    }
}

/// The address is a secret, so nothing about it is in the error.
fn request(letter: &Letter) -> Result<HttpRequest, String> {
    let request = http::Request::post(&letter.url)
        .header(header::CONTENT_TYPE, "application/json")
        .extension(Timeout(LIMIT))
        .body(Bytes::from(letter.body.clone()));
    request.map_err(|_| "its address is not one".to_owned())
}

async fn send(transport: &HttpTransport, letter: &Letter) -> Result<(), String> {
    let answer = transport.send(request(letter)?).await;
    match answer {
        Ok(answer) if answer.status().is_success() => Ok(()),
        Ok(answer) => Err(format!("the answer was {}", answer.status().as_u16())),
        Err(problem) => Err(problem.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_is_none_is_not_shown() {
        let letter = Letter {
            name: "team".to_owned(),
            url: "secret in here\n".to_owned(),
            body: String::new(),
        };
        let problem = request(&letter).unwrap_err();
        assert!(!problem.contains("secret"), "{problem}");
    }
}
