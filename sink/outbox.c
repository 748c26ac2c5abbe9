#include "sink/outbox.h"

void outbox_init(struct outbox *outbox, const struct batch_limits *limits, int64_t flush_age_ms,
                 const struct clock *clock) NO_THREAD_CHECK
{
    *outbox = (struct outbox){.clock = clock, .limits = *limits, .flush_age_ms = flush_age_ms};
    mutex_init(&outbox->lock);
    condition_init(&outbox->changed);
    outbox->last_start_boot_ms = clock_boot_ms(clock) - flush_age_ms;
}

void outbox_destroy(struct outbox *outbox)
{
    condition_destroy(&outbox->changed);
    mutex_destroy(&outbox->lock);
}

/* How long until a batch is due; 0: now; -1: not by time alone. */
static int64_t due_in_ms(const struct outbox *outbox) REQUIRES(outbox->lock)
{
    if (outbox->first == NULL) {
        return -1;
    }
    if (outbox->lines_taken < outbox->flush_mark || batch_is_full(&outbox->limits, &outbox->backlog)) {
        return 0;
    }
    return batch_due_in_ms(clock_boot_ms(outbox->clock), outbox->last_start_boot_ms, outbox->flush_age_ms,
                           outbox->under_way);
}

/* Wakes a thread for what is due, or to keep the time of what will be. */
static void wake_one(struct outbox *outbox) REQUIRES(outbox->lock)
{
    int64_t due_ms = due_in_ms(outbox);
    if (due_ms == 0 || (due_ms > 0 && !outbox->time_kept)) {
        condition_signal(&outbox->changed);
    }
}

int64_t outbox_due_in_ms(struct outbox *outbox)
{
    mutex_lock(&outbox->lock);
    int64_t due_ms = due_in_ms(outbox);
    mutex_unlock(&outbox->lock);
    return due_ms;
}

void outbox_put(struct outbox *outbox, struct parcel *parcel)
{
    parcel->next = NULL;
    parcel->taken = 0;
    atomic_store(&parcel->unresolved, parcel->count);
    parcel->queued_boot_ms = clock_boot_ms(outbox->clock);
    mutex_lock(&outbox->lock);
    if (outbox->last == NULL) {
        outbox->first = parcel;
    } else {
        outbox->last->next = parcel;
    }
    outbox->last = parcel;
    outbox->backlog.lines += parcel->count;
    outbox->backlog.bytes += parcel->data.length;
    outbox->backlog.parcels++;
    outbox->lines_put += parcel->count;
    wake_one(outbox);
    mutex_unlock(&outbox->lock);
}

void outbox_set_flush_age(struct outbox *outbox, int64_t flush_age_ms)
{
    mutex_lock(&outbox->lock);
    if (outbox->flush_age_ms != flush_age_ms) {
        outbox->flush_age_ms = flush_age_ms;
        condition_broadcast(&outbox->changed);
    }
    mutex_unlock(&outbox->lock);
}

void outbox_flush(struct outbox *outbox)
{
    mutex_lock(&outbox->lock);
    bool news = outbox->flush_mark != outbox->lines_put;
    outbox->flush_mark = outbox->lines_put;
    if (news && outbox->first != NULL) {
        condition_signal(&outbox->changed);
    }
    mutex_unlock(&outbox->lock);
}

void outbox_close(struct outbox *outbox)
{
    mutex_lock(&outbox->lock);
    outbox->closed = true;
    condition_broadcast(&outbox->changed);
    mutex_unlock(&outbox->lock);
}

/* Counts lines as taken, `bytes` of them. */
static void count_taken(struct outbox *outbox, uint32_t lines, uint64_t bytes) REQUIRES(outbox->lock)
{
    outbox->lines_taken += lines;
    outbox->backlog.lines -= lines;
    outbox->backlog.bytes -= bytes < outbox->backlog.bytes ? bytes : outbox->backlog.bytes;
}

/* Parcels whose lines are all taken leave the list; they live on until they are settled. */
static void unlink_taken(struct outbox *outbox) REQUIRES(outbox->lock)
{
    while (outbox->first != NULL && outbox->first->taken == outbox->first->count) {
        outbox->first = outbox->first->next;
        outbox->backlog.parcels--;
    }
    if (outbox->first == NULL) {
        outbox->last = NULL;
        outbox->backlog.bytes = 0; /* bytes between lines belong to none */
    }
}

