//! Walking the events of a Markdown document.
//!
//! Owns what each construct becomes. Must not keep white space: see [`super::flow`].

use std::ops::Range;

use pulldown_cmark::{Event, LinkType, Options, Parser, Tag, TagEnd};

use super::flow::Flow;
use super::{Body, BodyImage};
use crate::content::problems::Problems;
use crate::diagnostic::{Diagnostic, SourceText};
use crate::model::commentary::Segment;
use crate::model::urn::AuthorUrn;

/// One list on the way down: its next number, or bullets.
type List = Option<u64>;

struct Link {
    destination: String,
    span: Range<usize>,
    text: String,
    mention: bool,
}

struct Reader<'s, 't> {
    source: &'s SourceText<'t>,
    offset: usize,
    flow: Flow,
    images: Vec<BodyImage>,
    problems: Problems<'t>,
    lists: Vec<List>,
    /// Depth of images, whose text is alt text.
    image: Option<(BodyImage, String)>,
    link: Option<Link>,
    code: bool,
    html: bool,
    emphasis: Option<(usize, Range<usize>)>,
    table: Table,
}

/// A table under way: a row becomes `Header: value` lines.
#[derive(Default)]
struct Table {
    header: Vec<String>,
    cells: Vec<String>,
    cell: Option<String>,
}

pub(super) fn read(source: &SourceText<'_>, body: Range<usize>) -> Body {
    let text = source.text().get(body.clone()).unwrap_or_default();
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let mut reader = Reader {
        source,
        offset: body.start,
        flow: Flow::default(),
        images: Vec::new(),
        problems: Problems::new(*source),
        lists: Vec::new(),
        image: None,
        link: None,
        code: false,
        html: false,
        emphasis: None,
        table: Table::default(),
    };
    for (event, span) in Parser::new_ext(text, options).into_offset_iter() {
        let span = span.start + body.start..span.end + body.start;
        reader.event(event, span);
    }
    reader.finish()
}

impl Reader<'_, '_> {
    fn event(&mut self, event: Event<'_>, span: Range<usize>) {
        match event {
            Event::Start(tag) => self.start(tag, span),
            Event::End(tag) => self.end(tag),
            Event::Text(text) if self.code => {
                self.flow.verbatim(text.trim_end_matches('\n'), span.start);
            }
            Event::Text(text) => self.text(&text, span.start, true),
            Event::Code(text) => self.text(&text, span.start, false),
            Event::SoftBreak => self.soft_break(span.start),
            Event::HardBreak => self.hard_break(),
            Event::Rule => {
                self.flow.gap();
                self.flow.verbatim("—", span.start);
                self.flow.gap();
            }
            Event::Html(text) | Event::InlineHtml(text) => self.raw_html(&text, span),
            Event::TaskListMarker(done) => {
                self.text(if done { "☑ " } else { "☐ " }, span.start, false);
            }
            Event::FootnoteReference(name) => self.text(&format!("[{name}]"), span.start, false),
            Event::InlineMath(text) | Event::DisplayMath(text) => {
                self.text(&text, span.start, false);
            }
        }
    }

    fn start(&mut self, tag: Tag<'_>, span: Range<usize>) {
        match tag {
            Tag::List(first) => {
                match self.lists.is_empty() {
                    true => self.flow.gap(),
                    false => self.flow.line(),
                }
                self.lists.push(first);
            }
            Tag::Item => self.item(),
            Tag::BlockQuote(_) => {
                self.flow.gap();
                self.flow.indent("> ");
            }
            Tag::CodeBlock(_) => {
                self.flow.gap();
                self.code = true;
            }
            Tag::Emphasis | Tag::Strong | Tag::Strikethrough => {
                let (count, _) = self.emphasis.get_or_insert((0, span));
                *count += 1;
            }
            Tag::Link {
                link_type,
                dest_url,
                ..
            } => self.open_link(link_type, &dest_url, span),
            Tag::Image { dest_url, .. } => {
                let image = BodyImage {
                    destination: dest_url.to_string(),
                    alt: None,
                    span,
                };
                self.image = Some((image, String::new()));
            }
            Tag::HtmlBlock => self.html = false,
            Tag::Table(_) => {
                self.flow.gap();
                self.table = Table::default();
            }
            Tag::TableCell => self.table.cell = Some(String::new()),
            Tag::TableRow | Tag::TableHead => self.table.cells.clear(),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph if self.lists.is_empty() => self.flow.gap(),
            TagEnd::Paragraph => self.flow.line(),
            TagEnd::Heading(_) | TagEnd::HtmlBlock => self.flow.gap(),
            TagEnd::Item => {
                self.flow.dedent();
                self.flow.line();
            }
            TagEnd::List(_) => {
                self.lists.pop();
                match self.lists.is_empty() {
                    true => self.flow.gap(),
                    false => self.flow.line(),
                }
            }
            TagEnd::BlockQuote(_) => {
                self.flow.dedent();
                self.flow.gap();
            }
            TagEnd::CodeBlock => {
                self.code = false;
                self.flow.gap();
            }
            TagEnd::Link => self.close_link(),
            TagEnd::Image => self.close_image(),
            TagEnd::TableCell => {
                let cell = self.table.cell.take().unwrap_or_default();
                self.table.cells.push(cell.trim().to_owned());
            }
            TagEnd::TableHead => self.table.header = std::mem::take(&mut self.table.cells),
            TagEnd::TableRow => self.row(),
            TagEnd::Table => self.flow.gap(),
            _ => {}
        }
    }

