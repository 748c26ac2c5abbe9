/* A command's way to the lease table and the stream, made from what the operator said. */
#ifndef PENSTOCK_WORKER_LEASES_LEASES_ACCESS_H
#define PENSTOCK_WORKER_LEASES_LEASES_ACCESS_H

#include "worker/access.h"
#include "worker/leases/leases_commands.h"
#include "worker/startup_rules.h"

/* Zeroed memory is a valid closed access. */
struct leases_access {
    struct access access;
    char app[DYNAMODB_NAME_BYTES]; /* the lease table */
};

/* Sets the log level, finds region and credentials, makes the clients and works out the lease table's name: --app, or
 * "penstock-TABLE". No request is sent. STATUS_INVALID when neither is given. On failure all is closed. */
struct status leases_access_open(const struct leases_request *request, struct leases_access *ret_access)
    MUST_USE;

void leases_access_close(struct leases_access *access);

/* The stream's ARN into `ret_arn`: --stream-arn; else by DescribeTable of --table; else `row_arn`, which rows of ours
 * name (may be NULL or empty). STATUS_NOT_FOUND says how to give one. */
struct status leases_access_find_stream(const struct leases_access *access,
                                        const struct leases_request *request, const char *row_arn,
                                        char ret_arn[DYNAMODB_ARN_BYTES]) MUST_USE;

/* "penstock: error: REASON" on standard error; the exit code for it. */
int leases_fail(const struct status *status);

#endif
