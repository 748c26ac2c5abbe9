/* Tells receivers what became of their lines: one call for each run of consecutive tokens. */
#ifndef PENSTOCK_SINK_SETTLE_H
#define PENSTOCK_SINK_SETTLE_H

#include "sink/outbox.h"

/* Gives every line of `records` its verdict. Parcels without unresolved lines are destroyed, and their bytes
 * given back, before the receiver hears of the last: it may be gone directly afterwards. Returns the number
 * of lines. Any thread, without locks. */
uint64_t settle_records(const struct batch_record *records, uint32_t count, enum sink_verdict verdict,
                        const char *reason);

/* SINK_UNSENT for the waiting lines of shards that are no longer ours. */
void settle_lost(struct outbox *outbox);

/* SINK_UNSENT for all that waits; after outbox_close. */
void settle_rest(struct outbox *outbox);

#endif
