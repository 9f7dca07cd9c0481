//! Every key of a post's front matter and of `mergecast.yaml`.
//!
//! Owns the one table that the parser, the suggestions and the JSON Schemas use, so that
//! they cannot disagree. Must not read values: see [`super::fields`].

/// What may stand under a key.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// One text. Numbers and words like `no` are text as they are written.
    Text,
    /// One text of a form (ECMA 262) for editors; the parser checks it with its own code.
    Pattern(&'static str),
    /// `true` or `false`, without quotes.
    Flag,
    /// A whole number without quotes, within both bounds.
    Count {
        /// The least one.
        least: u32,
        /// The greatest one.
        most: u32,
    },
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A list of one shape.
    List(&'static Shape),
    /// A mapping with these keys and no others.
    Table(&'static [Key]),
    /// A mapping from names of the writer's choice to one shape.
    Named(&'static Shape),
    /// The second, or its short form, the first.
    Either(&'static Shape, &'static Shape),
}

/// One key.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What may stand under it.
    pub shape: Shape,
    /// What it means, for people.
    pub about: &'static str,
    /// Values that are right, as one would write them in YAML.
    pub examples: &'static [&'static str],
    /// Whether its mapping needs it.
    pub required: bool,
    /// Whether `null` is a value here; elsewhere an empty value is an error.
    pub nullable: bool,
}

const fn key(name: &'static str, shape: Shape, about: &'static str) -> Key {
    Key {
        name,
        shape,
        about,
        examples: &[],
        required: false,
        nullable: false,
    }
}

impl Key {
    const fn examples(self, examples: &'static [&'static str]) -> Self {
        Self { examples, ..self }
    }

    const fn required(self) -> Self {
        Self {
            required: true,
            ..self
        }
    }

    const fn nullable(self) -> Self {
        Self {
            nullable: true,
            ..self
        }
    }
}

/// The words of `on_late`.
pub const ON_LATE: &[&str] = &["hold", "publish", "skip"];
/// The words of `on_unknown`.
pub const ON_UNKNOWN: &[&str] = &["hold", "probe"];
/// The words of `visibility`.
pub const VISIBILITY: &[&str] = &["public", "connections", "logged_in"];

const DURATION: Shape = Shape::Pattern(
    r"^\s*([0-9]+\s*(ms|millis|msec|s|sec|secs|seconds?|m|min|mins|minutes?|h|hr|hrs|hours?|d|days?|w|wk|wks|weeks?)\s*)+$",
);
const VARIABLE: Shape = Shape::Pattern("^[A-Z_][A-Z0-9_]{0,99}$");

/// Keys of one entry of `media`.
pub const MEDIA: &[Key] = &[
    key(
        "path",
        Shape::Text,
        "Path of the file, relative to the post; a leading `/` means the content root.",
    )
    .examples(&["images/launch.png", "/media/logo.png"])
    .required(),
    key(
        "alt",
        Shape::Text,
        "Alt text: what the image shows, for people who do not see it.",
    )
    .examples(&["Bar chart: build times fell from 14 to 5 minutes"]),
    key("title", Shape::Text, "Title; documents need one.")
        .examples(&["The 2026 developer survey"]),
    key(
        "thumbnail",
        Shape::Text,
        "Path of a video's preview image, JPEG or PNG.",
    )
    .examples(&["media/talk.png"]),
    key(
        "captions",
        Shape::Text,
        "Path of a video's English captions, a SubRip (`.srt`) file.",
    )
    .examples(&["media/talk.srt"]),
];

/// Keys of `article`.
pub const ARTICLE: &[Key] = &[
    key(
        "url",
        Shape::Text,
        "Address of the page. LinkedIn reads nothing from it.",
    )
    .examples(&["https://example.com/blog/scheduler"])
    .required(),
    key(
        "title",
        Shape::Text,
        "Headline of the card, at most 399 characters.",
    )
    .examples(&["How we rewrote the scheduler"])
    .required(),
    key(
        "description",
        Shape::Text,
        "Text below the headline, at most 4085 characters.",
    )
    .examples(&["What we learned in three months"]),
    key(
        "thumbnail",
        Shape::Text,
        "Path of the card's image. Absent: a card without image.",
    )
    .examples(&["images/scheduler.png"]),
    key(
        "thumbnail_alt",
        Shape::Text,
        "Alt text of the card's image.",
    )
    .examples(&["Two timelines, the lower one half as long"]),
];

/// Keys of `poll`.
pub const POLL: &[Key] = &[
    key(
        "question",
        Shape::Text,
        "The question, at most 140 characters.",
    )
    .examples(&["Tabs or spaces?"])
    .required(),
    key(
        "options",
        Shape::List(&Shape::Text),
        "Two to four answers of at most 30 characters each.",
    )
    .examples(&["Tabs, Spaces"])
    .required(),
    key(
        "duration",
        Shape::Choice(&["1d", "3d", "7d", "14d"]),
        "How long people can vote. Absent: `3d`.",
    )
    .examples(&["7d"]),
];

const URNS: Shape = Shape::List(&Shape::Text);

