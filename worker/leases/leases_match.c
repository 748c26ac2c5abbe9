/* Finding rows of a list by what a user typed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "worker/leases/leases_read.h"

enum { NAMED_MAX = 3, NAMES_BYTES = 160 };

static int compare_to_key(const void *key, const void *row)
{
    const struct leases_row *const *other = row;
    return strcmp(key, (*other)->key);
}

const struct leases_row *leases_list_find(const struct leases_list *list, const char *key)
{
    if (list->count == 0) {
        return NULL;
    }
    const struct leases_row *const *found =
        bsearch(key, list->by_key, list->count, sizeof(const struct leases_row *), compare_to_key);
    return found == NULL ? NULL : *found;
}

/* Rows that fit, and the first few by name. */
struct match {
    const struct leases_row *first;
    size_t count;
    char names[NAMES_BYTES];
};

static void add_match(struct match *match, const struct leases_row *row)
{
    if (match->count == 0) {
        match->first = row;
    }
    if (match->count < NAMED_MAX) {
        size_t used = strlen(match->names);
        snprintf(match->names + used, sizeof match->names - used, "%s%.48s", used > 0 ? ", " : "", row->key);
    }
    match->count++;
}

static struct status settle(const struct match *match, const char *name, const struct leases_row **ret_row)
{
    if (match->count > 1) {
        return status_make(STATUS_NOT_FOUND, "'%.60s' fits %zu leases (%s%s); give one whole key", name,
                           match->count, match->names, match->count > NAMED_MAX ? ", ..." : "");
    }
    *ret_row = match->first;
    return status_ok();
}

struct status leases_list_match(const struct leases_list *list, const char *name,
                                const struct leases_row **ret_row)
{
    const struct leases_row *exact = leases_list_find(list, name);
    if (exact != NULL) {
        *ret_row = exact;
        return status_ok();
    }
    struct match by_shard = {0};
    struct match by_beginning = {0};
    size_t length = strlen(name);
    for (size_t i = 0; i < list->count; i++) {
        const struct leases_row *row = list->by_key[i];
        if (strcmp(row->shard, name) == 0) {
            add_match(&by_shard, row);
        }
        if (length > 0 && (strncmp(row->shard, name, length) == 0 || strncmp(row->key, name, length) == 0)) {
            add_match(&by_beginning, row);
        }
    }
    if (by_shard.count > 0) {
        return settle(&by_shard, name, ret_row);
    }
    if (by_beginning.count > 0) {
        return settle(&by_beginning, name, ret_row);
    }
    return status_make(STATUS_NOT_FOUND,
                       "no lease '%.100s'; 'penstock leases list' shows those that there are", name);
}
