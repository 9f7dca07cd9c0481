//! Making a post ready to send: token, media, declaration.
//!
//! Owns everything that happens before `sending`: uploads are unclaimed, and a racing
//! loser's are simply dropped. Must not declare or send.

use crate::desired::{DesiredPost, Schedule};
use crate::linkedin::body::PostBody;
use crate::linkedin::client::Client;
use crate::linkedin::token::AccessToken;
use crate::model::Instant;
use crate::model::content::PostContent;
use crate::model::target::Target;
use crate::model::urn::MediaUrn;
use crate::pass::given_up::GivenUp;
use std::rc::Rc;

use crate::pass::media::{Obstacle, Uploads, is_slow, park, patience, uploaded};
use crate::pass::outcome::{Problem, token_problem};
use crate::pass::see::Seen;
use crate::pass::shelf::Found;
use crate::pass::{Credentials, PassOptions};
use crate::plan::PlanItem;
use crate::ports::{Clock, World};
use crate::record::{Declaration, EntryId, SentDocument, SentMedia};

/// A post of which only the declaration and one request are left to do.
pub(super) struct Prepared {
    pub(super) item: PlanItem,
    pub(super) post: DesiredPost,
    pub(super) declaration: Declaration,
    pub(super) body: PostBody,
    pub(super) token: AccessToken,
    /// Its media, in the order of the body.
    pub(super) sent: Vec<SentMedia>,
}

impl Prepared {
    /// The entry it will be.
    pub(super) fn id(&self) -> EntryId {
        EntryId {
            key: self.item.key.clone(),
            target: self.item.target,
        }
    }
}

/// What the ledger will say the post is.
pub(super) fn declaration(
    item: &PlanItem,
    post: &DesiredPost,
    content: PostContent,
    content_commit: Option<String>,
) -> Declaration {
    Declaration {
        key: item.key.clone(),
        ..declare(item.target, post, content, content_commit)
    }
}

/// The document of a post as it is recorded.
pub(super) fn document_of(post: &DesiredPost) -> SentDocument {
    SentDocument {
        digest: post.source.clone(),
        explicit_id: post.explicit_id,
    }
}

/// The same under the post's own key.
pub(super) fn declare(
    target: Target,
    post: &DesiredPost,
    content: PostContent,
    content_commit: Option<String>,
) -> Declaration {
    let scheduled_at = match post.schedule {
        Schedule::At(time) => Some(time),
        Schedule::OnMerge | Schedule::Unscheduled => None,
    };
    Declaration {
        key: post.key.clone(),
        target,
        path: post.path.clone(),
        content,
        content_commit,
        document: match target {
            Target::Linkedin => Some(document_of(post)),
            Target::Comment => None,
        },
        scheduled_at,
    }
}

/// A post whose media are on LinkedIn, and may still be processed.
pub(super) struct Uploaded {
    pub(super) item: PlanItem,
    post: DesiredPost,
    declaration: Declaration,
    token: AccessToken,
    sent: Vec<SentMedia>,
    /// How long they may be processed; `None`: they may be used.
    give_up: Option<Instant>,
}

impl Uploaded {
    /// Whether LinkedIn takes its time with them.
    pub(super) fn is_slow(&self) -> bool {
        self.give_up.is_some() && is_slow(&self.sent)
    }
}

/// Finds the token and uploads what is to be shown.
pub(super) async fn upload<W: World>(
    world: &W,
    options: &PassOptions,
    credentials: &Credentials<'_>,
    seen: &mut Seen<'_, W>,
    given_up: &mut GivenUp,
    item: &PlanItem,
) -> Result<Uploaded, Problem> {
    let post = seen.post(item).cloned().ok_or_else(Problem::vanished)?;
    let token = credentials(seen.config(), &post.author).await;
    let token = token.map_err(|problem| token_problem(&problem))?;
    if let Some(problem) = given_up.refuses(&post.author, &token) {
        return Err(problem);
    }
    let content = post.content();
    let commit = seen.content.desired.content_commit.clone();
    let declaration = declaration(item, &post, content, commit);
    let mut sent = Vec::new();
    let uploads = Uploads {
        world,
        client: client(world, options, seen),
        token: &token,
        post: &post,
        standby: seen.standby.clone(),
    };
    let finished = uploads.get(seen, &mut sent).await;
    let now = world.clock().now();
    let give_up = match finished {
        Ok(true) => None,
        Ok(false) => Some(now + patience(&sent)),
        Err(obstacle) => {
            if let Obstacle::Failure(failure) = obstacle.as_ref() {
                given_up.after_call(failure, &token);
            }
            park(&mut seen.session, &declaration, sent, &obstacle, now).await;
            return Err(obstacle.problem());
        }
    };
    Ok(Uploaded {
        item: item.clone(),
        give_up,
        post,
        declaration,
        token,
        sent,
    })
}

impl<W: World> Uploads<'_, W> {
    /// Puts the post's media on LinkedIn, or takes them from the shelf of a process that
    /// has one; whether they may be used already.
    async fn get(
        &self,
        seen: &Seen<'_, W>,
        sent: &mut Vec<SentMedia>,
    ) -> Result<bool, Rc<Obstacle>> {
        let needed = self.post.uploads().count();
        let Some(shelf) = seen.standby.shelf().filter(|_| needed > 0) else {
            let kept = uploaded(seen.session.ledger(), self.post);
            let finished = self.send(&kept, seen.tree.as_ref(), sent).await;
            return finished.map(|()| needed == 0).map_err(Rc::new);
        };
        match shelf.of(self.post, seen, self.world.clock().now()) {
            Found::Ready(found) => {
                *sent = found;
                Ok(true)
            }
            Found::Underway => Err(Rc::new(Obstacle::Problem(Problem::still_processing(
                needed,
            )))),
            Found::Failed(found, obstacle) => {
                *sent = found;
                Err(obstacle)
            }
        }
    }
}

/// Waits until its media may be used.
pub(super) async fn finish<W: World>(
    world: &W,
    options: &PassOptions,
    seen: &mut Seen<'_, W>,
    given_up: &mut GivenUp,
    uploaded: Uploaded,
) -> Result<Prepared, Problem> {
    let Uploaded {
        item,
        post,
        declaration,
        token,
        sent,
        give_up,
    } = uploaded;
    if let Some(problem) = given_up.refuses(&post.author, &token) {
        return Err(problem);
    }
    let uploads = Uploads {
        world,
        client: client(world, options, seen),
        token: &token,
        post: &post,
        standby: seen.standby.clone(),
    };
    if let Some(give_up) = give_up
        && let Err(obstacle) = uploads.wait_until_ready(&sent, give_up).await
    {
        if let Obstacle::Failure(failure) = &obstacle {
            given_up.after_call(failure, &token);
        }
        let now = world.clock().now();
        park(&mut seen.session, &declaration, sent, &obstacle, now).await;
        return Err(obstacle.problem());
    }
    let urns: Vec<MediaUrn> = sent.iter().map(|media| media.urn.clone()).collect();
    let body = PostBody::new(&declaration.content, &urns);
    let body = body.map_err(|error| Problem::internal(error.to_string()))?;
    Ok(Prepared {
        item,
        post,
        declaration,
        body,
        token,
        sent,
    })
}

fn client<'p, W: World>(
    world: &'p W,
    options: &'p PassOptions,
    seen: &'p Seen<'_, W>,
) -> Client<'p, W::Transport> {
    Client {
        transport: world.transport(),
        endpoint: &options.endpoint,
        api_version: &seen.content.config.api_version,
    }
}
