//! Publishing: declare, send, record, one post after the other.
//!
//! Owns the commit that does two jobs: commit k records post k−1's result and declares
//! post k, so n posts cost n+1 pushes and a runner has at most one open `sending`. Must
//! not send anything that is not durable as `sending` with our nonce.

use std::time::Duration;

use chrono::TimeDelta;

use crate::linkedin::client::Client;
use crate::linkedin::outcome::CreateOutcome;
use crate::model::Instant;
use crate::pass::attempt::{Attempted, Next, conclude};
use crate::pass::clocks::{self, Trust};
use crate::pass::daily::Day;
use crate::pass::diary::Diary;
use crate::pass::given_up::GivenUp;
use crate::pass::ledger::{Applied, Change};
use crate::pass::outcome::Problem;
use crate::pass::prepare::{Prepared, Uploaded, finish, upload};
use crate::pass::punctual::Punctual;
use crate::pass::results::Collector;
use crate::pass::see::{Freshness, Seen};
use crate::pass::{Credentials, PassOptions};
use crate::plan::PlanItem;
use crate::ports::{Clock, Entropy, LedgerError, Transport as _, World};
use crate::record::{Event, Owner, Reason};

/// The first byte leaves within this time of the declaration, connecting included.
const BEGIN_WITHIN: Duration = Duration::from_secs(25);
/// The longest time between two looks at the wall clock while a declared post waits for
/// its time.
const SLICE: Duration = Duration::from_secs(1);
/// Attempts at one post in one pass, the first included.
const MAX_ATTEMPTS: u32 = 2;
/// How often recording a result is tried before the run gives up and says so.
const MAX_RECORDINGS: u32 = 6;

/// Publishes posts in order.
pub(super) struct Publisher<'p, 'a, W: World> {
    pub(super) world: &'p W,
    pub(super) options: &'p PassOptions,
    pub(super) credentials: &'p Credentials<'p>,
    pub(super) seen: &'p mut Seen<'a, W>,
    pub(super) given_up: &'p mut GivenUp,
    pub(super) report: &'p mut Collector,
    /// What the run will have asked of LinkedIn.
    pub(super) day: Day,
    /// The last post's result, not yet durable.
    pub(super) unrecorded: Option<(PlanItem, Change)>,
}

impl<W: World> Publisher<'_, '_, W> {
    /// Uploads the media of all of `items` and sends those whose media are ready soon, one
    /// after the other. Returns those LinkedIn takes its time with, so that a video keeps
    /// no other post waiting.
    pub(super) async fn publish_soon(&mut self, items: Vec<PlanItem>) -> Vec<Uploaded> {
        let (mut soon, mut slow) = (Vec::new(), Vec::new());
        let stop = self.seen.standby.stop().clone();
        for item in items {
            if !self.has_calls_left(&item).await {
                continue;
            }
            let uploaded = upload(
                self.world,
                self.options,
                self.credentials,
                self.seen,
                self.given_up,
                &item,
            );
            // A large future, and most of a pass is not in it.
            match stop.or(Box::pin(uploaded)).await {
                Some(Ok(uploaded)) if uploaded.is_slow() => slow.push(uploaded),
                Some(Ok(uploaded)) => soon.extend(self.finish(uploaded).await),
                Some(Err(problem)) => self.report.problem(&item, problem),
                None => self.report.problem(&item, Problem::stopping()),
            }
        }
        for prepared in soon {
            self.publish(prepared).await;
        }
        self.flush().await;
        slow
    }

    /// Whether the day's calls are enough for one more post; the report says why not.
    async fn has_calls_left(&mut self, item: &PlanItem) -> bool {
        let now = self.world.clock().now();
        let Err(spent) = self.day.admit(item, &self.seen.content.config, now) else {
            return true;
        };
        if let Some(post) = self.seen.post(item).cloned() {
            let commit = self.seen.content.desired.content_commit.clone();
            let session = &mut self.seen.session;
            spent.park(session, item, &post, commit).await;
        }
        self.report.problem(item, spent.problem(item));
        false
    }

    /// Waits for the media of each post, and sends it. A known URN never waits for a video.
    pub(super) async fn publish_slow(&mut self, uploaded: Vec<Uploaded>) {
        for uploaded in uploaded {
            if let Some(prepared) = self.finish(uploaded).await {
                self.publish(prepared).await;
            }
            self.flush().await;
        }
    }

    async fn finish(&mut self, uploaded: Uploaded) -> Option<Prepared> {
        let item = uploaded.item.clone();
        let (world, options) = (self.world, self.options);
        let stop = self.seen.standby.stop().clone();
        let finished = finish(world, options, self.seen, self.given_up, uploaded);
        let finished = stop.or(Box::pin(finished)).await;
        match finished.unwrap_or_else(|| Err(Problem::stopping())) {
            Ok(prepared) => Some(prepared),
            Err(problem) => {
                self.report.problem(&item, problem);
                None
            }
        }
    }