/// Keys of `audience`, the facets of LinkedIn's `targetEntities`.
pub const AUDIENCE: &[Key] = &[
    key("degrees", URNS, "URNs of degrees.").examples(&["urn:li:degree:100"]),
    key("fields_of_study", URNS, "URNs of fields of study.")
        .examples(&["urn:li:fieldOfStudy:100990"]),
    key("geo_locations", URNS, "URNs of places.").examples(&["urn:li:geo:101282230"]),
    key("industries", URNS, "URNs of industries.").examples(&["urn:li:industry:4"]),
    key("job_functions", URNS, "URNs of functions at work.").examples(&["urn:li:function:8"]),
    key("organizations", URNS, "URNs of employers.").examples(&["urn:li:organization:2414183"]),
    key("seniorities", URNS, "URNs of ranks at work.").examples(&["urn:li:seniority:6"]),
    key("staff_count_ranges", URNS, "URNs of sizes of employers.")
        .examples(&["urn:li:staffCountRange:(11,50)"]),
];

/// Keys of a post's front matter.
pub const POST: &[Key] = &[
    key(
        "author",
        Shape::Text,
        "Who publishes the post: an alias of the configuration, or a person or organization URN. Absent: `default_author`.",
    )
    .examples(&["acme", "urn:li:organization:2414183"]),
    key(
        "scheduled_at",
        Shape::Text,
        "When the post is due: RFC 3339 with an offset; local time in the post's zone; or `on-merge`, as soon as it is on the published branch. Absent: a draft.",
    )
    .examples(&[
        "2026-09-03 10:00",
        "2026-09-03T10:00:00+02:00",
        "on-merge",
    ]),
    key(
        "timezone",
        Shape::Text,
        "IANA time zone of this post's local times. Absent: the author's zone, else the configuration's.",
    )
    .examples(&["Europe/Berlin"]),
    key(
        "id",
        Shape::Text,
        "The post's identity, which stays when the file moves. Absent: the path below the posts folder without `.md`. At most 200 bytes.",
    )
    .examples(&["2026-09-launch"]),
    key(
        "repeats",
        Shape::Text,
        "The key of an earlier post that this one says again on purpose. It goes out at least 7 days after that post.",
    )
    .examples(&["2026-09-launch"]),
    key(
        "draft",
        Shape::Flag,
        "`true`: the post is never published, whatever its schedule.",
    )
    .examples(&["true"]),
    key(
        "visibility",
        Shape::Choice(VISIBILITY),
        "Who may see the post. Absent: `public`. Posts of organizations are always public.",
    )
    .examples(&["public"]),
    key(
        "media",
        Shape::List(&Shape::Either(&Shape::Text, &Shape::Table(MEDIA))),
        "Media files of the post, in display order; images of the body follow them.",
    ),
    key(
        "article",
        Shape::Table(ARTICLE),
        "A link card. A post has media, or an article, or a poll, or a reshare.",
    ),
    key("poll", Shape::Table(POLL), "A poll."),
    key(
        "reshare",
        Shape::Text,
        "The post to reshare: its URN, or its address with the URN in it.",
    )
    .examples(&["urn:li:share:7141138937766391808"]),
    key(
        "first_comment",
        Shape::Text,
        "A comment the author puts under the post, as plain text, at most 1250 characters.",
    )
    .examples(&["The whole story: https://example.com/blog/scheduler"]),
    key(
        "audience",
        Shape::Table(AUDIENCE),
        "Pages only: the followers who see the post. They match every facet, each by one of its values, and must be more than 300.",
    ),
    key(
        "disable_reshare",
        Shape::Flag,
        "`true`: readers cannot reshare the post.",
    )
    .examples(&["true"]),
    key(
        "max_lateness",
        DURATION,
        "How long after `scheduled_at` the post may still go out. Absent: the configuration's.",
    )
    .examples(&["24h", "90m", "2d 12h"]),
    key(
        "on_late",
        Shape::Choice(ON_LATE),
        "What happens when the post is later than `max_lateness`. Absent: the configuration's.",
    )
    .examples(&["hold"]),
    key(
        "labels",
        Shape::List(&Shape::Text),
        "The team's own words for the post; never sent.",
    ),
];

/// Keys of one author.
pub const AUTHOR: &[Key] = &[
    key(
        "urn",
        Shape::Pattern("^urn:li:(person:[A-Za-z0-9._~-]+|organization:[0-9]+)$"),
        "The author on LinkedIn: `urn:li:person:<id>` or `urn:li:organization:<digits>`.",
    )
    .examples(&["urn:li:organization:2414183"])
    .required(),
    key(
        "timezone",
        Shape::Text,
        "IANA time zone of this author's local times. Absent: the configuration's.",
    )
    .examples(&["America/New_York"]),
    key(
        "token_env",
        VARIABLE,
        "Name of the environment variable that holds this author's access token.",
    )
    .examples(&["LINKEDIN_TOKEN_ACME"]),
    key(
        "client_id_env",
        VARIABLE,
        "Name of the environment variable that holds the client id.",
    )
    .examples(&["LINKEDIN_CLIENT_ID_ACME"]),
    key(
        "client_secret_env",
        VARIABLE,
        "Name of the environment variable that holds the client secret.",
    )
    .examples(&["LINKEDIN_CLIENT_SECRET_ACME"]),
    key(
        "refresh_token_env",
        VARIABLE,
        "Name of the environment variable that holds the refresh token.",
    )
    .examples(&["LINKEDIN_REFRESH_TOKEN_ACME"]),
    key(
        "requests_per_day",
        Shape::Count {
            least: 20,
            most: 1_000_000,
        },
        "Requests a day that LinkedIn allows this author's app and member; the portal of the app tells. Absent: 150 for a member, no limit for a page.",
    )
    .examples(&["100"]),
];

