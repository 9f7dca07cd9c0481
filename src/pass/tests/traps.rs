//! Mistakes that clients of LinkedIn make, each tried once on this one.

use super::*;
use crate::record::State;

fn bench() -> Bench {
    let bench = Bench::new("{}");
    bench.post("hello", "", "Hello (world) #gitops");
    bench
}

/// Published, with the file then changed to `text`.
fn edited(text: &str) -> Bench {
    let bench = bench();
    assert_eq!(bench.pass().exit.code(), 0);
    bench.post("hello", "", text);
    bench.later(60);
    bench
}

fn updates(bench: &Bench) -> Vec<LoggedRequest> {
    bench.asked("POST", "/rest/posts/")
}

#[test]
fn trap_a_create_is_not_repeated_after_a_timeout_a_5xx_or_a_redirect() {
    for what in [
        Fault::Drop,
        Fault::Status(500),
        Fault::Status(503),
        Fault::Html502,
        Fault::Garbage,
        Fault::MissingId,
        Fault::Redirect,
        Fault::Delay(Duration::from_secs(90)),
    ] {
        for when in [When::Before, When::After] {
            if (when, what) == (When::Before, Fault::MissingId) {
                continue;
            }
            let bench = Bench::new("{}");
            bench.post("hello", "author: jane\n", "Hello");
            bench.fault_create(when, what);
            let report = bench.pass();
            assert_eq!(
                result(&report, "hello").outcome,
                Outcome::Unknown,
                "{what:?}"
            );
            for _ in 0..4 {
                bench.later(600);
                assert_eq!(bench.pass().exit.code(), 76, "{what:?}");
            }
            assert_eq!(bench.creates().len(), 1, "{when:?} {what:?}");
            assert!(bench.live().len() <= 1);
        }
    }
}

#[test]
fn what_settles_an_unknown_outcome_can_be_pasted() {
    let bench = Bench::new("{}");
    bench.post("a post", "", "Hello");
    bench.fault_create(When::After, Fault::Drop);
    let report = bench.pass();
    let shown = crate::report::apply_human::apply_human(
        &report,
        crate::report::detail::Detail::Normal,
        &crate::report::palette::Palette::plain(),
    );
    assert!(
        shown.contains("mergecast resolve 'a post' --published <urn>"),
        "{shown}"
    );
    assert!(!shown.contains("KEY"), "{shown}");
}

#[test]
fn trap_an_update_or_a_deletion_that_got_no_answer_is_simply_made_again() {
    for what in [Fault::Drop, Fault::Status(500), Fault::Html502] {
        let bench = edited("Hello (world) #gitops, edited");
        let urn = bench.live()[0].urn.clone();
        for _ in 0..3 {
            bench.fault("POST", "/rest/posts/", When::After, what);
        }
        let report = bench.pass();
        assert_eq!(
            told(&report, "hello"),
            (Outcome::Held, "linkedin-no-use", 1),
            "{what:?}"
        );
        assert_eq!(bench.entry("hello").unwrap().state, State::Published);
        assert_eq!(told(&bench.pass(), "hello"), (Outcome::Updated, "", 0));
        assert_eq!(updates(&bench).len(), 4);

        bench.write(
            "mergecast.yaml",
            format!("{CONFIG}publish: {{ prune: true }}\n").as_bytes(),
        );
        bench.remove("posts/hello.md");
        bench.post("kept", "draft: true\n", "Kept");
        bench.fault("DELETE", "/rest/posts/", When::After, what);
        assert_eq!(told(&bench.pass(), "hello"), (Outcome::Deleted, "", 0));
        assert_eq!(bench.asked("DELETE", "/rest/posts/").len(), 2);
        assert!(bench.live().is_empty());
        assert_eq!(bench.entry("hello").unwrap().urn, Some(urn));
    }
}

#[test]
fn trap_an_edit_that_is_forbidden_never_becomes_delete_and_repost() {
    let bench = Bench::new("{}");
    bench.post("hello", "author: jane\n", "Hello");
    bench.settings(|settings| settings.member_partial_update = false);
    assert_eq!(bench.pass().exit.code(), 0);
    bench.post("hello", "author: jane\n", "Hello, edited");
    bench.later(60);
    let report = bench.pass();
    assert_eq!(
        told(&report, "hello"),
        (Outcome::Failed, "permission-missing", 77)
    );
    assert!(bench.asked("DELETE", "").is_empty());
    assert_eq!(
        (bench.creates().len(), bench.live()[0].raw.as_str()),
        (1, "Hello")
    );
    assert_eq!(bench.entry("hello").unwrap().content.text, "Hello");
}

