#include "worker/tenure_index.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_SLOTS = 64 };

/* FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/). */
static size_t slot_of(const char *key, size_t slot_count)
{
    uint64_t hash = 14695981039346656037u;
    for (const char *at = key; *at != '\0'; at++) {
        hash = (hash ^ (unsigned char)*at) * 1099511628211u;
    }
    return (size_t)(hash ^ hash >> 32) & (slot_count - 1);
}

struct status tenure_index_init(struct tenure_index *index)
{
    *index = (struct tenure_index){.slots = calloc(FIRST_SLOTS, sizeof(struct tenure *))};
    if (index->slots == NULL) {
        return status_no_memory("the index of held leases", FIRST_SLOTS * sizeof(struct tenure *));
    }
    index->slot_count = FIRST_SLOTS;
    return status_ok();
}

void tenure_index_free(struct tenure_index *index)
{
    free(index->slots);
    *index = (struct tenure_index){0};
}

static void put_in_slot(struct tenure **slots, size_t slot_count, struct tenure *tenure)
{
    struct tenure **slot = &slots[slot_of(tenure->key, slot_count)];
    tenure->next_in_slot = *slot;
    *slot = tenure;
}

static void grow(struct tenure_index *index)
{
    size_t slot_count = index->slot_count * 2;
    struct tenure **slots = calloc(slot_count, sizeof(struct tenure *));
    if (slots == NULL) {
        return;
    }
    struct tenure *oldest = index->newest;
    while (oldest != NULL && oldest->next != NULL) {
        oldest = oldest->next;
    }
    for (struct tenure *tenure = oldest; tenure != NULL; tenure = tenure->previous) {
        put_in_slot(slots, slot_count, tenure); /* the newest last, so that it comes first */
    }
    free(index->slots);
    index->slots = slots;
    index->slot_count = slot_count;
}

void tenure_index_add(struct tenure_index *index, struct tenure *tenure)
{
    if (index->count >= index->slot_count) {
        grow(index);
    }
    tenure->next = index->newest;
    tenure->previous = NULL;
    if (index->newest != NULL) {
        index->newest->previous = tenure;
    }
    index->newest = tenure;
    index->count++;
    put_in_slot(index->slots, index->slot_count, tenure);
}

void tenure_index_remove(struct tenure_index *index, struct tenure *tenure)
{
    struct tenure **link = &index->slots[slot_of(tenure->key, index->slot_count)];
    while (*link != tenure) {
        link = &(*link)->next_in_slot;
    }
    *link = tenure->next_in_slot;
    *(tenure->previous == NULL ? &index->newest : &tenure->previous->next) = tenure->next;
    if (tenure->next != NULL) {
        tenure->next->previous = tenure->previous;
    }
    index->count--;
}

static struct tenure *first_of(struct tenure *tenure, const char *key)
{
    while (tenure != NULL && strcmp(tenure->key, key) != 0) {
        tenure = tenure->next_in_slot;
    }
    return tenure;
}

struct tenure *tenure_index_newest(const struct tenure_index *index, const char *key)
{
    return first_of(index->slots[slot_of(key, index->slot_count)], key);
}

struct tenure *tenure_index_elder(const struct tenure *tenure)
{
    return first_of(tenure->next_in_slot, tenure->key);
}

struct tenure *tenure_index_find(const struct tenure_index *index, const char *key, uint64_t number)
{
    struct tenure *tenure = tenure_index_newest(index, key);
    while (tenure != NULL && tenure->grant.tenure != number) {
        tenure = tenure_index_elder(tenure);
    }
    return tenure;
}
