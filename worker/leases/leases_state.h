/* What a row's state is called, and how it is known. The table holds no times: whether an owner lives shows
 * only in its counter, read twice. What was not seen is unknown, never guessed. Pure. */
#ifndef PENSTOCK_WORKER_LEASES_LEASES_STATE_H
#define PENSTOCK_WORKER_LEASES_LEASES_STATE_H

#include "worker/leases/leases_read.h"

enum leases_state {
    LEASES_UNKNOWN, /* owned; its counter was not watched for long enough */
    LEASES_ACTIVE, /* owned, and the counter was seen to move within the failover time */
    LEASES_EXPIRED, /* owned, and the counter stood still for the failover time: the owner is gone */
    LEASES_UNOWNED,
    LEASES_WAITING, /* without an owner until a parent is finished: children come after their parents */
    LEASES_HANDING_OVER, /* checkpointOwner is there, and its owner is not seen to be gone */
    LEASES_FINISHED, /* SHARD_END: every record of the shard was delivered */
    LEASES_BROKEN, /* an attribute is missing or of a wrong type */
    LEASES_MISSING, /* of a tree: a shard that a row names as its child, without a row */
    LEASES_STATE_COUNT
};

/* "unknown", "active", "expired", "unowned", "waiting", "handing-over", "finished", "broken", "missing".
 */
const char *leases_state_name(enum leases_state state);

/* False when no state is called so. */
bool leases_state_parse(const char *name, enum leases_state *ret_state) MUST_USE;

/* What the row's since_boot_ms and moved, as leases_state_follow() keeps them, and its attributes say. */
enum leases_state leases_state_of(const struct leases_row *row, int64_t failover_ms);

/* Carries what earlier reads saw of each row over to `list`, read later. Both are sorted. */
void leases_state_follow(struct leases_list *list, const struct leases_list *earlier);

/* True when another read could still tell more about a row of this list: owned rows whose counter was neither
 * seen to move nor to stand still. */
bool leases_state_is_open(const struct leases_list *list, int64_t failover_ms);

#endif
