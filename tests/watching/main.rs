//! The watcher as a real process: killed, stopped, raced and cut off, with real git and the
//! served sandbox. Each test takes some seconds, most of them waiting.
#![cfg(unix)]
#![allow(
    clippy::disallowed_methods,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "these tests start processes and wait for them in real time"
)]

mod crashes;
mod operations;
mod place;
mod punctual;
mod stopping;
mod tokens;
mod wire;

use libtest_mimic::{Arguments, Trial};

/// How many run at once: they wait most of their time.
const AT_ONCE: usize = 6;

/// Their names, and what they do.
const STORIES: &[(&str, fn())] = &[
    (
        "crashes::killed_and_started_again_and_again_it_publishes_nothing_twice",
        crashes::killed_and_started_again_and_again_it_publishes_nothing_twice,
    ),
    (
        "crashes::two_watchers_and_an_apply_on_one_remote_publish_once_and_without_noise",
        crashes::two_watchers_and_an_apply_on_one_remote_publish_once_and_without_noise,
    ),
    (
        "operations::the_service_manager_hears_ready_watchdog_and_stopping",
        operations::the_service_manager_hears_ready_watchdog_and_stopping,
    ),
    (
        "operations::silent_connections_keep_nobody_from_publishing",
        operations::silent_connections_keep_nobody_from_publishing,
    ),
    (
        "operations::readiness_follows_passes_and_not_the_process",
        operations::readiness_follows_passes_and_not_the_process,
    ),
    (
        "operations::people_are_told_and_a_hook_that_hangs_holds_up_nothing",
        operations::people_are_told_and_a_hook_that_hangs_holds_up_nothing,
    ),
    (
        "operations::a_new_login_counts_without_a_restart_and_a_broken_file_takes_no_token_away",
        operations::a_new_login_counts_without_a_restart_and_a_broken_file_takes_no_token_away,
    ),
    (
        "operations::the_unit_is_one_that_systemd_takes_and_is_hardened",
        operations::the_unit_is_one_that_systemd_takes_and_is_hardened,
    ),
    (
        "punctual::posts_go_out_at_their_second_with_media_and_declaration_ready_before",
        punctual::posts_go_out_at_their_second_with_media_and_declaration_ready_before,
    ),
    (
        "punctual::a_hangup_wakes_a_watcher_that_looks_once_an_hour",
        punctual::a_hangup_wakes_a_watcher_that_looks_once_an_hour,
    ),
    (
        "punctual::files_are_followed_as_they_are_saved",
        punctual::files_are_followed_as_they_are_saved,
    ),
    (
        "stopping::while_media_are_made_ready_nothing_is_declared",
        stopping::while_media_are_made_ready_nothing_is_declared,
    ),
    (
        "stopping::what_is_declared_is_sent_at_its_time_and_recorded",
        stopping::what_is_declared_is_sent_at_its_time_and_recorded,
    ),
    (
        "stopping::a_request_under_way_is_waited_for",
        stopping::a_request_under_way_is_waited_for,
    ),
    (
        "stopping::a_result_being_recorded_is_recorded",
        stopping::a_result_being_recorded_is_recorded,
    ),
    (
        "stopping::the_second_signal_ends_it_at_once",
        stopping::the_second_signal_ends_it_at_once,
    ),
    (
        "stopping::apply_that_waits_obeys_too",
        stopping::apply_that_waits_obeys_too,
    ),
    (
        "tokens::a_stored_token_is_renewed_before_its_end_without_a_post_or_a_person",
        tokens::a_stored_token_is_renewed_before_its_end_without_a_post_or_a_person,
    ),
    (
        "tokens::a_renewal_that_gives_no_token_leaves_the_good_one",
        tokens::a_renewal_that_gives_no_token_leaves_the_good_one,
    ),
    (
        "tokens::people_are_warned_ahead_of_an_end_that_nobody_can_put_off",
        tokens::people_are_warned_ahead_of_an_end_that_nobody_can_put_off,
    ),
    (
        "wire::an_upload_that_is_cut_is_made_again",
        wire::an_upload_that_is_cut_is_made_again,
    ),
    (
        "wire::a_create_request_that_is_cut_is_not_sent_again_and_asks_for_a_person",
        wire::a_create_request_that_is_cut_is_not_sent_again_and_asks_for_a_person,
    ),
    (
        "wire::a_push_that_is_cut_is_pushed_again_and_the_post_is_sent_once",
        wire::a_push_that_is_cut_is_pushed_again_and_the_post_is_sent_once,
    ),
];

fn main() {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(AT_ONCE);
    let story = |(name, tell): &(&str, fn())| {
        let tell = *tell;
        Trial::test(*name, move || {
            tell();
            Ok(())
        })
    };
    let stories = STORIES.iter().map(story).collect();
    libtest_mimic::run(&arguments, stories).exit();
}
