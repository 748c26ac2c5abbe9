/* A slot of --state-dir: STATE/slot-N with a lock that its process holds, so that several workers of a host
 * can share the folder. The lock file names the worker that holds or held it. */
#ifndef PENSTOCK_SHARD_POSITION_SLOT_H
#define PENSTOCK_SHARD_POSITION_SLOT_H

#include "base/status.h"
#include "shard/positions.h"

enum { POSITION_SLOTS = 256, POSITION_PATH_BYTES = 4096 };

struct position_slot {
    int descriptor; /* of the lock file; below 0: none */
    char directory[POSITION_PATH_BYTES];
    char previous_worker[POSITIONS_WORKER_BYTES]; /* empty: none */
};

/* Makes the folder when absent, locks the first free slot and writes the worker's id into it. STATUS_DENIED
 * and STATUS_IO name the folder and the remedy. */
struct status position_slot_take(const char *state_dir, const char *worker_id, struct position_slot *ret_slot)
    MUST_USE;

/* Unlocks. */
void position_slot_leave(struct position_slot *slot);

#endif
