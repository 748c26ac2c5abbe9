/* What would break for a user: a consumer of the data stream that sees an item's older change after its newer one; a
 * line lost or repeated; an item that waits for another's failure. */
#include "support.h"

#include "sink/order.h"
#include "sink/settle.h"

enum { ROUNDS = 60, GROUPS = 40, RECORDS = 20, TOKENS = 4000, SHARDS = 2 };

static const struct batch_limits small_limits = {.records = RECORDS,
                                                 .batch_bytes = 20000,
                                                 .record_bytes = 3000,
                                                 .pack_bytes = 1000,
                                                 .frame_bytes = 100,
                                                 .record_frame_bytes = 40,
                                                 .base64 = true};

struct bench {
    struct order order;
    struct counting_receiver shards[SHARDS];
    uint64_t put[SHARDS]; /* tokens */
    uint64_t delivered[SHARDS][GROUPS]; /* 1 + the newest token first delivered */
    struct random random;
    int64_t now_ms;
};

static void bench_init(struct bench *bench, const struct batch_limits *limits, uint64_t seed)
{
    *bench = (struct bench){.now_ms = 1000000};
    random_init(&bench->random, seed);
    order_init(&bench->order, limits, 1000, bench->now_ms);
    counting_init(&bench->shards[0], "shardId-1", TOKENS);
    counting_init(&bench->shards[1], "shardId-2", TOKENS);
}

static void bench_free(struct bench *bench)
{
    assert_null(bench->order.first);
    assert_int_equal(bench->order.ready_groups, 0); /* what is left are groups without lines */
    assert_int_equal(bench->order.ready_bytes, 0);
    struct order_record none[RECORDS];
    assert_int_equal(order_take(&bench->order, bench->now_ms, none), 0);
    assert_int_equal(bench->order.group_count, bench->order.resting_count);
    while (bench->order.resting_count > 0) {
        bench->now_ms += ORDER_REST_CAP_MS;
        assert_int_equal(order_take(&bench->order, bench->now_ms, none), 0);
    }
    assert_int_equal(bench->order.group_count, 0);
    order_free(&bench->order);
    counting_free(&bench->shards[0]);
    counting_free(&bench->shards[1]);
}

/* Lines of a shard in groups of their shard: the group is told by the line's number. */
static void put_groups(struct bench *bench, uint32_t shard, const uint64_t *groups, const uint32_t *lengths,
                       uint32_t count)
{
    struct parcel *parcel = make_parcel(lengths, count, bench->put[shard], &bench->shards[shard].receiver);
    for (uint32_t i = 0; i < count; i++) {
        parcel->lines[i].group = groups[i];
    }
    bench->put[shard] += count;
    assert_true(order_put(&bench->order, parcel, bench->now_ms));
}

static void put_random(struct bench *bench, uint32_t shard, uint32_t most_lines)
{
    uint64_t groups[200];
    uint32_t lengths[200];
    uint32_t count = 1 + (uint32_t)random_below(&bench->random, most_lines);
    uint64_t hot = random_below(&bench->random, 2) == 0 ? 3 : GROUPS;
    for (uint32_t i = 0; i < count; i++) {
        groups[i] = shard * 1000 + random_below(&bench->random, hot);
        lengths[i] =
            1 + (uint32_t)random_below(&bench->random, random_below(&bench->random, 20) == 0 ? 3000 : 300);
    }
    put_groups(bench, shard, groups, lengths, count);
}

static void settle(struct batch_record *lines, uint32_t count, enum sink_verdict verdict)
{
    settle_records(lines, count, verdict, NULL);
}

/* The destination has the record's lines: each group's first deliveries in order. */
static void deliver(struct bench *bench, const struct order_record *record)
{
    struct slice pieces[ORDER_LINES];
    order_lines(record, pieces);
    uint64_t group = order_group_id(record);
    uint32_t shard = (uint32_t)(group / 1000);
    assert_ptr_equal(order_receiver(record), &bench->shards[shard].receiver);
    struct batch_record lines[ORDER_LINES];
    order_finish(&bench->order, record, bench->now_ms, lines);
    for (uint32_t i = 0; i < record->count; i++) {
        uint64_t token = lines[i].parcel->first_token + lines[i].first;
        assert_int_equal(lines[i].parcel->lines[lines[i].first].group, group);
        assert_int_equal(pieces[i].length, lines[i].bytes);
        assert_true(token >= bench->delivered[shard][group % 1000]);
        bench->delivered[shard][group % 1000] = token + 1;
    }
    settle(lines, record->count, SINK_ACCEPTED);
}

