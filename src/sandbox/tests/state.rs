//! State that outlives the process, and the same answers from the same requests.

use super::*;
use crate::sandbox::StateError;

#[test]
fn state_survives_being_stored() {
    let mut world = World::new();
    let image = world.image(JANE);
    let content = json!({"media": {"id": image}});
    let body = with(text_post(JANE, "see (this"), "", "content", content);
    world.publish(body.clone());
    let stored = world.linkedin.to_json().unwrap();
    assert!(!stored.contains("IHDR"));
    let media: Vec<(String, Vec<u8>)> = world
        .linkedin
        .media()
        .map(|(id, bytes)| (id.to_owned(), bytes.to_vec()))
        .collect();
    assert_eq!(media, [(image.id().to_owned(), png(4, 4))]);

    let mut restored = Linkedin::from_json(&stored).unwrap();
    assert!(restored.medium(image.id()).is_none());
    for (id, bytes) in media {
        restored.restore_media(&id, bytes.into());
    }
    restored.restore_media("unknown", Bytes::from_static(b"x"));
    assert_eq!(restored.media().count(), 1);
    assert_eq!(restored.posts(), world.linkedin.posts());
    world.linkedin = restored;
    let got = world.ask(Ask::create(body));
    assert_eq!(got.status, 422, "duplicates are remembered");
    let urn = world.publish(text_post(JANE, "another"));
    assert_ne!(urn, world.linkedin.posts()[0].urn.as_str());
}

#[test]
fn newer_and_foreign_state_is_refused() {
    let newer = r#"{"format_version": 3, "unheard_of": true}"#;
    let problem = Linkedin::from_json(newer).unwrap_err();
    assert!(matches!(problem, StateError::Other { found: 3 }));
    assert!(matches!(
        Linkedin::from_json("[]"),
        Err(StateError::Malformed(_))
    ));
}

#[test]
fn the_same_requests_give_the_same_answers() {
    let run = || {
        let mut world = World::new();
        let image = world.image(ACME);
        let content = json!({"media": {"id": image}});
        world.publish(with(text_post(ACME, "x"), "", "content", content));
        world.publish(text_post(JANE, "y"));
        world.linkedin.to_json().unwrap()
    };
    assert_eq!(run(), run());
}

#[test]
fn a_reset_keeps_accounts_and_never_repeats_an_id() {
    let mut world = World::new();
    let first = world.publish(text_post(JANE, "hello"));
    world.linkedin.reset();
    assert!(world.linkedin.posts().is_empty() && world.linkedin.log().is_empty());
    assert_ne!(world.publish(text_post(JANE, "hello")), first);
}
