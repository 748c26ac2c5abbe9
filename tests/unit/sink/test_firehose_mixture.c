/* What would break for a user: any of the promises of delivery, under faults that come together. */
#include "firehose_stage.h"

/* Which verdicts a line may have at the end of a random run. */
static void check_line(const struct stage *stage, uint32_t shard, uint64_t token, bool poisoned, bool letters)
{
    uint8_t verdict = stage->shards[shard].verdicts[token];
    uint32_t taken = stage->fake.taken[shard][token];
    bool may_be_unsent = stage->shards[shard].lost;
    if (verdict == 1 + SINK_UNSENT) {
        assert_true(may_be_unsent);
    } else if (poisoned) {
        assert_int_equal(verdict, 1 + (letters ? SINK_DEAD_LETTERED : SINK_REFUSED));
        assert_int_equal(taken, 0);
    } else {
        assert_int_equal(verdict, 1 + SINK_ACCEPTED);
        assert_true(taken > 0);
    }
}

struct plan {
    uint32_t shards;
    uint32_t poison_one_in;
    uint32_t longest;
    bool letters;
    uint64_t next[FAKE_SHARDS];
    bool poisoned[FAKE_SHARDS][STAGE_TOKENS];
};

static void feed(struct stage *stage, struct plan *plan, uint32_t parcels)
{
    for (uint32_t i = 0; i < parcels; i++) {
        uint32_t shard = (uint32_t)random_below(&stage->random, plan->shards);
        uint32_t count =
            1 + (uint32_t)random_below(&stage->random, random_below(&stage->random, 4) ? 30 : 400);
        if (plan->next[shard] + count > STAGE_TOKENS) {
            continue;
        }
        struct parcel *parcel =
            fake_parcel(shard, plan->next[shard], count, &stage->random, plan->longest, plan->poison_one_in,
                        plan->poisoned[shard], &stage->shards[shard].receiver);
        plan->next[shard] += count;
        assert_ok(budget_reserve(stage->budget, &stage->shares[shard], parcel_footprint(parcel), NULL,
                                 &parcel->hold));
        stage->sink->put(stage->sink, parcel);
        if (random_below(&stage->random, 10) == 0) {
            stage->sink->flush(stage->sink);
        }
        if (random_below(&stage->random, 60) == 0) {
            counting_lose(&stage->shards[random_below(&stage->random, plan->shards)]);
        }
    }
}

/* All of it together: every line gets one verdict, and accepted lines were taken by the server. */
static void every_line_gets_one_true_verdict(void **state)
{
    (void)state;
    uint64_t seed = test_seed();
    for (uint64_t round = 0; round < 8; round++) {
        struct stage *stage = malloc(sizeof *stage);
        struct plan *plan = calloc(1, sizeof *plan);
        struct random random;
        random_init(&random, seed + round);
        plan->shards = 1 + (uint32_t)random_below(&random, FAKE_SHARDS);
        plan->poison_one_in = random_below(&random, 2) ? 0 : 300;
        bool long_lines = random_below(&random, 3) == 0 && plan->poison_one_in == 0; /* both take minutes */
        plan->longest = long_lines ? 20000 : 800;
        plan->letters = random_below(&random, 2) == 1;
        stage_init(stage, &(struct stage_options){.shards = plan->shards,
                                                  .senders = 1 + (uint32_t)random_below(&random, 4),
                                                  .pack_bytes = random_below(&random, 2) ? 0 : 6000,
                                                  .flush_age_ms = (int64_t)random_below(&random, 30),
                                                  .letters = plan->letters,
                                                  .seed = seed + round});
        memset(stage->fake.next_first_sent, 0xff, sizeof stage->fake.next_first_sent);
        stage->fake.random_faults_percent = 30;
        snprintf(stage->fake.poison, sizeof stage->fake.poison, "POISON");
        feed(stage, plan, 60);
        for (uint32_t shard = 0; shard < plan->shards; shard++) {
            counting_wait(&stage->shards[shard], plan->next[shard]);
        }
        stage_close_sink(stage, 10000);
        for (uint32_t shard = 0; shard < plan->shards; shard++) {
            assert_int_equal(stage->shards[shard].resolved, plan->next[shard]);
            for (uint64_t token = 0; token < plan->next[shard]; token++) {
                check_line(stage, shard, token, plan->poisoned[shard][token], plan->letters);
            }
        }
        stage_free(stage);
        free(plan);
        free(stage);
    }
}

int main(void)
{
    test_silence_log();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_line_gets_one_true_verdict),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
