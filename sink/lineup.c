#include "sink/lineup.h"

#include <stdlib.h>

#include "sink/settle.h"

enum { LINEUP_SWEEP = 256, LINEUP_SETTLE = 2 * ORDER_LINES };

void lineup_init(struct lineup *lineup, const struct batch_limits *limits, int64_t flush_age_ms,
                 const struct clock *clock) NO_THREAD_CHECK
{
    lineup->clock = clock;
    lineup->closed = false;
    mutex_init(&lineup->lock);
    condition_init(&lineup->changed);
    random_init(&lineup->random, random_seed_from_system());
    order_init(&lineup->order, limits, flush_age_ms, clock_boot_ms(clock));
}

void lineup_destroy(struct lineup *lineup) NO_THREAD_CHECK
{
    order_free(&lineup->order);
    condition_destroy(&lineup->changed);
    mutex_destroy(&lineup->lock);
}

/* No memory to line it up: somebody else's, or a later reading's. */
static void refuse_parcel(struct parcel *parcel)
{
    atomic_store(&parcel->unresolved, parcel->count);
    const struct batch_record all = {.parcel = parcel, .count = parcel->count};
    settle_records(&all, 1, SINK_UNSENT, NULL);
}

void lineup_put(struct lineup *lineup, struct parcel *parcel)
{
    mutex_lock(&lineup->lock);
    bool put = order_put(&lineup->order, parcel, clock_boot_ms(lineup->clock));
    if (put) {
        budget_resize(&parcel->hold, parcel->hold.bytes + order_footprint(parcel->count));
        condition_signal(&lineup->changed);
    }
    mutex_unlock(&lineup->lock);
    if (!put) {
        refuse_parcel(parcel);
    }
}

void lineup_flush(struct lineup *lineup)
{
    mutex_lock(&lineup->lock);
    order_flush(&lineup->order);
    condition_signal(&lineup->changed);
    mutex_unlock(&lineup->lock);
}

int64_t lineup_due_in_ms(struct lineup *lineup)
{
    mutex_lock(&lineup->lock);
    int64_t due_ms = order_due_in_ms(&lineup->order, clock_boot_ms(lineup->clock));
    mutex_unlock(&lineup->lock);
    return due_ms;
}

bool lineup_take(struct lineup *lineup, int64_t idle_ms, struct order_record *records, uint32_t *ret_count)
{
    *ret_count = 0;
    mutex_lock(&lineup->lock);
    for (bool waited = false; !lineup->closed && *ret_count == 0;) {
        int64_t now_ms = clock_boot_ms(lineup->clock);
        int64_t due_ms = order_due_in_ms(&lineup->order, now_ms);
        if (due_ms == 0) {
            *ret_count = order_take(&lineup->order, now_ms, records);
            continue;
        }
        if (due_ms < 0 && waited) {
            break; /* idle */
        }
        int64_t wait_ms = due_ms < 0 || due_ms > idle_ms ? idle_ms : due_ms;
        waited = !condition_wait_ms(&lineup->changed, &lineup->lock, wait_ms) && due_ms < 0;
    }
    bool open = !lineup->closed;
    condition_signal(&lineup->changed); /* the next to keep the time, or to take what is due as well */
    mutex_unlock(&lineup->lock);
    return open;
}

void lineup_answered(struct lineup *lineup)
{
    mutex_lock(&lineup->lock);
    order_answered(&lineup->order);
    condition_signal(&lineup->changed);
    mutex_unlock(&lineup->lock);
}

static int compare_lines(const void *left, const void *right)
{
    const struct batch_record *one = left;
    const struct batch_record *other = right;
    if (one->parcel != other->parcel) {
        return one->parcel->put_number < other->parcel->put_number ? -1 : 1;
    }
    return one->first < other->first ? -1 : 1;
}

/* Verdicts go out in runs of consecutive lines, which a request that is ordered by group has scattered. */
static void settle_lines(struct batch_record *lines, uint32_t count, enum sink_verdict verdict)
{
    qsort(lines, count, sizeof *lines, compare_lines);
    settle_records(lines, count, verdict, NULL);
}

void lineup_finish(struct lineup *lineup, const struct order_record *records, uint32_t count,
                   enum sink_verdict verdict)
{
    struct batch_record lines[LINEUP_SETTLE];
    for (uint32_t i = 0; i < count;) {
        uint32_t line_count = 0;
        mutex_lock(&lineup->lock);
        int64_t now_ms = clock_boot_ms(lineup->clock);
        while (i < count && line_count + records[i].count <= LINEUP_SETTLE) {
            order_finish(&lineup->order, &records[i], now_ms, lines + line_count);
            line_count += records[i].count;
            i++;
        }
        condition_signal(&lineup->changed);
        mutex_unlock(&lineup->lock);
        settle_lines(lines, line_count, verdict);
    }
}

struct batch_record lineup_take_poison(struct lineup *lineup, const struct order_record *record)
{
    struct batch_record line;
    mutex_lock(&lineup->lock);
    order_finish(&lineup->order, record, clock_boot_ms(lineup->clock), &line);
    condition_signal(&lineup->changed);
    mutex_unlock(&lineup->lock);
    return line;
}

void lineup_return(struct lineup *lineup, const struct order_record *records, uint32_t count)
{
    mutex_lock(&lineup->lock);
    int64_t now_ms = clock_boot_ms(lineup->clock);
    for (uint32_t i = 0; i < count; i++) {
        order_return(&lineup->order, &records[i], now_ms, &lineup->random);
    }
    condition_signal(&lineup->changed);
    mutex_unlock(&lineup->lock);
}

void lineup_narrow(struct lineup *lineup, struct order_record *record)
{
    mutex_lock(&lineup->lock);
    order_narrow(record);
    mutex_unlock(&lineup->lock);
}

static void settle_waiting(struct lineup *lineup,
                           uint32_t (*take)(struct order *order, struct batch_record *lines,
                                            uint32_t capacity))
{
    struct batch_record lines[LINEUP_SWEEP];
    uint32_t count;
    do {
        mutex_lock(&lineup->lock);
        count = take(&lineup->order, lines, LINEUP_SWEEP);
        mutex_unlock(&lineup->lock);
        settle_lines(lines, count, SINK_UNSENT);
    } while (count > 0);
}

void lineup_settle_lost(struct lineup *lineup)
{
    settle_waiting(lineup, order_take_lost);
}

void lineup_settle_rest(struct lineup *lineup)
{
    settle_waiting(lineup, order_take_rest);
}

void lineup_close(struct lineup *lineup)
{
    mutex_lock(&lineup->lock);
    lineup->closed = true;
    condition_broadcast(&lineup->changed);
    mutex_unlock(&lineup->lock);
}
