/* The queue between threads: an item lost here is a record lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/queue.h"

enum { HANG_MS = 60000 }; /* far beyond any slow machine; a wait that lasts it is a hang */

static void a_queue_keeps_order_and_its_bound(void **state)
{
    (void)state;
    struct queue queue;
    assert_int_equal(queue_init(&queue, 0).code, STATUS_INVALID);
    assert_int_equal(queue_init(&queue, 3).code, STATUS_OK);
    int items[5];
    void *item = NULL;
    assert_int_equal(queue_pop(&queue, 0, &item).code, STATUS_TIMEOUT);
    for (size_t round = 0; round < 4; round++) {
        for (size_t i = 0; i < 3; i++) {
            assert_int_equal(queue_push(&queue, &items[i], 0).code, STATUS_OK);
        }
        assert_int_equal(queue_push(&queue, &items[3], 1).code, STATUS_TIMEOUT);
        for (size_t i = 0; i < 3; i++) {
            assert_int_equal(queue_pop(&queue, 0, &item).code, STATUS_OK);
            assert_ptr_equal(item, &items[i]);
        }
        assert_int_equal(queue_push(&queue, &items[4], INT64_MAX).code, STATUS_OK);
        assert_int_equal(queue_pop(&queue, INT64_MAX, &item).code, STATUS_OK);
    }
    queue_destroy(&queue);
    queue_destroy(&queue);
}

static void a_closed_queue_drains_and_then_says_so(void **state)
{
    (void)state;
    struct queue queue;
    assert_int_equal(queue_init(&queue, 2).code, STATUS_OK);
    int first = 1;
    int second = 2;
    void *item = NULL;
    assert_int_equal(queue_push(&queue, &first, 0).code, STATUS_OK);
    queue_close(&queue);
    assert_int_equal(queue_push(&queue, &second, HANG_MS).code, STATUS_STOPPED);
    assert_int_equal(queue_pop(&queue, HANG_MS, &item).code, STATUS_OK);
    assert_ptr_equal(item, &first);
    assert_int_equal(queue_pop(&queue, HANG_MS, &item).code, STATUS_STOPPED);
    assert_ptr_equal(item, &first);
    queue_destroy(&queue);
}

enum { PRODUCERS = 3, CONSUMERS = 3, ITEMS_EACH = 5000 };

struct shared {
    struct queue queue;
    unsigned char items[PRODUCERS]
                       [ITEMS_EACH]; /* how often each was popped; each is touched by one consumer */
};

struct producer {
    struct shared *shared;
    size_t number;
    bool failed;
};

static void *produce(void *argument)
{
    struct producer *producer = argument;
    for (size_t i = 0; i < ITEMS_EACH; i++) {
        unsigned char *item = &producer->shared->items[producer->number][i];
        struct status status = queue_push(&producer->shared->queue, item, HANG_MS);
        producer->failed = producer->failed || !status_is_ok(&status);
    }
    return NULL;
}

static void *consume(void *argument)
{
    struct shared *shared = argument;
    for (;;) {
        void *item = NULL;
        struct status status = queue_pop(&shared->queue, HANG_MS, &item);
        if (!status_is_ok(&status)) {
            return NULL;
        }
        *(unsigned char *)item += 1;
    }
}

static void every_item_crosses_exactly_once(void **state)
{
    (void)state;
    static struct shared shared;
    assert_int_equal(queue_init(&shared.queue, 4).code, STATUS_OK);
    struct thread consumers[CONSUMERS] = {{0}};
    struct thread producers[PRODUCERS] = {{0}};
    struct producer arguments[PRODUCERS];
    for (size_t i = 0; i < CONSUMERS; i++) {
        assert_int_equal(thread_start(&consumers[i], "consumer", THREAD_STACK_SMALL, consume, &shared).code,
                         STATUS_OK);
    }
    for (size_t i = 0; i < PRODUCERS; i++) {
        arguments[i] = (struct producer){.shared = &shared, .number = i};
        assert_int_equal(
            thread_start(&producers[i], "producer", THREAD_STACK_SMALL, produce, &arguments[i]).code,
            STATUS_OK);
    }
    for (size_t i = 0; i < PRODUCERS; i++) {
        thread_join(&producers[i]);
        assert_false(arguments[i].failed);
    }
    queue_close(&shared.queue);
    for (size_t i = 0; i < CONSUMERS; i++) {
        thread_join(&consumers[i]);
    }
    for (size_t p = 0; p < PRODUCERS; p++) {
        for (size_t i = 0; i < ITEMS_EACH; i++) {
            assert_int_equal(shared.items[p][i], 1);
        }
    }
    queue_destroy(&shared.queue);
}

/* Wakes that promise an item which another consumer then takes must not start the wait anew each time. */
static void a_wait_ends_although_others_take_every_item(void **state)
{
    (void)state;
    static struct shared shared;
    assert_int_equal(queue_init(&shared.queue, 1).code, STATUS_OK);
    struct producer argument = {.shared = &shared};
    struct thread producer = {0};
    struct thread thief = {0};
    assert_int_equal(thread_start(&thief, "thief", THREAD_STACK_SMALL, consume, &shared).code, STATUS_OK);
    assert_int_equal(thread_start(&producer, "producer", THREAD_STACK_SMALL, produce, &argument).code,
                     STATUS_OK);
    int64_t before_ms = clock_boot_ms(clock_real());
    void *item = NULL;
    for (int i = 0; i < 50; i++) {
        struct status status = queue_pop(&shared.queue, 1, &item);
        assert_true(status.code == STATUS_OK || status.code == STATUS_TIMEOUT);
    }
    assert_true(clock_boot_ms(clock_real()) - before_ms < HANG_MS);
    thread_join(&producer);
    queue_close(&shared.queue);
    thread_join(&thief);
    queue_destroy(&shared.queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_queue_keeps_order_and_its_bound),
        cmocka_unit_test(a_closed_queue_drains_and_then_says_so),
        cmocka_unit_test(every_item_crosses_exactly_once),
        cmocka_unit_test(a_wait_ends_although_others_take_every_item),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
