/* The frontier never passes a line without a good verdict, whatever order verdicts come in. If this fails, a
 * restart loses records. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "shard/ack_window.h"
#include "tests/unit/seed.h"

static struct sequence_number number_of(uint64_t value)
{
    char text[24];
    struct sequence_number number = {0};
    snprintf(text, sizeof text, "%llu", (unsigned long long)value);
    assert_true(sequence_number_parse(slice_of_text(text), &number));
    return number;
}

static uint64_t value_of(const struct sequence_number *number)
{
    char text[24] = "0";
    assert_true(number->length < sizeof text);
    memcpy(text, number->digits, number->length);
    return strtoull(text, NULL, 10);
}

/* What moved() saw. */
struct journal {
    uint64_t frontier;
    uint64_t moves;
};

static void note_move(void *context, const struct sequence_number *frontier)
{
    struct journal *journal = context;
    uint64_t value = value_of(frontier);
    if (value <= journal->frontier) {
        abort(); /* moved back */
    }
    journal->frontier = value;
    journal->moves++;
}

static uint64_t publish_range(struct ack_window *window, uint64_t first, uint32_t count)
{
    struct ack_block *block = ack_block_create();
    assert_non_null(block);
    for (uint32_t i = 0; i < count; i++) {
        struct sequence_number number = number_of(first + i);
        assert_true(ack_block_add_line(block, &number));
    }
    return ack_window_publish(window, block);
}

static void publish_done(struct ack_window *window, uint64_t value)
{
    struct ack_block *block = ack_block_create();
    assert_non_null(block);
    struct sequence_number number = number_of(value);
    ack_block_add_done(block, &number);
    ack_window_publish(window, block);
}

static void expect(struct ack_window *window, uint64_t frontier, uint64_t outstanding, uint64_t records_done)
{
    struct ack_window_state state;
    ack_window_read(window, &state);
    assert_int_equal(value_of(&state.frontier), frontier);
    assert_int_equal(state.outstanding, outstanding);
    assert_int_equal(state.records_done, records_done);
}

static void test_out_of_order(void **state)
{
    (void)state;
    struct journal journal = {0};
    struct ack_window window;
    ack_window_init(&window, note_move, &journal);
    assert_int_equal(publish_range(&window, 101, 3), 0);
    assert_int_equal(publish_range(&window, 104, 2), 3);
    expect(&window, 0, 5, 0);
    ack_window_settle(&window, 1, 1, SINK_ACCEPTED, NULL);
    expect(&window, 0, 4, 0);
    ack_window_settle(&window, 3, 2, SINK_DEAD_LETTERED, "poison");
    expect(&window, 0, 2, 0);
    ack_window_settle(&window, 0, 1, SINK_ACCEPTED, NULL);
    expect(&window, 102, 1, 2);
    assert_false(ack_window_wait_settled(&window, 1));
    ack_window_settle(&window, 2, 1, SINK_ACCEPTED, NULL);
    expect(&window, 105, 0, 5);
    assert_true(ack_window_wait_settled(&window, 0));
    assert_false(ack_window_has_trouble(&window));
    assert_int_equal(journal.moves, 2);
    ack_window_destroy(&window);
}

/* One run of verdicts may span pages. */
static void test_run_over_blocks(void **state)
{
    (void)state;
    struct journal journal = {0};
    struct ack_window window;
    ack_window_init(&window, note_move, &journal);
    publish_range(&window, 1, 3);
    publish_done(&window, 10);
    publish_range(&window, 11, 3);
    ack_window_settle(&window, 1, 4, SINK_ACCEPTED, NULL);
    expect(&window, 0, 2, 0);
    ack_window_settle(&window, 0, 1, SINK_ACCEPTED, NULL);
    expect(&window, 12, 1, 6);
    ack_window_settle(&window, 5, 1, SINK_ACCEPTED, NULL);
    expect(&window, 13, 0, 7);
    ack_window_destroy(&window);
}

/* Dropped records move the position, but never past a line before them. */
static void test_done_records(void **state)
{
    (void)state;
    struct journal journal = {0};
    struct ack_window window;
    ack_window_init(&window, note_move, &journal);
    publish_done(&window, 5);
    expect(&window, 5, 0, 1);
    struct ack_block *block = ack_block_create();
    struct sequence_number six = number_of(6);
    struct sequence_number seven = number_of(7);
    struct sequence_number eight = number_of(8);
    struct sequence_number unknown = {0};
    ack_block_add_done(block, &six);
    assert_true(ack_block_add_line(block, &seven));
    ack_block_add_done(block, &eight);
    ack_block_add_done(block, &unknown);
    ack_window_publish(&window, block);
    expect(&window, 6, 1, 2);
    publish_done(&window, 9);
    expect(&window, 6, 1, 2);
    ack_window_settle(&window, 0, 1, SINK_ACCEPTED, NULL);
    expect(&window, 9, 0, 6);
    ack_window_destroy(&window);
}

