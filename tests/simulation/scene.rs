//! One busy moment: a pass that begins here makes every call a pass can make.

use chrono::TimeDelta;
use mergecast::model::Instant;

use crate::calls::{Call, Fault};
use crate::campaign::{Campaign, Expected, start};
use crate::globe::Globe;
use crate::outside::{PAGE, path};
use crate::script::Script;
use crate::stories::{Story, image};
use crate::truth::Marker;

const CONFIG: &str = "version: 1\ntimezone: UTC\nbranch: main\nauthors:\n  acme: { urn: \"urn:li:organization:42\" }\ndefault_author: acme\npublish:\n  prune: true\n";

/// A moment, and what must have come of it in the end.
pub(crate) struct Scene {
    pub(crate) globe: Globe,
    pub(crate) campaign: Campaign,
    /// First comments there must be in the end.
    pub(crate) comments: usize,
}

fn document(keys: &str, text: &str) -> Vec<u8> {
    format!("---\nauthor: acme\n{keys}---\n{text}\n").into_bytes()
}

fn at(time: Instant) -> String {
    format!("scheduled_at: {}\n", time.to_rfc3339())
}

/// An MP4 that says it plays five seconds.
fn video(size: usize) -> Vec<u8> {
    let mut bytes = b"\0\0\0\x18ftypisom\0\0\x02\0isommp42".to_vec();
    let mut mvhd = vec![0; 108];
    mvhd[..8].copy_from_slice(b"\0\0\0\x6cmvhd");
    mvhd[20..24].copy_from_slice(&1000_u32.to_be_bytes());
    mvhd[24..28].copy_from_slice(&5000_u32.to_be_bytes());
    bytes.extend(b"\0\0\0\x74moov");
    bytes.extend(mvhd);
    let rest = u32::try_from(size - bytes.len()).unwrap();
    bytes.extend(rest.to_be_bytes());
    bytes.extend(b"mdat");
    bytes.extend((bytes.len()..size).map(|at| (at % 251) as u8));
    bytes
}

impl Scene {
    fn empty() -> Self {
        let globe = Globe::new(start());
        let config = (path("mergecast.yaml"), Some(CONFIG.into()));
        globe.outside.repository.commit([config]);
        Self {
            globe,
            campaign: Campaign::default(),
            comments: 0,
        }
    }

    fn merge(&self, name: &str, bytes: Option<Vec<u8>>) {
        self.globe.outside.repository.commit([(path(name), bytes)]);
    }

    fn post(&self, name: &str, keys: &str, text: &str) {
        self.merge(&format!("posts/{name}.md"), Some(document(keys, text)));
    }

    fn expect(&mut self, marker: Marker, text: &str, due: Instant) -> &mut Expected {
        let expected = Expected {
            story: Story::Plain,
            author: PAGE,
            created: 1,
            live: Some(true),
            text: text.to_owned(),
            images: 0,
            due,
        };
        self.campaign.expected.insert(marker, expected);
        self.campaign.expected.get_mut(&marker).unwrap()
    }

    /// The same moment, with a future of its own.
    pub(crate) fn fork(&self) -> Globe {
        self.globe.fork()
    }

    /// Four old posts, of which one is edited, one removed, and one renamed and edited, and
    /// one whose runner never told what became of it; then a late post, and five that are
    /// due: two of text, one with an image, one with a video, one with a document.
    #[allow(
        clippy::too_many_lines,
        reason = "one post after the other; they read best in one place"
    )]
    pub(crate) fn busy() -> Self {
        let mut scene = Self::empty();
        scene.globe.outside.linkedin().settings.video_part_bytes = 64 * 1024;
        let began = scene.globe.clock.truth();
        let words = "is about something that stays the same when a word of it changes";
        let old = |number: u32| format!("marker{number} {words}, number {number}");
        for number in 1..=2 {
            scene.post(
                &format!("old-{number}"),
                "scheduled_at: on-merge\n",
                &old(number),
            );
        }
        let comment = "scheduled_at: on-merge\nfirst_comment: \"marker3 has a comment\"\n";
        scene.post("old-3", comment, &old(3));
        scene.globe.whole_tick();
        // This runner sends its request and is never heard of again.
        scene.post(
            "silent",
            "scheduled_at: on-merge\n",
            "marker4 is out in silence",
        );
        let script = Script::on_the_first(Call::CreatePost, Fault::CrashAfter);
        script.run_alone(&scene.globe);
        scene.globe.clock.pass(TimeDelta::hours(1));

        let edited = |number: u32| format!("{}, corrected", old(number));
        scene.post("old-1", "scheduled_at: on-merge\n", &edited(1));
        scene.merge("posts/old-2.md", None);
        scene.merge("posts/old-3.md", None);
        scene.post("renamed", comment, &edited(3));
        scene.expect(1, &edited(1), began);
        scene.expect(2, &old(2), began).live = Some(false);
        scene.expect(3, &edited(3), began);
        scene.expect(4, "marker4 is out in silence", began);

        let now = scene.globe.clock.truth();
        let due = now - TimeDelta::minutes(3);
        let late = format!("{}on_late: skip\n", at(now - TimeDelta::days(3)));
        scene.post("late", &late, "marker5 comes too late");
        scene
            .expect(5, "marker5 comes too late", now - TimeDelta::days(3))
            .created = 0;
        let commented = format!("{}first_comment: \"marker6 is commented\"\n", at(due));
        scene.post("plain-one", &commented, "marker6 is plain");
        scene.post("plain-two", &at(due), "marker7 is plain as well");
        scene.expect(6, "marker6 is plain", due);
        scene.expect(7, "marker7 is plain as well", due);
        let media = [
            (8, "image.png", "alt: \"a dot\"", image(8)),
            (9, "talk.mp4", "title: \"Talk\"", video(150 * 1024)),
            (
                10,
                "slides.pdf",
                "title: \"Slides\"",
                b"%PDF-1.7\nslides\n".to_vec(),
            ),
        ];
        for (marker, file, with, bytes) in media {
            scene.merge(&format!("posts/{file}"), Some(bytes));
            let keys = format!("{}media: [{{ path: {file}, {with} }}]\n", at(due));
            let text = format!("marker{marker} shows something");
            scene.post(&format!("with-{marker}"), &keys, &text);
            scene.expect(marker, &text, due).images = 1;
        }
        scene.comments = 2;
        scene
    }

    /// An image that LinkedIn is at work on for half an hour: it is parked, and the next
    /// passes look again.
    pub(crate) fn slow() -> Self {
        let mut scene = Self::empty();
        scene.globe.outside.linkedin().settings.media_processing_ms = 30 * 60 * 1000;
        let due = scene.globe.clock.truth();
        scene.merge("posts/image.png", Some(image(1)));
        let keys = format!(
            "{}media: [{{ path: image.png, alt: \"a dot\" }}]\n",
            at(due)
        );
        scene.post("slow", &keys, "marker1 shows something");
        scene.expect(1, "marker1 shows something", due).images = 1;
        scene
    }
}
