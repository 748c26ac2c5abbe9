/* Private to the client: room for the credentials of calls under way, kept from one call to the next. A call wants 17 KiB
 * for a session token that may be long, and malloc() tidies its whole heap up for a piece of that size. Any thread. */
#ifndef PENSTOCK_AWS_CREDENTIAL_SLOTS_H
#define PENSTOCK_AWS_CREDENTIAL_SLOTS_H

#include "aws/credentials.h"
#include "base/thread.h"

enum { CREDENTIAL_SLOTS = 4 };

struct credential_slots {
    struct mutex lock;
    struct credentials *free[CREDENTIAL_SLOTS] GUARDED_BY(lock);
    size_t count GUARDED_BY(lock);
};

void credential_slots_init(struct credential_slots *slots);
void credential_slots_destroy(struct credential_slots *slots);

/* Empty credentials, without a text of an earlier call. NULL: out of memory. */
struct credentials *credential_slots_take(struct credential_slots *slots) MUST_USE EXCLUDES(slots->lock);

/* Wipes them. */
void credential_slots_give(struct credential_slots *slots, struct credentials *credentials)
    EXCLUDES(slots->lock);

#endif
