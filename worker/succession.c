#include "worker/succession.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "lease/stream_succession.h"
#include "worker/startup.h"

enum {
    LOOK_SELDOM_MS = 60000,
    LOOK_OFTEN_MS = 3000,
    LOOK_DEADLINE_MS = 15000,
    DRAINED_ENOUGH = 2, /* scans are no snapshots */
    SHARDS_CEILING = 200000,
    ROWS_CEILING = 1000000,
    LOG_INTERVAL_MS = 60000,
};

static struct status set_arn(struct stream_target *target, const char *arn)
{
    struct stream_arn_parts parts;
    TRY(stream_arn_parse(arn, &parts));
    char whole[DYNAMODB_ARN_BYTES];
    snprintf(whole, sizeof whole, "%s", arn); /* may come from *target */
    snprintf(target->arn, sizeof target->arn, "%s", whole);
    snprintf(target->label, sizeof target->label, "%s", parts.label);
    return status_ok();
}

static struct status describe(const struct access *access, const char *arn, struct stop *cancel,
                              struct stream_description *ret_listing)
{
    const struct streams_limits limits = {.cancel = cancel};
    struct status status = streams_describe(access->streams, arn, SHARDS_CEILING, &limits, ret_listing);
    if (status_is_ok(&status) || status.code == STATUS_NOT_FOUND) {
        return status;
    }
    const struct startup_call call = {"dynamodb:DescribeStream", arn, access->region, "--table",
                                      access->credentials};
    return startup_explain(&call, &status);
}

static bool lists(const struct stream_description *listing, const char *shard)
{
    for (size_t i = 0; i < listing->shard_count; i++) {
        if (strcmp(listing->shards[i].id, shard) == 0) {
            return true;
        }
    }
    return false;
}

/* Leaves those of a Java fleet's rows that the stream does not list, and that are too old to be trimmed ones of it. */
static void keep_unlisted(struct stream_survey *survey, const char *label,
                          const struct stream_description *listing)
{
    size_t kept = 0;
    for (size_t i = 0; i < survey->unsaid_count; i++) {
        if (!lists(listing, survey->unsaid[i]) && stream_shard_is_older(survey->unsaid[i], label)) {
            memmove(survey->unsaid[kept++], survey->unsaid[i], sizeof survey->unsaid[i]);
        }
    }
    survey->unsaid_count = kept;
}

static struct status explain_listing(const struct access *access, const struct status *failure)
{
    const struct startup_call call = {"dynamodb:ListStreams",
                                      "all streams: unfinished leases are of an earlier stream of the table",
                                      access->region, "--table and --app", access->credentials};
    return startup_explain(&call, failure);
}

/* Whose are they: of the earliest stream before `latest` that lists one. */
static struct status find_owner(const struct access *access, const char *table, const char *latest,
                                struct stop *cancel, const struct stream_survey *survey,
                                char ret_arn[STREAMS_ARN_BYTES])
{
    struct stream_names *names = calloc(1, sizeof *names);
    if (names == NULL) {
        return status_no_memory("the table's streams", sizeof *names);
    }
    const struct streams_limits limits = {.cancel = cancel};
    struct status status = streams_list(access->streams, table, &limits, names);
    if (!status_is_ok(&status)) {
        status = explain_listing(access, &status);
    }
    ret_arn[0] = '\0';
    for (size_t i = 0; status_is_ok(&status) && i < names->count; i++) {
        const char *arn = names->arns[i];
        bool earlier = lease_stream_compare(arn, latest) == LEASE_STREAM_EARLIER;
        if (!earlier || (ret_arn[0] != '\0' && strcmp(arn, ret_arn) > 0)) {
            continue;
        }
        struct stream_description listing = {.shards = NULL};
        status = describe(access, arn, cancel, &listing);
        status = status.code == STATUS_NOT_FOUND ? status_ok() : status; /* gone since it was named */
        for (size_t j = 0; j < survey->unsaid_count; j++) {
            if (lists(&listing, survey->unsaid[j])) {
                snprintf(ret_arn, STREAMS_ARN_BYTES, "%s", arn);
            }
        }
        stream_description_free(&listing);
    }
    free(names);
    return status;
}

/* Unfinished rows that a Java fleet left name no stream: the listings tell. Rows that no stream lists end with a gap
 * when they are read. *ret_arn: an earlier stream, or empty. */
static struct status resolve_unsaid(const struct access *access, const struct stream_target *target,
                                    struct stop *cancel, struct stream_survey *survey,
                                    char ret_arn[STREAMS_ARN_BYTES])
{
    ret_arn[0] = '\0';
    if (survey->unsaid_count == 0) {
        return status_ok();
    }
    struct stream_description listing = {.shards = NULL};
    struct status status = describe(access, target->arn, cancel, &listing);
    if (status_is_ok(&status)) {
        keep_unlisted(survey, target->label, &listing);
        if (survey->unsaid_count > 0) {
            status = find_owner(access, target->table, target->arn, cancel, survey, ret_arn);
        }
    }
    stream_description_free(&listing);
    return status;
}

