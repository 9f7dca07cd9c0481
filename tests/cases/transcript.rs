//! One case, played and written down.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::case::{Case, Run, words};
use crate::place::Place;
use crate::{requests, scrub};

/// Plays the case of `folder`.
pub(crate) fn of(folder: &Path) -> Result<String, String> {
    let case = Case::read(folder)?;
    let place = Place::new(&case, folder);
    let mut transcript = String::new();
    let mut told = 0;
    for run in &case.runs {
        play(&case, run, &place, &mut told, &mut transcript)?;
    }
    Ok(transcript)
}

/// Plays one run; `told` counts the requests that earlier ones sent.
fn play(
    case: &Case,
    run: &Run,
    place: &Place,
    told: &mut usize,
    transcript: &mut String,
) -> Result<(), String> {
    change(run, place);
    if let Some(faults) = &run.faults
        && place.hook("POST", "faults", faults).is_none()
    {
        let folder = place.root().join(".mergecast/sandbox");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("faults.json"), faults).unwrap();
    }
    let log = place.root().join(".mergecast/sandbox/requests.json");
    let _ = fs::remove_file(&log);
    let first = days();
    let mut command = place.mergecast();
    let output = command
        .args(words(&run.run))
        .envs(&run.env)
        .output()
        .unwrap();
    let days = [first, days()].concat();
    let root = fs::canonicalize(place.folder.path()).unwrap();
    let scrubbed = |bytes: &[u8]| {
        let mut text = String::from_utf8(bytes.to_vec()).unwrap();
        if let Some((_, address)) = &place.listener {
            text = text.replace(address, "127.0.0.1:[PORT]");
        }
        scrub::scrub(&text, root.to_str().unwrap(), &days, case.linkedin)
    };
    let code = output.status.code().ok_or("it was killed by a signal")?;
    let (mut stdout, mut stderr) = (scrubbed(&output.stdout), scrubbed(&output.stderr));
    if case.linkedin {
        stderr = without_banner(&stderr);
    }
    if code != 64 {
        one_document(&run.run, &stdout)?;
    }
    if let Some(lines) = run.head {
        stdout = stdout.split_inclusive('\n').take(lines).collect();
        stdout.push_str("[…]\n");
    }
    let _ = writeln!(transcript, "$ mergecast {}\nexit {code}", run.run);
    let sent = match place.hook("GET", "log", "") {
        Some(log) => requests::shown(&log, told, true),
        None => fs::read_to_string(&log).map_or_else(
            |_| String::new(),
            |log| requests::shown(&log, &mut 0, false),
        ),
    };
    let sent = scrubbed(sent.as_bytes());
    let parts = [("stdout", stdout), ("stderr", stderr), ("requests", sent)];
    for (name, text) in parts.iter().filter(|(_, text)| !text.is_empty()) {
        let end = if text.ends_with('\n') {
            ""
        } else {
            "[no newline]\n"
        };
        let _ = writeln!(transcript, "--- {name}\n{text}{end}");
    }
    transcript.push('\n');
    Ok(())
}

/// Without what each run says about the sandbox's address, whose port is another each time;
/// `real/api-address` shows the words.
fn without_banner(stderr: &str) -> String {
    let mut banner = false;
    let is_other = |line: &&str| {
        banner = line.starts_with("warning[api-address]") || (banner && line.starts_with(' '));
        !banner
    };
    let lines = stderr.split_inclusive('\n').filter(is_other);
    lines
        .collect::<String>()
        .trim_start_matches('\n')
        .to_owned()
}

fn change(run: &Run, place: &Place) {
    for (name, text) in &run.change {
        let path = place.root().join(name);
        match text {
            Some(text) => {
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, text).unwrap();
            }
            None => fs::remove_file(path).unwrap(),
        }
    }
    if !run.change.is_empty() {
        place.commit();
    }
    for line in &run.git {
        let line = words(line);
        place.git(&line.iter().map(String::as_str).collect::<Vec<_>>());
    }
    for (name, text) in &run.leave {
        fs::write(place.root().join(name), text).unwrap();
    }
}

/// Today in UTC, and tomorrow: what is shown may lie in the next hours, or in a zone where
/// it is tomorrow already.
fn days() -> Vec<String> {
    let now = chrono::DateTime::<chrono::Utc>::from(std::time::SystemTime::now());
    let day = |days| (now + chrono::TimeDelta::days(days)).format("%Y-%m-%d");
    vec![day(0).to_string(), day(1).to_string()]
}

/// With `--format json`, the output is exactly one document that fits its schema.
fn one_document(run: &str, stdout: &str) -> Result<(), String> {
    if !run.contains("--format json") {
        return Ok(());
    }
    let json: serde_json::Value =
        serde_json::from_str(stdout).map_err(|error| format!("{error} in {stdout:?}"))?;
    let words = words(run);
    let commands = ["check", "plan", "apply", "status", "rehearse"];
    let command = words.iter().find(|word| commands.contains(&word.as_str()));
    let Some(mut command) = command.map(String::as_str) else {
        return Ok(());
    };
    if words.iter().any(|word| word == "--dry-run") {
        command = "plan";
    }
    let schema = crate::cases().join(format!("../../schemas/{command}.json"));
    let schema: serde_json::Value =
        serde_json::from_slice(&fs::read(schema).unwrap()).map_err(|error| error.to_string())?;
    let validator = jsonschema::validator_for(&schema).map_err(|error| error.to_string())?;
    let problems: Vec<String> = validator
        .iter_errors(&json)
        .map(|error| format!("{error} at {}", error.instance_path()))
        .collect();
    match problems.is_empty() {
        true => Ok(()),
        false => Err(format!(
            "not what schemas/{command}.json says: {problems:?}\n{stdout}"
        )),
    }
}
