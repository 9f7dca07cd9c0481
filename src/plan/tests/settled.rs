//! A plan made from what earlier ones settled is the plan that is made without.

use super::*;
use crate::plan::{Settled, plan_from};
use crate::record::Entry;

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
                history: &nothing_else,
            },
            settled,
        )
    }
}

fn text(words: &str) -> String {
    format!("---\nid: {words}\nscheduled_at: 2026-09-03T09:00:00Z\n---\nAbout {words}\n")
}

/// Posts without a document that were skipped.
fn skipped(config: &Config, names: &[&str], reason: &Reason) -> Vec<Entry> {
    let texts: Vec<(&str, String)> = names.iter().map(|name| (*name, text(name))).collect();
    let files: Vec<(&str, &str)> = texts.iter().map(|(n, t)| (*n, t.as_str())).collect();
    let posts = desired(config, &files).posts.into_iter();
    let skip = |post: DesiredPost| {
        let declaration = declaration(&post);
        let reason = reason.clone();
        step(
            None,
            Event::Skip {
                declaration,
                reason,
            },
        )
        .unwrap()
    };
    posts.map(skip).collect()
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
        changed("edited, another chosen", &|of| {
            of.files[1].1.push_str("More\n");
            of.only = vec![a.key.clone()];
        }),
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
            let moved = step(
                Some(&entry),
                Event::Moved {
                    key,
                    path,
                    digest: entry.digest.clone(),
                    document: None,
                },
            )
            .unwrap();
            of.ledger.entries.insert(moved.id(), moved);
        }),
        changed("renamed", &|of| {
            of.files[0] = ("z", text("a").replace("id: a\n", ""));
        }),
        changed("copied", &|of| {
            of.files.push(("e", text("a").replace("id: a", "id: e")));
        }),
        changed("skipped", &|of| {
            let reason = Reason::new("late-skipped", "too late");
            for entry in skipped(&of.config, &["s", "t"], &reason) {
                of.ledger.entries.insert(entry.id(), entry);
            }
        }),
        changed("skipped, one chosen", &|of| {
            let reason = Reason::new("late-skipped", "too late");
            for entry in skipped(&of.config, &["s", "t"], &reason) {
                of.only = vec![entry.key.clone()];
                of.ledger.entries.insert(entry.id(), entry);
            }
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
    let cold = all.iter().map(|of| (of, of.plan(&mut Settled::default())));
    let cold: Vec<(&Situation, Plan)> = cold.collect();
    // One that has seen everything so far, and one for each step.
    let mut long = Settled::default();
    for (before, expected) in &cold {
        for (after, cold) in &cold {
            let mut settled = Settled::default();
            for settled in [&mut settled, &mut long] {
                assert_eq!(before.plan(settled), *expected, "{}", before.name);
                let warm = after.plan(settled);
                assert_eq!(warm, *cold, "{} after {}", after.name, before.name);
            }
        }
    }
    let items = cold.iter().flat_map(|(_, plan)| &plan.items);
    let kinds = items.map(|item| item.reason.code.as_str());
    let kinds: std::collections::BTreeSet<&str> = kinds.collect();
    for kind in [
        "duplicate-of",
        "skipped",
        "not-selected",
        "orphaned",
        "renamed",
    ] {
        assert!(kinds.contains(kind), "{kind}: {kinds:?}");
    }
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