    async fn publish(&mut self, prepared: Prepared) {
        for attempt in 1..=MAX_ATTEMPTS {
            let refused = self
                .given_up
                .refuses(&prepared.post.author, &prepared.token);
            if let Some(problem) = refused {
                self.report.problem(&prepared.item, problem);
                return;
            }
            let endpoint = &self.options.endpoint;
            let trust = self.seen.clock.ask(self.world, endpoint).await;
            if let Trust::Wrong(skew) = trust {
                let problem = Problem::clock_wrong(skew);
                self.report.problem(&prepared.item, problem.clone());
                self.given_up.everything(problem);
                return;
            }
            if !self.is_fresh(&prepared).await {
                return;
            }
            let Some(wait) = self.attempt(&prepared, attempt == MAX_ATTEMPTS).await else {
                return;
            };
            let clock = self.world.clock();
            let standby = self.seen.standby.clone();
            standby.sleep(clock, clock.now() + wait).await;
        }
    }

    /// Waits until a declared post's time, and says why it must not be sent after all. A
    /// declaration is good for seconds only, so a clock that is set in the middle is not
    /// waited for.
    async fn stand_by(
        &self,
        due: Option<Instant>,
        (began, declared_at): (Duration, Instant),
        diary: &Diary<'_, W>,
    ) -> Result<(), String> {
        let clock = self.world.clock();
        let too_late = || clocks::too_late(clock, began, declared_at);
        if let Some(due) = due {
            let start = due - self.world.transport().head_start();
            while clock.now() < start && too_late().is_none() {
                let left = (start - clock.now()).to_std().unwrap_or_default();
                clock.pause(left.min(SLICE)).await;
            }
        }
        match too_late() {
            Some(why) => Err(why.to_owned()),
            None => diary.sending(),
        }
    }

    /// Whether the post may still be declared as it was planned; the report says why not.
    async fn is_fresh(&mut self, prepared: &Prepared) -> bool {
        match self.seen.still_as_planned(self.world, &prepared.post).await {
            Freshness::AsPlanned => true,
            Freshness::Changed(how) => {
                self.report.problem(&prepared.item, Problem::changed(&how));
                false
            }
            Freshness::Stopped(stop) => {
                let problem = Problem::stopped(&stop);
                self.report.problem(&prepared.item, problem.clone());
                self.given_up.everything(problem);
                false
            }
        }
    }

    /// One declaration and, once it is durable, one request. Returns how long to wait
    /// before another attempt, when there is to be one.
    async fn attempt(&mut self, prepared: &Prepared, last: bool) -> Option<TimeDelta> {
        let began = self.world.clock().uptime();
        let owner = Owner {
            runner: self.options.runner.clone(),
            nonce: self.world.entropy().nonce(),
            api_host: self.options.endpoint.stand_in(),
        };
        let declared_at = self.world.clock().now();
        let diary = Diary::begin(self.world, &prepared.item, &owner.nonce);
        if !self.declare(prepared, &owner, declared_at).await {
            return None;
        }
        if let Some(why) = self.given_up(prepared, &owner, declared_at) {
            self.withdraw(prepared, &owner, why).await;
            self.report.problem(&prepared.item, Problem::given_up(why));
            return None;
        }
        let due = prepared.declaration.scheduled_at;
        if let Err(why) = self.stand_by(due, (began, declared_at), &diary).await {
            self.withdraw(prepared, &owner, &why).await;
            return None;
        }
        let outcome = self.send(prepared, due, began).await;
        let id = prepared.id();
        let ledger = self.seen.session.ledger();
        let attempted = Attempted {
            entry: ledger.entries.get(&id),
            holder: outcome.urn().and_then(|urn| ledger.holder(urn, &id)),
            nonce: &owner.nonce,
            declared_at,
            uploaded: &prepared.sent,
            now: self.world.clock().now(),
            skew: clocks::correction(self.world),
        };
        let concluded = conclude(outcome, attempted);
        diary.ended(&concluded.event);
        self.unrecorded = Some((
            prepared.item.clone(),
            Change {
                id,
                event: concluded.event,
            },
        ));
        if let Next::Again(wait) = concluded.next
            && !last
        {
            return Some(wait);
        }
        let problem = concluded.problem.as_ref();
        self.given_up.after(
            concluded.next,
            problem,
            &prepared.post.author,
            &prepared.token,
        );
        self.report
            .sent(&prepared.item, concluded.published, concluded.problem);
        None
    }

