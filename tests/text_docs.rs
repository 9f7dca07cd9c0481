//! `docs/text.md` shows what happens: every pair of Markdown and text in it is so.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the test reads the documentation"
)]

use mergecast::content::markdown::read_body;
use mergecast::diagnostic::SourceText;
use mergecast::model::little::LittleText;
use mergecast::model::path::ContentPath;
use mergecast::sandbox::little::render;

#[test]
fn every_pair_is_so() {
    let docs = std::fs::read_to_string("docs/text.md").unwrap();
    let mut pairs = 0;
    for part in docs.split("```markdown\n").skip(1) {
        let (markdown, rest) = part.split_once("\n```\n```text\n").unwrap();
        let (text, _) = rest.split_once("\n```").unwrap();
        let path = ContentPath::parse("posts/a.md").unwrap();
        let body = read_body(&SourceText::new(&path, markdown), 0..markdown.len());
        let errors: Vec<_> = body.diagnostics.iter().filter(|d| d.is_error()).collect();
        assert!(errors.is_empty(), "{markdown}: {errors:?}");
        assert_eq!(body.commentary.to_plain(), text, "{markdown}");
        let seen = render(LittleText::encode(&body.commentary).as_str());
        assert_eq!(seen.text, text, "as readers see it");
        pairs += 1;
    }
    assert!(pairs >= 10, "{pairs}");
}
