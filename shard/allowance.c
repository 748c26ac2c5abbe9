#include "shard/allowance.h"

#include <stddef.h>

enum {
    CALL = 1000, /* thousandths: calls a second times milliseconds */
    BUCKET_MS = 100, /* it holds what comes in this time */
    BUCKET_LEAST = 2 * CALL - 1, /* a call, and what comes of the next while somebody is late to take it */
    LONGEST_MS = 1000, /* time that counts at once */
};

static int64_t bucket_size(const struct allowance *allowance)
{
    int64_t size = allowance->calls_per_second * BUCKET_MS;
    return size < BUCKET_LEAST ? BUCKET_LEAST : size;
}

/* Lets time pass: what came into the bucket since. */
static void fill(struct allowance *allowance, int64_t now_ms)
{
    int64_t passed_ms = now_ms - allowance->filled_ms;
    if (passed_ms <= 0) {
        return;
    }
    int64_t size = bucket_size(allowance);
    bool long_ago = passed_ms > LONGEST_MS && passed_ms > size / allowance->calls_per_second;
    int64_t level = allowance->level + allowance->calls_per_second * (long_ago ? 0 : passed_ms);
    allowance->level = long_ago || level > size ? size : level;
    allowance->filled_ms = now_ms;
}

void allowance_init(struct allowance *allowance, int64_t calls_per_second, int64_t now_ms)
{
    *allowance = (struct allowance){.calls_per_second = calls_per_second, .filled_ms = now_ms};
    allowance->level = calls_per_second * BUCKET_MS < CALL ? CALL : calls_per_second * BUCKET_MS;
}

void allowance_enter(struct allowance *allowance, struct allowance_place *place, enum allowance_class class,
                     int64_t now_ms)
{
    static const int64_t graces[ALLOWANCE_CLASSES] = {0, ALLOWANCE_RECENT_MS, ALLOWANCE_IDLE_MS};
    *place = (struct allowance_place){.class = class, .due_ms = now_ms + graces[class]};
    if (allowance->lines[class].last == NULL) {
        allowance->lines[class].first = place;
    } else {
        allowance->lines[class].last->next = place;
    }
    allowance->lines[class].last = place;
}

void allowance_leave(struct allowance *allowance, const struct allowance_place *place)
{
    struct allowance_place *before = NULL;
    struct allowance_place **link = &allowance->lines[place->class].first;
    while (*link != NULL && *link != place) {
        before = *link;
        link = &before->next;
    }
    if (*link == NULL) {
        return;
    }
    *link = place->next;
    if (allowance->lines[place->class].last == place) {
        allowance->lines[place->class].last = before;
    }
}

struct allowance_place *allowance_front(const struct allowance *allowance)
{
    struct allowance_place *front = NULL;
    for (size_t i = 0; i < ALLOWANCE_CLASSES; i++) {
        struct allowance_place *first = allowance->lines[i].first;
        if (first != NULL && (front == NULL || first->due_ms < front->due_ms)) {
            front = first;
        }
    }
    return front;
}

struct allowance_place *allowance_next(struct allowance *allowance, int64_t now_ms, int64_t *ret_wait_ms)
{
    struct allowance_place *front = allowance_front(allowance);
    *ret_wait_ms = -1;
    if (front == NULL) {
        return NULL;
    }
    fill(allowance, now_ms);
    if (allowance->level < CALL) {
        int64_t missing = CALL - allowance->level;
        *ret_wait_ms = (missing + allowance->calls_per_second - 1) / allowance->calls_per_second;
        return NULL;
    }
    allowance->level -= CALL;
    allowance_leave(allowance, front);
    return front;
}