    /// Why the declaration that was recorded just now must not be used after all.
    fn given_up(
        &self,
        prepared: &Prepared,
        owner: &Owner,
        declared_at: Instant,
    ) -> Option<&'static str> {
        let session = &self.seen.session;
        session.given_up(&prepared.id(), &owner.nonce, declared_at)
    }

    /// The one request of a declaration that began at `began`, which does not leave before
    /// `due`.
    async fn send(
        &self,
        prepared: &Prepared,
        due: Option<Instant>,
        began: Duration,
    ) -> CreateOutcome {
        let config = self.seen.config();
        let client = Client {
            transport: &Punctual {
                transport: self.world.transport(),
                not_after: began + BEGIN_WITHIN,
            },
            endpoint: &self.options.endpoint,
            api_version: &config.api_version,
        };
        let (token, body) = (&prepared.token, &prepared.body);
        client.create_post(token, body, due).await
    }

    /// Makes the declaration durable, together with the last post's result. False: the
    /// post is not to be sent, and the report says why.
    async fn declare(&mut self, prepared: &Prepared, owner: &Owner, at: Instant) -> bool {
        let id = prepared.id();
        let declare = Event::Declare {
            declaration: Box::new(prepared.declaration.clone()),
            owner: owner.clone(),
            at,
            probe: prepared.item.reason.code == "probe",
        };
        let earlier = self.unrecorded.clone().map(|(_, change)| change);
        let changes: Vec<Change> = earlier
            .into_iter()
            .chain([Change { id, event: declare }])
            .collect();
        match self.seen.session.record(&changes).await {
            Ok(applied) => {
                if let Some((item, change)) = self.unrecorded.take() {
                    self.report.not_taken(&item, &change.event, applied.first());
                }
                match applied.last() {
                    Some(Applied::Recorded) => true,
                    Some(Applied::Refused(refused)) => {
                        self.report
                            .problem(&prepared.item, Problem::refused(refused));
                        false
                    }
                    None => false,
                }
            }
            Err(error) => {
                let problem = Problem::ledger(&error);
                self.report.problem(&prepared.item, problem.clone());
                self.given_up.everything(problem);
                self.withdraw_if_landed(prepared, owner).await;
                false
            }
        }
    }

    /// After a declaration that may or may not be durable: nothing was sent, so where it
    /// did land it is taken back.
    async fn withdraw_if_landed(&mut self, prepared: &Prepared, owner: &Owner) {
        let id = prepared.id();
        if self.seen.session.reload().await.is_err() {
            return;
        }
        let entry = self.seen.session.ledger().entries.get(&id);
        if entry.is_some_and(|entry| entry.is_owned_by(&owner.nonce)) {
            self.withdraw(prepared, owner, "the ledger's remote stopped answering")
                .await;
        }
    }

    async fn withdraw(&mut self, prepared: &Prepared, owner: &Owner, why: &str) {
        let id = prepared.id();
        let event = Event::NotCreated {
            nonce: owner.nonce.clone(),
            reason: Reason::new("not-sent", why),
            not_before: None,
            uploaded: prepared.sent.clone(),
        };
        let changes: Vec<Change> = self
            .unrecorded
            .clone()
            .map(|(_, change)| change)
            .into_iter()
            .chain([Change { id, event }])
            .collect();
        if self.seen.session.record(&changes).await.is_ok() {
            self.unrecorded = None;
        }
        self.report.problem(&prepared.item, Problem::withdrawn(why));
    }

    /// Makes the last result durable. A URN is kept until it is: on failure it is in the
    /// output, with the command that records it.
    async fn flush(&mut self) {
        let Some((item, change)) = self.unrecorded.take() else {
            return;
        };
        let mut pause = TimeDelta::seconds(1);
        for attempt in 1..=MAX_RECORDINGS {
            match self
                .seen
                .session
                .record(std::slice::from_ref(&change))
                .await
            {
                Ok(applied) => {
                    self.report.not_taken(&item, &change.event, applied.first());
                    return;
                }
                Err(error) if attempt == MAX_RECORDINGS || is_final(&error) => {
                    let ledger = self.seen.session.ledger();
                    let entry = ledger.entries.get(&change.id);
                    self.report
                        .not_recorded(&item, &change.event, entry, &error);
                    return;
                }
                Err(_) => {
                    self.world
                        .clock()
                        .sleep_until(self.world.clock().now() + pause)
                        .await;
                    pause = pause * 2;
                    let _ = self.seen.session.reload().await;
                }
            }
        }
    }
}

fn is_final(error: &LedgerError) -> bool {
    match error {
        LedgerError::Refused { .. }
        | LedgerError::NameTaken { .. }
        | LedgerError::Gone
        | LedgerError::Broken(_) => true,
        LedgerError::Unreachable { .. } | LedgerError::Other(_) => false,
    }
}
