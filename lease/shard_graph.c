#include "lease/shard_graph.h"

#include <stdlib.h>
#include <string.h>

enum { LINEAGE_DEPTH_MAX = 64, LINEAGE_STEPS_MAX = 4096 }; /* a day holds six generations */

static int compare_shards(const void *left, const void *right)
{
    const struct stream_shard *const *first = left;
    const struct stream_shard *const *second = right;
    return strcmp((*first)->id, (*second)->id);
}

static int compare_texts(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static int compare_edges(const void *left, const void *right)
{
    const struct shard_edge *first = left;
    const struct shard_edge *second = right;
    int order = strcmp(first->parent, second->parent);
    return order != 0 ? order : strcmp(first->child, second->child);
}

static void add_edge(struct shard_graph *graph, const char *parent, const char *child)
{
    if (parent[0] != '\0' && strcmp(parent, child) != 0) {
        graph->edges[graph->edge_count++] = (struct shard_edge){parent, child};
    }
}

static void sort_edges(struct shard_graph *graph)
{
    if (graph->edge_count == 0) {
        return;
    }
    qsort(graph->edges, graph->edge_count, sizeof graph->edges[0], compare_edges);
    size_t kept = 1;
    for (size_t i = 1; i < graph->edge_count; i++) {
        if (compare_edges(&graph->edges[i], &graph->edges[kept - 1]) != 0) {
            graph->edges[kept++] = graph->edges[i];
        }
    }
    graph->edge_count = kept;
}

bool shard_graph_make(const struct stream_shard *shards, size_t shard_count, const struct lease *const *rows,
                      size_t row_count, struct shard_graph *ret_graph)
{
    size_t edge_room = shard_count + row_count * (LEASE_PARENTS_MAX + LEASE_CHILDREN_MAX) + 1;
    *ret_graph = (struct shard_graph){
        .by_id = calloc(shard_count + 1, sizeof(struct stream_shard *)),
        .edges = calloc(edge_room, sizeof(struct shard_edge)),
        .leased = calloc(row_count + 1, sizeof(char *)),
        .shard_count = shard_count,
        .leased_count = row_count,
    };
    if (ret_graph->by_id == NULL || ret_graph->edges == NULL || ret_graph->leased == NULL) {
        return false;
    }
    for (size_t i = 0; i < shard_count; i++) {
        ret_graph->by_id[i] = &shards[i];
        add_edge(ret_graph, shards[i].parent_id, shards[i].id);
    }
    for (size_t i = 0; i < row_count; i++) {
        ret_graph->leased[i] = rows[i]->key;
        for (size_t j = 0; j < rows[i]->parent_count; j++) {
            add_edge(ret_graph, rows[i]->parents[j], rows[i]->key);
        }
        for (size_t j = 0; j < rows[i]->child_count; j++) {
            add_edge(ret_graph, rows[i]->key, rows[i]->children[j]);
        }
    }
    qsort(ret_graph->by_id, shard_count, sizeof(struct stream_shard *), compare_shards);
    qsort(ret_graph->leased, row_count, sizeof(char *), compare_texts);
    sort_edges(ret_graph);
    return true;
}

void shard_graph_free(struct shard_graph *graph)
{
    free(graph->by_id);
    free(graph->edges);
    free(graph->leased);
    *graph = (struct shard_graph){0};
}

const struct stream_shard *shard_graph_find(const struct shard_graph *graph, const char *id)
{
    size_t low = 0;
    size_t high = graph->shard_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(graph->by_id[middle]->id, id);
        if (order == 0) {
            return graph->by_id[middle];
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

static bool is_leased(const struct shard_graph *graph, const char *id)
{
    return graph->leased_count > 0 &&
           bsearch(&id, graph->leased, graph->leased_count, sizeof(char *), compare_texts) != NULL;
}

const struct shard_edge *shard_graph_children(const struct shard_graph *graph, const char *id,
                                              size_t *ret_count)
{
    size_t low = 0;
    size_t high = graph->edge_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(graph->edges[middle].parent, id) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *ret_count = 0;
    while (low + *ret_count < graph->edge_count && strcmp(graph->edges[low + *ret_count].parent, id) == 0) {
        (*ret_count)++;
    }
    return &graph->edges[low];
}

/* Depth and steps are bounded: the listing comes from the network and could hold a circle. */
static bool has_leased_descendant(const struct shard_graph *graph, const char *id, size_t depth,
                                  size_t *steps_left)
{
    size_t count;
    const struct shard_edge *edges = shard_graph_children(graph, id, &count);
    for (size_t i = 0; i < count && depth > 0 && *steps_left > 0; i++) {
        (*steps_left)--;
        if (is_leased(graph, edges[i].child) ||
            has_leased_descendant(graph, edges[i].child, depth - 1, steps_left)) {
            return true;
        }
    }
    return false;
}

static bool has_leased_ancestor(const struct shard_graph *graph, const struct stream_shard *shard)
{
    const char *parent_id = shard->parent_id;
    for (size_t depth = 0; parent_id[0] != '\0' && depth < LINEAGE_DEPTH_MAX; depth++) {
        if (is_leased(graph, parent_id)) {
            return true;
        }
        const struct stream_shard *parent = shard_graph_find(graph, parent_id);
        if (parent == NULL) {
            return false;
        }
        parent_id = parent->parent_id;
    }
    return false;
}

enum shard_verdict shard_graph_judge(const struct shard_graph *graph, const struct stream_shard *shard,
                                     enum shard_start start, bool *ret_related)
{
    *ret_related = has_leased_ancestor(graph, shard);
    size_t steps = LINEAGE_STEPS_MAX;
    if (is_leased(graph, shard->id) || has_leased_descendant(graph, shard->id, LINEAGE_DEPTH_MAX, &steps)) {
        return SHARD_LEAVE;
    }
    if (start == SHARD_START_TRIM_HORIZON || *ret_related) {
        return SHARD_LEASE_AT_TRIM_HORIZON;
    }
    if (start == SHARD_START_LATEST_LATER) {
        return shard_graph_find(graph, shard->parent_id) != NULL ? SHARD_LEASE_AT_TRIM_HORIZON
                                                                 : SHARD_LEASE_AT_LATEST;
    }
    size_t children;
    (void)shard_graph_children(graph, shard->id, &children);
    bool open = shard->last.length == 0 && children == 0;
    return open ? SHARD_LEASE_AT_LATEST : SHARD_LEAVE;
}
