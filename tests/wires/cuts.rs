//! The connection ends after every number of bytes, there and back, or hardly moves.

use std::time::Duration;

use mergecast::linkedin::outcome::CreateOutcome;

use crate::wire::{End, Place, Told, Trouble, wired};

/// Long enough for every case that is not about time.
const LONG: Duration = Duration::from_secs(30);
const SHORT: Duration = Duration::from_millis(150);

async fn honest(place: &Place, trouble: Trouble, limit: Duration) -> Told {
    let told = place.create(trouble.clone(), limit).await;
    told.assert_honest(&trouble);
    assert_eq!(told.connections, 1, "{trouble:?}");
    told
}

#[test]
fn cut_after_every_byte_of_the_request() {
    wired(async |place| {
        assert!(honest(place, Trouble::None, LONG).await.is_created());
        let (length, _, _) = place.lengths();
        let mut cases = 0;
        for end in [End::Close, End::Reset] {
            for count in 0..=length {
                let told = honest(place, Trouble::Request(count, end), LONG).await;
                // The bytes were handed over, whether they arrived or not.
                assert!(told.is_unknown(), "{count} {end:?}: {told:?}");
                assert_eq!(told.truth.is_some(), count == length, "{count} {end:?}");
                cases += 1;
            }
        }
        assert_eq!(cases, 2 * (length + 1));
        assert_eq!(place.linkedin().posts().len(), 1 + 2);
        println!(
            "wires: request cut after each of 0..={length} bytes, by FIN and by RST: {cases} cases, all unknown"
        );
    });
}

#[test]
fn cut_after_every_byte_of_the_answer() {
    wired(async |place| {
        assert!(honest(place, Trouble::None, LONG).await.is_created());
        let (_, length, head) = place.lengths();
        let (mut unknown, mut created) = (0, 0);
        for end in [End::Close, End::Reset] {
            for count in 0..=length {
                let told = honest(place, Trouble::Response(count, end), LONG).await;
                assert!(told.truth.is_some() && told.creates == 1, "{told:?}");
                if told.is_created() {
                    created += 1;
                    assert!(count >= head, "{count} {end:?}: the id had not come");
                } else {
                    unknown += 1;
                    assert!(told.is_unknown(), "{count} {end:?}: {told:?}");
                    // What a reset loses on its way is not known to anybody.
                    assert!(
                        count < head || end == End::Reset,
                        "{count} {end:?}: {told:?}"
                    );
                }
            }
        }
        let cases = unknown + created;
        assert_eq!(cases, 2 * (length + 1));
        assert_eq!(place.linkedin().posts().len(), 1 + cases);
        println!(
            "wires: answer cut after each of 0..={length} bytes, by FIN and by RST: {cases} cases, {created} created and {unknown} unknown, {cases} posts"
        );
    });
}

#[test]
fn nobody_listens() {
    wired(async |place| {
        let trouble = Trouble::None;
        let told = place.create_at("http://127.0.0.1:1", trouble, LONG).await;
        assert!(
            matches!(told.outcome, CreateOutcome::NotSent(_)),
            "{told:?}"
        );
        assert_eq!((told.connections, told.truth), (0, None));
    });
}

#[test]
fn a_server_that_speaks_first_or_hangs_up_at_once() {
    wired(async |place| {
        let created = b"HTTP/1.1 201 Created\r\nx-restli-id: urn:li:share:7\r\n\r\n".to_vec();
        let refused =
            b"HTTP/1.1 400 No\r\ncontent-length: 30\r\n\r\n{\"status\":400,\"code\":\"X\"}    ";
        for end in [End::Close, End::Reset] {
            for bytes in [Vec::new(), b"\x15\x03\x01".to_vec(), refused.to_vec()] {
                let told = honest(place, Trouble::Early(bytes, end), LONG).await;
                assert_eq!(told.truth, None);
            }
        }
        // An answer to a request that nobody read names a post there is not. Nothing can
        // tell it from LinkedIn's own, but its end: one request, and no second.
        let told = place
            .create(Trouble::Early(created, End::Close), LONG)
            .await;
        assert_eq!((told.connections, told.truth), (1, None));
    });
}

#[test]
fn slow_wires() {
    wired(async |place| {
        let pause = Duration::from_millis(2);
        // The client has handed everything over, and gives up.
        let told = honest(place, Trouble::SlowRequest(pause), SHORT).await;
        assert!(told.is_unknown(), "{told:?}");
        let told = honest(place, Trouble::SlowResponse(pause), SHORT).await;
        assert!(told.is_unknown() && told.truth.is_some(), "{told:?}");
        let told = honest(place, Trouble::Hanging(Vec::new()), SHORT).await;
        assert!(told.is_unknown() && told.truth.is_some(), "{told:?}");
        // Slow, and in time.
        let pause = Duration::from_micros(100);
        let told = honest(place, Trouble::SlowResponse(pause), LONG).await;
        assert!(told.is_created(), "{told:?}");
        // The head names the post, and its body never ends.
        let answer = |urn: &str| {
            let head =
                format!("HTTP/1.1 201 Created\r\nx-restli-id: {urn}\r\ncontent-length: 9\r\n\r\n");
            head.into_bytes()
        };
        let told = place
            .create(Trouble::Hanging(answer("urn:li:share:7")), SHORT)
            .await;
        assert_eq!((told.connections, told.is_created()), (1, true), "{told:?}");
    });
}
