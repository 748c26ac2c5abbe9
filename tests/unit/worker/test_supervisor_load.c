/* A lone survivor of a great fleet: ten thousand leases are granted, renewed and lost again. What breaks else: the
 * process that is to carry everybody's shards has no processor left for them. Prints what a lease costs; nothing
 * here depends on time. Shards and keeper are played, as in test_supervisor.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "worker/supervisor.h"

enum { FEW = 1000, MANY = 10000, RENEWALS = 3, HANG_MS = 300000, FOREVER_MS = 3600000 };

struct shard {
    atomic_bool stopped;
};

static atomic_int made;
static atomic_int destroyed;

struct status shard_create(const struct shard_environment *environment, const struct shard_start *start,
                           struct shard **ret_shard)
{
    (void)environment;
    (void)start;
    *ret_shard = calloc(1, sizeof **ret_shard);
    assert_non_null(*ret_shard);
    atomic_fetch_add(&made, 1);
    return status_ok();
}

void shard_stop(struct shard *shard, enum shard_stop_mode mode)
{
    (void)mode;
    atomic_store(&shard->stopped, true);
}

bool shard_is_finished(struct shard *shard)
{
    return atomic_load(&shard->stopped);
}

void shard_destroy(struct shard *shard)
{
    free(shard);
    atomic_fetch_add(&destroyed, 1);
}

bool shard_read_position(struct shard *shard, struct sequence_number *ret_number)
{
    (void)shard;
    return sequence_number_parse(slice_of_text("7"), ret_number);
}

void shard_read_stats(struct shard *shard, struct shard_stats *ret_stats)
{
    (void)shard;
    *ret_stats = (struct shard_stats){.lag_ms = -1};
}

void lease_keeper_release(struct lease_keeper *keeper, const char *key, uint64_t tenure)
{
    (void)keeper;
    (void)key;
    (void)tenure;
    fail_msg("nothing is given up here");
}

void lease_keeper_shard_ended(struct lease_keeper *keeper, const char *key, uint64_t tenure)
{
    lease_keeper_release(keeper, key, tenure);
}

struct status positions_load(struct positions *positions, const char *shard, struct position_row *ret_row)
{
    (void)positions;
    (void)shard;
    (void)ret_row;
    return status_make(STATUS_NOT_FOUND, "no row");
}

void positions_reset(struct positions *positions, const char *shard)
{
    (void)positions;
    (void)shard;
}

void positions_note_remote(struct positions *positions, const char *shard, const char *checkpoint,
                           const char *nonce, const char *writer)
{
    (void)positions;
    (void)shard;
    (void)checkpoint;
    (void)nonce;
    (void)writer;
}

bool positions_choose_local(const struct position_row *local, const char *row_checkpoint,
                            const char *row_nonce, const char *row_writer, struct sequence_number *ret_after)
{
    (void)local;
    (void)row_checkpoint;
    (void)row_nonce;
    (void)row_writer;
    (void)ret_after;
    return false;
}

static int64_t now_ms(void)
{
    return clock_boot_ms(clock_real());
}

static double processor_ms(void)
{
    struct timespec now;
    assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now), 0);
    return (double)now.tv_sec * 1000 + (double)now.tv_nsec / 1e6;
}

static void wait_for_count(const atomic_int *counter, int count)
{
    int64_t until_ms = now_ms() + HANG_MS;
    while (atomic_load(counter) < count) {
        assert_true(now_ms() < until_ms);
        usleep(5000);
    }
}

static void name_shard(char key[LEASE_KEY_BYTES], int number)
{
    snprintf(key, LEASE_KEY_BYTES, "shardId-00000001732400000000-%08d", number);
}

static void grant_all(const struct lease_observer *observer, int count)
{
    for (int i = 0; i < count; i++) {
        char key[LEASE_KEY_BYTES];
        name_shard(key, i);
        const struct lease_grant granted = {.key = key,
                                            .tenure = (uint64_t)i + 1,
                                            .kind = LEASE_AT_TRIM_HORIZON,
                                            .checkpoint_text = "TRIM_HORIZON",
                                            .nonce = "",
                                            .valid_until_boot_ms = now_ms() + FOREVER_MS};
        observer->granted(observer->context, &granted);
    }
}

/* As the keeper does: the position is asked for, then the write is answered. */
static void renew_all(const struct lease_observer *observer, int count)
{
    for (int i = 0; i < count; i++) {
        char key[LEASE_KEY_BYTES];
        name_shard(key, i);
        struct sequence_number number;
        assert_true(observer->position(observer->context, key, (uint64_t)i + 1, &number));
        observer->renewed(observer->context, key, (uint64_t)i + 1, now_ms() + FOREVER_MS);
    }
}

static void lose_all(const struct lease_observer *observer, int count)
{
    for (int i = 0; i < count; i++) {
        char key[LEASE_KEY_BYTES];
        name_shard(key, i);
        observer->lost(observer->context, key, (uint64_t)i + 1);
    }
}

static void hold_and_lose(int count)
{
    atomic_store(&made, 0);
    atomic_store(&destroyed, 0);
    struct supervisor *supervisor = NULL;
    const struct supervisor_options options = {
        .positions = NULL, .clock = clock_real(), .failover_ms = FOREVER_MS};
    struct status status = supervisor_create(&options, &supervisor);
    assert_true(status_is_ok(&status));
    const struct lease_observer observer = supervisor_observer(supervisor);
    status = supervisor_start(supervisor, NULL);
    assert_true(status_is_ok(&status));
    double begun = processor_ms();
    grant_all(&observer, count);
    wait_for_count(&made, count);
    double held = processor_ms();
    for (int i = 0; i < RENEWALS; i++) {
        renew_all(&observer, count);
    }
    double renewed = processor_ms();
    lose_all(&observer, count);
    wait_for_count(&destroyed, count);
    double lost = processor_ms();
    print_message("%d leases: us of processor each: granted and started %.1f, renewed %.1f, lost %.1f\n",
                  count, (held - begun) * 1000 / count, (renewed - held) * 1000 / (RENEWALS * count),
                  (lost - renewed) * 1000 / count);
    supervisor_leave(supervisor);
    assert_true(supervisor_wait_idle(supervisor, HANG_MS));
    supervisor_stop(supervisor);
    supervisor_destroy(supervisor);
}

static void ten_thousand_leases_come_and_go(void **state)
{
    (void)state;
    log_set_level(LOG_ERROR);
    hold_and_lose(FEW);
    hold_and_lose(MANY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_thousand_leases_come_and_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
