/* Who may call GetRecords next when calls are rationed (--poll-budget); pure: no clock, no lock, no allocation.
 *
 * Calls come out of a bucket that fills with `calls_per_second` and holds a tenth of a second's (not quite two at
 * least), so no second sees more than a tenth and one call more than was asked for. While it is empty shards wait in line, the one
 * whose due time is first in front: the time at which it came, later by a grace that depends on what it expects. Full
 * pages go before recent records, and these before a quiet tip, but only for as long as the graces differ:
 *
 *   no open shard waits longer than ALLOWANCE_IDLE_MS + shards / calls_per_second,
 *
 * since after its grace only those go before it that were there already, each once.
 */
#ifndef PENSTOCK_SHARD_ALLOWANCE_H
#define PENSTOCK_SHARD_ALLOWANCE_H

#include <stdbool.h>
#include <stdint.h>

enum allowance_class {
    ALLOWANCE_BEHIND, /* more is known or likely to be there */
    ALLOWANCE_RECENT, /* records came lately, or it is not known whether some wait */
    ALLOWANCE_IDLE, /* quiet for long */
    ALLOWANCE_CLASSES,
};

enum { ALLOWANCE_RECENT_MS = 1000, ALLOWANCE_IDLE_MS = 10000 }; /* graces; one that is behind has none */

/* A shard in line; its owner's memory, zeroed, alive until it leaves. */
struct allowance_place {
    struct allowance_place *next;
    enum allowance_class class;
    int64_t due_ms;
};

struct allowance {
    int64_t calls_per_second; /* above 0 */
    int64_t level; /* in the bucket, in thousandths of a call */
    int64_t filled_ms;
    struct {
        struct allowance_place *first;
        struct allowance_place *last;
    } lines[ALLOWANCE_CLASSES]; /* each in the order of due times */
};

void allowance_init(struct allowance *allowance, int64_t calls_per_second, int64_t now_ms);

/* Gets in line. */
void allowance_enter(struct allowance *allowance, struct allowance_place *place, enum allowance_class class,
                     int64_t now_ms);

/* Leaves without a call; nothing when it is not in line. */
void allowance_leave(struct allowance *allowance, const struct allowance_place *place);

/* The place that may call now; it has left the line and its call is paid for. NULL: none, for `*ret_wait_ms` more
 * (-1: nobody is in line). */
struct allowance_place *allowance_next(struct allowance *allowance, int64_t now_ms, int64_t *ret_wait_ms);

/* Who is in front; NULL: nobody is in line. */
struct allowance_place *allowance_front(const struct allowance *allowance);

#endif
