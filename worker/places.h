/* Where lines go that the destination does not take: the dead letters, the landing prefix, the spill. */
#ifndef PENSTOCK_WORKER_PLACES_H
#define PENSTOCK_WORKER_PLACES_H

#include "sink/dead_letter.h"
#include "sink/large_records.h"
#include "sink/spill.h"
#include "worker/access.h"

/* Zeroed memory is valid, without any place. */
struct places {
    struct dead_letters *letters; /* NULL without --dead-letter */
    struct large_records large_records;
    const struct large_records *large; /* NULL without --large-records, else &large_records */
    struct spill *spill; /* NULL without --spill */
};

/* Opens those that the settings name; each is tried. `places` must not move afterwards; `access` is borrowed.
 * Failures name the setting; what is open then is places_close's. */
struct status places_open(const struct settings *settings, const struct access *access, const char *table,
                          const char *worker_id, struct places *places) MUST_USE;

/* After the sink is closed. */
void places_close(struct places *places);

#endif
