#include "worker/leases/leases_tree.h"

#include <stdlib.h>
#include <string.h>

enum { BRANCH_BYTES = LEASES_TREE_DEPTH * 10 + 1 };

/* A row that waits to be put into the tree. */
struct waiting {
    size_t row; /* in list->by_key; list->count: a missing shard */
    const char *shard; /* of a missing one */
    size_t parent;
    size_t depth;
    bool last; /* of its brothers */
};

struct tree_maker {
    const struct leases_list *list;
    const struct leases_lineage *lineage;
    bool utf8;
    bool *placed;
    bool last_at[LEASES_TREE_DEPTH + 1]; /* by depth: the one above was the last of its brothers */
    struct waiting *stack; /* each edge and each row is pushed once at most */
    size_t waiting;
    struct leases_tree *tree;
};

static const char *make_branch(struct tree_maker *maker, size_t depth)
{
    const char *const *art = maker->utf8 ? (const char *const[]){"│  ", "   ", "├─ ", "└─ "}
                                         : (const char *const[]){"|  ", "   ", "|- ", "`- "};
    char branch[BRANCH_BYTES] = "";
    size_t used = 0;
    for (size_t level = 1; level <= depth; level++) {
        bool own = level == depth;
        const char *piece = art[(own ? 2 : 0) + (maker->last_at[level] ? 1 : 0)];
        size_t length = strlen(piece);
        memcpy(branch + used, piece, length + 1);
        used += length;
    }
    return leases_pool_copy(&maker->tree->pool, branch);
}

/* A row for a shard that has none. */
static const struct leases_row *make_up(struct tree_maker *maker, const struct waiting *waiting)
{
    struct leases_row *row = leases_pool_take(&maker->tree->pool, sizeof *row);
    if (row == NULL) {
        return NULL;
    }
    *row = (struct leases_row){
        .key = waiting->shard,
        .shard = waiting->shard,
        .stream_name = maker->list->by_key[waiting->parent]->stream_name,
        .owner = "",
        .checkpoint_owner = "",
        .checkpoint = "",
        .pending_checkpoint = "",
        .throughput_kbps = "",
        .starting_hash_key = "",
        .ending_hash_key = "",
        .marker = "",
        .stream_arn = "",
        .rewind = "",
        .writer = "",
        .unknown = "",
        .defect = "",
        .gap = {.after = "", .until = "", .found = ""},
    };
    return row;
}

static bool place(struct tree_maker *maker, const struct waiting *waiting)
{
    bool missing = waiting->row == maker->list->count;
    size_t depth = waiting->depth < LEASES_TREE_DEPTH ? waiting->depth : LEASES_TREE_DEPTH;
    maker->last_at[depth] = waiting->last;
    struct leases_leaf *leaf = &maker->tree->at[maker->tree->count];
    *leaf = (struct leases_leaf){
        .row = missing ? make_up(maker, waiting) : maker->list->by_key[waiting->row],
        .missing = missing,
        .depth = waiting->depth,
        .branch = make_branch(maker, depth),
    };
    maker->tree->count++;
    return leaf->row != NULL && leaf->branch != NULL;
}

static void push(struct tree_maker *maker, struct waiting waiting)
{
    maker->stack[maker->waiting] = waiting;
    maker->waiting++;
}

/* Missing shards stand in the order of the rows that name them. */
static size_t first_missing(const struct leases_lineage *lineage, size_t parent)
{
    size_t low = 0;
    size_t high = lineage->missing_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (lineage->missing[middle].parent < parent) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* What stands below a row, so that the first is taken off the stack first. */
static void push_children(struct tree_maker *maker, size_t row, size_t depth)
{
    const struct leases_lineage *lineage = maker->lineage;
    size_t first = maker->waiting;
    size_t missing = first_missing(lineage, row);
    for (; missing < lineage->missing_count && lineage->missing[missing].parent == row; missing++) {
        push(maker, (struct waiting){maker->list->count, lineage->missing[missing].shard, row, depth, false});
    }
    size_t count = 0;
    const struct leases_edge *edges = leases_lineage_children(lineage, row, &count);
    for (size_t i = count; i > 0; i--) {
        if (!maker->placed[edges[i - 1].child]) {
            maker->placed[edges[i - 1].child] = true;
            push(maker, (struct waiting){edges[i - 1].child, NULL, row, depth, false});
        }
    }
    if (maker->waiting > first) {
        maker->stack[first].last = true;
    }
}

static struct status grow(struct tree_maker *maker, size_t root)
{
    maker->placed[root] = true;
    push(maker, (struct waiting){root, NULL, root, 0, true});
    while (maker->waiting > 0) {
        maker->waiting--;
        const struct waiting next = maker->stack[maker->waiting];
        if (!place(maker, &next)) {
            return status_no_memory("a tree of leases", sizeof next);
        }
        if (next.row < maker->list->count) {
            push_children(maker, next.row, next.depth + 1);
        }
    }
    return status_ok();
}

/* Rows without parents first; then what stands in circles. */
static struct status grow_all(struct tree_maker *maker)
{
    for (int circles = 0; circles < 2; circles++) {
        for (size_t i = 0; i < maker->list->count; i++) {
            if (!maker->placed[i] && (circles == 1 || !maker->lineage->has_parent[i])) {
                TRY(grow(maker, i));
            }
        }
    }
    return status_ok();
}

struct status leases_tree_make(const struct leases_list *list, bool utf8, struct leases_tree *ret_tree)
{
    struct leases_lineage lineage = {0};
    TRY(leases_lineage_make(list, &lineage));
    size_t most = list->count + lineage.missing_count + 1;
    struct leases_tree tree = {.at = calloc(most, sizeof *tree.at)};
    struct tree_maker maker = {
        .list = list,
        .lineage = &lineage,
        .utf8 = utf8,
        .placed = calloc(list->count + 1, sizeof *maker.placed),
        .stack = calloc(most, sizeof *maker.stack),
        .tree = &tree,
    };
    struct status status = status_no_memory("a tree of leases", most * sizeof *tree.at);
    if (tree.at != NULL && maker.placed != NULL && maker.stack != NULL) {
        status = grow_all(&maker);
    }
    free(maker.placed);
    free(maker.stack);
    leases_lineage_free(&lineage);
    if (!status_is_ok(&status)) {
        leases_tree_free(&tree);
        return status;
    }
    *ret_tree = tree;
    return status;
}

void leases_tree_free(struct leases_tree *tree)
{
    free(tree->at);
    leases_pool_free(&tree->pool);
    *tree = (struct leases_tree){0};
}
