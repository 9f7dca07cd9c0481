//! Making a post ready to send: token, media, declaration.
//!
//! Owns everything that happens before `sending`: uploads are unclaimed, and a racing
//! loser's are simply dropped. Must not declare or send.

use crate::desired::{DesiredPost, Schedule};
use crate::linkedin::body::PostBody;
use crate::linkedin::client::Client;
use crate::linkedin::token::AccessToken;
use crate::model::content::PostContent;
use crate::pass::given_up::GivenUp;
use crate::pass::media::{Images, Obstacle, kept, park};
use crate::pass::outcome::{Problem, token_problem};
use crate::pass::see::Seen;
use crate::pass::{Credentials, PassOptions};
use crate::plan::PlanItem;
use crate::ports::{Clock, World};
use crate::record::Declaration;

/// A post of which only the declaration and one request are left to do.
pub(super) struct Prepared {
    pub(super) item: PlanItem,
    pub(super) post: DesiredPost,
    pub(super) declaration: Declaration,
    pub(super) body: PostBody,
    pub(super) token: AccessToken,
}

/// What the ledger will say the post is.
pub(super) fn declaration(
    item: &PlanItem,
    post: &DesiredPost,
    content: PostContent,
    content_commit: Option<String>,
) -> Declaration {
    let scheduled_at = match post.schedule {
        Schedule::At(time) => Some(time),
        Schedule::OnMerge | Schedule::Unscheduled => None,
    };
    Declaration {
        key: item.key.clone(),
        target: item.target,
        path: post.path.clone(),
        content,
        content_commit,
        scheduled_at,
    }
}

/// Finds the token and uploads what is to be shown.
pub(super) async fn prepare<W: World>(
    world: &W,
    options: &PassOptions,
    credentials: &Credentials<'_>,
    seen: &mut Seen<'_, W>,
    given_up: &mut GivenUp,
    item: &PlanItem,
) -> Result<Prepared, Problem> {
    let post = seen.post(item).cloned().ok_or_else(Problem::vanished)?;
    let token =
        credentials(seen.config(), &post.author).map_err(|problem| token_problem(&problem))?;
    if let Some(problem) = given_up.refuses(&post.author, &token) {
        return Err(problem);
    }
    let content = post.content();
    let commit = seen.content.desired.content_commit.clone();
    let declaration = declaration(item, &post, content.clone(), commit);
    let mut images = Images {
        world,
        client: Client {
            transport: world.transport(),
            endpoint: &options.endpoint,
            api_version: &seen.content.config.api_version,
        },
        token: &token,
        post: &post,
        sent: Vec::new(),
    };
    let kept = kept(seen.session.ledger(), &post);
    let ready = images.make_ready(&kept, seen).await;
    let sent = images.sent;
    let urns = match ready {
        Ok(urns) => urns,
        Err(obstacle) => {
            if let Obstacle::Failure(failure) = &obstacle {
                given_up.after_call(failure, &token);
            }
            let now = world.clock().now();
            park(&mut seen.session, &declaration, sent, &obstacle, now).await;
            return Err(obstacle.problem());
        }
    };
    let body =
        PostBody::new(&content, &urns).map_err(|error| Problem::internal(error.to_string()))?;
    Ok(Prepared {
        item: item.clone(),
        post,
        declaration,
        body,
        token,
    })
}
