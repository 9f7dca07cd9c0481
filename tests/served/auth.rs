//! Credentials: the program, a browser's requests, and the sandbox's OAuth.
//!
//! Every token that appears is looked for in everything the program says.

use std::io::BufRead as _;

use mergecast::sandbox::oauth::CLIENT_SECRET;

use crate::sandbox::{CONFIG, JANE, Sandbox, http, is_silent, said};

#[test]
fn a_login_is_kept_privately_used_and_forgotten() {
    let sandbox = Sandbox::start();
    let (code, text) = sandbox.login(&[], |url| sandbox.consent(url, JANE, "allow"));
    assert_eq!(code, 0, "{text}");
    assert!(
        text.contains("jane: logged in as jane (urn:li:person:AbC_12-x)"),
        "{text}"
    );
    assert!(
        text.contains("in 59 days") || text.contains("in 60 days"),
        "{text}"
    );
    is_silent(&sandbox, &text);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let path = sandbox
            .folder
            .path()
            .join("config/mergecast/credentials.json");
        let mode = std::fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let (code, text) = sandbox.run(&["auth", "status", "jane"]);
    assert_eq!(code, 0, "{text}");
    assert!(
        text.contains("works     yes") && text.contains("w_member_social"),
        "{text}"
    );
    is_silent(&sandbox, &text);
    std::fs::write(
        sandbox.folder.path().join("posts/a.md"),
        "---\nscheduled_at: on-merge\n---\nHello (world)\n",
    )
    .unwrap();
    let (code, text) = sandbox.run(&["apply", "--worktree", "-v"]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("published a"), "{text}");
    is_silent(&sandbox, &text);
    let (code, text) = sandbox.run(&["auth", "refresh", "jane"]);
    assert_eq!(code, 77);
    assert!(text.contains("self-serve apps get none"), "{text}");
    let (code, text) = sandbox.run(&["auth", "logout", "jane"]);
    assert_eq!(code, 0, "{text}");
    assert!(!sandbox.vault().contains("AQX"));
    let (code, text) = sandbox.run(&["auth", "status", "jane", "--format", "json"]);
    assert_eq!(code, 77);
    // Diagnostics follow on the other stream.
    let mut documents = serde_json::Deserializer::from_str(&text).into_iter();
    let json: serde_json::Value = documents.next().unwrap().unwrap();
    assert_eq!(json["authors"][0]["problem"]["code"], "token-missing");
}

#[test]
fn a_login_that_is_not_ours_or_not_the_authors_keeps_nothing() {
    let sandbox = Sandbox::start();
    let (code, text) = sandbox.login(&[], |url| {
        sandbox
            .consent(url, JANE, "allow")
            .replace("state=", "state=x")
    });
    assert_eq!(code, 77, "{text}");
    assert!(text.contains("consent-foreign"), "{text}");
    let (code, text) = sandbox.login(&[], |url| sandbox.consent(url, JANE, "cancel"));
    assert_eq!(code, 77);
    assert!(text.contains("user_cancelled_authorize"), "{text}");
    let admin = "urn%3Ali%3Aperson%3Aadmin-42";
    let (code, text) = sandbox.login(&[], |url| sandbox.consent(url, admin, "allow"));
    assert_eq!(code, 77);
    assert!(text.contains("author-mismatch"), "{text}");
    let more = ["--scope", "w_organization_social"];
    let (code, text) = sandbox.login(&more, |url| {
        let target = url.strip_prefix(&sandbox.origin).unwrap();
        let (head, _) = http(&sandbox.origin, "GET", target, "");
        let location = head
            .lines()
            .find_map(|line| line.strip_prefix("location: "));
        location.unwrap().to_owned()
    });
    assert_eq!(code, 77);
    assert!(text.contains("unauthorized_scope_error"), "{text}");
    assert_eq!(sandbox.vault(), "");
}

/// Browsers open spare connections, and may never ask on them.
#[test]
fn the_browsers_answer_is_taken_beside_silent_connections() {
    let sandbox = Sandbox::start();
    let port = {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        free.local_addr().unwrap().port()
    };
    let mut command = sandbox.command(&["auth", "login", "jane", "--port", &port.to_string()]);
    let mut child = command
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut messages = std::io::BufReader::new(child.stderr.take().unwrap());
    let mut line = |start: &str| loop {
        let mut line = String::new();
        assert_ne!(messages.read_line(&mut line).unwrap(), 0);
        if line.trim().starts_with(start) {
            return line.trim().to_owned();
        }
    };
    let url = line("http://");
    line("Waiting for the browser");
    let origin = format!("http://127.0.0.1:{port}");
    let silent: Vec<_> = (0..100)
        .map(|_| std::net::TcpStream::connect(("127.0.0.1", port)).unwrap())
        .collect();
    let location = sandbox.consent(&url, JANE, "allow");
    let target = location.split_once(&port.to_string()).unwrap().1;
    let (head, _) = http(&origin, "GET", target, "");
    assert!(head.contains(" 200 "), "{head}");
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(sandbox.vault().contains("urn:li:person:"));
    drop(silent);
}

