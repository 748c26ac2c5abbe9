#include "sink/order.h"

#include <stdlib.h>

#include "base/backoff.h"
#include "sink/order_private.h"

void order_init(struct order *order, const struct batch_limits *limits, int64_t flush_age_ms, int64_t now_ms)
{
    *order = (struct order){.limits = *limits,
                            .flush_age_ms = flush_age_ms,
                            .ready_due_ms = INT64_MAX,
                            .last_start_ms = now_ms - flush_age_ms};
}

void order_free(struct order *order)
{
    order_free_groups(order);
}

static uint32_t waiting_lines(const struct order_group *group)
{
    return group->lines - group->under_way;
}

/* When the group's oldest line must not wait for company any more. */
static int64_t due_of(const struct order *order, const struct order_group *group, int64_t now_ms)
{
    const struct parcel *parcel = group->first->parcel;
    bool full = order->limits.pack_bytes > 0 && group->bytes >= order->limits.pack_bytes;
    if (full || parcel->put_number <= order->flush_mark) {
        return now_ms;
    }
    if (order->flush_age_ms == 0) {
        return INT64_MAX; /* due when no batch is under way, not by a time of its own */
    }
    return parcel->queued_boot_ms + order->flush_age_ms;
}

static void note_due(struct order *order, int64_t due_ms)
{
    if (due_ms < order->ready_due_ms) {
        order->ready_due_ms = due_ms;
    }
}

/* A group with lines and none under way joins the ready list. */
static void make_ready(struct order *order, struct order_group *group, int64_t due_ms)
{
    group->state = ORDER_READY;
    group->next_ready = NULL;
    if (order->ready_last == NULL) {
        order->ready_first = group;
    } else {
        order->ready_last->next_ready = group;
    }
    order->ready_last = group;
    if (group->lines > 0) {
        order->ready_groups++;
        order->ready_bytes += group->bytes;
        note_due(order, due_ms);
    }
}

static void append_line(struct order *order, struct order_group *group, struct parcel_link *link,
                        int64_t now_ms)
{
    uint32_t length = order_line_of(link)->length;
    link->next = NULL;
    if (group->last == NULL) {
        group->first = link;
    } else {
        group->last->next = link;
    }
    group->last = link;
    group->lines++;
    group->bytes += length;
    if (group->state == ORDER_READY) {
        order->ready_groups += group->lines == 1 ? 1 : 0;
        order->ready_bytes += length;
        if (group->lines == 1 || group->bytes >= order->limits.pack_bytes) {
            note_due(order, due_of(order, group, now_ms));
        }
    }
}

bool order_put(struct order *order, struct parcel *parcel, int64_t now_ms)
{
    struct parcel_link *links = calloc(parcel->count, sizeof *links);
    if (links == NULL || !order_reserve_groups(order, parcel->count)) {
        free(links);
        return false;
    }
    parcel->links = links;
    parcel->next = NULL;
    parcel->previous = order->last;
    parcel->taken = 0;
    atomic_store(&parcel->unresolved, parcel->count);
    parcel->queued_boot_ms = now_ms;
    parcel->put_number = ++order->puts;
    if (order->last == NULL) {
        order->first = parcel;
    } else {
        order->last->next = parcel;
    }
    order->last = parcel;
    for (uint32_t i = 0; i < parcel->count; i++) {
        bool is_new = false;
        struct order_group *group = order_find_group(order, parcel->lines[i].group, &is_new);
        links[i].parcel = parcel;
        if (is_new) {
            make_ready(order, group, 0);
        }
        append_line(order, group, &links[i], now_ms);
    }
    return true;
}

void order_flush(struct order *order)
{
    order->flush_mark = order->puts;
    if (order->ready_groups > 0) {
        order->ready_due_ms = INT64_MIN;
    }
}

static bool is_full(const struct order *order)
{
    const struct batch_limits *limits = &order->limits;
    struct batch_backlog backlog = {
        .lines = order->ready_groups, .bytes = order->ready_bytes, .parcels = order->ready_groups};
    /* Of a group only one record goes; where lines are packed, its bytes are mostly one record's. */
    return order->ready_groups >= limits->records || batch_is_full(limits, &backlog);
}