static struct status choose(const struct access *access, const char *app, const char *drained,
                            struct stop *cancel, struct stream_target *target, struct stream_survey *survey)
{
    char unsaid_arn[STREAMS_ARN_BYTES];
    struct status read = stream_survey_read(access->dynamodb, app, target->arn, cancel, survey);
    TRY(startup_explain_scan(access, app, read));
    TRY(resolve_unsaid(access, target, cancel, survey, unsaid_arn));
    const char *chosen = stream_survey_choose(survey, target->arn, drained);
    if (unsaid_arn[0] != '\0' && strcmp(unsaid_arn, chosen) < 0) {
        chosen = unsaid_arn;
    }
    if (strcmp(chosen, target->arn) == 0) {
        return status_ok();
    }
    log_write(LOG_INFO, "worker", "an earlier stream of the table is carried to its end first",
              log_text("stream", chosen), log_text("then", target->arn));
    return set_arn(target, chosen);
}

struct status succession_choose(const struct access *access, const char *app, const char *drained,
                                struct stop *cancel, struct stream_target *target)
{
    struct stream_survey *survey = calloc(1, sizeof *survey);
    if (survey == NULL) {
        return status_no_memory("the lease table's streams", sizeof *survey);
    }
    struct status status = choose(access, app, drained, cancel, target, survey);
    stream_survey_free(survey);
    free(survey);
    return status;
}

static struct status read_rows(struct succession *succession, struct lease_rows *rows)
{
    const struct lease_table_options options = {
        .dynamodb = succession->access->dynamodb,
        .clock = succession->clock,
        .table = succession->app,
        .stream_arn = succession->target->arn,
        .failover_ms = LOOK_DEADLINE_MS,
        .cancel = succession->cancel,
    };
    return lease_table_scan(&options, ROWS_CEILING, rows);
}

/* Rows before listing: a shard that is listed later than the rows were read is no news of a disabled stream. */
static struct status look_at_old(struct succession *succession, bool *ret_drained)
{
    struct lease_rows rows = {0};
    struct stream_description listing = {.shards = NULL};
    const struct streams_limits limits = {.deadline_boot_ms =
                                              clock_boot_ms(succession->clock) + LOOK_DEADLINE_MS,
                                          .cancel = succession->cancel};
    struct status status = read_rows(succession, &rows);
    bool gone = false;
    if (status_is_ok(&status)) {
        status = streams_describe(succession->access->streams, succession->target->arn, SHARDS_CEILING,
                                  &limits, &listing);
        gone = status.code == STATUS_NOT_FOUND;
        status = gone ? status_ok() : status;
    }
    if (status_is_ok(&status)) {
        struct lease *all = lease_rows_unpack(&rows);
        *ret_drained = all != NULL && stream_is_drained(all, rows.count, gone ? NULL : &listing);
        free(all);
    }
    stream_description_free(&listing);
    lease_rows_free(&rows);
    return status;
}

static struct status look_at_table(struct succession *succession, struct dynamodb_table *table)
{
    const struct dynamodb_limits limits = {.deadline_boot_ms =
                                               clock_boot_ms(succession->clock) + LOOK_DEADLINE_MS,
                                           .cancel = succession->cancel};
    return dynamodb_describe_table(succession->access->dynamodb, succession->target->table, &limits, table);
}

static void tell_of_table(struct succession *succession, const struct dynamodb_table *table)
{
    bool newer = table->stream_enabled && table->stream_arn[0] != '\0' &&
                 strcmp(table->stream_arn, succession->target->arn) > 0;
    if (newer && !succession->newer) {
        log_write(LOG_INFO, "worker", "the table has a new stream; it follows when the old one is drained",
                  log_text("stream", succession->target->arn), log_text("then", table->stream_arn));
    }
    if (!table->stream_enabled && !succession->switched_off) {
        log_write(
            LOG_WARN, "worker",
            "the table's stream is switched off: what it holds is carried; changes from now on are in no "
            "stream",
            log_text("stream", succession->target->arn));
    }
    succession->switched_off = !table->stream_enabled;
    succession->newer = newer;
}

static struct status look(struct succession *succession)
{
    struct dynamodb_table table = {.name = ""};
    TRY(look_at_table(succession, &table));
    tell_of_table(succession, &table);
    bool drained = false;
    if (succession->newer) {
        TRY(look_at_old(succession, &drained));
    }
    succession->drained = drained ? succession->drained + 1 : 0;
    return status_ok();
}

bool succession_look(struct succession *succession, const struct lease_keeper_counts *counts)
{
    bool idle = counts->total > 0 && counts->finished == counts->total;
    int64_t now_ms = clock_boot_ms(succession->clock);
    bool often = idle || succession->newer;
    if (often && succession->due_boot_ms > now_ms + LOOK_OFTEN_MS) {
        succession->due_boot_ms = now_ms + LOOK_OFTEN_MS;
    }
    if (!succession->follows || now_ms < succession->due_boot_ms) {
        return false;
    }
    succession->due_boot_ms = now_ms + (often ? LOOK_OFTEN_MS : LOOK_SELDOM_MS);
    struct status status = look(succession);
    if (!status_is_ok(&status)) {
        succession->drained = 0;
        if (status.code != STATUS_STOPPED) {
            log_write_limited(LOG_INTERVAL_MS, LOG_WARN, "worker",
                              "cannot look for a new stream of the table; trying again",
                              log_text("table", succession->target->table), log_status(&status));
        }
    }
    return succession->drained >= DRAINED_ENOUGH;
}