#[test]
fn a_run_in_ci_mints_from_a_refresh_token_and_waits_for_it_to_be_known() {
    let sandbox = Sandbox::start();
    sandbox.settings(r#"{"refresh_tokens": true}"#);
    let url = format!(
        "{}/oauth/v2/authorization?response_type=code&client_id=sandbox-community\
         &redirect_uri=http%3A%2F%2Flocalhost%3A1%2Fcallback&state=s\
         &scope=w_organization_social%20r_organization_social",
        sandbox.origin
    );
    let location = sandbox.consent(&url, "urn%3Ali%3Aperson%3Aadmin-42", "allow");
    let code = location
        .split("code=")
        .nth(1)
        .unwrap()
        .split('&')
        .next()
        .unwrap();
    let form = format!(
        "grant_type=authorization_code&client_id=sandbox-community&client_secret={CLIENT_SECRET}\
         &redirect_uri=http%3A%2F%2Flocalhost%3A1%2Fcallback&code={code}"
    );
    let (_, body) = http(&sandbox.origin, "POST", "/oauth/v2/accessToken", &form);
    let grant: serde_json::Value = serde_json::from_str(&body).unwrap();
    let refresh = grant["refresh_token"].as_str().unwrap();
    sandbox.settings(r#"{"token_activation_lag_ms": 3000}"#);
    std::fs::write(
        sandbox.folder.path().join("posts/a.md"),
        "---\nauthor: acme\nscheduled_at: on-merge\n---\nFrom CI\n",
    )
    .unwrap();
    let apply = |refresh: &str| {
        let mut command = sandbox.command(&["apply", "--worktree"]);
        command
            .env("ACME_ID", "sandbox-community")
            .env("ACME_SECRET", CLIENT_SECRET)
            .env("ACME_REFRESH", refresh);
        said(&command.output().unwrap())
    };
    let (code, text) = apply("AQRdead");
    assert_eq!(code, 77, "{text}");
    assert!(
        text.contains("grant-refused") && text.contains("auth login"),
        "{text}"
    );
    let (code, text) = apply(refresh);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("published a"), "{text}");
    assert!(!text.contains(refresh) && !text.contains(CLIENT_SECRET));
}

#[test]
fn the_doctor_looks_at_tokens_roles_clock_and_version_and_changes_nothing() {
    let sandbox = Sandbox::start();
    let (code, _) = sandbox.login(&["jane"], |url| sandbox.consent(url, JANE, "allow"));
    assert_eq!(code, 0);
    let acme = |token: &str| {
        let config = CONFIG.replace(
            "client_id_env: ACME_ID",
            "token_env: ACME_TOKEN, client_id_env: ACME_ID",
        );
        std::fs::write(sandbox.folder.path().join("mergecast.yaml"), config).unwrap();
        let mut command = sandbox.command(&["doctor"]);
        command
            .env("ACME_TOKEN", token)
            .env("ACME_ID", "sandbox-community")
            .env("ACME_SECRET", CLIENT_SECRET);
        said(&command.output().unwrap())
    };
    let (code, text) = acme("sandbox-token-42");
    assert_eq!(code, 0, "{text}");
    for line in [
        "ok       jane, member: the token is jane's",
        "ok       acme, page role: ADMINISTRATOR",
        "ok       clock, skew: 0 s from LinkedIn's",
        "warning  remote, git:",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    assert!(!text.contains("sandbox-token-42"), "{text}");
    is_silent(&sandbox, &text);
    let (code, text) = acme("");
    assert_eq!(code, 77, "{text}");
    assert!(text.contains("problem  acme, token:"), "{text}");
    let (_, posts) = http(&sandbox.origin, "GET", "/__sandbox/posts", "");
    assert_eq!(posts.trim(), "[]");
    let mut json = sandbox.command(&["doctor", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_slice(&json.output().unwrap().stdout).unwrap();
    assert_eq!(json["format_version"], 1);
    let mut gone = sandbox.command(&["doctor"]);
    gone.env("MERGECAST_LINKEDIN_API_URL", "http://127.0.0.1:9");
    let (_, text) = said(&gone.output().unwrap());
    assert!(
        text.contains("LinkedIn does not answer from here"),
        "{text}"
    );
}

#[test]
fn trap_another_set_of_scopes_ends_the_tokens_there_were() {
    let sandbox = Sandbox::start();
    let (code, text) = sandbox.login(&["jane"], |url| sandbox.consent(url, JANE, "allow"));
    assert_eq!(code, 0, "{text}");
    let vault = sandbox.vault();
    let more = ["jane", "--scope", "openid", "--scope", "profile"];
    let (code, text) = sandbox.login(&more, |url| sandbox.consent(url, JANE, "allow"));
    assert_eq!(code, 0, "{text}");
    let path = sandbox
        .folder
        .path()
        .join("config/mergecast/credentials.json");
    std::fs::write(&path, vault).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(&path, mode).unwrap();
    let (code, text) = sandbox.run(&["auth", "status", "jane"]);
    assert_eq!(code, 77, "{text}");
    assert!(
        text.contains("[token-dead] LinkedIn says that the token is revoked"),
        "{text}"
    );
}

#[test]
fn a_credential_others_may_read_is_not_used() {
    let sandbox = Sandbox::start();
    let (code, _) = sandbox.login(&["jane"], |url| sandbox.consent(url, JANE, "allow"));
    assert_eq!(code, 0);
    let path = sandbox
        .folder
        .path()
        .join("config/mergecast/credentials.json");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    std::fs::set_permissions(&path, mode).unwrap();
    let (code, text) = sandbox.run(&["auth", "status", "jane"]);
    assert_eq!(code, 65, "{text}");
    assert!(
        text.contains("vault-unusable") && text.contains("chmod 600"),
        "{text}"
    );
}