static void check_batch(struct bench *bench, const struct order_record *records, uint32_t count)
{
    const struct batch_limits *limits = &bench->order.limits;
    size_t bytes = limits->frame_bytes;
    for (uint32_t i = 0; i < count; i++) {
        assert_true(records[i].count >= 1 && records[i].count <= ORDER_LINES && !records[i].oversize);
        assert_true(records[i].count == 1 || records[i].bytes <= limits->pack_bytes);
        assert_true(records[i].bytes <= limits->record_bytes);
        bytes += batch_record_cost(limits, records[i].bytes);
        for (uint32_t j = 0; j < i; j++) {
            assert_true(order_group_id(&records[i]) != order_group_id(&records[j]));
        }
    }
    assert_true(count <= limits->records && bytes <= limits->batch_bytes);
}

/* Several requests under way; each of their records is taken or failed for itself, in any order. */
static void first_deliveries_keep_order(void **state)
{
    (void)state;
    uint64_t seed = test_seed();
    for (uint64_t round = 0; round < ROUNDS; round++) {
        struct bench *bench = malloc(sizeof *bench);
        struct batch_limits limits = small_limits;
        limits.pack_bytes = round % 3 == 0 ? 0 : 1000;
        bench_init(bench, &limits, seed + round);
        static struct order_record flight[16 * RECORDS];
        uint32_t flying = 0;
        for (uint32_t step = 0; bench->put[0] + bench->put[1] < 3000 || bench->order.first != NULL; step++) {
            assert_true(step < 1000000);
            bench->now_ms += (int64_t)random_below(&bench->random, 300);
            if (bench->put[0] + bench->put[1] < 3000 && random_below(&bench->random, 4) == 0) {
                put_random(bench, (uint32_t)random_below(&bench->random, SHARDS), 150);
            }
            if (flying + RECORDS <= 16 * RECORDS && order_due_in_ms(&bench->order, bench->now_ms) == 0) {
                uint32_t count = order_take(&bench->order, bench->now_ms, flight + flying);
                check_batch(bench, flight + flying, count);
                flying += count;
            }
            for (uint64_t left = random_below(&bench->random, 12); left > 0 && flying > 0; left--) {
                uint32_t at = (uint32_t)random_below(&bench->random, flying);
                struct order_record record = flight[at];
                flight[at] = flight[--flying];
                uint64_t fate = random_below(&bench->random, 10);
                if (fate == 0 && record.count > 1) {
                    order_narrow(&record);
                }
                if (fate < 4) {
                    order_return(&bench->order, &record, bench->now_ms, &bench->random);
                } else {
                    deliver(bench, &record);
                }
            }
        }
        assert_int_equal(flying, 0);
        for (uint32_t shard = 0; shard < SHARDS; shard++) {
            assert_int_equal(counting_of(&bench->shards[shard], SINK_ACCEPTED), bench->put[shard]);
        }
        bench_free(bench);
        free(bench);
    }
}

/* A bench with one batch of `count` lines, groups and lengths as told, put by the first shard. */
static struct bench *bench_of(const uint64_t *groups, uint32_t length, uint32_t count)
{
    struct bench *bench = malloc(sizeof *bench);
    uint32_t lengths[64];
    bench_init(bench, &small_limits, 1);
    for (uint32_t i = 0; i < count; i++) {
        lengths[i] = length;
    }
    put_groups(bench, 0, groups, lengths, count);
    return bench;
}

