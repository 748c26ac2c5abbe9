/* The supervisor's thread against a keeper and shards that the test plays: this file defines their functions,
 * so the rooms behind them are not linked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "worker/supervisor.h"

enum { SHARDS = 8, HANG_MS = 20000 };

struct shard {
    char id[LEASE_KEY_BYTES];
    struct shard_start start;
    atomic_int stopped; /* 0, 1 + enum shard_stop_mode */
    atomic_bool finished;
    atomic_bool destroyed;
    atomic_int position; /* 0: none */
    atomic_int read;
    atomic_int done;
};

struct played {
    struct mutex lock;
    struct shard shards[SHARDS]; /* in the order of their making; never freed, so that a late use shows */
    atomic_int made;
    atomic_int refuse; /* shard_create fails */
    char released[256];
    char ended[256];
    char remote[256];
    char forgotten[256];
    struct position_row local;
    atomic_bool has_local;
};

static struct played played;

static void note(char *list, const char *key, uint64_t tenure)
{
    mutex_lock(&played.lock);
    size_t used = strlen(list);
    snprintf(list + used, 256 - used, "%s/%llu ", key, (unsigned long long)tenure);
    mutex_unlock(&played.lock);
}

static bool list_is(const char *list, const char *expected)
{
    mutex_lock(&played.lock);
    bool same = strcmp(list, expected) == 0;
    mutex_unlock(&played.lock);
    return same;
}

struct status shard_create(const struct shard_environment *environment, const struct shard_start *start,
                           struct shard **ret_shard)
{
    (void)environment;
    if (atomic_load(&played.refuse) > 0) {
        atomic_fetch_sub(&played.refuse, 1);
        return status_make(STATUS_UNAVAILABLE, "cannot start thread 'shard': played");
    }
    struct shard *shard = &played.shards[atomic_load(&played.made)];
    snprintf(shard->id, sizeof shard->id, "%s", start->shard_id);
    shard->start = *start;
    *ret_shard = shard;
    atomic_fetch_add(&played.made, 1);
    return status_ok();
}

void shard_stop(struct shard *shard, enum shard_stop_mode mode)
{
    atomic_store(&shard->stopped, 1 + (int)mode);
}

bool shard_is_finished(struct shard *shard)
{
    return atomic_load(&shard->finished);
}

void shard_destroy(struct shard *shard)
{
    assert_true(atomic_load(&shard->finished));
    atomic_store(&shard->destroyed, true);
}

bool shard_read_position(struct shard *shard, struct sequence_number *ret_number)
{
    assert_false(atomic_load(&shard->destroyed));
    int position = atomic_load(&shard->position);
    char digits[16];
    snprintf(digits, sizeof digits, "%d", position);
    return position != 0 && sequence_number_parse(slice_of_text(digits), ret_number);
}

void shard_read_stats(struct shard *shard, struct shard_stats *ret_stats)
{
    assert_false(atomic_load(&shard->destroyed));
    *ret_stats = (struct shard_stats){.records_read = (uint64_t)atomic_load(&shard->read),
                                      .records_done = (uint64_t)atomic_load(&shard->done),
                                      .records_open =
                                          (uint64_t)(atomic_load(&shard->read) - atomic_load(&shard->done)),
                                      .lag_ms = -1};
}

void lease_keeper_release(struct lease_keeper *keeper, const char *key, uint64_t tenure)
{
    (void)keeper;
    note(played.released, key, tenure);
}

void lease_keeper_shard_ended(struct lease_keeper *keeper, const char *key, uint64_t tenure)
{
    (void)keeper;
    note(played.ended, key, tenure);
}

struct status positions_load(struct positions *positions, const char *shard, struct position_row *ret_row)
{
    (void)positions;
    (void)shard;
    if (!atomic_load(&played.has_local)) {
        return status_make(STATUS_NOT_FOUND, "no row");
    }
    *ret_row = played.local;
    return status_ok();
}

void positions_reset(struct positions *positions, const char *shard)
{
    (void)positions;
    note(played.forgotten, shard, 0);
}

void positions_note_remote(struct positions *positions, const char *shard, const char *checkpoint,
                           const char *nonce, const char *writer)
{
    (void)positions;
    assert_string_equal(nonce, "n");
    assert_string_equal(writer, "w#7");
    note(played.remote, shard, (uint64_t)strtoull(checkpoint, NULL, 10));
}