#[test]
fn trap_an_edit_sends_the_text_alone_to_the_whole_urn_as_a_partial_update() {
    let bench = Bench::new("{}");
    let keys = "media: [{ path: a.png, alt: \"(a)\" }, { path: b.png, alt: b }]\n";
    bench.post("hello", keys, "Look");
    bench.write("posts/a.png", &super::media::png());
    bench.write("posts/b.png", &[super::media::png(), vec![0]].concat());
    assert_eq!(bench.pass().exit.code(), 0);
    let urn = bench.live()[0].urn.clone();
    // Several images make another kind of post than text does.
    assert!(urn.as_str().starts_with("urn:li:ugcPost:"), "{urn}");
    bench.post("hello", keys, "Look (again)");
    bench.later(60);
    assert_eq!(told(&bench.pass(), "hello"), (Outcome::Updated, "", 0));
    let asked = &updates(&bench)[0];
    assert_eq!(
        asked.target,
        format!("/rest/posts/{}", urn.as_str().replace(':', "%3A"))
    );
    assert_eq!(asked.header("x-restli-method"), Some("PARTIAL_UPDATE"));
    let body = r#"{"patch":{"$set":{"commentary":"Look \\(again\\)"}}}"#;
    assert_eq!(asked.body.as_deref(), Some(body));
    // The alternative text is no little text: a backslash would be read out.
    let created = bench.creates()[0].body.clone().unwrap();
    assert!(created.contains(r#""altText":"(a)""#), "{created}");
}

#[test]
fn trap_an_edit_of_what_linkedin_cannot_change_sends_nothing() {
    let bench = Bench::new("{}");
    bench.post("hello", "author: jane\n", "Hello");
    assert_eq!(bench.pass().exit.code(), 0);
    bench.later(60);
    for keys in [
        "author: jane\nvisibility: connections\n",
        "author: jane\ndisable_reshare: true\n",
        "author: acme\n",
    ] {
        bench.post("hello", keys, "Hello");
        let report = bench.pass();
        assert_eq!(result(&report, "hello").outcome, Outcome::Held, "{keys}");
    }
    assert_eq!((updates(&bench).len(), bench.creates().len()), (0, 1));
}

#[test]
fn trap_a_404_that_is_not_linkedins_ends_no_live_post() {
    let bench = bench();
    bench.pass();
    bench.remove("posts/hello.md");
    bench.post("kept", "draft: true\n", "Kept");
    bench.write(
        "mergecast.yaml",
        format!("{CONFIG}publish: {{ prune: true }}\n").as_bytes(),
    );
    bench.fault("DELETE", "/rest/posts", When::Before, Fault::Status(404));
    let report = bench.pass();
    assert_eq!(
        told(&report, "hello"),
        (Outcome::Held, "linkedin-no-use", 1)
    );
    assert_eq!(bench.entry("hello").unwrap().deleted_at, None);
    assert_eq!(told(&bench.pass(), "hello"), (Outcome::Deleted, "", 0));
    assert!(bench.live().is_empty());
}

#[test]
fn trap_a_404_on_an_edit_is_no_proof_that_the_post_is_gone() {
    let bench = edited("Hello (world) #gitops, edited");
    let (urn, now) = (bench.live()[0].urn.clone(), bench.now());
    bench.linkedin().delete_by_hand(&urn, now);
    let report = bench.pass();
    assert_eq!(told(&report, "hello"), (Outcome::Failed, "not-found", 1));
    let entry = bench.entry("hello").unwrap();
    assert_eq!((entry.state, entry.deleted_at), (State::Published, None));
    assert_eq!(bench.creates().len(), 1);
}

#[test]
fn a_deletion_waits_when_files_come_back_meanwhile() {
    let bench = Bench::new("{ prune: true }");
    bench.post("kept", "draft: true\n", "Kept");
    bench.post("a", "", "First");
    bench.post("b", "", "Second");
    bench.pass();
    for name in ["a", "b"] {
        bench.remove(&format!("posts/{name}.md"));
    }
    // The first deletion takes so long that the content is read again before the second.
    bench.fault(
        "DELETE",
        "/rest/posts",
        When::Before,
        Fault::Delay(Duration::from_secs(20)),
    );
    bench.merge_during_the_next_pass(|bench| bench.post("renamed", "", "Second"));
    let report = bench.pass();
    assert_eq!(result(&report, "a").outcome, Outcome::Deleted);
    assert_eq!(
        told(&report, "b"),
        (Outcome::Held, "changed-since-plan", 75)
    );
    assert_eq!(bench.live().len(), 1);
    let report = bench.pass();
    assert_eq!(told(&report, "renamed"), (Outcome::Moved, "", 0));
    assert_eq!(bench.live().len(), 1);
}

#[test]
fn trap_the_same_text_as_an_older_post_is_refused_and_its_post_named() {
    let bench = bench();
    bench.settings(|settings| settings.dup_window_s = 86_400);
    bench.pass();
    let urn = bench.live()[0].urn.clone();
    bench.forget();
    bench.later(3600);
    let report = bench.pass();
    assert_eq!(
        told(&report, "hello"),
        (Outcome::Failed, "duplicate-post", 1)
    );
    let words = &result(&report, "hello").error.as_ref().unwrap().message;
    assert!(words.contains(urn.as_str()), "{words}");
    bench.later(60);
    assert_eq!(
        told(&bench.pass(), "hello"),
        (Outcome::Failed, "rejected", 1)
    );
    assert_eq!((bench.live().len(), bench.creates().len()), (1, 2));
}

#[test]
fn trap_neither_the_token_nor_a_signed_address_is_ever_told() {
    let keys = "media: [{ path: a.png, alt: a }]\n";
    for (method, path, what) in [
        ("POST", "/rest/images", Fault::Status(403)),
        ("PUT", "/dms-uploads", Fault::Status(403)),
        ("PUT", "/dms-uploads", Fault::Html502),
        ("PUT", "/dms-uploads", Fault::Drop),
        ("GET", "/rest/images", Fault::Garbage),
        ("POST", "/rest/posts", Fault::Status(401)),
        ("POST", "/rest/posts", Fault::Drop),
    ] {
        let bench = Bench::new("{}");
        bench.post("hello", keys, "Look");
        bench.write("posts/a.png", &super::media::png());
        for _ in 0..3 {
            bench.fault(method, path, When::After, what);
        }
        let report = bench.pass();
        assert_ne!(report.exit.code(), 0, "{method} {path} {what:?}");
        let told = format!("{report:?} {:?}", bench.ledger.files());
        for secret in ["sandbox-token", "dms-uploads"] {
            assert!(!told.contains(secret), "{secret}: {told}");
        }
    }
}

#[test]
fn an_edit_overtaken_by_a_change_waits_for_the_next_plan() {
    let bench = Bench::new("{}");
    for (name, text) in [("a", "First"), ("b", "Second")] {
        bench.post(name, "", text);
    }
    assert_eq!(bench.pass().exit.code(), 0);
    for (name, text) in [("a", "First, edited"), ("b", "Second, edited")] {
        bench.post(name, "", text);
    }
    bench.later(60);
    // The first edit takes so long that the content is read again before the second.
    let slow = Fault::Delay(Duration::from_secs(20));
    bench.fault("POST", "/rest/posts/", When::Before, slow);
    bench.merge_during_the_next_pass(|bench| bench.post("b", "", "Second, edited again"));
    let report = bench.pass();
    assert_eq!(result(&report, "a").outcome, Outcome::Updated);
    assert_eq!(
        told(&report, "b"),
        (Outcome::Held, "changed-since-plan", 75)
    );
    assert_eq!(bench.live()[1].raw, "Second");
    assert_eq!(told(&bench.pass(), "b"), (Outcome::Updated, "", 0));
    assert_eq!(bench.live()[1].raw, "Second, edited again");
}

#[test]
fn a_rename_whose_edit_fails_is_told_as_the_edit() {
    let bench = bench();
    bench.pass();
    bench.remove("posts/hello.md");
    bench.post("renamed", "", "Hello (world) #gitops, edited");
    bench.later(60);
    bench.fault("POST", "/rest/posts/", When::Before, Fault::Status(400));
    let report = bench.pass();
    let renamed = result(&report, "renamed");
    assert_eq!(renamed.outcome, Outcome::Failed);
    assert_eq!(renamed.item.action, crate::plan::Action::Update);
    assert!(bench.entry("hello").is_none() && bench.entry("renamed").is_some());
    assert_eq!(told(&bench.pass(), "renamed"), (Outcome::Updated, "", 0));
}