static void a_failed_group_holds_up_no_other(void **state)
{
    (void)state;
    struct bench *bench = bench_of((uint64_t[]){1, 2, 1, 2}, 600, 4);
    struct order_record records[RECORDS];
    assert_int_equal(order_due_in_ms(&bench->order, bench->now_ms), 0);
    assert_int_equal(order_take(&bench->order, bench->now_ms, records), 2);
    assert_int_equal(records[0].count, 1); /* 1,200 bytes are over what is packed */
    assert_int_equal(order_due_in_ms(&bench->order, bench->now_ms), -1);
    order_return(&bench->order, &records[0], bench->now_ms, &bench->random);
    int64_t rest_ms = order_due_in_ms(&bench->order, bench->now_ms);
    assert_true(rest_ms >= 20 && rest_ms <= ORDER_REST_BASE_MS);
    deliver(bench, &records[1]);
    order_flush(&bench->order);
    assert_int_equal(order_due_in_ms(&bench->order, bench->now_ms), 0);
    assert_int_equal(order_take(&bench->order, bench->now_ms, records),
                     1); /* only the second line of group 2 */
    assert_int_equal(order_group_id(&records[0]), 2);
    deliver(bench, &records[0]);
    bench->now_ms += ORDER_REST_BASE_MS;
    for (uint32_t i = 0; i < 2; i++) { /* group 1: its first line before its second */
        assert_int_equal(order_due_in_ms(&bench->order, bench->now_ms), 0);
        assert_int_equal(order_take(&bench->order, bench->now_ms, records), 1);
        deliver(bench, &records[0]);
    }
    assert_int_equal(order_due_in_ms(&bench->order, bench->now_ms), -1);
    bench_free(bench);
    free(bench);
}

static void lines_wait_for_company_no_longer_than_the_age(void **state)
{
    (void)state;
    struct bench *bench = bench_of((uint64_t[]){1}, 100, 1);
    struct order_record records[RECORDS];
    assert_int_equal(order_due_in_ms(&bench->order, bench->now_ms), 0); /* the first after a quiet time */
    assert_int_equal(order_take(&bench->order, bench->now_ms, records), 1);
    bench->now_ms += 300;
    put_groups(bench, 0, (uint64_t[]){1, 2}, (uint32_t[]){100, 100}, 2); /* group 1 waits for its answer */
    assert_int_equal(order_due_in_ms(&bench->order, bench->now_ms), 700);
    deliver(bench, &records[0]);
    assert_int_equal(order_due_in_ms(&bench->order, bench->now_ms), 700);
    put_groups(bench, 0, (uint64_t[]){1, 1}, (uint32_t[]){400, 500}, 2); /* a record of it is full */
    assert_int_equal(order_due_in_ms(&bench->order, bench->now_ms), 0);
    assert_int_equal(order_take(&bench->order, bench->now_ms, records), 2);
    assert_int_equal(records[1].count, 3);
    deliver(bench, &records[0]);
    deliver(bench, &records[1]);
    put_groups(bench, 0, (uint64_t[]){5}, (uint32_t[]){100}, 1);
    assert_int_equal(order_due_in_ms(&bench->order, bench->now_ms), 1000);
    order_flush(&bench->order);
    assert_int_equal(order_due_in_ms(&bench->order, bench->now_ms), 0);
    assert_int_equal(order_take(&bench->order, bench->now_ms, records), 1);
    deliver(bench, &records[0]);
    bench_free(bench);
    free(bench);
}

/* Without an age: at once while nothing is under way, else when a batch is full, flushed or answered. */
static void without_an_age_answers_let_batches_go(void **state)
{
    (void)state;
    struct bench *bench = malloc(sizeof *bench);
    bench_init(bench, &small_limits, 1);
    order_free(&bench->order);
    order_init(&bench->order, &small_limits, 0, bench->now_ms);
    struct order_record first;
    struct order_record records[RECORDS];
    put_groups(bench, 0, (uint64_t[]){1}, (uint32_t[]){100}, 1);
    assert_int_equal(order_due_in_ms(&bench->order, bench->now_ms), 0);
    assert_int_equal(order_take(&bench->order, bench->now_ms, &first), 1);
    put_groups(bench, 0, (uint64_t[]){2}, (uint32_t[]){100}, 1);
    bench->now_ms += 3600000;
    assert_int_equal(order_due_in_ms(&bench->order, bench->now_ms), -1);
    order_flush(&bench->order);
    assert_int_equal(order_due_in_ms(&bench->order, bench->now_ms), 0);
    assert_int_equal(order_take(&bench->order, bench->now_ms, records), 1);
    deliver(bench, &records[0]);
    order_answered(&bench->order);
    put_groups(bench, 0, (uint64_t[]){3}, (uint32_t[]){100}, 1);
    assert_int_equal(order_due_in_ms(&bench->order, bench->now_ms), -1); /* the first is still out */
    put_groups(bench, 0, (uint64_t[]){3, 3}, (uint32_t[]){500, 400}, 2); /* its record is full */
    assert_int_equal(order_due_in_ms(&bench->order, bench->now_ms), 0);
    assert_int_equal(order_take(&bench->order, bench->now_ms, records), 1);
    deliver(bench, &records[0]);
    order_answered(&bench->order);
    put_groups(bench, 0, (uint64_t[]){4}, (uint32_t[]){100}, 1);
    deliver(bench, &first);
    assert_int_equal(order_due_in_ms(&bench->order, bench->now_ms), -1);
    order_answered(&bench->order);
    assert_int_equal(order_due_in_ms(&bench->order, bench->now_ms), 0);
    assert_int_equal(order_take(&bench->order, bench->now_ms, records), 1);
    deliver(bench, &records[0]);
    bench_free(bench);
    free(bench);
}

