//! A plan made from what earlier ones settled is the plan that is made without.

use super::*;
use crate::plan::{Settled, plan_from};

struct Situation {
    name: &'static str,
    config: Config,
    files: Vec<(&'static str, String)>,
    ledger: Ledger,
    now: Instant,
    paused: bool,
    only: Vec<PostKey>,
}

impl Situation {
    fn plan(&self, settled: &mut Settled) -> Plan {
        let files = self.files.iter();
        let files: Vec<(&str, &str)> = files.map(|(name, text)| (*name, text.as_str())).collect();
        plan_from(
            &PlanInput {
                desired: &desired(&self.config, &files),
                recorded: &Recorded::new(self.ledger.clone(), None, None),
                config: &self.config,
                now: self.now,
                ahead: TimeDelta::zero(),
                paused_by_environment: self.paused,
                only: &self.only,
                allow_changes: None,
                text_at_commit: &|_, _| None,
            },
            settled,
        )
    }
}

fn text(words: &str) -> String {
    format!("---\nid: {words}\nscheduled_at: 2026-09-03T09:00:00Z\n---\nAbout {words}\n")
}

/// Three posts that are out and one that is parked, and what may become of them.
#[expect(clippy::too_many_lines, reason = "one list")]
fn situations() -> Vec<Situation> {
    let config = config("");
    let files = ["a", "b", "c"].map(|name| (name, text(name)));
    let all: Vec<(&str, &str)> = files.iter().map(|(n, t)| (*n, t.as_str())).collect();
    let mut known = ledger(&config, &all, now() - TimeDelta::days(1), &published());
    let limited = Event::NotCreated {
        nonce: "n".to_owned(),
        reason: Reason::new("rate-limit", "x"),
        not_before: Some(now() + TimeDelta::hours(5)),
        uploaded: Vec::new(),
    };
    let parked = ledger(&config, &[("d", &text("d"))], now(), &[limited]);
    known.entries.extend(parked.entries);
    let plain = |name: &'static str| Situation {
        name,
        config: config.clone(),
        files: files.to_vec(),
        ledger: known.clone(),
        now: now(),
        paused: false,
        only: Vec::new(),
    };
    let changed = |name: &'static str, change: &dyn Fn(&mut Situation)| {
        let mut situation = plain(name);
        change(&mut situation);
        situation
    };
    let a = EntryId {
        key: PostKey::parse("a").unwrap(),
        target: Target::Linkedin,
    };
    vec![
        plain("as it is"),
        changed("a year later", &|of| of.now += TimeDelta::days(365)),
        changed("a year before", &|of| of.now -= TimeDelta::days(365)),
        changed("paused", &|of| of.paused = true),
        changed("one chosen", &|of| of.only = vec![a.key.clone()]),
        changed("pruned", &|of| {
            of.config = super::config("publish: { prune: true }\n");
            of.files.clear();
        }),
        changed("archived", &|of| of.files.clear()),
        changed("one archived", &|of| drop(of.files.remove(0))),
        changed("edited", &|of| of.files[0].1.push_str("More\n")),
        changed("another file of the same post", &|of| of.files[0].0 = "z"),
        changed("another time", &|of| {
            of.files[0].1 = text("a").replace("T09", "T08");
        }),
        changed("a draft", &|of| {
            of.files[0].1 = text("a").replace("---\nAbout", "draft: true\n---\nAbout");
        }),
        changed("damaged", &|of| {
            of.files[0].1 = text("a").replace("scheduled", "sheduled");
        }),
        changed("of another name", &|of| {
            let yaml = CONFIG
                .replace("acme", "other")
                .replace("timezone: UTC", "timezone: Asia/Tokyo");
            let path = ContentPath::parse("mergecast.yaml").unwrap();
            of.config = crate::content::config::parse(yaml.as_bytes(), &path)
                .0
                .unwrap();
        }),
        changed("deleted", &|of| {
            let at = now();
            let next = step(of.ledger.entries.get(&a), Event::Deleted { at }).unwrap();
            of.ledger.entries.insert(a.clone(), next);
        }),
        changed("recorded under another key", &|of| {
            let entry = of.ledger.entries[&a].clone();
            of.ledger.entries.remove(&a);
            let (key, path) = (PostKey::parse("y").unwrap(), entry.path.clone());
            let moved = step(Some(&entry), Event::Moved { key, path }).unwrap();
            of.ledger.entries.insert(moved.id(), moved);
        }),
        changed("forgotten", &|of| of.ledger = Ledger::default()),
        changed("nothing at all", &|of| {
            of.ledger = Ledger::default();
            of.files.clear();
        }),
    ]
}

#[test]
fn what_was_settled_before_changes_no_plan() {
    let all = situations();
    let mut kinds = std::collections::BTreeSet::new();
    for before in &all {
        for after in &all {
            let mut settled = Settled::default();
            before.plan(&mut settled);
            let warm = after.plan(&mut settled);
            let cold = after.plan(&mut Settled::default());
            assert_eq!(warm, cold, "{} after {}", after.name, before.name);
            kinds.extend(cold.items.iter().map(|item| item.reason.code.clone()));
        }
    }
    assert!(kinds.len() > 8, "{kinds:?}");
}

#[test]
fn what_is_settled_is_not_judged_again() {
    let situation = &situations()[0];
    let mut settled = Settled::default();
    let first = situation.plan(&mut settled);
    let second = situation.plan(&mut settled);
    let same = |key: &str| {
        let item = |plan: &Plan| {
            plan.items
                .iter()
                .find(|item| item.key.as_str() == key)
                .cloned()
        };
        std::sync::Arc::ptr_eq(&item(&first).unwrap(), &item(&second).unwrap())
    };
    assert!(same("a") && same("b") && !same("d"));
}
