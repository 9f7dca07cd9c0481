//! Where a case is played: a folder of its own, with git and a LinkedIn where asked for.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::case::{Case, File, Git};

pub(crate) struct Place {
    pub(crate) folder: tempfile::TempDir,
    git: Option<Git>,
    pub(crate) listener: Option<(Child, String)>,
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some((child, _)) = &mut self.listener {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for item in fs::read_dir(from).unwrap() {
        let (path, name) = item.map(|item| (item.path(), item.file_name())).unwrap();
        if path.is_dir() {
            copy(&path, &to.join(name));
        } else {
            fs::copy(&path, to.join(name)).unwrap();
        }
    }
}

/// An image that says its measures; its pixels are nobody's business.
fn png(width: u32, height: u32, more: usize) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    bytes.extend(width.to_be_bytes());
    bytes.extend(height.to_be_bytes());
    bytes.extend(b"\x08\x02\0\0\0\0\0\0\0");
    bytes.extend(b"\0\0\0\0IEND\xaeB`\x82");
    bytes.extend(vec![0; more]);
    bytes
}

fn gif(frames: u16) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = gif::Encoder::new(&mut bytes, 2, 2, &[0, 0, 0, 255, 255, 255]).unwrap();
    for _ in 0..frames {
        let frame = gif::Frame::from_indexed_pixels(2, 2, vec![0, 1, 1, 0], None);
        encoder.write_frame(&frame).unwrap();
    }
    drop(encoder);
    bytes
}

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
    let pairs = digits.chunks(2).map(|pair| pair.iter().collect::<String>());
    pairs
        .map(|pair| u8::from_str_radix(&pair, 16).unwrap())
        .collect()
}

/// Boxes `ftyp` and `moov` with `mvhd` (ISO/IEC 14496-12), and an `mdat` of zeros.
fn mp4(size: usize) -> Vec<u8> {
    let mut bytes = b"\0\0\0\x18ftypisom\0\0\x02\0isommp42".to_vec();
    let mut mvhd = vec![0; 108];
    mvhd[..8].copy_from_slice(b"\0\0\0\x6cmvhd");
    mvhd[20..24].copy_from_slice(&1000_u32.to_be_bytes());
    mvhd[24..28].copy_from_slice(&5000_u32.to_be_bytes());
    bytes.extend(b"\0\0\0\x74moov");
    bytes.extend(mvhd);
    bytes.extend(u32::try_from(size - bytes.len()).unwrap().to_be_bytes());
    bytes.extend(b"mdat");
    bytes.resize(size, 0);
    bytes
}

fn make(path: &Path, file: &File) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let bytes = match file {
        File::Link(to) => return std::os::unix::fs::symlink(to, path).unwrap(),
        File::Text(text) => text.clone().into_bytes(),
        File::Hex(text) => hex(text),
        File::Png {
            width,
            height,
            more,
        } => png(*width, *height, *more),
        File::Mp4(size) => mp4(*size),
        File::Gif(frames) => gif(*frames),
        File::Repeat {
            head,
            text,
            times,
            tail,
        } => format!("{head}{}{tail}", text.repeat(*times)).into(),
    };
    fs::write(path, bytes).unwrap();
}

impl Place {
    pub(crate) fn new(case: &Case, source: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let place = Self {
            folder,
            git: case.git,
            listener: None,
        };
        let root = place.root();
        fs::create_dir_all(&root).unwrap();
        if !case.bare {
            copy(&crate::cases().join("base"), &root);
        }
        if source.join("content").exists() {
            copy(&source.join("content"), &root);
        }
        for (name, file) in &case.files {
            make(&root.join(name), file);
        }
        place.set_up_git(case);
        for (name, value) in &case.git_config {
            place.git(&["config", name, value]);
        }
        match case.linkedin {
            true => place.with_listener(),
            false => place,
        }
    }

