/* Open shards that nobody has a lease for. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "worker/leases/leases_check.h"
#include "worker/leases/leases_findings.h"
#include "worker/leases/leases_lineage.h"

static int compare_ids(const void *left, const void *right)
{
    return strcmp(((const struct stream_shard *)left)->id, ((const struct stream_shard *)right)->id);
}

static const struct stream_shard *find(const struct stream_description *listing, const char *id)
{
    struct stream_shard wanted = {.id = ""};
    if (!slice_copy_text(slice_of_text(id), wanted.id, sizeof wanted.id)) {
        return NULL;
    }
    return bsearch(&wanted, listing->shards, listing->shard_count, sizeof wanted, compare_ids);
}

/* Marks the ancestors of every shard that has a row: they were done with. Each shard is walked over once. */
static void mark_ancestors(const struct stream_description *listing, const struct leases_list *list,
                           const struct leases_row *sample, bool *done)
{
    for (size_t i = 0; i < listing->shard_count; i++) {
        size_t row = 0;
        const struct stream_shard *shard = &listing->shards[i];
        if (!leases_lineage_find(list, sample, shard->id, &row)) {
            continue;
        }
        while (shard != NULL && !done[shard - listing->shards]) {
            done[shard - listing->shards] = true;
            shard = shard->parent_id[0] != '\0' ? find(listing, shard->parent_id) : NULL;
        }
    }
}

/* Children get their leases when their parent's is finished, which may take a while. */
static bool waits_for_ancestor(const struct stream_description *listing, const struct leases_list *list,
                               const struct leases_row *sample, const struct stream_shard *shard)
{
    for (size_t steps = 0; steps < listing->shard_count && shard->parent_id[0] != '\0'; steps++) {
        size_t row = 0;
        if (leases_lineage_find(list, sample, shard->parent_id, &row)) {
            return !leases_row_is_finished(list->by_key[row]);
        }
        shard = find(listing, shard->parent_id);
        if (shard == NULL) {
            return false;
        }
    }
    return false;
}

struct status leases_check_shards(const struct leases_check_input *input, const struct leases_stream *stream,
                                  const struct leases_row *sample, struct leases_findings *findings)
{
    const struct stream_description *listing = &stream->description;
    bool *done = calloc(listing->shard_count + 1, sizeof *done);
    if (done == NULL) {
        return status_no_memory("a stream's shards", listing->shard_count);
    }
    mark_ancestors(listing, input->last, sample, done);
    struct status status = status_ok();
    for (size_t i = 0; i < listing->shard_count && status_is_ok(&status); i++) {
        bool missing = listing->shards[i].last.length == 0 && !done[i] &&
                       !waits_for_ancestor(listing, input->last, sample, &listing->shards[i]);
        if (missing) {
            status =
                leases_findings_add(findings, "missing-lease", listing->shards[i].id, "",
                                    "the stream has this open shard, but there is no lease for it: nobody "
                                    "reads it");
        }
    }
    free(done);
    return status;
}
