#include "lease/stream_succession.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/timestamp.h"
#include "lease/lease_item.h"
#include "lease/shard_graph.h"

enum { FIRST_UNSAID = 64 };

void stream_survey_free(struct stream_survey *survey)
{
    free(survey->unsaid);
    *survey = (struct stream_survey){.count = 0};
}

static bool add_unsaid(struct stream_survey *survey, const char *key)
{
    if (survey->unsaid_count == STREAM_UNSAID_MAX || strlen(key) >= STREAMS_SHARD_ID_BYTES) {
        return true;
    }
    if (survey->unsaid_count == survey->unsaid_capacity) {
        size_t capacity = survey->unsaid_capacity == 0 ? FIRST_UNSAID : survey->unsaid_capacity * 2;
        void *unsaid = realloc(survey->unsaid, capacity * sizeof survey->unsaid[0]);
        if (unsaid == NULL) {
            return false;
        }
        survey->unsaid = unsaid;
        survey->unsaid_capacity = capacity;
    }
    lease_copy_text(survey->unsaid[survey->unsaid_count++], STREAMS_SHARD_ID_BYTES, key);
    return true;
}

/* NULL: more streams than anybody has. */
static struct stream_tally *tally_of(struct stream_survey *survey, const char *arn)
{
    for (size_t i = 0; i < survey->count; i++) {
        if (strcmp(survey->at[i].arn, arn) == 0) {
            return &survey->at[i];
        }
    }
    if (survey->count == STREAM_TALLIES_MAX || strlen(arn) >= STREAMS_ARN_BYTES) {
        return NULL;
    }
    struct stream_tally *tally = &survey->at[survey->count++];
    *tally = (struct stream_tally){.rows = 0};
    lease_copy_text(tally->arn, sizeof tally->arn, arn);
    return tally;
}

bool stream_survey_add(struct stream_survey *survey, struct slice item, const char *latest_arn)
{
    struct lease lease;
    struct json_cursor cursor = json_cursor_of(item);
    if (lease_item_read(&cursor, latest_arn, &lease) != LEASE_ITEM_LEASE ||
        lease.stream == LEASE_STREAM_OTHER) {
        return true;
    }
    bool finished = lease_is_finished(&lease);
    if (lease.stream == LEASE_STREAM_UNSAID) {
        return finished || add_unsaid(survey, lease.key);
    }
    char arn[STREAMS_ARN_BYTES];
    if (!lease_item_read_stream(item, arn, sizeof arn)) {
        return true;
    }
    struct stream_tally *tally = tally_of(survey, arn);
    if (tally != NULL) {
        tally->rows++;
        tally->unfinished += finished ? 0 : 1;
    }
    return true;
}

static struct status add_page(struct dynamodb_page *page, const char *latest_arn,
                              struct stream_survey *survey)
{
    struct slice item;
    while (dynamodb_page_take(page, &item)) {
        if (!stream_survey_add(survey, item, latest_arn)) {
            return status_no_memory("the lease table's streams", survey->unsaid_capacity);
        }
    }
    return status_ok();
}

struct status stream_survey_read(struct aws_client *dynamodb, const char *table, const char *latest_arn,
                                 struct stop *cancel, struct stream_survey *survey)
{
    const struct dynamodb_limits limits = {.cancel = cancel};
    struct dynamodb_page page = {.first = false};
    struct status status;
    do {
        status = dynamodb_scan_page(dynamodb, table, &limits, &page);
        if (status_is_ok(&status)) {
            status = add_page(&page, latest_arn, survey);
        }
    } while (status_is_ok(&status) && page.next.at != NULL);
    dynamodb_page_free(&page);
    return status_prefix(status, "cannot read lease table '%.60s'", table);
}

bool stream_shard_is_older(const char *shard, const char *label)
{
    static const char prefix[] = "shardId-";
    char time[STREAMS_LABEL_BYTES + 1];
    int64_t stream_ms = 0;
    int64_t shard_ms = 0;
    if (strncmp(shard, prefix, sizeof prefix - 1) != 0) {
        return false;
    }
    const char *digits = shard + sizeof prefix - 1;
    digits += strspn(digits, "0");
    snprintf(time, sizeof time, "%sZ", label); /* UTC */
    return timestamp_parse_iso(slice_of_text(time), &stream_ms) &&
           slice_parse_int64(slice_of(digits, strcspn(digits, "-")), &shard_ms) && shard_ms < stream_ms;
}

const char *stream_survey_choose(const struct stream_survey *survey, const char *latest_arn,
                                 const char *drained)
{
    const struct stream_tally *unfinished = NULL; /* the earliest */
    const struct stream_tally *before = NULL; /* the last */
    bool begun = false;
    for (size_t i = 0; i < survey->count; i++) {
        const struct stream_tally *tally = &survey->at[i];
        if (strcmp(tally->arn, latest_arn) == 0) {
            begun = tally->rows > 0;
            continue;
        }
        if (tally->unfinished > 0 && (unfinished == NULL || strcmp(tally->arn, unfinished->arn) < 0)) {
            unfinished = tally;
        }
        before = before == NULL || strcmp(tally->arn, before->arn) > 0 ? tally : before;
    }
    if (unfinished != NULL) {
        return unfinished->arn;
    }
    bool known = before != NULL && strcmp(before->arn, drained) <= 0;
    return begun || known || before == NULL ? latest_arn : before->arn;
}

/* Does every listed shard have a row, or was it done with before? */
static bool all_leased(const struct lease *const *rows, size_t row_count,
                       const struct stream_description *listing)
{
    struct shard_graph graph = {0};
    bool all = shard_graph_make(listing->shards, listing->shard_count, rows, row_count, &graph);
    for (size_t i = 0; all && i < listing->shard_count; i++) {
        bool related;
        all =
            shard_graph_judge(&graph, &listing->shards[i], SHARD_START_TRIM_HORIZON, &related) == SHARD_LEAVE;
    }
    shard_graph_free(&graph);
    return all;
}

bool stream_is_drained(const struct lease *rows, size_t row_count, const struct stream_description *listing)
{
    const struct lease **ours = calloc(row_count + 1, sizeof(struct lease *));
    if (ours == NULL) {
        return false;
    }
    size_t count = 0;
    bool drained = true;
    for (size_t i = 0; i < row_count; i++) {
        if (!rows[i].broken && lease_is_of_stream(&rows[i])) {
            ours[count++] = &rows[i];
            drained = drained && lease_is_finished(&rows[i]);
        }
    }
    if (drained && listing != NULL) {
        drained = strcmp(listing->status, "DISABLED") == 0 && all_leased(ours, count, listing);
    }
    free(ours);
    return drained;
}
