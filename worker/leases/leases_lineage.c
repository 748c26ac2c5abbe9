#include "worker/leases/leases_lineage.h"

#include <stdlib.h>
#include <string.h>

/* Compares a row's key with `prefix` followed by `shard`. */
static int compare_joined(const char *key, struct slice prefix, const char *shard)
{
    int order = strncmp(key, prefix.at, prefix.length);
    return order != 0 ? order : strcmp(key + prefix.length, shard);
}

bool leases_lineage_find(const struct leases_list *list, const struct leases_row *row, const char *shard,
                         size_t *ret_index)
{
    const struct slice prefix = slice_of(row->key, (size_t)(row->shard - row->key));
    size_t low = 0;
    size_t high = list->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare_joined(list->by_key[middle]->key, prefix, shard);
        if (order == 0) {
            *ret_index = middle;
            return true;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return false;
}

static int compare_edges(const void *left, const void *right)
{
    const struct leases_edge *a = left;
    const struct leases_edge *b = right;
    if (a->parent != b->parent) {
        return a->parent < b->parent ? -1 : 1;
    }
    return a->child < b->child ? -1 : a->child > b->child;
}

static void add_edges_of(const struct leases_list *list, size_t index, struct leases_lineage *lineage)
{
    const struct leases_row *row = list->by_key[index];
    size_t other = 0;
    for (size_t i = 0; i < row->parents.count; i++) {
        if (leases_lineage_find(list, row, row->parents.at[i], &other) && other != index) {
            lineage->edges[lineage->edge_count++] = (struct leases_edge){other, index};
        }
    }
    for (size_t i = 0; i < row->children.count; i++) {
        if (!leases_lineage_find(list, row, row->children.at[i], &other)) {
            lineage->missing[lineage->missing_count++] = (struct leases_missing){index, row->children.at[i]};
        } else if (other != index) {
            lineage->edges[lineage->edge_count++] = (struct leases_edge){index, other};
        }
    }
}

static void remove_doubles(struct leases_lineage *lineage)
{
    size_t kept = 0;
    for (size_t i = 0; i < lineage->edge_count; i++) {
        if (kept == 0 || compare_edges(&lineage->edges[kept - 1], &lineage->edges[i]) != 0) {
            lineage->edges[kept++] = lineage->edges[i];
        }
    }
    lineage->edge_count = kept;
}

struct status leases_lineage_make(const struct leases_list *list, struct leases_lineage *ret_lineage)
{
    size_t named = 0;
    for (size_t i = 0; i < list->count; i++) {
        named += list->at[i].parents.count + list->at[i].children.count;
    }
    struct leases_lineage lineage = {
        .edges = calloc(named + 1, sizeof *lineage.edges),
        .has_parent = calloc(list->count + 1, sizeof *lineage.has_parent),
        .missing = calloc(named + 1, sizeof *lineage.missing),
    };
    if (lineage.edges == NULL || lineage.has_parent == NULL || lineage.missing == NULL) {
        leases_lineage_free(&lineage);
        return status_no_memory("the lineage of leases", named * sizeof *lineage.edges);
    }
    for (size_t i = 0; i < list->count; i++) {
        add_edges_of(list, i, &lineage);
    }
    qsort(lineage.edges, lineage.edge_count, sizeof *lineage.edges, compare_edges);
    remove_doubles(&lineage);
    for (size_t i = 0; i < lineage.edge_count; i++) {
        lineage.has_parent[lineage.edges[i].child] = true;
    }
    *ret_lineage = lineage;
    return status_ok();
}

void leases_lineage_free(struct leases_lineage *lineage)
{
    free(lineage->edges);
    free(lineage->has_parent);
    free(lineage->missing);
    *lineage = (struct leases_lineage){0};
}

const struct leases_edge *leases_lineage_children(const struct leases_lineage *lineage, size_t row,
                                                  size_t *ret_count)
{
    size_t low = 0;
    size_t high = lineage->edge_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (lineage->edges[middle].parent < row) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    size_t end = low;
    while (end < lineage->edge_count && lineage->edges[end].parent == row) {
        end++;
    }
    *ret_count = end - low;
    return lineage->edges + low;
}
