#include "worker/leases/leases_stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "worker/startup_rules.h"

enum { LISTING_DEADLINE_MS = 120000 };

/* The piece up to `end`, which is passed over; false when there is none or it is empty. */
static bool take_piece(const char **text, char end, struct slice *ret_piece)
{
    const char *found = strchr(*text, end);
    if (found == NULL || found == *text) {
        return false;
    }
    *ret_piece = slice_of(*text, (size_t)(found - *text));
    *text = found + 1;
    return true;
}

static const char *partition_of(struct slice region)
{
    if (slice_starts_with(region, "cn-")) {
        return "aws-cn";
    }
    return slice_starts_with(region, "us-gov-") ? "aws-us-gov" : "aws";
}

static void arn_of_key(const char *key, char ret_arn[STREAMS_ARN_BYTES])
{
    struct slice account;
    struct slice region;
    struct slice again;
    struct slice table;
    struct slice label;
    const char *rest = key;
    if (!take_piece(&rest, ':', &account) || !take_piece(&rest, '$', &region) ||
        !take_piece(&rest, '$', &again) || !take_piece(&rest, '$', &table) ||
        !take_piece(&rest, ':', &label)) {
        return;
    }
    int length = snprintf(ret_arn, STREAMS_ARN_BYTES, "arn:%s:dynamodb:%.*s:%.*s:table/%.*s/stream/%.*s",
                          partition_of(region), (int)region.length, region.at, (int)account.length,
                          account.at, (int)table.length, table.at, (int)label.length, label.at);
    if (length < 0 || length >= STREAMS_ARN_BYTES) {
        ret_arn[0] = '\0';
        return;
    }
    /* In the key the label's colons are underscores. */
    for (char *at = strstr(ret_arn, "/stream/"); at != NULL && *at != '\0'; at++) {
        *at = *at == '_' ? ':' : *at;
    }
}

void leases_stream_of_row(const struct leases_row *row, char ret_arn[STREAMS_ARN_BYTES])
{
    ret_arn[0] = '\0';
    if (row->stream_arn[0] != '\0') {
        snprintf(ret_arn, STREAMS_ARN_BYTES, "%s", row->stream_arn);
    } else if (row->shard != row->key) {
        arn_of_key(row->key, ret_arn);
    }
}

const struct leases_stream *leases_streams_get(const struct leases_streams *streams, const char *arn)
{
    for (size_t i = 0; i < streams->count; i++) {
        if (strcmp(streams->at[i]->description.arn, arn) == 0) {
            return streams->at[i];
        }
    }
    return NULL;
}

static int compare_shards(const void *left, const void *right)
{
    const struct stream_shard *a = left;
    const struct stream_shard *b = right;
    return strcmp(a->id, b->id);
}

static struct status list_shards(const struct leases_source *source, const char *arn,
                                 struct leases_stream *stream)
{
    const struct streams_limits limits = {
        .deadline_boot_ms = clock_boot_ms(source->clock) + LISTING_DEADLINE_MS, .cancel = source->cancel};
    struct status status =
        streams_describe(source->streams, arn, LEASES_SHARDS_CEILING, &limits, &stream->description);
    if (status.code == STATUS_NOT_FOUND) {
        stream->gone = true;
        status = status_ok();
    }
    if (!status_is_ok(&status)) {
        char resource[128];
        snprintf(resource, sizeof resource, "stream '%.100s'", arn);
        const struct startup_call call = {"dynamodb:DescribeStream", resource, source->region, "--stream-arn",
                                          source->credentials};
        return startup_explain(&call, &status);
    }
    if (stream->description.shard_count > 0) {
        qsort(stream->description.shards, stream->description.shard_count, sizeof *stream->description.shards,
              compare_shards);
    }
    /* What it is found by, whatever form the answer gave it. */
    snprintf(stream->description.arn, sizeof stream->description.arn, "%s", arn);
    return status;
}

struct status leases_streams_add(const struct leases_source *source, const char *arn,
                                 struct leases_streams *streams)
{
    if (leases_streams_get(streams, arn) != NULL) {
        return status_ok();
    }
    if (streams->count == LEASES_STREAMS_MAX) {
        return status_make(STATUS_TOO_LARGE, "the rows name more than %d streams", LEASES_STREAMS_MAX);
    }
    struct leases_stream *stream = calloc(1, sizeof *stream);
    if (stream == NULL) {
        return status_no_memory("a stream's shards", sizeof *stream);
    }
    struct status status = list_shards(source, arn, stream);
    if (!status_is_ok(&status)) {
        free(stream);
        return status;
    }
    streams->at[streams->count] = stream;
    streams->count++;
    return status;
}

void leases_streams_free(struct leases_streams *streams)
{
    for (size_t i = 0; i < streams->count; i++) {
        stream_description_free(&streams->at[i]->description);
        free(streams->at[i]);
    }
    *streams = (struct leases_streams){.count = 0};
}

bool leases_streams_find(const struct leases_streams *streams, const char *arn, const char *shard,
                         const struct stream_shard **ret_shard)
{
    const struct leases_stream *stream = leases_streams_get(streams, arn);
    struct stream_shard wanted = {.id = ""};
    if (stream == NULL || stream->description.shard_count == 0 ||
        !slice_copy_text(slice_of_text(shard), wanted.id, sizeof wanted.id)) {
        return false;
    }
    const struct stream_shard *found = bsearch(
        &wanted, stream->description.shards, stream->description.shard_count, sizeof wanted, compare_shards);
    if (found == NULL) {
        return false;
    }
    *ret_shard = found;
    return true;
}