/* The real rule has its own tests; here: the same checkpoint and writer mean the same history. */
bool positions_choose_local(const struct position_row *local, const char *row_checkpoint,
                            const char *row_nonce, const char *row_writer, struct sequence_number *ret_after)
{
    (void)row_nonce;
    if (strcmp(local->remote_checkpoint, row_checkpoint) != 0 ||
        strcmp(local->remote_writer, row_writer) != 0) {
        return false;
    }
    *ret_after = local->number;
    return true;
}

static const struct shard_environment the_environment;

struct fixture {
    struct supervisor *supervisor;
    struct lease_observer observer;
};

static int set_up(void **state)
{
    static struct fixture fixture;
    memset(&played, 0, sizeof played);
    mutex_init(&played.lock);
    log_set_level(LOG_ERROR);
    const struct supervisor_options options = {
        .environment = &the_environment, .positions = NULL, .clock = clock_real(), .failover_ms = 600000};
    struct status status = supervisor_create(&options, &fixture.supervisor);
    assert_true(status_is_ok(&status));
    fixture.observer = supervisor_observer(fixture.supervisor);
    status = supervisor_start(fixture.supervisor, NULL);
    assert_true(status_is_ok(&status));
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    for (int i = 0; i < atomic_load(&played.made); i++) {
        atomic_store(&played.shards[i].finished, true);
    }
    supervisor_leave(fixture->supervisor);
    assert_true(supervisor_wait_idle(fixture->supervisor, HANG_MS));
    supervisor_stop(fixture->supervisor);
    supervisor_destroy(fixture->supervisor);
    mutex_destroy(&played.lock);
    return 0;
}

static int64_t now_ms(void)
{
    return clock_boot_ms(clock_real());
}

static void grant(struct fixture *fixture, const char *key, uint64_t tenure)
{
    const struct lease_grant granted = {.key = key,
                                        .tenure = tenure,
                                        .kind = LEASE_AT_SEQUENCE_NUMBER,
                                        .checkpoint = {.length = 1, .digits = "7"},
                                        .checkpoint_text = "7",
                                        .nonce = "",
                                        .writer = "w#7",
                                        .valid_until_boot_ms = now_ms() + 600000};
    fixture->observer.granted(fixture->observer.context, &granted);
}