int64_t order_due_in_ms(const struct order *order, int64_t now_ms)
{
    const struct order_group *resting = order_rest_first(order);
    int64_t due_ms = INT64_MAX;
    if (order->ready_groups > 0) {
        int64_t company_ms =
            batch_due_in_ms(now_ms, order->last_start_ms, order->flush_age_ms, order->batches);
        company_ms = company_ms < 0 ? INT64_MAX : now_ms + company_ms;
        due_ms = order->ready_due_ms < company_ms ? order->ready_due_ms : company_ms;
        due_ms = is_full(order) ? now_ms : due_ms;
    }
    if (resting != NULL && resting->due_ms < due_ms) {
        due_ms = resting->due_ms;
    }
    if (due_ms == INT64_MAX) {
        return -1;
    }
    return due_ms <= now_ms ? 0 : due_ms - now_ms;
}

static void wake_rested(struct order *order, int64_t now_ms)
{
    struct order_group *group;
    while ((group = order_rest_first(order)) != NULL && group->due_ms <= now_ms) {
        order_rest_pop(order);
        make_ready(order, group, now_ms);
    }
}

/* The group's next record: its oldest lines, of one shard, within the bounds and `room`. Count 0: the first has no room
 * there. */
static struct order_record form_record(const struct order *order, struct order_group *group,
                                       const struct batch_room *room)
{
    const struct batch_limits *limits = &order->limits;
    const struct parcel_link *link = group->first;
    struct order_record record = {
        .group = group, .count = 1, .bytes = order_line_of(link)->length, .attempts = group->failures};
    bool empty = room->bytes == batch_empty_room(limits).bytes;
    record.oversize = record.bytes > limits->record_bytes;
    if (record.oversize) {
        return record;
    }
    if (batch_record_cost(limits, record.bytes) > room->bytes && !empty) {
        record.count = 0;
        return record;
    }
    size_t most = limits->pack_bytes < limits->record_bytes ? limits->pack_bytes : limits->record_bytes;
    for (link = link->next; link != NULL && record.count < ORDER_LINES; link = link->next) {
        size_t bytes = (size_t)record.bytes + order_line_of(link)->length;
        if (bytes > most || batch_record_cost(limits, bytes) > room->bytes ||
            link->parcel->receiver != group->first->parcel->receiver) {
            break;
        }
        record.bytes = (uint32_t)bytes;
        record.count++;
    }
    return record;
}

/* Takes the head of the ready list off it. */
static struct order_group *leave_ready(struct order *order)
{
    struct order_group *group = order->ready_first;
    order->ready_first = group->next_ready;
    if (order->ready_first == NULL) {
        order->ready_last = NULL;
    }
    if (group->lines > 0) {
        order->ready_groups--;
        order->ready_bytes -= group->bytes;
    }
    return group;
}

uint32_t order_take(struct order *order, int64_t now_ms, struct order_record *records)
{
    const struct batch_limits *limits = &order->limits;
    struct batch_room room = batch_empty_room(limits);
    uint32_t count = 0;
    wake_rested(order, now_ms);
    while (order->ready_first != NULL && count < limits->records) {
        struct order_group *group = order->ready_first;
        if (group->lines == 0) {
            order_drop_group(order, leave_ready(order));
            continue;
        }
        struct order_record record = form_record(order, group, &room);
        if (record.count == 0) {
            break;
        }
        if (!record.oversize) {
            size_t cost = batch_record_cost(limits, record.bytes);
            room.bytes -= cost < room.bytes ? cost : room.bytes;
        }
        (void)leave_ready(order);
        group->state = ORDER_UNDER_WAY;
        group->under_way = record.count;
        records[count++] = record;
    }
    if (order->ready_first == NULL) {
        order->ready_due_ms = INT64_MAX;
    }
    if (count > 0) {
        order->last_start_ms = now_ms;
        order->batches++;
    }
    return count;
}

void order_answered(struct order *order)
{
    order->batches--;
}

void order_lines(const struct order_record *record, struct slice *lines)
{
    const struct parcel_link *link = NULL;
    for (uint32_t i = 0; i < record->count; i++) { /* not past the last: order_put may be writing there */
        link = i == 0 ? record->group->first : link->next;
        lines[i] = parcel_slice(link->parcel, (uint32_t)(link - link->parcel->links));
    }
}

uint64_t order_group_id(const struct order_record *record)
{
    return record->group->id;
}

