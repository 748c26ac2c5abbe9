#include "worker/startup.h"

#include <stdio.h>

#include "base/log.h"
#include "lease/kcl_fleet.h"
#include "lease/keeper.h"

static struct status resolve_table(const struct access *access, const struct settings *settings,
                                   struct stop *cancel, struct stream_target *ret_target)
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
    return startup_target_of_table(&table, settings->old_image, ret_target);
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
                                    struct stop *cancel, struct stream_target *ret_target)
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
    status = startup_target_of_stream(&description, settings->stream_arn, settings->old_image, ret_target);
    stream_description_free(&description);
    return status;
}

struct status startup_resolve(const struct access *access, const struct settings *settings,
                              struct stop *cancel, struct stream_target *ret_target)
{
    if (settings->stream_arn != NULL) {
        return resolve_stream(access, settings, cancel, ret_target);
    }
    return resolve_table(access, settings, cancel, ret_target);
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
    TRY(kcl_fleet_check(access->dynamodb, app, clock, cancel));
    snprintf(ret_app, DYNAMODB_NAME_BYTES, "%s", app);
    return status_ok();
}
