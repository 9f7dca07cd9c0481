//! Deletions with `publish.prune`: a live post whose file is only somewhere else stays.

use std::path::Path;

use crate::place::{CONFIG, Place, Ran};

impl Place {
    fn ran(&self, clone: &Path, arguments: &[&str]) -> Ran {
        let arguments = [arguments, &["--format", "json"]].concat();
        Ran::of(self.command(clone, &arguments).output().unwrap())
    }
}

fn post(key: &str) -> String {
    format!("---\nscheduled_at: on-merge\n---\nThis is {key}.\n")
}

#[test]
fn a_file_that_moves_to_another_content_root_keeps_its_post_until_its_record_moves() {
    let place = Place::new();
    let config = CONFIG.replace("max_per_run", "prune: true, max_per_run");
    let (a, kept) = (post("a"), post("kept"));
    place.commit(
        "main",
        &[
            ("mergecast.yaml", None),
            ("posts/.gitkeep", None),
            ("one/mergecast.yaml", Some(&config)),
            ("one/posts/a.md", Some(&a)),
            ("one/posts/kept.md", Some(&kept)),
            ("two/mergecast.yaml", Some(&config)),
            ("two/posts/.gitkeep", Some("")),
        ],
    );
    let clone = place.clone("clone", &[]);
    let (one, two) = (clone.join("one"), clone.join("two"));
    place.init(&one);
    assert_eq!(place.apply(&one).code, 0);
    place.init(&two);
    assert_eq!(place.apply(&two).code, 0);
    let before = place.posts();
    place.commit(
        "main",
        &[("one/posts/a.md", None), ("two/posts/a.md", Some(&a))],
    );
    for root in [&one, &two] {
        let ran = place.apply(root);
        let held = vec!["a".to_owned()];
        assert_eq!((ran.code, ran.with("held")), (75, held), "{ran:?}");
    }
    let mut moved = place.command(&two, &["state", "move", "a", "--from", "one"]);
    assert!(moved.output().unwrap().status.success());
    for root in [&one, &two] {
        let ran = place.apply(root);
        assert_eq!(ran.code, 0, "{ran:?}");
    }
    assert_eq!(place.posts(), before);
}

#[test]
fn what_is_not_checked_out_is_not_gone() {
    let place = Place::new();
    let config = CONFIG.replace("max_per_run", "prune: true, max_per_run");
    let (a, kept) = (post("a"), post("kept"));
    place.commit(
        "main",
        &[
            ("mergecast.yaml", Some(&config)),
            ("posts/x/a.md", Some(&a)),
            ("posts/kept.md", Some(&kept)),
        ],
    );
    let clone = place.clone("clone", &[]);
    place.init(&clone);
    assert_eq!(place.apply(&clone).code, 0);
    let before = place.posts();
    assert_eq!(before.len(), 2);
    let sparse = ["sparse-checkout", "set", "--no-cone", "/*", "!posts/x/"];
    place.git(&clone, &sparse);
    assert!(!clone.join("posts/x").exists());
    let ran = place.ran(&clone, &["apply", "--worktree"]);
    assert_eq!(ran.code, 75, "{ran:?}");
    assert_eq!(place.apply(&clone).code, 0);
    assert_eq!(place.posts(), before);
    // What was merged is what is deleted by.
    place.commit("main", &[("posts/x/a.md", None)]);
    let ran = place.apply(&clone);
    assert_eq!(
        (ran.code, ran.with("deleted")),
        (0, vec!["x/a".to_owned()]),
        "{ran:?}"
    );
}
