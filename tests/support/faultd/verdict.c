#include <stdio.h>
#include <stdlib.h>

#include "tests/support/faultd/tracker.h"
#include "tests/support/faultd/tree.h"

enum { MISSING_SHOWN = 20 };

struct sums {
    uint64_t expected, accepted, duplicates, trimmed_missing, out_of_order, key_out_of_order, before_parent;
    uint64_t different, shards, shards_complete;
};

/* Records that are there by now, of which the reader may have all. */
static uint64_t missing_below_trim(const struct shard *shard)
{
    uint64_t missing = 0;
    for (uint64_t i = 0; i < shard->trimmed; i++) {
        missing += shard->marks[i] == 0;
    }
    return missing;
}

static void add_shard(struct sums *sums, const struct shard *shard, int64_t now_ms)
{
    uint64_t expected = shard_available(shard, now_ms);
    sums->expected += expected;
    sums->accepted += shard->accepted;
    sums->duplicates += shard->duplicates;
    sums->out_of_order += shard->out_of_order;
    sums->key_out_of_order += shard->key_out_of_order;
    sums->before_parent += shard->before_parent;
    sums->different += shard->different;
    sums->trimmed_missing += missing_below_trim(shard);
    sums->shards++;
    sums->shards_complete += shard->accepted == shard->records && shard->records == expected;
}

static void list_shard(cJSON *list, const struct shard *shard, int64_t now_ms)
{
    cJSON *entry = tree_append(list, cJSON_CreateObject());
    tree_add_text(entry, "shard", shard->id);
    tree_add_text(entry, "parent", shard->parent == NULL ? "" : shard->parent->id);
    tree_add_text(entry, "table", shard->stream->shape.table);
    tree_add_integer(entry, "generation", shard->generation);
    tree_add_integer(entry, "expected", shard_available(shard, now_ms));
    tree_add_integer(entry, "records", shard->records);
    tree_add_integer(entry, "accepted", shard->accepted);
    tree_add_integer(entry, "duplicates", shard->duplicates);
    tree_add_integer(entry, "out_of_order", shard->out_of_order);
    tree_add_integer(entry, "key_out_of_order", shard->key_out_of_order);
    tree_add_integer(entry, "before_parent", shard->before_parent);
    tree_add_integer(entry, "different", shard->different);
    tree_add_integer(entry, "trimmed", shard->trimmed);
    tree_add_integer(entry, "reads", shard->reads);
    tree_add_integer(entry, "read_records", shard->read_records);
    tree_add_integer(entry, "end_reads", shard->end_reads);
    tree_add_bool(entry, "closed", shard_is_closed(shard, now_ms));
    tree_add_bool(entry, "listed", shard_is_listed(shard, now_ms));
}

static void list_missing(cJSON *list, const struct shard *shard, int64_t now_ms)
{
    uint64_t available = shard_available(shard, now_ms);
    char sequence[SEQUENCE_BYTES];
    for (uint64_t i = 0; i < available && cJSON_GetArraySize(list) < MISSING_SHOWN; i++) {
        if (shard->marks[i] == 0) {
            cJSON *entry = tree_append(list, cJSON_CreateObject());
            sequence_format(&shard->sequence, i, sequence);
            tree_add_text(entry, "shard", shard->id);
            tree_add_integer(entry, "index", i);
            tree_add_text(entry, "seq", sequence);
        }
    }
}

static int64_t latency_at(const struct stream *stream, double part)
{
    uint64_t wanted = (uint64_t)((double)stream->latency_count * part), seen = 0;
    for (int64_t ms = 0; ms < LATENCY_BUCKETS; ms++) {
        seen += stream->latency[ms];
        if (seen > wanted || seen == stream->latency_count) {
            return ms;
        }
    }
    return LATENCY_BUCKETS - 1;
}

static void add_times(cJSON *verdict, const struct stream *stream)
{
    tree_add_number(verdict, "first_accept_ms", (double)stream->first_accept_ms);
    tree_add_number(verdict, "last_accept_ms", (double)stream->last_accept_ms);
    if (stream->latency_count == 0) {
        return;
    }
    cJSON *latency = tree_attach(verdict, "latency_ms", cJSON_CreateObject());
    tree_add_integer(latency, "count", stream->latency_count);
    tree_add_number(latency, "p50", (double)latency_at(stream, 0.5));
    tree_add_number(latency, "p90", (double)latency_at(stream, 0.9));
    tree_add_number(latency, "p99", (double)latency_at(stream, 0.99));
    tree_add_number(latency, "max", (double)latency_at(stream, 1.0));
}

static void add_sums(cJSON *verdict, const struct sums *sums)
{
    tree_add_integer(verdict, "expected", sums->expected);
    tree_add_integer(verdict, "accepted", sums->accepted);
    tree_add_integer(verdict, "missing",
                     sums->expected > sums->accepted ? sums->expected - sums->accepted : 0);
    tree_add_integer(verdict, "missing_trimmed", sums->trimmed_missing);
    tree_add_integer(verdict, "duplicates", sums->duplicates);
    tree_add_integer(verdict, "different", sums->different);
    tree_add_integer(verdict, "out_of_order", sums->out_of_order);
    tree_add_integer(verdict, "key_out_of_order", sums->key_out_of_order);
    tree_add_integer(verdict, "before_parent", sums->before_parent);
    tree_add_integer(verdict, "shard_count", sums->shards);
    tree_add_integer(verdict, "shards_complete", sums->shards_complete);
}

cJSON *tracker_verdict(struct streams *streams, const struct stream *only, bool detail, int64_t now_ms)
{
    struct sums sums = {0};
    cJSON *verdict = cJSON_CreateObject();
    cJSON *shards = cJSON_CreateArray(), *missing = cJSON_CreateArray();
    for (const struct stream *stream = streams->first; stream != NULL; stream = stream->next) {
        if (only != NULL && stream != only) {
            continue;
        }
        for (size_t i = 0; i < stream->shard_count; i++) {
            add_shard(&sums, stream->shards[i], now_ms);
            if (detail) {
                list_shard(shards, stream->shards[i], now_ms);
                list_missing(missing, stream->shards[i], now_ms);
            }
        }
        if (only != NULL || streams->first->next == NULL) {
            add_times(verdict, stream);
        }
    }
    add_sums(verdict, &sums);
    tree_add_integer(verdict, "unknown", streams->unknown);
    if (streams->unknown > 0) {
        tree_add_text(verdict, "unknown_sample", streams->unknown_sample);
    }
    if (detail) {
        tree_attach(verdict, "shards", shards);
        tree_attach(verdict, "missing_sample", missing);
    } else {
        cJSON_Delete(shards);
        cJSON_Delete(missing);
    }
    return verdict;
}
