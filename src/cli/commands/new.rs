//! `new`: a post from a template.

use crate::cli::args::NewArgs;
use crate::cli::commands::status::stopped;
use crate::cli::output::Output;
use crate::cli::settings::Settings;
use crate::cli::world::local_config;
use crate::content::schedule;
use crate::report::exit::Exit;
use crate::system::files::{create_folders, write_atomically};

/// Makes the file.
pub(in crate::cli) async fn run(args: &NewArgs, settings: &Settings, output: Output) -> Exit {
    let config = match local_config(&settings.root).await {
        Ok(config) => config,
        Err(stop) => return stopped(&stop, settings, output),
    };
    let usage = |problem: &str| {
        output.message(&format!("error: {problem}\n"));
        Exit::Usage
    };
    let id = slug(&args.title);
    if id.is_empty() {
        return usage("the title has no letter or digit to make a file name of");
    }
    let known =
        |author: &String| config.authors.contains_key(author) || author.starts_with("urn:li:");
    if let Some(author) = args.author.as_ref().filter(|author| !known(author)) {
        let names: Vec<&str> = config.authors.keys().map(String::as_str).collect();
        return usage(&format!(
            "`{author}` is not an author; there are: {}",
            names.join(", ")
        ));
    }
    if let Some(time) = &args.scheduled_at
        && schedule::read(time, config.timezone).is_err()
    {
        return usage(&format!(
            "`{time}` is not a time; write `2026-09-03 10:00`, RFC 3339, or `on-merge`"
        ));
    }
    let path = settings
        .root
        .join(config.posts.as_str())
        .join(format!("{id}.md"));
    if path.exists() {
        return usage(&format!("`{}` exists already", path.display()));
    }
    let text = template(args, &id);
    let parent = path.parent().unwrap_or(&settings.root);
    let made = create_folders(parent).and_then(|()| write_atomically(&path, text.as_bytes()));
    match made {
        Ok(()) => {
            output.data(&format!("created {}/{id}.md\n", config.posts));
            Exit::Done
        }
        Err(error) => {
            output.message(&format!(
                "error: `{}` cannot be written: {error}\n",
                path.display()
            ));
            Exit::Failed
        }
    }
}

/// A draft, or a scheduled post, that says its title.
fn template(args: &NewArgs, id: &str) -> String {
    let mut text = format!("---\nid: {id}\n");
    if let Some(author) = &args.author {
        text.push_str(&format!("author: {author}\n"));
    }
    match &args.scheduled_at {
        Some(time) => text.push_str(&format!("scheduled_at: {time}\n")),
        None => text.push_str("draft: true\n"),
    }
    text.push_str(&format!("---\n\n{}\n", args.title.trim()));
    text
}

/// A title as a file name: lower-case words joined by `-`, at most 60 characters.
fn slug(title: &str) -> String {
    let mut slug = String::new();
    for character in title.to_lowercase().chars() {
        if character.is_alphanumeric() {
            slug.push(character);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug: String = slug.chars().take(60).collect();
    slug.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::slug;

    #[test]
    fn titles_become_file_names() {
        assert_eq!(slug("Hello, World! (v2)"), "hello-world-v2");
        assert_eq!(slug("Grüße aus Köln"), "grüße-aus-köln");
        assert_eq!(slug("?!"), "");
    }
}
