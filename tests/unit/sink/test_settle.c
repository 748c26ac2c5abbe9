/* What would break for a user: a shard that is destroyed while its bytes are still counted (a crash), a
 * verdict for a line too many or too few. */
#include "support.h"

#include "sink/settle.h"

enum { TOKENS = 4000 };

static const struct batch_limits limits = {
    .records = 1000, .batch_bytes = 1000000, .record_bytes = 1000, .pack_bytes = 0};

static void put_lines(struct outbox *outbox, struct counting_receiver *shard, uint64_t first, uint32_t count)
{
    uint32_t lengths[TOKENS];
    for (uint32_t i = 0; i < count; i++) {
        lengths[i] = 10;
    }
    outbox_put(outbox, make_parcel(lengths, count, first, &shard->receiver));
}

static void neighbours_share_a_verdict(void **state)
{
    (void)state;
    static struct batch_record records[1000];
    struct outbox outbox;
    struct counting_receiver shards[2];
    counting_init(&shards[0], "shardId-0", TOKENS);
    counting_init(&shards[1], "shardId-1", TOKENS);
    outbox_init(&outbox, &limits, 0, clock_real());
    put_lines(&outbox, &shards[0], 0, 100);
    put_lines(&outbox, &shards[0], 100, 100);
    put_lines(&outbox, &shards[1], 0, 100);
    uint32_t count = 0;
    assert_int_equal(outbox_take(&outbox, 10, records, &count), OUTBOX_BATCH);
    assert_int_equal(count, 300);
    assert_int_equal(settle_records(records, count, SINK_ACCEPTED, NULL), 300);
    assert_int_equal(shards[0].calls, 1);
    assert_int_equal(shards[1].calls, 1);
    assert_int_equal(counting_of(&shards[0], SINK_ACCEPTED), 200);
    assert_int_equal(counting_of(&shards[1], SINK_ACCEPTED), 100);
    counting_free(&shards[0]);
    counting_free(&shards[1]);
    outbox_destroy(&outbox);
}

/* Every second line first: no two are neighbours, so there are more runs than one round takes. */
static void scattered_lines_get_one_verdict_each(void **state)
{
    (void)state;
    static struct batch_record records[1000];
    static struct batch_record even[500];
    static struct batch_record odd[500];
    struct outbox outbox;
    struct counting_receiver shard;
    counting_init(&shard, "shardId-0", TOKENS);
    outbox_init(&outbox, &limits, 0, clock_real());
    put_lines(&outbox, &shard, 0, 1000);
    uint32_t count = 0;
    assert_int_equal(outbox_take(&outbox, 10, records, &count), OUTBOX_BATCH);
    assert_int_equal(count, 1000);
    for (uint32_t i = 0; i < 500; i++) {
        even[i] = records[2 * i];
        odd[i] = records[2 * i + 1];
    }
    assert_int_equal(settle_records(even, 500, SINK_ACCEPTED, NULL), 500);
    assert_int_equal(settle_records(odd, 500, SINK_UNSENT, NULL), 500);
    for (uint32_t i = 0; i < 1000; i++) {
        assert_int_equal(shard.verdicts[i], 1 + (i % 2 == 0 ? SINK_ACCEPTED : SINK_UNSENT));
    }
    counting_free(&shard);
    outbox_destroy(&outbox);
}

struct last_words {
    struct sink_receiver receiver;
    struct budget *budget;
    uint64_t resolved;
    size_t held_at_last;
};

static void hear_last(struct sink_receiver *self, uint64_t first_token, uint32_t count,
                      enum sink_verdict verdict, const char *reason)
{
    struct last_words *words = (struct last_words *)self;
    (void)first_token;
    (void)verdict;
    (void)reason;
    words->resolved += count;
    words->held_at_last = budget_held(words->budget);
}

static bool always(struct sink_receiver *self)
{
    (void)self;
    return true;
}

static void bytes_are_given_back_before_the_last_verdict(void **state)
{
    (void)state;
    static struct batch_record records[1000];
    struct outbox outbox;
    struct budget_share share = {0};
    struct last_words words = {.receiver = {.shard = "s", .verdict = hear_last, .may_send = always}};
    assert_ok(
        budget_create(&(struct budget_options){.total_bytes = 5000, .share_cap_bytes = 5000}, &words.budget));
    outbox_init(&outbox, &limits, 0, clock_real());
    uint32_t lengths[] = {10, 20, 30};
    struct parcel *parcel = make_parcel(lengths, 3, 0, &words.receiver);
    assert_ok(budget_reserve(words.budget, &share, 4000, NULL, &parcel->hold));
    outbox_put(&outbox, parcel);
    uint32_t count = 0;
    assert_int_equal(outbox_take(&outbox, 10, records, &count), OUTBOX_BATCH);
    (void)settle_records(records, 2, SINK_ACCEPTED, NULL);
    assert_int_equal(words.held_at_last, 4000);
    (void)settle_records(records + 2, 1, SINK_ACCEPTED, NULL);
    assert_int_equal(words.resolved, 3);
    assert_int_equal(words.held_at_last, 0);
    outbox_destroy(&outbox);
    budget_destroy(words.budget);
}

static void only_lost_shards_are_swept_out(void **state)
{
    (void)state;
    static struct batch_record records[1000];
    struct outbox outbox;
    struct counting_receiver lost;
    struct counting_receiver ours;
    counting_init(&lost, "shardId-0", TOKENS);
    counting_init(&ours, "shardId-1", TOKENS);
    outbox_init(&outbox, &limits, 0, clock_real());
    uint64_t next[2] = {0};
    for (uint32_t i = 0; i < 200; i++) {
        bool is_ours = i % 3 == 0;
        put_lines(&outbox, is_ours ? &ours : &lost, next[is_ours], 5);
        next[is_ours] += 5;
    }
    counting_lose(&lost);
    settle_lost(&outbox);
    assert_int_equal(ours.resolved, 0);
    assert_int_equal(lost.resolved, 133 * 5);
    assert_int_equal(counting_of(&lost, SINK_UNSENT), 133 * 5);
    uint32_t count = 0;
    assert_int_equal(outbox_take(&outbox, 10, records, &count), OUTBOX_BATCH);
    assert_int_equal(count, 67 * 5);
    outbox_flush(&outbox); /* nothing is left: it must not make anything due */
    assert_int_equal(settle_records(records, count, SINK_ACCEPTED, NULL), 67 * 5);
    assert_int_equal(outbox_take(&outbox, 10, records, &count), OUTBOX_IDLE);
    put_lines(&outbox, &ours, 67 * 5, 5);
    outbox_close(&outbox);
    assert_int_equal(outbox_take(&outbox, 10, records, &count), OUTBOX_CLOSED);
    settle_rest(&outbox);
    assert_int_equal(counting_of(&ours, SINK_UNSENT), 5);
    counting_free(&lost);
    counting_free(&ours);
    outbox_destroy(&outbox);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(neighbours_share_a_verdict),
        cmocka_unit_test(scattered_lines_get_one_verdict_each),
        cmocka_unit_test(bytes_are_given_back_before_the_last_verdict),
        cmocka_unit_test(only_lost_shards_are_swept_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
