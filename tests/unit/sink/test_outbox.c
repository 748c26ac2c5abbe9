/* What would break for a user: latency that --flush-age 0 was to save, or requests that are never full; lines
 * that wait for an answer that came long ago. On a virtual clock, one thread. */
#include "support.h"

#include "sink/outbox.h"
#include "sink/settle.h"

enum { BATCH_RECORDS = 10, TOKENS = 1000, START = 5000 };

struct desk {
    struct clock_virtual time;
    struct outbox outbox;
    struct counting_receiver shard;
    uint64_t put;
    struct batch_record taken[4][BATCH_RECORDS]; /* batches under way */
    uint32_t counts[4];
};

static struct desk *desk_open(int64_t flush_age_ms)
{
    static const struct batch_limits limits = {
        .records = BATCH_RECORDS, .batch_bytes = 100000, .record_bytes = 1000};
    struct desk *desk = calloc(1, sizeof *desk);
    assert_non_null(desk);
    clock_virtual_init(&desk->time, START, START);
    outbox_init(&desk->outbox, &limits, flush_age_ms, &desk->time.clock);
    counting_init(&desk->shard, "shardId-1", TOKENS);
    return desk;
}

static void desk_close(struct desk *desk)
{
    outbox_close(&desk->outbox);
    settle_rest(&desk->outbox);
    outbox_destroy(&desk->outbox);
    counting_free(&desk->shard);
    free(desk);
}

static void put(struct desk *desk, uint32_t count)
{
    uint32_t lengths[BATCH_RECORDS * 3];
    for (uint32_t i = 0; i < count; i++) {
        lengths[i] = 20;
    }
    outbox_put(&desk->outbox, make_parcel(lengths, count, desk->put, &desk->shard.receiver));
    desk->put += count;
}

/* Takes what is due as batch `at`; returns its lines. */
static uint32_t take(struct desk *desk, uint32_t at)
{
    assert_int_equal(outbox_due_in_ms(&desk->outbox), 0);
    assert_int_equal(outbox_take(&desk->outbox, 0, desk->taken[at], &desk->counts[at]), OUTBOX_BATCH);
    return desk->counts[at];
}

static void answer(struct desk *desk, uint32_t at)
{
    settle_records(desk->taken[at], desk->counts[at], SINK_ACCEPTED, NULL);
    outbox_answered(&desk->outbox);
}

static void without_an_age_a_quiet_line_leaves_at_once(void **state)
{
    (void)state;
    struct desk *desk = desk_open(0);
    assert_int_equal(outbox_due_in_ms(&desk->outbox), -1);
    for (uint32_t i = 0; i < 5; i++) {
        put(desk, 1);
        assert_int_equal(take(desk, 0), 1);
        answer(desk, 0);
        clock_virtual_advance(&desk->time, i); /* however soon after the last */
    }
    desk_close(desk);
}

static void without_an_age_a_busy_line_waits_for_the_answer(void **state)
{
    (void)state;
    struct desk *desk = desk_open(0);
    put(desk, 1);
    assert_int_equal(take(desk, 0), 1);
    for (uint32_t i = 0; i < BATCH_RECORDS - 1; i++) {
        put(desk, 1);
        clock_virtual_advance(&desk->time, 3600000);
        assert_int_equal(outbox_due_in_ms(&desk->outbox), -1);
    }
    answer(desk, 0);
    assert_int_equal(take(desk, 0), BATCH_RECORDS - 1); /* in one request */
    answer(desk, 0);
    desk_close(desk);
}

static void without_an_age_full_batches_wait_for_nobody(void **state)
{
    (void)state;
    struct desk *desk = desk_open(0);
    put(desk, 1);
    assert_int_equal(take(desk, 0), 1);
    put(desk, 2 * BATCH_RECORDS + 3);
    assert_int_equal(take(desk, 1), BATCH_RECORDS);
    assert_int_equal(take(desk, 2), BATCH_RECORDS);
    assert_int_equal(outbox_due_in_ms(&desk->outbox), -1); /* three lines */
    answer(desk, 0);
    answer(desk, 1);
    assert_int_equal(outbox_due_in_ms(&desk->outbox), -1); /* one is still out */
    answer(desk, 2);
    assert_int_equal(take(desk, 0), 3);
    put(desk, 2);
    outbox_flush(&desk->outbox);
    assert_int_equal(take(desk, 1), 2);
    answer(desk, 0);
    answer(desk, 1);
    desk_close(desk);
}

static void an_age_asks_no_answer(void **state)
{
    (void)state;
    struct desk *desk = desk_open(1000);
    put(desk, 1);
    assert_int_equal(take(desk, 0), 1);
    put(desk, 1);
    assert_int_equal(outbox_due_in_ms(&desk->outbox), 1000);
    clock_virtual_advance(&desk->time, 999);
    assert_int_equal(outbox_due_in_ms(&desk->outbox), 1);
    clock_virtual_advance(&desk->time, 1);
    assert_int_equal(take(desk, 1), 1); /* the first is still out */
    answer(desk, 0);
    answer(desk, 1);
    put(desk, 1);
    assert_int_equal(outbox_due_in_ms(&desk->outbox), 1000);
    desk_close(desk);
}

/* The senders lengthen the age while they spill, and set it back. */
static void the_age_can_change(void **state)
{
    (void)state;
    struct desk *desk = desk_open(0);
    put(desk, 1);
    assert_int_equal(take(desk, 0), 1);
    put(desk, 1);
    assert_int_equal(outbox_due_in_ms(&desk->outbox), -1);
    outbox_set_flush_age(&desk->outbox, 1000);
    assert_int_equal(outbox_due_in_ms(&desk->outbox), 1000);
    answer(desk, 0);
    assert_int_equal(outbox_due_in_ms(&desk->outbox), 1000);
    outbox_set_flush_age(&desk->outbox, 0);
    assert_int_equal(take(desk, 0), 1);
    answer(desk, 0);
    desk_close(desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_an_age_a_quiet_line_leaves_at_once),
        cmocka_unit_test(without_an_age_a_busy_line_waits_for_the_answer),
        cmocka_unit_test(without_an_age_full_batches_wait_for_nobody),
        cmocka_unit_test(an_age_asks_no_answer),
        cmocka_unit_test(the_age_can_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
