#include "worker/leases/leases_access.h"

#include <signal.h>
#include <stdio.h>

#include "base/log.h"
#include "worker/exit_code.h"

static struct status find_app(const struct leases_request *request, char ret_app[DYNAMODB_NAME_BYTES])
{
    if (request->app == NULL && request->table == NULL) {
        return status_make(STATUS_INVALID,
                           "which leases? give --app NAME, the name of the lease table, or --table NAME "
                           "when it is penstock-NAME");
    }
    if (request->table == NULL) {
        snprintf(ret_app, DYNAMODB_NAME_BYTES, "%s", request->app);
        return status_ok();
    }
    return startup_app_name(request->app, request->table, ret_app);
}

struct status leases_access_open(const struct leases_request *request, struct leases_access *ret_access)
{
    log_set_level((enum log_level)request->log_level);
    signal(SIGPIPE, SIG_IGN); /* output that nobody reads is an error in words, not a death in silence */
    struct leases_access access = {.app = ""};
    TRY(find_app(request, access.app));
    const struct settings settings = {
        .region = request->region, .profile = request->profile, .stream_arn = request->stream_arn};
    TRY(access_open(&settings, clock_real(), &access.access));
    *ret_access = access;
    return status_ok();
}

void leases_access_close(struct leases_access *access)
{
    access_close(&access->access);
}

static struct status find_by_table(const struct leases_access *access, const char *name,
                                   char ret_arn[DYNAMODB_ARN_BYTES])
{
    const struct dynamodb_limits limits = {0};
    struct dynamodb_table table = {.name = ""};
    struct status status = dynamodb_describe_table(access->access.dynamodb, name, &limits, &table);
    if (!status_is_ok(&status)) {
        char resource[DYNAMODB_NAME_BYTES + 16];
        snprintf(resource, sizeof resource, "table '%s'", name);
        const struct startup_call call = {"dynamodb:DescribeTable", resource, access->access.region,
                                          "--table and --region", access->access.credentials};
        return startup_explain(&call, &status);
    }
    if (table.stream_arn[0] == '\0') {
        return status_make(STATUS_NOT_FOUND, "table '%s' has no stream", name);
    }
    snprintf(ret_arn, DYNAMODB_ARN_BYTES, "%s", table.stream_arn);
    return status_ok();
}

struct status leases_access_find_stream(const struct leases_access *access,
                                        const struct leases_request *request, const char *row_arn,
                                        char ret_arn[DYNAMODB_ARN_BYTES])
{
    if (request->stream_arn != NULL) {
        snprintf(ret_arn, DYNAMODB_ARN_BYTES, "%s", request->stream_arn);
        return status_ok();
    }
    if (request->table != NULL) {
        return find_by_table(access, request->table, ret_arn);
    }
    if (row_arn != NULL && row_arn[0] != '\0') {
        snprintf(ret_arn, DYNAMODB_ARN_BYTES, "%s", row_arn);
        return status_ok();
    }
    return status_make(
        STATUS_NOT_FOUND,
        "the rows of '%s' do not say which stream they are of: give --table NAME or --stream-arn ARN",
        access->app);
}

int leases_fail(const struct status *status)
{
    fprintf(stderr, "penstock: error: %s\n", status->reason);
    return status->code == STATUS_INVALID ? EXIT_CODE_USAGE : exit_code_of(status);
}
