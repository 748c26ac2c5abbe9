/* What happens to a lease's shard, row by row: a lost lease is never written for, a wanted one drains first,
 * the end of a shard is reported once, a poisoned shard keeps its lease. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "worker/supervisor_rules.h"

struct rule_case {
    const char *what;
    struct tenure_view view;
    enum tenure_action action;
};

static const struct rule_case rule_cases[] = {
    {"granted: start", {.phase = TENURE_WAITING}, TENURE_START},
    {"granted while the old thread finishes: wait",
     {.phase = TENURE_WAITING, .elder_runs = true},
     TENURE_NOTHING},
    {"granted and lost at once: nobody to tell", {.phase = TENURE_WAITING, .lost = true}, TENURE_FORGET},
    {"granted to a leaving worker: back", {.phase = TENURE_WAITING, .leaving = true}, TENURE_RELEASE},
    {"wanted before it started: back", {.phase = TENURE_WAITING, .wanted = true}, TENURE_RELEASE},
    {"leaving does not wait for an elder",
     {.phase = TENURE_WAITING, .leaving = true, .elder_runs = true},
     TENURE_RELEASE},

    {"running: go on", {.phase = TENURE_RUNNING}, TENURE_NOTHING},
    {"running, leaving: drain", {.phase = TENURE_RUNNING, .leaving = true}, TENURE_DRAIN},
    {"running, wanted: drain", {.phase = TENURE_RUNNING, .wanted = true}, TENURE_DRAIN},
    {"running, lost: abort", {.phase = TENURE_RUNNING, .lost = true}, TENURE_ABORT},
    {"running, lost and leaving: abort",
     {.phase = TENURE_RUNNING, .lost = true, .leaving = true},
     TENURE_ABORT},
    {"overdue alone stops nobody", {.phase = TENURE_RUNNING, .overdue = true}, TENURE_NOTHING},
    {"failed: stands still, keeps its lease", {.phase = TENURE_RUNNING, .failed = true}, TENURE_NOTHING},
    {"failed and its thread is done: the same",
     {.phase = TENURE_RUNNING, .failed = true, .finished = true},
     TENURE_NOTHING},
    {"failed, leaving: drain", {.phase = TENURE_RUNNING, .failed = true, .leaving = true}, TENURE_DRAIN},
    {"failed, done, wanted: close",
     {.phase = TENURE_RUNNING, .failed = true, .finished = true, .wanted = true},
     TENURE_CLOSE},
    {"failed, done, lost: close",
     {.phase = TENURE_RUNNING, .failed = true, .finished = true, .lost = true},
     TENURE_CLOSE},
    {"gave up by itself: close", {.phase = TENURE_RUNNING, .finished = true}, TENURE_CLOSE},

    {"ended: tell", {.phase = TENURE_RUNNING, .ended = true}, TENURE_REPORT_END},
    {"ended and done: tell first",
     {.phase = TENURE_RUNNING, .ended = true, .finished = true},
     TENURE_REPORT_END},
    {"ended, told: wait for the thread",
     {.phase = TENURE_RUNNING, .ended = true, .told = true},
     TENURE_NOTHING},
    {"ended, told, leaving: no drain",
     {.phase = TENURE_RUNNING, .ended = true, .told = true, .leaving = true},
     TENURE_NOTHING},
    {"ended, told, done: close",
     {.phase = TENURE_RUNNING, .ended = true, .told = true, .finished = true},
     TENURE_CLOSE},
    {"ended, but lost: no word", {.phase = TENURE_RUNNING, .ended = true, .lost = true}, TENURE_ABORT},
    {"ended while draining: tell",
     {.phase = TENURE_DRAINING, .ended = true, .leaving = true},
     TENURE_REPORT_END},

    {"draining: wait", {.phase = TENURE_DRAINING, .wanted = true}, TENURE_NOTHING},
    {"draining, done: close", {.phase = TENURE_DRAINING, .wanted = true, .finished = true}, TENURE_CLOSE},
    {"draining, lost: abort", {.phase = TENURE_DRAINING, .wanted = true, .lost = true}, TENURE_ABORT},
    {"draining, overdue: abort", {.phase = TENURE_DRAINING, .leaving = true, .overdue = true}, TENURE_ABORT},
    {"aborting: wait for answers", {.phase = TENURE_ABORTING, .lost = true}, TENURE_NOTHING},
    {"aborting, overdue: once", {.phase = TENURE_ABORTING, .leaving = true, .overdue = true}, TENURE_NOTHING},
    {"aborting, done: close", {.phase = TENURE_ABORTING, .lost = true, .finished = true}, TENURE_CLOSE},

    {"closed after a drain: release", {.phase = TENURE_CLOSED, .wanted = true}, TENURE_RELEASE},
    {"closed, never started: release", {.phase = TENURE_CLOSED}, TENURE_RELEASE},
    {"closed, ended after all: tell", {.phase = TENURE_CLOSED, .ended = true}, TENURE_REPORT_END},
    {"closed, told: kept for the keeper's last write",
     {.phase = TENURE_CLOSED, .told = true},
     TENURE_NOTHING},
    {"closed, told, run out: forget", {.phase = TENURE_CLOSED, .told = true, .run_out = true}, TENURE_FORGET},
    {"closed, not told, run out: still told", {.phase = TENURE_CLOSED, .run_out = true}, TENURE_RELEASE},
    {"closed, lost: forget, tell nobody", {.phase = TENURE_CLOSED, .lost = true}, TENURE_FORGET},
};

static void test_rules(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rule_cases / sizeof rule_cases[0]; i++) {
        enum tenure_action action = tenure_next(&rule_cases[i].view);
        if (action != rule_cases[i].action) {
            fail_msg("%s: action %d", rule_cases[i].what, (int)action);
        }
    }
}

/* Whatever is seen, a lost lease is neither reported nor released, and only a finished shard is freed. */
static void test_every_view(void **state)
{
    (void)state;
    for (unsigned bits = 0; bits < 5 * 512; bits++) {
        const struct tenure_view view = {
            .phase = (enum tenure_phase)(bits / 512),
            .lost = (bits & 1) != 0,
            .wanted = (bits & 2) != 0,
            .leaving = (bits & 4) != 0,
            .overdue = (bits & 8) != 0,
            .ended = (bits & 16) != 0,
            .failed = (bits & 32) != 0,
            .finished = (bits & 64) != 0,
            .told = (bits & 128) != 0,
            .elder_runs = (bits & 256) != 0,
        };
        enum tenure_action action = tenure_next(&view);
        bool runs =
            view.phase == TENURE_RUNNING || view.phase == TENURE_DRAINING || view.phase == TENURE_ABORTING;
        assert_true(!view.lost ||
                    (action != TENURE_RELEASE && action != TENURE_REPORT_END && action != TENURE_START));
        assert_true(!view.told || (action != TENURE_RELEASE && action != TENURE_REPORT_END) ||
                    view.phase == TENURE_WAITING);
        assert_true(action != TENURE_CLOSE || (runs && view.finished));
        assert_true(action != TENURE_FORGET || !runs);
        assert_true(action != TENURE_START || (!view.elder_runs && !view.leaving));
        assert_true(action != TENURE_RELEASE || !view.ended || view.phase == TENURE_WAITING);
    }
}