/* Waits for what another thread does; a test that hangs here has found a bug. */
#define wait_for(condition)                                                                                  \
    do {                                                                                                     \
        int64_t until_ = now_ms() + HANG_MS;                                                                 \
        while (!(condition)) {                                                                               \
            if (now_ms() > until_) {                                                                         \
                fail_msg("never came true: %s", #condition);                                                 \
            }                                                                                                \
            usleep(1000);                                                                                    \
        }                                                                                                    \
    } while (0)

static struct shard *started(int index)
{
    wait_for(atomic_load(&played.made) > index);
    return &played.shards[index];
}

static bool owns(struct shard *shard)
{
    return shard->start.ownership.is_valid(shard->start.ownership.context);
}

static int position_of(struct fixture *fixture, const char *key, uint64_t tenure)
{
    struct sequence_number number;
    if (!fixture->observer.position(fixture->observer.context, key, tenure, &number)) {
        return 0;
    }
    int64_t value = 0;
    assert_true(slice_parse_int64(sequence_number_slice(&number), &value));
    return (int)value;
}

static void test_grant_starts_a_shard(void **state)
{
    struct fixture *fixture = *state;
    grant(fixture, "a", 1);
    struct shard *shard = started(0);
    assert_string_equal(shard->id, "a");
    assert_int_equal(shard->start.origin, SHARD_FROM_AFTER);
    assert_true(owns(shard));
    assert_int_equal(position_of(fixture, "a", 1), 0);
    atomic_store(&shard->position, 12);
    assert_int_equal(position_of(fixture, "a", 1), 12);
    assert_int_equal(position_of(fixture, "a", 2), 0);
    assert_int_equal(position_of(fixture, "b", 1), 0);
}

static void test_validity_follows_renewals(void **state)
{
    struct fixture *fixture = *state;
    const struct lease_grant granted = {.key = "a",
                                        .tenure = 1,
                                        .kind = LEASE_AT_TRIM_HORIZON,
                                        .checkpoint_text = "TRIM_HORIZON",
                                        .nonce = "",
                                        .writer = "w#7",
                                        .valid_until_boot_ms = now_ms() - 1};
    fixture->observer.granted(fixture->observer.context, &granted);
    struct shard *shard = started(0);
    assert_false(owns(shard));
    fixture->observer.renewed(fixture->observer.context, "a", 1, now_ms() + 600000);
    assert_true(owns(shard));
    fixture->observer.renewed(fixture->observer.context, "a", 1,
                              now_ms() - 600000); /* overtaken on the way */
    assert_true(owns(shard));
    fixture->observer.lost(fixture->observer.context, "a", 1);
    assert_false(owns(shard));
    fixture->observer.renewed(fixture->observer.context, "a", 1,
                              now_ms() + 600000); /* late word of a lost lease */
    assert_false(owns(shard));
}

static void test_lost_lease_is_aborted_and_not_written_for(void **state)
{
    struct fixture *fixture = *state;
    grant(fixture, "a", 1);
    struct shard *shard = started(0);
    fixture->observer.lost(fixture->observer.context, "a", 1);
    wait_for(atomic_load(&shard->stopped) == 1 + SHARD_ABORT);
    shard->start.events.ended(shard->start.events.context, shard);
    atomic_store(&shard->finished, true);
    wait_for(atomic_load(&shard->destroyed));
    assert_int_equal(position_of(fixture, "a", 1), 0);
    assert_true(list_is(played.released, ""));
    assert_true(list_is(played.ended, ""));
}

static void test_wanted_lease_drains_then_goes(void **state)
{
    struct fixture *fixture = *state;
    grant(fixture, "a", 1);
    grant(fixture, "b", 2);
    struct shard *first = started(0);
    started(1);
    struct shard *shard = strcmp(first->id, "a") == 0 ? first : started(1);
    fixture->observer.wanted(fixture->observer.context, "a", 1);
    wait_for(atomic_load(&shard->stopped) == 1 + SHARD_DRAIN);
    assert_true(list_is(played.released, ""));
    atomic_store(&shard->position, 99);
    atomic_store(&shard->finished, true);
    wait_for(list_is(played.released, "a/1 "));
    assert_true(atomic_load(&shard->destroyed));
    assert_int_equal(position_of(fixture, "a", 1), 99); /* the keeper's last write still finds it */
    fixture->observer.checkpointed(fixture->observer.context, "a", 1, "99", "n", "w#7");
    fixture->observer.checkpointed(fixture->observer.context, "a", 3, "98", "n",
                                   "w#8"); /* of no tenure that we know */
    assert_true(list_is(played.remote, "a/99 "));
}

/* A hand-over that ran out of time before all was accepted is no loss: a later stop must not end as one that left
 * work undelivered. */
static void test_what_was_handed_over_is_the_next_owners(void **state)
{
    struct fixture *fixture = *state;
    grant(fixture, "a", 1);
    struct shard *shard = started(0);
    atomic_store(&shard->read, 10);
    atomic_store(&shard->done, 4);
    fixture->observer.wanted(fixture->observer.context, "a", 1);
    wait_for(atomic_load(&shard->stopped) == 1 + SHARD_DRAIN);
    atomic_store(&shard->finished, true);
    wait_for(list_is(played.released, "a/1 "));
    supervisor_leave(fixture->supervisor);
    assert_true(supervisor_wait_idle(fixture->supervisor, HANG_MS));
    struct supervisor_totals totals;
    supervisor_read_totals(fixture->supervisor, &totals);
    assert_int_equal(totals.records_done, 4);
    assert_int_equal(totals.records_open + totals.records_given_up, 0);
}

static void test_end_is_reported_once(void **state)
{
    struct fixture *fixture = *state;
    grant(fixture, "a", 1);
    struct shard *shard = started(0);
    shard->start.events.ended(shard->start.events.context, shard);
    wait_for(list_is(played.ended, "a/1 "));
    atomic_store(&shard->finished, true);
    wait_for(atomic_load(&shard->destroyed));
    shard->start.events.ended(shard->start.events.context, shard);
    fixture->observer.wanted(fixture->observer.context, "a", 1);
    supervisor_leave(fixture->supervisor);
    assert_true(supervisor_wait_idle(fixture->supervisor, HANG_MS));
    assert_true(list_is(played.ended, "a/1 "));
    assert_true(list_is(played.released, ""));
}

static void test_failed_shard_keeps_its_lease(void **state)
{
    struct fixture *fixture = *state;
    grant(fixture, "a", 1);
    struct shard *shard = started(0);
    const struct status why = status_make(STATUS_TOO_LARGE, "poison");
    shard->start.events.failed(shard->start.events.context, shard, &why);
    atomic_store(&shard->finished, true);
    grant(fixture, "b", 2);
    struct shard *sibling = started(1);
    assert_true(owns(sibling));
    assert_false(atomic_load(&shard->destroyed));
    assert_true(list_is(played.released, ""));
    supervisor_leave(fixture->supervisor);
    wait_for(list_is(played.released, "a/1 "));
    wait_for(atomic_load(&sibling->stopped) == 1 + SHARD_DRAIN);
}

static void test_start_failure_gives_the_lease_back(void **state)
{
    struct fixture *fixture = *state;
    atomic_store(&played.refuse, 1);
    grant(fixture, "a", 1);
    wait_for(list_is(played.released, "a/1 "));
    assert_int_equal(atomic_load(&played.made), 0);
    grant(fixture, "a", 2); /* the next try */
    assert_string_equal(started(0)->id, "a");
}

static void test_regained_lease_waits_for_the_old_thread(void **state)
{
    struct fixture *fixture = *state;
    grant(fixture, "a", 1);
    struct shard *old = started(0);
    atomic_store(&old->position, 50);
    fixture->observer.lost(fixture->observer.context, "a", 1);
    grant(fixture, "a", 2);
    wait_for(atomic_load(&old->stopped) == 1 + SHARD_ABORT);
    assert_false(owns(old));
    usleep(30000);
    assert_int_equal(atomic_load(&played.made), 1);
    assert_int_equal(position_of(fixture, "a", 2), 0); /* the old tenure's acknowledgements do not count */
    old->start.events.ended(old->start.events.context, old);
    atomic_store(&old->finished, true);
    struct shard *fresh = started(1);
    assert_true(atomic_load(&old->destroyed));
    assert_int_equal(fresh->start.after.length, 1);
    assert_true(owns(fresh));
    assert_true(list_is(played.ended, ""));
    assert_true(list_is(played.released, ""));
}

static void test_local_position(void **state)
{
    struct fixture *fixture = *state;
    played.local = (struct position_row){
        .number = {.length = 2, .digits = "42"}, .remote_checkpoint = "7", .remote_writer = "w#7"};
    atomic_store(&played.has_local, true);
    grant(fixture, "a", 1);
    struct shard *shard = started(0);
    assert_true(slice_equals_text(sequence_number_slice(&shard->start.after), "42"));
    assert_true(list_is(played.forgotten, ""));
    snprintf(played.local.remote_checkpoint, sizeof played.local.remote_checkpoint, "%s", "6");
    grant(fixture, "b", 2);
    shard = started(1);
    assert_true(slice_equals_text(sequence_number_slice(&shard->start.after), "7"));
    assert_true(list_is(played.forgotten, "b/0 "));
}

static void test_leaving(void **state)
{
    struct fixture *fixture = *state;
    grant(fixture, "a", 1);
    struct shard *shard = started(0);
    atomic_store(&shard->read, 10);
    atomic_store(&shard->done, 4);
    supervisor_leave(fixture->supervisor);
    wait_for(atomic_load(&shard->stopped) == 1 + SHARD_DRAIN);
    grant(fixture, "b", 2); /* was on its way */
    wait_for(list_is(played.released, "b/2 "));
    assert_false(supervisor_wait_idle(fixture->supervisor, 20));
    struct supervisor_totals totals;
    supervisor_read_totals(fixture->supervisor, &totals);
    assert_int_equal(totals.running, 1);
    assert_int_equal(totals.records_open, 6);
    supervisor_abort(fixture->supervisor);
    wait_for(atomic_load(&shard->stopped) == 1 + SHARD_ABORT);
    atomic_store(&shard->finished, true);
    assert_true(supervisor_wait_idle(fixture->supervisor, HANG_MS));
    assert_true(list_is(played.released, "b/2 a/1 "));
    supervisor_read_totals(fixture->supervisor, &totals);
    assert_int_equal(totals.running, 0);
    assert_int_equal(totals.records_done, 4);
    assert_int_equal(totals.records_given_up, 6);
}

#define WITH_SUPERVISOR(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SUPERVISOR(test_grant_starts_a_shard),
        WITH_SUPERVISOR(test_validity_follows_renewals),
        WITH_SUPERVISOR(test_lost_lease_is_aborted_and_not_written_for),
        WITH_SUPERVISOR(test_wanted_lease_drains_then_goes),
        WITH_SUPERVISOR(test_what_was_handed_over_is_the_next_owners),
        WITH_SUPERVISOR(test_end_is_reported_once),
        WITH_SUPERVISOR(test_failed_shard_keeps_its_lease),
        WITH_SUPERVISOR(test_start_failure_gives_the_lease_back),
        WITH_SUPERVISOR(test_regained_lease_waits_for_the_old_thread),
        WITH_SUPERVISOR(test_local_position),
        WITH_SUPERVISOR(test_leaving),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
