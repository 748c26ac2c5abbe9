#include "lease/lease_view.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 16 };

void lease_view_free(struct lease_view *view)
{
    for (size_t i = 0; i < view->count; i++) {
        free(view->entries[i]);
    }
    free(view->entries);
    free(view->slots);
    free(view->held);
    *view = (struct lease_view){0};
}

/* FNV-1a: keys are short and come from the stream's own listing. */
static size_t hash(const char *key)
{
    uint64_t value = 14695981039346656037U;
    for (; *key != '\0'; key++) {
        value = (value ^ (unsigned char)*key) * 1099511628211U;
    }
    return (size_t)(value ^ (value >> 32));
}

/* The slot that holds `key`, or the free one where it belongs. There is always a free one. */
static size_t slot_of(const struct lease_view *view, const char *key)
{
    size_t mask = view->slot_count - 1;
    size_t slot = hash(key) & mask;
    while (view->slots[slot] != NULL && strcmp(view->slots[slot]->row.key, key) != 0) {
        slot = (slot + 1) & mask;
    }
    return slot;
}

struct lease_entry *lease_view_find(const struct lease_view *view, const char *key)
{
    return view->slot_count == 0 ? NULL : view->slots[slot_of(view, key)];
}

static void fill_slots(struct lease_view *view)
{
    for (size_t i = 0; i < view->count; i++) {
        view->slots[slot_of(view, view->entries[i]->row.key)] = view->entries[i];
    }
}

static bool grow(struct lease_view *view)
{
    size_t capacity = view->capacity == 0 ? FIRST_CAPACITY : view->capacity * 2;
    struct lease_entry **entries = realloc(view->entries, capacity * sizeof(struct lease_entry *));
    if (entries == NULL) {
        return false;
    }
    view->entries = entries;
    struct lease_entry **slots = calloc(capacity * 2, sizeof(struct lease_entry *));
    if (slots == NULL) {
        return false;
    }
    free(view->slots);
    view->slots = slots;
    view->slot_count = capacity * 2;
    view->capacity = capacity;
    fill_slots(view);
    return true;
}

struct lease_entry *lease_view_add(struct lease_view *view, const char *key)
{
    struct lease_entry *found = lease_view_find(view, key);
    if (found != NULL) {
        return found;
    }
    if (view->count == view->capacity && !grow(view)) {
        return NULL;
    }
    struct lease_entry *entry = calloc(1, sizeof *entry);
    if (entry == NULL) {
        return NULL;
    }
    lease_copy_text(entry->row.key, sizeof entry->row.key, key);
    view->entries[view->count] = entry;
    view->count++;
    view->slots[slot_of(view, key)] = entry;
    return entry;
}

void lease_view_set_row(struct lease_entry *entry, const struct lease *row)
{
    entry->row = *row;
    entry->highest = row->counter > entry->highest ? row->counter : entry->highest;
}

void lease_view_remove(struct lease_view *view, struct lease_entry *entry)
{
    for (size_t i = 0; i < view->count; i++) {
        if (view->entries[i] == entry) {
            view->entries[i] = view->entries[view->count - 1];
            view->count--;
            break;
        }
    }
    memset(view->slots, 0, view->slot_count * sizeof(struct lease_entry *));
    fill_slots(view);
    free(entry);
}

bool lease_view_hold(struct lease_view *view, struct lease_entry *entry, uint64_t tenure)
{
    if (view->held_count == view->held_capacity) {
        size_t capacity = view->held_capacity == 0 ? FIRST_CAPACITY : view->held_capacity * 2;
        struct lease_entry **held = realloc(view->held, capacity * sizeof(struct lease_entry *));
        if (held == NULL) {
            return false;
        }
        view->held = held;
        view->held_capacity = capacity;
    }
    entry->held_index = view->held_count;
    view->held[view->held_count] = entry;
    view->held_count++;
    entry->tenure = tenure;
    return true;
}

void lease_view_unhold(struct lease_view *view, struct lease_entry *entry)
{
    if (entry->tenure == 0) {
        return;
    }
    struct lease_entry *last = view->held[view->held_count - 1];
    view->held[entry->held_index] = last;
    last->held_index = entry->held_index;
    view->held_count--;
    entry->tenure = 0;
    entry->gaps_sent = 0;
    entry->releasing = false;
    entry->wanted = false;
    entry->hand_over_by_ms = 0;
    entry->ending = LEASE_NOT_ENDING;
    entry->seeks = 0;
    entry->unlisted = 0;
    entry->gone = 0;
    entry->seek_ms = 0;
}