/// Keys of `linkedin`.
pub const LINKEDIN: &[Key] = &[key(
    "api_version",
    Shape::Pattern("^[0-9]{4}(0[1-9]|1[0-2])$"),
    "Value of the `LinkedIn-Version` header: year and month. Absent: `202609`.",
)
.examples(&["\"202609\""])];

/// Keys of `publish`.
pub const PUBLISH: &[Key] = &[
    key(
        "paused",
        Shape::Flag,
        "`true` holds every due post. Absent: `false`.",
    )
    .examples(&["true"]),
    key(
        "max_lateness",
        DURATION,
        "A post later than this is late. Absent: `24h`.",
    )
    .examples(&["24h", "90m"]),
    key(
        "on_late",
        Shape::Choice(ON_LATE),
        "What happens to a late post. Absent: `hold`.",
    )
    .examples(&["hold"]),
    key(
        "max_per_run",
        Shape::Count {
            least: 0,
            most: 1000,
        },
        "More publishes, updates and deletes than this refuse the whole run. Absent: 10.",
    )
    .examples(&["10"]),
    key(
        "prune",
        Shape::Flag,
        "`true`: removing a file deletes its live post. Absent: `false`.",
    )
    .examples(&["false"]),
    key(
        "on_unknown",
        Shape::Choice(ON_UNKNOWN),
        "What happens to a post whose outcome is unknown. Absent: `hold`.",
    )
    .examples(&["hold"]),
];

/// Keys of `state`.
pub const STATE: &[Key] = &[
    key(
        "branch",
        Shape::Text,
        "Branch that holds the ledger. Absent or null: `mergecast/state`.",
    )
    .examples(&["mergecast/state"])
    .nullable(),
    key(
        "remote",
        Shape::Text,
        "Name of the git remote that holds that branch. Absent: `origin`.",
    )
    .examples(&["origin"]),
    key(
        "since",
        Shape::Pattern("^[0-9]{4}-[0-9]{2}-[0-9]{2}$"),
        "Day (UTC) on which this repository began to publish. From one day before to 14 days after it, the first pass creates the ledger; at any other time, `mergecast state init` does. Absent: only `mergecast state init`.",
    ),
];

/// Keys of one target of messages.
pub const NOTIFY: &[Key] = &[
    key(
        "url_env",
        VARIABLE,
        "Name of the environment variable that holds the address messages are sent to.",
    )
    .examples(&["SLACK_WEBHOOK_URL"])
    .required(),
    key(
        "format",
        Shape::Choice(&["json", "slack"]),
        "How messages read. Absent: `json`.",
    ),
    key(
        "events",
        Shape::List(&Shape::Choice(&[
            "published",
            "held",
            "unknown",
            "failed",
            "token-expiring",
        ])),
        "Of what it is told. Absent: of everything but `published`.",
    ),
];

/// Keys of `mergecast.yaml`.
pub const CONFIG: &[Key] = &[
    key(
        "version",
        Shape::Pattern("^1$"),
        "Version of this file's format; always `1`.",
    )
    .examples(&["1"]),
    key(
        "posts",
        Shape::Text,
        "Folder searched for `*.md`, from the content root. Absent: `posts`.",
    )
    .examples(&["posts"]),
    key(
        "timezone",
        Shape::Text,
        "IANA time zone of local times. Absent: `UTC`.",
    )
    .examples(&["Europe/Berlin"]),
    key(
        "branch",
        Shape::Text,
        "The published branch. Absent or null: the remote's default branch, else the checked-out one.",
    )
    .examples(&["main"])
    .nullable(),
    key(
        "authors",
        Shape::Named(&Shape::Either(&Shape::Text, &Shape::Table(AUTHOR))),
        "Authors by alias: a URN, or a mapping.",
    ),
    key(
        "default_author",
        Shape::Text,
        "Alias used by posts that name no author.",
    )
    .examples(&["acme"]),
    key(
        "linkedin",
        Shape::Table(LINKEDIN),
        "How LinkedIn is spoken to.",
    ),
    key(
        "publish",
        Shape::Table(PUBLISH),
        "What may be published, and when.",
    ),
    key("state", Shape::Table(STATE), "Where the ledger is."),
    key(
        "notify",
        Shape::Named(&Shape::Table(NOTIFY)),
        "Whom `watch` sends messages to, by name.",
    ),
];
