#include "worker/startup.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "lease/kcl_fleet.h"
#include "lease/keeper.h"
#include "lease/stream_succession.h"

struct status startup_explain_scan(const struct access *access, const char *app, struct status scan)
{
    if (status_is_ok(&scan)) {
        return scan;
    }
    char resource[DYNAMODB_NAME_BYTES + 24];
    snprintf(resource, sizeof resource, "lease table '%s'", app);
    const struct startup_call call = {"dynamodb:Scan", resource, access->region, "--app and --region",
                                      access->credentials};
    return startup_explain(&call, &scan);
}

/* Does the lease table know of work on the stream, or on one before it? No table: no. */
static struct status has_work(const struct access *access, const char *app, const char *stream_arn,
                              struct stop *cancel, bool *ret_work)
{
    struct stream_survey *survey = calloc(1, sizeof *survey);
    if (survey == NULL) {
        return status_no_memory("the lease table's streams", sizeof *survey);
    }
    struct status status = stream_survey_read(access->dynamodb, app, stream_arn, cancel, survey);
    bool work = survey->unsaid_count > 0;
    for (size_t i = 0; i < survey->count; i++) {
        work = work || survey->at[i].unfinished > 0;
    }
    stream_survey_free(survey);
    free(survey);
    *ret_work = work && status_is_ok(&status);
    return status.code == STATUS_NOT_FOUND ? status_ok() : startup_explain_scan(access, app, status);
}

/* Who asks for old images; NULL: nobody. */
static const char *wants_old(const struct settings *settings, bool compares_images)
{
    return settings->old_image ? "--old-image" : compares_images ? "a filter with 'changed'" : NULL;
}

/* A stream that is switched off is carried to its end by those who began it: they may be started anew meanwhile. To
 * begin with one is refused. */
static struct status resolve_switched_off(const struct access *access, const struct settings *settings,
                                          bool compares_images, const struct dynamodb_table *table,
                                          struct stop *cancel, struct stream_target *ret_target)
{
    char app[DYNAMODB_NAME_BYTES];
    bool work = false;
    TRY(startup_app_name(settings->app, table->name, app));
    TRY(has_work(access, app, table->stream_arn, cancel, &work));
    if (!work) {
        return startup_target_of_table(table, wants_old(settings, compares_images), ret_target);
    }
    log_write(LOG_WARN, "worker", "the table's stream is switched off: what it still holds is carried",
              log_text("stream", table->stream_arn));
    return startup_target_of_old_stream(table, ret_target);
}

static struct status resolve_table(const struct access *access, const struct settings *settings,
                                   bool compares_images, struct stop *cancel,
                                   struct stream_target *ret_target)
{
    const struct dynamodb_limits limits = {.cancel = cancel};
    struct dynamodb_table table = {.name = ""};
    struct status status = dynamodb_describe_table(access->dynamodb, settings->table, &limits, &table);
    if (!status_is_ok(&status)) {
        char resource[DYNAMODB_NAME_BYTES + 16];
        snprintf(resource, sizeof resource, "table '%s'", settings->table);
        const struct startup_call call = {"dynamodb:DescribeTable", resource, access->region,
                                          "--table and --region", access->credentials};
        return startup_explain(&call, &status);
    }
    if (startup_is_switched_off(&table)) {
        return resolve_switched_off(access, settings, compares_images, &table, cancel, ret_target);
    }
    return startup_target_of_table(&table, wants_old(settings, compares_images), ret_target);
}

static struct status check_arn(const struct access *access, const char *arn)
{
    struct stream_arn_parts parts;
    struct status status = stream_arn_parse(arn, &parts);
    if (!status_is_ok(&status)) {
        return status_prefix(status, "--stream-arn");
    }
    struct aws_endpoint endpoint;
    TRY(aws_session_endpoint(access->session, AWS_DYNAMODB_STREAMS, &endpoint));
    return startup_check_region(parts.region, access->region, endpoint.url);
}

static struct status resolve_stream(const struct access *access, const struct settings *settings,
                                    bool compares_images, struct stop *cancel,
                                    struct stream_target *ret_target)
{
    TRY(check_arn(access, settings->stream_arn));
    const struct streams_limits limits = {.cancel = cancel};
    struct stream_description description = {.shard_count = 0};
    struct status status =
        streams_describe_page(access->streams, settings->stream_arn, NULL, NULL, &limits, &description);
    if (!status_is_ok(&status)) {
        const struct startup_call call = {
            "dynamodb:DescribeStream", "stream of --stream-arn", access->region,
            "--stream-arn (the stream of a deleted table is gone after 24 hours)", access->credentials};
        return startup_explain(&call, &status);
    }
    if (strcmp(description.status, "DISABLED") == 0) {
        log_write(LOG_WARN, "worker", "the stream is switched off: what it still holds is carried",
                  log_text("stream", settings->stream_arn));
    }
    status = startup_target_of_stream(&description, settings->stream_arn,
                                      wants_old(settings, compares_images), ret_target);
    stream_description_free(&description);
    return status;
}

struct status startup_resolve(const struct access *access, const struct settings *settings,
                              bool compares_images, struct stop *cancel, struct stream_target *ret_target)
{
    if (settings->stream_arn != NULL) {
        return resolve_stream(access, settings, compares_images, cancel, ret_target);
    }
    return resolve_table(access, settings, compares_images, cancel, ret_target);
}

struct status startup_prepare_leases(const struct access *access, const struct settings *settings,
                                     const struct stream_target *target, const struct clock *clock,
                                     struct stop *cancel, char ret_app[DYNAMODB_NAME_BYTES])
{
    char app[DYNAMODB_NAME_BYTES];
    TRY(startup_app_name(settings->app, target->table, app));
    struct status status = lease_keeper_prepare_table(access->dynamodb, app, clock, cancel);
    if (!status_is_ok(&status)) {
        char resource[DYNAMODB_NAME_BYTES + 24];
        snprintf(resource, sizeof resource, "lease table '%s'", app);
        const struct startup_call call = {"dynamodb:DescribeTable and dynamodb:CreateTable", resource,
                                          access->region, "--app and --region", access->credentials};
        return startup_explain(&call, &status);
    }
    TRY(startup_explain_scan(access, app, kcl_fleet_check(access->dynamodb, app, clock, cancel)));
    snprintf(ret_app, DYNAMODB_NAME_BYTES, "%s", app);
    return status_ok();
}
