//! Media that git or Git LFS keeps: large blobs, and files a pointer stands for.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the tests make folders and run git"
)]

mod git_support;

use git_support::Bed;
use mergecast::file_bytes::{FileBytes, read_range};
use mergecast::git::published::PublishedContent;
use mergecast::model::path::{ContentPath, ReadError};
use mergecast::ports::{ContentSource as _, ContentTree};

fn path(text: &str) -> ContentPath {
    ContentPath::parse(text).unwrap()
}

async fn tree(bed: &Bed, clone: &std::path::Path) -> Box<dyn ContentTree> {
    let repository = bed.repository(clone).await;
    let content = PublishedContent::new(repository, Some("origin".to_owned()), None);
    content.load().await.unwrap()
}

fn whole(file: &dyn FileBytes) -> Vec<u8> {
    read_range(file, 0..file.size()).unwrap()
}

#[tokio::test]
async fn a_large_blob_is_read_from_any_place_without_holding_it() {
    let bed = Bed::new();
    let large = "0123456789abcdef".repeat(600_000);
    bed.publish(&[("posts/a.md", "x"), ("posts/large.bin", &large)]);
    let clone = bed.clone(&[]);
    let tree = tree(&bed, &clone).await;
    let file = tree.open(&path("posts/large.bin"), 10_000_000).unwrap();
    assert_eq!(file.size(), 9_600_000);
    assert_eq!(
        read_range(file.as_ref(), 9_599_990..9_600_000).unwrap(),
        b"6789abcdef"
    );
    assert_eq!(read_range(file.as_ref(), 16..20).unwrap(), b"0123");
    let refused = tree.open(&path("posts/large.bin"), 9_599_999).err();
    assert!(matches!(refused, Some(ReadError::TooLarge { .. })));
}

#[tokio::test]
async fn a_pointer_is_followed_where_its_file_is_at_hand() {
    let bed = Bed::new();
    // SHA-256 of `abc`.
    let oid = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    let pointer = |size: u32| {
        format!("version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {size}\n")
    };
    let (right, wrong) = (pointer(3), pointer(4));
    bed.publish(&[("posts/a.bin", &right), ("posts/b.bin", &wrong)]);
    let clone = bed.clone(&[]);
    let here = tree(&bed, &clone).await;
    let file = here.open(&path("posts/a.bin"), 200).unwrap();
    assert_eq!(
        whole(file.as_ref()),
        right.as_bytes(),
        "nothing is downloaded"
    );
    let store = clone.join(".git/lfs/objects/ba/78");
    std::fs::create_dir_all(&store).unwrap();
    std::fs::write(store.join(oid), "abc").unwrap();
    let file = here.open(&path("posts/a.bin"), 200).unwrap();
    assert_eq!(whole(file.as_ref()), b"abc");
    assert!(matches!(
        here.open(&path("posts/b.bin"), 200).err(),
        Some(ReadError::Io(_))
    ));
    std::fs::write(store.join(oid), "abd").unwrap();
    let refused = here.open(&path("posts/a.bin"), 200).err();
    assert!(
        matches!(&refused, Some(ReadError::Io(why)) if why.contains("not what was committed")),
        "{refused:?}"
    );
    std::fs::write(store.join(oid), vec![0; 300]).unwrap();
    let refused = here.open(&path("posts/a.bin"), 200).err();
    assert!(matches!(
        refused,
        Some(ReadError::TooLarge { size: 300, .. })
    ));
}
