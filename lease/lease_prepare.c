/* The lease table made, or its shape checked, before a worker starts. */
#include <string.h>

#include "lease/keeper.h"

enum { ACTIVE_DEADLINE_MS = 120000, ACTIVE_POLL_MS = 100, ACTIVE_POLL_MAX_MS = 1000 };

static const char hash_key[] = "leaseKey";

static struct status check_shape(const struct dynamodb_table *found)
{
    if (strcmp(found->hash_key, hash_key) == 0 && strcmp(found->hash_key_type, "S") == 0 &&
        found->range_key[0] == '\0') {
        return status_ok();
    }
    return status_make(STATUS_INVALID,
                       "table '%s' is no lease table: its key is '%.60s' (%s)%s%.60s%s, a lease table's is "
                       "'leaseKey' (S) alone; name another with --app, or remove the table",
                       found->name, found->hash_key, found->hash_key_type,
                       found->range_key[0] != '\0' ? " with '" : "", found->range_key,
                       found->range_key[0] != '\0' ? "'" : "");
}

/* A role may lack dynamodb:DescribeTable: then a table that can be scanned is taken as it is; one of another
 * shape refuses our first write by name. */
static struct status check_readable(struct aws_client *dynamodb, const char *table,
                                    const struct dynamodb_limits *limits, struct status denied)
{
    struct dynamodb_page page = {.first = false};
    struct status status = dynamodb_scan_page(dynamodb, table, limits, &page);
    dynamodb_page_free(&page);
    return status_is_ok(&status) ? status : status_prefix(denied, "cannot look at lease table '%s'", table);
}

static struct status make_table(struct aws_client *dynamodb, const char *table,
                                const struct dynamodb_limits *limits)
{
    struct status status = dynamodb_create_table(dynamodb, table, hash_key, limits);
    if (status.code == STATUS_EXISTS) { /* another worker was faster */
        return status_ok();
    }
    return status_prefix(status, "cannot create lease table '%s'", table);
}

static bool pause_ms(struct stop *cancel, struct stop *own, int64_t ms)
{
    return stop_wait_ms(cancel != NULL ? cancel : own, ms);
}

static struct status wait_until_active(struct aws_client *dynamodb, const char *table,
                                       const struct clock *clock, struct stop *cancel, struct stop *own)
{
    int64_t deadline_ms = clock_boot_ms(clock) + ACTIVE_DEADLINE_MS;
    struct dynamodb_limits limits = {.deadline_boot_ms = deadline_ms, .cancel = cancel};
    bool made = false;
    for (int64_t wait_ms = ACTIVE_POLL_MS;;
         wait_ms = wait_ms * 2 < ACTIVE_POLL_MAX_MS ? wait_ms * 2 : ACTIVE_POLL_MAX_MS) {
        struct dynamodb_table found;
        struct status status = dynamodb_describe_table(dynamodb, table, &limits, &found);
        if (status_is_ok(&status)) {
            TRY(check_shape(&found));
            if (strcmp(found.status, "ACTIVE") == 0 || strcmp(found.status, "UPDATING") == 0) {
                return status_ok();
            }
        } else if (status.code == STATUS_DENIED) {
            return check_readable(dynamodb, table, &limits, status);
        } else if (status.code != STATUS_NOT_FOUND) {
            return status_prefix(status, "cannot look at lease table '%s'", table);
        } else if (!made) { /* once: after that DescribeTable may lag behind */
            TRY(make_table(dynamodb, table, &limits));
            made = true;
            continue;
        }
        if (clock_boot_ms(clock) + wait_ms > deadline_ms) {
            return status_make(STATUS_TIMEOUT, "lease table '%s' did not become ACTIVE within %d s", table,
                               ACTIVE_DEADLINE_MS / 1000);
        }
        if (pause_ms(cancel, own, wait_ms)) {
            return status_make(STATUS_STOPPED, "stopped while waiting for lease table '%s'", table);
        }
    }
}

struct status lease_keeper_prepare_table(struct aws_client *dynamodb, const char *table,
                                         const struct clock *clock, struct stop *cancel)
{
    struct stop own;
    stop_init(&own);
    struct status status = wait_until_active(dynamodb, table, clock, cancel, &own);
    stop_destroy(&own);
    return status;
}