    fn item(&mut self) {
        self.flow.line();
        let marker = match self.lists.last_mut() {
            Some(Some(number)) => {
                let marker = format!("{number}. ");
                *number += 1;
                marker
            }
            _ => "• ".to_owned(),
        };
        self.flow.indent("   ");
        self.flow.mark(marker);
    }

    /// Words, wherever they go: alt text, link text, a cell, or the flow.
    fn text(&mut self, text: &str, source: usize, alive: bool) {
        if let Some((_, alt)) = &mut self.image {
            alt.push_str(text);
        } else if let Some(link) = &mut self.link {
            link.text.push_str(text);
        } else if let Some(cell) = &mut self.table.cell {
            cell.push_str(text);
        } else if alive {
            self.flow.words(text, source);
        } else {
            self.flow.verbatim(text, source);
        }
    }

    /// A line end inside a paragraph is a space, but for scripts that write without.
    fn soft_break(&mut self, source: usize) {
        let rest = self.source.text().get(source..).unwrap_or_default();
        let next = rest.trim_start().chars().next();
        let wide = |c: Option<char>| {
            c.is_some_and(
                |c| matches!(c as u32, 0x3000..=0x30FF | 0x3400..=0x9FFF | 0xFF00..=0xFF60),
            )
        };
        if !(wide(self.flow.last()) && wide(next)) {
            self.text(" ", source, false);
        }
    }

    fn hard_break(&mut self) {
        if self.image.is_some() || self.link.is_some() || self.table.cell.is_some() {
            self.text(" ", self.offset, false);
        } else {
            self.flow.line();
        }
    }

    fn raw_html(&mut self, text: &str, span: Range<usize>) {
        let comment = text.trim_start().starts_with("<!--") || text.trim_end().ends_with("-->");
        if comment || std::mem::replace(&mut self.html, true) {
            return;
        }
        self.problems.push_error(|source| {
            Diagnostic::error("html-in-body", "HTML cannot be published")
                .at(source.label(span))
                .note("LinkedIn shows text only: readers would see nothing of it, or the tags")
                .help("write it as Markdown, or put it in a code span to show the tags")
        });
    }

    fn open_link(&mut self, kind: LinkType, destination: &str, span: Range<usize>) {
        let mention = destination.starts_with("urn:li:") && self.flow.take_back('@');
        let destination = match kind {
            LinkType::Email => destination.trim_start_matches("mailto:").to_owned(),
            _ => destination.to_owned(),
        };
        self.link = Some(Link {
            destination,
            span,
            text: String::new(),
            mention,
        });
    }

    fn close_link(&mut self) {
        let Some(link) = self.link.take() else { return };
        let source = link.span.start;
        if link.destination.starts_with("urn:li:") {
            self.mention(link);
            return;
        }
        let url = link.destination.replace('(', "%28").replace(')', "%29");
        let bare = link.text.is_empty() || link.text == link.destination || url.starts_with('#');
        let shown = match (bare, url.starts_with('#')) {
            (_, true) => link.text,
            (true, false) => url,
            (false, false) => format!("{} ({url})", link.text),
        };
        self.text(&shown, source, false);
    }

    fn mention(&mut self, link: Link) {
        match AuthorUrn::parse(&link.destination) {
            Ok(urn) if link.mention && !link.text.is_empty() => {
                let mention = Segment::Mention {
                    name: link.text,
                    urn,
                };
                self.flow.mention(mention, link.span.start);
            }
            _ => {
                let help = "write a mention as `@[Name](urn:li:organization:123)` or `@[Name](urn:li:person:AbC)`";
                self.problems.push_error(|source| {
                    let message = format!("`{}` cannot be mentioned", link.destination);
                    Diagnostic::error("mention-urn", message)
                        .at(source.label(link.span.clone()))
                        .help(help)
                });
                self.text(&link.text, link.span.start, false);
            }
        }
    }

    fn close_image(&mut self) {
        let Some((mut image, alt)) = self.image.take() else {
            return;
        };
        image.alt = Some(alt.trim().to_owned()).filter(|alt| !alt.is_empty());
        self.images.push(image);
    }

    fn row(&mut self) {
        let cells = std::mem::take(&mut self.table.cells);
        let parts: Vec<String> = cells
            .iter()
            .enumerate()
            .filter(|(_, cell)| !cell.is_empty())
            .map(|(index, cell)| match self.table.header.get(index) {
                Some(header) if !header.is_empty() => format!("{header}: {cell}"),
                _ => cell.clone(),
            })
            .collect();
        self.flow.line();
        self.flow.words(&parts.join(" · "), self.offset);
        self.flow.line();
    }

    fn finish(mut self) -> Body {
        if let Some((count, span)) = self.emphasis.take() {
            let times = if count == 1 {
                "once".to_owned()
            } else {
                format!("{count} times")
            };
            self.problems.push(
                Diagnostic::warning(
                    "emphasis-dropped",
                    format!("bold, italic or struck text is used {times}, and LinkedIn has none"),
                )
                .at(self.source.label(span))
                .note("readers will see the same words as plain text")
                .help("take the marks away"),
            );
        }
        let (commentary, map) = self.flow.finish();
        Body {
            commentary,
            images: self.images,
            map,
            diagnostics: self.problems.finish(),
        }
    }
}
