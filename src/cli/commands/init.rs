//! `init`: a content repository to start from. Never overwrites a file, and writes no post
//! that goes out: the example is a draft, and only for a repository without posts.

use std::path::PathBuf;

use crate::cli::args::{Format, InitArgs};
use crate::cli::commands::status::stopped;
use crate::cli::output::Output;
use crate::cli::settings::Settings;
use crate::cli::stores::Store;
use crate::cli::world::{choice, local_config, repository};
use crate::pass::Stop;
use crate::pass::load::CONFIG_FILE;
use crate::ports::Clock as _;
use crate::report::exit::Exit;
use crate::system::SystemClock;
use crate::system::files::{create_folders, names_in, write_atomically};

/// The example post.
const EXAMPLE: &str = "posts/hello.md";

/// Path and text of every file that is made.
const FILES: [(&str, &str); 7] = [
    (
        "mergecast.yaml",
        include_str!("../templates/mergecast.yaml"),
    ),
    // git keeps no empty folder, and a folder of posts that is missing stops everything.
    ("posts/.gitkeep", ""),
    (EXAMPLE, include_str!("../templates/hello.md")),
    (
        ".github/workflows/publish.yml",
        include_str!("../templates/publish.yml"),
    ),
    (
        ".github/workflows/review-posts.yml",
        include_str!("../templates/review.yml"),
    ),
    (
        ".github/workflows/review-forks.yml",
        include_str!("../templates/review-forks.yml"),
    ),
    (".gitignore", ".mergecast/\n"),
];

/// Makes the files that are not there.
pub(in crate::cli) async fn run(args: &InitArgs, settings: &Settings, output: Output) -> Exit {
    let folder = match &args.folder {
        Some(folder) => settings.root.join(folder),
        None => settings.root.clone(),
    };
    let zone = settings
        .environment
        .get("TZ")
        .filter(|zone| zone.parse::<crate::model::zone::Tz>().is_ok());
    let managed = folder.join(CONFIG_FILE).exists() || !names_in(&folder.join("posts")).is_empty();
    for (name, text) in FILES {
        let path = folder.join(name);
        if name == EXAMPLE && managed && !path.exists() {
            continue;
        }
        if path.exists() {
            output.data(&format!("kept    {name}\n"));
            continue;
        }
        let text = text.replace("{{timezone}}", zone.unwrap_or("Europe/Berlin"));
        let text = text.replace("{{today}}", &SystemClock.now().date_naive().to_string());
        let parent = path.parent().unwrap_or(&folder);
        let made = create_folders(parent).and_then(|()| write_atomically(&path, text.as_bytes()));
        if let Err(error) = made {
            output.message(&format!(
                "error: `{}` cannot be written: {error}\n",
                path.display()
            ));
            return Exit::Failed;
        }
        output.data(&format!("created {name}\n"));
    }
    if let Err(problem) = begin_here(folder, settings, output).await {
        return stopped(&problem, settings, output);
    }
    output.data("\nnext: put your author's URN into mergecast.yaml, then try\n  mergecast new \"Our first post\" --scheduled-at on-merge\n  mergecast check\n  mergecast plan -v\n  mergecast apply --sandbox\n");
    Exit::Done
}

/// Begins the ledger where there is no remote. On a remote the first run does, in the days
/// after `state.since`.
async fn begin_here(folder: PathBuf, settings: &Settings, output: Output) -> Result<(), Stop> {
    let settings = Settings {
        root: folder,
        found_upwards: false,
        format: Format::Human,
        detail: settings.detail,
        environment: settings.environment.clone(),
    };
    let Ok(config) = local_config(&settings.root).await else {
        return Ok(());
    };
    let found = repository(&settings).await?;
    match choice(&settings, found.as_ref(), &config) {
        Store::Clone | Store::Folder => {
            let _ = Box::pin(super::state::init(&settings, output)).await?;
            Ok(())
        }
        Store::Remote | Store::None(_) => Ok(()),
    }
}