static void a_record_is_of_one_shard(void **state)
{
    (void)state;
    struct bench *bench = bench_of((uint64_t[]){7, 7}, 100, 2);
    put_groups(bench, 1, (uint64_t[]){7, 7}, (uint32_t[]){100, 100}, 2);
    struct order_record records[RECORDS];
    struct batch_record lines[ORDER_LINES];
    for (uint32_t shard = 0; shard < SHARDS; shard++) {
        bench->now_ms += 1000;
        assert_int_equal(order_take(&bench->order, bench->now_ms, records), 1);
        assert_int_equal(records[0].count, 2);
        assert_ptr_equal(order_receiver(&records[0]), &bench->shards[shard].receiver);
        order_finish(&bench->order, &records[0], bench->now_ms, lines);
        settle(lines, 2, SINK_ACCEPTED);
    }
    bench_free(bench);
    free(bench);
}

static void an_oversize_line_goes_alone(void **state)
{
    (void)state;
    struct bench *bench = bench_of((uint64_t[]){7, 8}, 3001, 2);
    struct order_record records[RECORDS];
    struct batch_record lines[ORDER_LINES];
    assert_int_equal(order_take(&bench->order, bench->now_ms, records), 2);
    for (uint32_t i = 0; i < 2; i++) {
        assert_true(records[i].oversize && records[i].count == 1);
        order_finish(&bench->order, &records[i], bench->now_ms, lines);
        assert_true(lines[0].oversize);
        settle(lines, 1, SINK_REFUSED);
    }
    bench_free(bench);
    free(bench);
}

/* A shard that is lost: its waiting lines leave, the other's stay; those under way are left to their sender. */
static void the_lines_of_a_lost_shard_leave(void **state)
{
    (void)state;
    struct bench *bench = bench_of((uint64_t[]){1, 2, 3, 1, 2, 3}, 600, 6);
    put_groups(bench, 1, (uint64_t[]){1001, 1, 1002}, (uint32_t[]){600, 600, 600}, 3);
    struct order_record records[RECORDS];
    struct batch_record lines[ORDER_LINES];
    uint32_t count = order_take(&bench->order, bench->now_ms, records);
    assert_int_equal(count, 5);
    order_return(&bench->order, &records[1], bench->now_ms, &bench->random);
    assert_int_equal(order_take_lost(&bench->order, lines, ORDER_LINES), 0);
    counting_lose(&bench->shards[0]);
    assert_int_equal(order_take_lost(&bench->order, lines, 1), 1);
    settle(lines, 1, SINK_UNSENT);
    uint32_t lost = order_take_lost(&bench->order, lines, ORDER_LINES);
    assert_int_equal(lost, 3); /* two wait behind those under way, two rest */
    settle(lines, lost, SINK_UNSENT);
    assert_int_equal(order_take_lost(&bench->order, lines, ORDER_LINES), 0);
    deliver(bench, &records[0]);
    deliver(bench, &records[2]);
    order_finish(&bench->order, &records[3], bench->now_ms, lines);
    settle(lines, 1, SINK_ACCEPTED);
    order_finish(&bench->order, &records[4], bench->now_ms, lines);
    settle(lines, 1, SINK_ACCEPTED);
    assert_int_equal(order_take_rest(&bench->order, lines, ORDER_LINES), 1);
    settle(lines, 1, SINK_UNSENT);
    bench_free(bench);
    free(bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_deliveries_keep_order),
        cmocka_unit_test(a_failed_group_holds_up_no_other),
        cmocka_unit_test(lines_wait_for_company_no_longer_than_the_age),
        cmocka_unit_test(without_an_age_answers_let_batches_go),
        cmocka_unit_test(a_record_is_of_one_shard),
        cmocka_unit_test(an_oversize_line_goes_alone),
        cmocka_unit_test(the_lines_of_a_lost_shard_leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
