/* What would break for a user: a request that AWS refuses for its size, a line lost or repeated between two
 * requests, a line that waits longer than --flush-age. */
#include "support.h"

#include "sink/window.h"

enum { SHARDS = 3, ROUNDS = 400 };

static struct sink_receiver shard_receivers[SHARDS];

/* What PutRecordBatch's JSON takes for these records, by its own definition. */
static size_t json_bytes(const char *delivery_stream, const struct batch_record *records, uint32_t count)
{
    size_t bytes = strlen("{\"DeliveryStreamName\":\"\",\"Records\":[]}") + strlen(delivery_stream);
    for (uint32_t i = 0; i < count; i++) {
        if (!records[i].oversize) {
            bytes += strlen("{\"Data\":\"\"},") + (records[i].bytes + 2u) / 3 * 4;
        }
    }
    return bytes;
}

static uint32_t random_length(struct random *random)
{
    static const uint32_t edges[] = {1,       2,       3,       4,       700,     999,
                                     1000,    1001,    341333,  511999,  512000,  1023998,
                                     1023999, 1024000, 1024001, 1024002, 1092267, 2000000};
    switch (random_below(random, 4)) {
    case 0:
        return edges[random_below(random, sizeof edges / sizeof edges[0])];
    case 1:
        return 1 + (uint32_t)random_below(random, 400000);
    default:
        return 1 + (uint32_t)random_below(random, 3000);
    }
}

/* A parcel with line lengths only: the packer must not look at the data. `uniform` above 0: lines of this one
 * length. */
static struct parcel *make_shape(struct random *random, uint32_t uniform, uint64_t first_token,
                                 struct sink_receiver *receiver)
{
    struct parcel *parcel = calloc(1, sizeof *parcel);
    assert_non_null(parcel);
    parcel->count = 1 + (uint32_t)random_below(random, random_below(random, 3) == 0 ? 1500 : 40);
    parcel->lines = calloc(parcel->count, sizeof *parcel->lines);
    assert_non_null(parcel->lines);
    uint32_t offset = 0;
    for (uint32_t i = 0; i < parcel->count; i++) {
        offset += random_below(random, 50) == 0 ? 7 : 0; /* a gap ends a record */
        parcel->lines[i] =
            (struct parcel_line){.offset = offset, .length = uniform > 0 ? uniform : random_length(random)};
        offset += parcel->lines[i].length;
    }
    parcel->first_token = first_token;
    parcel->receiver = receiver;
    return parcel;
}

static void check_record(const struct batch_limits *limits, const struct batch_record *record)
{
    const struct parcel_line *lines = record->parcel->lines;
    assert_true(record->count > 0);
    size_t bytes = 0;
    for (uint32_t i = 0; i < record->count; i++) {
        assert_int_equal(lines[record->first + i].offset, lines[record->first].offset + bytes);
        bytes += lines[record->first + i].length;
    }
    assert_int_equal(record->bytes, bytes);
    assert_true(record->oversize == (bytes > limits->record_bytes));
    assert_true(record->count == 1 || bytes <= limits->pack_bytes);
}

/* Takes whole batches until nothing is left; every line exactly once, in order. */
static void check_plan(const struct batch_limits *limits, const char *name, struct parcel *first)
{
    static struct batch_record records[FIREHOSE_RECORDS];
    uint64_t next_token[SHARDS] = {0};
    while (first != NULL) {
        uint32_t count = batch_fill(limits, first, records);
        assert_true(count > 0 && count <= FIREHOSE_RECORDS);
        assert_true(json_bytes(name, records, count) <= FIREHOSE_REQUEST_BYTES);
        for (uint32_t i = 0; i < count; i++) {
            check_record(limits, &records[i]);
            size_t shard = (size_t)(records[i].parcel->receiver - shard_receivers);
            assert_true(records[i].parcel->first_token + records[i].first == next_token[shard]);
            next_token[shard] += records[i].count;
        }
        while (first != NULL && first->taken == first->count) {
            struct parcel *next = first->next;
            free(first->lines);
            free(first);
            first = next;
        }
    }
}

static void no_limit_is_exceeded_and_no_line_is_lost(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, test_seed());
    static const size_t packs[] = {0, 1, 1000, 5000, 65536, 1023999, 1024000};
    for (uint32_t round = 0; round < ROUNDS; round++) {
        struct batch_limits limits =
            window_batch_limits("orders", packs[random_below(&random, sizeof packs / sizeof packs[0])]);
        uint64_t tokens[SHARDS] = {0};
        /* 500 records of 6,282 bytes are 4 MiB to the byte, if the JSON around them is not forgotten. */
        uint32_t uniform = round % 2 == 0 ? 0 : 6260 + (uint32_t)random_below(&random, 40);
        struct parcel *first = NULL;
        struct parcel **link = &first;
        for (uint64_t left = 1 + random_below(&random, 6); left > 0; left--) {
            size_t shard = random_below(&random, SHARDS);
            *link = make_shape(&random, uniform, tokens[shard], &shard_receivers[shard]);
            tokens[shard] += (*link)->count;
            link = &(*link)->next;
        }
        check_plan(&limits, "orders", first);
    }
}

static uint32_t fill_lengths(const struct batch_limits *limits, const uint32_t *lengths, uint32_t count,
                             struct batch_record *records)
{
    static struct parcel_line lines[600];
    uint32_t offset = 0;
    for (uint32_t i = 0; i < count; i++) {
        lines[i] = (struct parcel_line){.offset = offset, .length = lengths[i]};
        offset += lengths[i];
    }
    static struct parcel parcel;
    parcel = (struct parcel){.lines = lines, .count = count};
    return batch_fill(limits, &parcel, records);
}

