/* One request of the keeper: its stamp is from before it was sent. With a later one a worker believes in its
 * lease for longer than the others do, and two read one shard. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "lease/keeper_private.h"

enum { SENT_MS = 100000, ON_ITS_WAY_MS = 1400, FAILOVER_MS = 10000 };

/* Answers arrive ON_ITS_WAY_MS later. */
static struct status scan(void *context, struct lease_rows *rows)
{
    (void)rows;
    clock_virtual_advance(context, ON_ITS_WAY_MS);
    return status_ok();
}

static struct status write_row(void *context, const struct lease_write *write, size_t *ret_row_count,
                               struct lease *ret_row)
{
    clock_virtual_advance(context, ON_ITS_WAY_MS);
    *ret_row = write->row;
    *ret_row_count = 1;
    return status_ok();
}

static struct status read_row(void *context, const char *key, size_t *ret_row_count, struct lease *ret_row)
{
    (void)key;
    (void)ret_row;
    clock_virtual_advance(context, ON_ITS_WAY_MS);
    *ret_row_count = 0;
    return status_ok();
}

static void a_request_is_stamped_before_it_is_sent(void **state) /* faults 2, 4 */
{
    (void)state;
    static const enum lease_action_kind kinds[] = {LEASE_ACTION_SCAN, LEASE_ACTION_WRITE, LEASE_ACTION_READ};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct clock_virtual clock;
        clock_virtual_init(&clock, SENT_MS, 0);
        struct lease_keeper keeper = {
            .clock = &clock.clock,
            .store = {.context = &clock, .scan = scan, .write = write_row, .read = read_row},
        };
        mutex_init(&keeper.lock);
        condition_init(&keeper.changed);
        struct keeper_task *task = calloc(1, sizeof *task);
        assert_non_null(task);
        task->kind = kinds[i];
        keeper_work_run(&keeper, task);
        mutex_lock(&keeper.lock);
        struct keeper_task *answer = keeper_queue_pop(&keeper.answers);
        mutex_unlock(&keeper.lock);
        assert_ptr_equal(answer, task);
        struct lease_event event;
        keeper_work_event(&keeper, task, &event);
        assert_int_equal(event.outcome, LEASE_DONE);
        assert_int_equal(event.sent_ms, SENT_MS);
        assert_int_equal(clock_boot_ms(&clock.clock), SENT_MS + ON_ITS_WAY_MS);
        keeper_task_free(task);
    }
}

/* A row to be made that waited for longer than a failover time (the process slept): others may have made it, finished
 * and removed it since, and all of the shard would be read again. */
static void an_old_wish_for_a_row_is_not_sent(void **state)
{
    (void)state;
    static const struct {
        enum lease_write_kind kind;
        int64_t waited_ms;
        enum lease_outcome outcome;
    } cases[] = {
        {LEASE_WRITE_CREATE, 0, LEASE_DONE},
        {LEASE_WRITE_CREATE, FAILOVER_MS, LEASE_DONE},
        {LEASE_WRITE_CREATE, FAILOVER_MS + 1, LEASE_UNSENT},
        {LEASE_WRITE_RENEW, FAILOVER_MS + 1, LEASE_DONE},
        {LEASE_WRITE_TAKE, FAILOVER_MS + 1, LEASE_DONE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct clock_virtual clock;
        clock_virtual_init(&clock, SENT_MS, 0);
        struct lease_keeper keeper = {
            .clock = &clock.clock,
            .table = {.failover_ms = FAILOVER_MS},
            .store = {.context = &clock, .scan = scan, .write = write_row, .read = read_row},
        };
        mutex_init(&keeper.lock);
        condition_init(&keeper.changed);
        struct keeper_task *task = calloc(1, sizeof *task);
        assert_non_null(task);
        task->kind = LEASE_ACTION_WRITE;
        task->write.kind = cases[i].kind;
        task->asked_ms = SENT_MS - cases[i].waited_ms;
        keeper_work_run(&keeper, task);
        struct lease_event event;
        keeper_work_event(&keeper, task, &event);
        assert_int_equal(event.outcome, cases[i].outcome);
        bool went = clock_boot_ms(&clock.clock) == SENT_MS + ON_ITS_WAY_MS;
        assert_int_equal(went, cases[i].outcome == LEASE_DONE);
        keeper_task_free(task);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_stamped_before_it_is_sent),
        cmocka_unit_test(an_old_wish_for_a_row_is_not_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