static uint32_t take_batch(struct outbox *outbox, struct batch_record *records) REQUIRES(outbox->lock)
{
    uint32_t count = batch_fill(&outbox->limits, outbox->first, records);
    for (uint32_t i = 0; i < count; i++) {
        count_taken(outbox, records[i].count, records[i].bytes);
    }
    unlink_taken(outbox);
    outbox->under_way++;
    outbox->last_start_boot_ms = clock_boot_ms(outbox->clock);
    return count;
}

/* Waits for a change, or for the age of the backlog when no other thread does; false after `idle_ms` of
 * nothing. */
static bool wait_for_change(struct outbox *outbox, int64_t due_ms, int64_t idle_ms) REQUIRES(outbox->lock)
{
    if (due_ms < 0 || outbox->time_kept) {
        return condition_wait_ms(&outbox->changed, &outbox->lock, idle_ms);
    }
    outbox->time_kept = true;
    (void)condition_wait_ms(&outbox->changed, &outbox->lock, due_ms);
    outbox->time_kept = false;
    return true;
}

enum outbox_taken outbox_take(struct outbox *outbox, int64_t idle_ms, struct batch_record *records,
                              uint32_t *ret_count)
{
    enum outbox_taken taken = OUTBOX_BATCH;
    mutex_lock(&outbox->lock);
    for (;;) {
        int64_t due_ms = due_in_ms(outbox);
        if (outbox->closed) {
            taken = OUTBOX_CLOSED;
            break;
        }
        if (due_ms == 0) {
            *ret_count = take_batch(outbox, records);
            break;
        }
        if (!wait_for_change(outbox, due_ms, idle_ms) && outbox->first == NULL) {
            taken = OUTBOX_IDLE;
            break;
        }
    }
    if (!outbox->closed) {
        wake_one(outbox); /* the next to keep the time, or to take what is due as well */
    }
    mutex_unlock(&outbox->lock);
    return taken;
}

void outbox_answered(struct outbox *outbox)
{
    mutex_lock(&outbox->lock);
    outbox->under_way--;
    wake_one(outbox);
    mutex_unlock(&outbox->lock);
}

/* The rest of the parcel behind `link` as one record; the parcel leaves the list. */
static struct batch_record take_parcel(struct outbox *outbox, struct parcel **link) REQUIRES(outbox->lock)
{
    struct parcel *parcel = *link;
    uint64_t bytes = 0;
    for (uint32_t i = parcel->taken; i < parcel->count; i++) {
        bytes += parcel->lines[i].length;
    }
    struct batch_record record = {
        .parcel = parcel, .first = parcel->taken, .count = parcel->count - parcel->taken};
    count_taken(outbox, record.count, bytes);
    parcel->taken = parcel->count;
    outbox->backlog.parcels--;
    *link = parcel->next;
    return record;
}

static uint32_t take_parcels(struct outbox *outbox, bool lost_only, struct batch_record *records,
                             uint32_t capacity) REQUIRES(outbox->lock)
{
    uint32_t count = 0;
    struct parcel **link = &outbox->first;
    struct parcel *last = NULL;
    while (*link != NULL) {
        struct sink_receiver *receiver = (*link)->receiver;
        if (count < capacity && !(lost_only && receiver->may_send(receiver))) {
            records[count++] = take_parcel(outbox, link);
        } else {
            last = *link;
            link = &last->next;
        }
    }
    outbox->last = last;
    return count;
}

uint32_t outbox_take_lost(struct outbox *outbox, struct batch_record *records, uint32_t capacity)
{
    mutex_lock(&outbox->lock);
    uint32_t count = take_parcels(outbox, true, records, capacity);
    mutex_unlock(&outbox->lock);
    return count;
}

uint32_t outbox_take_rest(struct outbox *outbox, struct batch_record *records, uint32_t capacity)
{
    mutex_lock(&outbox->lock);
    uint32_t count = take_parcels(outbox, false, records, capacity);
    mutex_unlock(&outbox->lock);
    return count;
}
