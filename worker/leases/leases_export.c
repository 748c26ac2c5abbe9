/* penstock leases export: rows as they are. */
#include <stdio.h>
#include <stdlib.h>

#include "worker/leases/leases_access.h"
#include "worker/leases/leases_file.h"

static struct status print_page(const cJSON *items)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, items)
    {
        TRY(leases_file_write_row(stdout, item));
    }
    return status_ok();
}

static struct status print_rows(const struct leases_access *access)
{
    const struct dynamodb_limits limits = {0};
    TRY(leases_file_write_head(stdout, access->app, access->access.region, clock_wall_ms(clock_real())));
    cJSON *start = NULL;
    struct status status;
    do {
        cJSON *items = NULL;
        cJSON *next = NULL;
        status = dynamodb_scan_page(access->access.dynamodb, access->app, start, &limits, &items, &next);
        cJSON_Delete(start);
        start = next;
        if (status_is_ok(&status)) {
            status = print_page(items);
        }
        cJSON_Delete(items);
    } while (status_is_ok(&status) && start != NULL);
    cJSON_Delete(start);
    return status;
}

int leases_export_run(const struct leases_request *request)
{
    struct leases_access access = {.app = ""};
    struct status status = leases_access_open(request, &access);
    if (status_is_ok(&status)) {
        status = print_rows(&access);
    }
    leases_access_close(&access);
    return status_is_ok(&status) ? commands_finish_output() : leases_fail(&status);
}