static void test_unsent_and_restart(void **state)
{
    (void)state;
    struct journal journal = {0};
    struct ack_window window;
    ack_window_init(&window, note_move, &journal);
    publish_range(&window, 1, 4);
    ack_window_settle(&window, 0, 1, SINK_ACCEPTED, NULL);
    ack_window_settle(&window, 1, 2, SINK_UNSENT, NULL);
    ack_window_settle(&window, 3, 1, SINK_ACCEPTED, NULL);
    expect(&window, 1, 0, 1);
    assert_true(ack_window_has_trouble(&window));
    assert_true(ack_window_is_torn(&window)); /* later lines would overtake the dropped ones */
    ack_window_restart(&window);
    assert_false(ack_window_has_trouble(&window));
    assert_false(ack_window_is_torn(&window));
    assert_int_equal(publish_range(&window, 2, 3), 4);
    ack_window_settle(&window, 4, 3, SINK_ACCEPTED, NULL);
    expect(&window, 4, 0, 4);
    ack_window_destroy(&window);
}

static void test_refused(void **state)
{
    (void)state;
    struct journal journal = {0};
    struct ack_window window;
    ack_window_init(&window, note_move, &journal);
    publish_range(&window, 1, 3);
    ack_window_settle(&window, 1, 1, SINK_REFUSED, "too long");
    ack_window_settle(&window, 0, 1, SINK_ACCEPTED, NULL);
    ack_window_settle(&window, 2, 1, SINK_ACCEPTED, NULL);
    struct ack_window_state read;
    ack_window_read(&window, &read);
    assert_int_equal(read.refused, 1);
    assert_int_equal(value_of(&read.refused_at), 2);
    assert_string_equal(read.refused_reason, "too long");
    expect(&window, 1, 0, 1);
    ack_window_destroy(&window);
}

enum { THREADS = 3, LINES = 60000 };

/* Verdicts given by several threads, each for its own part of the lines, in random runs and order. */
struct giver {
    struct thread thread;
    struct ack_window *window;
    struct mutex *lock;
    const uint64_t *published; /* tokens below may be given; under lock */
    uint64_t seed;
    int index;
};

static void *give_verdicts(void *argument)
{
    struct giver *giver = argument;
    struct random random;
    random_init(&random, giver->seed);
    uint64_t pending[64];
    size_t count = 0;
    for (uint64_t next = (uint64_t)giver->index; next < LINES || count > 0;) {
        mutex_lock(giver->lock);
        uint64_t published = *giver->published;
        mutex_unlock(giver->lock);
        while (next < LINES && next < published && count < 64) {
            pending[count++] = next;
            next += THREADS;
        }
        if (count > 0) {
            size_t pick = (size_t)random_below(&random, count);
            ack_window_settle(giver->window, pending[pick], 1,
                              random_below(&random, 9) == 0 ? SINK_DEAD_LETTERED : SINK_ACCEPTED, "r");
            pending[pick] = pending[--count];
        }
    }
    return NULL;
}

static void test_many_threads(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, test_seed());
    struct journal journal = {0};
    struct ack_window window;
    struct mutex lock;
    uint64_t published = 0;
    mutex_init(&lock);
    ack_window_init(&window, note_move, &journal);
    struct giver givers[THREADS];
    for (int i = 0; i < THREADS; i++) {
        givers[i] = (struct giver){.window = &window, .lock = &lock, .published = &published, .index = i};
        givers[i].seed = random_next(&random);
        struct status status =
            thread_start(&givers[i].thread, "giver", THREAD_STACK_SMALL, give_verdicts, &givers[i]);
        assert_true(status_is_ok(&status));
    }
    uint64_t lines = 0;
    while (lines < LINES) {
        uint32_t count = (uint32_t)random_below(&random, 50);
        count = lines + count > LINES ? (uint32_t)(LINES - lines) : count;
        assert_int_equal(publish_range(&window, lines + 1, count), lines);
        lines += count;
        mutex_lock(&lock);
        published = lines;
        mutex_unlock(&lock);
    }
    while (!ack_window_wait_settled(&window, 1000)) {
    }
    for (int i = 0; i < THREADS; i++) {
        thread_join(&givers[i].thread);
    }
    expect(&window, LINES, 0, LINES);
    assert_int_equal(journal.frontier, LINES);
    ack_window_destroy(&window);
    mutex_destroy(&lock);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_out_of_order), cmocka_unit_test(test_run_over_blocks),
        cmocka_unit_test(test_done_records), cmocka_unit_test(test_unsent_and_restart),
        cmocka_unit_test(test_refused),      cmocka_unit_test(test_many_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
