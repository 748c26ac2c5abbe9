#include "aws/credential_slots.h"

#include <stdlib.h>

void credential_slots_init(struct credential_slots *slots) NO_THREAD_CHECK
{
    *slots = (struct credential_slots){.count = 0};
    mutex_init(&slots->lock);
}

void credential_slots_destroy(struct credential_slots *slots) NO_THREAD_CHECK
{
    for (size_t i = 0; i < slots->count; i++) {
        free(slots->free[i]);
    }
    mutex_destroy(&slots->lock);
}

struct credentials *credential_slots_take(struct credential_slots *slots)
{
    struct credentials *taken = NULL;
    mutex_lock(&slots->lock);
    if (slots->count > 0) {
        taken = slots->free[--slots->count];
    }
    mutex_unlock(&slots->lock);
    return taken != NULL ? taken : calloc(1, sizeof *taken);
}

void credential_slots_give(struct credential_slots *slots, struct credentials *credentials)
{
    credentials_wipe(credentials);
    mutex_lock(&slots->lock);
    bool kept = slots->count < CREDENTIAL_SLOTS;
    if (kept) {
        slots->free[slots->count++] = credentials;
    }
    mutex_unlock(&slots->lock);
    if (!kept) {
        free(credentials);
    }
}
