/* The metrics line never holds the worker up: a reader that stopped reading loses lines, and the next that fits makes up
 * for them. The worker's parts are played, since only their numbers matter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "worker/admin/emf.h"

static uint64_t delivered;

static void read_counts(struct sink *self, struct sink_counts *ret_counts)
{
    (void)self;
    *ret_counts = (struct sink_counts){.bytes_accepted = delivered * 10};
}

/* The seams of the snapshot, as far as it takes them. */
void lease_keeper_read_counts(struct lease_keeper *keeper, struct lease_keeper_counts *ret_counts)
{
    (void)keeper;
    *ret_counts = (struct lease_keeper_counts){.held = 2};
}
void lease_keeper_read_pulse(struct lease_keeper *keeper, struct lease_keeper_pulse *ret_pulse)
{
    (void)keeper;
    *ret_pulse = (struct lease_keeper_pulse){.turned_boot_ms = 1};
}
struct status lease_keeper_read_rows(struct lease_keeper *keeper, int64_t wait_ms,
                                     struct lease_snapshot *ret_snapshot)
{
    (void)keeper;
    (void)wait_ms;
    (void)ret_snapshot;
    return status_make(STATUS_TIMEOUT, "played");
}
size_t lease_keeper_read_moves(struct lease_keeper *keeper, struct lease_move ret_moves[LEASE_MOVES])
{
    (void)keeper;
    (void)ret_moves;
    return 0;
}
int64_t supervisor_turned_boot_ms(struct supervisor *supervisor)
{
    (void)supervisor;
    return 1;
}
void supervisor_read_totals(struct supervisor *supervisor, struct supervisor_totals *ret_totals)
{
    (void)supervisor;
    *ret_totals = (struct supervisor_totals){.records_done = delivered};
}
struct status supervisor_read_shards(struct supervisor *supervisor, struct supervisor_shards *ret_shards)
{
    (void)supervisor;
    *ret_shards = (struct supervisor_shards){0};
    return status_ok();
}
void supervisor_shards_free(struct supervisor_shards *shards)
{
    (void)shards;
}
size_t budget_held(struct budget *budget)
{
    (void)budget;
    return 0;
}
size_t positions_gap_count(struct positions *positions)
{
    (void)positions;
    return 0;
}
bool positions_is_degraded(struct positions *positions)
{
    (void)positions;
    return false;
}
void aws_session_read_credential_state(struct aws_session *session, struct credential_cache_state *ret_state)
{
    (void)session;
    *ret_state = (struct credential_cache_state){.has_credentials = false};
}

static void test_a_full_pipe(void **state)
{
    (void)state;
    struct sink sink = {.read_counts = read_counts};
    const struct admin_sources sources = {
        .parts = {.sink = &sink, .clock = clock_real()},
        .worker_id = "w",
        .app = "app",
        .table = "orders",
    };
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_true(fcntl(ends[1], F_SETPIPE_SZ, 4096) >= 4096);
    struct emf_memory memory = {.any = false};
    delivered = 5;
    emf_emit(&sources, &memory, ends[1]);
    char text[8192];
    ssize_t length = read(ends[0], text, sizeof text - 1);
    assert_true(length > 0);
    text[length] = '\0';
    assert_non_null(strstr(text, ",\"RecordsProcessed\":5,"));
    char filler[4096] = {0};
    assert_int_equal(write(ends[1], filler, sizeof filler), sizeof filler); /* nobody reads */
    delivered = 8;
    emf_emit(&sources, &memory, ends[1]); /* returns, and is lost */
    assert_int_equal(read(ends[0], filler, sizeof filler), sizeof filler);
    delivered = 9;
    emf_emit(&sources, &memory, ends[1]);
    length = read(ends[0], text, sizeof text - 1);
    assert_true(length > 0);
    text[length] = '\0';
    assert_non_null(strstr(text, ",\"RecordsProcessed\":4,")); /* since the line that was read */
    close(ends[0]);
    close(ends[1]);
}

int main(void)
{
    log_set_level(LOG_ERROR);
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_a_full_pipe)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
