/* What would break for a user: a greater Firehose bill than need be, a record over its bound, a line lost between
 * two records. */
#include "support.h"

#include "sink/pack.h"

enum { LINES = 400, ROUNDS = 2000 };

struct choice {
    const char *name;
    uint32_t length; /* of each line */
    uint32_t count;
    size_t limit;
    size_t step;
    uint32_t expected; /* lines of the first record */
};

/* Lines back to back, from an offset that is not 0. */
static void lay_lines(struct parcel_line *lines, const uint32_t *lengths, uint32_t count)
{
    uint32_t offset = 17;
    for (uint32_t i = 0; i < count; i++) {
        lines[i] = (struct parcel_line){.offset = offset, .length = lengths[i]};
        offset += lengths[i];
    }
}

static void a_record_ends_where_least_is_wasted(void **state)
{
    (void)state;
    static const struct choice cases[] = {
        {"ten changes of 500 B are billed once, not ten times", 500, 10, 65536, 5120, 10},
        {"what fits whole goes whole, whatever it wastes", 700, 8, 65536, 5120, 8},
        {"73 lines of 700 B fill ten steps but for 100 B", 700, 1000, 65536, 5120, 73},
        {"a line a step: as many as the bound takes", 5120, 100, 65536, 5120, 12},
        {"lines of a hair over a step: four waste least", 5121, 100, 20484, 5120, 4},
        {"half a step a line: even counts", 2560, 25, 25 * 2560 - 1, 5120, 24},
        {"a bound below a step is filled", 100, 1000, 1000, 5120, 10},
        {"a bound of 10 KiB", 700, 1000, 10240, 5120, 14},
        {"nothing is rounded: filled", 700, 1000, 65536, 0, 93},
        {"no packing", 700, 1000, 0, 5120, 1},
        {"no packing, one line left", 700, 1, 0, 5120, 1},
        {"a line over the bound goes alone", 70000, 3, 65536, 5120, 1},
    };
    static struct parcel_line lines[1000];
    static uint32_t lengths[1000];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (uint32_t line = 0; line < cases[i].count; line++) {
            lengths[line] = cases[i].length;
        }
        lay_lines(lines, lengths, cases[i].count);
        uint32_t chosen = pack_choose(lines, cases[i].count, cases[i].limit, cases[i].step);
        if (chosen != cases[i].expected) {
            fail_msg("%s: %u lines", cases[i].name, chosen);
        }
    }
}

static void a_gap_ends_a_record(void **state)
{
    (void)state;
    struct parcel_line lines[] = {
        {.offset = 0, .length = 10}, {.offset = 10, .length = 10}, {.offset = 21, .length = 10}};
    assert_int_equal(pack_choose(lines, 3, 65536, 5120), 2);
    assert_int_equal(pack_choose(lines + 1, 2, 65536, 5120), 1);
}

static void a_bill_is_rounded_up(void **state)
{
    (void)state;
    static const uint64_t cases[][2] = {{0, 0},       {1, 5120},     {5119, 5120},
                                        {5120, 5120}, {5121, 10240}, {65536, 66560}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(pack_billed_bytes(cases[i][0], PACK_STEP_BYTES), cases[i][1]);
    }
    assert_int_equal(pack_billed_bytes(12345, 0), 12345);
}

/* The least waste that any end within the bound has, found by trying all of them: billed bytes for each byte. */
static double least_ratio(const uint32_t *lengths, uint32_t count, size_t limit)
{
    double least = 0;
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < count && (i == 0 || bytes + lengths[i] <= limit); i++) {
        bytes += lengths[i];
        double ratio = (double)pack_billed_bytes(bytes, PACK_STEP_BYTES) / (double)bytes;
        least = i == 0 || ratio < least ? ratio : least;
    }
    return least;
}

static void no_other_end_wastes_less(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, test_seed());
    static struct parcel_line lines[LINES];
    static uint32_t lengths[LINES];
    for (uint32_t round = 0; round < ROUNDS; round++) {
        uint32_t most = random_below(&random, 2) == 0 ? 1500 : 12000;
        for (uint32_t i = 0; i < LINES; i++) {
            lengths[i] = 1 + (uint32_t)random_below(&random, most);
        }
        lay_lines(lines, lengths, LINES);
        size_t limit = 1 + random_below(&random, 100000);
        uint32_t chosen = pack_choose(lines, LINES, limit, PACK_STEP_BYTES);
        uint64_t bytes = 0;
        for (uint32_t i = 0; i < chosen; i++) {
            bytes += lengths[i];
        }
        assert_true(chosen >= 1 && chosen <= LINES && (chosen == 1 || bytes <= limit));
        double ratio = (double)pack_billed_bytes(bytes, PACK_STEP_BYTES) / (double)bytes;
        assert_true(chosen == LINES || ratio <= least_ratio(lengths, LINES, limit) + 1e-9);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_ends_where_least_is_wasted),
        cmocka_unit_test(a_gap_ends_a_record),
        cmocka_unit_test(a_bill_is_rounded_up),
        cmocka_unit_test(no_other_end_wastes_less),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
