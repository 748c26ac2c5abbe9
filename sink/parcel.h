/* A parcel: lines of one shard, formed by its thread in one buffer and handed to the sink whole, with the
 * bytes that pay for them. */
#ifndef PENSTOCK_SINK_PARCEL_H
#define PENSTOCK_SINK_PARCEL_H

#include <stdatomic.h>

#include "base/buffers.h"
#include "sink/budget.h"

enum sink_verdict {
    SINK_ACCEPTED, /* the destination has it */
    SINK_DEAD_LETTERED, /* durable among the dead letters */
    SINK_UNSENT, /* dropped: the lease was lost or the sink closed; somebody else's or a later start's work */
    SINK_REFUSED, /* poison, and no dead-letter place took it: the shard must stop here */
};

/* Whom a parcel's verdicts go to: one tenure of one shard. It must live until every line of its parcels had
 * its verdict. */
struct sink_receiver {
    const char *shard; /* for logs and dead letters */
    /* `count` lines from `first_token` on. Called on a sink's thread, without the sink's locks; must not
     * block or call the sink. Each line gets exactly one verdict; a parcel's bytes are given back to the
     * budget before the verdict of its last line, after which the receiver may be gone. `reason` is set for
     * SINK_DEAD_LETTERED and SINK_REFUSED. */
    void (*verdict)(struct sink_receiver *self, uint64_t first_token, uint32_t count,
                    enum sink_verdict verdict, const char *reason);
    /* Is the shard still ours? Asked on a sink's thread directly before each request that would carry its
     * lines, and while they wait; cheap. It may be asked with the sink's lock held: it must not call the
     * sink, nor wait for a lock that is held while the sink is called. */
    bool (*may_send)(struct sink_receiver *self);
};

struct parcel_line {
    uint32_t offset; /* into data */
    uint32_t length; /* bytes, with the final newline */
    uint64_t group; /* order group: a hash of the item's key */
};

/* A line's place in the queue of its order group (sink/order.h). */
struct parcel_link {
    struct parcel *parcel;
    struct parcel_link *next;
};

/* Belongs to one thread at a time: the shard's until sink_put, then the sink's. */
struct parcel {
    struct bytes data;
    struct parcel_line *lines;
    uint32_t count;
    uint32_t capacity;
    uint64_t first_token; /* line i carries the token first_token + i */
    struct sink_receiver *receiver;
    struct budget_hold hold;
    struct buffers *buffers; /* takes the data's memory back; borrowed, or NULL */

    /* The sink's own, zero until sink_put. */
    struct parcel *next;
    struct parcel *previous; /* only in an order book */
    struct parcel_link *links; /* the same: one a line; owned */
    uint64_t put_number; /* the same: the how-manieth it was */
    uint32_t taken; /* lines given to a request so far */
    _Atomic uint32_t unresolved; /* lines without a verdict; any thread */
    int64_t queued_boot_ms;
};

/* An empty parcel whose data may grow to `ceiling` bytes (below 4 GiB). */
struct status parcel_create(size_t ceiling, struct parcel **ret_parcel) MUST_USE;

/* Counts the bytes from `offset` to the end of data, just written there, as one more line. The code is STATUS_OK,
 * STATUS_INTERNAL (there are none), STATUS_TOO_LARGE (too many lines) or STATUS_NO_MEMORY. */
enum status_code parcel_add_line(struct parcel *parcel, uint32_t offset, uint64_t group) MUST_USE;

/* Memory that the parcel occupies, in bytes: what its hold should pay for. */
size_t parcel_footprint(const struct parcel *parcel);

/* Frees it and gives its bytes back to the budget. NULL is allowed. */
void parcel_destroy(struct parcel *parcel);

static inline struct slice parcel_slice(const struct parcel *parcel, uint32_t line)
{
    return slice_of(parcel->data.at + parcel->lines[line].offset, parcel->lines[line].length);
}

#endif
