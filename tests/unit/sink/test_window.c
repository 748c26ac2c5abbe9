/* What would break for a user: good lines that go to the dead letters with a bad one, or a bad one that hides
 * among good ones for ever. */
#include "support.h"

#include "sink/window.h"

enum { LINES = 20000 };

static struct parcel_line lines[LINES];
static bool poison[LINES];
static uint8_t seen[LINES]; /* 1: accepted, 2: named as poison */
static struct window window;
static struct batch_record accepted[FIREHOSE_RECORDS];
static enum put_verdict verdicts[FIREHOSE_RECORDS];

static bool is_refused(void)
{
    for (uint32_t i = 0; i < window.size; i++) {
        for (uint32_t line = 0; line < window.records[i].count; line++) {
            if (poison[window.records[i].first + line]) {
                return true;
            }
        }
    }
    return false;
}

static void see(const struct batch_record *record, uint8_t as)
{
    for (uint32_t i = 0; i < record->count; i++) {
        assert_int_equal(seen[record->first + i], 0);
        seen[record->first + i] = as;
    }
}

/* Plays Firehose until nothing is left; a record fails one time in `fail_one_in` (0: never). Returns the
 * number of requests. */
static uint32_t play(struct random *random, uint64_t fail_one_in)
{
    uint32_t requests = 0;
    while (window.count > 0) {
        assert_true(window.size > 0 && window.size <= window.count && window.size <= FIREHOSE_RECORDS);
        assert_true(window.count <= WINDOW_RECORDS);
        requests++;
        struct batch_record bad;
        if (is_refused()) {
            if (window_divide(&window, &bad)) {
                assert_int_equal(bad.count, 1);
                see(&bad, 2);
            }
            continue;
        }
        for (uint32_t i = 0; i < window.size; i++) {
            bool fails = fail_one_in > 0 && random_below(random, fail_one_in) == 0;
            verdicts[i] = fails ? PUT_FAILED : PUT_ACCEPTED;
        }
        uint32_t count = window_take_verdicts(&window, verdicts, accepted);
        for (uint32_t i = 0; i < count; i++) {
            see(&accepted[i], 1);
        }
    }
    return requests;
}

/* `record_count` records of at most `per_record` lines each. */
static uint32_t lay_out(struct random *random, struct parcel *parcel, uint32_t record_count,
                        uint32_t per_record)
{
    uint32_t line = 0;
    memset(poison, 0, sizeof poison);
    memset(seen, 0, sizeof seen);
    for (uint32_t i = 0; i < record_count; i++) {
        uint32_t count = 1 + (uint32_t)random_below(random, per_record);
        window.records[i] =
            (struct batch_record){.parcel = parcel, .first = line, .count = count, .bytes = count};
        line += count;
    }
    for (uint32_t i = 0; i < line; i++) {
        lines[i] = (struct parcel_line){.offset = i, .length = 1};
    }
    window_begin(&window, record_count);
    return line;
}

static void only_poison_is_named(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, test_seed());
    struct parcel parcel = {.lines = lines, .count = LINES};
    for (uint32_t round = 0; round < 300; round++) {
        uint32_t records = 1 + (uint32_t)random_below(&random, FIREHOSE_RECORDS);
        uint32_t count = lay_out(&random, &parcel, records, 1 + (uint32_t)random_below(&random, 40));
        uint64_t rarity = 1 + random_below(&random, 2000);
        for (uint32_t i = 0; i < count; i++) {
            poison[i] = random_below(&random, rarity) == 0;
        }
        (void)play(&random, round % 2 == 0 ? 0 : 2 + random_below(&random, 10));
        for (uint32_t i = 0; i < count; i++) {
            assert_int_equal(seen[i], poison[i] ? 2 : 1);
        }
    }
}

static void one_bad_line_costs_few_requests(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, 1);
    struct parcel parcel = {.lines = lines, .count = LINES};
    uint32_t count = lay_out(&random, &parcel, FIREHOSE_RECORDS, 39);
    poison[count / 2] = true;
    assert_true(play(&random, 0) < 80);
}

static void a_great_record_is_divided_within_the_window(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, 1);
    struct parcel parcel = {.lines = lines, .count = LINES};
    (void)lay_out(&random, &parcel, FIREHOSE_RECORDS, 1);
    window.records[0] = (struct batch_record){.parcel = &parcel, .count = LINES - 600, .bytes = LINES - 600};
    for (uint32_t i = 1; i < FIREHOSE_RECORDS; i++) {
        window.records[i].first = LINES - 600 + i;
    }
    for (uint32_t i = 0; i < LINES; i++) {
        lines[i] = (struct parcel_line){.offset = i, .length = 1};
        poison[i] = true;
    }
    (void)play(&random, 0);
    assert_int_equal(seen[0], 2);
    assert_int_equal(seen[LINES - 601], 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_poison_is_named),
        cmocka_unit_test(one_bad_line_costs_few_requests),
        cmocka_unit_test(a_great_record_is_divided_within_the_window),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