struct sink_receiver *order_receiver(const struct order_record *record)
{
    return record->group->first->parcel->receiver;
}

void order_narrow(struct order_record *record)
{
    record->count /= 2;
    record->group->under_way = record->count;
    record->bytes = 0;
    const struct parcel_link *link = record->group->first;
    for (uint32_t i = 0; i < record->count; i++) {
        record->bytes += order_line_of(link)->length;
        link = link->next;
    }
}

/* The parcel's line leaves the book; with its last one the parcel does. */
static struct batch_record leave_book(struct order *order, const struct parcel_link *link)
{
    struct parcel *parcel = link->parcel;
    struct batch_record line = {.parcel = parcel, .first = (uint32_t)(link - parcel->links), .count = 1};
    line.bytes = parcel->lines[line.first].length;
    if (++parcel->taken == parcel->count) {
        *(parcel->previous == NULL ? &order->first : &parcel->previous->next) = parcel->next;
        *(parcel->next == NULL ? &order->last : &parcel->next->previous) = parcel->previous;
    }
    return line;
}

void order_finish(struct order *order, const struct order_record *record, int64_t now_ms,
                  struct batch_record *lines)
{
    struct order_group *group = record->group;
    for (uint32_t i = 0; i < record->count; i++) {
        const struct parcel_link *link = group->first;
        group->first = link->next;
        group->bytes -= order_line_of(link)->length;
        lines[i] = leave_book(order, link);
        lines[i].attempts = record->attempts;
        lines[i].oversize = record->oversize;
    }
    group->lines -= record->count;
    group->under_way = 0;
    group->failures = 0;
    if (group->first == NULL) {
        group->last = NULL;
        order_drop_group(order, group);
    } else {
        make_ready(order, group, due_of(order, group, now_ms));
    }
}

void order_return(struct order *order, const struct order_record *record, int64_t now_ms,
                  struct random *random)
{
    struct order_group *group = record->group;
    struct backoff backoff = {
        .base_ms = ORDER_REST_BASE_MS, .cap_ms = ORDER_REST_CAP_MS, .failures = group->failures};
    group->due_ms = now_ms + backoff_next_ms(&backoff, random);
    group->failures = backoff.failures;
    group->under_way = 0;
    group->state = ORDER_RESTING;
    order_rest_push(order, group);
}

/* Takes waiting lines out of one group. */
static uint32_t take_of_group(struct order *order, struct order_group *group, bool lost_only,
                              struct batch_record *lines, uint32_t capacity)
{
    struct parcel_link **link = &group->first;
    struct parcel_link *last = NULL;
    uint32_t count = 0;
    for (uint32_t i = 0; *link != NULL; i++) {
        struct sink_receiver *receiver = (*link)->parcel->receiver;
        bool stays = i < group->under_way || count == capacity || (lost_only && receiver->may_send(receiver));
        if (stays) {
            last = *link;
            link = &last->next;
            continue;
        }
        uint32_t length = order_line_of(*link)->length;
        lines[count++] = leave_book(order, *link);
        *link = (*link)->next;
        group->lines--;
        group->bytes -= length;
        order->ready_bytes -= group->state == ORDER_READY ? length : 0;
    }
    group->last = last;
    if (count > 0 && group->lines == 0 && group->state == ORDER_READY) {
        order->ready_groups--;
    }
    return count;
}

static uint32_t take_waiting(struct order *order, bool lost_only, struct batch_record *lines,
                             uint32_t capacity)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < order->bucket_count && count < capacity; i++) {
        for (struct order_group *group = order->buckets[i]; group != NULL && count < capacity;
             group = group->next) {
            if (waiting_lines(group) > 0) {
                count += take_of_group(order, group, lost_only, lines + count, capacity - count);
            }
        }
    }
    return count;
}

uint32_t order_take_lost(struct order *order, struct batch_record *lines, uint32_t capacity)
{
    struct parcel *parcel = order->first;
    while (parcel != NULL && parcel->receiver->may_send(parcel->receiver)) {
        parcel = parcel->next;
    }
    return parcel == NULL ? 0 : take_waiting(order, true, lines, capacity);
}

uint32_t order_take_rest(struct order *order, struct batch_record *lines, uint32_t capacity)
{
    return take_waiting(order, false, lines, capacity);
}