static struct sequence_number number_of(const char *digits)
{
    struct sequence_number number;
    assert_true(sequence_number_parse(slice_of_text(digits), &number));
    return number;
}

static void test_start_from_row(void **state)
{
    (void)state;
    struct lease_grant grant = {
        .kind = LEASE_AT_TRIM_HORIZON, .checkpoint_text = "TRIM_HORIZON", .nonce = ""};
    struct tenure_start start = tenure_choose_start(&grant, NULL);
    assert_int_equal(start.origin, SHARD_FROM_TRIM_HORIZON);
    assert_int_equal(start.drop_before_wall_ms, 0);
    assert_false(start.reset_local);

    grant = (struct lease_grant){.kind = LEASE_AT_SEQUENCE_NUMBER,
                                 .checkpoint = number_of("300000000000000000000000005"),
                                 .checkpoint_text = "300000000000000000000000005",
                                 .nonce = ""};
    start = tenure_choose_start(&grant, NULL);
    assert_int_equal(start.origin, SHARD_FROM_AFTER);
    assert_int_equal(sequence_number_compare(&start.after, &grant.checkpoint), 0);

    /* LATEST names no position: from the trim horizon, dropping what is older than the fleet's start less two
     * seconds. */
    grant = (struct lease_grant){
        .kind = LEASE_AT_LATEST, .checkpoint_text = "LATEST", .nonce = "", .start_wall_ms = 1763900000000};
    start = tenure_choose_start(&grant, NULL);
    assert_int_equal(start.origin, SHARD_FROM_TRIM_HORIZON);
    assert_int_equal(start.drop_before_wall_ms, 1763899998000);

    /* A LATEST row of a Java fleet carries no start time: nothing is dropped. */
    grant.start_wall_ms = 0;
    start = tenure_choose_start(&grant, NULL);
    assert_int_equal(start.drop_before_wall_ms, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_every_view),
        cmocka_unit_test(test_start_from_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
