/* Reads the rows by which a fleet of KCL 3 is recognised, and waits while they leave a doubt. */
#include <stdio.h>
#include <stdlib.h>

#include "aws/json.h"
#include "base/log.h"
#include "lease/kcl_fleet.h"

enum { LOOK_EVERY_MS = 2500, PAGES_CEILING = 100000 };

static struct status add_item(struct slice item, bool of_lease_table, struct kcl_workers *workers)
{
    cJSON *tree = NULL;
    TRY(json_parse(item, &tree));
    bool good = kcl_workers_add(workers, tree, of_lease_table);
    cJSON_Delete(tree);
    return good ? status_ok() : status_no_memory("the rows of a KCL fleet", workers->count);
}

static struct status add_page(struct dynamodb_page *page, bool of_lease_table, struct kcl_workers *workers)
{
    struct slice item;
    while (dynamodb_page_take(page, &item)) {
        TRY(add_item(item, of_lease_table, workers));
    }
    return status_ok();
}

static struct status read_table(struct aws_client *dynamodb, const char *table, bool of_lease_table,
                                struct stop *cancel, struct kcl_workers *workers)
{
    const struct dynamodb_limits limits = {.cancel = cancel};
    struct dynamodb_page page = {.first = false};
    struct status status = status_ok();
    for (size_t pages = 0; pages < PAGES_CEILING; pages++) {
        status = dynamodb_scan_page(dynamodb, table, &limits, &page);
        if (status_is_ok(&status)) {
            status = add_page(&page, of_lease_table, workers);
        }
        if (!status_is_ok(&status) || page.next.at == NULL) {
            break;
        }
    }
    dynamodb_page_free(&page);
    return status;
}

/* Both places. A role made for this program alone may lack the right to the Java fleet's table, and AWS says
 * "denied" before it says "not found". */
static struct status look(struct aws_client *dynamodb, const char *app, struct stop *cancel,
                          struct kcl_workers *workers)
{
    struct status status = read_table(dynamodb, app, true, cancel, workers);
    if (!status_is_ok(&status)) {
        return status_prefix(status, "cannot read lease table '%.60s'", app);
    }
    char table[DYNAMODB_NAME_BYTES];
    if (snprintf(table, sizeof table, "%s-WorkerMetricStats", app) >= (int)sizeof table) {
        return status_ok(); /* a name that no table can have */
    }
    status = read_table(dynamodb, table, false, cancel, workers);
    if (status.code == STATUS_DENIED) {
        log_write_limited(LOOK_EVERY_MS * 100, LOG_WARN, "lease",
                          "cannot tell whether a Java fleet of KCL 3 runs on the lease table; allow "
                          "dynamodb:Scan on its table, or make sure that none does",
                          log_text("table", table), log_status(&status));
        return status_ok();
    }
    if (status.code == STATUS_NOT_FOUND) {
        return status_ok();
    }
    return status_prefix(status, "cannot read table '%.80s'", table);
}

static int64_t server_wall_ms(struct aws_client *dynamodb, const struct clock *clock)
{
    struct aws_client_counts counts;
    aws_client_read_counts(dynamodb, &counts);
    return clock_wall_ms(clock) + counts.clock_offset_ms;
}

/* One look against an earlier one (or NULL); the rows seen become *ret_now. */
static struct status judge_once(struct aws_client *dynamodb, const char *app, const struct clock *clock,
                                struct stop *cancel, const struct kcl_workers *before,
                                struct kcl_workers *ret_now, enum kcl_fleet_verdict *ret_verdict)
{
    struct kcl_workers now = {0};
    struct kcl_workers running = {0};
    struct status status = look(dynamodb, app, cancel, &now);
    if (status_is_ok(&status) &&
        !kcl_fleet_judge(before, &now, server_wall_ms(dynamodb, clock), ret_verdict, &running)) {
        status = status_no_memory("the rows of a KCL fleet", now.count * sizeof now.at[0]);
    }
    if (status_is_ok(&status) && *ret_verdict == KCL_FLEET_RUNNING) {
        status = kcl_fleet_refusal(app, &running);
    }
    kcl_workers_free(&running);
    *ret_now = now;
    return status;
}

static struct status watch(struct aws_client *dynamodb, const char *app, const struct clock *clock,
                           struct stop *cancel, const struct kcl_workers *first)
{
    log_write(LOG_INFO, "lease", "a Java fleet of KCL 3 was here minutes ago: looking whether it still runs",
              log_text("table", app), log_number("for_ms", KCL_WATCH_MS));
    int64_t until_ms = clock_boot_ms(clock) + KCL_WATCH_MS;
    struct status status = status_ok();
    while (status_is_ok(&status) && clock_boot_ms(clock) < until_ms) {
        if (stop_wait_ms(cancel, LOOK_EVERY_MS)) {
            return status_make(STATUS_STOPPED, "stopped while looking for a Java fleet on '%.60s'", app);
        }
        struct kcl_workers now = {0};
        enum kcl_fleet_verdict verdict = KCL_FLEET_NONE;
        status = judge_once(dynamodb, app, clock, cancel, first, &now, &verdict);
        kcl_workers_free(&now);
    }
    return status;
}

struct status kcl_fleet_check(struct aws_client *dynamodb, const char *app, const struct clock *clock,
                              struct stop *cancel)
{
    struct kcl_workers first = {0};
    enum kcl_fleet_verdict verdict = KCL_FLEET_NONE;
    struct status status = judge_once(dynamodb, app, clock, cancel, NULL, &first, &verdict);
    if (status_is_ok(&status) && verdict == KCL_FLEET_DOUBTFUL) {
        status = watch(dynamodb, app, clock, cancel, &first);
    }
    kcl_workers_free(&first);
    return status;
}