    /// The content root.
    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().join("content")
    }

    /// Begins the ledger, as a person does once. Where the case breaks the content or the
    /// repository, its own runs say so.
    fn begin(&self, case: &Case) {
        if case.unbegun || !case.linkedin {
            return;
        }
        let _ = self.mergecast().args(["state", "init"]).output().unwrap();
        if self.git.is_some_and(|git| git != Git::Local) {
            // Another clone did it: this one has not seen the ledger yet.
            for name in ["mergecast/ledger/origin", "remotes/origin"] {
                let name = format!("refs/{name}/mergecast/state");
                let delete = ["update-ref", "-d", &name];
                let mut git = self.isolated("git");
                let _ = git.current_dir(self.root()).args(delete).output().unwrap();
            }
        }
    }

    fn set_up_git(&self, case: &Case) {
        let Some(git) = self.git else {
            self.begin(case);
            return;
        };
        self.git(&["init", "-q", "-b", "main"]);
        if git != Git::Local {
            let bare = self.folder.path().join("remote.git");
            self.git(&["init", "-q", "--bare", "-b", "main", bare.to_str().unwrap()]);
            self.git(&["remote", "add", "origin", "../remote.git"]);
        }
        self.commit();
        self.begin(case);
        let bare = self.folder.path().join("remote.git");
        let refuse = |pattern: &str| {
            let hook = bare.join("hooks/update");
            let text = format!(
                "#!/bin/sh\ncase $1 in {pattern}) echo 'protected branch hook declined' >&2; exit 1;; esac\n"
            );
            fs::write(&hook, text).unwrap();
            fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
        };
        match git {
            Git::Local | Git::Remote => {}
            Git::RemoteRefusesLedger => refuse("refs/heads/mergecast/*"),
            Git::RemoteRefusesMain => refuse("refs/heads/main"),
            Git::RemoteGone => fs::rename(&bare, self.folder.path().join("gone.git")).unwrap(),
        }
    }

    /// Commits and pushes what stands in the content root.
    pub(crate) fn commit(&self) {
        let Some(git) = self.git else { return };
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", "a change"]);
        if git != Git::Local {
            let ours = ["pull", "-q", "--rebase", "origin", "main"];
            let _ = self
                .isolated("git")
                .current_dir(self.root())
                .args(ours)
                .output();
            self.git(&["push", "-q", "-u", "origin", "main"]);
        }
    }

    pub(crate) fn git(&self, arguments: &[&str]) {
        let mut command = self.isolated("git");
        let output = command
            .current_dir(self.root())
            .args(arguments)
            .output()
            .unwrap();
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "git {arguments:?}: {words}");
    }

    /// A command that sees nothing of the machine's settings.
    pub(crate) fn isolated(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env_clear();
        command.envs(std::env::vars().filter(|(name, _)| name == "PATH"));
        for who in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{who}_NAME"), "Ada");
            command.env(format!("GIT_{who}_EMAIL"), "ada@example.org");
            command.env(format!("GIT_{who}_DATE"), "2026-01-05T09:00:00Z");
        }
        command
            .env("HOME", self.folder.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("TZ", "Asia/Tokyo");
        if let Some((_, address)) = &self.listener {
            command.env("MERGECAST_LINKEDIN_API_URL", format!("http://{address}"));
            command.env("MERGECAST_TRUST_API_URL", "1");
            command.env("LINKEDIN_ACCESS_TOKEN", "sandbox-token-42");
        }
        command
    }

    /// The program, in the content root.
    pub(crate) fn mergecast(&self) -> Command {
        let mut command = self.isolated(env!("CARGO_BIN_EXE_mergecast"));
        command.current_dir(self.root()).stdin(Stdio::null());
        command
    }

    fn with_listener(mut self) -> Self {
        let mut command = self.mergecast();
        command.args(["sandbox", "--ephemeral", "--port", "0"]);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        output.read_line(&mut line).unwrap();
        let address = line
            .split("http://")
            .nth(1)
            .unwrap()
            .split('/')
            .next()
            .unwrap();
        self.listener = Some((child, address.to_owned()));
        self
    }

    /// Asks a hook of the LinkedIn behind the socket; the body of the answer.
    pub(crate) fn hook(&self, method: &str, name: &str, body: &str) -> Option<String> {
        let (_, address) = self.listener.as_ref()?;
        let mut stream = TcpStream::connect(address).unwrap();
        let length = body.len();
        let request = format!(
            "{method} /__sandbox/{name} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        Some(answer.split_once("\r\n\r\n").unwrap().1.to_owned())
    }
}