static void the_edges_are_exact(void **state)
{
    (void)state;
    static struct batch_record records[FIREHOSE_RECORDS];
    uint32_t lengths[600];
    for (size_t i = 0; i < 600; i++) {
        lengths[i] = 10;
    }
    struct batch_limits limits = window_batch_limits("orders", 0);
    assert_int_equal(fill_lengths(&limits, lengths, 600, records), 500);
    assert_int_equal(fill_lengths(&limits, lengths, 500, records), 500);
    limits.pack_bytes = 30;
    assert_int_equal(fill_lengths(&limits, lengths, 600, records), 200);
    assert_int_equal(records[0].count, 3);
    limits.pack_bytes = 29;
    assert_int_equal(fill_lengths(&limits, lengths, 600, records), 300);
    lengths[0] = FIREHOSE_RECORD_BYTES;
    lengths[1] = FIREHOSE_RECORD_BYTES + 1;
    assert_int_equal(fill_lengths(&limits, lengths, 2, records), 2);
    assert_false(records[0].oversize);
    assert_true(records[1].oversize);
    for (size_t i = 0; i < 4; i++) {
        lengths[i] = FIREHOSE_RECORD_BYTES;
    }
    assert_int_equal(fill_lengths(&limits, lengths, 4, records), 3); /* 4 x 1,365,336 is over 4 MiB */
}

/* `count` lines of `length` bytes, then one whose length creeps over the last byte of 4 MiB. */
static void creep_over_the_edge(uint32_t count, uint32_t length, uint32_t from, uint32_t to)
{
    static struct batch_record records[FIREHOSE_RECORDS];
    uint32_t lengths[600];
    struct batch_limits limits = window_batch_limits("orders", 0);
    for (uint32_t i = 0; i < count; i++) {
        lengths[i] = length;
    }
    for (uint32_t last = from; last <= to; last++) {
        lengths[count] = last;
        uint32_t taken = fill_lengths(&limits, lengths, count + 1, records);
        assert_true(taken >= count);
        assert_true(json_bytes("orders", records, taken) <= FIREHOSE_REQUEST_BYTES);
        assert_true(last > from || taken == count + 1);
        assert_true(last < to || taken == count);
    }
}

static void the_last_byte_is_counted(void **state)
{
    (void)state;
    creep_over_the_edge(3, FIREHOSE_RECORD_BYTES, 73500, 73800);
    creep_over_the_edge(499, 6200, 45200, 47200);
    creep_over_the_edge(499, 6199, 45200, 47200);
}

static void a_full_backlog_is_seen(void **state)
{
    (void)state;
    static const struct {
        size_t pack;
        struct batch_backlog backlog;
        bool full;
    } cases[] = {
        {0, {.lines = 499, .bytes = 499000, .parcels = 3}, false},
        {0, {.lines = 500, .bytes = 500000, .parcels = 3}, true},
        {0, {.lines = 40, .bytes = 3200000, .parcels = 3}, true},
        {5000, {.lines = 2000, .bytes = 1400000, .parcels = 3}, false},
        {5000, {.lines = 4000, .bytes = 2500000, .parcels = 3}, true},
        {65536, {.lines = 4000, .bytes = 2800000, .parcels = 3}, false},
        {65536, {.lines = 5000, .bytes = 3145728, .parcels = 3}, true},
        {65536, {.lines = 500, .bytes = 350000, .parcels = 500}, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct batch_limits limits = window_batch_limits("orders", cases[i].pack);
        if (batch_is_full(&limits, &cases[i].backlog) != cases[i].full) {
            fail_msg("case %zu", i);
        }
    }
}

static void a_batch_is_due_by_age(void **state)
{
    (void)state;
    assert_int_equal(batch_due_in_ms(5000, 4000, 1000, 0), 0);
    assert_int_equal(batch_due_in_ms(5000, 4001, 1000, 0), 1);
    assert_int_equal(batch_due_in_ms(5000, 4001, 1000, 3), 1); /* an age does not ask what is under way */
    assert_int_equal(batch_due_in_ms(5000, 5000, 1000, 0), 1000);
    assert_int_equal(batch_due_in_ms(500000, 5000, 1000, 4), 0);
    assert_int_equal(batch_due_in_ms(5000, 5000, 0, 0), 0); /* without one: by answers alone */
    assert_int_equal(batch_due_in_ms(5000, 5000, 0, 1), -1);
    assert_int_equal(batch_due_in_ms(500000, 5000, 0, 2), -1);
}

static void halves_make_the_whole(void **state)
{
    (void)state;
    static struct batch_record records[FIREHOSE_RECORDS];
    uint32_t lengths[] = {5, 11, 2, 7, 3};
    struct batch_limits limits = window_batch_limits("orders", 1000);
    assert_int_equal(fill_lengths(&limits, lengths, 5, records), 1);
    struct batch_record first = records[0];
    struct batch_record second = batch_split_record(&first);
    assert_int_equal(first.count, 2);
    assert_int_equal(first.bytes, 16);
    assert_int_equal(second.first, 2);
    assert_int_equal(second.count, 3);
    assert_int_equal(second.bytes, 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_limit_is_exceeded_and_no_line_is_lost),
        cmocka_unit_test(the_edges_are_exact),
        cmocka_unit_test(the_last_byte_is_counted),
        cmocka_unit_test(a_full_backlog_is_seen),
        cmocka_unit_test(a_batch_is_due_by_age),
        cmocka_unit_test(halves_make_the_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
